//! `cargo xtask bench`: how fast the plugin is, compared in the same run with the least that a plugin can do.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    error::Result, nu, output, plugin, process, sandbox::Sandbox, subcommand::Subcommand,
    workspace::Workspace,
};

/// The script that measures, as seen from the root.
const SCRIPT: &str = "benches/bench.nu";

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "bench",
    arguments: "",
    summary: "Measures the plugin against its peers and prints the ratios",
    details: "\
Builds the plugin and its peer (benches/peer, a plugin that does nothing) for release and runs
benches/bench.nu in a real Nushell. Every figure is a ratio of two things measured in turns in the
same run. Takes a few minutes; close other programs.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    SUBCOMMAND.no_arguments(arguments)?;
    let workspace = Workspace::discover()?;
    let nu = nu::ensure_nu(&workspace)?;
    output::stage("Building the plugin and its peer (cargo build --release)")?;
    let (plugin, peer) = plugin::build_release_with_peer(&workspace)?;
    let sandbox = Sandbox::new(&nu)?;
    let status = (|| {
        sandbox.add_plugin(&plugin)?;
        sandbox.add_plugin(&peer)?;
        output::stage(&format!("Measuring ({SCRIPT})"))?;
        let mut command = sandbox.script(&workspace.root.join(SCRIPT), &workspace.root.join("nu"));
        process::status(command.current_dir(&workspace.root))
    })();
    sandbox.remove();
    Ok(ExitCode::from(process::exit_code(status?)))
}
