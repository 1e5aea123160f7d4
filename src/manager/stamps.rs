//! What tells cheaply that the files of an extension are as they were: a look at each of them, without opening any.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::extension::tree::{Kind, Tree, Unseen};
use crate::extension::{Contents, ContentsError, Directory, Packing};
use crate::nickel::Interrupt;

/// A file that was changed so shortly before it was looked at may change again without another time on it.
const RACY: Duration = Duration::from_secs(2);

/// Every file and directory of an extension, and of what it imports from elsewhere, with what the file system says of it.
#[derive(Clone, Debug)]
pub(super) struct Stamps {
    root: PathBuf,
    /// Relative to the root; the root itself is the empty path.
    inside: Vec<(PathBuf, Stamp)>,
    /// Absolute, and nothing for what has to stay absent: found there, it would take the place of another file.
    outside: Vec<(PathBuf, Option<Stamp>)>,
    /// Whether everything had rested when it was looked at; otherwise a change may not show.
    is_settled: bool,
}

/// What the file system says of a file: device, number, length, and the times of the last change of its bytes and of
/// anything about it. The former time can be set to anything, the latter cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    number: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What a look at the files has told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing has changed.
    Same,
    /// Times or numbers have changed, or are so new that they tell nothing: only the contents can tell.
    Doubtful,
}

impl Stamps {
    /// Looks at every file of an extension that counts ([`Contents`]), and at every directory that may get new ones.
    ///
    /// # Errors
    /// Something cannot be looked at, or the work was ended from outside.
    pub(super) fn of(directory: &Directory, interrupt: &Interrupt) -> Result<Self, ContentsError> {
        let tree = Tree::walk(&directory.path, &Packing::of(directory), interrupt)?;
        match tree.unseen.first() {
            None => {}
            Some(Unseen::TooMany(_)) => return Err(ContentsError::TooMany(tree.root)),
            Some(Unseen::Unreadable(path, reason)) => {
                return Err(ContentsError::Unreadable {
                    path: path.clone(),
                    reason: reason.clone(),
                });
            }
        }
        let mut stamps = Self {
            root: tree.root,
            inside: Vec::with_capacity(tree.entries.len() + 1),
            outside: Vec::new(),
            is_settled: true,
        };
        let now = SystemTime::now();
        let base = Base::open(&stamps.root).map_err(|error| unreadable(&stamps.root, &error))?;
        let counted = tree.entries.iter().filter(|entry| Contents::counts(entry));
        let paths = counted.map(|entry| (entry.relative.clone(), entry.kind == Kind::Directory));
        for (relative, is_directory) in std::iter::once((PathBuf::new(), true)).chain(paths) {
            let stamp = base
                .look(&relative)
                .map_err(|error| unreadable(&stamps.root.join(&relative), &error))?;
            let mut stamp = stamp;
            if is_directory {
                // What this is depends on the file system.
                stamp.length = 0;
            }
            stamps.is_settled &= stamp.is_settled(now);
            stamps.inside.push((relative, stamp));
        }
        Ok(stamps)
    }

