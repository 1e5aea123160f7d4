//! A record as it stands in the database: its hash, and reading it.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, named_params, params};
use sha2::{Digest as _, Sha256};

use super::seal::{SEALED, Summary};
use crate::store::{Store, StoreError};

/// The columns that a hash covers, in their order; the last one is the hash of the record before. The number of a record is
/// not covered: it says where in the chain it stands, which the hash before it says as well.
pub(super) const COLUMNS: [&str; 14] = [
    "time",
    "user",
    "host",
    "pid",
    "operation",
    "type",
    "extension",
    "version",
    "digest",
    "outcome",
    "duration",
    "count",
    "detail",
    "previous",
];

/// Distinguishes these hashes from others over the same bytes, and later ways to make them from this one.
const DOMAIN: &[u8] = b"provisioning audit 1\n";

/// The hash before the first record.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A hash that is being made.
pub(super) struct Chain(Sha256);

impl Chain {
    pub(super) fn new() -> Self {
        Self(Sha256::new_with_prefix(DOMAIN))
    }

    /// Adds a column. Each is written with its type and its length, so that nothing can move from one into the next.
    pub(super) fn add(&mut self, value: ValueRef<'_>) {
        let (kind, bytes): (u8, &[u8]) = match value {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => return self.part(1, &number.to_be_bytes()),
            ValueRef::Real(number) => return self.part(2, &number.to_be_bytes()),
            ValueRef::Text(text) => (3, text),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        self.part(kind, bytes);
    }

    fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a time as it stands in the database: such texts are in the order of the times.
pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(super) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.to_utc())
}

/// A record.
///
/// It is shown as it stands there, altered or not: what does not belong into a column is told by [`verify`](super::verify()).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub id: i64,
    /// When it was written.
    pub time: Option<DateTime<Utc>>,
    /// Who did it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// In which process.
    pub pid: i64,
    /// What was done; `sealed` for the record that stands for older ones.
    pub operation: String,
    /// The type of the extension.
    pub kind: Option<String>,
    /// The name of the extension.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The digest of its contents.
    pub digest: Option<String>,
    /// `ok`, or the code of the error.
    pub outcome: String,
    /// How long it took, in nanoseconds.
    pub nanoseconds: i64,
    /// How often.
    pub count: i64,
    /// More about it.
    pub detail: Option<String>,
    /// The hash of the record before it.
    pub previous: String,
    /// Its hash.
    pub hash: String,
    /// What its hash has to be.
    pub(super) expected: String,
}

impl Record {
    /// Reads a row of [`select`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let mut chain = Chain::new();
        for column in 1..=COLUMNS.len() {
            chain.add(row.get_ref(column)?);
        }
        let opt_text = |column: usize| -> rusqlite::Result<Option<String>> {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => None,
                ValueRef::Integer(number) => Some(number.to_string()),
                ValueRef::Real(number) => Some(number.to_string()),
                // A text of which a byte was changed may be no text any more.
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    Some(String::from_utf8_lossy(bytes).into_owned())
                }
            })
        };
        let text = |column| Ok::<_, rusqlite::Error>(opt_text(column)?.unwrap_or_default());
        let number = |column: usize| -> rusqlite::Result<i64> {
            Ok(match row.get_ref(column)? {
                ValueRef::Integer(number) => number,
                _ => 0,
            })
        };
        Ok(Self {
            id: number(0)?,
            time: parse_time(&text(1)?),
            user: text(2)?,
            host: text(3)?,
            pid: number(4)?,
            operation: text(5)?,
            kind: opt_text(6)?,
            name: opt_text(7)?,
            version: opt_text(8)?,
            digest: opt_text(9)?,
            outcome: text(10)?,
            nanoseconds: number(11)?,
            count: number(12)?,
            detail: opt_text(13)?,
            previous: text(14)?,
            hash: text(15)?,
            expected: chain.finish(),
        })
    }

    /// Returns what is to be shown as detail: of a sealed record, what it stands for.
    pub fn detail_text(&self) -> Option<String> {
        match self.summary() {
            Some(summary) => Some(summary.to_string()),
            None => self.detail.clone(),
        }
    }

    /// Returns what a sealed record says.
    pub(super) fn summary(&self) -> Option<Summary> {
        let detail = self.detail.as_deref()?;
        (self.operation == SEALED)
            .then(|| serde_json::from_str(detail).ok())
            .flatten()
    }
}

