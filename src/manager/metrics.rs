//! What the manager has done so far (PERF-04..07).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters of a manager. Clones of a manager share them.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) loads: AtomicU64,
    pub(super) hits: AtomicU64,
    pub(super) disk_hits: AtomicU64,
    pub(super) disk_misses: AtomicU64,
    pub(super) evictions: AtomicU64,
    pub(super) failures: AtomicU64,
    pub(super) nanoseconds: AtomicU64,
    pub(super) cold_nanoseconds: AtomicU64,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn took(counter: &AtomicU64, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        counter.fetch_add(time, Ordering::Relaxed);
    }
}

/// What a manager has in memory, and what it has done so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Extensions in memory.
    pub entries: usize,
    /// How many there can be.
    pub capacity: usize,
    /// About how many bytes they take.
    pub bytes: usize,
    /// Extensions that were loaded, from wherever; those that failed are counted too.
    pub loads: u64,
    /// Of these, those that came from memory.
    pub hits: u64,
    /// Of these, those that did not.
    pub misses: u64,
    /// Of the misses, those that came from the cache on disk.
    pub disk_hits: u64,
    /// Of the misses, those that were looked for there and not found.
    pub disk_misses: u64,
    /// Of the misses, those that failed.
    pub failures: u64,
    /// Extensions that had to go to make room.
    pub evictions: u64,
    /// Time that all loads have taken.
    pub time: Duration,
    /// Time that those have taken that did not come from memory.
    pub miss_time: Duration,
}

impl Metrics {
    pub(super) fn of(counters: &Counters, entries: usize, capacity: usize, bytes: usize) -> Self {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (loads, hits) = (get(&counters.loads), get(&counters.hits));
        Self {
            entries,
            capacity,
            bytes,
            loads,
            hits,
            misses: loads.saturating_sub(hits),
            disk_hits: get(&counters.disk_hits),
            disk_misses: get(&counters.disk_misses),
            failures: get(&counters.failures),
            evictions: get(&counters.evictions),
            time: Duration::from_nanos(get(&counters.nanoseconds)),
            miss_time: Duration::from_nanos(get(&counters.cold_nanoseconds)),
        }
    }

    /// Returns which part of the loads came from memory; 0 when there were none.
    #[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn hit_ratio(&self) -> f64 {
        match self.loads {
            0 => 0.0,
            loads => self.hits as f64 / loads as f64,
        }
    }
}
