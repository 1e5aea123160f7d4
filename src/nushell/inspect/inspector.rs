//! The door: where inspections are done, and which are known already.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::engine::{self, Declaration, Engines};
use super::outcome::Inspection;
use super::parse;
use super::problems::is_about_imports;
use super::request::Request;
use crate::diagnostic::{Code, Explain, panic_message};
use crate::nushell::files::{CodeFiles, MAX_SIZE, contents};
use crate::worker::{self, CallLimits, Crash, Failure, Handler, Reply, Workers};

/// Longest time of one inspection.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most memory of one inspection, in bytes.
const MEMORY: u64 = 1 << 30;
/// Stack of the thread that parses, in bytes. Only what is used is ever backed by memory.
const STACK: usize = 256 << 20;
/// How long it is remembered that the time was not enough: the machine may have been busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// About how many bytes are remembered: thousands of extensions are validated again without parsing.
const MAX_KNOWN_BYTES: usize = 64 << 20;
/// What an inspection takes besides its texts and what was found in them, in bytes.
const OVERHEAD: usize = 1 << 10;
/// What a command or a finding takes, in bytes.
const ITEM: usize = 512;

/// Inspects Nushell code. A clone shares workers and memory.
#[derive(Clone, Debug)]
pub struct Inspector(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    workers: Option<Workers>,
    declarations: Vec<Declaration>,
    /// What tells them from others.
    declared: u64,
    timeout: Duration,
    memory: Mutex<Memory>,
}

/// The inspections that are remembered.
#[derive(Debug)]
struct Memory {
    known: LruCache<[u8; 32], Known>,
    bytes: usize,
}

/// An inspection, and the files that it has read besides those that the caller knows.
#[derive(Clone, Debug)]
struct Known {
    inspection: Result<Arc<Inspection>, Limit>,
    others: Vec<(PathBuf, [u8; 32])>,
    since: Instant,
}

impl Known {
    fn is_over(&self) -> bool {
        matches!(self.inspection, Err(Limit::Time(_))) && self.since.elapsed() > PATIENCE
    }

    fn bytes(&self) -> usize {
        let Ok(inspection) = &self.inspection else {
            return OVERHEAD;
        };
        let texts: usize = inspection.files.iter().map(|file| file.text.len()).sum();
        let commands: usize = inspection
            .modules
            .iter()
            .map(|module| module.commands.len())
            .sum();
        OVERHEAD + texts + ITEM * (commands + inspection.problems.len())
    }
}

/// A limit that was gone over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The time.
    Time(Duration),
    /// The memory, in bytes.
    Memory(u64),
    /// The stack.
    Depth,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Time(time) => write!(f, "{} seconds", time.as_secs()),
            Limit::Memory(bytes) => write!(f, "{} GiB of memory", bytes >> 30),
            Limit::Depth => f.write_str("the depth that the parser can follow"),
        }
    }
}

/// Why there is no inspection.
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    /// It took too long, too much memory, or too deep a stack.
    #[error("the code cannot be parsed within {0}")]
    Limit(Limit),
    /// The caller did not want it any more.
    #[error("interrupted")]
    Interrupted,
    /// No process for it could be started, or the program has a fault.
    #[error("the code cannot be inspected: {0}")]
    Internal(String),
}

impl Explain for InspectionError {
    fn code(&self) -> Code {
        match self {
            InspectionError::Limit(_) => Code::NushellLimit,
            InspectionError::Interrupted => Code::InputInvalid,
            InspectionError::Internal(_) => Code::NushellInternal,
        }
    }
}

impl Default for Inspector {
    /// Returns an inspector that parses in this process: for code that is trusted not to take it down.
    fn default() -> Self {
        Self::new(None, Vec::new(), TIMEOUT)
    }
}

impl Inspector {
    /// Returns an inspector whose work is done in processes of `program`, which has to call
    /// [`worker::serve`] with [`handler`].
    pub fn with_worker(program: impl Into<PathBuf>) -> Self {
        Self::new(Some(workers(program.into())), Vec::new(), TIMEOUT)
    }

    fn new(workers: Option<Workers>, declarations: Vec<Declaration>, timeout: Duration) -> Self {
        Self(Arc::new(Inner {
            workers,
            declared: engine::key(&declarations),
            declarations,
            timeout,
            memory: Mutex::new(Memory {
                known: LruCache::unbounded(),
                bytes: 0,
            }),
        }))
    }

    /// Returns an inspector that shares the workers, each of whose inspections may take only so long in a worker.
    #[must_use]
    pub fn limited(&self, timeout: Duration) -> Self {
        Self::new(self.0.workers.clone(), self.0.declarations.clone(), timeout)
    }

