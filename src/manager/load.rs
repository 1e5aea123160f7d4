//! The manager's door.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::config::{Config, ExtensionManagerBuilder};
use super::error::LoadError;
use super::memory::{Loaded, lock};
use super::metrics::{Counters, Metrics};
use super::stamps::Look;
use super::types::{Extension, Key};
use super::{ExtensionManager, Place, Wanted};
use crate::audit::Operation;
use crate::extension::{Directory, ExtensionType};
use crate::metadata::VersionRequest;
use crate::nickel::Evaluator;
use crate::nushell::Inspector;

/// A loaded extension, and how it came.
pub(super) struct Arrived {
    pub(super) key: Key,
    pub(super) loaded: Arc<Loaded>,
    /// Whether it was in memory, unchanged.
    pub(super) is_hit: bool,
}

impl ExtensionManager {
    /// Returns what makes a manager.
    pub fn builder() -> ExtensionManagerBuilder {
        ExtensionManagerBuilder::default()
    }

    /// Returns a manager that compares with the Nushell at `nu_path`, and reads code in processes of the plugin at
    /// `provisioning_path` (LOAD-01). It has no registry; [`ExtensionManager::builder`] sets one, and everything else.
    pub fn new(nu_path: String, provisioning_path: String) -> Self {
        Self::builder()
            .nushell(nu_path)
            .worker(provisioning_path)
            .build()
    }

    /// Returns a manager that shares everything with this one and looks elsewhere.
    #[must_use]
    pub fn configured(&self, config: Config) -> Self {
        Self {
            config,
            ..self.clone()
        }
    }

    /// Returns a manager that shares everything with this one and reads with these.
    #[must_use]
    pub fn reading_with(&self, evaluator: Evaluator, inspector: Inspector) -> Self {
        Self {
            evaluator,
            inspector,
            ..self.clone()
        }
    }

    /// Returns where the manager looks.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Loads an extension (LOAD-02, LOAD-26, LOAD-27): a version such as `1.28.0`, the highest in a range such as
    /// `>=1.28`, or the highest of all, which is no pre-release while there is another.
    ///
    /// # Errors
    /// It is not there, or not in that version, or something that it needs is not; or its files have errors.
    pub fn load_extension(
        &self,
        kind: ExtensionType,
        name: impl Into<String>,
        version: Option<String>,
    ) -> Result<Arc<Extension>, LoadError> {
        let name = name.into();
        let version = match &version {
            None => VersionRequest::Latest,
            Some(text) => match VersionRequest::read(text) {
                Ok(version) => version,
                Err(reason) => {
                    return Err(LoadError::BadVersion {
                        text: text.clone(),
                        reason,
                    });
                }
            },
        };
        let wanted = Wanted {
            kind: Some(kind),
            name,
            version,
        };
        self.load(&wanted, self.config.auto_load)
    }

    /// Loads an extension, and everything that it needs if that is wanted.
    ///
    /// # Errors
    /// As [`ExtensionManager::load_extension`].
    pub fn load(&self, wanted: &Wanted, with_needs: bool) -> Result<Arc<Extension>, LoadError> {
        self.counted(Operation::Load, wanted, || {
            let place = self.locate(wanted)?;
            let moved = |reason: String| LoadError::Moved {
                name: place.name.clone(),
                kind: place.kind,
                path: place.path.clone(),
                reason,
            };
            let arrived = match self.load_place(&place) {
                Err(LoadError::Directory(_)) => {
                    return Err(moved("there is no directory now".to_owned()));
                }
                result => result?,
            };
            if !wanted.version.accepts(&arrived.key.version) {
                return Err(moved(format!("it is version {} now", arrived.key.version)));
            }
            self.finish(arrived, with_needs)
        })
    }

