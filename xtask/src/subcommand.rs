//! What a subcommand is, and how it is described.

use std::{ffi::OsString, process::ExitCode};

use crate::error::{Error, Result};

/// One subcommand of `cargo xtask`.
#[derive(Debug)]
pub(crate) struct Subcommand {
    /// The word typed after `cargo xtask`.
    pub(crate) name: &'static str,
    /// The arguments, as shown in the usage line; empty if there are none.
    pub(crate) arguments: &'static str,
    /// One sentence for the list.
    pub(crate) summary: &'static str,
    /// Paragraphs for `cargo xtask NAME --help`.
    pub(crate) details: &'static str,
    /// Does the work, given the arguments after the name.
    pub(crate) run: fn(&[OsString]) -> Result<ExitCode>,
}

impl Subcommand {
    /// Returns the text of `cargo xtask NAME --help`.
    pub(crate) fn help(&self) -> String {
        let usage = format!("cargo xtask {} {}", self.name, self.arguments);
        format!(
            "{}\n\nUsage: {}\n\n{}",
            self.summary,
            usage.trim_end(),
            self.details.trim_end()
        )
    }

    /// Refuses any argument, for a subcommand that takes none.
    pub(crate) fn no_arguments(&self, arguments: &[OsString]) -> Result<()> {
        match arguments.first() {
            None => Ok(()),
            Some(argument) => Err(Error::UnexpectedArgument {
                argument: argument.to_string_lossy().into_owned(),
                hint: format!("`cargo xtask {}` takes no arguments", self.name),
            }),
        }
    }
}

/// Returns the text of `cargo xtask --help`.
pub(crate) fn overview(subcommands: &[Subcommand]) -> String {
    let width = subcommands
        .iter()
        .map(|known| known.name.len())
        .max()
        .unwrap_or_default();
    let list: String = subcommands
        .iter()
        .map(|known| format!("  {:width$}  {}\n", known.name, known.summary))
        .collect();
    format!(
        "The project's own tools.\n\n\
         Usage: cargo xtask <subcommand>\n\n\
         Subcommands:\n{list}\n\
         `cargo xtask <subcommand> --help` says more about one."
    )
}
