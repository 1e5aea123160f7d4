//! Where Nickel is evaluated, and what is remembered.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::closure::{self, Closure};
use super::depth;
use super::error::NickelError;
use super::files::{self, Files, Hash};
use super::hosts::{self, Hosts, lock, parallelism};
use super::job;
use super::kept::Kept;
use super::limits::{Isolation, Limits};
use super::outline::Outline;
use super::program::{Format, Program};
use super::query::Field;
use super::secrets;
use super::task::{Action, Answer, CheckedRow, diagnostics};
use crate::diagnostic::{Code, Diagnostic};
use crate::worker::Workers;

/// Bytes of answers that are kept: thousands of extensions are validated again without any work.
const MAX_ANSWERS: usize = 32 << 20;
/// Bytes of results that are kept. Whoever evaluates with other data each time should not see it in the memory.
const MAX_RESULTS: usize = 4 << 20;
/// How much more memory a result takes than its text.
const IN_MEMORY: usize = 4;
/// Largest result that is kept, in bytes of its text form.
const MAX_RESULT: usize = 256 << 10;

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
    hosts: Hosts,
    results: Mutex<Kept<Value>>,
    /// Answers to questions about programs alone.
    answers: Mutex<Kept<Answer>>,
    /// How often an engine was asked.
    #[cfg(test)]
    performed: std::sync::atomic::AtomicUsize,
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
                hosts: Hosts::new(workers),
                results: Mutex::new(Kept::new(MAX_RESULTS)),
                answers: Mutex::new(Kept::new(MAX_ANSWERS)),
                #[cfg(test)]
                performed: std::sync::atomic::AtomicUsize::default(),
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
        if self.shared.hosts.workers().is_some() {
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
            .hosts
            .workers()
            .map_or_else(parallelism, Workers::max)
    }

    /// Starts a worker when there is none, because an evaluation is likely to come. Returns before it is ready.
    pub fn warm_up(&self) {
        if let Some(workers) = self.shared.hosts.workers()
            && self.isolation != Isolation::InProcess
        {
            workers.warm_up();
        }
    }

    /// Evaluates a program for export, as `nickel export` does it, and returns the data.
    ///
    /// Whole numbers become integers, enum tags become strings, fields keep their order in Nickel. Fields that are not
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

    /// Evaluates a schema for export, with contracts taken for contracts: a function or a contract is no fault, nor is a
    /// field without a value where the record that declares it is a contract.
    ///
    /// A record is one when it has a name that begins with a capital letter, or lies in such a record, or has no value of
    /// its own that is not a default. What a contract asks of a value that stands elsewhere has to be there.
    ///
    /// Static types are not looked at: [`Evaluator::typecheck`] does that.
    ///
    /// # Errors
    /// It cannot be read or parsed, or the evaluation was ended. Faults of values are in the result.
    pub fn examine(&self, program: &Program) -> Result<Checked, NickelError> {
        let closure = self.closure(program)?;
        match self.answer(&closure, Action::Examine)? {
            Answer::Checked(rows) => rows
                .into_iter()
                .next()
                .map(|CheckedRow { value, faults }| Checked {
                    value,
                    faults: diagnostics(faults, &closure),
                })
                .ok_or_else(|| NickelError::Internal("there is no answer".to_owned())),
            answer => Err(unexpected(&answer)),
        }
    }

    /// Returns the shape of a Nickel file, whether it parses or not. Nothing is evaluated, and nothing else is read.
    ///
    /// A file that is known to be `broken` is read with more tolerance.
    ///
    /// # Errors
    /// The file cannot or must not be read.
    pub fn outline(&self, path: &Path, broken: bool) -> Result<Outline, NickelError> {
        let faults = |finding: Diagnostic| NickelError::Faults(vec![finding]);
        let known = self
            .shared
            .files
            .read(path, Format::Nickel, &|_| true)
            .map_err(|_| {
                faults(Diagnostic::error(Code::NickelIo, "the file cannot be read").with_file(path))
            })?;
        let text = known.text.map_err(|finding| faults(*finding))?;
        let masked = secrets::mask(&text.text, Format::Nickel);
        Ok(Outline::of(&path.display().to_string(), masked, broken))
    }

    /// Returns the files that a program consists of: its inputs, and everything that these import. Nothing when they cannot be
    /// read.
    pub fn files(&self, program: &Program) -> Vec<PathBuf> {
        let closure = closure::load(&self.shared.files, program);
        let files = closure.map(|closure| closure.files).unwrap_or_default();
        files.into_iter().map(|file| file.path).collect()
    }

    /// Checks the syntax and the static types of a program and of everything it imports, and returns every error.
    ///
    /// # Errors
    /// It cannot be read, or the check was ended.
    pub fn typecheck(&self, program: &Program) -> Result<Vec<Diagnostic>, NickelError> {
        let closure = self.closure(program)?;
        match self.answer(&closure, Action::Typecheck)? {
            Answer::Typechecked(findings) => Ok(diagnostics(findings, &closure)),
            answer => Err(unexpected(&answer)),
        }
    }

    /// Type checks and examines schema files together, and evaluates fields of them for export: what they share is read,
    /// checked and evaluated once. [`Evaluator::typecheck`], [`Evaluator::examine`] and [`Evaluator::evaluate`] know the
    /// answers afterwards.
    ///
    /// When anything is wrong with one of them, or the time is not enough, nothing is known afterwards: asking for each by
    /// itself tells what it is. `fields` has a file, by its place in the list, and a field of it, from the outermost record
    /// inwards.
    pub fn survey(&self, programs: &[Program], fields: &[(usize, Vec<String>)]) {
        let [first, _, ..] = programs else { return };
        let closures: Option<Vec<Closure>> = programs
            .iter()
            .map(|program| closure::load(&self.shared.files, program).ok())
            .collect();
        let Some(closures) = closures else { return };
        let known = |closure: &Closure| {
            let key = hosts::proof(closure, &Action::Examine);
            lock(&self.shared.answers).get(&key).is_some()
        };
        if closures.iter().all(known) {
            return;
        }
        let together = Program {
            inputs: programs
                .iter()
                .flat_map(|program| program.inputs.iter().cloned())
                .collect(),
            imports: first.imports.clone(),
        };
        let Ok(together) = closure::load(&self.shared.files, &together) else {
            return;
        };
        let fields = fields.to_vec();
        let action = Action::Survey {
            fields: fields.clone(),
        };
        let Ok(Answer::Surveyed { schemas, values }) = self.perform(&together, action) else {
            return;
        };
        if schemas.len() != closures.len() {
            return;
        }
        for (closure, value) in closures.iter().zip(schemas) {
            let faults = Vec::new();
            self.keep(
                closure,
                &Action::Typecheck,
                &Answer::Typechecked(Vec::new()),
            );
            let row = CheckedRow { value, faults };
            self.keep(closure, &Action::Examine, &Answer::Checked(vec![row]));
        }
        for ((at, field), value) in fields.iter().zip(values) {
            if let (Some(closure), Some(value)) = (closures.get(*at), value) {
                self.remember(closure, field, None, &value);
            }
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
        match self.answer(&closure, action)? {
            Answer::Fields(fields) => Ok(fields),
            answer => Err(unexpected(&answer)),
        }
    }

    fn closure(&self, program: &Program) -> Result<Closure, NickelError> {
        closure::load(&self.shared.files, program).map_err(|mut findings| {
            findings.iter_mut().for_each(secrets::hide_tokens);
            NickelError::Faults(findings)
        })
    }

    #[cfg(test)]
    pub(super) fn performed(&self) -> usize {
        let performed = &self.shared.performed;
        performed.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn perform(&self, closure: &Closure, action: Action) -> Result<Answer, NickelError> {
        #[cfg(test)]
        self.shared
            .performed
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.shared
            .hosts
            .perform(closure, action, &self.limits, self.isolation)
    }

    /// Answers a question about a program alone: the answer is the same until a file of it changes.
    fn answer(&self, closure: &Closure, action: Action) -> Result<Answer, NickelError> {
        let key = hosts::proof(closure, &action);
        if let Some(known) = lock(&self.shared.answers).get(&key) {
            return Ok(known);
        }
        let answer = self.perform(closure, action.clone())?;
        self.keep(closure, &action, &answer);
        Ok(answer)
    }

    fn keep(&self, closure: &Closure, action: &Action, answer: &Answer) {
        if let Ok(bytes) = rmp_serde::to_vec(answer)
            && bytes.len() <= MAX_RESULT
        {
            let key = hosts::proof(closure, action);
            lock(&self.shared.answers).put(key, answer.clone(), bytes.len());
        }
    }

    fn known(
        &self,
        closure: &Closure,
        field: &[String],
        overrides: Option<&Value>,
    ) -> Option<Value> {
        lock(&self.shared.results).get(&result_key(closure, field, overrides))
    }

    fn remember(
        &self,
        closure: &Closure,
        field: &[String],
        overrides: Option<&Value>,
        value: &Value,
    ) {
        if let Some(bytes) = size(value, MAX_RESULT) {
            let key = result_key(closure, field, overrides);
            lock(&self.shared.results).put(key, value.clone(), IN_MEMORY * bytes);
        }
    }
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

fn result_key(closure: &Closure, field: &[String], overrides: Option<&Value>) -> Hash {
    let mut key = hosts::question(closure, 0, field);
    if let Some(overrides) = overrides {
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
