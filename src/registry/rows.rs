//! Rows as they stand in the database, which may have been edited by hand: nothing is taken for granted.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat};
use rusqlite::{Connection, Row, Transaction, params};
use semver::Version;

use super::{Registered, RegistryError};
use crate::extension::Extension;
use crate::metadata::ExtensionType;
use crate::store::Store;

/// A row as it stands in the database.
pub(super) struct RawRow {
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

pub(super) fn read_rows(connection: &Connection) -> rusqlite::Result<Vec<RawRow>> {
    connection
        .prepare_cached(
            "SELECT type, name, version, path, package, description, registered_at, dependencies FROM extension",
        )?
        .query_map([], RawRow::read)?
        .collect()
}

pub(super) fn read_named(connection: &Connection, name: &str) -> rusqlite::Result<Vec<RawRow>> {
    connection
        .prepare_cached(
            "SELECT type, name, version, path, package, description, registered_at, dependencies FROM extension WHERE name = ?1",
        )?
        .query_map([name], RawRow::read)?
        .collect()
}

pub(super) fn parse_rows(rows: Vec<RawRow>, file: &Path) -> Result<Vec<Registered>, RegistryError> {
    let (parsed, faults) = parse_each(rows, file);
    match faults.into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(parsed),
    }
}

/// Parses what can be parsed, and tells what is wrong with the others.
pub(super) fn parse_each(rows: Vec<RawRow>, file: &Path) -> (Vec<Registered>, Vec<RegistryError>) {
    let (mut parsed, mut faults) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (kind, name, version) = (row.kind.clone(), row.name.clone(), row.version.clone());
        match row.parse() {
            Ok(row) => parsed.push(row),
            Err(reason) => faults.push(RegistryError::BadRow {
                file: file.to_owned(),
                kind,
                name,
                version,
                reason,
            }),
        }
    }
    parsed.sort_by(|a: &Registered, b| {
        (a.kind, &a.name, &a.version).cmp(&(b.kind, &b.name, &b.version))
    });
    (parsed, faults)
}

pub(super) fn all_rows(
    transaction: &Transaction<'_>,
    file: &Path,
) -> Result<Vec<Registered>, RegistryError> {
    let rows = read_rows(transaction).map_err(|error| Store::error_at(file, error))?;
    parse_rows(rows, file)
}

pub(super) fn path_of(
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

pub(super) fn insert(transaction: &Transaction<'_>, row: &Registered) -> rusqlite::Result<()> {
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
pub(super) fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Type, name and version as they stand in the database, which may have been edited by hand.
pub(super) type RowKey = (String, String, String);

/// Forgets what is registered from a directory, of one type or of all, and returns it.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    path: &Path,
    only: Option<ExtensionType>,
) -> rusqlite::Result<Vec<RowKey>> {
    transaction
        .prepare_cached(
            "DELETE FROM extension WHERE path = ?1 AND (?2 IS NULL OR type = ?2) RETURNING type, name, version",
        )?
        .query_map(
            params![path_text(path), only.map(ExtensionType::as_str)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?
        .collect()
}
