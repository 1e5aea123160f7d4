//! What an extension needs, chosen so that everything goes together, and loaded with it (LOAD-19, ERR-04).

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{LoadError, Missing, listed};
use super::memory::{Brought, Loaded, lock};
use super::stamps::Look;
use super::types::Key;
use super::{ExtensionManager, Place};
use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, Interrupted};
use crate::metadata::Dependency;
use crate::resolver::{
    Candidate, Order, Origin, Preference, Request, ResolveError, Source, SourceError, Stop,
    exactly, resolve, resolve_without_advice,
};

/// Most extensions that are looked at to name everything that is missing.
const MAX_LOOKED_AT: usize = 10_000;

impl ExtensionManager {
    /// Loads everything that a loaded extension needs. What was loaded before is only looked at.
    ///
    /// # Errors
    /// Something is missing, or does not go together, or cannot be loaded.
    pub(super) fn load_needs(&self, key: &Key, loaded: &Arc<Loaded>) -> Result<(), LoadError> {
        if loaded.extension.dependencies.is_empty() {
            return Ok(());
        }
        // Asked before the choice: what changes meanwhile is seen the next time.
        let generation = self.generation()?;
        let known = lock(&loaded.with).clone();
        if let Some(brought) = known
            && self.still_holds(&brought, generation)
        {
            let places: Vec<Place> = brought
                .extensions
                .iter()
                .map(|(place, _)| place.clone())
                .collect();
            // What cannot be loaded any more need not be chosen again.
            if let Ok(now) = self.load_all(key, &places)
                && now
                    .iter()
                    .zip(&brought.extensions)
                    .all(|(now, (_, was))| now.extension.fingerprint == *was)
            {
                return Ok(());
            }
        }
        let (places, searched) = self.chosen(key, loaded)?;
        let extensions = self.load_all(key, &places)?;
        let digests = extensions
            .iter()
            .map(|one| one.extension.fingerprint.clone());
        *lock(&loaded.with) = Some(Arc::new(Brought {
            data_dir: self.config.data_dir.clone(),
            generation,
            is_searched: searched,
            extensions: places.into_iter().zip(digests).collect(),
        }));
        Ok(())
    }

    /// Whether a choice would come out the same now, as far as the registry tells. What was found in directories is searched
    /// for again.
    fn still_holds(&self, brought: &Brought, generation: i64) -> bool {
        !brought.is_searched
            && brought.data_dir == self.config.data_dir
            && brought.generation == generation
    }

    /// Whether everything that an extension was loaded with is in memory, unchanged, and would be chosen again. `data_dir`
    /// is the registry of now.
    pub(super) fn has_needs(&self, loaded: &Loaded) -> bool {
        if loaded.extension.dependencies.is_empty() {
            return true;
        }
        let Some(brought) = lock(&loaded.with).clone() else {
            return false;
        };
        let is_same = |(place, digest): &(Place, String)| {
            let loaded = place.key().and_then(|key| self.shared.memory.get(&key));
            loaded.is_some_and(|loaded| {
                loaded.extension.fingerprint == *digest
                    && loaded.extension.directory() == place.path
                    && !loaded.outside.has_modules()
                    && loaded.look() == Look::Same
            })
        };
        self.generation()
            .is_ok_and(|now| self.still_holds(&brought, now))
            && brought.extensions.iter().all(is_same)
    }

    fn generation(&self) -> Result<i64, LoadError> {
        let generation = self
            .shared
            .registry
            .with_existing(&self.config.data_dir, |registry| registry.generation())?;
        Ok(generation.unwrap_or(-1))
    }

