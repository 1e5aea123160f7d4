//! What a manager works with.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use semver::Version;

use super::disk::DiskCache;
use super::{ExtensionManager, Shared};
use crate::audit::Log;
use crate::configuration;
use crate::extension::Host;
use crate::nickel::Evaluator;
use crate::nushell::{Inspector, NUSHELL};
use crate::registry::KeptRegistry;

/// How many extensions are kept in memory, unless the caller says otherwise (LOAD-23).
pub const DEFAULT_CACHE_SIZE: NonZeroUsize = match NonZeroUsize::new(100) {
    Some(size) => size,
    None => NonZeroUsize::MIN,
};

/// Most bytes of the cache on disk, unless the caller says otherwise.
pub const DEFAULT_CACHE_LIMIT: u64 = 256 << 20;

/// Where a manager looks, and what it may use. Clones of a manager can have different ones.
#[derive(Clone, Debug)]
pub struct Config {
    /// The directory of the registry.
    pub data_dir: PathBuf,
    /// Directories in which extensions are looked for that are not registered.
    pub extension_dirs: Vec<PathBuf>,
    /// The directory of the cache on disk; without one there is none.
    pub cache_dir: Option<PathBuf>,
    /// Most bytes of the cache on disk.
    pub cache_limit: u64,
    /// Most extensions in memory.
    pub cache_size: NonZeroUsize,
    /// Whether what an extension needs is loaded with it.
    pub auto_load: bool,
    /// Threads of searches and of loading several extensions; 0 for one for each processor.
    pub jobs: usize,
    /// Directories in which Nushell modules are looked for, besides that of the file that uses them (`NU_LIB_DIRS`).
    pub lib_dirs: Vec<PathBuf>,
    /// The platform that constraints are compared with.
    pub host: HostSource,
    /// How what was loaded is written down in the registry's database; without it nothing is.
    pub audit: Option<Log>,
    /// Where failures are told for people.
    pub log: configuration::Log,
}

/// Where the versions of the platform come from.
#[derive(Clone, Debug)]
pub enum HostSource {
    /// They are known.
    Known(Host),
    /// Nushell's is asked of this program when it is needed first, once.
    Nushell(PathBuf, Arc<OnceLock<Host>>),
}

impl HostSource {
    pub(super) fn get(&self) -> Host {
        match self {
            HostSource::Known(host) => host.clone(),
            HostSource::Nushell(program, known) => known
                .get_or_init(|| Host::with_nushell(version_of(program).unwrap_or(NUSHELL)))
                .clone(),
        }
    }
}

/// Asks a Nushell for its version; none when it does not answer.
fn version_of(program: &Path) -> Option<Version> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    Version::parse(String::from_utf8(output.stdout).ok()?.trim()).ok()
}

impl Default for Config {
    /// Returns a configuration that looks only at paths that it is given, keeps nothing on disk, and takes the platform for
    /// the one that this program was built for.
    fn default() -> Self {
        Self {
            data_dir: PathBuf::new(),
            extension_dirs: Vec::new(),
            cache_dir: None,
            cache_limit: DEFAULT_CACHE_LIMIT,
            cache_size: DEFAULT_CACHE_SIZE,
            auto_load: true,
            jobs: 0,
            lib_dirs: Vec::new(),
            host: HostSource::Known(Host::with_nushell(NUSHELL)),
            audit: None,
            log: configuration::Log::default(),
        }
    }
}

impl Config {
    pub(super) fn disk(&self) -> Option<DiskCache> {
        let directory = self.cache_dir.as_deref()?;
        Some(DiskCache::new(directory, self.cache_limit))
    }

    /// Returns how many threads work on so many things.
    pub(super) fn threads(&self, work: usize) -> usize {
        let most = match self.jobs {
            0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            jobs => jobs,
        };
        most.min(work).max(1)
    }
}

/// Makes an [`ExtensionManager`].
#[derive(Debug, Default)]
#[must_use]
pub struct ExtensionManagerBuilder {
    config: Config,
    evaluator: Option<Evaluator>,
    inspector: Option<Inspector>,
    registry: KeptRegistry,
}

impl ExtensionManagerBuilder {
    /// Sets the directory of the registry, in which extensions are found by their names.
    pub fn data_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.data_dir = directory.into();
        self
    }

    /// Writes down what was loaded, in the registry's database.
    pub fn audit(mut self, log: Log) -> Self {
        self.config.audit = Some(log);
        self
    }

    /// Logs what cannot be loaded.
    pub fn log(mut self, log: configuration::Log) -> Self {
        self.config.log = log;
        self
    }

    /// Sets directories in which extensions are looked for that are not registered.
    pub fn extension_dirs(mut self, directories: impl IntoIterator<Item = PathBuf>) -> Self {
        self.config.extension_dirs = directories.into_iter().collect();
        self
    }

    /// Keeps what was read in a directory, for other processes and the next time (CFG-04).
    pub fn cache_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.cache_dir = Some(directory.into());
        self
    }

    /// Sets the most bytes of the cache on disk.
    pub fn cache_limit(mut self, bytes: u64) -> Self {
        self.config.cache_limit = bytes;
        self
    }

    /// Sets how many extensions are kept in memory.
    pub fn cache_size(mut self, extensions: NonZeroUsize) -> Self {
        self.config.cache_size = extensions;
        self
    }

    /// Sets whether what an extension needs is loaded with it (CFG-03).
    pub fn auto_load(mut self, auto_load: bool) -> Self {
        self.config.auto_load = auto_load;
        self
    }

    /// Sets how many threads load; 0 for one for each processor.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.config.jobs = jobs;
        self
    }

    /// Sets the directories in which Nushell modules are looked for.
    pub fn lib_dirs(mut self, directories: impl IntoIterator<Item = PathBuf>) -> Self {
        self.config.lib_dirs = directories.into_iter().collect();
        self
    }

    /// Sets the platform that constraints are compared with.
    pub fn host(mut self, host: Host) -> Self {
        self.config.host = HostSource::Known(host);
        self
    }

    /// Asks this Nushell for its version when that is needed first.
    pub fn nushell(mut self, program: impl Into<PathBuf>) -> Self {
        self.config.host = HostSource::Nushell(program.into(), Arc::default());
        self
    }

    /// Reads Nickel and Nushell code in processes of this program, which has to call [`crate::worker::serve`]: the plugin
    /// does. Without it everything is read in this process, which some texts can take down.
    pub fn worker(mut self, program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        self.evaluator = Some(Evaluator::with_worker(&program));
        self.inspector = Some(Inspector::with_worker(program));
        self
    }

    /// Evaluates Nickel with this evaluator, under its limits. Its interrupt ends the loading.
    pub fn evaluator(mut self, evaluator: Evaluator) -> Self {
        self.evaluator = Some(evaluator);
        self
    }

    /// Parses Nushell code with this inspector.
    pub fn inspector(mut self, inspector: Inspector) -> Self {
        self.inspector = Some(inspector);
        self
    }

    /// Uses the registry that others have open.
    pub fn registry(mut self, registry: KeptRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Returns the manager. Nothing is opened or started yet.
    pub fn build(self) -> ExtensionManager {
        ExtensionManager {
            shared: Arc::new(Shared::new(self.config.cache_size, self.registry)),
            config: self.config,
            evaluator: self.evaluator.unwrap_or_default(),
            inspector: self.inspector.unwrap_or_default(),
        }
    }
}
