//! The project's own tools, run as `cargo xtask <subcommand>`.
//!
//! To add a subcommand: one file that holds a `SUBCOMMAND` constant, one `mod` line and one entry
//! in [`SUBCOMMANDS`] here.

mod bench;
mod builtins;
mod demo;
mod error;
mod install;
mod nickel_program;
mod npm;
mod nu;
mod output;
mod plugin;
mod process;
mod py_nickel;
mod report;
mod sandbox;
mod setup;
mod staging;
mod subcommand;
mod suite;
mod tally;
mod test;
mod unusable;
mod version;
mod workspace;

use std::{
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use error::{Error, Result};
use subcommand::Subcommand;

/// Every subcommand, in the order in which `--help` lists them.
const SUBCOMMANDS: &[Subcommand] = &[
    setup::SUBCOMMAND,
    demo::SUBCOMMAND,
    test::SUBCOMMAND,
    bench::SUBCOMMAND,
    builtins::SUBCOMMAND,
];

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    run(&arguments).unwrap_or_else(|error| {
        output::error(&error);
        error.exit_code()
    })
}

/// Runs the subcommand that `arguments` start with.
fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(Error::MissingSubcommand {
            known: names().join(", "),
        });
    };
    if is_help(name) || name == "help" {
        output::print(&subcommand::overview(SUBCOMMANDS))?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(found) = SUBCOMMANDS.iter().find(|known| name == known.name) else {
        return Err(Error::UnknownSubcommand {
            name: name.to_string_lossy().into_owned(),
            known: names().join(", "),
        });
    };
    // What follows `--` is meant for somebody else, a `--help` there too.
    if rest
        .iter()
        .take_while(|it| *it != "--")
        .any(|it| is_help(it))
    {
        output::print(&found.help())?;
        return Ok(ExitCode::SUCCESS);
    }
    (found.run)(rest)
}

/// Returns the names of all subcommands.
fn names() -> Vec<&'static str> {
    SUBCOMMANDS.iter().map(|known| known.name).collect()
}

/// Tells whether `argument` asks for help.
fn is_help(argument: &OsStr) -> bool {
    argument == "--help" || argument == "-h"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(arguments: &[&str]) -> Option<Error> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        run(&arguments).err()
    }

    #[test]
    fn unknown_subcommand_is_an_error_that_lists_the_known_ones() {
        let Some(error) = error_of(&["tset"]) else {
            unreachable!("`tset` is no subcommand");
        };
        assert_eq!(error.to_string(), "unknown subcommand `tset`");
        let hint = error.hint().unwrap_or_default();
        for name in names() {
            assert!(hint.contains(name), "{hint}");
        }
    }

    #[test]
    fn no_subcommand_is_an_error() {
        assert!(matches!(
            error_of(&[]),
            Some(Error::MissingSubcommand { .. })
        ));
    }

    #[test]
    fn only_test_takes_arguments() {
        for name in ["setup", "demo", "bench", "builtins"] {
            assert!(matches!(
                error_of(&[name, "now"]),
                Some(Error::UnexpectedArgument { .. })
            ));
        }
    }
}
