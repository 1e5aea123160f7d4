//! Where Nickel is evaluated, and what is remembered.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use serde_json::Value;

use super::closure::{self, Closure};
use super::depth;
use super::error::NickelError;
use super::files::{self, Files, Hash};
use super::job;
use super::limits::{Isolation, Limits};
use super::program::Program;
use super::query::Field;
use super::task::{Action, Answer, CheckedRow, Stop, Task, Texts, diagnostics};
use super::threads::{Threads, Unanswered};
use crate::diagnostic::{Code, Diagnostic};
use crate::worker::{CallLimits, Crash, Failure, Workers};

/// Most programs that are remembered as proven.
const MAX_PROVEN: usize = 10_000;
/// Most results that are kept.
const MAX_RESULTS: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Largest result that is kept, in bytes of its text form.
const MAX_RESULT: usize = 256 << 10;
/// What a worker may use in memory beyond the limit of the evaluation, which is looked at between steps only.
const MEMORY_RESERVE: u64 = 256 << 20;

/// Evaluates Nickel, in this process and in workers.
///
/// A clone stands for the same engines, workers and caches; its limits are its own. Everything can be used from several
/// threads at once.
#[derive(Clone, Debug)]
pub struct Evaluator {
    shared: Arc<Shared>,
    limits: Limits,
    isolation: Isolation,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    threads: Threads,
    workers: Option<Workers>,
    /// What a worker has survived; see [`proof`].
    proven: Mutex<HashSet<Hash>>,
    results: Mutex<LruCache<Hash, Value>>,
}

/// A row of data after a contract was applied to it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The row with defaults filled in; null stands where there is a fault.
    pub value: Value,
    /// Every fault, each with the path to the value it is about.
    pub faults: Vec<Diagnostic>,
}

impl Default for Evaluator {
    /// Returns an evaluator that does everything in this process.
    fn default() -> Self {
        Self::with_workers(None, Isolation::InProcess)
    }
}

impl Evaluator {
    /// Returns an evaluator with workers of a program that calls [`crate::worker::serve`] with [`job::JOB`]; see
    /// [`Isolation::Auto`].
    pub fn with_worker(program: impl Into<PathBuf>) -> Self {
        let workers = Workers::new(program, job::JOB, Vec::new(), parallelism());
        Self::with_workers(Some(workers), Isolation::Auto)
    }

    fn with_workers(workers: Option<Workers>, isolation: Isolation) -> Self {
        Self {
            shared: Arc::new(Shared {
                files: Files::default(),
                threads: Threads::new(parallelism()),
                workers,
                proven: Mutex::default(),
                results: Mutex::new(LruCache::new(MAX_RESULTS)),
            }),
            limits: Limits::default(),
            isolation,
        }
    }

    /// Sets what each evaluation may use.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets where evaluations run. Without workers, that is always this process.
    #[must_use]
    pub fn isolated(mut self, isolation: Isolation) -> Self {
        if self.shared.workers.is_some() {
            self.isolation = isolation;
        }
        self
    }

    /// Returns what each evaluation may use.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns how many evaluations can go on at the same time.
    pub fn parallelism(&self) -> usize {
        self.shared
            .workers
            .as_ref()
            .map_or_else(parallelism, Workers::max)
    }

    /// Starts a worker when there is none, because an evaluation is likely to come. Returns before it is ready.
    pub fn warm_up(&self) {
        if let Some(workers) = &self.shared.workers
            && self.isolation != Isolation::InProcess
        {
            workers.warm_up();
        }
    }

    /// Evaluates a program for export, as `nickel export` does it, and returns the data.
    ///
    /// Whole numbers become integers, enum tags become strings, the order of fields is kept. Fields that are not
    /// exported are left out. With a `field`, from the outermost record inwards, only its value is looked at. The record
    /// `overrides` wins over the program.
    ///
    /// # Errors
    /// Every fault that was found, each with its place; or why the evaluation was ended.
    pub fn evaluate(
        &self,
        program: &Program,
        field: &[String],
        overrides: Option<&Value>,
    ) -> Result<Value, NickelError> {
        if overrides.is_some_and(depth::is_too_deep) {
            return Err(too_deep());
        }
        let closure = self.closure(program)?;
        if let Some(known) = self.known(&closure, field, overrides) {
            return Ok(known);
        }
        let action = Action::Evaluate {
            field: field.to_vec(),
            overrides: overrides.cloned(),
        };
        match self.perform(&closure, action)? {
            Answer::Value(value) => {
                self.remember(&closure, field, overrides, &value);
                Ok(value)
            }
            answer => Err(unexpected(&answer)),
        }
    }

