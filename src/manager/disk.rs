//! The cache on disk: what was read of an extension, for the next process.
//!
//! An entry is a file whose name is a digest of everything that it follows from. It is written beside its place and renamed,
//! so that it is there as a whole or not at all, and it carries a digest of itself: what a crash, a full disk or somebody
//! else has made of it is a miss. Every entry can be removed at any time, by anybody who may. Nothing is locked.

mod examined;

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::memory::lock;
use crate::store::open_file;

pub use examined::Examined;

/// The folder in the cache directory.
const FOLDER: &str = "loaded";
/// The format of the entries. Programs with other formats have folders of their own beside this one.
const FORMAT: &str = "1";
/// What an entry begins and ends with. The end is written last.
const BEGIN: &[u8; 8] = b"provext1";
const END: &[u8; 8] = b"complete";
/// Begins the names of files that are being written.
const UNFINISHED: &str = ".new-";
/// Files that are still unfinished after so long will never be.
const ABANDONED: Duration = Duration::from_secs(600);
/// Largest entry, in bytes.
const MAX_ENTRY: u64 = 16 << 20;
/// How much of the limit is left after making room, so that there is not room to be made for every entry.
const KEPT: (u64, u64) = (9, 10);
/// After so many entries the directory is counted again: other processes write as well.
const RECOUNT: usize = 64;
/// The last use of an entry is written down once in so long.
const USED_AGAIN: Duration = Duration::from_secs(60);

/// What tells an entry from every other one.
pub type EntryKey = [u8; 32];

/// The cache on disk in one directory.
#[derive(Clone, Debug)]
pub struct DiskCache {
    /// `<cache_dir>/loaded`.
    base: PathBuf,
    limit: u64,
}

/// How much a process believes that there is, so that it need not count each time.
#[derive(Debug, Default)]
pub struct Estimate(Mutex<Option<(PathBuf, u64, usize)>>);

/// What is in the cache on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Entries.
    pub entries: usize,
    /// Bytes that they take.
    pub bytes: u64,
    /// When the entry that was not used for the longest time was used last.
    pub oldest: Option<SystemTime>,
}

/// What was removed from the cache on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Entries.
    pub entries: usize,
    /// Bytes that they took.
    pub bytes: u64,
}

/// Why the cache on disk is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskProblem {
    /// It cannot be made or written.
    #[error("`{}` cannot be written: {reason}", path.display())]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Somebody else could write what would be read from it.
    #[error("`{}` {what}, and is not trusted", path.display())]
    Untrusted {
        /// The directory.
        path: PathBuf,
        /// Why not.
        what: &'static str,
    },
}

/// An entry of the directory.
struct Found {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl DiskCache {
    /// Returns the cache in a directory, which may hold other things as well. It is made when the first entry is written.
    pub fn new(cache_dir: &Path, limit: u64) -> Self {
        Self {
            base: cache_dir.join(FOLDER),
            limit,
        }
    }

    /// Returns the directory of the entries.
    pub fn directory(&self) -> PathBuf {
        self.base.join(FORMAT)
    }

    /// Returns the most bytes that it takes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    fn path(&self, key: &EntryKey) -> PathBuf {
        let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let (folder, name) = name.split_at(2);
        self.directory().join(folder).join(name)
    }

    /// Returns an entry, if it is there, whole, and ours.
    pub fn get(&self, key: &EntryKey) -> Option<Vec<u8>> {
        if self.distrust().is_some() {
            return None;
        }
        let path = self.path(key);
        let (metadata, bytes) = read(&path)?;
        let payload = opened(key, &bytes)?.to_vec();
        let now = SystemTime::now();
        let is_long_ago =
            |used: SystemTime| now.duration_since(used).is_ok_and(|ago| ago > USED_AGAIN);
        if metadata.modified().is_ok_and(is_long_ago) {
            // Where it may not be written, it is not made room in either.
            let _ = set_used(&path, now);
        }
        Some(payload)
    }