    /// Returns an inspector that shares the workers and knows these commands too.
    #[must_use]
    pub fn knowing(&self, declarations: Vec<Declaration>) -> Self {
        Self::new(self.0.workers.clone(), declarations, self.0.timeout)
    }

    /// Returns what tells the commands that this inspector knows from others.
    pub fn identity(&self) -> u64 {
        self.0.declared
    }

    /// Starts a worker, because an inspection is likely to come.
    pub fn warm_up(&self) {
        if let Some(workers) = &self.0.workers {
            workers.warm_up();
        }
    }

    /// Inspects the files of a request. `code` is what there is of Nushell files in the extension: for the same texts the
    /// same is told, without parsing them again.
    ///
    /// # Errors
    /// The code cannot be parsed within the limits, or it was not wanted any more.
    pub fn inspect(
        &self,
        request: &Request,
        code: &CodeFiles,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Arc<Inspection>, InspectionError> {
        let key = key(request, code);
        if let Some(known) = self.known(&key, request) {
            return known.map_err(InspectionError::Limit);
        }
        let inspected = match &self.0.workers {
            Some(workers) => self.in_worker(workers, request, interrupted),
            None => in_process(request, self.0.declared, &self.0.declarations),
        };
        match inspected {
            Ok(inspection) => {
                let inspection = Arc::new(inspection);
                if let Some(others) = others(&inspection, code) {
                    self.keep(key, Ok(Arc::clone(&inspection)), others);
                }
                Ok(inspection)
            }
            Err(InspectionError::Limit(limit)) => {
                self.keep(key, Err(limit), Vec::new());
                Err(InspectionError::Limit(limit))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the outcome of an inspection is remembered.
    pub fn knows(&self, request: &Request, code: &CodeFiles) -> bool {
        self.known(&key(request, code), request).is_some()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(
        &self,
        key: [u8; 32],
        inspection: Result<Arc<Inspection>, Limit>,
        others: Vec<(PathBuf, [u8; 32])>,
    ) {
        let known = Known {
            inspection,
            others,
            since: Instant::now(),
        };
        let mut memory = self.memory();
        memory.bytes += known.bytes();
        if let Some((_, old)) = memory.known.push(key, known) {
            memory.bytes -= old.bytes();
        }
        while memory.bytes > MAX_KNOWN_BYTES {
            let Some((_, old)) = memory.known.pop_lru() else {
                break;
            };
            memory.bytes -= old.bytes();
        }
    }

    fn known(&self, key: &[u8; 32], request: &Request) -> Option<Result<Arc<Inspection>, Limit>> {
        // The files are not read while others wait.
        let found = self.memory().known.get(key)?.clone();
        let is_same = |(path, was): &(PathBuf, [u8; 32])| {
            !is_hidden(path, &request.lib_dirs)
                && contents(path, MAX_SIZE + 1).is_ok_and(|text| hash(&text) == *was)
        };
        (!found.is_over() && found.others.iter().all(is_same)).then_some(found.inspection)
    }

    fn in_worker(
        &self,
        workers: &Workers,
        request: &Request,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Inspection, InspectionError> {
        let internal = |error: String| InspectionError::Internal(error);
        let mut job = Job {
            request: request.clone(),
            declared: self.0.declared,
            declarations: None,
        };
        // A worker is told them once.
        loop {
            let bytes = rmp_serde::to_vec(&job).map_err(|error| internal(error.to_string()))?;
            let answer = call(workers, &bytes, self.0.timeout, interrupted)?;
            let answer: Answer =
                rmp_serde::from_slice(&answer).map_err(|error| internal(error.to_string()))?;
            match answer {
                Ok(Some(inspection)) => return Ok(inspection),
                Ok(None) if job.declarations.is_none() => {
                    job.declarations = Some(self.0.declarations.clone());
                }
                Ok(None) => return Err(internal("the declarations are not known".to_owned())),
                Err(error) => return Err(internal(error)),
            }
        }
    }
}

/// Whether the declarations were known, and what was found.
type Answer = Result<Option<Inspection>, String>;

fn call(
    workers: &Workers,
    request: &[u8],
    timeout: Duration,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<u8>, InspectionError> {
    let internal = |error: String| InspectionError::Internal(error);
    let limits = CallLimits {
        timeout,
        memory: MEMORY,
        interrupted,
    };
    workers
        .call(request, &limits)
        .map_err(|failure| match failure {
            Failure::Interrupted => InspectionError::Interrupted,
            Failure::TimedOut | Failure::Crashed(Crash::OutOfTime) => {
                InspectionError::Limit(Limit::Time(timeout))
            }
            Failure::Crashed(Crash::OutOfMemory) => InspectionError::Limit(Limit::Memory(MEMORY)),
            Failure::Crashed(Crash::StackOverflow) => InspectionError::Limit(Limit::Depth),
            Failure::Crashed(Crash::Killed) => {
                internal("the process that parses was ended from outside".to_owned())
            }
            Failure::Crashed(Crash::Other(how)) => {
                internal(format!("the process that parses has ended ({how})"))
            }
            Failure::Unavailable(error) => internal(error.to_string()),
        })
}

fn key(request: &Request, code: &CodeFiles) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(code.digest());
    hasher.update(rmp_serde::to_vec(request).unwrap_or_default());
    hasher.finalize().into()
}

/// Returns the files that were read besides those that the caller knows; none when the inspection is not to be remembered:
/// a file has changed since the caller has read it, or what is not there now may be the next time.
fn others(inspection: &Inspection, code: &CodeFiles) -> Option<Vec<(PathBuf, [u8; 32])>> {
    if inspection.problems.iter().any(is_about_imports) {
        return None;
    }
    let mut others = Vec::new();
    for file in &inspection.files {
        match code.text(&file.path) {
            Some(text) if *text == *file.text => {}
            Some(_) => return None,
            None => others.push((file.path.clone(), hash(file.text.as_bytes()))),
        }
    }
    Some(others)
}

/// Whether another file would now be found in place of one of a library.
fn is_hidden(path: &Path, lib_dirs: &[PathBuf]) -> bool {
    let Some((at, relative)) = lib_dirs
        .iter()
        .enumerate()
        .find_map(|(at, directory)| Some((at, path.strip_prefix(directory).ok()?)))
    else {
        return false;
    };
    lib_dirs
        .iter()
        .take(at)
        .any(|directory| directory.join(relative).exists())
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn workers(program: PathBuf) -> Workers {
    let max = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    // A request confines itself further, to the directories that it is about.
    let everything = PathBuf::from(std::path::MAIN_SEPARATOR_STR);
    Workers::new(program, crate::nushell::JOB, vec![everything], max)
}

/// What a worker is sent.
#[derive(Serialize, Deserialize)]
struct Job {
    request: Request,
    /// Which declarations, and what they are when the worker may not know them.
    declared: u64,
    declarations: Option<Vec<Declaration>>,
}

static ENGINES: LazyLock<Engines> = LazyLock::new(Engines::default);

/// Parses on a thread with a large stack.
fn in_process(
    request: &Request,
    declared: u64,
    declarations: &[Declaration],
) -> Result<Inspection, InspectionError> {
    let mut inspection = None;
    let work = || {
        parse::inspect(request, declared, Some(declarations), &ENGINES, |answer| {
            inspection = Some(answer);
        })
    };
    on_thread(work)
        .unwrap_or_else(Err)
        .map_err(InspectionError::Internal)?;
    inspection.ok_or_else(|| InspectionError::Internal("the declarations are not known".to_owned()))
}

fn on_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("parse".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| error.to_string())?;
        thread.join().map_err(|panic| panic_message(&*panic))
    })
}

/// Makes what answers the requests of a worker.
pub fn handler() -> Box<dyn Handler> {
    // Made before the first request comes.
    let _ = ENGINES.get(engine::BASE, Some(&[]), false);
    Box::new(Parser)
}

struct Parser;

impl Handler for Parser {
    fn handle(&mut self, request: &[u8], reply: &Reply) {
        let give = |answer: &Answer| reply.give(&rmp_serde::to_vec(answer).unwrap_or_default());
        let answered = rmp_serde::from_slice::<Job>(request)
            .map_err(|error| error.to_string())
            .and_then(|job| {
                on_thread(|| {
                    let request = &job.request;
                    let mut readable: Vec<&Path> = vec![&request.root];
                    readable.extend(request.lib_dirs.iter().map(PathBuf::as_path));
                    worker::confine(&readable);
                    let declarations = job.declarations.as_deref();
                    parse::inspect(
                        request,
                        job.declared,
                        declarations,
                        &ENGINES,
                        |inspection| {
                            give(&Ok(Some(inspection)));
                        },
                    )
                })
                .unwrap_or_else(Err)
            });
        match answered {
            Ok(true) => {}
            Ok(false) => give(&Ok(None)),
            Err(error) => give(&Err(error)),
        }
    }
}

#[cfg(test)]
mod tests;
