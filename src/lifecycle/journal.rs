//! What the database holds of deployments: their components, their runs and the steps of those.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::holder::Holder;
use super::{LifecycleError, Recorded};
use crate::store::{Store, StoreError};

/// Runs of a deployment that are kept.
const KEPT_RUNS: i64 = 100;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// Returns the word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            fn of(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Where a run goes.
    Direction {
        /// To what is wanted.
        Forward = "forward",
        /// Back to what was.
        Back = "back",
    }
}

words! {
    /// How a run has ended.
    RunOutcome {
        /// Everything is as it is wanted.
        Done = "done",
        /// Something has failed; what was done is still there.
        Failed = "failed",
        /// Everything is as it was.
        RolledBack = "rolled-back",
        /// Something could not be taken back.
        Incomplete = "rollback-incomplete",
        /// It was ended from outside.
        Interrupted = "interrupted",
        /// Another run has begun before it was finished.
        Superseded = "superseded",
    }
}

impl RunOutcome {
    /// Whether nothing is left to go on with, or to take back.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            RunOutcome::Done | RunOutcome::RolledBack | RunOutcome::Superseded
        )
    }
}

words! {
    /// How a step has ended.
    StepOutcome {
        /// The operation has given a result.
        Done = "done",
        /// It has failed.
        Failed = "failed",
        /// It was ended from outside.
        Interrupted = "interrupted",
        /// Whoever began it is gone; what has become of it was found out later.
        Lost = "lost",
    }
}

/// A deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who works on it, or did so when it came to its end.
    pub holder: Option<Holder>,
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// What was asked for: `create` or `delete`.
    pub operation: String,
    /// What was to be there in the end.
    pub goal: Vec<Recorded>,
    /// Where it goes.
    pub direction: Direction,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it ended, for the last time.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended; none while it goes on, and for one whose process was killed.
    pub outcome: Option<RunOutcome>,
    /// What there is to say.
    pub message: Option<String>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRecord {
    /// Its number.
    pub id: i64,
    /// The wave, from 0.
    pub wave: usize,
    /// The component.
    pub component: String,
    /// The operation, as its interface calls it.
    pub operation: String,
    /// Whether it takes back what the run did.
    pub undoes: bool,
    /// What was recorded before.
    pub before: Option<Recorded>,
    /// What is to be recorded after.
    pub after: Option<Recorded>,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// How it ended; none for one that is in flight.
    pub outcome: Option<StepOutcome>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// What there is to say.
    pub message: Option<String>,
}

/// A step that is about to begin.
pub(super) struct Beginning<'a> {
    pub(super) run: i64,
    pub(super) wave: usize,
    pub(super) component: &'a str,
    pub(super) operation: &'a str,
    pub(super) undoes: bool,
    pub(super) before: Option<&'a Recorded>,
    pub(super) after: Option<&'a Recorded>,
}

/// How a step has ended.
pub(super) struct Ending<'a> {
    pub(super) step: i64,
    pub(super) outcome: StepOutcome,
    pub(super) duration: Option<Duration>,
    pub(super) message: Option<&'a str>,
    /// What is recorded of the component from now on.
    pub(super) state: Option<&'a Recorded>,
}

/// The journal of all deployments.
#[derive(Debug)]
pub(super) struct Journal {
    store: Store,
}

type Result<T> = std::result::Result<T, LifecycleError>;

impl Journal {
    pub(super) fn open(directory: &Path) -> Result<Self> {
        Ok(Self {
            store: Store::open(directory)?,
        })
    }

    pub(super) fn open_existing(directory: &Path) -> Result<Option<Self>> {
        Ok(Store::open_existing(directory)?.map(|store| Self { store }))
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let path = self.store.path().to_owned();
        let done: std::result::Result<T, StoreError> = self
            .store
            .write(|transaction| work(transaction).map_err(|error| Store::error_at(&path, error)));
        Ok(done?)
    }

    /// Reads rows, each of which may be wrong.
    fn rows<T>(
        &self,
        table: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<Vec<std::result::Result<T, String>>>,
    ) -> Result<Vec<T>> {
        let rows = self.store.read(work)?;
        let all: std::result::Result<Vec<T>, String> = rows.into_iter().collect();
        all.map_err(|reason| LifecycleError::BadRow {
            file: self.store.path().to_owned(),
            table,
            reason,
        })
    }

    pub(super) fn names(&self) -> Result<Vec<String>> {
        self.rows("deployment", |connection| {
            connection
                .prepare_cached("SELECT name FROM deployment ORDER BY name")?
                .query_map([], |row| row.get(0).map(Ok))?
                .collect()
        })
    }

    pub(super) fn deployment(&self, name: &str) -> Result<Option<Deployment>> {
        let mut rows = self.rows("deployment", |connection| {
            connection
                .prepare_cached(
                    "SELECT name, created_at, holder_pid, holder_boot, holder_started, holder_since
                     FROM deployment WHERE name = ?1",
                )?
                .query_map([name], read_deployment)?
                .collect()
        })?;
        Ok(rows.pop())
    }

