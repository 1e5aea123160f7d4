//! The lock: which versions were chosen, and what exactly these were, so that everybody uses the same.
//!
//! It lies beside the metadata as `provisioning.lock` and belongs into version control. The same extensions give the same
//! bytes on every machine: it holds neither times nor paths of the machine.

mod changes;
mod error;
mod text;
mod verify;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use semver::Version;

use super::question::Chosen;
use crate::extension::{Contents, Directory, ExtensionType, LOCK_FILE};
use crate::nickel::Interrupt;
use crate::store::replace_file_and_no_link;

pub use changes::{LockChange, WhatChanged};
pub use error::LockError;
pub use verify::{Deviation, verify};

/// What was chosen for an extension, or for the extensions of a bundle. Sorted by type and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Each extension once.
    pub extensions: Vec<Locked>,
}

/// An extension of one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind, self.name, self.version)
    }
}

/// One extension of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// What it is.
    pub exact: Exact,
    /// The bundle it comes in, when it comes in one.
    pub package: Option<String>,
    /// Its files; none for the extensions that the lock is for, which change while their author works.
    pub contents: Option<Contents>,
    /// What it needs, sorted.
    pub dependencies: Vec<Exact>,
}

impl Exact {
    /// Returns what was chosen.
    pub fn of(chosen: &Chosen) -> Self {
        let extension = &chosen.candidate.extension;
        Self {
            kind: extension.kind,
            name: extension.name.clone(),
            version: extension.version.clone(),
        }
    }
}

impl Lock {
    /// Returns the path of the lock of an extension.
    pub fn path(directory: &Path) -> PathBuf {
        directory.join(LOCK_FILE)
    }

    /// Returns the lock of a choice for the extensions in a directory. Reads every file of the others.
    ///
    /// # Errors
    /// An extension has no digest, because a file of it cannot be read, say; or the work was ended from outside.
    pub fn of(
        chosen: &[Chosen],
        directory: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, LockError> {
        let mut read: BTreeMap<PathBuf, Contents> = BTreeMap::new();
        let mut extensions = Vec::with_capacity(chosen.len());
        for one in chosen {
            let extension = &one.candidate.extension;
            let contents = if extension.path == directory {
                None
            } else if let Some(known) = read.get(&extension.path) {
                // Another one of the same bundle.
                Some(known.clone())
            } else {
                let contents = contents_of(&extension.path, interrupt)?;
                read.insert(extension.path.clone(), contents.clone());
                Some(contents)
            };
            extensions.push(Locked {
                exact: Exact::of(one),
                package: extension.package.clone(),
                contents,
                dependencies: Vec::new(),
            });
        }
        let places: BTreeMap<(ExtensionType, &str), usize> = chosen
            .iter()
            .enumerate()
            .map(|(place, one)| {
                let extension = &one.candidate.extension;
                ((extension.kind, extension.name.as_str()), place)
            })
            .collect();
        for one in chosen {
            for by in &one.requested_by {
                let by = by.extension.as_ref();
                let place = by.and_then(|(kind, name, _)| places.get(&(*kind, name.as_str())));
                if let Some(place) = place {
                    extensions[*place].dependencies.push(Exact::of(one));
                }
            }
        }
        for locked in &mut extensions {
            locked.dependencies.sort();
            locked.dependencies.dedup();
        }
        extensions.sort_by(|a, b| a.exact.cmp(&b.exact));
        Ok(Self { extensions })
    }

    /// Reads the lock of an extension, if it has one.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or was written by a newer program.
    pub fn read(directory: &Path) -> Result<Option<Self>, LockError> {
        text::read(&Self::path(directory))
    }

    /// Writes the lock of an extension, as a whole or not at all.
    ///
    /// # Errors
    /// It cannot be written, or there is a link in its place.
    pub fn write(&self, directory: &Path) -> Result<(), LockError> {
        let path = Self::path(directory);
        let text = self.to_string();
        if text.len() as u64 > text::MAX_FILE {
            return Err(LockError::Unwritable {
                path,
                reason: format!("it would be larger than {} MiB", text::MAX_FILE >> 20),
            });
        }
        replace_file_and_no_link(&path, text.as_bytes()).map_err(|error| LockError::Unwritable {
            path,
            reason: error.to_string(),
        })
    }

    /// Returns the versions, for [`Preference::keep`](super::Preference).
    pub fn versions(&self) -> BTreeMap<(ExtensionType, String), Version> {
        self.extensions
            .iter()
            .map(|Locked { exact, .. }| {
                let key = (exact.kind, exact.name.clone());
                (key, exact.version.clone())
            })
            .collect()
    }

    /// Returns what it has of a type and name.
    pub fn get(&self, kind: ExtensionType, name: &str) -> Option<&Locked> {
        self.extensions
            .iter()
            .find(|locked| locked.exact.kind == kind && locked.exact.name == name)
    }
}

/// Returns the files of what is in a directory.
fn contents_of(path: &Path, interrupt: &Interrupt) -> Result<Contents, LockError> {
    let directory = Directory::open(path, None).map_err(|error| LockError::NoDigest {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Contents::of(&directory, interrupt).map_err(|error| LockError::of_contents(path, error))
}

#[cfg(test)]
mod tests;
