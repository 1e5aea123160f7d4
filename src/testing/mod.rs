//! Tests of extensions: which there are, and what comes of them.
//!
//! Tests are found by parsing, and never by running ([`find`]). Each file runs in a Nushell of its own ([`crate::nushell::runner`]),
//! several at a time ([`Rows`]). A test that ends or hangs its Nushell is told, and those behind it get a new one.

mod fault;
mod file;
mod find;
mod junit;
mod kind;
mod output;
mod row;
mod schedule;

pub use fault::Fault;
pub(crate) use fault::{Place, Texts};
pub use find::{Selection, Suite, Test, TestFile, find};
pub use junit::junit;
pub use kind::Kind;
pub(crate) use output::plain;
pub use row::{Row, Status};
pub use schedule::Rows;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::nickel::Interrupt;
use crate::nushell::runner::Runner;

/// How tests are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Nushell that they run in.
    pub runner: Runner,
    /// Longest time of one test.
    pub timeout: Duration,
    /// How many files run at the same time; 0 for as many as there are processors.
    pub jobs: usize,
    /// The variables that they see besides those that every run has, without what extensions ask for.
    pub environment: Vec<(OsString, OsString)>,
    /// Where modules are looked for (`NU_LIB_DIRS`).
    pub lib_dirs: Vec<PathBuf>,
    /// This plugin, for tests that call its commands.
    pub plugin: Option<PathBuf>,
    /// Ends everything.
    pub interrupt: Interrupt,
}

#[cfg(test)]
mod tests;
