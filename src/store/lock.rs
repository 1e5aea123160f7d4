//! One writer at a time, among any number of processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long is waited for whoever has it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest name of a holder.
const MAX_HOLDER: u64 = 200;

/// A lock on a file, given up when it is dropped, and by the system when its holder dies.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing it gives up the lock")] File);

/// Why there is no lock.
#[derive(Debug)]
pub enum LockError {
    /// Somebody else has it.
    Busy {
        /// How long this has waited.
        waited: Duration,
        /// Who has it, as far as they have said.
        holder: Option<String>,
    },
    /// The work was ended from outside.
    Interrupted,
    /// The file cannot be opened or locked.
    Io(io::Error),
}

impl Lock {
    /// Waits for the lock, and says in the file who has it. The file stays afterwards: whoever removed it would give the lock
    /// to two.
    ///
    /// # Errors
    /// Somebody else keeps it, or the file cannot be opened.
    pub fn take(path: &Path, who: &str, interrupted: &dyn Fn() -> bool) -> Result<Self, LockError> {
        Self::take_within(path, who, PATIENCE, interrupted)
    }

    /// As [`Lock::take`], without waiting.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_now(path: &Path, who: &str) -> Result<Self, LockError> {
        Self::take_within(path, who, Duration::ZERO, &|| false)
    }

    fn take_within(
        path: &Path,
        who: &str,
        patience: Duration,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Self, LockError> {
        let open = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
        };
        let mut file = open().map_err(LockError::Io)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if interrupted() {
                return Err(LockError::Interrupted);
            }
            let waited = begun.elapsed();
            if waited >= patience {
                let holder = holder(&mut file);
                return Err(LockError::Busy { waited, holder });
            }
            std::thread::sleep(PAUSE);
        }
        // Only for whoever waits; without it, they wait all the same.
        let _ = sign(&mut file, who);
        Ok(Self(file))
    }
}

fn sign(file: &mut File, who: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{who}, process {}", std::process::id())
}

fn holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(MAX_HOLDER).read_to_string(&mut text).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| crate::diagnostic::safe_text(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_not_wait_is_told_who_has_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        let first = Lock::take_now(&path, "the first").unwrap();
        let Err(LockError::Busy { holder, .. }) = Lock::take_now(&path, "the second") else {
            panic!("two have it");
        };
        let expected = format!("the first, process {}", std::process::id());
        assert_eq!(holder, Some(expected));
        drop(first);
        Lock::take_now(&path, "the second").unwrap();
    }
}
