//! The loaded extensions, of which the least recently used goes first (LOAD-22..25, LOAD-28).

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lru::LruCache;

use super::Place;
use super::read::Outside;
use super::stamps::{Look, Stamps};
use super::types::{Extension, Key};

/// A loaded extension, and what tells whether it is still the same.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) extension: Arc<Extension>,
    /// The registry in whose audit it stands.
    pub(super) data_dir: PathBuf,
    /// Looked at on every use; replaced when files were touched and not changed.
    pub(super) stamps: Mutex<Arc<Stamps>>,
    /// What its code imports from outside of its directory.
    pub(super) outside: Outside,
    /// What was loaded for it, when it was loaded with what it needs.
    pub(super) with: Mutex<Option<Arc<Brought>>>,
    /// About how many bytes it takes.
    pub(super) bytes: usize,
    pub(super) used_at: Mutex<Instant>,
    /// How often it came from memory since that was written down last.
    pub(super) hits: AtomicU64,
}

/// What an extension was loaded with.
#[derive(Clone, Debug)]
pub(super) struct Brought {
    /// The registry that the choice was made from.
    pub(super) data_dir: PathBuf,
    /// Which changes the registry had seen.
    pub(super) generation: i64,
    /// Whether directories were searched, because the registry was not enough.
    pub(super) is_searched: bool,
    /// The extensions, sorted by type and name, with the digest that each had: what is another one needs something else, maybe.
    pub(super) extensions: Vec<(Place, String)>,
}

impl Loaded {
    pub(super) fn new(
        extension: Arc<Extension>,
        stamps: Stamps,
        outside: Outside,
        data_dir: &Path,
        bytes: usize,
    ) -> Self {
        Self {
            extension,
            data_dir: data_dir.to_owned(),
            outside,
            bytes: bytes + stamps.bytes(),
            stamps: Mutex::new(Arc::new(stamps)),
            with: Mutex::default(),
            used_at: Mutex::new(Instant::now()),
            hits: AtomicU64::new(0),
        }
    }

    /// Whether another one was made from the same files.
    pub(super) fn is_same(&self, other: &Loaded) -> bool {
        self.extension.fingerprint == other.extension.fingerprint && self.outside == other.outside
    }

    pub(super) fn look(&self) -> Look {
        // The files are not looked at while others wait.
        let stamps = Arc::clone(&lock(&self.stamps));
        stamps.look()
    }
}

/// The extensions in memory.
#[derive(Debug)]
pub(super) struct Memory(Mutex<LruCache<Key, Arc<Loaded>>>);

impl Memory {
    pub(super) fn new(size: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(size)))
    }

    /// Returns an extension, and takes note that it was used.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Loaded>> {
        let loaded = Arc::clone(lock(&self.0).get(key)?);
        *lock(&loaded.used_at) = Instant::now();
        Some(loaded)
    }

    /// Keeps an extension. Returns those that have to go for it, and what had its name.
    pub(super) fn put(&self, key: Key, loaded: Arc<Loaded>, size: NonZeroUsize) -> Put {
        let mut all = lock(&self.0);
        let mut put = Put {
            gone: resize(&mut all, size),
            replaced: None,
        };
        match all.push(key.clone(), loaded) {
            Some(old) if old.0 == key => put.replaced = Some(old),
            Some(old) => put.gone.push(old),
            None => {}
        }
        put
    }

    /// Forgets an extension unless it was replaced meanwhile.
    pub(super) fn remove_this(&self, key: &Key, loaded: &Arc<Loaded>) {
        let mut all = lock(&self.0);
        if all.peek(key).is_some_and(|now| Arc::ptr_eq(now, loaded)) {
            all.pop(key);
        }
    }

    /// Forgets those for which `is_meant` holds, and returns them.
    pub(super) fn remove_if(
        &self,
        is_meant: impl Fn(&Key, &Loaded) -> bool,
    ) -> Vec<(Key, Arc<Loaded>)> {
        let mut all = lock(&self.0);
        let meant: Vec<Key> = all
            .iter()
            .filter(|(key, loaded)| is_meant(key, loaded))
            .map(|(key, _)| key.clone())
            .collect();
        let mut gone: Vec<(Key, Arc<Loaded>)> = meant
            .into_iter()
            .filter_map(|key| all.pop_entry(&key))
            .collect();
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        gone
    }

    /// Returns everything, sorted by type, name and version.
    pub(super) fn all(&self) -> BTreeMap<Key, Arc<Loaded>> {
        lock(&self.0)
            .iter()
            .map(|(key, loaded)| (key.clone(), Arc::clone(loaded)))
            .collect()
    }

    /// Returns the names, the most recently used first.
    #[cfg(test)]
    pub(super) fn by_use(&self) -> Vec<Key> {
        lock(&self.0).iter().map(|(key, _)| key.clone()).collect()
    }

    /// Returns those that were loaded from a directory.
    pub(super) fn in_directory(&self, path: &Path) -> Vec<(Key, Arc<Loaded>)> {
        lock(&self.0)
            .iter()
            .filter(|(_, loaded)| Path::new(&loaded.extension.path) == path)
            .map(|(key, loaded)| (key.clone(), Arc::clone(loaded)))
            .collect()
    }

    /// Forgets what there is no room for. Returns it.
    pub(super) fn resize(&self, size: NonZeroUsize) -> Vec<(Key, Arc<Loaded>)> {
        resize(&mut lock(&self.0), size)
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}

/// What keeping an extension has done.
pub(super) struct Put {
    /// What had to go to make room.
    pub(super) gone: Vec<(Key, Arc<Loaded>)>,
    /// What was kept under the same name.
    pub(super) replaced: Option<(Key, Arc<Loaded>)>,
}

fn resize(all: &mut LruCache<Key, Arc<Loaded>>, size: NonZeroUsize) -> Vec<(Key, Arc<Loaded>)> {
    let mut gone = Vec::new();
    while all.len() > size.get() {
        gone.extend(all.pop_lru());
    }
    if all.cap() != size {
        all.resize(size);
    }
    gone
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
