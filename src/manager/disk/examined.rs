//! A look at every entry of the cache on disk that changes nothing.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{ABANDONED, DiskCache, UNFINISHED, key_of, opened, read};

/// What a look at every entry gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Entries.
    pub entries: usize,
    /// Bytes that they take.
    pub bytes: u64,
    /// Entries that are not what was written, or somebody else's: they are never used.
    pub damaged: usize,
    /// Files that were begun and never finished.
    pub abandoned: usize,
    /// Whether everything was looked at.
    pub is_whole: bool,
}

impl DiskCache {
    /// Looks at every entry, until `stop` says so.
    pub fn examine(&self, stop: &dyn Fn() -> bool) -> Examined {
        let mut found = Examined {
            is_whole: true,
            ..Examined::default()
        };
        let folders = children(&self.directory());
        let files = folders.iter().flat_map(|folder| children(folder));
        for path in files {
            if stop() {
                found.is_whole = false;
                break;
            }
            let Ok(metadata) = path.symlink_metadata() else {
                continue;
            };
            let name = path.file_name().unwrap_or_default();
            if name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
                let begun = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let is_old = begun.elapsed().is_ok_and(|age| age > ABANDONED);
                found.abandoned += usize::from(is_old);
                continue;
            }
            found.entries += 1;
            found.bytes += metadata.len();
            found.damaged += usize::from(!is_entry(&path));
        }
        found
    }
}

fn children(directory: &Path) -> Vec<PathBuf> {
    let entries = directory.read_dir().into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Whether an entry would be used: it is ours, whole, and the one of its name.
fn is_entry(path: &Path) -> bool {
    let whole = || opened(&key_of(path)?, &read(path)?.1).map(|_| ());
    whole().is_some()
}

#[cfg(test)]
mod tests {
    use super::super::Estimate;
    use super::*;
    use std::time::Duration;

    #[test]
    fn whole_entries_damaged_ones_and_abandoned_files_are_told_apart_and_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let cache = DiskCache::new(home.path(), 1 << 20);
        let look = || cache.examine(&|| false);
        assert_eq!(
            look(),
            Examined {
                is_whole: true,
                ..Examined::default()
            }
        );
        assert_eq!(home.path().read_dir().unwrap().count(), 0);
        for number in 1..=3 {
            cache
                .put(&[number; 32], b"payload", &Estimate::default())
                .unwrap();
        }
        let whole = look();
        assert_eq!((whole.entries, whole.damaged, whole.abandoned), (3, 0, 0));
        let path = cache.path(&[2; 32]);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        // An entry by the name of another one is as bad.
        std::fs::copy(cache.path(&[1; 32]), cache.path(&[3; 32])).unwrap();
        let begun = path.parent().unwrap().join(".new-x");
        let file = std::fs::File::create(&begun).unwrap();
        assert_eq!(look().abandoned, 0);
        file.set_modified(SystemTime::now() - 2 * ABANDONED - Duration::from_secs(1))
            .unwrap();
        let found = look();
        assert_eq!((found.entries, found.damaged, found.abandoned), (3, 2, 1));
        assert!(begun.exists());
        assert!(!cache.examine(&|| true).is_whole);
    }
}
