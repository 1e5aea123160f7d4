//! `cargo xtask setup`: makes sure there is a Nushell to work with, and what tests compare with.

use std::{ffi::OsString, process::ExitCode};

use crate::{error::Result, nu, output, py_nickel, subcommand::Subcommand, workspace::Workspace};

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "setup",
    arguments: "",
    summary: "Finds or installs what the plugin is made for and tested with",
    details: "\
Nushell: the version is the one that Cargo.lock pins for `nu-plugin`; any patch release of it will do.
Looked for in this order:
  1. the executable that the environment variable NU names (an error if that does not fit)
  2. `nu` on the search path; npm's wrapper is followed to the executable behind it
  3. the project's own copy, `nushell` in cargo's target folder
  4. else a copy is installed there: with npm, or, failing that, with `cargo install`

py-nickel, Nickel's own evaluator with which the tests compare the plugin's: a package of PyPI. It
is installed into `py-nickel` in cargo's target folder, with the pip of `python3` or of the Python
that the environment variable PYTHON names.

Prints the path and the version of both.",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    SUBCOMMAND.no_arguments(arguments)?;
    let workspace = Workspace::discover()?;
    let nu = nu::ensure_nu(&workspace)?;
    output::print(&format!(
        "{}\nNushell {}, from {}",
        nu.path.display(),
        nu.version,
        nu.origin
    ))?;
    let reference = py_nickel::ensure_py_nickel(&workspace)?;
    output::print(&format!(
        "{}\npy-nickel {}, for {}",
        reference.folder.display(),
        py_nickel::VERSION,
        reference.python.to_string_lossy()
    ))?;
    Ok(ExitCode::SUCCESS)
}
