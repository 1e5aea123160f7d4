//! What can go wrong with the file of settings.

use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Explain};

/// Why a file of settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is not there.
    #[error("there is no file `{}` to read settings from", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read, or must not be.
    #[error("settings cannot be read from `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// It is wrong inside.
    #[error("`{}` has {} faults", path.display(), findings.len())]
    Faulty {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong.
        findings: Vec<Diagnostic>,
    },
}

impl Explain for FileError {
    fn code(&self) -> Code {
        match self {
            FileError::Missing { .. } | FileError::Unreadable { .. } => Code::ConfigUnreadable,
            FileError::Faulty { findings, .. } => match findings.as_slice() {
                [one] => one.code,
                _ => Code::ConfigInvalid,
            },
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            FileError::Missing { .. } => Some(
                "the setting `config_file` or the variable PROVISIONING_CONFIG_FILE names it; make it, or take that away"
                    .to_owned(),
            ),
            FileError::Unreadable { .. } => Some(format!(
                "settings are read from a regular file of TOML in UTF-8, of at most {} KiB",
                super::MAX_FILE / 1024
            )),
            FileError::Faulty { .. } => None,
        }
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            FileError::Faulty { findings, .. } => findings,
            _ => &[],
        }
    }
}