    /// Loads what an extension needs, several at a time.
    ///
    /// # Errors
    /// Some cannot be loaded: all of those.
    fn load_all(&self, key: &Key, places: &[Place]) -> Result<Vec<Arc<Loaded>>, LoadError> {
        let threads = self.config.threads(places.len());
        let next = AtomicUsize::new(0);
        let work = || -> Vec<(usize, Result<Arc<Loaded>, LoadError>)> {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(place) = places.get(at) else {
                    return done;
                };
                done.push((at, self.load_place(place).map(|arrived| arrived.loaded)));
            }
        };
        let mut all: Vec<_> = match threads {
            0 | 1 => work(),
            threads => std::thread::scope(|scope| {
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                threads
                    .into_iter()
                    .flat_map(|thread| {
                        thread
                            .join()
                            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                    .collect()
            }),
        };
        all.sort_by_key(|(at, _)| *at);
        let mut loaded = Vec::with_capacity(all.len());
        let mut failed = Vec::new();
        for (_, result) in all {
            match result {
                Ok(one) => loaded.push(one),
                Err(LoadError::Interrupted) => return Err(LoadError::Interrupted),
                Err(error) => failed.push(error),
            }
        }
        match failed.is_empty() {
            true => Ok(loaded),
            false => Err(LoadError::of_needs(&key.name, &failed)),
        }
    }

    /// Chooses what an extension needs: of what is registered if that is enough, else of what is found as well, which the
    /// second part tells.
    fn chosen(&self, key: &Key, loaded: &Loaded) -> Result<(Vec<Place>, bool), LoadError> {
        let interrupt = &self.evaluator.limits().interrupt;
        let stop = || interrupt.is_triggered().then_some(Stop::Interrupted);
        let host = self.config.host.get();
        let request = [Request {
            name: key.name.clone(),
            kind: Some(key.kind),
            constraint: exactly(&key.version),
        }];
        let preference = Preference::from(Order::Highest);
        let shelf = Shelf::new(self, key, loaded, false);
        let places = |chosen: Vec<crate::resolver::Chosen>| {
            let place = |chosen: &crate::resolver::Chosen| {
                let extension = &chosen.candidate.extension;
                Place {
                    kind: extension.kind,
                    name: extension.name.clone(),
                    version: Some(extension.version.clone()),
                    path: extension.path.clone(),
                }
            };
            let is_other = |place: &Place| place.kind != key.kind || place.name != key.name;
            chosen.iter().map(place).filter(is_other).collect()
        };
        match resolve_without_advice(&request, &shelf, &host, &preference, &stop) {
            Ok(chosen) => return Ok((places(chosen), false)),
            Err(ResolveError::Conflict(_)) => {}
            Err(error) => return Err(unresolved(key, error)),
        }
        let shelf = Shelf::new(self, key, loaded, true);
        match resolve(&request, &shelf, &host, &preference, &stop) {
            Ok(chosen) => Ok((places(chosen), true)),
            Err(error @ ResolveError::Conflict(_)) => {
                let missing = shelf.missing(key)?;
                match missing.is_empty() {
                    true => Err(unresolved(key, error)),
                    false => Err(LoadError::MissingDependencies {
                        name: key.name.clone(),
                        findings: missing.iter().map(|(_, finding)| finding.clone()).collect(),
                        missing: missing.into_iter().map(|(missing, _)| missing).collect(),
                    }),
                }
            }
            Err(error) => Err(unresolved(key, error)),
        }
    }
}

fn unresolved(key: &Key, error: ResolveError) -> LoadError {
    match error {
        ResolveError::Interrupted => LoadError::Interrupted,
        error => LoadError::Unresolved {
            name: key.name.clone(),
            error,
        },
    }
}

/// What there is to choose from: the extension itself, what is registered, and, if wanted, what is found.
struct Shelf<'a> {
    manager: &'a ExtensionManager,
    key: &'a Key,
    path: PathBuf,
    is_searched: bool,
    found: OnceCell<Vec<crate::extension::Extension>>,
    /// Directories that are registered or were found under a name, and cannot be read.
    unreadable: RefCell<BTreeMap<String, PathBuf>>,
}

impl<'a> Shelf<'a> {
    fn new(
        manager: &'a ExtensionManager,
        key: &'a Key,
        loaded: &Loaded,
        is_searched: bool,
    ) -> Self {
        Self {
            manager,
            key,
            path: loaded.extension.directory(),
            is_searched,
            found: OnceCell::new(),
            unreadable: RefCell::default(),
        }
    }

