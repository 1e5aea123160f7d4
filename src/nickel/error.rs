//! Why there is no value.

use std::time::Duration;

use crate::diagnostic::{Code, Diagnostic, Explain};

/// Why there is no value.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NickelError {
    /// The program or the data has faults.
    #[error("{}", headline(.0))]
    Faults(Vec<Diagnostic>),
    /// It was ended from outside.
    #[error("the evaluation was interrupted")]
    Interrupted,
    /// It took too long.
    #[error("the evaluation took longer than {}", in_words(.0))]
    Timeout(Duration),
    /// It used too much memory.
    #[error("the evaluation needs more memory than the limit of {}", in_bytes(.0))]
    Memory(u64),
    /// It took too many steps.
    #[error("the evaluation needs more than {0} steps")]
    Steps(u64),
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

fn in_bytes(bytes: &u64) -> String {
    format!("{} MiB", bytes >> 20)
}

impl Explain for NickelError {
    fn code(&self) -> Code {
        match self {
            NickelError::Faults(findings) => findings
                .first()
                .map_or(Code::NickelEval, |finding| finding.code),
            NickelError::Interrupted
            | NickelError::Timeout(_)
            | NickelError::Memory(_)
            | NickelError::Steps(_) => Code::NickelLimit,
            NickelError::Internal(_) => Code::NickelInternal,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            NickelError::Timeout(_) | NickelError::Steps(_) => Some(
                "look for a function that calls itself without an end, or allow more".to_owned(),
            ),
            NickelError::Memory(_) => {
                Some("look for data that grows without an end, or allow more memory".to_owned())
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
