//! A registry that stays open between uses.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Registry, RegistryError};

/// The registry that was used last, so that the next use need not open it again. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct KeptRegistry(Arc<Mutex<Option<(PathBuf, Registry)>>>);

impl KeptRegistry {
    /// Runs work on the registry of a data directory, which is created when it is not there.
    ///
    /// # Errors
    /// The registry cannot be used, or what the work returns.
    pub fn with<T>(
        &self,
        directory: &Path,
        work: impl FnOnce(&mut Registry) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let mut kept = self.kept(directory);
        let registry = match &mut *kept {
            Some((_, registry)) => registry,
            none => {
                &mut none
                    .insert((directory.to_owned(), Registry::open(directory)?))
                    .1
            }
        };
        work(registry)
    }

    /// Runs work on the registry of a data directory if there is one; creates nothing.
    ///
    /// # Errors
    /// As [`KeptRegistry::with`].
    pub fn with_existing<T>(
        &self,
        directory: &Path,
        work: impl FnOnce(&mut Registry) -> Result<T, RegistryError>,
    ) -> Result<Option<T>, RegistryError> {
        let mut kept = self.kept(directory);
        if kept.is_none() {
            *kept = Registry::open_existing(directory)?
                .map(|registry| (directory.to_owned(), registry));
        }
        kept.as_mut()
            .map(|(_, registry)| work(registry))
            .transpose()
    }

    /// Returns what is kept, emptied unless it is the registry of that directory as it is on disk now.
    fn kept(&self, directory: &Path) -> MutexGuard<'_, Option<(PathBuf, Registry)>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take_if(|(known, registry)| known != directory || !registry.is_current());
        kept
    }
}