    /// Returns the value that [`Evaluator::evaluate`] would return, if it is known without evaluating. What the program
    /// reads is looked at.
    pub fn cached(
        &self,
        program: &Program,
        field: &[String],
        overrides: Option<&Value>,
    ) -> Option<Value> {
        let closure = closure::load(&self.shared.files, program).ok()?;
        self.known(&closure, field, overrides)
    }

    /// Applies a contract to rows of data: the one in this field of a schema, or the schema itself.
    ///
    /// # Errors
    /// The schema has faults, or the evaluation was ended. Faults of the data are in the result.
    pub fn check(
        &self,
        schema: &Program,
        contract: &[String],
        rows: Vec<Value>,
    ) -> Result<Vec<Checked>, NickelError> {
        if rows.iter().any(depth::is_too_deep) {
            return Err(too_deep());
        }
        let closure = self.closure(schema)?;
        let action = Action::Check {
            contract: contract.to_vec(),
            rows,
        };
        match self.perform(&closure, action)? {
            Answer::Checked(rows) => Ok(rows
                .into_iter()
                .map(|CheckedRow { value, faults }| Checked {
                    value,
                    faults: diagnostics(faults, &closure),
                })
                .collect()),
            answer => Err(unexpected(&answer)),
        }
    }

    /// Checks the syntax and the static types of a program and of everything it imports, and returns every error.
    ///
    /// # Errors
    /// It cannot be read, or the check was ended.
    pub fn typecheck(&self, program: &Program) -> Result<Vec<Diagnostic>, NickelError> {
        let closure = self.closure(program)?;
        match self.perform(&closure, Action::Typecheck)? {
            Answer::Typechecked(findings) => Ok(diagnostics(findings, &closure)),
            answer => Err(unexpected(&answer)),
        }
    }

    /// Lists the fields of the record, or of the record contract, in this field of a program, or of the program itself.
    /// Anything else has none.
    ///
    /// # Errors
    /// It cannot be evaluated, or there is no such field.
    pub fn query(&self, program: &Program, field: &[String]) -> Result<Vec<Field>, NickelError> {
        let closure = self.closure(program)?;
        let action = Action::Query {
            field: field.to_vec(),
        };
        match self.perform(&closure, action)? {
            Answer::Fields(fields) => Ok(fields),
            answer => Err(unexpected(&answer)),
        }
    }

    fn closure(&self, program: &Program) -> Result<Closure, NickelError> {
        closure::load(&self.shared.files, program)
            .map_err(|finding| NickelError::Faults(vec![*finding]))
    }

