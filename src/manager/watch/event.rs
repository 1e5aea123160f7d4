//! What a watch tells.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::diagnostic::{Diagnostic, Explain as _};
use crate::extension::ExtensionType;
use crate::manager::LoadError;

/// What has become of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchKind {
    /// It is watched from now on.
    Watching,
    /// Its files have changed, and it was loaded again, or cannot be.
    Changed,
    /// It is there no more.
    Removed,
    /// It is there again.
    Added,
}

impl WatchKind {
    /// The words for them.
    pub const WORDS: [&str; 4] = ["watching", "changed", "removed", "added"];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            WatchKind::Watching => "watching",
            WatchKind::Changed => "changed",
            WatchKind::Removed => "removed",
            WatchKind::Added => "added",
        }
    }
}

/// Something that has become of a watched extension.
#[derive(Debug)]
pub struct WatchEvent {
    /// What it is.
    pub event: WatchKind,
    /// Type of the extension.
    pub kind: ExtensionType,
    /// Name of the extension.
    pub name: String,
    /// Its version: the one on disk, or for a removed one the last. None when it cannot be told.
    pub version: Option<String>,
    /// Its directory.
    pub path: PathBuf,
    /// The files that differ from the last time, relative to the directory, at most 20; those that it imports
    /// from elsewhere with their whole paths.
    pub changed: Vec<String>,
    /// Whether it is loaded as it is on disk.
    pub valid: bool,
    /// Everything that keeps it from being loaded.
    pub errors: Vec<Diagnostic>,
    /// How long it took to load it.
    pub duration: Duration,
    /// When it was loaded.
    pub time: DateTime<Utc>,
    /// What else there is to say: how many more files have changed, or that the files are looked at instead of being told of.
    pub detail: Option<String>,
}

/// Most files that an event names.
pub(super) const MAX_CHANGED: usize = 20;

/// Returns everything that an error says, as findings.
pub(super) fn findings(error: &LoadError, path: &std::path::Path) -> Vec<Diagnostic> {
    let details = error.details();
    if !details.is_empty() {
        return details.to_vec();
    }
    let mut finding = Diagnostic::error(error.code(), error.to_string()).with_file(path);
    finding.help = error.help();
    vec![finding]
}
