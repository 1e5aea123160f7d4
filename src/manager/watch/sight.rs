//! What the system tells of changes: which extensions may have changed, and since when.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::followed::Places;
use super::{DEFAULT_POLL, MOST_RESTS, SWEEP, WatchOptions};
use crate::manager::memory::lock;

/// Whether each directory is watched by itself. Elsewhere the system watches whole trees, and many watches cost much.
const ONE_BY_ONE: bool = cfg!(not(any(target_os = "macos", windows)));

/// Least time between two looks at all files.
const LEAST_POLL: Duration = Duration::from_millis(10);

/// Longest time that anything waits for.
const MOST_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells of changes.
pub(super) struct Sight {
    /// None when the system tells nothing.
    watcher: Option<Box<dyn Watcher + Send>>,
    shared: Arc<Shared>,
    options: WatchOptions,
    /// The directories that are watched for each extension, and whether everything below them is.
    directories: Vec<BTreeMap<PathBuf, bool>>,
    /// Why all files are looked at instead.
    reason: Option<String>,
    /// Whether that has to be told still.
    is_news: bool,
}

/// What the thread of the system's watcher writes down: a mark for each extension, however much has changed.
#[derive(Debug)]
struct Shared {
    marks: Mutex<Vec<Mark>>,
    news: Condvar,
    rest: Duration,
}

#[derive(Clone, Debug, Default)]
struct Mark {
    /// The paths that it is known by.
    roots: Vec<PathBuf>,
    /// When it may have changed first, and last.
    since: Option<(Instant, Instant)>,
    /// The directories that are watched for it.
    directories: BTreeSet<PathBuf>,
    /// Whether one of them may be another one by now.
    is_moved: bool,
}

impl std::fmt::Debug for Sight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sight")
            .field("is_told", &self.watcher.is_some())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

impl Sight {
    /// Begins to watch nothing yet, for so many extensions.
    pub(super) fn open(count: usize, options: WatchOptions) -> Self {
        Self::with(count, options, |shared| {
            // A link may lead anywhere, and what it leads to is no part of an extension.
            let config = notify::Config::default().with_follow_symlinks(false);
            let watcher = RecommendedWatcher::new(move |event| shared.take(event), config)?;
            Ok(Box::new(watcher))
        })
    }

    fn with(
        count: usize,
        options: WatchOptions,
        open: impl FnOnce(Arc<Shared>) -> notify::Result<Box<dyn Watcher + Send>>,
    ) -> Self {
        let options = WatchOptions {
            poll: options.poll.map(|time| time.clamp(LEAST_POLL, MOST_TIME)),
            rest: options.rest.min(MOST_TIME),
        };
        let shared = Arc::new(Shared {
            marks: Mutex::new(vec![Mark::default(); count]),
            news: Condvar::new(),
            rest: options.rest,
        });
        let mut sight = Self {
            watcher: None,
            shared: Arc::clone(&shared),
            options,
            directories: vec![BTreeMap::new(); count],
            reason: None,
            is_news: false,
        };
        if options.poll.is_some() {
            sight.reason = Some(String::new());
            return sight;
        }
        match open(shared) {
            Ok(watcher) => sight.watcher = Some(watcher),
            Err(error) => sight.give_up(&error),
        }
        sight
    }

    /// Returns the time between two looks at all files.
    pub(super) fn between_sweeps(&self) -> Duration {
        if self.reason.is_some() {
            self.options.poll.unwrap_or(DEFAULT_POLL)
        } else {
            SWEEP
        }
    }

    /// Says how files are watched if they are looked at; to each extension at first, and to anyone when that has changed.
    pub(super) fn word(&mut self, is_first: bool) -> Option<String> {
        let reason = self.reason.as_ref()?;
        let is_news = std::mem::take(&mut self.is_news);
        if !is_first && !is_news {
            return None;
        }
        let time = self.between_sweeps();
        Some(if reason.is_empty() {
            format!("the files are looked at every {time:?}")
        } else {
            format!("the files are looked at every {time:?}: {reason}")
        })
    }

    /// Says that an extension may have changed.
    pub(super) fn mark(&self, index: usize, now: Instant) {
        if let Some(mark) = lock(&self.shared.marks).get_mut(index) {
            mark.touch(now);
        }
    }

    /// Begins a round: what was marked is being looked at. Returns whether directories may have been replaced.
    pub(super) fn begin(&self, index: usize) -> bool {
        let mut marks = lock(&self.shared.marks);
        marks.get_mut(index).is_some_and(|mark| {
            mark.since = None;
            std::mem::take(&mut mark.is_moved)
        })
    }