    /// Loads the extension in a directory, registered or not; of a bundle, the one of that type and name. It has to be of such
    /// a version.
    ///
    /// # Errors
    /// As [`ExtensionManager::load_extension`]; or the directory holds several and it is not said which.
    pub fn load_directory(
        &self,
        path: &Path,
        kind: Option<ExtensionType>,
        name: Option<&str>,
        version: Option<&VersionRequest>,
        with_needs: bool,
    ) -> Result<Arc<Extension>, LoadError> {
        let folder = path.file_name().unwrap_or_default().to_string_lossy();
        let wanted = Wanted {
            kind,
            name: name.unwrap_or(&folder).to_owned(),
            version: version.cloned().unwrap_or(VersionRequest::Latest),
        };
        self.counted(Operation::Load, &wanted, || {
            let place = self.place_in(path, kind, name)?;
            let arrived = self.load_place(&place)?;
            if !wanted.version.accepts(&arrived.key.version) {
                return Err(LoadError::VersionMismatch {
                    name: place.name.clone(),
                    kind: place.kind,
                    requested: wanted.version.to_string(),
                    available: vec![arrived.key.version],
                });
            }
            self.finish(arrived, with_needs)
        })
    }

    /// Returns an extension that [`ExtensionManager::load`] would find in memory, without asking for more than the
    /// registry: with everything that it needs, if that is wanted. Counts as a load when it is there.
    ///
    /// # Errors
    /// The registry cannot be used, or several types have the name.
    pub fn loaded(
        &self,
        wanted: &Wanted,
        with_needs: bool,
    ) -> Result<Option<Arc<Extension>>, LoadError> {
        let start = Instant::now();
        let Some(place) = self.registered(wanted)? else {
            return Ok(None);
        };
        Ok(self.loaded_from(&place, with_needs, start))
    }

    /// As [`ExtensionManager::loaded`], for the extension in a directory, given as [`Extension::path`] is. Of a bundle, type and
    /// name have to be given.
    pub fn loaded_directory(
        &self,
        path: &Path,
        kind: Option<ExtensionType>,
        name: Option<&str>,
        with_needs: bool,
    ) -> Option<Arc<Extension>> {
        let start = Instant::now();
        let all = self.shared.memory.in_directory(path);
        let (key, loaded) = all.into_iter().find(|(key, _)| {
            kind.is_none_or(|kind| kind == key.kind) && name.is_none_or(|name| name == key.name)
        })?;
        // Which other ones there are, only the directory tells.
        if loaded.extension.package.is_some() && (kind.is_none() || name.is_none()) {
            return None;
        }
        let place = Place {
            kind: key.kind,
            name: key.name,
            version: Some(key.version),
            path: path.to_owned(),
        };
        self.loaded_from(&place, with_needs, start)
    }

    fn loaded_from(
        &self,
        place: &Place,
        with_needs: bool,
        start: Instant,
    ) -> Option<Arc<Extension>> {
        let loaded = self.shared.memory.get(&place.key()?)?;
        let is_it = Path::new(&loaded.extension.path) == place.path
            // Where modules are looked for is a question that only those with imports from there have to ask.
            && !loaded.outside.has_modules()
            && loaded.look() == Look::Same
            && (!with_needs || self.has_needs(&loaded));
        if !is_it {
            return None;
        }
        let counters = &self.shared.counters;
        counters.loads.fetch_add(1, Ordering::Relaxed);
        counters.hits.fetch_add(1, Ordering::Relaxed);
        loaded.hits.fetch_add(1, Ordering::Relaxed);
        Counters::took(&counters.nanoseconds, start.elapsed());
        Some(Arc::clone(&loaded.extension))
    }

    /// Returns everything that is loaded, sorted by type, name and version (LOAD-03).
    pub fn list_loaded_extensions(&self) -> Vec<Arc<Extension>> {
        let all = self.shared.memory.all();
        all.values()
            .map(|loaded| Arc::clone(&loaded.extension))
            .collect()
    }

    /// Whether an extension of that type and name is loaded, in whatever version (LOAD-05).
    pub fn is_extension_loaded(&self, kind: ExtensionType, name: &str) -> bool {
        self.is_loaded(Some(kind), name, None)
    }

    /// Whether an extension of that name is loaded, of that type and in such a version where these are given.
    pub fn is_loaded(
        &self,
        kind: Option<ExtensionType>,
        name: &str,
        version: Option<&VersionRequest>,
    ) -> bool {
        let all = self.shared.memory.all();
        all.keys().any(|key| is_meant(key, kind, name, version))
    }

