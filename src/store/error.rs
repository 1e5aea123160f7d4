//! What can go wrong with the database.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::diagnostic::{Code, Explain};

/// An error of the database, with the file it is about.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer program has written it.
    #[error("`{}` was written by a newer version of the plugin (format {found}, this one knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: usize,
    },
    /// It is damaged.
    #[error("`{}` is damaged: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        reason: String,
    },
    /// It is a database of some other program.
    #[error("`{}` is a database of another program", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else holds it.
    #[error("`{}` is in use by another process that does not let go", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// It may not be written.
    #[error("`{}` may not be written", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// It has an older format and may not be written, so that nothing can be added to it.
    #[error("`{}` was written by an older version of the plugin (format {found}, this one uses {known}) and may not be written", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: usize,
        /// The format that is used here.
        known: usize,
    },
    /// It cannot be opened or written.
    #[error("cannot use `{}`: {reason}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
}

/// Whether a table or a column is not there, which every database of ours has: somebody has taken it away.
pub fn is_missing(error: &rusqlite::Error) -> bool {
    let text = match error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        _ => return false,
    };
    let missing = ["no such table", "no such column", "has no column named"];
    missing.iter().any(|words| text.contains(words))
}

impl StoreError {
    pub(super) fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt {
                path,
                reason: error.to_string(),
            },
            _ if is_missing(&error) => StoreError::Corrupt {
                path,
                reason: error.to_string(),
            },
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
            _ => StoreError::Io {
                path,
                reason: error.to_string(),
            },
        }
    }
}

impl Explain for StoreError {
    fn code(&self) -> Code {
        match self {
            StoreError::Newer { .. } => Code::StoreNewer,
            StoreError::Corrupt { .. } => Code::StoreCorrupt,
            StoreError::Foreign { .. } => Code::StoreForeign,
            StoreError::Busy { .. } => Code::StoreBusy,
            StoreError::ReadOnly { .. } | StoreError::Older { .. } | StoreError::Io { .. } => {
                Code::StoreIo
            }
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            StoreError::Newer { .. } => {
                "update the plugin, or use another data directory: $env.PROVISIONING_DATA_DIR"
                    .to_owned()
            }
            StoreError::Corrupt { path, .. } => format!(
                "nothing was changed. To start anew: mv \"{0}\" \"{0}.damaged\", then register again, for instance with: extension discover | get path | uniq | extension register",
                path.display()
            ),
            StoreError::Foreign { .. } => {
                "choose another data directory: $env.PROVISIONING_DATA_DIR".to_owned()
            }
            StoreError::Busy { .. } => "try again, or end the process that holds it".to_owned(),
            StoreError::Older { .. } => {
                "run this once as a user who may write it: extension list".to_owned()
            }
            StoreError::ReadOnly { path } | StoreError::Io { path, .. } => format!(
                "check that `{}` can be written, or choose another data directory: $env.PROVISIONING_DATA_DIR",
                path.display()
            ),
        })
    }
}
