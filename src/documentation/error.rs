//! Why there is no documentation.

use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Explain};

/// Why there is no documentation, or it was not written.
#[derive(Debug, thiserror::Error)]
pub enum DocumentationError {
    /// The metadata cannot be read.
    #[error("the metadata of `{}` cannot be read", path.display())]
    Metadata {
        /// The extension.
        path: PathBuf,
        /// What is wrong.
        findings: Vec<Diagnostic>,
    },
    /// Something is wrong, so that the documentation would have holes.
    #[error("`{name}` cannot be documented, because it has errors")]
    Incomplete {
        /// The extension.
        name: String,
        /// What is wrong.
        findings: Vec<Diagnostic>,
    },
    /// The page is another one than the extension gives.
    #[error("`{}` is not up to date", path.display())]
    Stale {
        /// The page.
        path: PathBuf,
        /// What differs.
        difference: String,
    },
    /// The page was written by hand.
    #[error("`{}` was written by hand", path.display())]
    HandWritten {
        /// The page.
        path: PathBuf,
    },
    /// The page cannot be read or written.
    #[error("`{}` cannot be {what}: {reason}", path.display())]
    Io {
        /// The page.
        path: PathBuf,
        /// Read or written.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The caller did not want it any more.
    #[error("interrupted")]
    Interrupted,
}

impl Explain for DocumentationError {
    fn code(&self) -> Code {
        match self {
            DocumentationError::Metadata { .. } | DocumentationError::Incomplete { .. } => {
                Code::DocsIncomplete
            }
            DocumentationError::Stale { .. } => Code::DocsStale,
            DocumentationError::HandWritten { .. } => Code::DocsHandWritten,
            DocumentationError::Io { .. } => Code::DocsIo,
            DocumentationError::Interrupted => Code::InputInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            DocumentationError::Metadata { .. } | DocumentationError::Incomplete { .. } => {
                Some("see everything that is wrong with: extension validate PATH".to_owned())
            }
            DocumentationError::Stale { difference, .. } => {
                Some(format!("make it again with: extension docs PATH --save\n{difference}"))
            }
            DocumentationError::HandWritten { .. } => Some(
                "--force adds what is generated at the end of its sections, and leaves everything else as it is"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    fn is_one_finding(&self) -> bool {
        false
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            DocumentationError::Metadata { findings, .. }
            | DocumentationError::Incomplete { findings, .. } => findings,
            _ => &[],
        }
    }
}
