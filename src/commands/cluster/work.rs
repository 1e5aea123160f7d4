//! Work on a deployment: how it is done, and doing it.

use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nu_protocol::{
    IntoPipelineData as _, LabeledError, ListStream, PipelineData, Signature, Span, SyntaxShape,
    Type,
};
use provisioning::lifecycle::{
    Engine, Event, Extensions, LifecycleError, Listener, OnFailure, Options, Outcome, Pace, Plan,
    Problem, RunOutcome,
};
use provisioning::nickel::Interrupt;

use super::book::Book;
use super::outcome::not_done_at;
use super::places::Places;
use super::rows::{Rows, Told};
use super::values::check_value;
use crate::shell::{Context, Nickel, invalid};

/// Components at a time, unless something else is said: mostly they are waited for.
const JOBS: usize = 10;
/// How long it is until all components are asked again with --wait.
const BETWEEN: Duration = Duration::from_millis(500);

/// The flags of commands that ask components.
pub(super) fn flags(signature: Signature) -> Signature {
    signature
        .named("jobs", SyntaxShape::Int, "Components at the same time (default: 10).", Some('j'))
        .named(
            "timeout",
            SyntaxShape::Duration,
            "Longest time for one operation (default: the setting `runner.timeout`), and for a component to be ready (default: \
             10min).",
            None,
        )
        .switch("quiet", "Write nothing to standard error: no progress, and no logs of extensions.", Some('q'))
}

/// The flag of commands that can be undone.
pub(super) fn rollback_flag(signature: Signature) -> Signature {
    signature.switch(
        "no-rollback",
        "Leave what was done when something fails: `cluster resume` goes on, `cluster rollback` takes it back.",
        None,
    )
}

/// What is asked of a deployment.
#[derive(Clone)]
pub(super) struct Job {
    /// The deployment.
    pub(super) name: String,
    /// What is done, as the command is called.
    pub(super) operation: &'static str,
    /// Whether all components have to be ready at the same time in the end.
    pub(super) waits: bool,
    /// The user's text.
    pub(super) places: Places,
}

/// The columns of a row that is told.
pub(super) fn columns() -> Type {
    Type::Table(
        [
            ("time", Type::Date),
            ("wave", Type::Int),
            ("component", Type::String),
            ("operation", Type::String),
            ("status", Type::String),
            // Not every row has them, and a variable is only given what fits.
            ("duration", Type::one_of([Type::Nothing, Type::Duration])),
            ("message", Type::one_of([Type::Nothing, Type::String])),
        ]
        .into(),
    )
}

/// What commands return that can be called with --check: those rows, or what would be done.
pub(super) fn rows_or_check() -> Type {
    Type::one_of([columns(), Type::record()])
}

/// What a call works with.
pub(super) struct Work {
    data_dir: PathBuf,
    operator: Extensions,
    options: Options,
    interrupt: Interrupt,
    is_over: Box<dyn Fn() -> bool + Send + Sync>,
    /// Listens to Ctrl-C for as long as it lives.
    nickel: Nickel,
    is_quiet: bool,
    head: Span,
    book: Book,
}

impl Work {
    /// Reads the flags, those of them that the command has.
    pub(super) fn read(context: &Context<'_>) -> Result<Self, LabeledError> {
        let call = context.call;
        let has = |name: &str| call.has_flag(name);
        let timeout = context.duration_flag("timeout")?;
        let jobs = match call.get_flag::<i64>("jobs")? {
            None => JOBS,
            Some(jobs) => usize::try_from(jobs)
                .ok()
                .filter(|jobs| *jobs > 0)
                .ok_or_else(|| {
                    let span = call
                        .get_flag_value("jobs")
                        .map_or(call.head, |it| it.span());
                    invalid("--jobs is less than 1", "at least 1", span)
                })?,
        };
        let pace = Pace::default();
        let options = Options {
            jobs,
            keep_going: has("keep-going")?,
            on_failure: match has("no-rollback")? {
                true => OnFailure::Keep,
                false => OnFailure::RollBack,
            },
            pace: Pace {
                budget: timeout.unwrap_or(pace.budget),
                ..pace
            },
            force: has("force")?,
            keep_data: has("keep-data")?,
        };
        let is_quiet = has("quiet")?;
        let settings = context.settings();
        let data_dir = settings.data_dir()?.value;
        let (manager, nickel) = context.manager()?;
        let interrupt = nickel.evaluator().limits().interrupt.clone();
        let setup = provisioning::calling::Setup {
            runner: context.runner()?,
            directory: PathBuf::from(context.directory()?),
            timeout: context.runner_timeout()?,
            lib_dirs: context.module_directories()?,
            plugin: std::env::current_exe().ok().filter(|path| path.is_file()),
            data_dir: data_dir.clone(),
            interrupt: interrupt.clone(),
            span: call.head,
        };
        let operator = Extensions {
            manager,
            evaluator: nickel.evaluator().clone(),
            variables: context.variables()?.into_iter().collect(),
            setup,
            listener: listener(is_quiet),
        };
        Ok(Self {
            book: Book::open(context)?,
            data_dir,
            operator,
            options,
            is_over: Box::new({
                let interrupt = interrupt.clone();
                move || interrupt.is_triggered()
            }),
            interrupt,
            nickel,
            is_quiet,
            head: call.head,
        })
    }

