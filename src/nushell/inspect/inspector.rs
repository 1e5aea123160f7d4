//! The door: where inspections are done, and which are known already.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::engine::{self, Declaration, Engines};
use super::outcome::Inspection;
use super::parse;
use super::request::Request;
use crate::diagnostic::{Code, Explain, panic_message};
use crate::worker::{self, CallLimits, Crash, Failure, Handler, Reply, Workers};

/// Longest time of one inspection.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most memory of one inspection, in bytes.
const MEMORY: u64 = 1 << 30;
/// Stack of the thread that parses, in bytes. Only what is used is ever backed by memory.
const STACK: usize = 256 << 20;
/// Most inspections that are remembered.
const MAX_KNOWN: usize = 512;

/// Inspects Nushell code. A clone shares workers and memory.
#[derive(Clone, Debug)]
pub struct Inspector(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    workers: Option<Workers>,
    declarations: Vec<Declaration>,
    /// What tells them from others.
    declared: u64,
    known: Mutex<LruCache<[u8; 32], Known>>,
}

/// An inspection, and the files outside of the extension that it has read.
#[derive(Debug)]
struct Known {
    /// Or which limit it went over.
    inspection: Result<Arc<Inspection>, &'static str>,
    outside: Vec<(PathBuf, [u8; 32])>,
}

/// Why there is no inspection.
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    /// It took too long, too much memory, or too deep a stack.
    #[error("the code cannot be parsed within {0}")]
    Limit(&'static str),
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
        Self::new(None, Vec::new())
    }
}

impl Inspector {
    /// Returns an inspector whose work is done in processes of `program`, which has to call
    /// [`worker::serve`] with [`handler`].
    pub fn with_worker(program: impl Into<PathBuf>) -> Self {
        Self::new(Some(workers(program.into())), Vec::new())
    }

    fn new(workers: Option<Workers>, declarations: Vec<Declaration>) -> Self {
        let capacity = NonZeroUsize::new(MAX_KNOWN).unwrap_or(NonZeroUsize::MIN);
        Self(Arc::new(Inner {
            workers,
            declared: engine::key(&declarations),
            declarations,
            known: Mutex::new(LruCache::new(capacity)),
        }))
    }

    /// Returns an inspector that shares the workers and knows these commands too.
    #[must_use]
    pub fn knowing(&self, declarations: Vec<Declaration>) -> Self {
        Self::new(self.0.workers.clone(), declarations)
    }

    /// Starts a worker, because an inspection is likely to come.
    pub fn warm_up(&self) {
        if let Some(workers) = &self.0.workers {
            workers.warm_up();
        }
    }

    /// Inspects the files of a request. `texts` are those of all Nushell files of the extension: for the same texts the
    /// same is told, without parsing them again.
    ///
    /// # Errors
    /// The code cannot be parsed within the limits, or it was not wanted any more.
    pub fn inspect(
        &self,
        request: &Request,
        texts: &[(PathBuf, Arc<str>)],
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Arc<Inspection>, InspectionError> {
        let key = self.key(request, texts);
        if let Some(known) = self.known(&key) {
            return known.map_err(InspectionError::Limit);
        }
        let inspected = match &self.0.workers {
            Some(workers) => self.in_worker(workers, request, interrupted),
            None => in_process(request, self.0.declared, &self.0.declarations),
        };
        if let Err(InspectionError::Limit(limit)) = &inspected {
            self.keep(key, Err(*limit), Vec::new());
        }
        let inspection = Arc::new(inspected?);
        // What was not found may be there the next time.
        let is_whole = request.lib_dirs.is_empty()
            || !inspection.modules.iter().any(|module| module.lacks_imports);
        if is_whole {
            let outside = inspection
                .files
                .iter()
                .filter(|file| !file.path.starts_with(&request.root))
                .map(|file| (file.path.clone(), hash(file.text.as_bytes())))
                .collect();
            self.keep(key, Ok(Arc::clone(&inspection)), outside);
        }
        Ok(inspection)
    }

    fn keep(
        &self,
        key: [u8; 32],
        inspection: Result<Arc<Inspection>, &'static str>,
        outside: Vec<(PathBuf, [u8; 32])>,
    ) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(
            key,
            Known {
                inspection,
                outside,
            },
        );
    }

    fn known(&self, key: &[u8; 32]) -> Option<Result<Arc<Inspection>, &'static str>> {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(key)?;
        let is_same = |(path, was): &(PathBuf, [u8; 32])| {
            std::fs::read(path).is_ok_and(|text| hash(&text) == *was)
        };
        found
            .outside
            .iter()
            .all(is_same)
            .then(|| found.inspection.clone())
    }

    fn key(&self, request: &Request, texts: &[(PathBuf, Arc<str>)]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(bytes.len().to_le_bytes());
            hasher.update(bytes);
        };
        add(&rmp_serde::to_vec(request).unwrap_or_default());
        for (path, text) in texts {
            add(path.as_os_str().as_encoded_bytes());
            add(text.as_bytes());
        }
        hasher.finalize().into()
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
            let answer = call(workers, &bytes, interrupted)?;
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
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<u8>, InspectionError> {
    let internal = |error: String| InspectionError::Internal(error);
    let limits = CallLimits {
        timeout: TIMEOUT,
        memory: MEMORY,
        interrupted,
    };
    workers
        .call(request, &limits)
        .map_err(|failure| match failure {
            Failure::Interrupted => InspectionError::Interrupted,
            Failure::TimedOut | Failure::Crashed(Crash::OutOfTime) => {
                InspectionError::Limit("10 seconds")
            }
            Failure::Crashed(Crash::OutOfMemory) => InspectionError::Limit("1 GiB of memory"),
            Failure::Crashed(Crash::StackOverflow) => {
                InspectionError::Limit("the depth that the parser can follow")
            }
            Failure::Crashed(Crash::Killed) => {
                internal("the process that parses was ended from outside".to_owned())
            }
            Failure::Crashed(Crash::Other(how)) => {
                internal(format!("the process that parses has ended ({how})"))
            }
            Failure::Unavailable(error) => internal(error.to_string()),
        })
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
    let work = || parse::inspect(request, declared, Some(declarations), &ENGINES);
    on_thread(work)
        .unwrap_or_else(Err)
        .map_err(InspectionError::Internal)?
        .ok_or_else(|| InspectionError::Internal("the declarations are not known".to_owned()))
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
        let answer = rmp_serde::from_slice::<Job>(request)
            .map_err(|error| error.to_string())
            .and_then(|job| {
                on_thread(|| {
                    let request = &job.request;
                    let mut readable: Vec<&Path> = vec![&request.root];
                    readable.extend(request.lib_dirs.iter().map(PathBuf::as_path));
                    worker::confine(&readable);
                    parse::inspect(request, job.declared, job.declarations.as_deref(), &ENGINES)
                })
                .unwrap_or_else(Err)
            });
        let bytes = rmp_serde::to_vec(&answer).unwrap_or_default();
        reply.give(&bytes);
    }
}
