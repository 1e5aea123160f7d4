//! One record in the place of many old ones.
//!
//! It has the number and the time of the last of them, and names that one's hash as the hash before it, which is what the next
//! record names too: the chain goes on from there. Its own hash is kept in the head of the chain, because no record names it.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::Connection;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::log::insert;
use super::record::{GENESIS, Head, Record, select};
use super::verify::{Remembered, Walk};
use super::who::who;

/// The operation of the record that stands for others.
pub const SEALED: &str = "sealed";

/// What records that are no longer there were. A summary of one adds it up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    /// How many records.
    pub(super) records: u64,
    /// When the first was written.
    pub(super) from: String,
    /// When the last was.
    pub(super) to: String,
    /// How often each operation had each outcome.
    pub(super) counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// The first of them with which something was wrong: that is not forgotten with the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) broken: Option<Remembered>,
}

impl Summary {
    fn add(&mut self, record: &Record, time: String) {
        if self.records == 0 {
            self.from.clone_from(&time);
        }
        self.to = time;
        match record.summary() {
            Some(older) => {
                self.records += older.records;
                self.from = older.from;
                for (operation, outcomes) in older.counts {
                    for (outcome, count) in outcomes {
                        self.count(&operation, &outcome, count);
                    }
                }
            }
            None => {
                self.records += 1;
                let count = u64::try_from(record.count).unwrap_or_default();
                self.count(&record.operation, &record.outcome, count);
            }
        }
    }

    fn count(&mut self, operation: &str, outcome: &str, more: u64) {
        let outcomes = self.counts.entry(operation.to_owned()).or_default();
        let count = outcomes.entry(outcome.to_owned()).or_default();
        *count = count.saturating_add(more);
    }
}

/// For people.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.records == 1 {
            "record"
        } else {
            "records"
        };
        write!(
            f,
            "{} {what} from {} to {}: ",
            self.records, self.from, self.to
        )?;
        let counts = self.counts.iter().flat_map(|(operation, outcomes)| {
            let outcomes = outcomes.iter();
            outcomes.map(move |(outcome, count)| format!("{operation} {outcome} {count}"))
        });
        f.write_str(&counts.collect::<Vec<_>>().join(", "))
    }
}

/// Whether there are enough records more than are kept that sealing is worth it.
pub(super) fn is_due(head: &Head, keep: i64) -> bool {
    head.last.saturating_sub(head.sealed) > keep.saturating_add(keep / 10)
}

/// Removes the oldest records, up to the last ones that are kept, and puts one in their place. Its hash goes into the head.
pub(super) fn seal(
    connection: &Connection,
    head: &mut Head,
    keep: i64,
    pid: u32,
) -> rusqlite::Result<()> {
    let through = head.last - keep;
    let mut walk = Walk::new(head);
    let mut summary = Summary::default();
    let mut previous = GENESIS.to_owned();
    let mut statement = connection.prepare_cached(&select("WHERE id <= ?1 ORDER BY id"))?;
    let mut rows = statement.query([through])?;
    while let Some(row) = rows.next()? {
        let time: String =
            String::from_utf8_lossy(row.get_ref(1)?.as_bytes().unwrap_or_default()).into_owned();
        let record = Record::read(row)?;
        walk.step(&record);
        summary.add(&record, time);
        previous = record.hash;
    }
    drop(rows);
    walk.end(through);
    summary.broken = walk.broken.as_ref().map(Remembered::from);
    let detail = serde_json::to_string(&summary)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let count = i64::try_from(summary.records).unwrap_or(i64::MAX);
    let row = vec![
        Value::Text(summary.to),
        Value::Text(who().user.clone()),
        Value::Text(who().host.clone()),
        Value::Integer(pid.into()),
        Value::Text(SEALED.to_owned()),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Text("ok".to_owned()),
        Value::Integer(0),
        Value::Integer(count),
        Value::Text(detail),
    ];
    connection.execute("UPDATE audit_head SET open = 1 WHERE one = 1", [])?;
    connection.execute("DELETE FROM audit WHERE id <= ?1", [through])?;
    head.seal = Some(insert(connection, through, row, previous)?);
    head.sealed = through;
    // Writing the head closes it again.
    Ok(())
}