    /// What runs operations.
    pub(super) fn operator(&self) -> &Extensions {
        &self.operator
    }

    /// Whether the end is asked for.
    pub(super) fn is_over(&self) -> bool {
        (self.is_over)()
    }

    /// Does something that changes nothing, and tells nothing meanwhile.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Engine<'_>) -> Result<T, LifecycleError>,
    ) -> Result<T, LifecycleError> {
        question(&self.engine(&|_| {}))
    }

    /// Returns what --check gives for a job, from its plan: nothing of it is done.
    pub(super) fn check(
        &self,
        job: &Job,
        plan: Result<Plan, LifecycleError>,
    ) -> Result<PipelineData, LabeledError> {
        let plan = plan.map_err(|error| not_done_at(&error, &job.places))?;
        Ok(check_value(job.operation, &job.name, &plan, self.head).into_pipeline_data())
    }

    /// Adds to a plan what components say that is in the way of installing them.
    pub(super) fn ask_for_obstacles(&self, plan: &mut Plan) {
        // What is refused anyway need not be asked.
        if !plan.problems.is_empty() {
            return;
        }
        for row in &plan.rows {
            let Some((component, arguments)) = row.installation() else {
                continue;
            };
            let obstacles = self
                .operator
                .obstacles(component, arguments, &*self.is_over);
            plan.problems
                .extend(obstacles.into_iter().map(|it| Problem {
                    component: component.name.clone(),
                    message: it.message,
                    help: it.help,
                }));
        }
    }

    fn engine<'a>(&'a self, events: &'a (dyn Fn(&Event) + Sync)) -> Engine<'a> {
        Engine {
            data_dir: &self.data_dir,
            operator: &self.operator,
            options: self.options,
            events,
            stop: &*self.is_over,
        }
    }

    /// Begins something that changes a deployment, and returns the rows that it tells. An error comes after the last row.
    pub(super) fn begin(
        self,
        context: &Context<'_>,
        job: Job,
        act: impl FnOnce(&Engine<'_>) -> Result<Outcome, LifecycleError> + Send + 'static,
    ) -> Result<PipelineData, LabeledError> {
        let (sender, receiver) = mpsc::channel();
        let head = self.head;
        let (interrupt, is_quiet) = (self.interrupt.clone(), self.is_quiet);
        let told = job.clone();
        let thread = std::thread::Builder::new()
            .name("deployment".to_owned())
            .spawn(move || self.run(&job, &sender, act))
            .map_err(|error| LabeledError::new(format!("a thread cannot be started: {error}")))?;
        let rows = Rows::new(receiver, thread, interrupt, is_quiet, told, head);
        let signals = context.engine.signals().clone();
        Ok(ListStream::new(rows, head, signals).into())
    }

    fn run(
        self,
        job: &Job,
        sender: &Sender<Told>,
        act: impl FnOnce(&Engine<'_>) -> Result<Outcome, LifecycleError>,
    ) {
        let since = Instant::now();
        let tell = Mutex::new(sender.clone());
        let events = |event: &Event| {
            let tell = tell.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever has gone has raised the flag that ends this.
            let _ = tell.send(Told::Event(event.clone()));
        };
        let engine = self.engine(&events);
        let mut result = act(&engine);
        if job.waits
            && let Ok(outcome) = &mut result
            && outcome.outcome == RunOutcome::Done
        {
            self.wait_for_all(&engine, &job.name, outcome);
        }
        self.book.write(job, &result, since.elapsed());
        let _ = sender.send(Told::Ended(result));
        drop(self.nickel);
    }

    /// Waits until all components are ready at the same time.
    fn wait_for_all(&self, engine: &Engine<'_>, name: &str, outcome: &mut Outcome) {
        let end = Instant::now() + self.options.pace.budget;
        loop {
            let Ok((state, observed)) = engine.health(name) else {
                return;
            };
            let pairs = state.components.iter().zip(&observed);
            let waiting: Vec<_> = pairs.filter(|(_, observed)| !observed.ready).collect();
            if waiting.is_empty() || self.interrupt.is_triggered() {
                return;
            }
            if Instant::now() >= end {
                outcome.outcome = RunOutcome::Failed;
                // The run itself has come to its end: there is nothing to go on with.
                outcome.run = None;
                outcome
                    .failures
                    .extend(waiting.into_iter().map(|(one, observed)| {
                        Problem {
                            component: one.component.name.clone(),
                            message: observed
                                .message
                                .clone()
                                .unwrap_or_else(|| "it is not ready".to_owned()),
                            help: None,
                        }
                    }));
                return;
            }
            std::thread::sleep(BETWEEN.min(end.saturating_duration_since(Instant::now())));
        }
    }
}

/// Returns what writes the lines of components to standard error, each with its name.
fn listener(is_quiet: bool) -> Listener {
    use std::io::{IsTerminal as _, Write as _};
    // There may be a line of progress.
    let start = match std::io::stderr().is_terminal() {
        true => "\x1b[2K\r",
        false => "",
    };
    Box::new(move |component, line| {
        if !is_quiet {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr().lock(), "{start}{component} | {line}");
        }
    })
}
