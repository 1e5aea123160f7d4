//! What was installed from remotes: packages with their directories, beside the extensions that are registered from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, Row, Transaction, params};
use semver::Version;

use super::rows::{forget, path_text};
use super::{Batch, Registered, Registry, RegistryError, register};
use crate::audit::{Entry, Operation};
use crate::extension::Extension;
use crate::store::{Store, is_missing};

/// A package that was installed.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// Its directory.
    pub path: PathBuf,
    /// What it is: a type of extension, or `bundle`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The remote that it came from.
    pub remote: String,
    /// Digest of the archive.
    pub digest: String,
    /// Digest of its files.
    pub contents: String,
    /// The key that it was signed with, in hexadecimal digits.
    pub signed_by: Option<String>,
    /// Whether the user has asked for it; otherwise something else needs it.
    pub requested: bool,
    /// When it was installed.
    pub installed_at: DateTime<Utc>,
}

/// A package whose files are in their place, to be registered.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The package.
    pub installed: Installed,
    /// The extensions in it.
    pub extensions: Vec<Extension>,
    /// The version that it takes the place of.
    pub replaces: Option<Version>,
    /// How long it took to fetch and unpack it.
    pub took: Duration,
}

const COLUMNS: &str =
    "path, type, name, version, remote, digest, contents, signed_by, requested, installed_at";

impl Installed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Result<Self, String>> {
        let (version, time): (String, String) = (row.get(3)?, row.get(9)?);
        let name: String = row.get(2)?;
        let parsed = Version::parse(&version)
            .map_err(|error| format!("version `{version}`: {error}"))
            .and_then(|version| {
                let time = DateTime::parse_from_rfc3339(&time)
                    .map_err(|error| format!("time `{time}`: {error}"))?;
                Ok((version, time.to_utc()))
            });
        let (version, installed_at) = match parsed {
            Ok(parsed) => parsed,
            Err(reason) => return Ok(Err(format!("`{name}`: {reason}"))),
        };
        Ok(Ok(Self {
            path: row.get::<_, String>(0)?.into(),
            kind: row.get(1)?,
            name,
            version,
            remote: row.get(4)?,
            digest: row.get(5)?,
            contents: row.get(6)?,
            signed_by: row.get(7)?,
            requested: row.get(8)?,
            installed_at,
        }))
    }

    fn insert(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO installed ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?
            .execute(params![
                path_text(&self.path),
                self.kind,
                self.name,
                self.version.to_string(),
                self.remote,
                self.digest,
                self.contents,
                self.signed_by,
                self.requested,
                self.installed_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            ])?;
        Ok(())
    }
}

impl Registry {
    /// Returns what was installed, sorted by type, name and version.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, RegistryError> {
        let file = self.store.path();
        let rows = self.store.read(read_all)?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(row.map_err(|reason| RegistryError::BadInstalled {
                file: file.to_owned(),
                reason,
            })?);
        }
        all.sort_by(|a: &Installed, b| {
            (&a.kind, &a.name, &a.version).cmp(&(&b.kind, &b.name, &b.version))
        });
        Ok(all)
    }

    /// Registers packages whose files are in their place, forgets those in the directories `gone`, and notes that the user has
    /// asked for those in the directories `asked`, which were here because something else needs them: all of it or nothing.
    ///
    /// # Errors
    /// Another directory is registered for one of the extensions; or the database fails.
    pub fn install(
        &mut self,
        arrivals: &[Arrival],
        gone: &[PathBuf],
        asked: &[PathBuf],
    ) -> Result<Vec<Registered>, RegistryError> {
        let now = Utc::now();
        let file = self.store.path().to_owned();
        let log = &self.log;
        self.store.write(|transaction| {
            let in_words = |error| RegistryError::Store(Store::error_at(&file, error));
            let mut entries = Vec::new();
            let replaced: BTreeSet<&str> = arrivals
                .iter()
                .filter(|arrival| arrival.replaces.is_some())
                .map(|arrival| arrival.installed.name.as_str())
                .collect();
            for path in gone {
                let told = leave(transaction, path).map_err(in_words)?;
                // An update is one thing that was done, not two.
                entries.extend(
                    told.into_iter()
                        .filter(|(name, _)| !replaced.contains(name.as_str()))
                        .map(|(_, entry)| entry),
                );
            }
            let mut rows = Vec::new();
            for arrival in arrivals {
                let installed = &arrival.installed;
                let batch = Batch {
                    extensions: &arrival.extensions,
                    only: None,
                    took: arrival.took,
                };
                let (registration, _) = register(transaction, &batch, false, now, &file)?;
                installed.insert(transaction).map_err(in_words)?;
                for row in &registration.rows {
                    let (operation, before) = match &arrival.replaces {
                        Some(version) => (Operation::Update, format!(", before {version}")),
                        None => (Operation::Install, String::new()),
                    };
                    entries.push(
                        Entry::new(operation)
                            .of(row.kind, &row.name, &row.version)
                            .digest(&installed.contents)
                            .detail(&format!("from {}{before}", installed.remote))
                            .took(arrival.took),
                    );
                }
                rows.extend(registration.rows);
            }
            for path in asked {
                transaction
                    .execute(
                        "UPDATE installed SET requested = 1 WHERE path = ?1",
                        params![path_text(path)],
                    )
                    .map_err(in_words)?;
            }
            log.append(transaction, &file, &entries)?;
            Ok(rows)
        })
    }
}

fn read_all(connection: &Connection) -> rusqlite::Result<Vec<Result<Installed, String>>> {
    let statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM installed"));
    match statement {
        Ok(mut statement) => statement.query_map([], Installed::read)?.collect(),
        // Somebody has taken the table away: nothing is known to be installed.
        Err(error) if is_missing(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Forgets a package and what is registered from it; returns the name of the package with what is to be written down.
fn leave(transaction: &Transaction<'_>, path: &Path) -> rusqlite::Result<Vec<(String, Entry)>> {
    let name: Option<String> = transaction
        .prepare_cached("DELETE FROM installed WHERE path = ?1 RETURNING name")?
        .query_map(params![path_text(path)], |row| row.get(0))?
        .next()
        .transpose()?;
    let gone = forget(transaction, path, None)?;
    Ok(gone
        .into_iter()
        .map(|(kind, extension, version)| {
            let entry = Entry::new(Operation::Uninstall)
                .named(kind.parse().ok(), &extension)
                .versioned(&version)
                .detail(&path_text(path));
            (name.clone().unwrap_or_default(), entry)
        })
        .collect())
}
