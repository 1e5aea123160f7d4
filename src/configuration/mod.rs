//! Settings: which there are, what they may be, and the file that they can stand in.
//!
//! What a source says is read into [`Given`], whichever source it is; [`Values`] makes typed values of it and finds
//! everything that is wrong. Asking the sources, and their order, is up to the caller. Sources: CFG-01..06.

mod error;
mod file;
mod given;
mod kinds;
mod log;
mod references;
mod remote;
mod units;
mod update;
mod values;

pub use error::FileError;
pub use file::{ConfigurationFile, KeptFile, MAX_FILE};
pub use given::{Given, GivenEntry, GivenValue, Notation};
pub use kinds::{Expected, Fault};
pub use log::{Log, LogLevel};
pub use remote::masked_url;
pub use update::AutoUpdate;
pub use values::{Said, Shown, Spec, Values};

#[cfg(test)]
mod tests;