    /// Writes an entry, and makes room for it. What is larger than an entry may be is left out.
    ///
    /// # Errors
    /// It cannot be written; nothing of it stays.
    pub fn put(
        &self,
        key: &EntryKey,
        payload: &[u8],
        estimate: &Estimate,
    ) -> Result<(), DiskProblem> {
        let bytes = sealed(key, payload);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > MAX_ENTRY.min(self.limit) {
            return Ok(());
        }
        self.prepare()?;
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.base);
        let unwritable = |error: io::Error| DiskProblem::Unwritable {
            path: folder.to_owned(),
            reason: error.to_string(),
        };
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new()
                .prefix(UNFINISHED)
                .tempfile_in(folder)?;
            file.write_all(&bytes)?;
            // Without a sync: what a power cut makes of it is found out when it is read.
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        make_directory(folder).map_err(unwritable)?;
        match write() {
            // Removed by somebody else meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(&self.base).map_err(unwritable)?;
                make_directory(&self.directory()).map_err(unwritable)?;
                make_directory(folder).map_err(unwritable)?;
                write().map_err(unwritable)?;
            }
            result => result.map_err(unwritable)?,
        }
        self.make_room(length, estimate);
        Ok(())
    }

    /// Makes the directory, and says why it cannot be used.
    ///
    /// # Errors
    /// It cannot be made, or must not be trusted.
    pub fn prepare(&self) -> Result<(), DiskProblem> {
        for directory in [&self.base, &self.directory()] {
            make_directory(directory).map_err(|error| DiskProblem::Unwritable {
                path: directory.clone(),
                reason: error.to_string(),
            })?;
        }
        match self.distrust() {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }

    /// Returns why what is in the directory must not be read, if there is a directory.
    pub fn distrust(&self) -> Option<DiskProblem> {
        for path in [&self.base, &self.directory()] {
            let metadata = match path.symlink_metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    return Some(DiskProblem::Unwritable {
                        path: path.clone(),
                        reason: error.to_string(),
                    });
                }
            };
            if let Some(what) = untrusted(&metadata) {
                return Some(DiskProblem::Untrusted {
                    path: path.clone(),
                    what,
                });
            }
        }
        None
    }

    /// Counts what there is.
    pub fn usage(&self) -> Usage {
        let found = self.entries();
        Usage {
            entries: found.len(),
            bytes: found.iter().map(|entry| entry.bytes).sum(),
            oldest: found.iter().map(|entry| entry.used).min(),
        }
    }

    /// Returns the entries that are not what was written, sorted: they are never read, and take room.
    pub fn damaged(&self) -> Vec<PathBuf> {
        let is_whole = |path: &Path| {
            let key = key_of(path)?;
            opened(&key, &read(path)?.1).map(|_| ())
        };
        let mut damaged: Vec<PathBuf> = self
            .entries()
            .into_iter()
            .map(|entry| entry.path)
            .filter(|path| is_whole(path).is_none())
            .collect();
        damaged.sort();
        damaged
    }

    /// Removes every entry, also those of other versions of this program, or those that were not used for so long.
    ///
    /// # Errors
    /// The directory must not be trusted, or something in it cannot be removed.
    pub fn clear(&self, older_than: Option<Duration>) -> Result<Cleared, DiskProblem> {
        if let Some(problem) = self.distrust() {
            return Err(problem);
        }
        let mut cleared = Cleared::default();
        let mut problem = None;
        let now = SystemTime::now();
        for entry in entries(&self.base) {
            let age = now.duration_since(entry.used).unwrap_or_default();
            if older_than.is_some_and(|limit| age <= limit) {
                continue;
            }
            match std::fs::remove_file(&entry.path) {
                Ok(()) => {
                    cleared.entries += 1;
                    cleared.bytes += entry.bytes;
                }
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    problem = Some(DiskProblem::Unwritable {
                        path: entry.path,
                        reason: error.to_string(),
                    });
                }
            }
        }
        problem.map_or(Ok(cleared), Err)
    }

    fn entries(&self) -> Vec<Found> {
        entries(&self.directory())
    }

    /// Removes the entries that were not used for the longest time, as long as there is more than the limit.
    fn make_room(&self, added: u64, estimate: &Estimate) {
        let mut known = lock(&estimate.0);
        match &mut *known {
            Some((path, bytes, writes)) if *path == self.base && *writes < RECOUNT => {
                *bytes += added;
                *writes += 1;
                if *bytes <= self.limit {
                    return;
                }
            }
            _ => {}
        }
        let mut found = self.entries();
        let mut bytes: u64 = found.iter().map(|entry| entry.bytes).sum();
        if bytes > self.limit {
            found.sort_by_key(|entry| std::cmp::Reverse(entry.used));
            let kept = self.limit / KEPT.1 * KEPT.0;
            while bytes > kept {
                let Some(entry) = found.pop() else { break };
                // Where it cannot be removed, somebody else has, or nothing helps.
                let _ = std::fs::remove_file(&entry.path);
                bytes = bytes.saturating_sub(entry.bytes);
            }
        }
        *known = Some((self.base.clone(), bytes, 0));
    }
}

