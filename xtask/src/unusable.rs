//! Why an executable is not the Nushell we need.

use std::{fmt, io, path::PathBuf, time::Duration};

use crate::version::{Line, Version};

/// The reason, worded to follow the executable's path: "/usr/bin/nu *is Nushell 0.99.0, ...*".
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Nothing is there.
    Missing,
    /// It is a folder; `inside` is the executable that lies in it, if there is one.
    Directory {
        /// The executable in the folder.
        inside: Option<PathBuf>,
    },
    /// It is an installation folder without an executable.
    NoExecutable,
    /// The system refuses to look at it or to run it.
    CannotRun(io::Error),
    /// It did not answer `--version`.
    Silent(Duration),
    /// It answered `--version` with something else than a version.
    NotNushell {
        /// The first line of the answer.
        said: String,
    },
    /// It is Nushell, of another version.
    WrongVersion {
        /// Its version.
        found: Version,
        /// The versions that would do.
        wanted: Line,
    },
    /// It is npm's wrapper, and the real executable is not installed beside it.
    EmptyWrapper {
        /// The npm package that holds the real executable, if npm has one for this platform.
        package: Option<String>,
    },
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "does not exist"),
            Self::Directory { .. } => write!(f, "is a directory, not an executable"),
            Self::NoExecutable => write!(f, "holds no Nushell executable"),
            Self::CannotRun(error) => write!(f, "cannot be run: {error}"),
            Self::Silent(limit) => {
                write!(f, "did not answer `--version` within {} s", limit.as_secs())
            }
            Self::NotNushell { said } if said.is_empty() => {
                write!(f, "is not Nushell: `--version` printed nothing")
            }
            Self::NotNushell { said } => {
                write!(f, "is not Nushell: `--version` printed `{said}`")
            }
            Self::WrongVersion { found, wanted } => {
                write!(f, "is Nushell {found}, but the plugin needs {wanted}")
            }
            Self::EmptyWrapper { package } => {
                write!(f, "is npm's wrapper, and ")?;
                match package {
                    Some(package) => write!(f, "its package `{package}` is not installed"),
                    None => write!(f, "npm has no Nushell for this platform"),
                }
            }
        }
    }
}