    /// Does a piece of work where it is to be done, and sorts out what kept it from being done.
    fn perform(&self, closure: &Closure, action: Action) -> Result<Answer, NickelError> {
        if self.limits.interrupt.is_triggered() {
            return Err(NickelError::Interrupted);
        }
        let answer = match &self.shared.workers {
            Some(workers) if self.needs_worker(closure, &action) => {
                self.in_worker(workers, closure, action)?
            }
            _ => self.in_process(closure, action)?,
        };
        match answer {
            Answer::Faulty(findings) => Err(NickelError::Faults(diagnostics(findings, closure))),
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

    fn needs_worker(&self, closure: &Closure, action: &Action) -> bool {
        match self.isolation {
            Isolation::InProcess => false,
            Isolation::Worker => true,
            // While the first engine of this process is made, the worker goes on.
            Isolation::Auto => {
                !self.is_proven(&proof(closure, action)) || !self.shared.threads.warm_up()
            }
        }
    }

    fn is_proven(&self, proof: &Hash) -> bool {
        lock(&self.shared.proven).contains(proof)
    }

    fn task(&self, closure: &Closure, action: Action, texts: Option<Texts>) -> Task {
        Task {
            closure: closure.hash,
            texts,
            action,
            timeout: self.limits.timeout,
            memory: self.limits.memory,
            steps: self.limits.steps,
        }
    }

    fn in_process(&self, closure: &Closure, action: Action) -> Result<Answer, NickelError> {
        let proof = proof(closure, &action);
        let task = self.task(closure, action, Some(Texts::of(closure)));
        match self.shared.threads.call(task, &self.limits.interrupt) {
            Ok(answer) => {
                if matches!(answer, Answer::Stopped(_) | Answer::Failed(_)) {
                    lock(&self.shared.proven).remove(&proof);
                }
                Ok(answer)
            }
            Err(reason) => {
                // It has not proven itself after all.
                lock(&self.shared.proven).remove(&proof);
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

    fn in_worker(
        &self,
        workers: &Workers,
        closure: &Closure,
        action: Action,
    ) -> Result<Answer, NickelError> {
        // A worker that knows the program need not be told it again; another one has to be.
        let proof = proof(closure, &action);
        let is_known = self.is_proven(&proof) && !matches!(action, Action::Typecheck);
        let texts = (!is_known).then(|| Texts::of(closure));
        let mut task = self.task(closure, action, texts);
        let mut answer = self.ask(workers, &task);
        if matches!(answer, Ok(Answer::UnknownProgram)) {
            task.texts = Some(Texts::of(closure));
            answer = self.ask(workers, &task);
        }
        match answer {
            Ok(answer) => {
                if !matches!(answer, Answer::Stopped(_) | Answer::Failed(_)) {
                    let mut proven = lock(&self.shared.proven);
                    if proven.len() >= MAX_PROVEN {
                        proven.clear();
                    }
                    proven.insert(proof);
                }
                Ok(answer)
            }
            Err(Unasked::Unsendable(reason)) => Err(NickelError::Internal(reason)),
            Err(Unasked::Failed(failure)) => Err(self.failed(workers, closure, failure)),
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
    fn failed(&self, workers: &Workers, closure: &Closure, failure: Failure) -> NickelError {
        match failure {
            Failure::TimedOut | Failure::Crashed(Crash::OutOfTime) => {
                NickelError::Timeout(self.limits.timeout)
            }
            Failure::Interrupted => NickelError::Interrupted,
            Failure::Crashed(Crash::OutOfMemory) => NickelError::Memory(self.limits.memory),
            Failure::Unavailable(error) => NickelError::Internal(format!(
                "no process for the evaluation can be started: {error}"
            )),
            Failure::Crashed(Crash::Other(how)) => {
                NickelError::Internal(format!("the process of the evaluation has ended ({how})"))
            }
            Failure::Crashed(Crash::StackOverflow) => self.too_complex(workers, closure),
        }
    }

    /// Finds out whether the type checker or the evaluation has overflowed its stack.
    fn too_complex(&self, workers: &Workers, closure: &Closure) -> NickelError {
        let task = self.task(closure, Action::Prepare, Some(Texts::of(closure)));
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
        if let Some(file) = closure.files.first()
            && !file.path.as_os_str().to_string_lossy().contains("/<")
        {
            finding = finding.with_file(&file.path);
        }
        NickelError::Faults(vec![finding])
    }

    fn known(
        &self,
        closure: &Closure,
        field: &[String],
        overrides: Option<&Value>,
    ) -> Option<Value> {
        lock(&self.shared.results)
            .get(&result_key(closure, field, overrides))
            .cloned()
    }

    fn remember(
        &self,
        closure: &Closure,
        field: &[String],
        overrides: Option<&Value>,
        value: &Value,
    ) {
        if size(value, MAX_RESULT).is_some() {
            lock(&self.shared.results).put(result_key(closure, field, overrides), value.clone());
        }
    }
}

/// Why a worker has not done its work.
enum Unasked {
    Unsendable(String),
    Failed(Failure),
}

fn too_deep() -> NickelError {
    let message = format!("the data are nested deeper than {} levels", depth::MAX);
    NickelError::Faults(vec![Diagnostic::error(Code::NickelLimit, message)])
}

fn unexpected(answer: &Answer) -> NickelError {
    let what = match answer {
        Answer::UnknownProgram => "the program is not known",
        _ => "another question was answered",
    };
    NickelError::Internal(what.to_owned())
}

/// Returns what a program has proven when a worker has survived a question about it: that the same question will not take
/// this process down. It says nothing of other questions, such as the value of another field.
fn proof(closure: &Closure, action: &Action) -> Hash {
    let (kind, field): (u8, &[String]) = match action {
        Action::Prepare => (0, &[]),
        Action::Evaluate { field, .. } => (1, field),
        Action::Check { contract, .. } => (2, contract),
        Action::Typecheck => (3, &[]),
        Action::Query { field } => (4, field),
    };
    let mut key = closure.hash.to_vec();
    key.push(kind);
    for name in field {
        key.extend_from_slice(&name.len().to_le_bytes());
        key.extend_from_slice(name.as_bytes());
    }
    files::hash(&key)
}

fn result_key(closure: &Closure, field: &[String], overrides: Option<&Value>) -> Hash {
    let mut key = closure.hash.to_vec();
    for name in field {
        key.extend_from_slice(&name.len().to_le_bytes());
        key.extend_from_slice(name.as_bytes());
    }
    if let Some(overrides) = overrides {
        key.push(0);
        key.extend_from_slice(overrides.to_string().as_bytes());
    }
    files::hash(&key)
}

/// Returns about how many bytes data take, unless it is more than `most`.
fn size(value: &Value, most: usize) -> Option<usize> {
    let mut sum = match value {
        Value::String(text) => text.len(),
        _ => 16,
    };
    match value {
        Value::Array(items) => {
            for item in items {
                sum += size(item, most.checked_sub(sum)?)?;
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                sum += name.len() + size(item, most.checked_sub(sum)?)?;
            }
        }
        _ => {}
    }
    (sum <= most).then_some(sum)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parallelism() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
