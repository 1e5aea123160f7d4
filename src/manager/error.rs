//! Why nothing was loaded.

use std::path::PathBuf;

use semver::{Version, VersionReq};

use crate::diagnostic::{Code, Diagnostic, Explain};
use crate::extension::{DirectoryError, ExtensionType};
use crate::registry::RegistryError;
use crate::resolver::ResolveError;

/// Why an extension was not loaded (ERR-02..05). Each says everything that is wrong, and not only the first of it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No extension has that name.
    #[error("there is no {} called `{name}`", kind.map_or("extension", ExtensionType::as_str))]
    NotFound {
        /// The name.
        name: String,
        /// The type that was asked for.
        kind: Option<ExtensionType>,
        /// Similar names that there are.
        close: Vec<String>,
        /// Where it was looked for, in words.
        looked: Vec<String>,
    },
    /// Extensions of several types have the name.
    #[error("`{name}` is the name of several extensions: {}", kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// Their types.
        kinds: Vec<ExtensionType>,
    },
    /// It is there in other versions only.
    #[error("there is no version {requested} of {kind} `{name}`")]
    VersionMismatch {
        /// The name.
        name: String,
        /// The type.
        kind: ExtensionType,
        /// The versions that were asked for.
        requested: String,
        /// The versions that there are, the lowest first.
        available: Vec<Version>,
    },
    /// Extensions that it needs, or that those need, are not there.
    #[error("`{name}` needs what is not there: {}", names(missing))]
    MissingDependencies {
        /// The name of what was to be loaded.
        name: String,
        /// Everything that is missing, in the order in which one comes to it.
        missing: Vec<Missing>,
        /// The same as findings, at the places where it is asked for.
        findings: Vec<Diagnostic>,
    },
    /// No choice of versions satisfies everything that it needs.
    #[error("`{name}` needs versions that do not go together: {error}")]
    Unresolved {
        /// The name of what was to be loaded.
        name: String,
        /// Why.
        error: ResolveError,
    },
    /// Its files have errors.
    #[error("`{name}` cannot be loaded from `{}`", path.display())]
    LoadFailed {
        /// Its name, or that of its directory when the name cannot be told.
        name: String,
        /// Its directory.
        path: PathBuf,
        /// Everything that was found.
        findings: Vec<Diagnostic>,
    },
    /// What it needs cannot be loaded.
    #[error("`{name}` cannot be loaded without what it needs: {}", reasons.join("; "))]
    NeedsFailed {
        /// Its name.
        name: String,
        /// Why not, for each of them.
        reasons: Vec<String>,
        /// Everything that was found.
        findings: Vec<Diagnostic>,
    },
    /// Its files are written again and again, faster than they can be read.
    #[error("the files of `{name}` in `{}` change while they are read", path.display())]
    Changing {
        /// Its name.
        name: String,
        /// Its directory.
        path: PathBuf,
    },
    /// The registered directory holds something else by now.
    #[error("`{}` is not the {kind} `{name}` any more", path.display())]
    Moved {
        /// The name.
        name: String,
        /// The type.
        kind: ExtensionType,
        /// The directory.
        path: PathBuf,
        /// What there is instead.
        reason: String,
    },
    /// A bundle was named without saying which of its extensions is meant.
    #[error("`{}` holds several extensions", path.display())]
    Several {
        /// The directory.
        path: PathBuf,
        /// Their types and names.
        names: Vec<(ExtensionType, String)>,
    },
    /// A version cannot be read.
    #[error("`{text}` is not a version or a range of versions: {reason}")]
    BadVersion {
        /// What was given.
        text: String,
        /// Why not.
        reason: String,
    },
    /// A directory cannot be looked at.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The registry cannot be used.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
}

/// An extension that is needed and not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub name: String,
    /// Its type, when it was given.
    pub kind: Option<ExtensionType>,
    /// The versions that would do.
    pub version: VersionReq,
    /// Who needs it.
    pub needed_by: String,
    /// Where that is written.
    pub origin: String,
    /// The versions that there are; none, when there is no extension of that name.
    pub available: Vec<Version>,
}

