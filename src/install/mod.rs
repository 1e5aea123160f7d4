//! Installing from remotes: all that an extension needs, or nothing.
//!
//! Packages lie in the data directory, each in a folder that is named by the digest of its archive. They are fetched, verified
//! and unpacked there first, which nobody sees; then one transaction of the registry makes them what is installed, and what
//! they replace what is not. Whoever is killed before leaves folders that no row names, which the next one removes.

mod error;
mod fetch;
mod plan;
mod remove;
mod space;

use std::path::{Path, PathBuf};

use crate::audit::Log;
use crate::nickel::{Evaluator, Interrupt};
use crate::package::{Policy, Trust};
use crate::registry::{Arrival, Installed, KeptRegistry, Registered};

pub use error::InstallError;
pub use plan::{Action, Here, Step, kept, plan, plan_locked};
pub use remove::{Removal, removal};

use space::Space;

/// What installs and removes, on behalf of one call.
pub struct Installer<'a> {
    /// The data directory.
    pub data_dir: &'a Path,
    /// Its registry.
    pub registry: &'a KeptRegistry,
    /// How it is written down.
    pub log: Log,
    /// What packages may be.
    pub policy: Policy,
    /// Whose packages are taken.
    pub trust: Trust,
    /// What evaluates the version schema of what was fetched.
    pub evaluator: &'a Evaluator,
    /// Raised by Ctrl-C.
    pub interrupt: &'a Interrupt,
}

impl Installer<'_> {
    /// Returns what is installed.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, InstallError> {
        let found = self
            .registry
            .with_existing(self.data_dir, |registry| registry.installed())?;
        Ok(found.unwrap_or_default())
    }

    /// Does what a plan says: all of it or nothing. Returns what is registered then.
    ///
    /// # Errors
    /// A package cannot be fetched, is not what the index says, or is not signed as it has to be; or something else is
    /// registered for one of its extensions.
    pub fn install(&self, steps: &[Step<'_>]) -> Result<Vec<Registered>, InstallError> {
        let space = Space::enter(self)?;
        // Somebody else may have installed the same meanwhile.
        let installed = self.installed()?;
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut gone: Vec<PathBuf> = Vec::new();
        let mut asked: Vec<PathBuf> = Vec::new();
        for step in steps {
            let Some(found) = &step.found else {
                asked.extend(step.installed.clone().filter(|_| step.requested));
                continue;
            };
            let is_here =
                |one: &&Installed| one.digest == found.release.digest && one.path.is_dir();
            match installed.iter().find(is_here) {
                Some(here) => asked.extend(step.requested.then(|| here.path.clone())),
                None => arrivals.push(space.fetch(found, step)?),
            }
            gone.extend(step.replaces.iter().map(|old| old.path.clone()));
        }
        let log = self.log.clone();
        let rows = self.registry.with(self.data_dir, |registry| {
            registry.audited_by(log).install(&arrivals, &gone, &asked)
        })?;
        Ok(rows)
    }

    /// Removes packages with everything that is registered from them.
    ///
    /// # Errors
    /// The registry cannot be written.
    pub fn uninstall(&self, paths: &[PathBuf]) -> Result<(), InstallError> {
        let _space = Space::enter(self)?;
        let log = self.log.clone();
        self.registry.with(self.data_dir, |registry| {
            registry.audited_by(log).install(&[], paths, &[])
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
