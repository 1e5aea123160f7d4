//! Whether everything that loading rests on is in order (TRB-01..07): Nushell, the plugin, directories, the registry, the
//! cache, the audit, settings, the log.
//!
//! Each check is a function that gives one [`Row`]. None fails, none hides another, and none changes anything: what would be
//! made at the first use is not made here, and a directory, or the one it would be made in, is tried with something that is gone at once. Nothing of an
//! extension is run; the only program that is started is Nushell, to ask for its version, and the plugin's own worker.

mod audit;
mod cache;
mod configuration;
mod directory;
mod logs;
mod plugin;
mod program;
mod registry;
mod row;
mod space;

use std::path::{Path, PathBuf};

use crate::configuration::Log;
use crate::manager::DiskCache;
use crate::nickel::Interrupt;

pub use configuration::{Configuration, ConfiguredPath, SettingFault};
pub use plugin::Plugin;
pub use program::Nushell;
pub use row::{Row, Status};

/// What is looked at. What is none could not be told, because its setting cannot be read.
#[derive(Debug)]
pub struct Subject {
    /// The Nushell that operations run with.
    pub nushell: Option<Nushell>,
    /// The plugin itself.
    pub plugin: Plugin,
    /// The directory of the registry.
    pub data_dir: Option<PathBuf>,
    /// The directory of the cache.
    pub cache_dir: Option<PathBuf>,
    /// The most that the cache on disk takes, in bytes.
    pub cache_limit: u64,
    /// How many records of the audit are kept.
    pub audit_keep: usize,
    /// The settings.
    pub configuration: Configuration,
    /// The log.
    pub log: Option<Log>,
    /// Ends what takes long.
    pub interrupt: Interrupt,
}

/// Makes every check, in the order in which they are shown.
pub fn examine(subject: &Subject) -> Vec<Row> {
    let Subject {
        data_dir,
        cache_dir,
        cache_limit,
        interrupt,
        ..
    } = subject;
    let (data, cache) = (data_dir.as_deref(), cache_dir.as_deref());
    let disk = cache.map(|directory| DiskCache::new(directory, *cache_limit));
    let known =
        |check, setting, row: Option<Row>| row.unwrap_or_else(|| Row::unknown(check, setting));
    let of_data = |check, work: &dyn Fn(&Path) -> Row| known(check, "data_dir", data.map(work));
    let in_data = |check, work: &dyn Fn(&Path) -> Row| {
        of_data(check, &|data| match data.exists() && !data.is_dir() {
            true => Row::out_of_reach(check, directory::DATA),
            false => work(data),
        })
    };
    let of_disk = |check, work: &dyn Fn(&DiskCache) -> Row| {
        known(check, "cache_dir", disk.as_ref().map(work))
    };
    vec![
        known(
            program::CHECK,
            "runner",
            subject
                .nushell
                .as_ref()
                .map(|nushell| program::check(nushell, &subject.plugin.linked, interrupt)),
        ),
        plugin::check(&subject.plugin, interrupt),
        of_data(directory::DATA, &directory::data),
        of_disk(directory::CACHE, &|disk| {
            directory::cache(cache.unwrap_or(Path::new("")), disk)
        }),
        space::check(data, cache, *cache_limit),
        in_data(registry::CHECK, &|data| registry::check(data, interrupt)),
        of_disk(cache::CHECK, &|disk| cache::check(disk, interrupt)),
        in_data(audit::CHECK, &|data| {
            audit::check(data, subject.audit_keep, interrupt)
        }),
        configuration::check(&subject.configuration),
        known(logs::CHECK, "log", subject.log.as_ref().map(logs::check)),
    ]
}

#[cfg(test)]
mod tests;
