//! An operation that runs.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nu_protocol::{Span, Value};
use serde_json::json;

use super::Prepared;
use super::error::CallError;
use super::lines::Lines;
use crate::diagnostic::{Code, safe_text};
use crate::nickel::Interrupt;
use crate::nushell::from_nuon;
use crate::nushell::runner::{Binding, Runner, Said, Session, Task, is_other_release};
use crate::testing::{Place, Texts};
use crate::worker::Ending;

/// How long to wait for something new before looking at the caller's wishes.
const PATIENCE: Duration = Duration::from_millis(20);
/// Most bytes that an operation may print.
const MAX_PRINTED: usize = 64 << 20;
/// Most bytes that it may return.
const MAX_RESULT: usize = 64 << 20;
/// The variable that names the data directory.
const DATA_DIR: &str = "PROVISIONING_DATA_DIR";
/// What runs the operation; a text that never changes.
const DRIVER: &str = include_str!("driver.nu");

/// How an operation is run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The Nushell that it runs in.
    pub runner: Runner,
    /// The directory that it starts in: that of the shell.
    pub directory: PathBuf,
    /// Longest time.
    pub timeout: Duration,
    /// Where modules are looked for (`NU_LIB_DIRS`).
    pub lib_dirs: Vec<PathBuf>,
    /// This plugin, for operations that call its commands.
    pub plugin: Option<PathBuf>,
    /// The data directory that the plugin works with there.
    pub data_dir: PathBuf,
    /// Ends it.
    pub interrupt: Interrupt,
    /// The user's text, for values.
    pub span: Span,
}

/// What there is of an operation. Texts are without secrets.
#[derive(Debug)]
pub enum Step {
    /// A line of its log, from standard error.
    Log(String),
    /// A line that it has printed.
    Output(String),
    /// It has ended. Nothing comes after that.
    Ended(Result<Value, Box<CallError>>),
}

/// A running operation. It is ended, with everything that it has started, when this is dropped.
#[derive(Debug)]
pub struct Running {
    prepared: Prepared,
    setup: Setup,
    session: Session,
    since: Instant,
    has_begun: bool,
    printed: usize,
    output: Lines,
    log: Lines,
    /// What was said last, for what goes wrong before it begins.
    last: VecDeque<String>,
    ready: VecDeque<Step>,
    is_over: bool,
}

impl Prepared {
    /// Returns the name of the operation.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Starts it.
    ///
    /// # Errors
    /// There is no Nushell, or no place for temporary files.
    pub fn start(self, setup: Setup) -> Result<Running, CallError> {
        let binding = Binding {
            name: self.operation.clone(),
            is_value_wanted: true,
            arguments: Some(self.bound.arguments()),
        };
        let mut environment = self.surroundings.variables.clone();
        if self.calls_plugins && !environment.iter().any(|(name, _)| name == DATA_DIR) {
            environment.push((DATA_DIR.into(), setup.data_dir.clone().into()));
        }
        let plugins = match self.calls_plugins {
            true => setup.plugin.as_slice(),
            false => &[],
        };
        let session = setup
            .runner
            .start(&Task {
                driver: DRIVER,
                source: &self.module,
                bindings: &[binding],
                request: json!({ "arguments": self.input }),
                directory: &setup.directory,
                environment,
                lib_dirs: &setup.lib_dirs,
                plugins,
                is_module: true,
                is_apart: true,
                is_closed: false,
            })
            .map_err(CallError::Run)?;
        Ok(Running {
            prepared: self,
            setup,
            session,
            since: Instant::now(),
            has_begun: false,
            printed: 0,
            output: Lines::default(),
            log: Lines::default(),
            last: VecDeque::new(),
            ready: VecDeque::new(),
            is_over: false,
        })
    }
}

impl Running {
    /// Returns what comes next, when it comes; nothing after the end.
    pub fn next_step(&mut self) -> Option<Step> {
        self.next_step_unless(&|| false)
    }

