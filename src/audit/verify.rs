//! Whether the chain is whole.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Explain};
use crate::store::{Store, StoreError, is_missing};

use super::record::{GENESIS, Head, Record, parse_time, select, time_text};

/// The triggers that guard the records, and their tables.
const TRIGGERS: [[&str; 2]; 4] = [
    ["audit_is_not_changed", "audit"],
    ["audit_is_not_removed", "audit"],
    ["audit_is_not_replaced", "audit"],
    ["audit_head_is_not_removed", "audit_head"],
];

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It does not have its hash.
    Changed,
    /// Records before it are gone.
    RemovedBefore,
    /// It does not follow the record before it: they were exchanged, or one was put in the place of another.
    Order,
    /// Records after it, the last ones, are gone.
    RemovedAfter,
    /// It comes after the last one that was written.
    Added,
    /// The head of the chain was changed.
    Head,
    /// The table of the records is gone, or is another one.
    Table,
    /// The triggers that keep records from being changed are gone.
    Triggers,
}

impl Fault {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Changed => "changed",
            Fault::RemovedBefore => "removed-before",
            Fault::Order => "order",
            Fault::RemovedAfter => "removed-after",
            Fault::Added => "added",
            Fault::Head => "head",
            Fault::Table => "table",
            Fault::Triggers => "triggers",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first record with which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number; none when no record is left.
    pub id: Option<i64>,
    /// When it was written, if that can be told.
    pub time: Option<DateTime<Utc>>,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.fault, self.id) {
            (Fault::Changed, Some(id)) => {
                write!(f, "record {id} was changed after it was written")
            }
            (Fault::RemovedBefore, Some(id)) => {
                write!(f, "records before number {id} were removed")
            }
            (Fault::Order, Some(id)) => {
                write!(f, "record {id} does not belong behind the one before it")
            }
            (Fault::RemovedAfter, Some(id)) => {
                write!(f, "records after number {id} were removed")
            }
            (Fault::Added, Some(id)) => write!(f, "record {id} was not written by the plugin"),
            (Fault::Table, _) => {
                f.write_str("the table `audit`, which holds the records, was removed or changed")
            }
            (Fault::Triggers, _) => {
                f.write_str("triggers that keep records from being changed were removed")
            }
            (Fault::RemovedAfter, None) => f.write_str("all records were removed"),
            _ => {
                f.write_str("the table `audit_head`, which says where the records end, was changed")
            }
        }
    }
}

/// The error about a chain that is broken.
#[derive(Debug, thiserror::Error)]
#[error("the audit in `{}` is not as it was written: {broken}", file.display())]
pub struct BrokenChain {
    /// The database.
    pub file: PathBuf,
    /// Where it shows first.
    pub broken: Broken,
}

impl Explain for BrokenChain {
    fn code(&self) -> Code {
        Code::AuditBroken
    }

    fn help(&self) -> Option<String> {
        Some(match self.broken.id {
            _ if matches!(self.broken.fault, Fault::Table | Fault::Triggers) => format!(
                "put a copy of the file back, or start anew: mv \"{0}\" \"{0}.damaged\", then register again, for instance with: extension discover | get path | uniq | extension register",
                self.file.display()
            ),
            Some(id) => format!(
                "look at the records around it: provisioning audit | where id in {}..{}",
                id.saturating_sub(1).max(1),
                id.saturating_add(1)
            ),
            None => "look at what is left: provisioning audit".to_owned(),
        })
    }
}

/// A [`Broken`] that is remembered after the records were sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    fault: Fault,
}

impl From<&Broken> for Remembered {
    fn from(broken: &Broken) -> Self {
        Self {
            id: broken.id,
            time: broken.time.map(time_text),
            fault: broken.fault,
        }
    }
}

impl From<&Remembered> for Broken {
    fn from(remembered: &Remembered) -> Self {
        Self {
            id: remembered.id,
            time: remembered.time.as_deref().and_then(parse_time),
            fault: remembered.fault,
        }
    }
}

/// What a look at the whole chain gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many records there are.
    pub rows: u64,
    /// When the first one was written.
    pub first: Option<DateTime<Utc>>,
    /// When the last one was written.
    pub last: Option<DateTime<Utc>>,
    /// The first record with which something is wrong.
    pub broken: Option<Broken>,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.broken.is_none()
    }
}

/// Goes along the chain.
pub(super) struct Walk {
    head: Head,
    /// The number that the next record has to have.
    next: i64,
    /// The hash that it has to name, and that of the record before.
    previous: String,
    time: Option<DateTime<Utc>>,
    is_first: bool,
    pub(super) broken: Option<Broken>,
}