    /// Returns the extension that is to be looked at first, and when.
    pub(super) fn earliest(&self) -> Option<(usize, Instant)> {
        let marks = lock(&self.shared.marks);
        let due = |(index, mark): (usize, &Mark)| Some((index, mark.due(self.shared.rest)?));
        marks
            .iter()
            .enumerate()
            .filter_map(due)
            .min_by_key(|(_, at)| *at)
    }

    /// Whether an extension has been changing for so long that it is not waited for any more.
    pub(super) fn is_overdue(&self, index: usize, now: Instant) -> bool {
        let marks = lock(&self.shared.marks);
        let since = marks.get(index).and_then(|mark| mark.since);
        since.is_none_or(|(first, _)| now >= first + self.shared.rest * MOST_RESTS)
    }

    /// Waits until something is marked, but no longer than this.
    pub(super) fn wait(&self, time: Duration) {
        let marks = lock(&self.shared.marks);
        let earliest = |marks: &[Mark]| {
            let due = marks.iter().filter_map(|mark| mark.due(self.shared.rest));
            due.min().is_some()
        };
        // With a mark there is a time to wait for, and more of them change nothing.
        let is_marked = earliest(&marks);
        let result = self
            .shared
            .news
            .wait_timeout_while(marks, time, |marks| is_marked || !earliest(marks));
        drop(result.unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn set_roots(&self, index: usize, roots: Vec<PathBuf>) {
        if let Some(mark) = lock(&self.shared.marks).get_mut(index) {
            mark.roots = roots;
        }
    }

    /// Watches the directories of an extension; all of them anew, if they may have been replaced. Returns whether there were
    /// new ones.
    pub(super) fn follow(&mut self, index: usize, places: &Places, is_moved: bool) -> bool {
        if self.watcher.is_none() {
            return false;
        }
        let mut wanted: BTreeMap<PathBuf, bool> = places
            .around
            .iter()
            .filter(|path| path.is_dir())
            .map(|path| (path.clone(), false))
            .collect();
        wanted.extend(places.root.clone().map(|root| (root, !ONE_BY_ONE)));
        if ONE_BY_ONE {
            wanted.extend(places.inside.iter().map(|path| (path.clone(), false)));
        }
        let Some(before) = self.directories.get_mut(index) else {
            return false;
        };
        let before = std::mem::replace(before, wanted.clone());
        if let Some(mark) = lock(&self.shared.marks).get_mut(index) {
            mark.directories = wanted.keys().cloned().collect();
        }
        let others: BTreeSet<&PathBuf> = self
            .directories
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .flat_map(|(_, paths)| paths.keys())
            .collect();
        let gone = before
            .keys()
            .filter(|path| !wanted.contains_key(*path) && !others.contains(path));
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        for path in gone {
            // Where it went, its watch went too.
            let _ = watcher.unwatch(path);
        }
        let is_own_root = |path: &Path| places.root.as_deref() == Some(path);
        let mut has_new = false;
        let mut failure = None;
        for (path, is_whole) in &wanted {
            let is_new = !before.contains_key(path);
            has_new |= is_new;
            let is_there = !is_new || (others.contains(path) && !is_own_root(path));
            if is_there && !is_moved {
                continue;
            }
            let mode = if *is_whole {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            };
            // Another directory may have its name by now.
            let _ = watcher.unwatch(path);
            match watcher.watch(path, mode) {
                Err(error) if is_final(&error) => failure = Some(error),
                // It is gone already, or cannot be read, which loading tells.
                Ok(()) | Err(_) => {}
            }
            if failure.is_some() {
                break;
            }
        }
        if let Some(error) = failure {
            self.give_up(&error);
            return false;
        }
        has_new
    }

    /// Looks at all files from now on.
    fn give_up(&mut self, error: &notify::Error) {
        self.watcher = None;
        self.directories.iter_mut().for_each(BTreeMap::clear);
        self.is_news = true;
        self.reason = Some(match &error.kind {
            ErrorKind::MaxFilesWatch => {
                "the system watches no more directories (fs.inotify.max_user_watches)".to_owned()
            }
            ErrorKind::Io(error) if is_out_of_files(error) => {
                "the system has no more watchers for this user (fs.inotify.max_user_instances)"
                    .to_owned()
            }
            _ => "the system tells nothing of changes".to_owned(),
        });
    }
}

/// Whether an error is about the watcher and not about one directory.
fn is_final(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => is_out_of_files(error),
        _ => false,
    }
}

#[cfg(unix)]
fn is_out_of_files(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    number.is_some_and(|number| [Errno::MFILE, Errno::NFILE, Errno::NOSPC].contains(&number))
}

#[cfg(not(unix))]
fn is_out_of_files(_error: &std::io::Error) -> bool {
    false
}

impl Mark {
    fn touch(&mut self, now: Instant) {
        let first = self.since.map_or(now, |(first, _)| first);
        self.since = Some((first, now));
    }

