//! The evaluator itself: programs that are ready to run, and runs that leave nothing behind.
//!
//! An engine belongs to one thread. What it has prepared is kept; each evaluation gets a context of its own, under a
//! [`Budget`].

mod budget;
mod check;
mod data;
mod fields;
mod findings;
mod opened;
mod schema;
mod survey;
mod types;
mod walk;

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use nickel_lang_core::cache::{CacheHub, InputFormat, SourcePath};
use nickel_lang_core::closurize::Closurize as _;
use nickel_lang_core::error::{Error, EvalError, NullReporter};
use nickel_lang_core::eval::value::NickelValue;
use nickel_lang_core::eval::{Closure, VirtualMachine, VmContext};
use nickel_lang_core::files::FileId;
use nickel_lang_core::identifier::{Ident, LocIdent};
use nickel_lang_core::label::Label;
use nickel_lang_core::package::PackageMap;
use nickel_lang_core::position::PosTable;
use nickel_lang_core::program::FieldPath;
use nickel_lang_core::term::{BinaryOp, make};

use super::files::Hash;
use super::limits::Interrupt;
use super::program::Format;
use super::task::{Action, Answer, Finding, Task, Texts};
use crate::diagnostic::{Code, DataPath};

use budget::{Bounds, Budget, BudgetedCache};
use findings::{Once, findings, of_problems};
use walk::Walk;

/// Programs that an engine prepares before it is replaced: what it has parsed is never freed.
const MAX_PROGRAMS: usize = 500;
/// Bytes of texts that an engine prepares before it is replaced.
const MAX_BYTES: usize = 8 << 20;

/// An evaluation's own state on top of what is prepared.
type Context = VmContext<CacheHub, BudgetedCache>;

/// What evaluates.
pub(super) struct Engine {
    hub: CacheHub,
    positions: PosTable,
    /// By their closures, and whether their types were checked.
    programs: HashMap<(Hash, bool), Prepared>,
    /// Texts there are, those of the standard library included.
    sources: usize,
    bytes: usize,
}

/// A program of which the engine knows whether it can be run.
struct Prepared {
    inputs: Vec<FileId>,
    outcome: Result<(), Vec<Finding>>,
}

/// What stops an answer half-way.
enum Halt {
    Faulty(Vec<Finding>),
    Failed(String),
}

impl From<Halt> for Answer {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Faulty(findings) => Answer::Faulty(findings),
            Halt::Failed(reason) => Answer::Failed(reason),
        }
    }
}

fn failed(what: &str) -> Halt {
    Halt::Failed(what.to_owned())
}

/// Takes the answer to a task.
type Answered = Box<dyn FnOnce(Answer)>;

impl Engine {
    /// Returns an engine with the standard library, which takes several milliseconds.
    pub(super) fn new() -> Result<Self, String> {
        let mut hub = CacheHub::new();
        let mut positions = PosTable::new();
        hub.prepare_stdlib(&mut positions)
            .map_err(|_| "the standard library does not load".to_owned())?;
        Ok(Self {
            sources: hub.sources.file_paths.len(),
            hub,
            positions,
            programs: HashMap::new(),
            bytes: 0,
        })
    }

    /// Whether it has grown so much that a new one should take its place.
    pub(super) fn is_worn_out(&self) -> bool {
        self.programs.len() > MAX_PROGRAMS || self.bytes > MAX_BYTES
    }

    /// Does a piece of work and gives the answer to `answered`, as early as possible: before what was built is freed,
    /// and when the budget ends, before the evaluation unwinds. Has to run on a large stack.
    ///
    /// Returns whether the engine may be used again.
    pub(super) fn perform(
        &mut self,
        task: Task,
        interrupt: &Interrupt,
        answered: Answered,
    ) -> bool {
        let answered = Rc::new(Cell::new(Some(answered)));
        let answer = |answer: Answer| {
            if let Some(answered) = answered.take() {
                answered(answer);
            }
        };
        if let Action::Typecheck = task.action {
            answer(match &task.texts {
                Some(texts) => self.typecheck(texts),
                None => Answer::UnknownProgram,
            });
            return !self.is_worn_out();
        }
        let inputs = match self.prepared(&task) {
            Ok(Some(inputs)) => inputs,
            Ok(None) => {
                answer(Answer::UnknownProgram);
                return true;
            }
            Err(halt) => {
                answer(halt.into());
                return !self.is_worn_out();
            }
        };
        let budget = Budget::new(Bounds {
            interrupt: interrupt.clone(),
            deadline: Instant::now().checked_add(task.timeout),
            memory: task.memory,
            steps: task.steps.unwrap_or(u64::MAX),
        });
        budget.on_stop({
            let answered = Rc::clone(&answered);
            move |stop| {
                if let Some(answered) = answered.take() {
                    answered(Answer::Stopped(stop));
                }
            }
        });
        let mut context: Context = VmContext::new_with_pos_table(
            self.hub.clone_for_eval(),
            self.positions.clone(),
            std::io::sink(),
            NullReporter {},
        );
        context.cache = BudgetedCache::new_in(Rc::clone(&budget));
        let outcome = run(&mut context, &inputs, task.action, &budget);
        answer(outcome.unwrap_or_else(Answer::from));
        // Freeing recurses through chains of thunks; the thread's stack is made for it.
        drop(context);
        budget.release();
        budget.stopped().is_none() && !self.is_worn_out()
    }

