//! Many extensions at once, with reports in the order of the paths.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostic::panic_message;

use super::{Options, Report, ValidationError, Validator};

/// Pieces of work for each thread that are given out before the first of them is asked for: one slow piece does not keep
/// the other threads waiting, and whoever reads only the first result pays for few.
const AHEAD: usize = 4;

/// Reports of many directories, in the order of their paths. They are made as they are asked for, a few ahead.
#[derive(Debug)]
pub struct Reports(Ordered<Result<Report, ValidationError>>);

impl Validator {
    /// Validates directories with that many threads; 0 for as many as there are processors.
    ///
    /// What has begun is ended by the interrupt of the evaluator's limits; nothing else begins once the result is dropped.
    pub fn validate_all(
        &self,
        paths: Vec<PathBuf>,
        options: &Options<'_>,
        threads: usize,
    ) -> Reports {
        let validator = self.clone();
        let rules = options.rules.to_vec();
        let (kind, deny_warnings) = (options.kind, options.deny_warnings);
        Reports(Ordered::new(paths, threads, move |path| {
            let options = Options {
                kind,
                rules: &rules,
                deny_warnings,
            };
            validator.validate(&path, &options)
        }))
    }
}

impl Iterator for Reports {
    type Item = Result<Report, ValidationError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.0.next()?;
        Some(
            result
                .unwrap_or_else(|panic| Err(ValidationError::Fault(panic_message(panic.as_ref())))),
        )
    }
}

/// What a piece of work gave, or why it panicked.
type Outcome<R> = Result<R, Box<dyn Any + Send>>;

/// Results of work that several threads do, in the order in which it was given.
#[derive(Debug)]
struct Ordered<R> {
    /// Work that is not given out yet, the next first.
    waiting: VecDeque<PathBuf>,
    /// To the threads; they end when it is dropped.
    work: Sender<(usize, PathBuf)>,
    done: Receiver<(usize, Outcome<R>)>,
    /// Results whose turn has not come.
    early: BTreeMap<usize, Outcome<R>>,
    /// The number of the next result.
    next: usize,
    /// How much was given out.
    given: usize,
    /// Most that is given out and not asked for.
    window: usize,
    /// Whether nobody wants results any more.
    is_over: Arc<AtomicBool>,
}

impl<R: Send + 'static> Ordered<R> {
    fn new(
        items: Vec<PathBuf>,
        threads: usize,
        action: impl Fn(PathBuf) -> R + Send + Sync + 'static,
    ) -> Self {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        };
        let threads = threads.min(items.len());
        let (work, queue) = mpsc::channel::<(usize, PathBuf)>();
        let (results, done) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let action = Arc::new(action);
        let is_over = Arc::new(AtomicBool::new(false));
        for _ in 0..threads {
            let queue = Arc::clone(&queue);
            let results = results.clone();
            let action = Arc::clone(&action);
            let is_over = Arc::clone(&is_over);
            let serve = move || {
                loop {
                    // The lock is held while waiting, and not while working.
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((number, item)) = next else { return };
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let outcome = catch_unwind(AssertUnwindSafe(|| action(item)));
                    if results.send((number, outcome)).is_err() {
                        return;
                    }
                }
            };
            // Where one thread cannot be started, the others do its work; without any, the results say so.
            let _ = std::thread::Builder::new()
                .name("validate".to_owned())
                .spawn(serve);
        }
        Self {
            waiting: items.into(),
            work,
            done,
            early: BTreeMap::new(),
            next: 0,
            given: 0,
            window: threads * AHEAD,
            is_over,
        }
    }
}

impl<R> Iterator for Ordered<R> {
    type Item = Outcome<R>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.given < self.next + self.window
            && let Some(item) = self.waiting.pop_front()
        {
            // Without threads, the receiver learns it below.
            let _ = self.work.send((self.given, item));
            self.given += 1;
        }
        if self.next == self.given {
            return None;
        }
        let number = self.next;
        self.next += 1;
        loop {
            if let Some(outcome) = self.early.remove(&number) {
                return Some(outcome);
            }
            match self.done.recv() {
                Ok((number, outcome)) => {
                    self.early.insert(number, outcome);
                }
                Err(_) => return Some(Err(Box::new("no thread could be started"))),
            }
        }
    }
}

impl<R> Drop for Ordered<R> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn items(count: usize) -> Vec<PathBuf> {
        (0..count)
            .map(|number| PathBuf::from(number.to_string()))
            .collect()
    }

    #[test]
    fn results_come_in_the_order_of_the_work() {
        for threads in [0, 1, 3, 200] {
            let work = Ordered::new(items(100), threads, |item| item);
            let results: Vec<PathBuf> = work.map(Result::unwrap).collect();
            assert_eq!(results, items(100), "{threads}");
        }
        assert_eq!(Ordered::new(items(0), 0, |item| item).count(), 0);
    }

    #[test]
    fn work_is_done_at_the_same_time() {
        // Each piece waits for two others: with fewer threads this would never end.
        let barrier = Barrier::new(3);
        let work = Ordered::new(items(9), 3, move |_| {
            barrier.wait();
        });
        assert_eq!(work.filter(Result::is_ok).count(), 9);
    }

    #[test]
    fn nothing_is_done_far_ahead_of_the_reader() {
        let started = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&started);
        let mut work = Ordered::new(items(1000), 2, move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        assert!(work.next().is_some());
        drop(work);
        assert!(started.load(Ordering::Relaxed) <= 2 * AHEAD);
    }

    #[test]
    fn a_panic_is_the_result_of_its_work_only() {
        let work = Ordered::new(items(3), 1, |item| {
            assert!(item.as_os_str() != "1", "on purpose");
        });
        let fine: Vec<bool> = work.map(|outcome| outcome.is_ok()).collect();
        assert_eq!(fine, [true, false, true]);
    }
}
