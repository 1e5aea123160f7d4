//! Watching extensions: what is loaded follows what is on disk (FUT-01).
//!
//! The system's word that a file has changed is a hint, and its word about *what* has changed is not used at all. After each
//! hint, when the files have come to rest, their contents are compared with those of the last time; what differs is loaded
//! again and told. So a touch is no event, a burst of writes is one, and what a burst costs in memory is a mark for each
//! extension. A look at the files every few seconds finds what the system did not tell: a folder above that was moved, an
//! overflow, a file system of another machine.

mod event;
mod followed;
mod reload;
mod round;
mod sight;
mod wanted;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::ExtensionManager;
use followed::Followed;
use sight::Sight;

pub use event::{WatchEvent, WatchKind};
pub use wanted::Watched;

/// How long the files of an extension have to rest before it is loaded again, unless the caller says otherwise.
pub const DEFAULT_REST: Duration = Duration::from_millis(100);

/// How many times as long writing may go on before it is loaded anyway.
const MOST_RESTS: u32 = 10;

/// Time between two looks at all files when that is all there is, unless the caller says otherwise.
pub const DEFAULT_POLL: Duration = Duration::from_millis(500);

/// Time between two looks at all files where the system tells of changes.
const SWEEP: Duration = Duration::from_secs(3);

/// How long nobody asks whether the watch is over.
const NAP: Duration = Duration::from_millis(50);

/// How extensions are watched.
#[derive(Clone, Copy, Debug)]
pub struct WatchOptions {
    /// Looks at all files this often instead of being told by the system.
    pub poll: Option<Duration>,
    /// How long files have to rest.
    pub rest: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            poll: None,
            rest: DEFAULT_REST,
        }
    }
}

/// Watched extensions. [`Watch::next`] does all the work, in the thread of its caller; dropping this ends the watch.
#[derive(Debug)]
pub struct Watch {
    manager: ExtensionManager,
    followed: Vec<Followed>,
    sight: Sight,
    /// How many extensions were told of for the first time.
    begun: usize,
    next_sweep: Instant,
    events: VecDeque<WatchEvent>,
}

impl ExtensionManager {
    /// Begins to watch extensions, and loads them. The first event of each says how it is.
    pub fn watch(&self, wanted: Vec<Watched>, options: WatchOptions) -> Watch {
        let sight = Sight::open(wanted.len(), options);
        Watch::new(self.clone(), wanted, sight)
    }
}

impl Watch {
    fn new(manager: ExtensionManager, wanted: Vec<Watched>, sight: Sight) -> Self {
        Self {
            manager,
            followed: wanted.into_iter().map(Followed::new).collect(),
            next_sweep: Instant::now() + sight.between_sweeps(),
            sight,
            begun: 0,
            events: VecDeque::new(),
        }
    }

    /// Waits for the next event; nothing when `is_over` says so, which is asked about twenty times a second.
    pub fn next(&mut self, is_over: &dyn Fn() -> bool) -> Option<WatchEvent> {
        loop {
            if is_over() {
                return None;
            }
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.begun < self.followed.len() {
                let first = self.begun;
                self.begun += 1;
                let event = self.round(first, true);
                self.events.extend(event);
                continue;
            }
            let now = Instant::now();
            if now >= self.next_sweep {
                self.sweep(now);
                self.next_sweep = Instant::now() + self.sight.between_sweeps();
            }
            let due = self.sight.earliest();
            match due {
                Some((index, at)) if at <= now => {
                    if self.has_rested(index, now) {
                        let event = self.round(index, false);
                        self.events.extend(event);
                    }
                }
                _ => {
                    let until = due.map_or(self.next_sweep, |(_, at)| at.min(self.next_sweep));
                    let time = until.saturating_duration_since(now).min(NAP);
                    self.sight.wait(time);
                }
            }
        }
    }

    /// Looks at all files, without opening any that has rested.
    fn sweep(&mut self, now: Instant) {
        for (index, followed) in self.followed.iter_mut().enumerate() {
            if followed.may_have_changed() {
                followed.glimpse();
                self.sight.mark(index, now);
            }
        }
    }

    /// Whether files that were seen to change by looking at them have stayed as they were since.
    fn has_rested(&mut self, index: usize, now: Instant) -> bool {
        let Some(followed) = self.followed.get_mut(index) else {
            return true;
        };
        if followed.is_as_glimpsed() || self.sight.is_overdue(index, now) {
            return true;
        }
        followed.glimpse();
        self.sight.mark(index, now);
        false
    }
}

#[cfg(test)]
mod tests;
