//! Where a piece of work is done: in this process or in a worker.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::closure::Closure;
use super::error::NickelError;
use super::files::{self, Hash};
use super::limits::{Isolation, Limits};
use super::task::{Action, Answer, Stop, Task, Texts, diagnostics};
use super::threads::{Threads, Unanswered};
use crate::diagnostic::{Code, Diagnostic};
use crate::worker::{CallLimits, Crash, Failure, Workers};

/// Most programs that are remembered as proven.
const MAX_PROVEN: usize = 10_000;
/// What a worker may use in memory beyond the limit of the evaluation, which is looked at between steps only.
const MEMORY_RESERVE: u64 = 256 << 20;

/// The engines of this process, and those of workers.
#[derive(Debug)]
pub(super) struct Hosts {
    threads: Threads,
    workers: Option<Workers>,
    /// What a worker has survived; see [`proof`].
    proven: Mutex<HashSet<Hash>>,
}

impl Hosts {
    pub(super) fn new(workers: Option<Workers>) -> Self {
        Self {
            threads: Threads::new(parallelism()),
            workers,
            proven: Mutex::default(),
        }
    }

    pub(super) fn workers(&self) -> Option<&Workers> {
        self.workers.as_ref()
    }

    /// Does a piece of work where it is to be done, and sorts out what kept it from being done.
    pub(super) fn perform(
        &self,
        closure: &Closure,
        action: Action,
        limits: &Limits,
        isolation: Isolation,
    ) -> Result<Answer, NickelError> {
        let errand = Errand {
            hosts: self,
            closure,
            limits,
            isolation,
        };
        errand.perform(action)
    }
}

/// One piece of work on its way.
struct Errand<'a> {
    hosts: &'a Hosts,
    closure: &'a Closure,
    limits: &'a Limits,
    isolation: Isolation,
}

impl Errand<'_> {
    fn perform(&self, action: Action) -> Result<Answer, NickelError> {
        if self.limits.interrupt.is_triggered() {
            return Err(NickelError::Interrupted);
        }
        let answer = match &self.hosts.workers {
            Some(workers) if self.needs_worker(&action) => self.in_worker(workers, action)?,
            _ => self.in_process(action)?,
        };
        match answer {
            Answer::Faulty(findings) => {
                Err(NickelError::Faults(diagnostics(findings, self.closure)))
            }
            Answer::Stopped(Stop::Interrupted) => Err(NickelError::Interrupted),
            Answer::Stopped(Stop::Deadline) => Err(NickelError::Timeout(self.limits.timeout)),
            Answer::Stopped(Stop::Steps) => {
                Err(NickelError::Steps(self.limits.steps.unwrap_or(u64::MAX)))
            }
            Answer::Stopped(Stop::Memory) => Err(NickelError::Memory(self.limits.memory)),
            Answer::Failed(reason) => Err(NickelError::Internal(reason)),
            answer => Ok(answer),
        }
    }

    fn needs_worker(&self, action: &Action) -> bool {
        match self.isolation {
            Isolation::InProcess => false,
            Isolation::Worker => true,
            // While the first engine of this process is made, the worker goes on.
            Isolation::Auto => {
                has_data(action)
                    || !self.is_proven(&proof(self.closure, action))
                    || !self.hosts.threads.warm_up()
            }
        }
    }

    fn is_proven(&self, proof: &Hash) -> bool {
        lock(&self.hosts.proven).contains(proof)
    }

    fn task(&self, action: Action, texts: Option<Texts>) -> Task {
        Task {
            closure: self.closure.hash,
            texts,
            action,
            timeout: self.limits.timeout,
            memory: self.limits.memory,
            steps: self.limits.steps,
        }
    }

    fn in_process(&self, action: Action) -> Result<Answer, NickelError> {
        let proof = proof(self.closure, &action);
        let task = self.task(action, Some(Texts::of(self.closure)));
        match self.hosts.threads.call(task, &self.limits.interrupt) {
            Ok(answer) => {
                if matches!(answer, Answer::Stopped(_) | Answer::Failed(_)) {
                    lock(&self.hosts.proven).remove(&proof);
                }
                Ok(answer)
            }
            Err(reason) => {
                // It has not proven itself after all.
                lock(&self.hosts.proven).remove(&proof);
                Err(match reason {
                    Unanswered::TimedOut => NickelError::Timeout(self.limits.timeout),
                    Unanswered::Interrupted => NickelError::Interrupted,
                    Unanswered::Lost => {
                        NickelError::Internal("the evaluation ended without an answer".to_owned())
                    }
                    Unanswered::Unavailable(error) => {
                        NickelError::Internal(format!("no thread for the evaluation: {error}"))
                    }
                })
            }
        }
    }

    fn in_worker(&self, workers: &Workers, action: Action) -> Result<Answer, NickelError> {
        // A worker that knows the program need not be told it again; another one has to be.
        let proof = proof(self.closure, &action);
        let is_known = self.is_proven(&proof) && !matches!(action, Action::Typecheck);
        let texts = (!is_known).then(|| Texts::of(self.closure));
        let mut task = self.task(action, texts);
        let mut answer = self.ask(workers, &task);
        if matches!(answer, Ok(Answer::UnknownProgram)) {
            task.texts = Some(Texts::of(self.closure));
            answer = self.ask(workers, &task);
        }
        match answer {
            Ok(answer) => {
                if !matches!(answer, Answer::Stopped(_) | Answer::Failed(_)) {
                    let mut proven = lock(&self.hosts.proven);
                    if proven.len() >= MAX_PROVEN {
                        proven.clear();
                    }
                    proven.insert(proof);
                }
                Ok(answer)
            }
            Err(Unasked::Unsendable(reason)) => Err(NickelError::Internal(reason)),
            Err(Unasked::Failed(failure)) => Err(self.failed(workers, failure)),
        }
    }

    fn ask(&self, workers: &Workers, task: &Task) -> Result<Answer, Unasked> {
        let request =
            rmp_serde::to_vec(task).map_err(|error| Unasked::Unsendable(error.to_string()))?;
        let limits = CallLimits {
            timeout: self.limits.timeout,
            memory: self.limits.memory.saturating_add(MEMORY_RESERVE),
            interrupted: &|| self.limits.interrupt.is_triggered(),
        };
        let answer = workers.call(&request, &limits).map_err(Unasked::Failed)?;
        rmp_serde::from_slice(&answer).map_err(|error| Unasked::Unsendable(error.to_string()))
    }

    /// Puts the death of a worker into words.
    fn failed(&self, workers: &Workers, failure: Failure) -> NickelError {
        match failure {
            Failure::TimedOut | Failure::Crashed(Crash::OutOfTime) => {
                NickelError::Timeout(self.limits.timeout)
            }
            Failure::Interrupted => NickelError::Interrupted,
            Failure::Crashed(Crash::OutOfMemory) => NickelError::Memory(self.limits.memory),
            Failure::Unavailable(error) => NickelError::Internal(format!(
                "no process for the evaluation can be started: {error}"
            )),
            Failure::Crashed(Crash::Killed) => NickelError::Faults(vec![
                Diagnostic::error(
                    Code::NickelLimit,
                    "the process of the evaluation was ended from outside",
                )
                .with_help("the system does that when it runs out of memory; try again"),
            ]),
            Failure::Crashed(Crash::Other(how)) => {
                NickelError::Internal(format!("the process of the evaluation has ended ({how})"))
            }
            Failure::Crashed(Crash::StackOverflow) => self.too_complex(workers),
        }
    }

    /// Finds out whether the type checker or the evaluation has overflowed its stack.
    fn too_complex(&self, workers: &Workers) -> NickelError {
        let task = self.task(Action::Prepare, Some(Texts::of(self.closure)));
        let in_checker = matches!(
            self.ask(workers, &task),
            Err(Unasked::Failed(Failure::Crashed(Crash::StackOverflow)))
        );
        let (message, help) = if in_checker {
            (
                "the file is too complex for Nickel's type checker, which did not come to an end",
                "look for a recursive type near a static annotation: in `let f : _ = fun r => [r, [r]]` the type of `r` \
                 contains itself. Write `|` in place of `:` to check it when it is evaluated",
            )
        } else {
            (
                "the evaluation is nested too deeply",
                "look for a function that calls itself without an end",
            )
        };
        let mut finding = Diagnostic::error(Code::NickelLimit, message).with_help(help);
        if let Some(file) = self.closure.files.first()
            && !file.path.as_os_str().to_string_lossy().contains("/<")
        {
            finding = finding.with_file(&file.path);
        }
        NickelError::Faults(vec![finding])
    }
}