    /// Whether nothing is loaded.
    pub fn is_empty(&self) -> bool {
        self.shared.memory.is_empty()
    }

    /// Forgets what there is no room for, as after the settings have changed.
    pub fn trim(&self) {
        let gone = self.shared.memory.resize(self.config.cache_size);
        Counters::add(&self.shared.counters.evictions, gone.len());
        let counts = self.counts(gone);
        if !counts.is_empty() {
            self.audit(counts);
        }
    }

    /// Returns what is in memory and what was done so far.
    pub fn metrics(&self) -> Metrics {
        let all = self.shared.memory.all();
        let bytes = all.values().map(|loaded| loaded.bytes).sum();
        Metrics::of(
            &self.shared.counters,
            all.len(),
            self.config.cache_size.get(),
            bytes,
        )
    }

    /// Counts a load, and how long it has taken. The work tells whether it was a hit.
    pub(super) fn counted(
        &self,
        operation: Operation,
        wanted: &Wanted,
        work: impl FnOnce() -> Result<(Arc<Extension>, bool), LoadError>,
    ) -> Result<Arc<Extension>, LoadError> {
        let start = Instant::now();
        let counters = &self.shared.counters;
        counters.loads.fetch_add(1, Ordering::Relaxed);
        let result = work();
        let time = start.elapsed();
        Counters::took(&counters.nanoseconds, time);
        match &result {
            Ok((_, true)) => {
                counters.hits.fetch_add(1, Ordering::Relaxed);
            }
            Ok((_, false)) => Counters::took(&counters.cold_nanoseconds, time),
            Err(error) => {
                counters.failures.fetch_add(1, Ordering::Relaxed);
                Counters::took(&counters.cold_nanoseconds, time);
                self.audit_failure(operation, wanted, error, time);
            }
        }
        result.map(|(extension, _)| extension)
    }

    fn finish(
        &self,
        arrived: Arrived,
        with_needs: bool,
    ) -> Result<(Arc<Extension>, bool), LoadError> {
        if with_needs && let Err(error) = self.load_needs(&arrived.key, &arrived.loaded) {
            // What cannot be loaded with all that it needs is not loaded.
            self.shared
                .memory
                .remove_this(&arrived.key, &arrived.loaded);
            return Err(error);
        }
        if arrived.is_hit {
            arrived.loaded.hits.fetch_add(1, Ordering::Relaxed);
        }
        Ok((Arc::clone(&arrived.loaded.extension), arrived.is_hit))
    }

    /// Returns the extension at a place: from memory when its files are the same, else read again.
    ///
    /// # Errors
    /// Its files have errors.
    pub(super) fn load_place(&self, place: &Place) -> Result<Arrived, LoadError> {
        self.load_place_as(Operation::Load, place)
    }

    /// As [`ExtensionManager::load_place`], written down as that operation.
    pub(super) fn load_place_as(
        &self,
        operation: Operation,
        place: &Place,
    ) -> Result<Arrived, LoadError> {
        if let Some(arrived) = self.in_memory(place)? {
            return Ok(arrived);
        }
        let flight = {
            let id = (place.path.clone(), place.kind, place.name.clone());
            let mut flights = lock(&self.shared.flights);
            // Nobody waits for those that only the table holds.
            flights.retain(|_, flight| Arc::strong_count(flight) > 1);
            Arc::clone(
                flights
                    .entry(id)
                    .or_insert_with(|| Arc::new(Mutex::new(()))),
            )
        };
        let _alone = lock(&flight);
        // Whoever was first has read it.
        if let Some(arrived) = self.in_memory(place)? {
            return Ok(arrived);
        }
        let start = Instant::now();
        let read = self.read(place, true);
        self.forget_old(place, read.as_ref().ok().map(|(key, _)| key));
        let (key, loaded) = read?;
        self.audit_read(operation, &key, &loaded, start.elapsed());
        self.keep(key.clone(), Arc::clone(&loaded));
        Ok(Arrived {
            key,
            loaded,
            is_hit: false,
        })
    }

