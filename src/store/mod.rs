//! What is written to disk: files as a whole, and the one SQLite database (opening, migrations, transactions).
//!
//! Any number of processes may use the database at once (write-ahead log, a bounded wait for locks). What stands in its tables
//! belongs to the modules that own them; this module knows only their definitions, which have to be applied in order.

mod error;
mod file;
mod health;
mod lock;
mod migrations;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use error::{StoreError, is_missing};
pub use file::{
    Replacement, create_file, open_file, replace_file, replace_file_and_no_link, sync_all,
};
pub use health::Health;
pub use lock::{Lock, LockError};

/// Name of the database file in the data directory.
pub const FILE_NAME: &str = "registry.db";

/// Marks the file as ours (`prov` in ASCII); see SQLite's `application_id`.
const APPLICATION_ID: i32 = 0x7072_6f76;

/// How long to wait for another process to finish its transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait with what can be written another time.
const SHORT_WAIT: Duration = Duration::from_millis(250);

/// An open database.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// The file that was opened; none for one that may only be read, whose changes a connection does not see.
    identity: Option<FileIdentity>,
    connection: Connection,
}

impl Store {
    /// Opens the database in a directory, creating both when they are not there.
    ///
    /// # Errors
    /// The file is newer than this program, damaged, not ours, held by somebody else for too long, or cannot be
    /// reached. It is never overwritten.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE_NAME);
        std::fs::create_dir_all(directory).map_err(|error| StoreError::Io {
            path: directory.to_owned(),
            reason: error.to_string(),
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::open_with(path, flags)
    }

    /// Opens the database in a directory for reading if it is there; never creates anything.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(directory: &Path) -> Result<Option<Self>, StoreError> {
        let path = directory.join(FILE_NAME);
        match path.try_exists() {
            Ok(false) => Ok(None),
            Ok(true) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                match Self::open_with(path.clone(), flags) {
                    Err(StoreError::ReadOnly { .. }) => Self::open_read_only(path).map(Some),
                    result => result.map(Some),
                }
            }
            Err(error) => Err(StoreError::Io {
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// Opens a file that may be read and not written.
    fn open_read_only(path: PathBuf) -> Result<Self, StoreError> {
        let escaped = path
            .to_string_lossy()
            .replace('%', "%25")
            .replace('?', "%3f")
            .replace('#', "%23");
        // Beside a running writer SQLite can share the writer's files. Without one it could not even take a lock, and
        // is told that nobody changes the file.
        Self::open_uri(&format!("file:{escaped}"), &path)
            .or_else(|_| Self::open_uri(&format!("file:{escaped}?immutable=1"), &path))
    }

    fn open_uri(uri: &str, path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri, flags)
            .map_err(|error| StoreError::from_sqlite(path, error))?;
        let found = state_now(&connection, path).map_err(|error| error.at(path))?;
        if let State::Older(found) = found {
            return Err(StoreError::Older {
                path: path.to_owned(),
                found,
                known: migrations::ALL.len(),
            });
        }
        Ok(Self {
            identity: None,
            path: path.to_owned(),
            connection,
        })
    }

    fn open_with(path: PathBuf, flags: OpenFlags) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(|error| StoreError::from_sqlite(&path, error))?;
        let mut store = Self {
            identity: file_identity(&path),
            path,
            connection,
        };
        store.prepare().map_err(|error| error.at(&store.path))?;
        Ok(store)
    }

    fn prepare(&mut self) -> Result<(), PrepareError> {
        let connection = &mut self.connection;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // A registration survives a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Content of a shared file is not trusted to call functions.
        connection.pragma_update(None, "trusted_schema", false)?;
        if let State::Current = state_now(connection, &self.path)? {
            return Ok(());
        }
        // Switching to the write-ahead log cannot happen inside a transaction, and SQLite does not wait for locks
        // then: it is done first, and whoever comes second finds it done.
        let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        if mode != "wal" {
            retry_while_busy(|| connection.pragma_update(None, "journal_mode", "wal"))?;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        if let State::Older(version) = state(&transaction, &self.path)? {
            for migration in &migrations::ALL[version..] {
                transaction.execute_batch(migration)?;
            }
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", migrations::ALL.len() as i64)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Whether this connection can still be used: the file is the one that was opened, in the format that was opened.
    ///
    /// For holders of a connection that lives long: the file may have been moved away, or changed by a newer program.
    pub fn is_current(&self) -> bool {
        let version = || {
            self.connection
                .prepare_cached("PRAGMA user_version")?
                .query_row([], |row| row.get::<_, i64>(0))
        };
        self.identity.is_some()
            && file_identity(&self.path) == self.identity
            && version().is_ok_and(|version| usize::try_from(version) == Ok(migrations::ALL.len()))
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs read-only work.
    ///
    /// # Errors
    /// What the work returns, with SQLite's errors put into our words.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| StoreError::from_sqlite(&self.path, error))
    }

    /// Runs work in one transaction: everything it does is kept, or nothing when it fails.
    ///
    /// # Errors
    /// The error of the work, or of the database.
    pub fn write<T, E>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let path = &self.path;
        let in_words = |error| StoreError::from_sqlite(path, error);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(in_words)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(in_words)?;
        Ok(result)
    }

    /// As [`Store::write`], without waiting for the disk, and not for long for other processes: after a power cut the last of it may be missing, and nothing is
    /// torn. For what is written often, and lost without harm.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_soon<T, E>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let set = |store: &Self, level: &str| {
            store.read(|connection| connection.pragma_update(None, "synchronous", level))
        };
        let wait = |store: &Self, time| store.read(|connection| connection.busy_timeout(time));
        set(self, "NORMAL")?;
        wait(self, SHORT_WAIT)?;
        let result = self.write(work);
        wait(self, BUSY_TIMEOUT)?;
        set(self, "FULL")?;
        result
    }

    /// Puts an error of SQLite into our words, for work inside [`Store::write`].
    pub fn error_at(path: &Path, error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(path, error)
    }
}

/// What tells a file from another one that was put in its place: device and number.
type FileIdentity = (u64, u64);

#[cfg(unix)]
fn file_identity(path: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_identity(path: &Path) -> Option<FileIdentity> {
    // An open database cannot be replaced on Windows: that it is there is enough.
    path.metadata().ok().map(|_| (0, 0))
}

/// What a file turns out to be.
enum State {
    /// Nothing to do.
    Current,
    /// So many migrations have been applied.
    Older(usize),
}

/// Asks in a transaction of its own: between two questions outside of one, another process may finish its migration.
fn state_now(connection: &Connection, path: &Path) -> Result<State, PrepareError> {
    let transaction = connection.unchecked_transaction()?;
    state(&transaction, path)
}

fn state(connection: &Connection, path: &Path) -> Result<State, PrepareError> {
    let number = |pragma: &str| -> rusqlite::Result<i64> {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    };
    let application = number("application_id")?;
    let version = number("user_version")?;
    if application != i64::from(APPLICATION_ID) {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != 0 || version != 0 || tables != 0 {
            return Err(StoreError::Foreign {
                path: path.to_owned(),
            }
            .into());
        }
        return Ok(State::Older(0));
    }
    let known = migrations::ALL.len();
    match usize::try_from(version) {
        Ok(version) if version == known => Ok(State::Current),
        Ok(version) if version < known => Ok(State::Older(version)),
        _ => Err(StoreError::Newer {
            path: path.to_owned(),
            found: version,
            known,
        }
        .into()),
    }
}

/// Repeats an action that SQLite does not wait for by itself, up to the usual wait.
fn retry_while_busy(mut action: impl FnMut() -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let deadline = std::time::Instant::now() + BUSY_TIMEOUT;
    loop {
        match action() {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && std::time::Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

enum PrepareError {
    Store(StoreError),
    Sqlite(rusqlite::Error),
}

impl PrepareError {
    fn at(self, path: &Path) -> StoreError {
        match self {
            PrepareError::Store(error) => error,
            PrepareError::Sqlite(error) => StoreError::from_sqlite(path, error),
        }
    }
}

impl From<StoreError> for PrepareError {
    fn from(error: StoreError) -> Self {
        PrepareError::Store(error)
    }
}

impl From<rusqlite::Error> for PrepareError {
    fn from(error: rusqlite::Error) -> Self {
        PrepareError::Sqlite(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Explain as _;

    #[test]
    fn a_new_database_has_every_migration_and_opens_again() {
        let home = tempfile::tempdir().unwrap();
        drop(Store::open(&home.path().join("a/b")).unwrap());
        let store = Store::open(&home.path().join("a/b")).unwrap();
        let version: i64 = store
            .read(|c| c.query_row("PRAGMA user_version", [], |row| row.get(0)))
            .unwrap();
        assert_eq!(version, migrations::ALL.len() as i64);
    }

    #[test]
    fn looking_does_not_create() {
        let home = tempfile::tempdir().unwrap();
        assert!(Store::open_existing(home.path()).unwrap().is_none());
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_newer_database_is_refused_and_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        store
            .read(|c| c.pragma_update(None, "user_version", 99))
            .unwrap();
        drop(store);
        let error = Store::open(home.path()).unwrap_err();
        assert!(
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error:?}"
        );
        let check = Connection::open(home.path().join(FILE_NAME)).unwrap();
        let version: i64 = check
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version, 99);
    }

    #[test]
    fn a_damaged_file_is_reported_and_never_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(FILE_NAME);
        for content in [
            b"this is no database at all, not even close".to_vec(),
            vec![0xff; 8192],
        ] {
            std::fs::write(&file, &content).unwrap();
            let error = Store::open(home.path()).unwrap_err();
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
            assert_eq!(std::fs::read(&file).unwrap(), content);
        }
    }

    #[test]
    fn somebody_elses_database_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let other = Connection::open(home.path().join(FILE_NAME)).unwrap();
        other
            .execute_batch("CREATE TABLE history (line TEXT)")
            .unwrap();
        drop(other);
        let error = Store::open(home.path()).unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    }

    #[test]
    fn a_file_that_may_only_be_read_is_read() {
        let home = tempfile::tempdir().unwrap();
        drop(Store::open(home.path()).unwrap());
        // What the fallback does, whoever runs the tests: root may write everything.
        let store = Store::open_read_only(home.path().join(FILE_NAME)).unwrap();
        let count: i64 = store
            .read(|c| c.query_row("SELECT count(*) FROM extension", [], |row| row.get(0)))
            .unwrap();
        assert_eq!(count, 0);
        // It would not see what others write: the next call opens it again.
        assert!(!store.is_current());
    }

    /// Makes a database as the first version of the plugin did, with one extension.
    fn first_format(home: &Path) {
        let old = Connection::open(home.join(FILE_NAME)).unwrap();
        old.execute_batch(migrations::ALL[0]).unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID)
            .unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute(
            "INSERT INTO extension VALUES ('taskserv', 'app', '1.0.0', '/app', NULL, NULL, '2026-01-01T00:00:00.000Z', '[]')",
            [],
        )
        .unwrap();
    }

    #[test]
    fn an_older_database_gets_what_it_lacks_and_keeps_what_it_has() {
        let home = tempfile::tempdir().unwrap();
        first_format(home.path());
        let store = Store::open_existing(home.path()).unwrap().unwrap();
        assert!(store.is_current());
        let counts: (i64, i64, i64) = store
            .read(|c| {
                c.query_row(
                    "SELECT (SELECT count(*) FROM extension), (SELECT count(*) FROM audit), (SELECT last FROM audit_head)",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
            })
            .unwrap();
        assert_eq!(counts, (1, 0, 0));
    }

    #[test]
    fn an_older_database_that_may_only_be_read_says_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        first_format(home.path());
        let error = Store::open_read_only(home.path().join(FILE_NAME)).unwrap_err();
        assert!(
            matches!(error, StoreError::Older { found: 1, .. }),
            "{error:?}"
        );
        assert!(error.help().unwrap().contains("a user who may write it"));
    }

    #[test]
    fn many_openers_at_once_migrate_once() {
        for _ in 0..20 {
            let home = tempfile::tempdir().unwrap();
            std::thread::scope(|scope| {
                let openers: Vec<_> = (0..8)
                    .map(|_| scope.spawn(|| Store::open(home.path()).map(|_| ())))
                    .collect();
                for opener in openers {
                    opener.join().unwrap().unwrap();
                }
            });
        }
    }

    #[test]
    fn a_connection_knows_when_its_file_was_moved_or_changed() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        assert!(store.is_current());
        let file = home.path().join(FILE_NAME);
        std::fs::rename(&file, home.path().join("aside")).unwrap();
        assert!(!store.is_current());
        let other = Store::open(home.path()).unwrap();
        assert!(!store.is_current());
        other
            .read(|c| c.pragma_update(None, "user_version", 99))
            .unwrap();
        assert!(!other.is_current());
    }

    #[test]
    fn a_failed_transaction_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::open(home.path()).unwrap();
        let path = store.path().to_owned();
        let result: Result<(), StoreError> = store.write(|transaction| {
            transaction
                .execute_batch("CREATE TABLE half (a)")
                .map_err(|error| Store::error_at(&path, error))?;
            Err(StoreError::Io {
                path: path.clone(),
                reason: "on purpose".into(),
            })
        });
        assert!(result.is_err());
        let count: i64 = store
            .read(|c| {
                c.query_row(
                    "SELECT count(*) FROM sqlite_schema WHERE name = 'half'",
                    [],
                    |row| row.get(0),
                )
            })
            .unwrap();
        assert_eq!(count, 0);
    }
}
