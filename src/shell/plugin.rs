//! The plugin: its commands and what it keeps between calls.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use nu_plugin::{EngineInterface, Plugin, PluginCommand};
use nu_protocol::ShellError;
use provisioning::manager::ExtensionManager;
use provisioning::nickel::Evaluator;
use provisioning::nushell::Inspector;
use provisioning::registry::{KeptRegistry, Registry, RegistryError};
use provisioning::template::Renderer;
use provisioning::worker;

use super::Guarded;
use super::validator::Inspectors;

/// The plugin.
pub(crate) struct Provisioning {
    /// Evaluates Nickel, with this program as its worker.
    nickel: Evaluator,
    /// Parses Nushell code, likewise.
    inspectors: Inspectors,
    /// Renders templates, likewise.
    renderer: Renderer,
    /// The registry that was used last.
    registry: KeptRegistry,
    /// What is loaded.
    manager: ExtensionManager,
    /// The manager that was used last, with its settings.
    used: Mutex<Option<ExtensionManager>>,
    /// Whether the shell was told not to stop the plugin.
    is_kept: AtomicBool,
    /// Whether newer versions were looked for.
    has_looked: AtomicBool,
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
        let registry = KeptRegistry::default();
        Self {
            manager: ExtensionManager::builder()
                .registry(registry.clone())
                .build(),
            used: Mutex::default(),
            is_kept: AtomicBool::new(false),
            has_looked: AtomicBool::new(false),
            nickel: worker::this_program()
                .map_or_else(|_| Evaluator::default(), Evaluator::with_worker),
            inspectors: Inspectors::new(
                worker::this_program()
                    .map_or_else(|_| Inspector::default(), Inspector::with_worker),
            ),
            renderer: worker::this_program()
                .map_or_else(|_| Renderer::default(), Renderer::with_worker),
            registry,
        }
    }
}

impl Provisioning {
    /// Returns the evaluator, with default limits.
    pub(crate) fn nickel(&self) -> Evaluator {
        self.nickel.clone()
    }

    /// Returns the renderer of templates.
    pub(crate) fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    pub(super) fn inspectors(&self) -> &Inspectors {
        &self.inspectors
    }

    /// Returns the manager. Its settings are those of no call.
    pub(crate) fn manager(&self) -> &ExtensionManager {
        &self.manager
    }

    /// Remembers a manager with the settings of a call.
    pub(super) fn was_used(&self, manager: &ExtensionManager) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(manager.clone());
    }

    /// Whether the shell was told not to stop the plugin.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Relaxed)
    }

    /// Tells the shell whether it may stop the plugin when it is idle.
    pub(super) fn keep(&self, engine: &EngineInterface, keep: bool) -> Result<(), ShellError> {
        engine.set_gc_disabled(keep)?;
        self.is_kept.store(keep, Ordering::Relaxed);
        Ok(())
    }

    /// Whether newer versions have not been looked for yet; they are looked for once.
    pub(super) fn looks_for_updates(&self) -> bool {
        !self.has_looked.swap(true, Ordering::Relaxed)
    }

    /// Writes down what was only counted so far.
    pub(crate) fn end(&self) {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = &*used {
            manager.write_counts();
        }
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