    fn found(&self) -> Result<&[crate::extension::Extension], SourceError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = match self.is_searched {
            true => self
                .manager
                .search()
                .map_err(|_| SourceError::Interrupted)?
                .into_iter()
                .flat_map(|found| found.extensions)
                .collect(),
            false => Vec::new(),
        };
        Ok(self.found.get_or_init(|| found))
    }

    /// Names everything that is needed, by whatever, and is not there in a version that fits.
    fn missing(&self, key: &Key) -> Result<Vec<(Missing, Diagnostic)>, LoadError> {
        let failed = |error: SourceError| match error {
            SourceError::Interrupted => LoadError::Interrupted,
            SourceError::Failed(reason) => unresolved(key, ResolveError::Source(reason)),
        };
        let mut missing = Vec::new();
        let mut seen = BTreeSet::new();
        let mut wanted: Vec<Arc<Candidate>> = self
            .named(&key.name)
            .map_err(failed)?
            .into_iter()
            .filter(|one| one.extension.kind == key.kind && one.extension.version == key.version)
            .collect();
        while let Some(candidate) = wanted.pop() {
            let of = &candidate.extension;
            if seen.len() > MAX_LOOKED_AT
                || !seen.insert((of.kind, of.name.clone(), of.version.clone()))
            {
                continue;
            }
            for dependency in &candidate.dependencies {
                let there = self.named(&dependency.name).map_err(failed)?;
                let is_meant = |one: &&Arc<Candidate>| {
                    dependency
                        .kind
                        .is_none_or(|kind| kind == one.extension.kind)
                };
                let fits =
                    |one: &&Arc<Candidate>| dependency.constraint.matches(&one.extension.version);
                let best = there
                    .iter()
                    .filter(is_meant)
                    .filter(fits)
                    .max_by_key(|one| one.extension.version.clone());
                match best {
                    Some(best) => wanted.push(Arc::clone(best)),
                    None => {
                        let versions = there.iter().filter(is_meant);
                        let mut available: Vec<_> =
                            versions.map(|one| one.extension.version.clone()).collect();
                        available.sort();
                        let unreadable = self.unreadable.borrow().get(&dependency.name).cloned();
                        missing.push(told(dependency, &of.name, available, unreadable.as_deref()));
                    }
                }
            }
        }
        Ok(missing)
    }
}

fn told(
    dependency: &Dependency,
    needed_by: &str,
    available: Vec<semver::Version>,
    unreadable: Option<&Path>,
) -> (Missing, Diagnostic) {
    let what = match dependency.constraint.comparators.is_empty() {
        true => format!("`{}`", dependency.name),
        false => format!("`{}` {}", dependency.name, dependency.constraint),
    };
    let there = match available.as_slice() {
        [] => match unreadable {
            Some(path) => format!("is registered in `{}`, where it is no more", path.display()),
            None => "is not there".to_owned(),
        },
        versions => format!("is not there; available: {}", listed(versions)),
    };
    let message = format!("{what}, which `{needed_by}` needs, {there}");
    let finding = Diagnostic::error(Code::LoadMissingDependencies, message);
    let finding = match &dependency.node {
        Some(node) => finding.with_label(&node.source, node.span, "asked for here"),
        None => finding.with_file(&dependency.origin),
    };
    let missing = Missing {
        name: dependency.name.clone(),
        kind: dependency.kind,
        version: dependency.constraint.clone(),
        needed_by: needed_by.to_owned(),
        origin: dependency.origin.clone(),
        available,
    };
    (missing, finding)
}

impl Source for Shelf<'_> {
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let registry = &self.manager.shared.registry;
        let rows = registry
            .with_existing(&self.manager.config.data_dir, |registry| {
                registry.named(name)
            })
            .map_err(|error| SourceError::Failed(error.to_string()))?;
        let own = (name == self.key.name).then(|| (self.path.clone(), Origin::Given));
        let registered = rows.into_iter().flatten();
        let registered = registered.map(|row| (row.path, Origin::Registered));
        let found = self.found()?.iter().filter(|one| one.name == name);
        let found = found.map(|one| (one.path.clone(), Origin::Discovered));
        let mut places = BTreeSet::new();
        let mut taken = BTreeSet::new();
        let mut all = Vec::new();
        let mut others: Vec<(PathBuf, Origin)> = found.collect();
        others.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, origin) in own.into_iter().chain(registered).chain(others) {
            if !places.insert(path.clone()) {
                continue;
            }
            // What cannot be read cannot be chosen.
            let Ok(directory) = Directory::open(&path, None) else {
                self.unreadable.borrow_mut().insert(name.to_owned(), path);
                continue;
            };
            let (candidates, _) = Candidate::of(&directory, origin, &self.manager.evaluator)
                .map_err(|Interrupted| SourceError::Interrupted)?;
            for candidate in candidates {
                let one = &candidate.extension;
                if one.name == name && taken.insert((one.kind, one.version.clone())) {
                    all.push(Arc::new(candidate));
                }
            }
        }
        Ok(all)
    }

    fn names(&self) -> Vec<String> {
        let registry = &self.manager.shared.registry;
        let rows = registry.with_existing(&self.manager.config.data_dir, |registry| {
            registry.list(None)
        });
        // Names are but a help.
        let rows = rows.ok().flatten().unwrap_or_default();
        let found = self.found().unwrap_or_default().iter();
        rows.into_iter()
            .map(|row| row.name)
            .chain(found.map(|one| one.name.clone()))
            .collect()
    }

    fn places(&self) -> Vec<String> {
        self.manager.places()
    }
}
