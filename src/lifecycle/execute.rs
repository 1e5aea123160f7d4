//! Running a plan: wave by wave, the components of a wave at the same time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;

use super::component::without_secrets_of;
use super::engine::{Engine, Problem};
use super::journal::{Beginning, Ending, Journal, StepOutcome};
use super::observe::{MAX_MESSAGE, Presence, observe};
use super::plan::{Plan, Planned};
use super::settle::settled;
use super::transition::Step;
use super::{
    Component, Event, EventStatus, Failure, FailureKind, LifecycleError, Operation, Recorded,
    parallel,
};
use crate::nickel::kept_text;

/// How components are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long until a component is asked for the second time. Then twice as long, and so on.
    pub first: Duration,
    /// The longest time between two questions.
    pub most: Duration,
    /// How long a component may take to be ready.
    pub budget: Duration,
}

impl Default for Pace {
    /// Returns the source's ten minutes, with ten seconds between questions at the most (PTP-45).
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            most: Duration::from_secs(10),
            budget: Duration::from_secs(600),
        }
    }
}

/// How long the flag of the end goes unseen while nothing else is done.
const GLANCE: Duration = Duration::from_millis(20);

/// Why a step was not done.
pub(super) enum Cut {
    /// It has failed.
    Failed(Failure),
    /// The end was asked for.
    Interrupted,
    /// Something else has failed.
    GivenUp,
    /// The journal cannot be written; the reason is kept in the runner.
    Journal,
}

/// What works on one run.
pub(super) struct Runner<'a> {
    pub(super) engine: &'a Engine<'a>,
    pub(super) name: &'a str,
    pub(super) run: i64,
    pub(super) journal: Mutex<&'a mut Journal>,
    pub(super) undoes: bool,
    /// Whether something has failed, so that nothing more is begun and nothing is waited for.
    given_up: AtomicBool,
    broken: Mutex<Option<LifecycleError>>,
}

/// What came of a plan.
#[derive(Default)]
pub(super) struct Report {
    pub(super) failures: Vec<Problem>,
    pub(super) interrupted: bool,
}

