//! Several files at a time, and their rows in order.

use std::any::Any;
use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::{Fault, Options, Row, Status, Suite, TestFile, file};
use crate::diagnostic::{Code, Diagnostic, panic_message};

/// The rows of tests: those of one file after those of another, each as soon as it is known. Dropped, it ends everything
/// that runs.
#[derive(Debug)]
pub struct Rows {
    /// The rows of each file.
    files: VecDeque<Receiver<Row>>,
    threads: Vec<JoinHandle<()>>,
    interrupt: crate::nickel::Interrupt,
}

/// A file that waits to be run, and where its rows go.
struct Work {
    suite: Arc<Suite>,
    file: TestFile,
    tell: Sender<Row>,
}

impl Rows {
    /// Begins to run tests.
    pub fn begin(suites: Vec<Suite>, options: &Options) -> Self {
        let mut files = VecDeque::new();
        let mut waiting: VecDeque<Work> = VecDeque::new();
        for mut suite in suites {
            let own = std::mem::take(&mut suite.files);
            let suite = Arc::new(suite);
            for file in own {
                let (tell, rows) = mpsc::channel();
                files.push_back(rows);
                waiting.push_back(Work {
                    suite: Arc::clone(&suite),
                    file,
                    tell,
                });
            }
        }
        let jobs = match options.jobs {
            0 => std::thread::available_parallelism().map_or(1, NonZero::get),
            jobs => jobs,
        };
        let jobs = jobs.min(waiting.len());
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = (0..jobs)
            .filter_map(|_| {
                let waiting = Arc::clone(&waiting);
                let options = options.clone();
                let work = move || {
                    while let Some(work) = next(&waiting) {
                        if options.interrupt.is_triggered() {
                            return;
                        }
                        let outcome = catch_unwind(AssertUnwindSafe(|| work.run(&options)));
                        if let Err(panic) = outcome {
                            let _ = work.tell.send(work.failed(panic.as_ref()));
                        }
                    }
                };
                // Where one thread cannot be started, the others do its work.
                std::thread::Builder::new()
                    .name("test".to_owned())
                    .spawn(work)
                    .ok()
            })
            .collect();
        Self {
            files,
            threads,
            interrupt: options.interrupt.clone(),
        }
    }
}

fn next(waiting: &Mutex<VecDeque<Work>>) -> Option<Work> {
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.pop_front()
}

impl Work {
    fn run(&self, options: &Options) {
        file::run(&self.suite, &self.file, options, &mut |row| {
            // When nobody listens, everything is about to end.
            let _ = self.tell.send(row);
        });
    }

    fn failed(&self, panic: &(dyn Any + Send)) -> Row {
        let finding = Diagnostic::error(
            Code::PluginPanic,
            format!(
                "the tests of this file were not run: {}",
                panic_message(panic)
            ),
        )
        .with_file(&self.file.path)
        .with_help("this is a fault of the plugin: please report it");
        Row {
            extension: self.suite.extension.clone(),
            file: self.file.path.clone(),
            kind: Some(self.file.kind),
            test: None,
            status: Status::Failed,
            duration: None,
            fault: Some(Fault::new(finding)),
            output: String::new(),
        }
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while let Some(rows) = self.files.front() {
            if let Ok(row) = rows.recv() {
                return Some(row);
            }
            self.files.pop_front();
        }
        None
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.interrupt.trigger();
        // When this is over, nothing runs any more.
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
