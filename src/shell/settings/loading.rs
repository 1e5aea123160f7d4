//! Settings of the loader and what works with it: the cache, the audit, remotes, the runner of operations, the log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use nu_protocol::LabeledError;
use provisioning::configuration::{AutoUpdate, Log, LogLevel};

use super::{AUDIT_KEEP, CACHE_LIMIT, CACHE_SIZE, Origin, RUNNER_TIMEOUT, Setting, Settings};

impl Settings<'_> {
    /// Returns the directory of the cache of loaded extensions.
    pub(crate) fn cache_dir(&self) -> Result<Setting<PathBuf>, LabeledError> {
        match self.path("cache_dir", |values| values.cache_dir.as_ref())? {
            Some(given) => Ok(given),
            None => self.default_cache_dir(),
        }
    }

    /// Returns how many loaded extensions are kept in memory; at least one.
    pub(crate) fn cache_size(&self) -> Result<Setting<usize>, LabeledError> {
        self.or(
            "cache_size",
            |values| values.cache_size.as_ref(),
            CACHE_SIZE,
        )
    }

    /// Returns the most that the cache on disk takes, in bytes.
    pub(crate) fn cache_limit(&self) -> Result<Setting<u64>, LabeledError> {
        self.or(
            "cache_limit",
            |values| values.cache_limit.as_ref(),
            CACHE_LIMIT,
        )
    }

    /// Returns whether what an extension needs is loaded with it.
    pub(crate) fn auto_load(&self) -> Result<Setting<bool>, LabeledError> {
        self.or("auto_load", |values| values.auto_load.as_ref(), true)
    }

    /// Returns what is done about newer versions of what is installed.
    pub(crate) fn auto_update(&self) -> Result<Setting<AutoUpdate>, LabeledError> {
        self.or(
            "auto_update",
            |values| values.auto_update.as_ref(),
            AutoUpdate::default(),
        )
    }

    /// Returns whether the plugin stays while something is loaded.
    pub(crate) fn keep_alive(&self) -> Result<Setting<bool>, LabeledError> {
        self.or("keep_alive", |values| values.keep_alive.as_ref(), true)
    }

    /// Returns how many rows of the audit are kept.
    pub(crate) fn audit_keep(&self) -> Result<Setting<usize>, LabeledError> {
        self.or(
            "audit_keep",
            |values| values.audit_keep.as_ref(),
            AUDIT_KEEP,
        )
    }

    /// Returns the addresses of collections of extensions by name: `file:` URLs, the only kind so far.
    pub(crate) fn remotes(&self) -> Result<Setting<BTreeMap<String, String>>, LabeledError> {
        self.or("remotes", |values| values.remotes.as_ref(), BTreeMap::new())
    }

    /// Returns the Nushell that runs operations: a path, or a name without a separator; without one it is `nu`, looked up
    /// in the PATH by whoever starts it.
    pub(crate) fn runner_nu(&self) -> Result<Setting<Option<PathBuf>>, LabeledError> {
        let Some(given) = self.get("runner.nu", |values| values.runner_nu.as_ref())? else {
            return Ok(Setting::new(None, Origin::Default));
        };
        let value = self.program(&given.value, given.origin)?;
        Ok(Setting::new(Some(value), given.origin))
    }

    /// Returns the longest time of one operation.
    pub(crate) fn runner_timeout(&self) -> Result<Setting<Duration>, LabeledError> {
        self.or(
            "runner.timeout",
            |values| values.runner_timeout.as_ref(),
            RUNNER_TIMEOUT,
        )
    }

    /// Returns the log; its origin is that of the level.
    pub(crate) fn log(&self) -> Result<Setting<Log>, LabeledError> {
        let level = self.or(
            "log.level",
            |values| values.log_level.as_ref(),
            LogLevel::default(),
        )?;
        let file = self.path("log.file", |values| values.log_file.as_ref())?;
        Ok(level.map(|level| Log {
            level,
            file: file.map(|file| file.value),
        }))
    }
}