/// Returns the query for whole rows, with what comes after the table's name.
pub(super) fn select(rest: &str) -> String {
    format!("SELECT id, {}, hash FROM audit {rest}", COLUMNS.join(", "))
}

/// Which records are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that are not older.
    pub since: Option<DateTime<Utc>>,
    /// Those of this operation.
    pub operation: Option<String>,
    /// Those about extensions of this name.
    pub name: Option<String>,
}

const WANTED: &str = "WHERE id > :after AND (:since IS NULL OR time >= :since)
    AND (:operation IS NULL OR operation = :operation) AND (:name IS NULL OR extension = :name)";

/// Returns some of the records that are wanted, the oldest first: those with higher numbers than `after`, at most `most`.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    store: &Store,
    filter: &Filter,
    after: i64,
    most: usize,
) -> Result<Vec<Record>, StoreError> {
    store.read(|connection| {
        connection
            .prepare_cached(&select(&format!("{WANTED} ORDER BY id LIMIT :most")))?
            .query_map(
                named_params! {
                    ":after": after,
                    ":since": filter.since.map(time_text),
                    ":operation": filter.operation,
                    ":name": filter.name,
                    ":most": i64::try_from(most).unwrap_or(i64::MAX),
                },
                Record::read,
            )?
            .collect()
    })
}

/// Returns the number that the last records that are wanted, so many, come after.
///
/// # Errors
/// The database cannot be read.
pub fn first_of_last(store: &Store, filter: &Filter, last: usize) -> Result<i64, StoreError> {
    let query =
        format!("SELECT min(id) FROM (SELECT id FROM audit {WANTED} ORDER BY id DESC LIMIT :last)");
    let first: Option<i64> = store.read(|connection| {
        connection.prepare_cached(&query)?.query_row(
            named_params! {
                ":after": i64::MIN,
                ":since": filter.since.map(time_text),
                ":operation": filter.operation,
                ":name": filter.name,
                ":last": i64::try_from(last).unwrap_or(i64::MAX),
            },
            |row| row.get(0),
        )
    })?;
    Ok(first.map_or(i64::MAX, |first| first.saturating_sub(1)))
}

/// Where the chain ends, and where it was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The number of the last record; 0 when there was none yet.
    pub(super) last: i64,
    /// Its hash.
    pub(super) hash: String,
    /// The number of the record that stands for older ones; 0 when there is none.
    pub(super) sealed: i64,
    /// Its hash.
    pub(super) seal: Option<String>,
    /// Whether records may be removed: only ever while a transaction seals.
    pub(super) is_open: bool,
}

impl Head {
    /// Reads it; it is not there only when somebody has removed it.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT last, hash, sealed, seal, open FROM audit_head WHERE one = 1",
        )?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let text = |column: usize| -> rusqlite::Result<Option<String>> {
            Ok(match row.get_ref(column)? {
                ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                _ => None,
            })
        };
        Ok(Some(Self {
            last: row.get(0)?,
            hash: text(1)?.unwrap_or_default(),
            sealed: row.get(2)?,
            seal: text(3)?,
            is_open: row.get::<_, i64>(4)? != 0,
        }))
    }

    /// Writes it. Records may not be removed afterwards.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "UPDATE audit_head SET last = ?1, hash = ?2, sealed = ?3, seal = ?4, open = 0 WHERE one = 1",
            )?
            .execute(params![self.last, self.hash, self.sealed, self.seal])?;
        Ok(())
    }
}
