//! Finding an extension by its name: in the registry first, then in the directories that are searched.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use semver::Version;

use super::error::LoadError;
use super::read::failed;
use super::{ExtensionManager, Place, Wanted};
use crate::diagnostic::{Diagnostic, closest};
use crate::extension::{DEFAULT_DEPTH, Directory, Discovery, ExtensionType, Found, discover};
use crate::registry::Registered;

/// An extension that has the wanted name.
struct Named {
    place: Place,
    version: Version,
}

impl ExtensionManager {
    /// Returns where an extension is.
    ///
    /// # Errors
    /// There is none of that name, or none of that version; or several types have the name.
    pub(super) fn locate(&self, wanted: &Wanted) -> Result<Place, LoadError> {
        if let Some(place) = self.registered(wanted)? {
            return Ok(place);
        }
        self.search_for(wanted)
    }

    /// Returns the registered extension that fits best, if there is one.
    pub(super) fn registered(&self, wanted: &Wanted) -> Result<Option<Place>, LoadError> {
        choose(wanted, self.registered_as(&wanted.name)?)
    }

    fn registered_as(&self, name: &str) -> Result<Vec<Named>, LoadError> {
        let rows = self
            .shared
            .registry
            .with_existing(&self.config.data_dir, |registry| registry.named(name))?;
        Ok(rows.into_iter().flatten().map(Named::from).collect())
    }

    fn search_for(&self, wanted: &Wanted) -> Result<Place, LoadError> {
        let found = self.search()?;
        let mut named: Vec<Named> = found
            .iter()
            .flat_map(|found| &found.extensions)
            .filter(|one| one.name == wanted.name)
            .map(|one| Named {
                version: one.version.clone(),
                place: Place {
                    kind: one.kind,
                    name: one.name.clone(),
                    version: Some(one.version.clone()),
                    path: one.path.clone(),
                },
            })
            .collect();
        // Of two directories with the same, the first: what is chosen must not depend on the order of the search.
        named.sort_by(|a, b| a.place.path.cmp(&b.place.path));
        // Of what is registered, the version that its files say now.
        let registered = self.registered_as(&wanted.name)?;
        named.splice(0..0, registered.into_iter().map(Named::with_version_of_now));
        if let Some(place) = choose(wanted, clone_all(&named))? {
            return Ok(place);
        }
        let of_kind = |one: &&Named| wanted.kind.is_none_or(|kind| kind == one.place.kind);
        let mut available: Vec<Version> = named
            .iter()
            .filter(of_kind)
            .map(|one| one.version.clone())
            .collect();
        if let Some(kind) = named.iter().find(of_kind).map(|one| one.place.kind) {
            available.sort();
            available.dedup();
            return Err(LoadError::VersionMismatch {
                name: wanted.name.clone(),
                kind,
                requested: wanted.version.to_string(),
                available,
            });
        }
        if let Some(error) = unusable(wanted, &found) {
            return Err(error);
        }
        Err(self.not_found(wanted, &found))
    }

    fn not_found(&self, wanted: &Wanted, found: &[Found]) -> LoadError {
        let mut known: BTreeSet<(ExtensionType, String)> = found
            .iter()
            .flat_map(|found| &found.extensions)
            .map(|one| (one.kind, one.name.clone()))
            .collect();
        let rows = self
            .shared
            .registry
            .with_existing(&self.config.data_dir, |registry| registry.list(None));
        // The registry was read just now; names are but a help.
        let rows = rows.ok().flatten().unwrap_or_default();
        known.extend(rows.into_iter().map(|row| (row.kind, row.name)));
        let of_kind = known
            .iter()
            .filter(|(kind, _)| wanted.kind.is_none_or(|wanted| wanted == *kind))
            .map(|(_, name)| name.as_str());
        let mut close: Vec<String> = closest(&wanted.name, of_kind)
            .into_iter()
            .map(str::to_owned)
            .collect();
        close.dedup();
        LoadError::NotFound {
            name: wanted.name.clone(),
            kind: wanted.kind,
            close,
            looked: self.places(),
        }
    }

    /// Returns every directory with metadata below the directories that are searched.
    pub(super) fn search(&self) -> Result<Vec<Found>, LoadError> {
        let interrupt = &self.evaluator.limits().interrupt;
        let found = Mutex::new(Vec::new());
        let discovery = Discovery {
            roots: self.config.extension_dirs.clone(),
            kind: None,
            depth: DEFAULT_DEPTH,
            jobs: self.config.jobs,
        };
        discover(&discovery, &|directory| {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.push(directory);
            !interrupt.is_triggered()
        });
        if interrupt.is_triggered() {
            return Err(LoadError::Interrupted);
        }
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Named {
    /// Returns the same with the version that its files say, if they still say something of it.
    fn with_version_of_now(mut self) -> Self {
        let Ok(directory) = Directory::open(&self.place.path, Some(self.place.kind)) else {
            return self;
        };
        let is_it = |one: &&crate::extension::Extension| {
            one.kind == self.place.kind && one.name == self.place.name
        };
        if let Some(now) = directory.extensions.iter().find(is_it) {
            self.version = now.version.clone();
            self.place.version = Some(now.version.clone());
        }
        self
    }
}

impl From<Registered> for Named {
    fn from(row: Registered) -> Self {
        Self {
            place: Place {
                kind: row.kind,
                name: row.name,
                version: Some(row.version.clone()),
                path: row.path,
            },
            version: row.version,
        }
    }
}

fn clone_all(named: &[Named]) -> Vec<Named> {
    let clone = |one: &Named| Named {
        place: one.place.clone(),
        version: one.version.clone(),
    };
    named.iter().map(clone).collect()
}

/// Returns the one that fits best.
///
/// # Errors
/// Several types have the name, and none was given.
fn choose(wanted: &Wanted, named: Vec<Named>) -> Result<Option<Place>, LoadError> {
    let named: Vec<Named> = named
        .into_iter()
        .filter(|one| wanted.kind.is_none_or(|kind| kind == one.place.kind))
        .collect();
    let kinds: BTreeSet<ExtensionType> = named.iter().map(|one| one.place.kind).collect();
    if kinds.len() > 1 {
        return Err(LoadError::Ambiguous {
            name: wanted.name.clone(),
            kinds: kinds.into_iter().collect(),
        });
    }
    let best = wanted
        .version
        .select(named.iter().map(|one| &one.version))
        .cloned();
    Ok(best.and_then(|best| {
        let is_best = |one: &Named| one.version == best;
        named.into_iter().find(is_best).map(|one| one.place)
    }))
}

/// Returns what is wrong with a directory of that name that is there and cannot be used.
fn unusable(wanted: &Wanted, found: &[Found]) -> Option<LoadError> {
    let is_meant = |directory: &Directory| {
        let folder = directory.path.file_name();
        directory.reading.name.as_deref() == Some(&wanted.name)
            || (directory.reading.name.is_none()
                && folder.is_some_and(|folder| folder == wanted.name.as_str()))
    };
    let of = |path: &PathBuf| {
        let directory = Directory::open(path, wanted.kind).ok()?;
        let findings: Vec<Diagnostic> = directory
            .findings()
            .filter(|finding| finding.is_error())
            .cloned()
            .collect();
        (is_meant(&directory) && !findings.is_empty()).then(|| failed(&directory, findings))
    };
    found
        .iter()
        .filter(|found| found.problem.is_some())
        .find_map(|found| of(&found.path))
}
