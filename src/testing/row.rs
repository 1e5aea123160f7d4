//! What has come of a test.

use std::path::PathBuf;
use std::time::Duration;

use super::{Fault, Kind};

/// How a test has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// As it should.
    Passed,
    /// With an error.
    Failed,
    /// It was not to be run.
    Skipped,
    /// It took too long.
    TimedOut,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 4] = [
        Status::Passed,
        Status::Failed,
        Status::Skipped,
        Status::TimedOut,
    ];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
            Status::TimedOut => "timeout",
        }
    }

    /// Whether something is wrong.
    pub fn is_failure(self) -> bool {
        matches!(self, Status::Failed | Status::TimedOut)
    }
}

/// One test, and what has come of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The extension.
    pub extension: String,
    /// The file, from the root; the extension's directory when it has none.
    pub file: PathBuf,
    /// What it is about.
    pub kind: Option<Kind>,
    /// The command; none when it is about the whole file.
    pub test: Option<String>,
    /// How it has ended.
    pub status: Status,
    /// What it took; none when it was not run.
    pub duration: Option<Duration>,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// What it has printed.
    pub output: String,
}
