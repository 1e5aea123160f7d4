//! `cargo xtask demo`: the plugin at work in a real Nushell, without a trace left behind.

use std::{ffi::OsString, path::Path, process::ExitCode};

use crate::{
    error::{Error, Result},
    nu::{self, Nu},
    output, plugin, process,
    sandbox::Sandbox,
    subcommand::Subcommand,
    workspace::Workspace,
};

/// The script that is run, as seen from the root.
const SCRIPT: &str = "examples/quickstart.nu";

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "demo",
    arguments: "",
    summary: "Builds the plugin and runs examples/quickstart.nu with it",
    details: "\
Builds the plugin for release, registers it in a throw-away home, and runs
examples/quickstart.nu in a real Nushell there. Your own Nushell and its plugins are not touched.
Ends with the exit code of the script.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    SUBCOMMAND.no_arguments(arguments)?;
    let workspace = Workspace::discover()?;
    let script = workspace.root.join(SCRIPT);
    if !script.is_file() {
        return Err(Error::MissingScript {
            path: script,
            hint: "the demo runs that script; restore it with `git checkout examples`",
        });
    }
    let nu = nu::ensure_nu(&workspace)?;
    output::stage("Building the plugin (cargo build --release)")?;
    let plugin = plugin::build_release(&workspace)?;

    let sandbox = Sandbox::new(&nu)?;
    let code = show(&workspace, &sandbox, &nu, &plugin, &script);
    sandbox.remove();
    code
}

/// Registers the plugin in the sandbox and runs the script there.
fn show(
    workspace: &Workspace,
    sandbox: &Sandbox,
    nu: &Nu,
    plugin: &Path,
    script: &Path,
) -> Result<ExitCode> {
    output::stage(&format!("Registering it (plugin add {})", plugin.display()))?;
    sandbox.add_plugin(plugin)?;
    output::stage(&format!("Running {SCRIPT} in Nushell {}", nu.version))?;
    let mut command = sandbox.script(script, &workspace.root.join("nu"));
    let status = process::status(command.current_dir(&workspace.root))?;
    if !status.success() {
        output::note(&format!("{SCRIPT} failed ({status})"));
    }
    Ok(ExitCode::from(process::exit_code(status)))
}