/// Why a worker has not done its work.
enum Unasked {
    Unsendable(String),
    Failed(Failure),
}

/// Whether the outcome depends on data, which may be others each time: one step over them may take all memory there is.
fn has_data(action: &Action) -> bool {
    match action {
        Action::Check { .. } => true,
        Action::Evaluate { overrides, .. } => overrides.is_some(),
        Action::Prepare
        | Action::Typecheck
        | Action::Examine
        | Action::Query { .. }
        | Action::Survey { .. } => false,
    }
}

/// Returns what a program has proven when a worker has survived a question about it: that the same question will not take
/// this process down. It says nothing of other questions, such as the value of another field.
pub(super) fn proof(closure: &Closure, action: &Action) -> Hash {
    let (kind, field): (u8, &[String]) = match action {
        Action::Prepare => (0, &[]),
        Action::Evaluate { field, .. } => (1, field),
        Action::Check { contract, .. } => (2, contract),
        Action::Typecheck => (3, &[]),
        Action::Query { field } => (4, field),
        Action::Examine => (5, &[]),
        // With other fields it is another question, but nothing of it is evaluated that the schemas do not hold.
        Action::Survey { .. } => (6, &[]),
    };
    files::hash(&question(closure, kind, field))
}

/// Returns what tells a question about a field of a program from every other one. More may be added at its end.
pub(super) fn question(closure: &Closure, kind: u8, field: &[String]) -> Vec<u8> {
    let mut key = closure.hash.to_vec();
    key.push(kind);
    key.extend_from_slice(&field.len().to_le_bytes());
    for name in field {
        key.extend_from_slice(&name.len().to_le_bytes());
        key.extend_from_slice(name.as_bytes());
    }
    key
}

/// Returns how many threads work at the same time.
pub(super) fn parallelism() -> usize {
    static COUNT: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
    *COUNT
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