    /// Whether a file of the extension is looked at.
    pub(super) fn covers(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.root) else {
            return false;
        };
        // They are sorted by path.
        let find = |(known, _): &(PathBuf, Stamp)| known.as_path().cmp(relative);
        self.inside.binary_search_by(find).is_ok()
    }

    /// Returns the files that are looked at with this ending, sorted.
    pub(super) fn with_ending(&self, ending: &str) -> Vec<PathBuf> {
        let is_meant = |path: &&PathBuf| path.extension().is_some_and(|found| found == ending);
        let relative = self.inside.iter().map(|(path, _)| path);
        relative
            .filter(is_meant)
            .map(|path| self.root.join(path))
            .collect()
    }

    /// Adds files outside of the extension, and places where there must be none.
    pub(super) fn add_outside(
        &mut self,
        files: impl IntoIterator<Item = PathBuf>,
        absent: impl IntoIterator<Item = PathBuf>,
    ) {
        let now = SystemTime::now();
        for path in files {
            let stamp = look(&path).ok();
            self.is_settled &= stamp.is_some_and(|stamp| stamp.is_settled(now));
            self.outside.push((path, stamp));
        }
        self.outside
            .extend(absent.into_iter().map(|path| (path, None)));
    }

    /// Looks at everything again.
    pub(super) fn look(&self) -> Look {
        if self.is_settled && self.is_same() {
            Look::Same
        } else {
            Look::Doubtful
        }
    }

    /// Whether the file system says the same of everything.
    pub(super) fn is_same(&self) -> bool {
        let Ok(base) = Base::open(&self.root) else {
            return false;
        };
        self.inside.iter().all(|(path, stamp)| {
            let is_same = |mut now: Stamp| {
                if stamp.length == 0 {
                    now.length = 0;
                }
                now == *stamp
            };
            base.look(path).is_ok_and(is_same)
        }) && self
            .outside
            .iter()
            .all(|(path, stamp)| match (look(path), stamp) {
                (Ok(now), Some(stamp)) => now == *stamp,
                (Err(error), None) => error.kind() == io::ErrorKind::NotFound,
                _ => false,
            })
    }

    /// Returns about how many bytes this takes.
    pub(super) fn bytes(&self) -> usize {
        let inside = self.inside.iter().map(|(path, _)| path.as_os_str().len());
        let outside = self.outside.iter().map(|(path, _)| path.as_os_str().len());
        let entries = self.inside.len() + self.outside.len();
        inside.chain(outside).sum::<usize>() + entries * size_of::<(PathBuf, Option<Stamp>)>()
    }
}

fn unreadable(path: &Path, error: &io::Error) -> ContentsError {
    ContentsError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

impl Stamp {
    /// Whether the file has rested long enough that a change would show. A time that is yet to come tells nothing.
    fn is_settled(&self, now: SystemTime) -> bool {
        let age = |(seconds, _): (i64, i64)| {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?);
            now.duration_since(at).ok()
        };
        let has_rested = |time| age(time).is_none_or(|age| age > RACY);
        // A time of modification may be set to any day; the other one then says when.
        age(self.changed).is_some_and(|age| age > RACY) && has_rested(self.modified)
    }
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat, openat, statat};

    use super::Stamp;

    /// A directory that paths are relative to: the way to it is gone once.
    pub(super) struct Base(OwnedFd);

    impl Base {
        pub(super) fn open(root: &Path) -> io::Result<Self> {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            Ok(Self(openat(CWD, root, flags, Mode::empty())?))
        }

        pub(super) fn look(&self, path: &Path) -> io::Result<Stamp> {
            let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH;
            Ok(stamp(&statat(&self.0, path, flags)?))
        }
    }

    pub(super) fn look(path: &Path) -> io::Result<Stamp> {
        Ok(stamp(&statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    #[allow(clippy::unnecessary_cast, reason = "the widths differ among systems")]
    fn stamp(stat: &Stat) -> Stamp {
        Stamp {
            device: stat.st_dev as u64,
            number: stat.st_ino as u64,
            length: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;
    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    use super::Stamp;

    pub(super) struct Base(PathBuf);

    impl Base {
        pub(super) fn open(root: &Path) -> io::Result<Self> {
            Ok(Self(root.to_owned()))
        }

        pub(super) fn look(&self, path: &Path) -> io::Result<Stamp> {
            look(&self.0.join(path))
        }
    }

    pub(super) fn look(path: &Path) -> io::Result<Stamp> {
        let metadata = path.symlink_metadata()?;
        let time = |time: SystemTime| {
            let since = time
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
            (seconds, i64::from(since.subsec_nanos()))
        };
        Ok(Stamp {
            device: 0,
            number: 0,
            length: metadata.len(),
            modified: time(metadata.modified()?),
            changed: time(metadata.modified()?.max(metadata.created()?)),
        })
    }
}

use system::{Base, look};
