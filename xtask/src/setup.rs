//! `cargo xtask setup`: makes sure there is a Nushell to work with.

use std::{ffi::OsString, process::ExitCode};

use crate::{error::Result, nu, output, subcommand::Subcommand, workspace::Workspace};

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "setup",
    arguments: "",
    summary: "Finds or installs the Nushell that the plugin is made for",
    details: "\
The version is the one that Cargo.lock pins for `nu-plugin`; any patch release of it will do.
Looked for in this order:
  1. the executable that the environment variable NU names (an error if that does not fit)
  2. `nu` on the search path; npm's wrapper is followed to the executable behind it
  3. the project's own copy, `nushell` in cargo's target folder
  4. else a copy is installed there: with npm, or, failing that, with `cargo install`

Prints the path and the version of the Nushell chosen.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    SUBCOMMAND.no_arguments(arguments)?;
    let nu = nu::ensure_nu(&Workspace::discover()?)?;
    output::print(&format!(
        "{}\nNushell {}, from {}",
        nu.path.display(),
        nu.version,
        nu.origin
    ))?;
    Ok(ExitCode::SUCCESS)
}
