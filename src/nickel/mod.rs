//! Nickel in this process: a file or a text in, data or findings out.
//!
//! This is the only module that knows `nickel-lang-core`. Every evaluation runs on a thread of its own with a large
//! stack, can be interrupted, and reads files only through [`loader`].
//!
//! Today each evaluation builds its own engine; [`evaluate`] is the seam behind which engines will be kept, shared and
//! moved out of the process.

mod budget;
mod engine;
mod findings;
mod guard;
mod imports;
mod loader;
mod trial;
mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic, Explain, panic_message};
use crate::worker::Worker;

pub use imports::Roots;
pub use trial::{JOB, serve};

/// The version of the Nickel language that is built in.
///
/// The crate has versions of its own: core 0.19 is Nickel 1.18 (GAP-35). A test holds this against the lock file.
pub const NICKEL_VERSION: Version = Version::new(1, 18, 0);

/// Stack of an evaluation, in bytes. Only what is used is ever backed by memory.
///
/// Freeing a chain of thunks recurses through all of it, with around 200 bytes for each; the budget's bound on memory
/// allows chains of two million.
const STACK_SIZE: usize = 1 << 30;
/// Stack where so much cannot be reserved.
const SMALL_STACK_SIZE: usize = 128 << 20;

/// Longest evaluation, unless the caller says otherwise. It is looked at between steps: one step that takes long, such as
/// a huge power, is not ended by it.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A flag that ends an evaluation from another thread, such as Ctrl-C does.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Ends every evaluation that was given this flag.
    pub fn trigger(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_triggered(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an evaluation may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest time it may take.
    pub timeout: Duration,
    /// Ends it from outside.
    pub interrupt: Interrupt,
    /// Tries out in a process of its own what may take a process down. Without one, such a file ends this process.
    pub worker: Option<Worker>,
}

impl Default for Limits {
    /// Returns [`DEFAULT_TIMEOUT`], no way to interrupt and no worker.
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            interrupt: Interrupt::default(),
            worker: None,
        }
    }
}

/// What to evaluate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    /// A Nickel, JSON, YAML or TOML file, told apart by its name.
    File(PathBuf),
    /// A Nickel text.
    Text {
        /// The text.
        text: String,
        /// Name to show in messages.
        name: String,
        /// Where relative imports start.
        directory: PathBuf,
    },
}

/// An evaluation for export, as `nickel export` does it.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to evaluate.
    pub input: Input,
    /// The field whose value is wanted, from the outermost record inwards; empty for everything.
    pub field: Vec<String>,
    /// Where imports may come from.
    pub roots: Roots,
    /// What it may use.
    pub limits: Limits,
}

impl Request {
    /// Returns a request for a whole file, with imports from anywhere.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Input::File(path.into()))
    }

    /// Returns a request for a whole input, with imports from anywhere.
    pub fn new(input: Input) -> Self {
        Self {
            input,
            field: Vec::new(),
            roots: Roots::Anywhere,
            limits: Limits::default(),
        }
    }

    /// Asks for one field.
    #[must_use]
    pub fn with_field(mut self, field: Vec<String>) -> Self {
        self.field = field;
        self
    }

    /// Restricts imports to files below a directory.
    #[must_use]
    pub fn within(mut self, directory: impl Into<PathBuf>) -> Self {
        self.roots = Roots::Within(vec![directory.into()]);
        self
    }

    /// Sets what it may use.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub enum NickelError {
    /// The input has faults.
    #[error("{}", headline(.0))]
    Faults(Vec<Diagnostic>),
    /// It was ended from outside.
    #[error("the evaluation was interrupted")]
    Interrupted,
    /// It took too long.
    #[error("the evaluation took longer than {}", in_words(.0))]
    Timeout(Duration),
    /// The evaluator failed on this input.
    #[error("the Nickel evaluator failed: {0}")]
    Internal(String),
}

fn headline(findings: &[Diagnostic]) -> String {
    match findings {
        [] => "the evaluation failed".to_owned(),
        [one] => one.message.clone(),
        [first, rest @ ..] => format!("{} (and {} more)", first.message, rest.len()),
    }
}

fn in_words(duration: &Duration) -> String {
    format!("{} seconds", duration.as_secs_f64())
}

impl Explain for NickelError {
    fn code(&self) -> Code {
        match self {
            NickelError::Faults(findings) => findings
                .first()
                .map_or(Code::NickelEval, |finding| finding.code),
            NickelError::Interrupted | NickelError::Timeout(_) => Code::NickelLimit,
            NickelError::Internal(_) => Code::NickelInternal,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            NickelError::Timeout(_) => {
                Some("look for a function that calls itself without an end".to_owned())
            }
            NickelError::Internal(_) => Some(
                "this input makes the evaluator fail; please report it with the file".to_owned(),
            ),
            NickelError::Faults(_) | NickelError::Interrupted => None,
        }
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            NickelError::Faults(findings) => findings,
            _ => &[],
        }
    }
}

/// Evaluates for export and returns the data.
///
/// Whole numbers become integers, enum tags become strings, the order of fields is kept. Fields that are not exported
/// are left out.
///
/// # Errors
/// Every fault that was found, each with its place; or why the evaluation was ended.
pub fn evaluate(request: &Request) -> Result<serde_json::Value, NickelError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let spawn = |size| {
        let request = request.clone();
        let (reply, on_panic) = (sender.clone(), sender.clone());
        std::thread::Builder::new()
            .name("nickel".to_owned())
            .stack_size(size)
            .spawn(move || {
                let work = AssertUnwindSafe(|| {
                    engine::evaluate(&request, move |result| {
                        // The receiver waits until there is an answer.
                        let _ = reply.send(result);
                    });
                });
                if let Err(panic) = catch_unwind(work) {
                    let _ =
                        on_panic.send(Err(NickelError::Internal(panic_message(panic.as_ref()))));
                }
            })
    };
    let spawned = spawn(STACK_SIZE).or_else(|_| spawn(SMALL_STACK_SIZE));
    drop(sender);
    if let Err(error) = spawned {
        return Err(NickelError::Internal(format!(
            "no thread for the evaluation: {error}"
        )));
    }
    // The thread goes on for a while after its answer: freeing what was built can take longer than building it.
    receiver.recv().unwrap_or_else(|_| {
        Err(NickelError::Internal(
            "the evaluation ended without an answer".to_owned(),
        ))
    })
}

/// Runs work on a thread of its own, and turns a panic into an error.
///
/// # Errors
/// There is no room for the stack; the work was not begun.
fn on_stack<T: Send>(
    size: usize,
    work: impl Fn() -> Result<T, NickelError> + Sync,
) -> std::io::Result<Result<T, NickelError>> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("nickel".to_owned())
            .stack_size(size)
            .spawn_scoped(scope, &work)?;
        Ok(thread
            .join()
            .unwrap_or_else(|panic| Err(NickelError::Internal(panic_message(panic.as_ref())))))
    })
}

/// Splits a field path such as `a.b."c.d"` at its dots.
///
/// # Errors
/// What is wrong with it, in words.
pub fn field_path(text: &str) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    if parts.iter().any(String::is_empty) {
        return Err("a part of the path is empty".to_owned());
    }
    Ok(parts)
}

/// Whether a file is one that can be evaluated, by its name.
pub fn is_readable_format(path: &Path) -> bool {
    nickel_lang_core::cache::InputFormat::from_path(path.as_os_str())
        .is_some_and(|format| format != nickel_lang_core::cache::InputFormat::Text)
}

#[cfg(test)]
mod tests;