    /// As [`Running::next_step`]; the operation is ended as by Ctrl-C when that is so.
    pub fn next_step_unless(&mut self, is_over: &dyn Fn() -> bool) -> Option<Step> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            if self.is_over {
                return None;
            }
            if self.setup.interrupt.is_triggered() || is_over() {
                self.end(Err(CallError::Interrupted));
                continue;
            }
            let left = self.setup.timeout.saturating_sub(self.since.elapsed());
            if left.is_zero() {
                let operation = self.prepared.operation.clone();
                let time = self.setup.timeout;
                self.end(Err(CallError::Timeout { operation, time }));
                continue;
            }
            match self.session.next(PATIENCE.min(left)) {
                None => {}
                Some(Said::Output(bytes)) => {
                    let lines = self.output.add(&bytes, &self.prepared.surroundings);
                    self.tell(bytes.len(), lines, Step::Output);
                }
                Some(Said::Error(bytes)) => {
                    let lines = self.log.add(&bytes, &self.prepared.surroundings);
                    self.tell(bytes.len(), lines, Step::Log);
                }
                Some(Said::Word(word)) => match word.split_once(' ').unwrap_or((&word, "")) {
                    ("hello", version) if is_other_release(version) => {
                        let error = CallError::OtherNushell {
                            program: self.setup.runner.program.display().to_string(),
                            version: safe_text(version).into_owned(),
                        };
                        self.end(Err(error));
                    }
                    ("begin", _) => {
                        self.has_begun = true;
                        self.since = Instant::now();
                    }
                    _ => {}
                },
                Some(Said::Ended(ending)) => {
                    let result = self.result(ending);
                    self.end(result);
                }
            }
        }
    }

    /// Returns how long it has run.
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    /// Returns what the operation has returned without the secrets that it was given: for what is kept, or shown to others.
    pub fn without_secrets(&self, value: Value) -> Value {
        self.prepared.surroundings.hidden_in(value)
    }

    fn tell(&mut self, bytes: usize, lines: Vec<String>, step: fn(String) -> Step) {
        const MAX_LAST: usize = 8;
        self.printed += bytes;
        for line in lines {
            if !self.has_begun {
                self.last.push_back(line.clone());
                if self.last.len() > MAX_LAST {
                    self.last.pop_front();
                }
            }
            self.ready.push_back(step(line));
        }
        if self.printed > MAX_PRINTED {
            let operation = self.prepared.operation.clone();
            self.end(Err(CallError::TooMuch {
                operation,
                what: "prints",
                most: MAX_PRINTED,
            }));
        }
    }

    /// Ends everything, and tells what is left to tell.
    fn end(&mut self, result: Result<Value, CallError>) {
        self.session.end();
        let surroundings = &self.prepared.surroundings;
        let output = self.output.rest(surroundings).map(Step::Output);
        let log = self.log.rest(surroundings).map(Step::Log);
        self.ready.extend(output.into_iter().chain(log));
        self.ready.push_back(Step::Ended(result.map_err(Box::new)));
        self.is_over = true;
    }

    /// Reads what came of it.
    fn result(&mut self, ending: Ending) -> Result<Value, CallError> {
        let operation = self.prepared.operation.clone();
        if !self.has_begun {
            let surroundings = &self.prepared.surroundings;
            self.last.extend(self.log.rest(surroundings));
            let said: Vec<String> = self.last.drain(..).collect();
            let said = said.join("\n");
            return Err(CallError::NotBegun {
                operation,
                ending,
                said,
            });
        }
        if !self.session.is_intact() {
            return Err(CallError::Lost { operation });
        }
        let mut results = match self.session.results() {
            Ok(results) => results,
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                return Err(CallError::TooMuch {
                    operation,
                    what: "returns",
                    most: MAX_RESULT,
                });
            }
            Err(_) => return Err(CallError::Lost { operation }),
        };
        let Some(told) = results.pop() else {
            return Err(CallError::Died { operation, ending });
        };
        if let Some(what) = told["unfit"].as_str() {
            let what = safe_text(what).into_owned();
            return Err(CallError::NotData { operation, what });
        }
        let Some(text) = told["value"].as_str() else {
            return Err(self.failed(&told["error"]));
        };
        let left = self.session.left();
        if left > 0 {
            return Err(CallError::Lingered {
                operation,
                count: left,
            });
        }
        from_nuon(text, self.setup.span).map_err(|error| CallError::NotData {
            operation,
            what: format!("something else ({error})"),
        })
    }

    /// Returns the error of the operation, at the author's own line.
    fn failed(&self, error: &serde_json::Value) -> CallError {
        let place = Place {
            file: &self.prepared.module,
            span: None,
            what: "the operation",
            code: Code::CallFailed,
        };
        let mut fault = Texts::below(&self.prepared.root).fault(error, &place);
        let hidden = |text: &str| self.prepared.surroundings.hidden(text);
        fault.message = hidden(&fault.message);
        fault.finding.message = hidden(&fault.finding.message);
        fault.finding.help = fault.finding.help.map(|help| hidden(&help));
        for label in &mut fault.finding.labels {
            label.text = hidden(&label.text);
        }
        CallError::Failed(Box::new(fault))
    }
}
