//! The chain as a whole.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use semver::Version;

use super::*;
use crate::diagnostic::Code;
use crate::metadata::ExtensionType;
use crate::store::{FILE_NAME, Store};

mod taken_away;

/// A data directory with a chain in it.
struct Home {
    directory: tempfile::TempDir,
    store: Store,
    log: Log,
}

impl Home {
    fn new(keep: i64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        // Nobody pulls the plug here.
        store
            .read(|connection| connection.pragma_update(None, "synchronous", "OFF"))
            .unwrap();
        Self {
            directory,
            store,
            log: Log::keeping(keep),
        }
    }

    /// A chain of so many records, none of them sealed.
    fn with(records: usize) -> Self {
        let mut home = Self::new(1000);
        home.append(records);
        home
    }

    fn append(&mut self, records: usize) {
        let entries: Vec<Entry> = (0..records).map(entry).collect();
        self.log.append_to(&mut self.store, &entries).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join(FILE_NAME)
    }

    /// Does what somebody does who owns the file, and hides it: the triggers are there again afterwards.
    fn change(&self, sql: &str) {
        let direct = Connection::open(self.file()).unwrap();
        let triggers: Vec<String> = direct
            .prepare("SELECT sql FROM sqlite_schema WHERE name LIKE 'audit_is_not_%'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(triggers.len(), 3);
        for trigger in ["changed", "removed", "replaced"] {
            direct
                .execute(&format!("DROP TRIGGER audit_is_not_{trigger}"), [])
                .unwrap();
        }
        direct.execute_batch(sql).unwrap();
        direct.execute_batch(&triggers.join("; ")).unwrap();
    }

    /// Does it without hiding it.
    fn change_openly(&self, sql: &str) {
        let direct = Connection::open(self.file()).unwrap();
        direct.execute_batch(sql).unwrap();
    }

    fn verify(&self) -> Verification {
        verify(&self.store, &|| false).unwrap().unwrap()
    }

    fn broken(&self) -> Option<(Option<i64>, Fault)> {
        let broken = self.verify().broken?;
        Some((broken.id, broken.fault))
    }

    fn records(&self) -> Vec<Record> {
        self.wanted(&Filter::default())
    }

    fn wanted(&self, filter: &Filter) -> Vec<Record> {
        page(&self.store, filter, 0, 1_000_000).unwrap()
    }
}

/// Records that differ from their neighbours.
fn entry(n: usize) -> Entry {
    let version = Version::new(1, n as u64, 0);
    let entry = Entry::new(Operation::ALL[n % 7])
        .of(ExtensionType::Taskserv, &format!("app{n}"), &version)
        .took(Duration::from_millis(n as u64));
    match n % 3 {
        0 => entry.failed(Code::RegistryTaken),
        1 => entry.detail("/somewhere").count(3),
        _ => entry.digest("sha256:00"),
    }
}

#[test]
fn what_is_written_comes_back() {
    let mut home = Home::new(100);
    let entry = Entry::new(Operation::Load)
        .of(ExtensionType::Cluster, "buildkit", &Version::new(0, 12, 0))
        .digest("sha256:12")
        .failed(Code::NickelContract)
        .took(Duration::from_micros(1500))
        .count(7)
        .detail("three findings");
    home.log.append_to(&mut home.store, &[entry]).unwrap();
    let record = home.records().remove(0);
    assert_eq!(
        (record.operation.as_str(), record.kind.as_deref()),
        ("load", Some("cluster"))
    );
    assert_eq!(record.name.as_deref(), Some("buildkit"));
    assert_eq!(record.version.as_deref(), Some("0.12.0"));
    assert_eq!(record.digest.as_deref(), Some("sha256:12"));
    assert_eq!(record.outcome, "nickel::contract");
    assert_eq!((record.nanoseconds, record.count), (1_500_000, 7));
    assert_eq!(record.detail.as_deref(), Some("three findings"));
    assert_eq!(record.pid, i64::from(std::process::id()));
    assert!(!record.user.is_empty() && !record.host.is_empty());
    assert!(record.time.is_some());
    let found = home.verify();
    assert!(found.is_valid() && found.rows == 1 && found.first == record.time);
}

#[test]
fn nothing_is_valid_and_nothing_written_changes_nothing() {
    let mut home = Home::new(100);
    home.append(0);
    let found = home.verify();
    assert!(found.is_valid() && found.rows == 0 && found.last.is_none());
}

#[test]
fn the_database_refuses_changes() {
    let home = Home::with(3);
    let direct = Connection::open(home.file()).unwrap();
    for sql in [
        "UPDATE audit SET user = 'nobody' WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT id, time, 'nobody', host, pid, operation, type, extension, version, digest, outcome, duration, count, detail, previous, hash FROM audit WHERE id = 2",
        "DELETE FROM audit_head",
    ] {
        let error = direct.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("of the audit"), "{sql}: {error}");
    }
    assert!(home.verify().is_valid());
}

