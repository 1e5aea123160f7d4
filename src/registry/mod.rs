//! What is registered, in the database of [`store`](crate::store).
//!
//! The key is type, name and version; several versions of an extension can be registered (REG, GAP-05).

mod error;
mod installed;
mod kept;
mod rows;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::audit::{Entry, Log, Operation};
use crate::diagnostic::{Explain as _, closest};
use crate::extension::Extension;
use crate::metadata::{ExtensionType, VersionRequest};
use crate::store::{Store, is_missing};

pub use error::RegistryError;
pub use installed::{Arrival, Installed};
pub use kept::KeptRegistry;

use rows::{
    RowKey, all_rows, forget, insert, parse_each, parse_rows, path_of, path_text, read_named,
    read_rows,
};

/// The next number for a generation that cannot be told, far from all that are counted.
static UNTOLD: AtomicI64 = AtomicI64::new(i64::MIN);

/// One registered extension.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its directory.
    pub path: PathBuf,
    /// The bundle it came in.
    pub package: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When it was registered, or registered again.
    pub registered_at: DateTime<Utc>,
    /// What it needs.
    pub dependencies: Vec<Requirement>,
}

/// A dependency as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Name of the extension.
    pub name: String,
    /// Versions that will do.
    pub version: VersionReq,
    /// Its type, when it was given.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ExtensionType>,
}

/// What is registered together: the extensions of one directory.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The extensions.
    pub extensions: &'a [Extension],
    /// The type, when only the extensions of one type in a bundle are meant: those of other types stay as they are.
    pub only: Option<ExtensionType>,
    /// How long it took to read them, for the audit.
    pub took: Duration,
}

/// What registering did.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The rows, in the order given.
    pub rows: Vec<Registered>,
    /// Whether something that was registered before was replaced.
    pub replaced: bool,
}

/// The registry of one data directory.
#[derive(Debug)]
pub struct Registry {
    store: Store,
    log: Log,
}

