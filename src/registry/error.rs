//! What can go wrong with the registry.

use std::path::PathBuf;

use semver::Version;

use crate::diagnostic::{Code, Explain};
use crate::metadata::ExtensionType;
use crate::store::StoreError;

/// An error of the registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// No extension has that name.
    #[error("no {} called `{name}` is registered", kind.map_or("extension", ExtensionType::as_str))]
    NotFound {
        /// The name.
        name: String,
        /// The type that was asked for.
        kind: Option<ExtensionType>,
        /// Similar names that are registered.
        close: Vec<String>,
    },
    /// It is registered, but in other versions.
    #[error("`{name}` is registered, but not in that version")]
    NoSuchVersion {
        /// The name.
        name: String,
        /// The versions that are.
        available: Vec<Version>,
    },
    /// Extensions of several types have the name.
    #[error("`{name}` is the name of several extensions: {}", kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// Their types.
        kinds: Vec<ExtensionType>,
    },
    /// The same type, name and version is registered with another directory.
    #[error("{kind} `{name}` {version} is already registered from `{}`", path.display())]
    Taken {
        /// The type.
        kind: ExtensionType,
        /// The name.
        name: String,
        /// The version.
        version: Version,
        /// The directory that is registered.
        path: PathBuf,
        /// The directory that was to be.
        refused: PathBuf,
    },
    /// A row was written by somebody else, and wrongly.
    #[error("`{}` has a row that cannot be read, {kind} `{name}` {version}: {reason}", file.display())]
    BadRow {
        /// The database.
        file: PathBuf,
        /// The type, as it stands there.
        kind: String,
        /// The name, as it stands there.
        name: String,
        /// The version, as it stands there.
        version: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A row about an installed package was written by somebody else, and wrongly.
    #[error("`{}` has a row that cannot be read, in `installed`: {reason}", file.display())]
    BadInstalled {
        /// The database.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explain for RegistryError {
    fn code(&self) -> Code {
        match self {
            RegistryError::NotFound { .. } | RegistryError::NoSuchVersion { .. } => {
                Code::RegistryNotFound
            }
            RegistryError::Ambiguous { .. } => Code::RegistryAmbiguous,
            RegistryError::Taken { .. } => Code::RegistryTaken,
            RegistryError::BadRow { .. } | RegistryError::BadInstalled { .. } => Code::StoreCorrupt,
            RegistryError::Store(error) => error.code(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            RegistryError::NotFound { close, .. } if close.is_empty() => {
                Some("see what is registered with: extension list".to_owned())
            }
            RegistryError::NotFound { close, .. } => {
                let names: Vec<String> = close
                    .iter()
                    .take(3)
                    .map(|name| format!("`{name}`"))
                    .collect();
                Some(format!("did you mean {}?", names.join(" or ")))
            }
            RegistryError::NoSuchVersion { available, .. } => {
                let versions: Vec<String> = available.iter().map(Version::to_string).collect();
                Some(format!("registered versions: {}", versions.join(", ")))
            }
            RegistryError::Ambiguous { .. } => Some("say which one with --type".to_owned()),
            RegistryError::Taken { .. } => {
                Some("use --force to register this directory in its place".to_owned())
            }
            RegistryError::BadRow {
                file,
                kind,
                name,
                version,
                ..
            } => Some(format!(
                "remove the row: open {:?} | query db 'DELETE FROM extension WHERE type = ? AND name = ? AND version = ?' --params {:?}",
                file.display().to_string(),
                [kind, name, version]
            )),
            RegistryError::BadInstalled { file, .. } => Some(format!(
                "look at the rows: open {:?} | query db 'SELECT * FROM installed'",
                file.display().to_string()
            )),
            RegistryError::Store(error) => error.help(),
        }
    }
}