#[test]
fn what_was_done_to_a_chain_is_told_at_the_first_record_it_shows_at() {
    for (sql, id, fault) in [
        (
            "UPDATE audit SET user = 'nobody' WHERE id = 4",
            Some(4),
            Fault::Changed,
        ),
        (
            "UPDATE audit SET detail = NULL WHERE id = 8",
            Some(8),
            Fault::Changed,
        ),
        (
            "UPDATE audit SET version = digest, digest = version WHERE id = 3",
            Some(3),
            Fault::Changed,
        ),
        (
            "UPDATE audit SET hash = previous WHERE id = 10",
            Some(10),
            Fault::Changed,
        ),
        (
            "DELETE FROM audit WHERE id = 1",
            Some(2),
            Fault::RemovedBefore,
        ),
        (
            "DELETE FROM audit WHERE id IN (4, 5)",
            Some(6),
            Fault::RemovedBefore,
        ),
        (
            "DELETE FROM audit WHERE id > 7",
            Some(7),
            Fault::RemovedAfter,
        ),
        ("DELETE FROM audit", None, Fault::RemovedAfter),
        (
            "UPDATE audit SET id = 99 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 5; UPDATE audit SET id = 5 WHERE id = 99",
            Some(4),
            Fault::Order,
        ),
        (
            "DELETE FROM audit WHERE id = 4; UPDATE audit SET id = -id WHERE id > 4; UPDATE audit SET id = -id - 1 WHERE id < 0",
            Some(4),
            Fault::Order,
        ),
        (
            "INSERT INTO audit SELECT 11, time, user, host, pid, operation, type, extension, version, digest, outcome, duration, count, detail, previous, hash FROM audit WHERE id = 10",
            Some(11),
            Fault::Added,
        ),
        // The last record is gone, and the head was told so.
        (
            "DELETE FROM audit WHERE id = 10; UPDATE audit_head SET last = 9",
            Some(9),
            Fault::Head,
        ),
        ("UPDATE audit_head SET open = 1", Some(10), Fault::Head),
        (
            "DROP TRIGGER audit_head_is_not_removed; DELETE FROM audit_head",
            None,
            Fault::Head,
        ),
    ] {
        let home = Home::with(10);
        home.change(sql);
        assert_eq!(home.broken(), Some((id, fault)), "{sql}");
    }
}

#[test]
fn every_column_counts() {
    for column in [
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
        "hash",
    ] {
        let home = Home::with(5);
        let value = match column {
            "pid" | "duration" | "count" => format!("{column} + 1"),
            _ => format!("coalesce({column}, '') || 'x'"),
        };
        home.change(&format!("UPDATE audit SET {column} = {value} WHERE id = 3"));
        assert_eq!(home.broken(), Some((Some(3), Fault::Changed)), "{column}");
    }
}

#[test]
fn a_chain_goes_on_after_it_was_broken_and_tells_where() {
    let mut home = Home::with(10);
    home.change("DELETE FROM audit WHERE id > 7");
    home.append(5);
    assert_eq!(home.broken(), Some((Some(11), Fault::RemovedBefore)));
}

#[test]
fn a_byte_that_is_no_text_any_more_is_told_and_the_rest_is_listed() {
    let home = Home::with(3);
    home.change("UPDATE audit SET user = CAST(x'ff41' AS TEXT) WHERE id = 2");
    assert_eq!(home.records().len(), 3);
    assert_eq!(home.broken(), Some((Some(2), Fault::Changed)));
}

