//! Which extensions are watched.

use std::path::{Path, PathBuf};

use semver::Version;

use crate::extension::{Directory, ExtensionType};
use crate::manager::{ExtensionManager, Key, LoadError, Place, Wanted};

/// An extension to be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// Its version, as far as it is known.
    pub version: Option<Version>,
    /// Its directory, or a link to it, which is followed to wherever it leads at the time.
    pub path: PathBuf,
}

impl ExtensionManager {
    /// Returns everything that is loaded or, when nothing is, everything that is registered.
    ///
    /// # Errors
    /// The registry cannot be used.
    pub fn watchable(&self, kind: Option<ExtensionType>) -> Result<Vec<Watched>, LoadError> {
        let is_meant = |one: &Watched| kind.is_none_or(|kind| kind == one.kind);
        let loaded: Vec<Watched> = self.loaded_ones().into_iter().filter(is_meant).collect();
        if !loaded.is_empty() {
            return Ok(loaded);
        }
        let rows = self
            .shared
            .registry
            .with_existing(&self.config.data_dir, |registry| registry.list(kind))?;
        let rows = rows.into_iter().flatten();
        Ok(rows
            .map(|row| Watched {
                kind: row.kind,
                name: row.name,
                version: Some(row.version),
                path: row.path,
            })
            .collect())
    }

    /// Returns what is loaded of a name, in such versions, or else what [`ExtensionManager::load`] would load.
    ///
    /// # Errors
    /// There is none of that name or version, or of several types.
    pub fn watchable_as(&self, wanted: &Wanted) -> Result<Vec<Watched>, LoadError> {
        let is_meant = |one: &Watched| {
            one.name == wanted.name
                && wanted.kind.is_none_or(|kind| kind == one.kind)
                && one
                    .version
                    .as_ref()
                    .is_some_and(|version| wanted.version.accepts(version))
        };
        let loaded: Vec<Watched> = self.loaded_ones().into_iter().filter(is_meant).collect();
        if !loaded.is_empty() {
            return Ok(loaded);
        }
        let Place {
            kind,
            name,
            version,
            path,
        } = self.locate(wanted)?;
        Ok(vec![Watched {
            kind,
            name,
            version,
            path,
        }])
    }

    /// Returns the extensions in a directory: one, or those of a bundle.
    ///
    /// # Errors
    /// It cannot be told which these are.
    pub fn watchable_in(
        &self,
        path: &Path,
        kind: Option<ExtensionType>,
    ) -> Result<Vec<Watched>, LoadError> {
        let directory = Directory::open(path, kind)?;
        if directory.extensions.is_empty() {
            let errors = directory.findings().filter(|finding| finding.is_error());
            return Err(crate::manager::read::failed(
                &directory,
                errors.cloned().collect(),
            ));
        }
        let watched = directory.extensions.iter().map(|one| Watched {
            kind: one.kind,
            name: one.name.clone(),
            version: Some(one.version.clone()),
            path: path.to_owned(),
        });
        Ok(watched.collect())
    }

    fn loaded_ones(&self) -> Vec<Watched> {
        let all = self.shared.memory.all();
        let watched = |(key, path): (Key, PathBuf)| Watched {
            kind: key.kind,
            name: key.name,
            version: Some(key.version),
            path,
        };
        all.into_iter()
            .map(|(key, loaded)| watched((key, loaded.extension.directory())))
            .collect()
    }
}