    /// Returns the inputs of a program, made ready if that was not done before; none when its texts are needed for that.
    fn prepared(&mut self, task: &Task) -> Result<Option<Vec<FileId>>, Halt> {
        // A schema is examined however its types are; they are a question of their own.
        let is_checked = !matches!(task.action, Action::Examine);
        let key = (task.closure, is_checked);
        if !self.programs.contains_key(&key) {
            let Some(texts) = &task.texts else {
                return Ok(None);
            };
            let inputs = self.add(texts)?;
            let outcome = inputs.iter().try_for_each(|id| {
                let prepared = if is_checked {
                    self.hub.prepare(&mut self.positions, *id)
                } else {
                    self.hub.prepare_eval_only(&mut self.positions, *id)
                };
                match prepared {
                    Ok(_) => Ok(()),
                    Err(error) => Err(findings(error, self.hub.sources.files(), None)),
                }
            });
            self.no_other_sources()?;
            self.programs.insert(key, Prepared { inputs, outcome });
        }
        match self.programs.get(&key) {
            Some(Prepared {
                inputs,
                outcome: Ok(()),
            }) => Ok(Some(inputs.clone())),
            Some(Prepared {
                outcome: Err(findings),
                ..
            }) => Err(Halt::Faulty(findings.clone())),
            None => Err(failed("the program was not prepared")),
        }
    }

    /// Hands texts to the interpreter, which will find them where it looks for files, and no others.
    fn add(&mut self, texts: &Texts) -> Result<Vec<FileId>, Halt> {
        let sources = &mut self.hub.sources;
        sources
            .file_ids
            .retain(|path, _| !matches!(path, SourcePath::Path(..)));
        sources.import_paths.clone_from(&texts.import_paths);
        sources.set_package_map(packages(texts));
        let ids: Vec<FileId> = texts
            .files
            .iter()
            .map(|(path, format, text)| {
                let path = SourcePath::Path(path.into(), input_format(*format));
                sources.add_string(path, text.to_string())
            })
            .collect();
        self.sources += ids.len();
        self.bytes += texts
            .files
            .iter()
            .map(|(_, _, text)| text.len())
            .sum::<usize>();
        match ids.get(..texts.inputs) {
            Some(inputs) if !inputs.is_empty() => Ok(inputs.to_vec()),
            _ => Err(failed("a program needs an input")),
        }
    }

    /// Checks that the interpreter has read nothing by itself.
    fn no_other_sources(&self) -> Result<(), Halt> {
        if self.hub.sources.file_paths.len() == self.sources {
            return Ok(());
        }
        Err(Halt::Faulty(vec![Finding::new(
            Code::NickelImport,
            "a file was read that no import names",
        )]))
    }
}

/// Packages may import each other by the same names.
fn packages(texts: &Texts) -> PackageMap {
    let named = || {
        texts
            .packages
            .iter()
            .map(|(name, path)| (Ident::new(name), path.clone()))
    };
    PackageMap {
        top_level: named().collect(),
        packages: texts
            .packages
            .values()
            .flat_map(|parent| named().map(|(name, path)| ((parent.clone(), name), path)))
            .collect(),
    }
}

fn input_format(format: Format) -> InputFormat {
    match format {
        Format::Nickel => InputFormat::Nickel,
        Format::Json => InputFormat::Json,
        Format::Yaml => InputFormat::Yaml,
        Format::Toml => InputFormat::Toml,
        Format::Text => InputFormat::Text,
    }
}

