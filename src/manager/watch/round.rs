//! A round: an extension whose files may have changed is looked at and, if they have, loaded again.

use std::time::{Duration, Instant};

use chrono::Utc;

use super::Watch;
use super::event::{MAX_CHANGED, WatchEvent, WatchKind, findings};
use super::followed::{Followed, Moment, Seen};
use crate::manager::LoadError;
use crate::manager::load::Arrived;

/// How often an extension is loaded again at once because its files have changed meanwhile. Then others have their turn.
const MAX_TRIES: usize = 3;

/// How often directories are looked for that were made while others were found.
const MAX_WALKS: usize = 5;

/// What loading has given.
struct Tried {
    moment: Moment,
    result: Result<Arrived, LoadError>,
    duration: Duration,
}

impl Watch {
    /// Looks at an extension. Nothing when there is nothing to tell, or not yet.
    pub(super) fn round(&mut self, index: usize, is_first: bool) -> Option<WatchEvent> {
        // What is marked from now on has another round.
        let is_moved = self.sight.begin(index) || is_first;
        self.follow_directories(index, is_moved);
        let interrupt = self.manager.evaluator.limits().interrupt.clone();
        for attempt in 1..=MAX_TRIES {
            let followed = self.followed.get_mut(index)?;
            let Ok(moment) = followed.now(&interrupt) else {
                self.sight.mark(index, Instant::now());
                return None;
            };
            if !is_first && moment.seen == followed.told {
                followed.look_from(moment);
                return None;
            }
            if moment.seen == Seen::Gone {
                return Some(self.gone(index, moment, is_first));
            }
            let start = Instant::now();
            let result = self.manager.follow(&moment.place, is_first);
            let tried = Tried {
                moment,
                result,
                duration: start.elapsed(),
            };
            if matches!(tried.result, Err(LoadError::Interrupted)) {
                self.sight.mark(index, Instant::now());
                return None;
            }
            let is_last = is_first && attempt == MAX_TRIES;
            if is_last || is_of_this_moment(followed, &tried) {
                return Some(self.told(index, tried, is_first));
            }
        }
        self.sight.mark(index, Instant::now());
        None
    }

    /// Watches the directories that an extension has now.
    fn follow_directories(&mut self, index: usize, is_moved: bool) {
        let Some(followed) = self.followed.get(index) else {
            return;
        };
        let interrupt = &self.manager.evaluator.limits().interrupt;
        self.sight.set_roots(index, followed.roots());
        for walk in 0..MAX_WALKS {
            // What is made in a directory before that is watched, is found by looking once more.
            let places = followed.directories(interrupt);
            if !self.sight.follow(index, &places, is_moved && walk == 0) {
                break;
            }
        }
    }

    fn gone(&mut self, index: usize, moment: Moment, is_first: bool) -> WatchEvent {
        self.manager.forget(&moment.place);
        let error = is_first.then(|| {
            let path = moment.place.path.clone();
            LoadError::Directory(crate::extension::DirectoryError::NotFound(path))
        });
        let kind = if is_first {
            WatchKind::Watching
        } else {
            WatchKind::Removed
        };
        let mut event = self.event(index, kind);
        event.path.clone_from(&moment.place.path);
        event.errors = error
            .iter()
            .flat_map(|error| findings(error, &moment.place.path))
            .collect();
        if let Some(followed) = self.followed.get_mut(index) {
            followed.keep(moment, None);
        }
        event
    }

    fn told(&mut self, index: usize, tried: Tried, is_first: bool) -> WatchEvent {
        let Tried {
            moment,
            result,
            duration,
        } = tried;
        let was_gone = self
            .followed
            .get(index)
            .is_none_or(|followed| followed.told == Seen::Gone);
        let kind = match (is_first, was_gone) {
            (true, _) => WatchKind::Watching,
            (false, true) => WatchKind::Added,
            (false, false) => WatchKind::Changed,
        };
        let mut changed = Vec::new();
        if let Some(followed) = self.followed.get_mut(index) {
            changed = followed.told.changes_to(&moment.seen, &moment.place.path);
            let outside = result.as_ref().ok().map(|arrived| &arrived.loaded.outside);
            followed.keep(moment, outside);
            self.sight.set_roots(index, followed.roots());
        }
        // What it imports from elsewhere is known only now.
        self.follow_directories(index, false);
        let mut event = self.event(index, kind);
        event.duration = duration;
        event.valid = result.is_ok();
        match &result {
            Ok(arrived) => event.version = Some(arrived.key.version.to_string()),
            Err(error) => event.errors = findings(error, &event.path),
        }
        let more = changed.len().saturating_sub(MAX_CHANGED);
        changed.truncate(MAX_CHANGED);
        event.changed = changed;
        if more > 0 {
            let files = if more == 1 { "file" } else { "files" };
            let said = event.detail.take().map(|said| format!("; {said}"));
            event.detail = Some(format!("{more} more {files}{}", said.unwrap_or_default()));
        }
        event
    }

    /// Returns an event that says what is known of an extension.
    fn event(&mut self, index: usize, kind: WatchKind) -> WatchEvent {
        let detail = self.sight.word(kind == WatchKind::Watching);
        let mut event = WatchEvent {
            event: kind,
            kind: crate::extension::ExtensionType::Template,
            name: String::new(),
            version: None,
            path: std::path::PathBuf::new(),
            changed: Vec::new(),
            valid: false,
            errors: Vec::new(),
            duration: Duration::ZERO,
            time: Utc::now(),
            detail,
        };
        if let Some(followed) = self.followed.get(index) {
            event.kind = followed.watched.kind;
            event.name.clone_from(&followed.watched.name);
            event.version.clone_from(&followed.version);
            event.path.clone_from(&followed.directory);
        }
        event
    }
}

/// Whether what was loaded, or what is wrong, belongs to the files that were looked at.
fn is_of_this_moment(followed: &Followed, tried: &Tried) -> bool {
    match &tried.result {
        Ok(arrived) => {
            tried.moment.seen.digest().as_ref() == Some(&arrived.loaded.extension.fingerprint)
        }
        Err(LoadError::Changing { .. }) => false,
        Err(_) => followed
            .now(&crate::nickel::Interrupt::default())
            .is_ok_and(|now| now.seen == tried.moment.seen),
    }
}