impl Registry {
    /// Opens the registry of a data directory, creating it when there is none.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn open(directory: &Path) -> Result<Self, RegistryError> {
        Ok(Self {
            store: Store::open(directory)?,
            log: Log::default(),
        })
    }

    /// Opens the registry of a data directory if there is one.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn open_existing(directory: &Path) -> Result<Option<Self>, RegistryError> {
        let store = Store::open_existing(directory)?;
        Ok(store.map(|store| Self {
            store,
            log: Log::default(),
        }))
    }

    /// Says how what is done from now on is written down.
    pub fn audited_by(&mut self, log: Log) -> &mut Self {
        self.log = log;
        self
    }

    /// Writes down what was done elsewhere.
    ///
    /// # Errors
    /// The database fails.
    pub fn record(&mut self, entries: &[Entry]) -> Result<(), RegistryError> {
        Ok(self.log.append_to(&mut self.store, entries)?)
    }

    /// As [`Registry::record`], without waiting for the disk: for what is written down often.
    ///
    /// # Errors
    /// As [`Registry::record`].
    pub fn record_soon(&mut self, entries: &[Entry]) -> Result<(), RegistryError> {
        Ok(self.log.append_soon(&mut self.store, entries)?)
    }

    /// Returns the database, for reading what was written down.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the open database is still the one on disk; see [`Store::is_current`].
    pub fn is_current(&self) -> bool {
        self.store.is_current()
    }

    /// Registers the extensions of directories: all of them or, when one is refused, none.
    ///
    /// Registering a directory again refreshes it, and forgets what it no longer holds (GAP-06). Returns one result for
    /// each batch, in their order.
    ///
    /// # Errors
    /// Another directory is registered for one of them, and `force` is not set; or the database fails.
    pub fn register(
        &mut self,
        batches: &[Batch<'_>],
        force: bool,
    ) -> Result<Vec<Registration>, RegistryError> {
        let (start, now) = (Instant::now(), Utc::now());
        let file = self.store.path().to_owned();
        let log = &self.log;
        let result = self.store.write(|transaction| {
            let mut all = Vec::with_capacity(batches.len());
            let mut entries = Vec::new();
            for batch in batches {
                let begin = Instant::now();
                let (registration, done) = register(transaction, batch, force, now, &file)?;
                let took = batch.took + begin.elapsed();
                entries.extend(done.into_iter().map(|entry| entry.took(took)));
                all.push(registration);
            }
            log.append(transaction, &file, &entries)?;
            Ok(all)
        });
        if let Err(
            error @ RegistryError::Taken {
                kind,
                name,
                version,
                refused,
                ..
            },
        ) = &result
        {
            let entry = Entry::new(Operation::Register)
                .of(*kind, name, version)
                .detail(&path_text(refused));
            self.record_failure(entry, error, start);
        }
        result
    }

    /// Writes down what was refused. That it cannot be written must not hide why it was refused; and a database that fails is
    /// not asked again.
    fn record_failure(&mut self, entry: Entry, error: &RegistryError, start: Instant) {
        if !matches!(error, RegistryError::Store(_)) {
            let entry = entry.failed(error.code()).took(start.elapsed());
            let _ = self.record(&[entry]);
        }
    }

    /// Forgets extensions and returns how many. Without a version, all versions.
    ///
    /// The name may also be that of a bundle, when no extension has it.
    ///
    /// # Errors
    /// Nothing fits; or several types do and none was given.
    pub fn unregister(
        &mut self,
        name: &str,
        kind: Option<ExtensionType>,
        version: Option<&VersionRequest>,
    ) -> Result<usize, RegistryError> {
        let start = Instant::now();
        let file = self.store.path().to_owned();
        let log = &self.log;
        let result = self.store.write(|transaction| {
            let all = all_rows(transaction, &file)?;
            let chosen = match choose(&all, name, kind) {
                Err(error @ RegistryError::NotFound { .. }) => {
                    let bundle = of_bundle(&all, name, kind);
                    if bundle.is_empty() {
                        return Err(error);
                    }
                    bundle
                }
                other => other?,
            };
            let chosen: Vec<&Registered> = match version {
                None => chosen,
                Some(VersionRequest::Latest) => {
                    vec![select(&chosen, name, &VersionRequest::Latest)?]
                }
                Some(request) => {
                    // Says which versions there are when none fits.
                    select(&chosen, name, request)?;
                    chosen
                        .into_iter()
                        .filter(|row| request.accepts(&row.version))
                        .collect()
                }
            };
            for row in &chosen {
                transaction
                    .execute(
                        "DELETE FROM extension WHERE type = ?1 AND name = ?2 AND version = ?3",
                        params![row.kind.as_str(), row.name, row.version.to_string()],
                    )
                    .map_err(|error| Store::error_at(&file, error))?;
            }
            let took = start.elapsed();
            let entries: Vec<Entry> = chosen
                .iter()
                .map(|row| {
                    Entry::new(Operation::Unregister)
                        .of(row.kind, &row.name, &row.version)
                        .detail(&path_text(&row.path))
                        .took(took)
                })
                .collect();
            log.append(transaction, &file, &entries)?;
            Ok(chosen.len())
        });
        if let Err(error) = &result {
            let entry = Entry::new(Operation::Unregister).named(kind, name);
            self.record_failure(entry, error, start);
        }
        result
    }

    /// Returns what is registered, sorted by type, name and version.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn list(&self, kind: Option<ExtensionType>) -> Result<Vec<Registered>, RegistryError> {
        let mut rows = self.rows()?;
        rows.retain(|row| kind.is_none_or(|kind| kind == row.kind));
        Ok(rows)
    }

    /// Returns what is registered, sorted by type, name and version, and what is wrong with the rows that cannot be read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn list_with_faults(&self) -> Result<(Vec<Registered>, Vec<RegistryError>), RegistryError> {
        let rows = self.store.read(read_rows)?;
        Ok(parse_each(rows, self.store.path()))
    }

    /// Returns the extensions of that name, of any type, sorted by type and version.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn named(&self, name: &str) -> Result<Vec<Registered>, RegistryError> {
        let path = self.store.path();
        let rows = self.store.read(|connection| read_named(connection, name))?;
        parse_rows(rows, path)
    }

    /// Returns a number that changes with every change of what is registered. Where somebody has taken it away, nobody can
    /// tell, and it is another one each time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn generation(&self) -> Result<i64, RegistryError> {
        let number = |connection: &rusqlite::Connection| {
            connection
                .prepare_cached("SELECT number FROM generation")?
                .query_row([], |row| row.get(0))
        };
        let known = self.store.read(|connection| match number(connection) {
            Ok(number) => Ok(Some(number)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        })?;
        Ok(known.unwrap_or_else(|| UNTOLD.fetch_add(1, Ordering::Relaxed)))
    }

    /// Returns the extension of that name; of several versions, the one that fits best.
    ///
    /// # Errors
    /// Nothing fits; or several types do and none was given.
    pub fn find(
        &self,
        name: &str,
        kind: Option<ExtensionType>,
        version: &VersionRequest,
    ) -> Result<Registered, RegistryError> {
        let all = self.rows()?;
        select(&choose(&all, name, kind)?, name, version).cloned()
    }

    fn rows(&self) -> Result<Vec<Registered>, RegistryError> {
        let path = self.store.path();
        let rows = self.store.read(read_rows)?;
        parse_rows(rows, path)
    }
}

