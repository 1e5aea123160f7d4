//! What keeps a package from being built, read or unpacked.

use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Explain, safe_text};
use crate::extension::tree::one_line;
use crate::extension::{ContentsError, Interrupted};
use crate::validation::ValidationError;

/// Most findings that an error has.
const MAX_FINDINGS: usize = 100;

/// Why there is no package, or why it is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
    /// The extension cannot be packed.
    #[error("`{name}` cannot be packed: {}", count(findings))]
    Refused {
        /// Its name, or its directory.
        name: String,
        /// Everything that is in the way.
        findings: Vec<Diagnostic>,
    },
    /// The validation did not come to an end.
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// A file cannot be read.
    #[error("`{}` cannot be read: {reason}", one_line(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file is no longer what it was.
    #[error("`{}` has changed while it was being read", one_line(.0))]
    Changed(PathBuf),
    /// A file or a directory cannot be written.
    #[error("`{}` cannot be written: {reason}", one_line(path))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// What was to be made is there.
    #[error("`{}` is there already", one_line(.0))]
    Exists(PathBuf),
    /// The file is no package.
    #[error(
        "`{}` is not a package as `extension build` writes it: {reason}",
        one_line(path)
    )]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A later version has written it.
    #[error(
        "`{}` has format {format}, and this version of the plugin reads format {}",
        one_line(path),
        super::FORMAT
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// A file in it is another one than its list says.
    #[error(
        "`{}` in `{}` is not the file that the list of the package names",
        safe_text(entry),
        one_line(path)
    )]
    Digest {
        /// The package.
        path: PathBuf,
        /// The file in it.
        entry: String,
    },
    /// It is larger than the limits.
    #[error("`{}` is not read: {reason}", one_line(path))]
    Limit {
        /// The package.
        path: PathBuf,
        /// Which limit.
        reason: String,
    },
    /// What it holds is not taken.
    #[error("`{}` is not taken: {}", one_line(path), count(findings))]
    NotTaken {
        /// The package.
        path: PathBuf,
        /// Everything that is wrong.
        findings: Vec<Diagnostic>,
    },
    /// It has no signature.
    #[error("`{}` has no signature, and one is required", one_line(.0))]
    Unsigned(PathBuf),
    /// Its signature is wrong.
    #[error("the signature of `{}` is not right: {reason}", one_line(path))]
    Signature {
        /// The package.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Nobody trusts the key.
    #[error(
        "`{}` is signed with the key {key}, which is not trusted",
        one_line(path)
    )]
    Untrusted {
        /// The package.
        path: PathBuf,
        /// The number of the key.
        key: String,
    },
    /// A key cannot be used.
    #[error("the key `{}` cannot be used: {reason}", one_line(path))]
    Key {
        /// Its file, or the beginning of its text.
        path: PathBuf,
        /// Why.
        reason: String,
        /// Whether a password is missing or wrong.
        is_about_password: bool,
    },
}

impl PackageError {
    pub(super) fn unreadable(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        PackageError::Unreadable {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn write(path: impl Into<PathBuf>, reason: impl ToString) -> Self {
        PackageError::Write {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn refused(name: impl Into<String>, findings: Vec<Diagnostic>) -> Self {
        PackageError::Refused {
            name: name.into(),
            findings: limited(findings),
        }
    }

    pub(super) fn not_taken(path: impl Into<PathBuf>, findings: Vec<Diagnostic>) -> Self {
        PackageError::NotTaken {
            path: path.into(),
            findings: limited(findings),
        }
    }

    /// The findings; several have a code that stands for all of them.
    fn findings(&self) -> &[Diagnostic] {
        match self {
            PackageError::Refused { findings, .. } | PackageError::NotTaken { findings, .. } => {
                findings
            }
            _ => &[],
        }
    }
}

/// Keeps an error from being as long as a list of a hundred thousand files.
fn limited(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let more = findings.len().saturating_sub(MAX_FINDINGS);
    if more > 0 {
        findings.truncate(MAX_FINDINGS);
        findings.push(Diagnostic::error(
            Code::PackageRefused,
            format!("{more} more findings are not listed"),
        ));
    }
    findings
}

fn count(findings: &[Diagnostic]) -> String {
    match findings {
        [one] => safe_text(&one.message).into_owned(),
        many => format!("there are {} reasons", many.len()),
    }
}

impl From<Interrupted> for PackageError {
    fn from(_: Interrupted) -> Self {
        PackageError::Interrupted
    }
}

impl From<ContentsError> for PackageError {
    fn from(error: ContentsError) -> Self {
        match error {
            ContentsError::Interrupted => PackageError::Interrupted,
            ContentsError::Unreadable { path, reason } => Self::unreadable(path, reason),
            ContentsError::Special { path, what } => {
                Self::unreadable(path, format!("it is {what}"))
            }
            ContentsError::Name(path) => Self::unreadable(path, "its name is not plain text"),
            ContentsError::TooMany(path) => Self::unreadable(path, "it holds too many files"),
        }
    }
}

impl Explain for PackageError {
    fn code(&self) -> Code {
        match self {
            PackageError::Interrupted => Code::InputInvalid,
            PackageError::Refused { .. } | PackageError::NotTaken { .. } => match self.findings() {
                [one] => one.code,
                _ => Code::PackageRefused,
            },
            PackageError::Validation(error) => error.code(),
            PackageError::Unreadable { .. } => Code::PackageUnreadable,
            PackageError::Changed(_) => Code::PackageChanged,
            PackageError::Write { .. } => Code::PackageWrite,
            PackageError::Exists(_) => Code::PackageExists,
            PackageError::Archive { .. } => Code::PackageArchive,
            PackageError::Newer { .. } => Code::PackageNewer,
            PackageError::Digest { .. } => Code::PackageDigest,
            PackageError::Limit { .. } => Code::PackageLimit,
            PackageError::Unsigned(_) => Code::PackageUnsigned,
            PackageError::Signature { .. } => Code::PackageSignature,
            PackageError::Untrusted { .. } => Code::PackageUntrusted,
            PackageError::Key { .. } => Code::PackageKey,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            PackageError::Validation(error) => return error.help(),
            PackageError::Changed(_) => "try again when nothing writes to it",
            PackageError::Exists(_) => "remove it, or choose another name",
            PackageError::Archive { .. } => {
                "build it with `extension build`: archives of other programs are not taken, because there is more than one way to read them"
            }
            PackageError::Newer { .. } => {
                "use the version of the plugin that has built it, or a later one"
            }
            PackageError::Digest { .. } => "get it again: it was damaged or changed on its way",
            PackageError::Unsigned(_) => {
                "get its signature, a file of the same name that ends in .minisig; or have it built with: extension build --sign KEY"
            }
            PackageError::Signature { .. } => {
                "get the package and its signature again, both from the same place"
            }
            PackageError::Untrusted { .. } => {
                "if you know whose key it is, give it with --key, or add it to the setting `trusted_keys`"
            }
            PackageError::Key {
                is_about_password: true,
                ..
            } => "set $env.PROVISIONING_KEY_PASSWORD to the password of the key",
            PackageError::Key { .. } => "make a pair of keys with: extension keygen",
            _ => return None,
        };
        Some(help.to_owned())
    }

    fn details(&self) -> &[Diagnostic] {
        self.findings()
    }
}
