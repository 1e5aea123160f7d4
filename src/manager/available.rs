//! What could be loaded: everything that is registered or found.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::ExtensionManager;
use super::error::LoadError;
use crate::diagnostic::closest;
use crate::extension::{Directory, Extension, ExtensionType};

/// An extension that could be loaded.
#[derive(Clone, Debug)]
pub struct Available {
    /// What its metadata say.
    pub extension: Extension,
    /// Who has made it.
    pub author: Option<String>,
    /// Where it is developed.
    pub repository: Option<String>,
    /// Whether it is registered.
    pub is_registered: bool,
    /// Whether it is loaded, in this version and from this directory.
    pub is_loaded: bool,
}

impl ExtensionManager {
    /// Returns what is registered or found, of that type and name where these are given, sorted by type, name, version and
    /// path. What cannot be read is left out; `extension validate` tells why.
    ///
    /// # Errors
    /// The registry cannot be used, or the work was ended from outside; or nothing has the name.
    pub fn available(
        &self,
        kind: Option<ExtensionType>,
        name: Option<&str>,
    ) -> Result<Vec<Available>, LoadError> {
        let rows = self
            .shared
            .registry
            .with_existing(&self.config.data_dir, |registry| registry.list(None))?
            .unwrap_or_default();
        let registered: BTreeSet<PathBuf> = rows.into_iter().map(|row| row.path).collect();
        let found = self.search()?.into_iter().map(|found| found.path);
        let paths: BTreeSet<PathBuf> = registered.iter().cloned().chain(found).collect();
        let loaded = self.list_loaded_extensions();
        let mut all = Vec::new();
        let mut names = BTreeSet::new();
        for path in paths {
            let Ok(directory) = Directory::open(&path, None) else {
                continue;
            };
            let metadata = directory.reading.metadata.as_ref();
            for extension in &directory.extensions {
                if kind.is_some_and(|kind| kind != extension.kind) {
                    continue;
                }
                names.insert(extension.name.clone());
                if name.is_some_and(|name| name != extension.name) {
                    continue;
                }
                let version = extension.version.to_string();
                all.push(Available {
                    author: metadata
                        .map(|metadata| metadata.authors.join(", "))
                        .filter(|authors| !authors.is_empty()),
                    repository: metadata.and_then(|metadata| metadata.repository.clone()),
                    is_registered: registered.contains(&path),
                    is_loaded: loaded.iter().any(|one| {
                        one.kind() == extension.kind
                            && one.metadata.name == extension.name
                            && one.metadata.version == version
                            && one.directory() == path
                    }),
                    extension: extension.clone(),
                });
            }
        }
        match name {
            Some(name) if all.is_empty() => Err(LoadError::NotFound {
                name: name.to_owned(),
                kind,
                close: closest(name, names.iter().map(String::as_str))
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                looked: self.places(),
            }),
            _ => {
                all.sort_by(|a, b| {
                    let key = |one: &Available| {
                        let Extension {
                            kind,
                            name,
                            version,
                            path,
                            ..
                        } = &one.extension;
                        (*kind, name.clone(), version.clone(), path.clone())
                    };
                    key(a).cmp(&key(b))
                });
                Ok(all)
            }
        }
    }

    /// Returns where extensions are looked for, in words.
    pub(super) fn places(&self) -> Vec<String> {
        let mut places = vec!["the registry".to_owned()];
        let dirs = self.config.extension_dirs.iter();
        places.extend(dirs.map(|directory| directory.display().to_string()));
        places
    }
}
