//! Building the plugin, and learning from cargo where it put it.

use std::{path::PathBuf, process::Command};

use crate::{
    error::{Error, Result},
    process,
    workspace::Workspace,
};

/// The name of the plugin's executable.
const NAME: &str = "nu_plugin_provisioning";

/// The name of the peer's executable.
const PEER: &str = "nu_plugin_peer";

/// The name of the executable that measures the library.
const LIBRARY: &str = "bench_library";

/// What benchmarks run.
pub(crate) struct Benchmarked {
    /// The plugin as users get it.
    pub(crate) plugin: PathBuf,
    /// The plugin that it is compared with.
    pub(crate) peer: PathBuf,
    /// What measures the library without a shell.
    pub(crate) library: PathBuf,
}

/// Builds the plugin as users get it and returns its executable.
pub(crate) fn build_release(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = workspace.cargo("build");
    built_by(command.args(["--release", "--bin", NAME]))
}

/// Builds the plugin as users get it, and what benchmarks need besides.
pub(crate) fn build_for_benchmarks(workspace: &Workspace) -> Result<Benchmarked> {
    let mut command = workspace.cargo("build");
    command.args(["--release", "--workspace"]);
    for name in [NAME, PEER, LIBRARY] {
        command.args(["--bin", name]);
    }
    let plugin = built_by(&mut command)?;
    let beside = |name| plugin.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Ok(Benchmarked {
        peer: beside(PEER),
        library: beside(LIBRARY),
        plugin,
    })
}

/// Builds the plugin for development and returns its executable.
pub(crate) fn build_dev(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = workspace.cargo("build");
    built_by(command.args(["--bin", NAME]))
}

/// Builds all tests and returns the plugin's executable that cargo builds for them.
///
/// One build then serves the tests in Rust and those in Nushell. A separate `cargo build` would
/// compile many dependencies once more, as the tests' own dependencies turn on more features.
pub(crate) fn build_with_tests(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = workspace.cargo("test");
    built_by(command.args(["--workspace", "--no-run"]))
}

/// Runs a cargo command that builds the plugin, and returns the plugin's executable.
fn built_by(command: &mut Command) -> Result<PathBuf> {
    command.args(["--message-format", "json-render-diagnostics"]);
    let mut plugin = None;
    let status = process::each_line(command, |line| {
        plugin = executable_in(line).or(plugin.take());
        Ok(())
    })?;
    process::check(command, status)?;
    plugin.ok_or_else(|| Error::NoPlugin {
        command: process::describe(command),
        name: NAME,
    })
}

/// Returns the plugin's executable if that is what this message of cargo's is about.
fn executable_in(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let is_plugin = message["reason"] == "compiler-artifact"
        && message["target"]["name"] == NAME
        && message["target"]["kind"][0] == "bin"
        && message["profile"]["test"] == false;
    let executable = message["executable"].as_str()?;
    is_plugin.then(|| executable.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str, kind: &str, test: bool) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","target":{{"name":"{name}","kind":["{kind}"]}},
                "profile":{{"test":{test}}},"executable":"/t/debug/{name}"}}"#
        )
    }

    #[test]
    fn plugin_is_told_from_all_else_that_cargo_builds() {
        let found = executable_in(&message(NAME, "bin", false));
        assert_eq!(found, Some("/t/debug/nu_plugin_provisioning".into()));
        assert_eq!(executable_in(&message(NAME, "bin", true)), None);
        assert_eq!(executable_in(&message(NAME, "test", false)), None);
        assert_eq!(executable_in(&message("xtask", "bin", false)), None);
        assert_eq!(executable_in("running 3 tests"), None);
        assert_eq!(
            executable_in(r#"{"reason":"build-finished","success":true}"#),
            None
        );
    }
}
