//! `cargo xtask builtins`: writes down what the parser has to know of Nushell's built-in commands.

use std::{
    ffi::OsString,
    process::{Command, ExitCode},
};

use crate::{
    error::Result,
    output, process,
    subcommand::Subcommand,
    workspace::{self, Workspace},
};

/// The crate that links the built-in commands, as seen from the root.
const CRATE: &str = "xtask/builtins/Cargo.toml";

/// The snapshot, as seen from the root.
const SNAPSHOT: &str = "src/nushell/builtins/builtins.rmp.gz";

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "builtins",
    arguments: "",
    summary: "Writes the snapshot of Nushell's built-in commands anew",
    details: "\
Needed once for each version of Nushell that the plugin is built for: first change the version in
xtask/builtins/Cargo.toml and src/nushell/builtins/mod.rs. Links all of Nushell's commands, which
takes about ten minutes of processor time.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    SUBCOMMAND.no_arguments(arguments)?;
    let workspace = Workspace::discover()?;
    output::stage("Linking the built-in commands")?;
    let mut command = Command::new(workspace::cargo());
    command
        .args(["run", "--locked"])
        .arg("--manifest-path")
        .arg(workspace.root.join(CRATE))
        .arg("--target-dir")
        .arg(workspace.target.join("builtins"))
        .arg("--")
        .arg(workspace.root.join(SNAPSHOT))
        .arg(workspace.nushell_version()?.to_string());
    process::succeed(&mut command)?;
    Ok(ExitCode::SUCCESS)
}
