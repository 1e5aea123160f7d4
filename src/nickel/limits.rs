//! What an evaluation may use, and where it runs.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest evaluation, unless the caller says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Most memory of an evaluation in bytes, unless the caller says otherwise.
pub const DEFAULT_MEMORY: u64 = 512 << 20;

/// A flag that ends an evaluation from another thread, such as Ctrl-C does.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Ends every evaluation that was given this flag.
    pub fn trigger(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub fn is_triggered(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an evaluation may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest time it may take.
    pub timeout: Duration,
    /// Most memory it may add to its process, in bytes.
    pub memory: u64,
    /// Most steps it may take, for callers who need the same answer on every machine.
    pub steps: Option<u64>,
    /// Ends it from outside.
    pub interrupt: Interrupt,
}

impl Default for Limits {
    /// Returns [`DEFAULT_TIMEOUT`], [`DEFAULT_MEMORY`], any number of steps and no way to interrupt.
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            memory: DEFAULT_MEMORY,
            steps: None,
            interrupt: Interrupt::default(),
        }
    }
}

/// Where evaluations run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// In a worker process until a program has proven itself there; then in this process. What depends on data of the
    /// caller's stays in the worker.
    #[default]
    Auto,
    /// Always in a worker process.
    Worker,
    /// Always in this process. A program that overflows the stack of Nickel's type checker ends it.
    InProcess,
}

impl Isolation {
    /// The words of all values.
    pub const WORDS: [&str; 3] = ["auto", "worker", "in-process"];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Isolation::Auto => "auto",
            Isolation::Worker => "worker",
            Isolation::InProcess => "in-process",
        }
    }
}

impl FromStr for Isolation {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "auto" => Ok(Isolation::Auto),
            "worker" => Ok(Isolation::Worker),
            "in-process" => Ok(Isolation::InProcess),
            _ => Err(()),
        }
    }
}
