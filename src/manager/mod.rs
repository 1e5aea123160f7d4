//! The extension manager: loads extensions by name and keeps them, never stale (LOAD-01..28).
//!
//! Loading finds a version, reads the metadata, evaluates the schemas, inspects the interface, and does the same for
//! everything that is needed; nothing of the extension is run. What was loaded is kept in memory, and on disk for other
//! processes. Every use looks at the files: a change is seen at once, and costs no more than reading again what has changed.
//!
//! The manager is synchronous: it reads files and waits for worker processes, and has nothing to wait for at the same time
//! that threads would not do. It can be shared by threads, and clones share what is loaded. From asynchronous code, call it
//! where blocking is allowed:
//!
//! ```text
//! let manager = manager.clone();
//! let extension = tokio::task::spawn_blocking(move || {
//!     manager.load_extension(ExtensionType::Taskserv, "kubernetes", None)
//! })
//! .await??;
//! ```

mod audited;
mod available;
mod config;
mod disk;
mod error;
mod load;
mod locate;
mod memory;
mod metrics;
mod needs;
mod read;
mod rest;
mod stamps;
mod types;
mod upkeep;
pub mod watch;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use semver::Version;

use crate::audit::Entry;
use crate::extension::ExtensionType;
use crate::metadata::VersionRequest;
use crate::nickel::Evaluator;
use crate::nushell::Inspector;
use crate::registry::KeptRegistry;

pub use available::Available;
pub use config::{
    Config, DEFAULT_CACHE_LIMIT, DEFAULT_CACHE_SIZE, ExtensionManagerBuilder, HostSource,
};
pub use disk::{Cleared, DiskCache, DiskProblem, EntryKey, Estimate, Examined, Usage};
pub use error::{LoadError, Missing};
pub use metrics::Metrics;
pub use rest::{Envelope, ReloadRequest, RestError};
pub use types::{Extension, ExtensionMetadata, Key, Needed, Operation};
pub use upkeep::Reloaded;

/// Loads extensions and keeps them. See the [module](self).
#[derive(Clone, Debug)]
pub struct ExtensionManager {
    shared: Arc<Shared>,
    config: Config,
    evaluator: Evaluator,
    inspector: Inspector,
}

/// Directory, type and name of extensions that are being read; whoever reads one holds its lock.
type Flights = HashMap<(PathBuf, ExtensionType, String), Arc<Mutex<()>>>;

/// What clones share.
#[derive(Debug)]
struct Shared {
    registry: KeptRegistry,
    memory: memory::Memory,
    counters: metrics::Counters,
    estimate: disk::Estimate,
    /// Extensions that are being read, so that two threads do not read the same.
    flights: Mutex<Flights>,
    /// What kept the cache on disk from being written the last time.
    problem: Mutex<Option<DiskProblem>>,
    /// Records that could not be written yet, each with its registry.
    pending: Mutex<Vec<(PathBuf, Entry)>>,
    /// What kept the audit from being written the last time.
    audit_problem: Mutex<Option<String>>,
}

impl Shared {
    fn new(size: NonZeroUsize, registry: KeptRegistry) -> Self {
        Self {
            registry,
            memory: memory::Memory::new(size),
            counters: metrics::Counters::default(),
            estimate: disk::Estimate::default(),
            flights: Mutex::default(),
            problem: Mutex::default(),
            pending: Mutex::default(),
            audit_problem: Mutex::default(),
        }
    }

    fn take_note(&self, problem: Option<DiskProblem>) {
        *memory::lock(&self.problem) = problem;
    }
}

/// What is to be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its type; without one, the only type that has the name.
    pub kind: Option<ExtensionType>,
    /// Its name.
    pub name: String,
    /// Which of its versions.
    pub version: VersionRequest,
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.kind.map_or("extension", ExtensionType::as_str);
        write!(f, "{kind} `{}` {}", self.name, self.version)
    }
}

/// Where an extension is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    kind: ExtensionType,
    name: String,
    /// Its version, as it is registered or was found; its files may say another by now.
    version: Option<Version>,
    path: PathBuf,
}

impl Place {
    fn key(&self) -> Option<Key> {
        Some(Key {
            kind: self.kind,
            name: self.name.clone(),
            version: self.version.clone()?,
        })
    }
}

#[cfg(test)]
mod tests;