fn run(
    context: &mut Context,
    inputs: &[FileId],
    action: Action,
    budget: &Budget,
) -> Result<Answer, Halt> {
    if let Action::Survey { fields } = &action {
        return survey::survey(context, inputs, fields, budget);
    }
    let value = merged(context, inputs)?;
    match action {
        Action::Survey { .. } => Err(failed("a survey is made of each input")),
        Action::Prepare | Action::Typecheck => Ok(Answer::Prepared),
        Action::Evaluate { field, overrides } => {
            let value = match overrides {
                Some(overrides) => {
                    let overrides = data::overriding(&overrides).map_err(Halt::Failed)?;
                    merge(value, overrides)
                }
                None => value,
            };
            evaluate(context, value, &field, budget)
        }
        Action::Examine => Ok(Answer::Checked(vec![schema::examine(
            context, value, budget,
        )])),
        Action::Check { contract, rows } => {
            check::check(context, value, &contract, rows, budget).map(Answer::Checked)
        }
        Action::Query { field } => {
            let value = field_value(context, value, &field)?;
            fields::fields(context, value, budget)
                .map(Answer::Fields)
                .map_err(|finding| Halt::Faulty(vec![finding]))
        }
    }
}

/// Returns the value of all inputs together, not evaluated yet.
fn merged(context: &mut Context, inputs: &[FileId]) -> Result<NickelValue, Halt> {
    let mut all: Option<NickelValue> = None;
    for id in inputs {
        let value = input(context, *id)?;
        all = Some(match all {
            Some(before) => merge(before, value),
            None => value,
        });
    }
    all.ok_or_else(|| failed("a program needs an input"))
}

/// Returns the value of an input, not evaluated yet.
fn input(context: &mut Context, id: FileId) -> Result<NickelValue, Halt> {
    context
        .import_resolver
        .closurize(&mut context.cache, id)
        .map_err(|_| failed("the input was not prepared"))?;
    context
        .import_resolver
        .terms
        .get_owned(id)
        .ok_or_else(|| failed("the input was not compiled"))
}

fn merge(one: NickelValue, other: NickelValue) -> NickelValue {
    make::op2(BinaryOp::Merge(Label::default().into()), one, other)
}

fn field_path(field: &[String]) -> FieldPath {
    FieldPath(field.iter().map(LocIdent::new).collect())
}

/// Returns the value of a field.
fn field_value(
    context: &mut Context,
    value: NickelValue,
    field: &[String],
) -> Result<NickelValue, Halt> {
    if field.is_empty() {
        return Ok(value);
    }
    let found =
        VirtualMachine::new(context).extract_field_value_closure(value.into(), &field_path(field));
    match found {
        Ok(Closure { value, env }) => Ok(value.closurize(&mut context.cache, env)),
        Err(error) => Err(field_fault(context, error, field)),
    }
}

fn field_fault(context: &Context, error: EvalError, field: &[String]) -> Halt {
    Halt::Faulty(findings(
        Error::EvalError(error),
        context.import_resolver.sources.files(),
        Some(DataPath::of_fields(field)),
    ))
}

/// A field without a value, inside of another one, is often part of a contract that was meant for data.
fn suggest_not_exported(fault: &mut Finding) {
    let Some(path) = fault.path.as_ref().filter(|path| path.0.len() > 1) else {
        return;
    };
    if fault.code == Code::NickelMissingDefinition.as_str() && fault.help.is_none() {
        let outermost = DataPath(path.0[..1].to_vec());
        fault.help = Some(format!(
            "give it a value; if `{outermost}` is a contract, keep it out of the export with `| not_exported`"
        ));
    }
}

fn evaluate(
    context: &mut Context,
    value: NickelValue,
    field: &[String],
    budget: &Budget,
) -> Result<Answer, Halt> {
    let value = field_value(context, value, field)?;
    let mut walk = Walk::new(budget);
    let data = walk.value(&mut VirtualMachine::new(context), value, &[]);
    let problems = walk.into_problems();
    if problems.is_empty() {
        return Ok(Answer::Value(data));
    }
    let mut faults = of_problems(
        problems,
        context.import_resolver.sources.files(),
        &context.pos_table,
        Once::EachPlace,
    );
    faults.iter_mut().for_each(suggest_not_exported);
    Ok(Answer::Faulty(faults))
}