    /// Returns when the extension is to be looked at: after a rest, or when there has been none for long.
    fn due(&self, rest: Duration) -> Option<Instant> {
        let (first, last) = self.since?;
        Some((last + rest).min(first + rest * MOST_RESTS))
    }

    /// Whether a change of this path may be one of the extension.
    fn is_about(&self, path: &Path) -> bool {
        self.roots
            .iter()
            .any(|root| path.starts_with(root) || root.starts_with(path))
    }

    /// Whether a directory that is watched may have come or gone with this path.
    fn moves_with(&self, path: &Path) -> bool {
        self.directories.contains(path) || self.roots.iter().any(|root| root.starts_with(path))
    }
}

impl Shared {
    /// Takes note of what the system tells.
    fn take(&self, event: notify::Result<notify::Event>) {
        let now = Instant::now();
        let event = event.ok();
        // That a file was opened or read is told too, and it is this program that reads them.
        let is_read = |kind: &EventKind| matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write));
        if event.as_ref().is_some_and(|event| is_read(&event.kind)) {
            return;
        }
        let paths = event
            .as_ref()
            .filter(|event| !event.need_rescan())
            .map(|event| event.paths.as_slice())
            .unwrap_or_default();
        let is_moved = event.as_ref().is_none_or(|event| {
            !matches!(
                event.kind,
                EventKind::Access(_)
                    | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_))
            )
        });
        let mut marks = lock(&self.marks);
        for mark in marks.iter_mut() {
            // Without a path, it may be any.
            let is_any = paths.is_empty();
            if is_any || paths.iter().any(|path| mark.is_about(path)) {
                mark.touch(now);
                mark.is_moved |=
                    is_moved && (is_any || paths.iter().any(|path| mark.moves_with(path)));
            }
        }
        drop(marks);
        self.news.notify_all();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A system that has given away all its watches.
    #[derive(Debug)]
    struct Exhausted;

    impl Watcher for Exhausted {
        fn new<F: notify::EventHandler>(_: F, _: notify::Config) -> notify::Result<Self> {
            Ok(Self)
        }

        fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
            Err(notify::Error::new(ErrorKind::MaxFilesWatch))
        }

        fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
            Err(notify::Error::watch_not_found())
        }

        fn kind() -> notify::WatcherKind {
            notify::WatcherKind::NullWatcher
        }
    }

    /// Returns a sight on a system without watches.
    pub(in crate::manager::watch) fn exhausted(count: usize) -> Sight {
        Sight::with(count, WatchOptions::default(), |_| Ok(Box::new(Exhausted)))
    }

    /// Returns a sight on a system that takes watches and tells nothing, such as some file systems of other machines.
    pub(in crate::manager::watch) fn mute(count: usize) -> Sight {
        Sight::with(count, WatchOptions::default(), |_| {
            Ok(Box::new(notify::NullWatcher))
        })
    }

    #[test]
    fn an_extension_is_due_after_a_rest_and_at_last_in_spite_of_writes() {
        let start = Instant::now();
        let rest = Duration::from_millis(100);
        let mut mark = Mark::default();
        assert_eq!(mark.due(rest), None);
        mark.touch(start);
        mark.touch(start + rest / 2);
        assert_eq!(mark.due(rest), Some(start + rest / 2 + rest));
        for step in 1..1_000 {
            mark.touch(start + rest / 2 * step);
        }
        assert_eq!(mark.due(rest), Some(start + rest * MOST_RESTS));
    }

    #[test]
    fn reading_marks_nothing_and_an_overflow_marks_everything() {
        let sight = mute(2);
        sight.set_roots(0, vec!["/x/a".into()]);
        sight.set_roots(1, vec!["/x/b".into()]);
        let marked = |event: notify::Event| {
            sight.shared.take(Ok(event));
            [0, 1].map(|index| {
                let is_marked = lock(&sight.shared.marks)[index].since.is_some();
                sight.begin(index);
                is_marked
            })
        };
        let event = |kind, path: &str| notify::Event::new(kind).add_path(path.into());
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert_eq!(marked(event(open, "/x/a/f")), [false, false]);
        let data = EventKind::Modify(ModifyKind::Any);
        assert_eq!(marked(event(data, "/x/a/f")), [true, false]);
        assert_eq!(marked(event(data, "/x/ab")), [false, false]);
        assert_eq!(marked(event(data, "/x")), [true, true]);
        let overflow = notify::Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert_eq!(marked(overflow), [true, true]);
    }
}
