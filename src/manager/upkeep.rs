//! Reading again and giving up what is loaded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::disk::{Cleared, DiskCache, DiskProblem};
use super::error::LoadError;
use super::load::is_meant;
use super::memory::lock;
use super::types::{Extension, Key};
use super::{ExtensionManager, Place, Wanted};
use crate::audit::{Entry, Operation};
use crate::extension::ExtensionType;
use crate::metadata::VersionRequest;

/// What reloading an extension has done.
#[derive(Debug)]
pub struct Reloaded {
    /// What was loaded before.
    pub before: Key,
    /// What is loaded now, or why nothing is.
    pub result: Result<Arc<Extension>, LoadError>,
    /// Whether anything has changed that it is made of.
    pub is_changed: bool,
}

impl ExtensionManager {
    /// Reads an extension again, whatever is remembered of it: every version of it that is loaded, or else the latest that
    /// there is (LOAD-04). Returns the highest.
    ///
    /// # Errors
    /// As [`ExtensionManager::load_extension`]. A version that cannot be read any more is no longer loaded.
    pub fn reload_extension(
        &self,
        kind: ExtensionType,
        name: impl Into<String>,
    ) -> Result<Arc<Extension>, LoadError> {
        let name = name.into();
        match self.reload(Some(kind), Some(&name)).pop() {
            Some(reloaded) => reloaded.result,
            None => self.load_extension(kind, name, None),
        }
    }

    /// Reads what is loaded again: everything, or what has that type and name. In the order of
    /// [`ExtensionManager::list_loaded_extensions`].
    pub fn reload(&self, kind: Option<ExtensionType>, name: Option<&str>) -> Vec<Reloaded> {
        let all = self.shared.memory.all();
        all.into_iter()
            .filter(|(key, _)| {
                kind.is_none_or(|kind| kind == key.kind) && name.is_none_or(|name| name == key.name)
            })
            .map(|(key, loaded)| {
                let place = Place {
                    kind: key.kind,
                    name: key.name.clone(),
                    version: Some(key.version.clone()),
                    path: loaded.extension.directory(),
                };
                let wanted = Wanted {
                    kind: Some(key.kind),
                    name: key.name.clone(),
                    version: VersionRequest::Exact(key.version.clone()),
                };
                let mut is_changed = true;
                let result = self.counted(Operation::Reload, &wanted, || {
                    let start = Instant::now();
                    // Until it was read, the others have what there was.
                    let read = self.read(&place, false);
                    self.shared.memory.remove_this(&key, &loaded);
                    let counts = self.counts([(key.clone(), Arc::clone(&loaded))]);
                    if !counts.is_empty() {
                        self.audit(counts);
                    }
                    let (now, read) = read?;
                    is_changed = !read.is_same(&loaded);
                    let extension = Arc::clone(&read.extension);
                    *lock(&read.with) = lock(&loaded.with).clone();
                    self.audit_read(Operation::Reload, &now, &read, start.elapsed());
                    self.keep(now, read);
                    Ok((extension, false))
                });
                Reloaded {
                    before: key,
                    result,
                    is_changed,
                }
            })
            .collect()
    }

    /// Forgets what is loaded of that name, of that type and in such versions where these are given; its files stay, and
    /// so does the cache on disk. Returns what was forgotten.
    pub fn unload(
        &self,
        kind: Option<ExtensionType>,
        name: &str,
        version: Option<&VersionRequest>,
    ) -> Vec<Key> {
        let gone = self
            .shared
            .memory
            .remove_if(|key, _| is_meant(key, kind, name, version));
        self.audit_gone(Operation::Unload, &gone);
        gone.into_iter().map(|(key, _)| key).collect()
    }

    /// Forgets everything that is loaded (LOAD-06). The cache on disk stays; see [`ExtensionManager::clear_disk`].
    pub fn clear_cache(&self) {
        self.clear_older(None);
    }

    /// Forgets everything that is loaded, or what was not used for so long. Returns what was forgotten.
    pub fn clear_older(&self, than: Option<Duration>) -> Vec<Key> {
        let gone = self.shared.memory.remove_if(|_, loaded| {
            than.is_none_or(|limit| lock(&loaded.used_at).elapsed() > limit)
        });
        self.audit_gone(Operation::Clear, &gone);
        gone.into_iter().map(|(key, _)| key).collect()
    }

    /// Removes the entries of the cache on disk, or those that were not used for so long.
    ///
    /// # Errors
    /// The directory must not be trusted, or something in it cannot be removed.
    pub fn clear_disk(&self, older_than: Option<Duration>) -> Result<Cleared, DiskProblem> {
        let Some(disk) = self.config.disk() else {
            return Ok(Cleared::default());
        };
        let start = Instant::now();
        let cleared = disk.clear(older_than)?;
        self.audit_here(
            Entry::new(Operation::Clear)
                .count(u64::try_from(cleared.entries).unwrap_or(u64::MAX))
                .took(start.elapsed())
                .detail("the cache on disk"),
        );
        Ok(cleared)
    }

    /// Returns the cache on disk, if there is one.
    pub fn disk(&self) -> Option<DiskCache> {
        self.config.disk()
    }

    /// Returns what kept the cache on disk from being written the last time, if anything did.
    pub fn disk_problem(&self) -> Option<DiskProblem> {
        lock(&self.shared.problem).clone()
    }
}
