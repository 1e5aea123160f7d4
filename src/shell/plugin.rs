//! The plugin: its commands and what it keeps between calls.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nu_plugin::{Plugin, PluginCommand};
use provisioning::registry::{Registry, RegistryError};

use super::Guarded;

/// The plugin.
#[derive(Default)]
pub(crate) struct Provisioning {
    /// The registry that was used last, so that the next call need not open it again.
    registry: Mutex<Option<(PathBuf, Registry)>>,
}

impl Plugin for Provisioning {
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn commands(&self) -> Vec<Box<dyn PluginCommand<Plugin = Self>>> {
        crate::commands::all()
            .into_iter()
            .map(|command| Box::new(Guarded::new(command)) as Box<dyn PluginCommand<Plugin = Self>>)
            .collect()
    }
}

impl Provisioning {
    /// Runs work on the registry of a data directory, which is created when it is not there.
    pub(crate) fn with_registry<T>(
        &self,
        directory: &Path,
        work: impl FnOnce(&mut Registry) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        let mut kept = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if usable(&kept, directory).is_none() {
            *kept = Some((directory.to_owned(), Registry::open(directory)?));
        }
        match &mut *kept {
            Some((_, registry)) => work(registry),
            None => work(&mut Registry::open(directory)?),
        }
    }

    /// Runs work on the registry of a data directory if there is one; creates nothing.
    pub(crate) fn with_existing_registry<T>(
        &self,
        directory: &Path,
        work: impl FnOnce(&Registry) -> Result<T, RegistryError>,
    ) -> Result<Option<T>, RegistryError> {
        let mut kept = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = usable(&kept, directory) {
            return work(registry).map(Some);
        }
        let Some(registry) = Registry::open_existing(directory)? else {
            *kept = None;
            return Ok(None);
        };
        let result = work(&registry).map(Some);
        *kept = Some((directory.to_owned(), registry));
        result
    }
}

fn usable<'a>(kept: &'a Option<(PathBuf, Registry)>, directory: &Path) -> Option<&'a Registry> {
    kept.as_ref()
        .filter(|(known, registry)| known == directory && registry.is_current())
        .map(|(_, registry)| registry)
}
