//! Writing records.

use std::path::Path;

use chrono::Utc;
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};

use super::entry::Entry;
use super::record::{COLUMNS, Chain, Head, time_text};
use super::seal;
use super::who::who;
use crate::diagnostic::Code;
use crate::store::{Store, StoreError};

/// How many records are kept unless somebody says otherwise.
pub const DEFAULT_KEEP: usize = 10_000;
/// Fewest records that are kept.
pub const MIN_KEEP: usize = 100;

/// How a process writes records.
#[derive(Clone, Debug)]
pub struct Log {
    keep: i64,
    pid: u32,
}

impl Default for Log {
    fn default() -> Self {
        Self::new(DEFAULT_KEEP)
    }
}

impl Log {
    /// Returns a log that keeps so many records, and at least [`MIN_KEEP`].
    pub fn new(keep: usize) -> Self {
        Self {
            // Far more than fit into a file.
            keep: i64::try_from(keep.max(MIN_KEEP)).unwrap_or(i64::MAX / 4),
            pid: std::process::id(),
        }
    }

    /// Returns a log that keeps so few records that tests of sealing are short.
    #[cfg(test)]
    pub(super) fn keeping(keep: i64) -> Self {
        Self {
            keep,
            ..Self::default()
        }
    }

    /// Names another process as the one that does things: that of the shell, which the plugin works for.
    #[must_use]
    pub fn on_behalf_of(mut self, pid: u32) -> Self {
        self.pid = pid;
        self
    }

    /// Appends records as part of other work: both are kept, or nothing.
    ///
    /// # Errors
    /// The database fails, or its head of the chain is gone.
    pub fn append(
        &self,
        transaction: &Transaction<'_>,
        file: &Path,
        entries: &[Entry],
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let in_words = |error| Store::error_at(file, error);
        let Some(mut head) = Head::read(transaction).map_err(in_words)? else {
            return Err(StoreError::Corrupt {
                path: file.to_owned(),
                reason: "the table `audit_head` is empty".to_owned(),
            });
        };
        let time = time_text(Utc::now());
        for entry in entries {
            head.last += 1;
            head.hash = insert(
                transaction,
                head.last,
                self.row(entry, &time),
                std::mem::take(&mut head.hash),
            )
            .map_err(in_words)?;
        }
        if seal::is_due(&head, self.keep) {
            seal::seal(transaction, &mut head, self.keep, self.pid).map_err(in_words)?;
        }
        head.write(transaction).map_err(in_words)
    }

    /// Appends records in a transaction of their own.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn append_to(&self, store: &mut Store, entries: &[Entry]) -> Result<(), StoreError> {
        let file = store.path().to_owned();
        store.write(|transaction| self.append(transaction, &file, entries))
    }

    /// Appends records in a transaction of their own, without waiting for the disk; see [`Store::write_soon`].
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn append_soon(&self, store: &mut Store, entries: &[Entry]) -> Result<(), StoreError> {
        let file = store.path().to_owned();
        store.write_soon(|transaction| self.append(transaction, &file, entries))
    }

    /// The columns of an entry, but for the hash before it.
    fn row(&self, entry: &Entry, time: &str) -> Vec<Value> {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        let number = |number: u128| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        vec![
            Value::Text(time.to_owned()),
            Value::Text(who().user.clone()),
            Value::Text(who().host.clone()),
            number(self.pid.into()),
            Value::Text(entry.operation.as_str().to_owned()),
            text(&entry.kind.map(|kind| kind.as_str().to_owned())),
            text(&entry.name),
            text(&entry.version),
            text(&entry.digest),
            Value::Text(entry.failure.map_or("ok", Code::as_str).to_owned()),
            number(entry.took.as_nanos()),
            number(entry.count.into()),
            text(&entry.detail),
        ]
    }
}

/// Inserts a row, all columns but the last of [`COLUMNS`] and that, and returns its hash.
pub(super) fn insert(
    connection: &Connection,
    id: i64,
    mut row: Vec<Value>,
    previous: String,
) -> rusqlite::Result<String> {
    row.push(Value::Text(previous));
    let mut chain = Chain::new();
    for value in &row {
        chain.add(value.into());
    }
    let hash = chain.finish();
    row.push(Value::Text(hash.clone()));
    row.push(Value::Integer(id));
    connection
        .prepare_cached(&format!(
            "INSERT INTO audit ({}, hash, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            COLUMNS.join(", ")
        ))?
        .execute(params_from_iter(row))?;
    Ok(hash)
}