fn register(
    transaction: &Transaction<'_>,
    batch: &Batch<'_>,
    force: bool,
    now: DateTime<Utc>,
    file: &Path,
) -> Result<(Registration, Vec<Entry>), RegistryError> {
    let in_words = |error| RegistryError::Store(Store::error_at(file, error));
    let mut entries = Vec::with_capacity(batch.extensions.len());
    let mut rows = Vec::with_capacity(batch.extensions.len());
    let mut replaced = false;
    for extension in batch.extensions {
        let mut detail = path_text(&extension.path);
        if let Some(path) = path_of(transaction, extension).map_err(in_words)?
            && path != extension.path
        {
            if !force {
                return Err(RegistryError::Taken {
                    kind: extension.kind,
                    name: extension.name.clone(),
                    version: extension.version.clone(),
                    path,
                    refused: extension.path.clone(),
                });
            }
            detail = format!("{detail} in place of {}", path.display());
            replaced = true;
        }
        entries.push(
            Entry::new(Operation::Register)
                .of(extension.kind, &extension.name, &extension.version)
                .detail(&detail),
        );
        rows.push(Registered::new(extension, now));
    }
    let paths: BTreeSet<&Path> = batch
        .extensions
        .iter()
        .map(|extension| extension.path.as_path())
        .collect();
    for path in paths {
        let gone = forget(transaction, path, batch.only).map_err(in_words)?;
        replaced |= !gone.is_empty();
        // What is registered again was not forgotten.
        let is_back = |key: &RowKey| rows.iter().any(|row: &Registered| row.key() == *key);
        for (kind, name, version) in gone.into_iter().filter(|key| !is_back(key)) {
            entries.push(
                Entry::new(Operation::Unregister)
                    .named(kind.parse().ok(), &name)
                    .versioned(&version)
                    .detail(&format!("{} has it no longer", path.display())),
            );
        }
    }
    for row in &rows {
        insert(transaction, row).map_err(in_words)?;
    }
    Ok((Registration { rows, replaced }, entries))
}

/// Returns the error for a name when there is no registry at all.
pub fn nothing_registered(name: &str) -> RegistryError {
    RegistryError::NotFound {
        name: name.to_owned(),
        kind: None,
        close: Vec::new(),
    }
}

fn choose<'a>(
    all: &'a [Registered],
    name: &str,
    kind: Option<ExtensionType>,
) -> Result<Vec<&'a Registered>, RegistryError> {
    let of_type = || {
        all.iter()
            .filter(|row| kind.is_none_or(|kind| kind == row.kind))
    };
    let chosen: Vec<&Registered> = of_type().filter(|row| row.name == name).collect();
    if chosen.is_empty() {
        return Err(RegistryError::NotFound {
            name: name.to_owned(),
            kind,
            close: closest(name, of_type().map(|row| row.name.as_str()))
                .into_iter()
                .map(str::to_owned)
                .collect(),
        });
    }
    let kinds: BTreeSet<ExtensionType> = chosen.iter().map(|row| row.kind).collect();
    if kinds.len() > 1 {
        return Err(RegistryError::Ambiguous {
            name: name.to_owned(),
            kinds: kinds.into_iter().collect(),
        });
    }
    Ok(chosen)
}

/// Returns the extensions that came in a bundle, whatever their types.
fn of_bundle<'a>(
    all: &'a [Registered],
    package: &str,
    kind: Option<ExtensionType>,
) -> Vec<&'a Registered> {
    all.iter()
        .filter(|row| row.package.as_deref() == Some(package))
        .filter(|row| kind.is_none_or(|kind| kind == row.kind))
        .collect()
}

fn select<'a>(
    rows: &[&'a Registered],
    name: &str,
    request: &VersionRequest,
) -> Result<&'a Registered, RegistryError> {
    let best = request.select(rows.iter().map(|row| &row.version));
    rows.iter()
        .find(|row| Some(&row.version) == best)
        .copied()
        .ok_or_else(|| RegistryError::NoSuchVersion {
            name: name.to_owned(),
            available: rows.iter().map(|row| row.version.clone()).collect(),
        })
}

impl Registered {
    fn key(&self) -> RowKey {
        (
            self.kind.to_string(),
            self.name.clone(),
            self.version.to_string(),
        )
    }

    fn new(extension: &Extension, registered_at: DateTime<Utc>) -> Self {
        Self {
            kind: extension.kind,
            name: extension.name.clone(),
            version: extension.version.clone(),
            path: extension.path.clone(),
            package: extension.package.clone(),
            description: extension.description.clone(),
            registered_at,
            dependencies: extension
                .dependencies
                .iter()
                .map(|dependency| Requirement {
                    name: dependency.name.clone(),
                    version: dependency.constraint.clone(),
                    kind: dependency.kind,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
