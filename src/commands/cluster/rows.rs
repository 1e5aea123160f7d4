//! The rows that work on a deployment tells, as they come.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nu_protocol::{Span, Value};
use provisioning::lifecycle::{Event, EventStatus, LifecycleError, Outcome};
use provisioning::nickel::Interrupt;

use super::outcome::{failed, not_done_at};
use super::values::event_value;
use super::work::Job;
use crate::shell::Progress;

/// Time between two looks at what is shown to a person.
const BETWEEN: Duration = Duration::from_millis(250);

/// What the thread tells that does the work.
pub(super) enum Told {
    /// Something has happened.
    Event(Event),
    /// That was all.
    Ended(Result<Outcome, LifecycleError>),
}

/// The rows. The work is interrupted when nobody wants more of them, and the journal knows where.
pub(super) struct Rows {
    receiver: Receiver<Told>,
    thread: Option<JoinHandle<()>>,
    interrupt: Interrupt,
    /// Shown to a person who waits.
    progress: Option<Progress>,
    /// What goes on at the moment.
    running: Vec<String>,
    since: Instant,
    job: Job,
    head: Span,
    is_over: bool,
}

impl Rows {
    pub(super) fn new(
        receiver: Receiver<Told>,
        thread: JoinHandle<()>,
        interrupt: Interrupt,
        is_quiet: bool,
        job: Job,
        head: Span,
    ) -> Self {
        Self {
            receiver,
            thread: Some(thread),
            interrupt,
            progress: (!is_quiet).then(|| Progress::new(0)),
            running: Vec::new(),
            since: Instant::now(),
            job,
            head,
            is_over: false,
        }
    }

    fn note(&mut self, event: &Event) {
        let what = format!("{} {}", event.operation, event.component);
        let waiting = format!("waiting for {}", event.component);
        match event.status {
            EventStatus::Started => self.running.push(what),
            EventStatus::Waiting => self.running.push(waiting),
            _ => self
                .running
                .retain(|known| *known != what && *known != waiting),
        }
    }

    fn show(&mut self) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        let Job {
            operation, name, ..
        } = &self.job;
        let seconds = self.since.elapsed().as_secs();
        let running = match self.running.is_empty() {
            true => "asking the components".to_owned(),
            false => self.running.join(", "),
        };
        progress.show(&format!("{operation} {name}, {seconds} s: {running}"));
    }
}

impl Iterator for Rows {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.is_over {
            return None;
        }
        let told = loop {
            match self.receiver.recv_timeout(BETWEEN) {
                Err(RecvTimeoutError::Timeout) => self.show(),
                told => break told,
            }
        };
        let error = match told {
            Ok(Told::Event(event)) => {
                self.note(&event);
                self.show();
                return Some(event_value(&event, self.head));
            }
            Ok(Told::Ended(Ok(outcome))) => failed(&self.job.name, outcome, self.job.places.whole),
            Ok(Told::Ended(Err(error))) => Some(not_done_at(&error, &self.job.places)),
            Err(_) => Some(nu_protocol::LabeledError::new("the work has no end")),
        };
        self.is_over = true;
        self.progress = None;
        error.map(|error| Value::error(error.into(), self.head))
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        if !self.is_over {
            self.interrupt.trigger();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
