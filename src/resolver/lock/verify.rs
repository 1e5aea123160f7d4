//! Whether what is there is what was locked.

use std::fmt;
use std::path::PathBuf;

use semver::Version;

use super::{Exact, Lock, LockError, contents_of};
use crate::diagnostic::{Code, Diagnostic, safe_text};
use crate::extension::{Change, Directory, Extension};
use crate::nickel::Interrupt;
use crate::resolver::Source;

/// Most files that a message lists.
const MAX_FILES: usize = 8;

/// How an extension differs from what was locked.
#[derive(Clone, Debug)]
pub enum Deviation {
    /// It is not there in the version that was locked.
    NotThere {
        /// What was locked.
        exact: Exact,
        /// The versions that are there.
        versions: Vec<Version>,
    },
    /// Its files are others.
    Contents {
        /// What was locked.
        exact: Exact,
        /// Where it is.
        path: PathBuf,
        /// The files, by path.
        files: Vec<(String, Change)>,
    },
    /// Its files cannot be compared.
    NoDigest {
        /// What was locked.
        exact: Exact,
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Deviation {
    /// Returns what was locked.
    pub fn exact(&self) -> &Exact {
        match self {
            Deviation::NotThere { exact, .. }
            | Deviation::Contents { exact, .. }
            | Deviation::NoDigest { exact, .. } => exact,
        }
    }

    pub(super) fn finding(&self) -> Diagnostic {
        let finding = Diagnostic::error(Code::LockMismatch, self.to_string());
        match self {
            Deviation::NotThere { .. } => finding,
            Deviation::Contents { path, files, .. } => match files.as_slice() {
                [(file, _)] => finding.with_file(path.join(file)),
                _ => finding.with_file(path),
            },
            Deviation::NoDigest { path, .. } => finding.with_file(path),
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deviation::NotThere { exact, versions } if versions.is_empty() => {
                write!(f, "the {exact} is neither registered nor found")
            }
            Deviation::NotThere { exact, versions } => {
                let versions: Vec<String> = versions.iter().map(Version::to_string).collect();
                write!(f, "the {exact} is not there, only {}", versions.join(", "))
            }
            Deviation::Contents { exact, files, .. } => {
                write!(f, "the {exact} has other files: {}", listed(files))
            }
            Deviation::NoDigest { exact, reason, .. } => {
                write!(f, "the {exact} cannot be compared: {reason}")
            }
        }
    }
}

/// Names files and how they differ.
pub(super) fn listed(files: &[(String, Change)]) -> String {
    let mut all: Vec<String> = files
        .iter()
        .take(MAX_FILES)
        .map(|(file, change)| format!("`{}` {}", safe_text(file), change.as_str()))
        .collect();
    if files.len() > MAX_FILES {
        all.push(format!("and {} more", files.len() - MAX_FILES));
    }
    all.join(", ")
}

/// Compares every extension of a lock with the one that would be used, file by file. Returns what differs.
///
/// # Errors
/// The lock has no digest for something that is not in its own directory, the source cannot be looked into, or the work was
/// ended from outside.
pub fn verify(
    lock: &Lock,
    own: &Directory,
    source: &dyn Source,
    interrupt: &Interrupt,
) -> Result<Vec<Deviation>, LockError> {
    let mut deviations = Vec::new();
    for locked in &lock.extensions {
        let exact = &locked.exact;
        let Some(contents) = &locked.contents else {
            let is_own = |extension: &Extension| {
                (extension.kind, &extension.name) == (exact.kind, &exact.name)
            };
            if own.extensions.iter().any(is_own) {
                continue;
            }
            // Else whoever takes a digest away could change what it is of.
            return Err(LockError::without_digest(&Lock::path(&own.path), exact));
        };
        let there = source.named(&exact.name)?;
        let of_type = || {
            there
                .iter()
                .map(|candidate| &candidate.extension)
                .filter(|extension| extension.kind == exact.kind)
        };
        let Some(found) = of_type().find(|extension| extension.version == exact.version) else {
            let mut versions: Vec<Version> = of_type()
                .map(|extension| extension.version.clone())
                .collect();
            versions.sort();
            deviations.push(Deviation::NotThere {
                exact: exact.clone(),
                versions,
            });
            continue;
        };
        match contents_of(&found.path, interrupt) {
            Ok(now) => {
                let files: Vec<(String, Change)> = contents
                    .changes_to(&now)
                    .into_iter()
                    .map(|(file, change)| (file.to_owned(), change))
                    .collect();
                if !files.is_empty() {
                    deviations.push(Deviation::Contents {
                        exact: exact.clone(),
                        path: found.path.clone(),
                        files,
                    });
                }
            }
            Err(LockError::NoDigest { path, reason }) => deviations.push(Deviation::NoDigest {
                exact: exact.clone(),
                path,
                reason,
            }),
            Err(other) => return Err(other),
        }
    }
    Ok(deviations)
}
