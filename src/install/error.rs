//! What can go wrong while something is installed or removed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

use crate::diagnostic::{Code, Diagnostic, Explain};
use crate::package::PackageError;
use crate::registry::{Registered, RegistryError};
use crate::remote::{PackageId, RemoteError};
use crate::resolver::Exact;

/// Why nothing was installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The remote fails.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The archive is refused.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The registry refuses, or fails.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A package is not what the index says.
    #[error("{id} {version} of the remote `{remote}` is not what its index says: {what}")]
    Different {
        /// The remote.
        remote: String,
        /// The package.
        id: PackageId,
        /// The version.
        version: Version,
        /// How it differs.
        what: String,
    },
    /// What the lock names cannot be had.
    #[error("the {exact} of the lock cannot be installed: {reason}")]
    Locked {
        /// What is locked.
        exact: Exact,
        /// Why not.
        reason: String,
    },
    /// Others need what is to be removed: each with one that needs it.
    #[error("{}", needed_text(needed))]
    Needed {
        /// What is needed, and who needs it.
        needed: Vec<(Registered, Registered)>,
    },
    /// It is not here as an installed package.
    #[error("{}", if *registered { format!("`{name}` was registered, and not installed from a remote") } else { format!("`{name}` is not installed") })]
    NotInstalled {
        /// The name.
        name: String,
        /// Whether something of that name is registered.
        registered: bool,
        /// Similar names that are installed.
        close: Vec<String>,
    },
    /// Several packages have the name.
    #[error("`{name}` is the name of several packages: {}", packages.join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// Each with type and version.
        packages: Vec<String>,
    },
    /// Somebody else is installing, for a long time.
    #[error("somebody else has been installing for {} seconds{}", waited.as_secs(), holder.as_ref().map(|who| format!(": {who}")).unwrap_or_default())]
    Busy {
        /// How long this has waited.
        waited: Duration,
        /// Who, as far as is known.
        holder: Option<String>,
        /// The file that is locked.
        lock: PathBuf,
    },
    /// A file cannot be written or removed.
    #[error("`{}`: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
}

fn needed_text(needed: &[(Registered, Registered)]) -> String {
    let each: Vec<String> = needed
        .iter()
        .map(|(what, by)| {
            format!(
                "the {} `{}` {} is needed by the {} `{}` {}",
                what.kind, what.name, what.version, by.kind, by.name, by.version
            )
        })
        .collect();
    each.join("; ")
}

impl InstallError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| InstallError::Io {
            path,
            reason: error.to_string(),
        }
    }
}

impl Explain for InstallError {
    fn code(&self) -> Code {
        match self {
            InstallError::Remote(error) => error.code(),
            InstallError::Package(error) => error.code(),
            InstallError::Registry(error) => error.code(),
            InstallError::Different { .. } => Code::InstallDifferent,
            InstallError::Locked { .. } => Code::InstallLocked,
            InstallError::Needed { .. } => Code::InstallNeeded,
            InstallError::NotInstalled { .. } | InstallError::Ambiguous { .. } => {
                Code::InstallNotInstalled
            }
            InstallError::Busy { .. } => Code::InstallBusy,
            InstallError::Io { .. } => Code::InstallIo,
            InstallError::Interrupted => Code::InputInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            InstallError::Remote(error) => return error.help(),
            InstallError::Package(error) => return error.help(),
            InstallError::Registry(error) => return error.help(),
            InstallError::Different { .. } => {
                "do not use it: tell whoever keeps the remote, or the author of the package".to_owned()
            }
            InstallError::Locked { .. } => {
                "choose versions anew with: extension update; or name the remote that has it with --from"
                    .to_owned()
            }
            InstallError::Needed { needed } => {
                let names: std::collections::BTreeSet<&str> =
                    needed.iter().map(|(_, by)| by.name.as_str()).collect();
                let names: Vec<&str> = names.into_iter().collect();
                format!(
                    "remove what needs it too ({}), or use --force",
                    names.join(", ")
                )
            }
            InstallError::NotInstalled { name, registered: true, .. } => {
                format!("forget it with: extension unregister {name}")
            }
            InstallError::NotInstalled { close, .. } => match close.first() {
                Some(close) => format!("did you mean `{close}`?"),
                None => "see what is there with: extension list".to_owned(),
            },
            InstallError::Ambiguous { .. } => "say which one with --type or --version".to_owned(),
            InstallError::Busy { lock, .. } => {
                format!("try again; whoever holds it has `{}` open", lock.display())
            }
            InstallError::Io { .. } | InstallError::Interrupted => return None,
        })
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            InstallError::Package(error) => error.details(),
            InstallError::Registry(error) => error.details(),
            _ => &[],
        }
    }
}
