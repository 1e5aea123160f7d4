//! The plugin: its commands and what it keeps between calls.

use std::path::Path;

use nu_plugin::{Plugin, PluginCommand};
use provisioning::nickel::Evaluator;
use provisioning::nushell::Inspector;
use provisioning::registry::{KeptRegistry, Registry, RegistryError};
use provisioning::worker;

use super::Guarded;
use super::validator::Inspectors;

/// The plugin.
pub(crate) struct Provisioning {
    /// Evaluates Nickel, with this program as its worker.
    nickel: Evaluator,
    /// Parses Nushell code, likewise.
    inspectors: Inspectors,
    /// The registry that was used last.
    registry: KeptRegistry,
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

impl Default for Provisioning {
    fn default() -> Self {
        Self {
            nickel: worker::this_program()
                .map_or_else(|_| Evaluator::default(), Evaluator::with_worker),
            inspectors: Inspectors::new(
                worker::this_program()
                    .map_or_else(|_| Inspector::default(), Inspector::with_worker),
            ),
            registry: KeptRegistry::default(),
        }
    }
}

impl Provisioning {
    /// Returns the evaluator, with default limits.
    pub(crate) fn nickel(&self) -> Evaluator {
        self.nickel.clone()
    }

    pub(super) fn inspectors(&self) -> &Inspectors {
        &self.inspectors
    }

    /// Returns the registry, for work that goes on after the call.
    pub(crate) fn registry(&self) -> KeptRegistry {
        self.registry.clone()
    }

    /// Runs work on the registry of a data directory, which is created when it is not there.
    pub(crate) fn with_registry<T>(
        &self,
        directory: &Path,
        work: impl FnOnce(&mut Registry) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        self.registry.with(directory, work)
    }

    /// Runs work on the registry of a data directory if there is one; creates nothing.
    pub(crate) fn with_existing_registry<T>(
        &self,
        directory: &Path,
        work: impl FnOnce(&mut Registry) -> Result<T, RegistryError>,
    ) -> Result<Option<T>, RegistryError> {
        self.registry.with_existing(directory, work)
    }
}
