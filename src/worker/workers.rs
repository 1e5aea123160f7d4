//! The workers of one job.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::crew::{Crew, Lease};
use super::process::{Failure, Process};
use super::sandbox::{Allowance, Sandbox};

/// Longest time that a caller waits for a free worker, beyond its own timeout.
const QUEUE_LIMIT: Duration = Duration::from_secs(60);

/// What one request may take.
pub struct CallLimits<'a> {
    /// Time until there must be an answer, once a worker has begun.
    pub timeout: Duration,
    /// Memory on top of what the worker has, in bytes.
    pub memory: u64,
    /// Whether the caller has lost interest.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// The workers of one job. A clone stands for the same workers.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: PathBuf,
    job: &'static str,
    sandbox: Sandbox,
    crew: Crew<Process>,
}

impl Inner {
    fn start(&self) -> std::io::Result<Process> {
        Process::start(&self.program, self.job, &self.sandbox)
    }
}

impl Workers {
    /// Returns the workers of a job, none of which is started yet; at most `max` will be.
    ///
    /// `program` is started for each. It has to call [`serve`](super::serve), and may read only `readable`.
    pub fn new(
        program: impl Into<PathBuf>,
        job: &'static str,
        readable: Vec<PathBuf>,
        max: usize,
    ) -> Self {
        Self(Arc::new(Inner {
            program: program.into(),
            job,
            sandbox: Sandbox { readable },
            crew: Crew::new(max),
        }))
    }

    /// Returns how many workers there may be.
    pub fn max(&self) -> usize {
        self.0.crew.max()
    }

    /// Starts a worker if there is none, because a request is likely to come.
    ///
    /// Returns before the worker is ready. That it cannot be started is said when it is needed.
    pub fn warm_up(&self) {
        let _ = self.0.crew.warm_up(|| self.0.start());
    }

    /// Sends a request to a worker and waits for the answer.
    ///
    /// # Errors
    /// There is none; see [`Failure`]. The worker is gone then, and a new one is on its way.
    pub fn call(&self, request: &[u8], limits: &CallLimits<'_>) -> Result<Vec<u8>, Failure> {
        let deadline = Instant::now() + limits.timeout + QUEUE_LIMIT;
        let mut worker = self.take(deadline, limits)?;
        // Those that died while nobody asked them anything are replaced; one that dies at once tells so when it is asked.
        for _ in 0..self.max() {
            if worker.is_alive() {
                break;
            }
            drop(worker);
            worker = self.take(deadline, limits)?;
        }
        let allowance = Allowance {
            memory: limits.memory,
            seconds: limits.timeout.as_secs(),
        };
        let answer = worker.call(request, &allowance, limits.timeout, limits.interrupted);
        match answer {
            Ok(answer) if answer.is_usable => {
                worker.give_back();
                Ok(answer.bytes)
            }
            Ok(answer) => {
                self.replace(worker);
                Ok(answer.bytes)
            }
            Err(failure) => {
                self.replace(worker);
                Err(failure)
            }
        }
    }

    fn take(
        &self,
        deadline: Instant,
        limits: &CallLimits<'_>,
    ) -> Result<Lease<'_, Process>, Failure> {
        let taken = self
            .0
            .crew
            .take(|| self.0.start(), deadline, limits.interrupted)
            .map_err(Failure::Unavailable)?;
        taken.ok_or_else(|| {
            if (limits.interrupted)() {
                Failure::Interrupted
            } else {
                Failure::TimedOut
            }
        })
    }

    /// Ends a worker and starts the next one, both behind the caller's back.
    fn replace(&self, worker: Lease<'_, Process>) {
        // Ending waits for the system to take the memory back: for the caller it has ended already.
        let old = worker.leave();
        let workers = self.clone();
        let replace = move || {
            drop(old);
            workers.warm_up();
        };
        let _ = std::thread::Builder::new().spawn(replace);
    }
}