impl Walk {
    pub(super) fn new(head: &Head) -> Self {
        Self {
            next: if head.sealed > 0 { head.sealed } else { 1 },
            head: head.clone(),
            previous: GENESIS.to_owned(),
            time: None,
            is_first: true,
            broken: None,
        }
    }

    /// Takes the next record, in the order of their numbers.
    pub(super) fn step(&mut self, record: &Record) {
        if self.broken.is_none() {
            self.broken = self.fault(record).map(|fault| Broken {
                id: Some(record.id),
                time: record.time,
                fault,
            });
        }
        let is_seal = self.is_first && self.head.sealed > 0;
        if is_seal && self.broken.is_none() {
            let remembered = record.summary().and_then(|summary| summary.broken);
            self.broken = remembered.as_ref().map(Broken::from);
        }
        self.next = record.id.saturating_add(1);
        // A sealed record names the hash of the last one that it stands for, which the next one names too.
        self.previous = match is_seal {
            true => record.previous.clone(),
            false => record.hash.clone(),
        };
        self.time = record.time;
        self.is_first = false;
    }

    fn fault(&self, record: &Record) -> Option<Fault> {
        if record.hash != record.expected {
            return Some(Fault::Changed);
        }
        if record.id > self.head.last || record.id < self.next {
            return Some(Fault::Added);
        }
        if record.id > self.next {
            return Some(Fault::RemovedBefore);
        }
        let follows = match self.is_first && self.head.sealed > 0 {
            // Nothing comes before it; what it is, the head knows.
            true => self.head.seal.as_ref() == Some(&record.hash),
            false => record.previous == self.previous,
        };
        (!follows).then_some(Fault::Order)
    }

    /// Says that the record of this number was the last one that should be there.
    pub(super) fn end(&mut self, last: i64) {
        if self.broken.is_none() && self.next <= last {
            let id = (!self.is_first).then(|| self.next - 1);
            self.broken = Some(Broken {
                id,
                time: self.time,
                fault: Fault::RemovedAfter,
            });
        }
    }

    /// Says that there are no more records at all.
    fn end_of_all(&mut self) {
        self.end(self.head.last);
        // Before any sealing the hash of the head is that of the last record; an empty chain has the one of none.
        let is_whole = match self.is_first || self.next <= self.head.sealed.saturating_add(1) {
            true => self.head.sealed > 0 || self.head.hash == GENESIS,
            false => self.head.hash == self.previous,
        };
        let is_sealed = (self.head.sealed > 0) == self.head.seal.is_some();
        if self.broken.is_none() && (!is_whole || !is_sealed || self.head.is_open) {
            self.broken = Some(Broken {
                id: (!self.is_first).then(|| self.next - 1),
                time: self.time,
                fault: Fault::Head,
            });
        }
    }
}

/// Looks at every record. Returns nothing when `stop` ended it.
///
/// # Errors
/// The database cannot be read.
pub fn verify(store: &Store, stop: &dyn Fn() -> bool) -> Result<Option<Verification>, StoreError> {
    store.read(|connection| walk(connection, stop))
}

fn walk(
    connection: &Connection,
    stop: &dyn Fn() -> bool,
) -> rusqlite::Result<Option<Verification>> {
    // Both tables as they are at one time.
    let transaction = connection.unchecked_transaction()?;
    let head = match Head::read(&transaction) {
        Err(error) if is_missing(&error) => None,
        read => read?,
    };
    let is_there = head.is_some();
    let mut walk = Walk::new(&head.unwrap_or(Head {
        last: i64::MAX,
        hash: String::new(),
        sealed: 0,
        seal: None,
        is_open: false,
    }));
    let mut found = Verification::default();
    let broken = |fault| Broken {
        id: None,
        time: None,
        fault,
    };
    let mut statement = match transaction.prepare(&select("ORDER BY id")) {
        Err(error) if is_missing(&error) => {
            found.broken = Some(broken(Fault::Table));
            return Ok(Some(found));
        }
        statement => statement?,
    };
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if stop() {
            return Ok(None);
        }
        let record = Record::read(row)?;
        walk.step(&record);
        if found.rows == 0 {
            found.first = record.time;
        }
        found.last = record.time;
        found.rows += 1;
    }
    found.broken = if is_there {
        walk.end_of_all();
        walk.broken
    } else {
        Some(broken(Fault::Head))
    };
    // The worse comes first: without them, the records may be as they were written.
    if found.broken.is_none() && !is_guarded(&transaction)? {
        found.broken = Some(broken(Fault::Triggers));
    }
    Ok(Some(found))
}

/// Whether every trigger that guards the records is there.
fn is_guarded(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(
        "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = ?1 AND tbl_name = ?2",
    )?;
    for trigger in TRIGGERS {
        if !statement.exists(trigger)? {
            return Ok(false);
        }
    }
    Ok(true)
}
