//! What keeps a lock from being read, written or kept.

use std::path::{Path, PathBuf};

use super::Exact;
use super::changes::LockChange;
use super::verify::Deviation;
use crate::diagnostic::{Code, Diagnostic, Explain};
use crate::extension::ContentsError;
use crate::resolver::SourceError;

/// Why something about a lock failed.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// There is none.
    #[error("`{}` does not exist", .0.display())]
    NotFound(PathBuf),
    /// It was written by a newer program.
    #[error("`{}` has the format {found}, and this program knows {known}", path.display())]
    Newer {
        /// The lock.
        path: PathBuf,
        /// The format it has.
        found: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// It says nothing that can be used.
    #[error("{}", .0.message)]
    Invalid(Box<Diagnostic>),
    /// It is there and cannot be read.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// The lock.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It cannot be written.
    #[error("`{}` cannot be written: {reason}", path.display())]
    Unwritable {
        /// The lock.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An extension has no digest.
    #[error("the extension in `{}` has no digest: {reason}", path.display())]
    NoDigest {
        /// The directory of the extension.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It would have to change.
    #[error("`{}` is not up to date", path.display())]
    Stale {
        /// The lock.
        path: PathBuf,
        /// What would change.
        changes: Vec<LockChange>,
        /// The same as findings.
        findings: Vec<Diagnostic>,
    },
    /// What is there is not what was locked.
    #[error("{} not what `{}` says", counted(deviations.len()), path.display())]
    Deviates {
        /// The lock.
        path: PathBuf,
        /// What differs.
        deviations: Vec<Deviation>,
        /// The same as findings.
        findings: Vec<Diagnostic>,
    },
    /// A place cannot be searched for extensions.
    #[error("extensions cannot be looked for: {0}")]
    Source(String),
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
}

impl From<SourceError> for LockError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Interrupted => LockError::Interrupted,
            SourceError::Failed(reason) => LockError::Source(reason),
        }
    }
}

fn counted(extensions: usize) -> String {
    match extensions {
        1 => "one extension is".to_owned(),
        many => format!("{many} extensions are"),
    }
}

impl LockError {
    /// Says that the lock would have to change.
    pub fn stale(path: PathBuf, changes: Vec<LockChange>) -> Self {
        let findings = changes
            .iter()
            .map(|change| Diagnostic::error(Code::LockStale, change.to_string()))
            .collect();
        LockError::Stale {
            path,
            changes,
            findings,
        }
    }

    /// Says that what is there is not what was locked.
    pub fn deviates(path: PathBuf, deviations: Vec<Deviation>) -> Self {
        let findings = deviations.iter().map(Deviation::finding).collect();
        LockError::Deviates {
            path,
            deviations,
            findings,
        }
    }

    /// Says that something has no digest that needs one.
    pub(super) fn without_digest(path: &Path, exact: &Exact) -> Self {
        let finding = Diagnostic::error(
            Code::LockInvalid,
            format!("the {exact} has no digest, and is not what the lock is for"),
        );
        LockError::Invalid(Box::new(finding.with_file(path).with_help(
            "take the lock from version control; or write it anew with: extension lock PATH",
        )))
    }

    pub(super) fn of_contents(path: &Path, error: ContentsError) -> Self {
        match error {
            ContentsError::Interrupted => LockError::Interrupted,
            error => LockError::NoDigest {
                path: path.to_owned(),
                reason: error.to_string(),
            },
        }
    }
}

impl Explain for LockError {
    fn code(&self) -> Code {
        match self {
            LockError::NotFound(_) => Code::LockNotFound,
            LockError::Newer { .. } => Code::LockNewer,
            LockError::Invalid(_) => Code::LockInvalid,
            LockError::Unreadable { .. } | LockError::Unwritable { .. } => Code::LockIo,
            LockError::NoDigest { .. } => Code::LockNoDigest,
            LockError::Stale { .. } => Code::LockStale,
            LockError::Deviates { .. } => Code::LockMismatch,
            LockError::Source(_) => Code::ResolveSource,
            LockError::Interrupted => Code::InputInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        let text = match self {
            LockError::NotFound(_) => "write it with: extension lock PATH",
            LockError::Newer { .. } => {
                "use a newer version of the plugin, or write the lock anew: remove it and run `extension lock PATH`"
            }
            LockError::Stale { .. } => {
                "bring it up to date with: extension lock PATH. What it says now stays in version control"
            }
            LockError::Unreadable { .. } | LockError::Unwritable { .. } => {
                "a lock is a regular file beside the metadata, with a line for each file of what is used"
            }
            LockError::Deviates { deviations, .. }
                if deviations
                    .iter()
                    .any(|one| !matches!(one, Deviation::Contents { .. })) =>
            {
                "extensions are looked for in the registry, and where `provisioning config` says: paths there may begin in the current directory"
            }
            LockError::Deviates { .. } => {
                "bring the files back to what was locked, or accept them with: extension lock PATH"
            }
            LockError::NoDigest { .. } => {
                "an extension holds regular files, directories and links with plain names; leave others out with [build] exclude"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            LockError::Invalid(finding) => std::slice::from_ref(finding),
            LockError::Stale { findings, .. } | LockError::Deviates { findings, .. } => findings,
            _ => &[],
        }
    }
}