enum RowEnd {
    Done,
    Skipped,
    Failed(Problem),
    Interrupted,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        engine: &'a Engine<'a>,
        name: &'a str,
        run: i64,
        journal: &'a mut Journal,
        undoes: bool,
    ) -> Self {
        Self {
            engine,
            name,
            run,
            journal: Mutex::new(journal),
            undoes,
            given_up: AtomicBool::new(false),
            broken: Mutex::new(None),
        }
    }

    /// Runs a plan.
    ///
    /// # Errors
    /// The journal cannot be written: nothing more is begun then.
    pub(super) fn run(&self, plan: &Plan, keep_going: bool) -> Result<Report, LifecycleError> {
        let mut report = Report::default();
        let mut undone: HashSet<String> = HashSet::new();
        for wave in plan.waves() {
            if !report.failures.is_empty() && !keep_going {
                break;
            }
            let ends = parallel::each(wave, self.engine.options.jobs, |row| {
                if self.given_up.load(Ordering::Relaxed) {
                    return RowEnd::Skipped;
                }
                let end = self.row(row, &undone);
                if let RowEnd::Failed(_) = end {
                    self.given_up.fetch_or(!keep_going, Ordering::Relaxed);
                }
                end
            });
            self.check()?;
            for (row, end) in wave.iter().zip(ends) {
                match end {
                    RowEnd::Done => continue,
                    RowEnd::Skipped => {}
                    RowEnd::Failed(problem) => report.failures.push(problem),
                    RowEnd::Interrupted => report.interrupted = true,
                }
                undone.insert(row.component.clone());
            }
            if report.interrupted {
                break;
            }
        }
        Ok(report)
    }

    /// Returns what is wrong with the journal.
    pub(super) fn check(&self) -> Result<(), LifecycleError> {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.take().map_or(Ok(()), Err)
    }

    fn row(&self, row: &Planned, undone: &HashSet<String>) -> RowEnd {
        if self.stops() && row.has_work() {
            return RowEnd::Interrupted;
        }
        let blocked = row.after.iter().find(|name| undone.contains(*name));
        let is_forced = row.awaited.is_none() && self.engine.options.force;
        if let Some(name) = blocked.filter(|_| row.has_work() && !is_forced) {
            let message = format!("`{name}` was not done");
            let operation = row.steps.first().map_or("status", Step::name);
            self.tell(
                row.wave,
                &row.component,
                operation,
                EventStatus::Skipped,
                None,
                Some(message),
            );
            return RowEnd::Skipped;
        }
        let mut now = row.now.clone();
        for step in &row.steps {
            match self.step(row.wave, &row.component, now.as_ref(), step) {
                Ok(state) => now = state,
                Err(Cut::Failed(failure)) => {
                    return RowEnd::Failed(Problem::of(&row.component, failure));
                }
                Err(Cut::GivenUp) => return RowEnd::Skipped,
                Err(Cut::Interrupted | Cut::Journal) => return RowEnd::Interrupted,
            }
        }
        match &row.awaited {
            None => RowEnd::Done,
            Some(component) => match self.wait(row.wave, component) {
                Ok(()) => RowEnd::Done,
                Err(Cut::Failed(failure)) => RowEnd::Failed(Problem::of(&row.component, failure)),
                Err(Cut::GivenUp) => RowEnd::Skipped,
                Err(Cut::Interrupted | Cut::Journal) => RowEnd::Interrupted,
            },
        }
    }

    /// Does one step: writes that it begins, calls, writes how it has ended. Returns what is recorded then.
    pub(super) fn step(
        &self,
        wave: usize,
        component: &str,
        before: Option<&Recorded>,
        step: &Step,
    ) -> Result<Option<Recorded>, Cut> {
        if self.stops() {
            return Err(Cut::Interrupted);
        }
        let operation = step.name();
        let beginning = Beginning {
            run: self.run,
            wave,
            component,
            operation,
            undoes: self.undoes,
            before,
            after: step.after.as_ref(),
        };
        let begun = self.journal().begin_step(&beginning);
        let id = self.written(begun)?;
        self.tell(wave, component, operation, EventStatus::Started, None, None);
        let start = Instant::now();
        let result = match &step.call {
            None => Ok(()),
            Some((component, operation, arguments)) => self
                .engine
                .operator
                .call(component, *operation, arguments, &|| self.stops())
                .map(drop)
                .map_err(|failure| Failure {
                    message: without_secrets_of(&component.config, &failure.message),
                    help: failure
                        .help
                        .map(|help| without_secrets_of(&component.config, &help)),
                    ..failure
                }),
        };
        let took = start.elapsed();
        let (outcome, state, message) = match &result {
            Ok(()) => (StepOutcome::Done, step.after.clone(), None),
            Err(failure) => {
                let message = kept_text(&failure.message, MAX_MESSAGE);
                let interrupted = failure.kind == FailureKind::Interrupted || self.stops();
                let (outcome, presence) = if interrupted {
                    // Whoever asked for the end does not wait for an answer: it is asked for when the run goes on.
                    (StepOutcome::Interrupted, Presence::Unknown)
                } else {
                    (StepOutcome::Failed, self.ask(step))
                };
                let state = settled(before, step.after.as_ref(), presence);
                (outcome, state, Some(message))
            }
        };
        let ending = Ending {
            step: id,
            outcome,
            duration: Some(took),
            message: message.as_deref(),
            state: state.as_ref(),
        };
        let ended = self.journal().end_step(self.name, component, &ending);
        self.written(ended)?;
        let status = match outcome {
            StepOutcome::Done => EventStatus::Done,
            StepOutcome::Interrupted => EventStatus::Interrupted,
            StepOutcome::Failed | StepOutcome::Lost => EventStatus::Failed,
        };
        self.tell(wave, component, operation, status, Some(took), message);
        match (outcome, result) {
            (StepOutcome::Interrupted, _) => Err(Cut::Interrupted),
            (_, Err(failure)) => Err(Cut::Failed(failure)),
            (_, Ok(())) => Ok(state),
        }
    }

    fn ask(&self, step: &Step) -> Presence {
        let Some((component, ..)) = &step.call else {
            return Presence::Unknown;
        };
        observe(self.engine.operator, component, true, &|| self.stops()).presence
    }

    /// Waits until a component does its work.
    fn wait(&self, wave: usize, component: &Component) -> Result<(), Cut> {
        let pace = self.engine.options.pace;
        let start = Instant::now();
        let mut pause = pace.first;
        let operation = Operation::Status.name(component.kind);
        let mut has_told = false;
        loop {
            let observed = observe(self.engine.operator, component, true, &|| self.stops());
            let is_over = self.stops();
            if observed.ready && !is_over {
                let took = Some(start.elapsed());
                let name = &component.name;
                self.tell(wave, name, operation, EventStatus::Ready, took, None);
                return Ok(());
            }
            if is_over {
                return Err(Cut::Interrupted);
            }
            if self.given_up.load(Ordering::Relaxed) {
                return Err(Cut::GivenUp);
            }
            let left = pace.budget.saturating_sub(start.elapsed());
            let message = observed.message.unwrap_or_else(|| {
                match observed.presence {
                    Presence::Absent => "it says that it is not there",
                    _ => "it does not say why",
                }
                .to_owned()
            });
            if left.is_zero() {
                let message = format!("it was not ready within {:?}: {message}", pace.budget);
                let name = &component.name;
                let took = Some(start.elapsed());
                let told = Some(message.clone());
                self.tell(wave, name, operation, EventStatus::Failed, took, told);
                return Err(Cut::Failed(Failure {
                    kind: FailureKind::TimedOut,
                    ..Failure::new(message)
                }));
            }
            if !has_told {
                has_told = true;
                let (name, told) = (&component.name, Some(message));
                self.tell(wave, name, operation, EventStatus::Waiting, None, told);
            }
            self.pause(pause.min(left));
            pause = (pause * 2).min(pace.most);
        }
    }

    fn pause(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.stops() && !self.given_up.load(Ordering::Relaxed) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(GLANCE));
        }
    }

    fn stops(&self) -> bool {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.is_some() || (self.engine.stop)()
    }

    fn journal(&self) -> MutexGuard<'_, &'a mut Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn written<T>(&self, result: Result<T, LifecycleError>) -> Result<T, Cut> {
        result.map_err(|error| {
            let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
            broken.get_or_insert(error);
            Cut::Journal
        })
    }

    fn tell(
        &self,
        wave: usize,
        component: &str,
        operation: &'static str,
        status: EventStatus,
        duration: Option<Duration>,
        message: Option<String>,
    ) {
        (self.engine.events)(&Event {
            time: Utc::now(),
            wave,
            component: component.to_owned(),
            operation,
            undoes: self.undoes,
            status,
            duration,
            message,
        });
    }

    /// Returns what is recorded, and the steps of the run.
    pub(super) fn known(&self) -> Result<(Vec<Recorded>, Vec<super::StepRecord>), LifecycleError> {
        let journal = self.journal();
        Ok((journal.recorded(self.name)?, journal.steps(self.run)?))
    }

    /// Asks a component how it is.
    pub(super) fn observe(&self, component: &Component) -> super::Observed {
        observe(self.engine.operator, component, true, &|| self.stops())
    }

    /// Whether the end was asked for.
    pub(super) fn is_over(&self) -> bool {
        self.stops()
    }
}