impl From<crate::extension::Interrupted> for LoadError {
    fn from(_: crate::extension::Interrupted) -> Self {
        LoadError::Interrupted
    }
}

impl LoadError {
    /// Returns the error for an extension whose needs cannot be loaded.
    pub(super) fn of_needs(name: &str, errors: &[LoadError]) -> Self {
        LoadError::NeedsFailed {
            name: name.to_owned(),
            reasons: errors.iter().map(ToString::to_string).collect(),
            findings: errors
                .iter()
                .flat_map(|error| error.details().iter().cloned())
                .collect(),
        }
    }
}

/// Returns the names of what is missing, each once.
fn names(missing: &[Missing]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for one in missing {
        if !names.contains(&one.name.as_str()) {
            names.push(&one.name);
        }
    }
    names.join(", ")
}

/// Returns versions as text, separated by commas.
pub(super) fn listed(versions: &[Version]) -> String {
    let versions: Vec<String> = versions.iter().map(Version::to_string).collect();
    versions.join(", ")
}

impl Explain for LoadError {
    fn code(&self) -> Code {
        match self {
            LoadError::NotFound { .. } => Code::LoadNotFound,
            LoadError::Ambiguous { .. } | LoadError::Several { .. } => Code::LoadAmbiguous,
            LoadError::BadVersion { .. } => Code::InputInvalid,
            LoadError::VersionMismatch { .. } => Code::LoadVersionMismatch,
            LoadError::MissingDependencies { .. } => Code::LoadMissingDependencies,
            LoadError::Unresolved { .. } => Code::LoadUnresolved,
            LoadError::LoadFailed { .. } | LoadError::NeedsFailed { .. } => Code::LoadFailed,
            LoadError::Changing { .. } => Code::LoadChanging,
            LoadError::Moved { .. } => Code::LoadMoved,
            LoadError::Directory(error) => error.code(),
            LoadError::Registry(error) => error.code(),
            LoadError::Interrupted => Code::InputInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            LoadError::NotFound { close, looked, .. } => {
                let looked = format!("looked in {}", looked.join(", "));
                match close.as_slice() {
                    [] => format!("{looked}; register it with: extension register PATH"),
                    close => {
                        let names: Vec<String> = close
                            .iter()
                            .take(3)
                            .map(|name| format!("`{name}`"))
                            .collect();
                        format!("did you mean {}? {looked}", names.join(" or "))
                    }
                }
            }
            LoadError::Ambiguous { .. } => "say which one with --type".to_owned(),
            LoadError::VersionMismatch { available, .. } => {
                format!("available versions: {}", listed(available))
            }
            LoadError::MissingDependencies { .. } => {
                "register them with: extension register PATH; or load without them: --no-dependencies"
                    .to_owned()
            }
            LoadError::Unresolved { error, .. } => return error.help(),
            LoadError::LoadFailed { path, .. } => {
                format!("see everything with: extension validate {}", path.display())
            }
            LoadError::NeedsFailed { .. } => {
                "mend them, or load without them: --no-dependencies".to_owned()
            }
            LoadError::Changing { .. } => "load it again when its files have come to rest".to_owned(),
            LoadError::Moved { reason, .. } => {
                format!("{reason}; if it is registered, register it as it is now, or forget it with: extension unregister")
            }
            LoadError::Several { names, .. } => {
                let names: Vec<String> = names
                    .iter()
                    .map(|(kind, name)| format!("{kind} `{name}`"))
                    .collect();
                format!("name one of them: {}", names.join(", "))
            }
            LoadError::BadVersion { .. } => "such as 1.28.0, '>=1.28' or latest".to_owned(),
            LoadError::Directory(error) => return error.help(),
            LoadError::Registry(error) => return error.help(),
            LoadError::Interrupted => return None,
        })
    }

    fn is_one_finding(&self) -> bool {
        false
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            LoadError::MissingDependencies { findings, .. }
            | LoadError::NeedsFailed { findings, .. }
            | LoadError::LoadFailed { findings, .. } => findings,
            LoadError::Unresolved { error, .. } => error.details(),
            LoadError::Registry(error) => error.details(),
            _ => &[],
        }
    }
}
