//! What can go wrong with a remote.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

use super::PackageId;
use crate::diagnostic::{Code, Explain};

/// Why a remote has not done what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There is nothing at its address.
    #[error("the remote `{remote}` is not there: `{}` {reason}", path.display())]
    Unavailable {
        /// Its name.
        remote: String,
        /// Its directory.
        path: PathBuf,
        /// What it is instead.
        reason: &'static str,
    },
    /// A file cannot be read or written.
    #[error("the remote `{remote}` cannot be {doing}: `{}`: {reason}", path.display())]
    Io {
        /// Its name.
        remote: String,
        /// `read` or `written`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Somebody else is publishing the same package, for a long time.
    #[error("somebody else has been changing {id} in the remote `{remote}` for {} seconds{}", waited.as_secs(), holder.as_ref().map(|who| format!(": {who}")).unwrap_or_default())]
    Busy {
        /// Its name.
        remote: String,
        /// The package.
        id: PackageId,
        /// How long this has waited.
        waited: Duration,
        /// Who, as far as is known.
        holder: Option<String>,
        /// The file that is locked.
        lock: PathBuf,
    },
    /// The version is there, with other contents.
    #[error("{id} {version} is in the remote `{remote}` already, with other contents")]
    Taken {
        /// Its name.
        remote: String,
        /// The package.
        id: PackageId,
        /// The version that is there.
        version: Version,
        /// Digest of its archive.
        digest: String,
        /// Digest of the archive that was to be published.
        refused: String,
    },
    /// There is no such package.
    #[error("the remote `{remote}` has no {} called `{name}`", kind.as_deref().unwrap_or("package"))]
    NotFound {
        /// Its name.
        remote: String,
        /// The type that was asked for.
        kind: Option<String>,
        /// The name.
        name: String,
        /// Similar names that are there.
        close: Vec<String>,
    },
    /// There is no such version.
    #[error("the remote `{remote}` has no version {version} of {id}")]
    NoSuchVersion {
        /// Its name.
        remote: String,
        /// The package.
        id: PackageId,
        /// The version.
        version: Version,
        /// The versions that are there.
        available: Vec<Version>,
    },
    /// The index of a package has a line that cannot be read.
    #[error(
        "the index of {id} in the remote `{remote}` has a line that cannot be read: line {line}: {reason}"
    )]
    BadIndex {
        /// Its name.
        remote: String,
        /// The package.
        id: PackageId,
        /// The file.
        file: PathBuf,
        /// The number of the line, the first being 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The index of a package has lines of a newer program.
    #[error("the index of {id} in the remote `{remote}` was written by a newer program")]
    Newer {
        /// Its name.
        remote: String,
        /// The package.
        id: PackageId,
    },
    /// What was fetched is not what the index says.
    #[error(
        "the archive of {id} {version} in the remote `{remote}` is not the one that was published: {what}"
    )]
    Different {
        /// Its name.
        remote: String,
        /// The package.
        id: PackageId,
        /// The version.
        version: Version,
        /// How it differs.
        what: String,
    },
    /// What is to be published cannot be described.
    #[error("`{name}` {version} cannot be published: {reason}")]
    Unpublishable {
        /// Its name.
        name: String,
        /// The version.
        version: Version,
        /// Why.
        reason: String,
    },
    /// No remote has that name.
    #[error("no remote is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// There is more than one remote, or none, and none was named.
    #[error("{}", if known.is_empty() { "no remote is configured" } else { "it is not said which remote is meant" })]
    Unsaid {
        /// Those that there are.
        known: Vec<String>,
    },
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
}

impl RemoteError {
    pub(super) fn io(
        remote: &str,
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self {
        let (remote, path) = (remote.to_owned(), path.to_owned());
        move |error| RemoteError::Io {
            remote,
            doing,
            path,
            reason: reason(&error),
        }
    }
}

/// Returns why the system refuses, without the number of the error.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidData => error.to_string(),
        kind => kind.to_string(),
    }
}

impl Explain for RemoteError {
    fn code(&self) -> Code {
        match self {
            RemoteError::Unavailable { .. } => Code::RemoteUnavailable,
            RemoteError::Io { .. } => Code::RemoteIo,
            RemoteError::Busy { .. } => Code::RemoteBusy,
            RemoteError::Taken { .. } => Code::RemoteTaken,
            RemoteError::NotFound { .. } | RemoteError::NoSuchVersion { .. } => {
                Code::RemoteNotFound
            }
            RemoteError::BadIndex { .. } => Code::RemoteBadIndex,
            RemoteError::Newer { .. } => Code::RemoteNewer,
            RemoteError::Different { .. } => Code::RemoteDifferent,
            RemoteError::Unpublishable { .. } => Code::RemoteUnpublishable,
            RemoteError::Unknown { .. } | RemoteError::Unsaid { .. } => Code::RemoteUnknown,
            RemoteError::Interrupted => Code::InputInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        Some(match self {
            RemoteError::Unavailable { path, .. } => format!(
                "make the directory ({}), connect the disk that it lies on, or change the setting `remotes`",
                path.display()
            ),
            RemoteError::Io { .. } => return None,
            RemoteError::Busy { lock, .. } => format!(
                "try again; whoever holds it has `{}` open",
                lock.display()
            ),
            RemoteError::Taken { digest, refused, .. } => format!(
                "a version that was published stays as it is: raise `version` in the metadata and build again (there: {digest}, here: {refused})"
            ),
            RemoteError::NotFound { close, .. } if close.is_empty() => {
                "see what there is with: extension search".to_owned()
            }
            RemoteError::NotFound { close, .. } => {
                let close: Vec<String> = close.iter().take(3).cloned().collect();
                format!("did you mean {}?", list(&close).replace(", ", " or "))
            }
            RemoteError::NoSuchVersion { available, .. } => {
                let all: Vec<String> = available.iter().map(Version::to_string).collect();
                format!("versions there: {}", all.join(", "))
            }
            RemoteError::BadIndex { file, line, .. } => format!(
                "mend or remove line {line} of `{}`; nothing is written to an index that cannot be read",
                file.display()
            ),
            RemoteError::Newer { .. } => "use a newer version of this plugin".to_owned(),
            RemoteError::Different { .. } => {
                "do not use it: tell whoever keeps the remote, or the author of the package".to_owned()
            }
            RemoteError::Unpublishable { .. } => return None,
            RemoteError::Unknown { known, .. } | RemoteError::Unsaid { known } if known.is_empty() => {
                "name one in the configuration: $env.config.plugins.provisioning = {remotes: {local: 'file:///srv/extensions'}}".to_owned()
            }
            RemoteError::Unknown { known, .. } => format!("remotes: {}", list(known)),
            RemoteError::Unsaid { known } => format!("say which one: {}", list(known)),
            RemoteError::Interrupted => return None,
        })
    }
}
