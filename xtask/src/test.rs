//! `cargo xtask test`: all tests there are, in Rust and in Nushell.

use std::{ffi::OsString, path::Path, process::ExitCode};

use crate::{
    error::{Error, Result},
    nu::{self, Nu},
    output, plugin, process,
    py_nickel::{self, PyNickel},
    report::Report,
    sandbox::Sandbox,
    subcommand::Subcommand,
    suite,
    tally::Tally,
    workspace::Workspace,
};

/// The variable by which tests learn of the Nushell to run.
const NU_VARIABLE: &str = "PROVISIONING_TEST_NU";

/// The variable by which tests learn of the folder with the reference for Nickel.
const PY_NICKEL_VARIABLE: &str = "PROVISIONING_TEST_PY_NICKEL";

/// The variable by which tests in Nushell learn of the plugin's executable.
const PLUGIN_VARIABLE: &str = "PROVISIONING_TEST_PLUGIN";

/// The script with the plugin's own tests in Nushell.
const PLUGIN_SUITE: &str = "nu/tests/run.nu";

/// The folder of the example extensions.
const EXTENSIONS: &str = "examples/extensions";

/// The script with an extension's tests, as seen from the extension.
const EXTENSION_SUITE: &str = "tests/run_all_tests.nu";

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "test",
    arguments: "[-- ARGUMENTS OF cargo test]",
    summary: "Runs all tests, in Rust and in Nushell",
    details: "\
  1. cargo test --workspace --no-fail-fast, with PROVISIONING_TEST_NU set to a real Nushell and
     PROVISIONING_TEST_PY_NICKEL to the folder of Nickel's own evaluator
  2. nu/tests/run.nu, with the plugin registered
  3. tests/run_all_tests.nu of every extension under examples/extensions

A part that fails does not stop the next. The scripts run in throw-away homes, with
PROVISIONING_TEST_NU and PROVISIONING_TEST_PLUGIN set. nu/tests/run.nu has to end with a line
\"N passed, M failed\"; the scripts of extensions have to print something.

What follows `--` is passed to cargo test: `cargo xtask test -- --lib registry`.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let for_cargo = for_cargo(arguments)?;
    let workspace = Workspace::discover()?;
    let nu = nu::ensure_nu(&workspace)?;
    let reference = py_nickel::ensure_py_nickel(&workspace)?;
    let extensions = workspace.root.join(EXTENSIONS);
    let suites = suite::all_under(&extensions, EXTENSION_SUITE)?;

    let mut report = Report::default();
    let mut plugin = None;
    report.part("cargo test", || {
        plugin = Some(plugin::build_with_tests(&workspace)?);
        cargo_test(&workspace, &nu, &reference, for_cargo)
    })?;
    report.part(PLUGIN_SUITE, || {
        // The tests in Rust may not have compiled; the plugin may all the same.
        let plugin = plugin.map_or_else(|| plugin::build_dev(&workspace), Ok)?;
        plugin_suite(&workspace, &nu, &plugin)
    })?;
    if suites.is_empty() {
        report.part(EXTENSIONS, || {
            Err(Error::MissingScript {
                path: extensions.join("**").join(EXTENSION_SUITE),
                hint: "every example extension brings its tests in that file",
            })
        })?;
    }
    for suite in &suites {
        let name = workspace.relative(suite);
        report.part(&name, || extension_suite(&name, &nu, suite))?;
    }

    output::stage("Summary")?;
    output::print(&report.summary(output::verdict))?;
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns what is meant for cargo: all that follows `--`, before which nothing may stand.
fn for_cargo(arguments: &[OsString]) -> Result<&[OsString]> {
    match arguments.split_first() {
        None => Ok(&[]),
        Some((first, rest)) if first == "--" => Ok(rest),
        Some((first, _)) => {
            let argument = first.to_string_lossy().into_owned();
            Err(Error::UnexpectedArgument {
                hint: format!(
                    "arguments for cargo test follow `--`: `cargo xtask test -- {argument}`"
                ),
                argument,
            })
        }
    }
}

/// Runs the tests in Rust.
fn cargo_test(
    workspace: &Workspace,
    nu: &Nu,
    reference: &PyNickel,
    arguments: &[OsString],
) -> Result<Option<Tally>> {
    let mut command = workspace.cargo("test");
    command
        .args(["--workspace", "--no-fail-fast"])
        .args(arguments)
        .env(NU_VARIABLE, &nu.path)
        .env(PY_NICKEL_VARIABLE, &reference.folder)
        .env("PYTHON", &reference.python);
    process::succeed(&mut command)?;
    Ok(None)
}

/// Runs the plugin's own tests in Nushell.
fn plugin_suite(workspace: &Workspace, nu: &Nu, plugin: &Path) -> Result<Option<Tally>> {
    let script = workspace.root.join(PLUGIN_SUITE);
    if !script.is_file() {
        return Err(Error::MissingScript {
            path: script,
            hint: "it runs the plugin's tests in Nushell and ends with \"N passed, M failed\"",
        });
    }
    let sandbox = Sandbox::new(nu)?;
    let tally = sandbox.add_plugin(plugin).and_then(|()| {
        let mut command = sandbox.script(&script, &workspace.root.join("nu"));
        command
            .current_dir(&workspace.root)
            .env(NU_VARIABLE, &nu.path)
            .env(PLUGIN_VARIABLE, plugin);
        suite::run(PLUGIN_SUITE, &mut command)
    });
    sandbox.remove();
    match tally? {
        Some(tally) => Ok(Some(tally)),
        None => Err(Error::Suite {
            script: PLUGIN_SUITE.into(),
            detail: "its last line is not \"N passed, M failed\"".into(),
            tally: None,
        }),
    }
}

/// Runs the tests of one extension, as its author would: in its folder, without any plugin.
fn extension_suite(name: &str, nu: &Nu, script: &Path) -> Result<Option<Tally>> {
    let sandbox = Sandbox::new(nu)?;
    let mut command = sandbox.nu();
    command
        .arg("--no-config-file")
        .arg(script)
        .env(NU_VARIABLE, &nu.path);
    if let Some(extension) = script.parent().and_then(Path::parent) {
        command.current_dir(extension);
    }
    let tally = suite::run(name, &mut command);
    sandbox.remove();
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn arguments_for_cargo_follow_two_dashes() -> Result<()> {
        assert!(for_cargo(&[])?.is_empty());
        assert!(for_cargo(&words(&["--"]))?.is_empty());
        let rest = words(&["--lib", "--", "--nocapture"]);
        assert_eq!(
            for_cargo(&words(&["--", "--lib", "--", "--nocapture"]))?,
            rest
        );
        let hint = for_cargo(&words(&["--lib"]))
            .err()
            .and_then(|error| error.hint());
        assert!(hint.is_some_and(|hint| hint.ends_with("`cargo xtask test -- --lib`")));
        Ok(())
    }
}