#[test]
fn old_records_give_way_to_one_that_says_what_they_were() {
    let mut home = Home::new(10);
    home.append(11);
    assert_eq!(home.records().len(), 11, "sealing is rare");
    home.append(1);
    let records = home.records();
    assert_eq!(records.len(), 11);
    let seal = &records[0];
    assert_eq!(
        (seal.id, seal.operation.as_str(), seal.count),
        (2, "sealed", 2)
    );
    assert_eq!(records[1].previous, seal.previous);
    let time = |text: &str| text.contains("Z");
    let summary = seal.summary().unwrap();
    assert!(time(&summary.from) && time(&summary.to));
    assert_eq!(
        seal.detail_text().unwrap(),
        format!(
            "2 records from {} to {}: register registry::taken 1, unregister ok 3",
            summary.from, summary.to
        )
    );
    assert!(home.verify().is_valid());
    // A summary of summaries adds up.
    for _ in 0..30 {
        home.append(7);
    }
    let records = home.records();
    let summary = records[0].summary().unwrap();
    let total = summary.records + records.len() as u64 - 1;
    assert_eq!(total, 12 + 30 * 7);
    let counted: u64 = summary.counts.values().flat_map(|it| it.values()).sum();
    assert!(counted > summary.records);
    assert!(home.verify().is_valid());
}

#[test]
fn a_sealed_chain_tells_the_same() {
    for (sql, id, fault) in [
        (
            "UPDATE audit SET user = 'nobody' WHERE id = 20",
            Some(20),
            Fault::Changed,
        ),
        (
            "UPDATE audit SET detail = replace(detail, '1', '2') WHERE id = 20",
            Some(20),
            Fault::Changed,
        ),
        (
            "DELETE FROM audit WHERE id = 20",
            Some(21),
            Fault::RemovedBefore,
        ),
        (
            "DELETE FROM audit WHERE id = 21",
            Some(22),
            Fault::RemovedBefore,
        ),
        ("UPDATE audit_head SET seal = hash", Some(20), Fault::Order),
        (
            "UPDATE audit_head SET sealed = 0",
            Some(20),
            Fault::RemovedBefore,
        ),
        (
            "UPDATE audit_head SET sealed = 19",
            Some(20),
            Fault::RemovedBefore,
        ),
        ("UPDATE audit_head SET sealed = 21", Some(20), Fault::Added),
    ] {
        let mut home = Home::new(10);
        home.append(30);
        assert_eq!(home.records()[0].id, 20);
        home.change(sql);
        assert_eq!(home.broken(), Some((id, fault)), "{sql}");
    }
}

#[test]
fn sealing_does_not_hide_what_was_done_before() {
    let mut home = Home::new(10);
    home.append(10);
    home.change("UPDATE audit SET outcome = 'ok' WHERE id = 4");
    let before = home.verify().broken.unwrap();
    for _ in 0..10 {
        home.append(7);
        assert_eq!(home.verify().broken, Some(before.clone()));
    }
    assert!(home.records()[0].id > 4);
}

#[test]
fn a_log_without_its_head_is_not_written() {
    let mut home = Home::with(1);
    home.change("DROP TRIGGER audit_head_is_not_removed; DELETE FROM audit_head");
    let error = home
        .log
        .append_to(&mut home.store, &[entry(0)])
        .unwrap_err();
    assert!(error.to_string().contains("audit_head"), "{error}");
}