    /// Says who works on a deployment, which is made when there is none.
    pub(super) fn hold(&mut self, name: &str, holder: &Holder) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO deployment (name, created_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
                params![name, time(Utc::now())],
            )?;
            transaction.execute(
                "UPDATE deployment SET holder_pid = ?2, holder_boot = ?3, holder_started = ?4, holder_since = ?5
                 WHERE name = ?1",
                params![
                    name,
                    holder.pid,
                    holder.boot,
                    holder.started.map(u64::cast_signed),
                    time(holder.since)
                ],
            )?;
            Ok(())
        })
    }

    /// Says that nobody does.
    pub(super) fn release(&mut self, name: &str) -> Result<()> {
        self.write(|transaction| {
            // Where nothing was ever begun, there is no deployment.
            transaction.execute(
                "DELETE FROM deployment WHERE name = ?1
                 AND NOT EXISTS (SELECT 1 FROM deployment_run WHERE deployment = ?1)
                 AND NOT EXISTS (SELECT 1 FROM deployment_component WHERE deployment = ?1)",
                [name],
            )?;
            transaction.execute(
                "UPDATE deployment SET holder_pid = NULL, holder_boot = NULL, holder_started = NULL, holder_since = NULL
                 WHERE name = ?1",
                [name],
            )?;
            // Nothing has come of it: the run was refused before it began.
            transaction.execute(
                "DELETE FROM deployment WHERE name = ?1
                 AND NOT EXISTS (SELECT 1 FROM deployment_run WHERE deployment = ?1)
                 AND NOT EXISTS (SELECT 1 FROM deployment_component WHERE deployment = ?1)",
                [name],
            )?;
            Ok(())
        })
    }

    /// Returns what is recorded, sorted by name.
    pub(super) fn recorded(&self, name: &str) -> Result<Vec<Recorded>> {
        self.rows("deployment_component", |connection| {
            connection
                .prepare_cached(
                    "SELECT state FROM deployment_component WHERE deployment = ?1 ORDER BY component",
                )?
                .query_map([name], |row| {
                    Ok(from_json::<Recorded>(&row.get::<_, String>(0)?))
                })?
                .collect()
        })
    }

    /// Begins a run. What was unfinished before is not any more.
    pub(super) fn begin_run(
        &mut self,
        name: &str,
        operation: &str,
        goal: &[Recorded],
    ) -> Result<i64> {
        let goal = json(&goal);
        self.write(|transaction| {
            transaction.execute(
                "UPDATE deployment_run SET outcome = ?2, ended_at = ?3
                 WHERE deployment = ?1 AND (outcome IS NULL OR outcome NOT IN ('done', 'rolled-back', 'superseded'))",
                params![name, RunOutcome::Superseded.as_str(), time(Utc::now())],
            )?;
            transaction.execute(
                "DELETE FROM deployment_run WHERE deployment = ?1 AND id NOT IN
                 (SELECT id FROM deployment_run WHERE deployment = ?1 ORDER BY id DESC LIMIT ?2)",
                params![name, KEPT_RUNS - 1],
            )?;
            transaction.execute(
                "INSERT INTO deployment_run (deployment, operation, goal, direction, began_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![name, operation, goal, Direction::Forward.as_str(), time(Utc::now())],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Takes an unfinished run up again.
    pub(super) fn go_on(&mut self, run: i64, direction: Direction) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE deployment_run SET outcome = NULL, ended_at = NULL, message = NULL, direction = ?2 WHERE id = ?1",
                params![run, direction.as_str()],
            )?;
            Ok(())
        })
    }

    pub(super) fn end_run(
        &mut self,
        run: i64,
        outcome: RunOutcome,
        message: Option<&str>,
    ) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE deployment_run SET outcome = ?2, ended_at = ?3, message = ?4 WHERE id = ?1",
                params![run, outcome.as_str(), time(Utc::now()), message],
            )?;
            Ok(())
        })
    }

    /// Returns the runs of a deployment, the last one first.
    pub(super) fn runs(&self, name: &str) -> Result<Vec<Run>> {
        self.rows("deployment_run", |connection| {
            connection
                .prepare_cached(
                    "SELECT id, operation, goal, direction, began_at, ended_at, outcome, message
                     FROM deployment_run WHERE deployment = ?1 ORDER BY id DESC",
                )?
                .query_map([name], read_run)?
                .collect()
        })
    }

    pub(super) fn steps(&self, run: i64) -> Result<Vec<StepRecord>> {
        self.rows("deployment_step", |connection| {
            connection
                .prepare_cached(
                    "SELECT id, wave, component, operation, undoes, before, after, began_at, outcome, duration, message
                     FROM deployment_step WHERE run = ?1 ORDER BY id",
                )?
                .query_map([run], read_step)?
                .collect()
        })
    }

    /// Writes down that a step is about to begin. It may begin when this has returned.
    pub(super) fn begin_step(&mut self, step: &Beginning<'_>) -> Result<i64> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO deployment_step (run, wave, component, operation, undoes, before, after, began_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    step.run,
                    i64::try_from(step.wave).unwrap_or(i64::MAX),
                    step.component,
                    step.operation,
                    step.undoes,
                    step.before.map(json),
                    step.after.map(json),
                    time(Utc::now()),
                ])?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Writes down how a step has ended, and with it what is recorded of the component: both or neither.
    pub(super) fn end_step(
        &mut self,
        name: &str,
        component: &str,
        ending: &Ending<'_>,
    ) -> Result<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE deployment_step SET ended_at = ?2, outcome = ?3, duration = ?4, message = ?5 WHERE id = ?1",
                )?
                .execute(params![
                    ending.step,
                    time(Utc::now()),
                    ending.outcome.as_str(),
                    ending.duration.map(|took| i64::try_from(took.as_nanos()).unwrap_or(i64::MAX)),
                    ending.message,
                ])?;
            match ending.state {
                Some(state) => transaction
                    .prepare_cached(
                        "INSERT INTO deployment_component (deployment, component, state) VALUES (?1, ?2, ?3)
                         ON CONFLICT (deployment, component) DO UPDATE SET state = excluded.state",
                    )?
                    .execute(params![name, component, json(state)])?,
                None => transaction
                    .prepare_cached(
                        "DELETE FROM deployment_component WHERE deployment = ?1 AND component = ?2",
                    )?
                    .execute(params![name, component])?,
            };
            Ok(())
        })
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn from_time(text: &str) -> std::result::Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|error| format!("time `{text}`: {error}"))
}