/// Returns the entries below a directory, and removes what was never finished.
fn entries(directory: &Path) -> Vec<Found> {
    let mut all = Vec::new();
    let mut wanted = vec![(directory.to_owned(), 0)];
    while let Some((directory, depth)) = wanted.pop() {
        for entry in directory.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(metadata) = path.symlink_metadata() else {
                continue;
            };
            if metadata.is_dir() {
                if depth < 2 {
                    wanted.push((path, depth + 1));
                }
                continue;
            }
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let is_unfinished = entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(UNFINISHED.as_bytes());
            if !is_unfinished {
                all.push(Found {
                    path,
                    bytes: metadata.len(),
                    used,
                });
            } else if used.elapsed().is_ok_and(|age| age > ABANDONED) {
                let _ = std::fs::remove_file(&path);
            }
        }
    }
    all
}

/// Reads a file that may be an entry, if it is ours.
fn read(path: &Path) -> Option<(std::fs::Metadata, Vec<u8>)> {
    let file = open_file(path).ok()?;
    let metadata = file.metadata().ok()?;
    if metadata.len() > MAX_ENTRY || is_of_somebody_else(&metadata) {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
    file.take(MAX_ENTRY).read_to_end(&mut bytes).ok()?;
    Some((metadata, bytes))
}

/// Returns the key that the name of a file stands for.
fn key_of(path: &Path) -> Option<EntryKey> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?.file_name()?.to_str()?;
    let text = format!("{folder}{name}");
    let mut key = EntryKey::default();
    if text.len() != 2 * key.len() || !text.is_ascii() {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(key)
}

/// Returns an entry as it is written.
fn sealed(key: &EntryKey, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 64);
    bytes.extend(BEGIN);
    bytes.extend(digest(key, payload));
    bytes.extend(payload);
    bytes.extend(END);
    bytes
}

/// Returns what is in an entry, if not a bit of it is another.
fn opened<'a>(key: &EntryKey, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let rest = bytes.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let (written, payload) = rest.split_at_checked(32)?;
    (written == digest(key, payload)).then_some(payload)
}

fn digest(key: &EntryKey, payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(BEGIN);
    hash.update(key);
    hash.update(payload);
    hash.finalize().into()
}

fn set_used(path: &Path, time: SystemTime) -> io::Result<()> {
    std::fs::OpenOptions::new()
        .append(true)
        .open(path)?
        .set_modified(time)
}

#[cfg(unix)]
fn make_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

#[cfg(unix)]
fn is_of_somebody_else(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() != rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_of_somebody_else(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// Returns why a directory is not trusted.
fn untrusted(metadata: &std::fs::Metadata) -> Option<&'static str> {
    if !metadata.is_dir() {
        return Some("is no directory");
    }
    if is_of_somebody_else(metadata) {
        return Some("belongs to somebody else");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o022 != 0 {
            return Some("can be written by others");
        }
    }
    None
}

#[cfg(test)]
mod tests;