#[test]
fn some_records_are_found_without_the_others() {
    let mut home = Home::with(30);
    let of = |filter: Filter| -> Vec<i64> {
        home.wanted(&filter)
            .iter()
            .map(|record| record.id)
            .collect()
    };
    let operation = Some("load".to_owned());
    let filter = Filter {
        operation,
        ..Filter::default()
    };
    assert_eq!(of(filter.clone()), [3, 10, 17, 24]);
    let after = first_of_last(&home.store, &filter, 2).unwrap();
    let last = page(&home.store, &filter, after, 10).unwrap();
    assert_eq!(last.iter().map(|it| it.id).collect::<Vec<_>>(), [17, 24]);
    let name = Some("app4".to_owned());
    assert_eq!(
        of(Filter {
            name,
            ..Filter::default()
        }),
        [5]
    );
    let since = home.records()[29]
        .time
        .map(|time| time + Duration::from_micros(1));
    home.append(2);
    let filter = Filter {
        since,
        ..Filter::default()
    };
    assert_eq!(home.wanted(&filter).len(), 2);
    let none = Filter {
        name: Some("nothing".to_owned()),
        ..Filter::default()
    };
    let after = first_of_last(&home.store, &none, 2).unwrap();
    assert!(page(&home.store, &none, after, 10).unwrap().is_empty());
}

#[test]
fn many_writers_make_one_chain() {
    let home = Home::new(20);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut store = Store::open(home.directory.path()).unwrap();
                for n in 0..25 {
                    home.log.append_to(&mut store, &[entry(n)]).unwrap();
                }
            });
        }
    });
    let found = home.verify();
    assert!(found.is_valid(), "{found:?}");
    let records = home.records();
    let sealed = records[0].summary().unwrap().records;
    assert_eq!(sealed + found.rows - 1, 100);
}

/// A single change to a chain.
#[derive(Clone, Debug)]
enum Harm {
    Change(usize, usize),
    Remove(usize),
    Exchange(usize, usize),
    Cut(usize),
    Head(usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let any = 0..1000_usize;
    prop_oneof![
        (any.clone(), any.clone()).prop_map(|(row, column)| Harm::Change(row, column)),
        any.clone().prop_map(Harm::Remove),
        (any.clone(), any.clone()).prop_map(|(a, b)| Harm::Exchange(a, b)),
        any.clone().prop_map(Harm::Cut),
        any.prop_map(Harm::Head),
    ]
}

impl Harm {
    fn sql(&self, records: &[Record]) -> Option<String> {
        let id = |row: &usize| records[row % records.len()].id;
        Some(match self {
            Harm::Change(row, column) => {
                let columns = [
                    "time",
                    "user",
                    "detail",
                    "extension",
                    "hash",
                    "previous",
                    "id",
                ];
                let column = columns[column % columns.len()];
                let value = match column {
                    "id" => "id + 100000".to_owned(),
                    _ => format!("coalesce({column}, '') || '0'"),
                };
                format!("UPDATE audit SET {column} = {value} WHERE id = {}", id(row))
            }
            Harm::Remove(row) => format!("DELETE FROM audit WHERE id = {}", id(row)),
            Harm::Exchange(a, b) if id(a) == id(b) => return None,
            Harm::Exchange(a, b) => format!(
                "UPDATE audit SET id = 0 WHERE id = {0}; UPDATE audit SET id = {0} WHERE id = {1}; UPDATE audit SET id = {1} WHERE id = 0",
                id(a),
                id(b)
            ),
            Harm::Cut(row) => format!("DELETE FROM audit WHERE id >= {}", id(row)),
            Harm::Head(column) => {
                let change = [
                    "last = last + 1",
                    "last = last - 1",
                    "hash = hash || '0'",
                    "sealed = sealed + 1",
                    "seal = coalesce(seal, '') || '0'",
                    "open = 1",
                ];
                format!("UPDATE audit_head SET {}", change[column % change.len()])
            }
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_chain_verifies_and_every_single_change_is_found(
        keep in 2..12_i64,
        batches in prop::collection::vec(1..9_usize, 1..16),
        harm in harm(),
    ) {
        let mut home = Home::new(keep);
        for batch in &batches {
            home.append(*batch);
            let found = home.verify();
            prop_assert!(found.is_valid(), "{:?}", found);
            prop_assert!(found.rows <= keep as u64 + keep as u64 / 10 + 1);
        }
        let records = home.records();
        let sealed = records[0].summary().map_or(0, |summary| summary.records - 1);
        prop_assert_eq!(sealed as usize + records.len(), batches.iter().sum::<usize>());
        if let Some(sql) = harm.sql(&records) {
            home.change(&sql);
            prop_assert!(!home.verify().is_valid(), "{}", sql);
        }
    }
}
