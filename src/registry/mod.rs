//! What is registered, in the database of [`store`](crate::store).
//!
//! The key is type, name and version; several versions of an extension can be registered (REG, GAP-05).

mod error;
mod kept;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, Row, Transaction, params};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::diagnostic::closest;
use crate::extension::Extension;
use crate::metadata::{ExtensionType, VersionRequest};
use crate::store::Store;

pub use error::RegistryError;
pub use kept::KeptRegistry;

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
}

impl Registry {
    /// Opens the registry of a data directory, creating it when there is none.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn open(directory: &Path) -> Result<Self, RegistryError> {
        Ok(Self {
            store: Store::open(directory)?,
        })
    }

    /// Opens the registry of a data directory if there is one.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn open_existing(directory: &Path) -> Result<Option<Self>, RegistryError> {
        Ok(Store::open_existing(directory)?.map(|store| Self { store }))
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
        let now = Utc::now();
        let file = self.store.path().to_owned();
        self.store.write(|transaction| {
            batches
                .iter()
                .map(|batch| register(transaction, batch, force, now, &file))
                .collect()
        })
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
        let file = self.store.path().to_owned();
        self.store.write(|transaction| {
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
            Ok(chosen.len())
        })
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

    /// Returns the extensions of that name, of any type, sorted by type and version.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn named(&self, name: &str) -> Result<Vec<Registered>, RegistryError> {
        let path = self.store.path();
        let rows = self.store.read(|connection| read_named(connection, name))?;
        parse_rows(rows, path)
    }

    /// Returns a number that changes with every change of what is registered.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn generation(&self) -> Result<i64, RegistryError> {
        Ok(self.store.read(|connection| {
            connection
                .prepare_cached("SELECT number FROM generation")?
                .query_row([], |row| row.get(0))
        })?)
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
) -> Result<Registration, RegistryError> {
    let in_words = |error| RegistryError::Store(Store::error_at(file, error));
    let mut replaced = false;
    for extension in batch.extensions {
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
            replaced = true;
        }
    }
    let paths: BTreeSet<&Path> = batch
        .extensions
        .iter()
        .map(|extension| extension.path.as_path())
        .collect();
    for path in paths {
        let gone = transaction
            .execute(
                "DELETE FROM extension WHERE path = ?1 AND (?2 IS NULL OR type = ?2)",
                params![path_text(path), batch.only.map(ExtensionType::as_str)],
            )
            .map_err(in_words)?;
        replaced |= gone > 0;
    }
    let mut rows = Vec::with_capacity(batch.extensions.len());
    for extension in batch.extensions {
        let row = Registered::new(extension, now);
        insert(transaction, &row).map_err(in_words)?;
        rows.push(row);
    }
    Ok(Registration { rows, replaced })
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

/// A row as it stands in the database.
struct RawRow {
    kind: String,
    name: String,
    version: String,
    path: String,
    package: Option<String>,
    description: Option<String>,
    registered_at: String,
    dependencies: String,
}

impl RawRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            name: row.get(1)?,
            version: row.get(2)?,
            path: row.get(3)?,
            package: row.get(4)?,
            description: row.get(5)?,
            registered_at: row.get(6)?,
            dependencies: row.get(7)?,
        })
    }

    /// The database may have been edited by hand: nothing is taken for granted.
    fn parse(self) -> Result<Registered, String> {
        Ok(Registered {
            kind: self
                .kind
                .parse()
                .map_err(|error: crate::metadata::UnknownType| error.to_string())?,
            version: Version::parse(&self.version)
                .map_err(|error| format!("version `{}`: {error}", self.version))?,
            registered_at: DateTime::parse_from_rfc3339(&self.registered_at)
                .map_err(|error| format!("time `{}`: {error}", self.registered_at))?
                .to_utc(),
            dependencies: serde_json::from_str(&self.dependencies)
                .map_err(|error| format!("dependencies of `{}`: {error}", self.name))?,
            name: self.name,
            path: PathBuf::from(self.path),
            package: self.package,
            description: self.description,
        })
    }
}

fn read_rows(connection: &Connection) -> rusqlite::Result<Vec<RawRow>> {
    connection
        .prepare_cached(
            "SELECT type, name, version, path, package, description, registered_at, dependencies FROM extension",
        )?
        .query_map([], RawRow::read)?
        .collect()
}

fn read_named(connection: &Connection, name: &str) -> rusqlite::Result<Vec<RawRow>> {
    connection
        .prepare_cached(
            "SELECT type, name, version, path, package, description, registered_at, dependencies FROM extension WHERE name = ?1",
        )?
        .query_map([name], RawRow::read)?
        .collect()
}

fn parse_rows(rows: Vec<RawRow>, file: &Path) -> Result<Vec<Registered>, RegistryError> {
    let mut parsed = rows
        .into_iter()
        .map(|row| {
            let (kind, name, version) = (row.kind.clone(), row.name.clone(), row.version.clone());
            row.parse().map_err(|reason| RegistryError::BadRow {
                file: file.to_owned(),
                kind,
                name,
                version,
                reason,
            })
        })
        .collect::<Result<Vec<Registered>, RegistryError>>()?;
    parsed.sort_by(|a, b| (a.kind, &a.name, &a.version).cmp(&(b.kind, &b.name, &b.version)));
    Ok(parsed)
}

fn all_rows(transaction: &Transaction<'_>, file: &Path) -> Result<Vec<Registered>, RegistryError> {
    let rows = read_rows(transaction).map_err(|error| Store::error_at(file, error))?;
    parse_rows(rows, file)
}

fn path_of(
    transaction: &Transaction<'_>,
    extension: &Extension,
) -> rusqlite::Result<Option<PathBuf>> {
    let mut statement = transaction.prepare_cached(
        "SELECT path FROM extension WHERE type = ?1 AND name = ?2 AND version = ?3",
    )?;
    let mut rows = statement.query(params![
        extension.kind.as_str(),
        extension.name,
        extension.version.to_string()
    ])?;
    rows.next()?
        .map(|row| row.get::<_, String>(0).map(PathBuf::from))
        .transpose()
}

fn insert(transaction: &Transaction<'_>, row: &Registered) -> rusqlite::Result<()> {
    let dependencies = serde_json::to_string(&row.dependencies)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO extension
             (type, name, version, path, package, description, registered_at, dependencies)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            row.kind.as_str(),
            row.name,
            row.version.to_string(),
            path_text(&row.path),
            row.package,
            row.description,
            row.registered_at
                .to_rfc3339_opts(SecondsFormat::Millis, true),
            dependencies,
        ])?;
    Ok(())
}

/// Paths of extensions are text: [`Directory::open`](crate::extension::Directory::open) refuses others.
fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
