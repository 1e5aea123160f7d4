//! `cargo xtask bench`: how fast the plugin is, compared in the same run with the least that a plugin can do, and with the
//! `nickel` program.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    error::Result, nickel_program, nu, output, plugin, process, sandbox::Sandbox,
    subcommand::Subcommand, workspace::Workspace,
};

/// The script that measures, as seen from the root.
const SCRIPT: &str = "benches/bench.nu";

/// The subcommand.
pub(crate) const SUBCOMMAND: Subcommand = Subcommand {
    name: "bench",
    arguments: "",
    summary: "Measures the plugin against its peers and prints the ratios",
    details: "\
Builds for release the plugin, its peer (benches/peer, a plugin that does nothing) and a program
that measures the library without a shell (benches/library), and runs benches/bench.nu in a real
Nushell. Every figure is a ratio of two things measured in turns in the same run; `reached` says
whether it is what the design asks for. Takes a few minutes; close other programs.

Nickel is compared with the `nickel` program of the version that the plugin has built in. Looked for
in this order:
  1. the executable that the environment variable NICKEL names (an error if that does not fit)
  2. the project's own copy, `nickel/bin/nickel` in cargo's target folder
  3. else a copy is built there with `cargo install`, which takes about 5 minutes",
    run,
};

fn run(arguments: &[OsString]) -> Result<ExitCode> {
    SUBCOMMAND.no_arguments(arguments)?;
    let workspace = Workspace::discover()?;
    let nu = nu::ensure_nu(&workspace)?;
    let nickel = nickel_program::ensure_nickel(&workspace)?;
    output::stage("Building the plugin and its peer (cargo build --release)")?;
    let built = plugin::build_for_benchmarks(&workspace)?;
    let sandbox = Sandbox::new(&nu)?;
    let status = (|| {
        sandbox.add_plugin(&built.plugin)?;
        sandbox.add_plugin(&built.peer)?;
        output::stage(&format!("Measuring ({SCRIPT})"))?;
        let mut command = sandbox.script(&workspace.root.join(SCRIPT), &workspace.root.join("nu"));
        command
            .current_dir(&workspace.root)
            .env("BENCH_LIBRARY", &built.library)
            .env("NICKEL", &nickel);
        process::status(&mut command)
    })();
    sandbox.remove();
    Ok(ExitCode::from(process::exit_code(status?)))
}