fn json<T: Serialize>(value: &T) -> String {
    // Our own structures have keys of text and numbers that JSON knows: this does not fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// The text itself is not repeated: it holds settings.
fn from_json<T: DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no state of a component: {error}"))
}

fn from_word<T>(word: &str, of: fn(&str) -> Option<T>) -> std::result::Result<T, String> {
    of(word).ok_or_else(|| format!("`{}` is no word for it", crate::diagnostic::safe_text(word)))
}

type Read<T> = rusqlite::Result<std::result::Result<T, String>>;

fn read_deployment(row: &Row<'_>) -> Read<Deployment> {
    let (name, created): (String, String) = (row.get(0)?, row.get(1)?);
    let (pid, boot): (Option<u32>, Option<String>) = (row.get(2)?, row.get(3)?);
    let (started, since): (Option<i64>, Option<String>) = (row.get(4)?, row.get(5)?);
    let read = || {
        let holder = match (pid, since) {
            (Some(pid), Some(since)) => Some(Holder {
                pid,
                boot,
                started: started.map(i64::cast_unsigned),
                since: from_time(&since)?,
            }),
            _ => None,
        };
        Ok(Deployment {
            created_at: from_time(&created)?,
            name,
            holder,
        })
    };
    Ok(read())
}

fn read_run(row: &Row<'_>) -> Read<Run> {
    let (id, operation, message) = (row.get(0)?, row.get(1)?, row.get(7)?);
    let (goal, direction): (String, String) = (row.get(2)?, row.get(3)?);
    let (began, ended): (String, Option<String>) = (row.get(4)?, row.get(5)?);
    let outcome: Option<String> = row.get(6)?;
    let read = || {
        Ok(Run {
            id,
            operation,
            goal: from_json(&goal)?,
            direction: from_word(&direction, Direction::of)?,
            began_at: from_time(&began)?,
            ended_at: ended.as_deref().map(from_time).transpose()?,
            outcome: outcome
                .as_deref()
                .map(|word| from_word(word, RunOutcome::of))
                .transpose()?,
            message,
        })
    };
    Ok(read())
}

fn read_step(row: &Row<'_>) -> Read<StepRecord> {
    let (id, wave): (i64, i64) = (row.get(0)?, row.get(1)?);
    let (component, operation, undoes) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let (before, after): (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
    let (began, outcome): (String, Option<String>) = (row.get(7)?, row.get(8)?);
    let (duration, message): (Option<i64>, Option<String>) = (row.get(9)?, row.get(10)?);
    let read = || {
        Ok(StepRecord {
            id,
            wave: usize::try_from(wave).unwrap_or(0),
            component,
            operation,
            undoes,
            before: before.as_deref().map(from_json).transpose()?,
            after: after.as_deref().map(from_json).transpose()?,
            began_at: from_time(&began)?,
            outcome: outcome
                .as_deref()
                .map(|word| from_word(word, StepOutcome::of))
                .transpose()?,
            duration: duration
                .and_then(|took| u64::try_from(took).ok())
                .map(Duration::from_nanos),
            message,
        })
    };
    Ok(read())
}
