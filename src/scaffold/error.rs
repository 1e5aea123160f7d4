//! Why there is no new extension.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Explain, closest};
use crate::extension::tree::one_line;
use crate::template::TemplateError;

/// Most names of what is there that are told.
const MAX_NAMES: usize = 8;

/// Why there is no new extension.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The caller did not want it any more.
    #[error("interrupted")]
    Interrupted,
    /// The directory has something in it.
    #[error("`{}` is there already, with {}", one_line(path), listed(entries))]
    Exists {
        /// The directory.
        path: PathBuf,
        /// What is in it.
        entries: Vec<String>,
    },
    /// Something else than files is where files have to be.
    #[error("`{}` cannot be written over: {}", one_line(path), count(findings))]
    InTheWay {
        /// The directory.
        path: PathBuf,
        /// What is in the way.
        findings: Vec<Diagnostic>,
    },
    /// There is no scaffold.
    #[error("there is no scaffold at `{}`", one_line(path))]
    NotFound {
        /// Where it would be.
        path: PathBuf,
        /// Those that are beside it.
        known: Vec<String>,
    },
    /// A scaffold is none that can be used.
    #[error(
        "the scaffold `{}` cannot be used: {}",
        one_line(path),
        count(findings)
    )]
    Unusable {
        /// Its directory.
        path: PathBuf,
        /// Everything that is wrong.
        findings: Vec<Diagnostic>,
    },
    /// A template has no end, or could not be rendered for a reason of ours.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A file or a directory cannot be read or written.
    #[error("`{}` cannot be {what}: {reason}", one_line(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

impl ScaffoldError {
    pub(super) fn read(path: &Path, reason: impl ToString) -> Self {
        ScaffoldError::Io {
            path: path.to_owned(),
            what: "read",
            reason: reason.to_string(),
        }
    }

    pub(super) fn write(path: &Path, reason: impl ToString) -> Self {
        ScaffoldError::Io {
            path: path.to_owned(),
            what: "written",
            reason: reason.to_string(),
        }
    }
}

fn listed(entries: &[String]) -> String {
    let shown: Vec<String> = entries
        .iter()
        .take(MAX_NAMES)
        .map(|name| format!("`{}`", one_line(Path::new(name))))
        .collect();
    let shown = shown.join(", ");
    match entries.len().checked_sub(MAX_NAMES) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn count(findings: &[Diagnostic]) -> String {
    match findings {
        [one] => one.message.clone(),
        many => format!("{} things are in the way", many.len()),
    }
}

impl Explain for ScaffoldError {
    fn code(&self) -> Code {
        match self {
            ScaffoldError::Interrupted => Code::InputInvalid,
            ScaffoldError::Exists { .. } => Code::ScaffoldExists,
            ScaffoldError::InTheWay { .. } => Code::ScaffoldInTheWay,
            ScaffoldError::NotFound { .. } => Code::ScaffoldNotFound,
            // One fault is the error.
            ScaffoldError::Unusable { findings, .. } => match findings.as_slice() {
                [one] => one.code,
                _ => Code::ScaffoldUnusable,
            },
            ScaffoldError::Template(error) => error.code(),
            ScaffoldError::Io { .. } => Code::ScaffoldIo,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            ScaffoldError::Exists { .. } => {
                "choose another name or --path; --force writes the scaffold's files over those of the same names, and leaves the others".to_owned()
            }
            ScaffoldError::InTheWay { .. } => {
                "move it away; nothing was written".to_owned()
            }
            ScaffoldError::NotFound { path, known } => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                match (closest(&name, known.iter().map(String::as_str)).first(), known.is_empty()) {
                    (Some(close), _) => format!("did you mean `{close}`?"),
                    (None, false) => format!("there are: {}", known.join(", ")),
                    (None, true) => "a scaffold is a directory with the files of an extension: give its path, such as ./scaffold".to_owned(),
                }
            }
            ScaffoldError::Template(error) => return error.help(),
            ScaffoldError::Io { what: "written", .. } => {
                "nothing is left of it; choose another place with --path".to_owned()
            }
            _ => return None,
        })
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            ScaffoldError::InTheWay { findings, .. } | ScaffoldError::Unusable { findings, .. } => {
                findings
            }
            ScaffoldError::Template(error) => error.details(),
            _ => &[],
        }
    }
}