    fn in_memory(&self, place: &Place) -> Result<Option<Arrived>, LoadError> {
        let Some(key) = place.key() else {
            return Ok(None);
        };
        let (key, loaded) = match self.shared.memory.get(&key) {
            Some(loaded) if Path::new(&loaded.extension.path) == place.path => (key, loaded),
            // Its files may say another version than the registry.
            _ => {
                let all = self.shared.memory.in_directory(&place.path);
                let is_it = |(key, _): &(Key, Arc<Loaded>)| {
                    key.kind == place.kind && key.name == place.name
                };
                match all.into_iter().find(is_it) {
                    Some(found) => found,
                    None => return Ok(None),
                }
            }
        };
        if Path::new(&loaded.extension.path) != place.path
            || !loaded.outside.is_of(&self.config.lib_dirs)
            || !self.is_fresh(&loaded)?
        {
            return Ok(None);
        }
        Ok(Some(Arrived {
            key,
            loaded,
            is_hit: true,
        }))
    }

    /// Whether the files of a loaded extension are as they were. What was only touched is looked at once.
    fn is_fresh(&self, loaded: &Loaded) -> Result<bool, LoadError> {
        if loaded.look() == Look::Same {
            return Ok(true);
        }
        let extension = &loaded.extension;
        // What is wrong now is told by whoever reads it.
        let Ok(mut now) = self.moment(&extension.directory(), extension.kind()) else {
            return Ok(false);
        };
        if now.digest != extension.fingerprint || !loaded.outside.is_same() {
            return Ok(false);
        }
        loaded.outside.stamp(&mut now.stamps);
        // Looked at before the contents were read: had they changed since, this would show.
        if !now.stamps.is_same() {
            return Ok(false);
        }
        *lock(&loaded.stamps) = Arc::new(now.stamps);
        Ok(true)
    }

    /// Forgets what was loaded from a place and is not what its files say now.
    fn forget_old(&self, place: &Place, now: Option<&Key>) {
        let gone = self.shared.memory.remove_if(|key, loaded| {
            key.kind == place.kind
                && key.name == place.name
                && Path::new(&loaded.extension.path) == place.path
                && Some(key) != now
        });
        let counts = self.counts(gone);
        if !counts.is_empty() {
            self.audit(counts);
        }
    }

    pub(super) fn keep(&self, key: Key, loaded: Arc<Loaded>) {
        let put = self.shared.memory.put(key, loaded, self.config.cache_size);
        Counters::add(&self.shared.counters.evictions, put.gone.len());
        let counts = self.counts(put.gone.into_iter().chain(put.replaced));
        if !counts.is_empty() {
            self.audit(counts);
        }
    }

    fn place_in(
        &self,
        path: &Path,
        kind: Option<ExtensionType>,
        name: Option<&str>,
    ) -> Result<Place, LoadError> {
        let directory = Directory::open(path, kind)?;
        let is_meant = |one: &&crate::extension::Extension| {
            kind.is_none_or(|kind| kind == one.kind) && name.is_none_or(|name| name == one.name)
        };
        let meant: Vec<_> = directory.extensions.iter().filter(is_meant).collect();
        match meant.as_slice() {
            [one] => Ok(Place {
                kind: one.kind,
                name: one.name.clone(),
                version: Some(one.version.clone()),
                path: directory.path.clone(),
            }),
            [] => {
                let findings = directory.findings().filter(|finding| finding.is_error());
                Err(super::read::failed(&directory, findings.cloned().collect()))
            }
            many => Err(LoadError::Several {
                path: directory.path.clone(),
                names: many
                    .iter()
                    .map(|one| (one.kind, one.name.clone()))
                    .collect(),
            }),
        }
    }
}

pub(super) fn is_meant(
    key: &Key,
    kind: Option<ExtensionType>,
    name: &str,
    version: Option<&VersionRequest>,
) -> bool {
    kind.is_none_or(|kind| kind == key.kind)
        && key.name == name
        && version.is_none_or(|version| version.accepts(&key.version))
}
