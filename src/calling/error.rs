//! Why an operation has not done what was asked for.

use std::time::Duration;

use nu_protocol::{Span, Value};

use super::arguments::ArgumentFault;
use crate::diagnostic::{Code, Diagnostic, Explain, did_you_mean, safe_text};
use crate::extension::{DirectoryError, ExtensionType};
use crate::nickel::{Checked, NickelError};
use crate::nushell::runner::RunError;
use crate::testing::Fault;
use crate::worker::Ending;

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no such operation.
    #[error("{kind} `{extension}` has no operation `{name}`")]
    UnknownOperation {
        /// The name.
        name: String,
        /// The extension.
        extension: String,
        /// Its type.
        kind: ExtensionType,
        /// The operations that it has.
        known: Vec<String>,
        /// Where it was written.
        span: Span,
    },
    /// Arguments do not fit the signature.
    #[error("the arguments do not fit")]
    Arguments(Vec<ArgumentFault>),
    /// The configuration breaks the contract.
    #[error("the configuration of `{operation}` breaks the contract `{contract}`")]
    Configuration {
        /// The operation.
        operation: String,
        /// The name of the contract.
        contract: String,
        /// What was given.
        given: Value,
        /// What has become of it.
        checked: Box<Checked>,
    },
    /// The schema cannot be evaluated.
    #[error(transparent)]
    Schema(NickelError),
    /// Variables are not set.
    #[error(
        "{} {} not set, which `{extension}` requires",
        quoted(missing),
        are(missing)
    )]
    Environment {
        /// The extension.
        extension: String,
        /// Their names.
        missing: Vec<String>,
    },
    /// The directory of the extension is gone.
    #[error(transparent)]
    Directory(DirectoryError),
    /// The Nushell for it does not start.
    #[error(transparent)]
    Run(RunError),
    /// It is another Nushell than the plugin is built for.
    #[error(
        "`{program}` is Nushell {version}, and the plugin is built for {}",
        crate::nushell::NUSHELL
    )]
    OtherNushell {
        /// The program.
        program: String,
        /// Its version.
        version: String,
    },
    /// Nushell has ended before it came to the operation.
    #[error("Nushell has ended before it came to `{operation}`, {}", how(*ending))]
    NotBegun {
        /// The operation.
        operation: String,
        /// How it has ended.
        ending: Ending,
        /// What it has said last.
        said: String,
    },
    /// It has raised an error.
    #[error("{}", .0.message)]
    Failed(Box<Fault>),
    /// It has taken too long.
    #[error("`{operation}` has not ended within {}", seconds(*.time))]
    Timeout {
        /// The operation.
        operation: String,
        /// The time that it had.
        time: Duration,
    },
    /// It has ended the Nushell that it ran in.
    #[error("`{operation}` has ended its Nushell {}", how(*ending))]
    Died {
        /// The operation.
        operation: String,
        /// How.
        ending: Ending,
    },
    /// What came of it is gone.
    #[error("what came of `{operation}` is not known: its result was taken away")]
    Lost {
        /// The operation.
        operation: String,
    },
    /// It returns something that is no data.
    #[error("`{operation}` returns {what}, which is no data")]
    NotData {
        /// The operation.
        operation: String,
        /// What it is.
        what: String,
    },
    /// It returns or prints more than it may.
    #[error("`{operation}` {what} more than {} MiB", most >> 20)]
    TooMuch {
        /// The operation.
        operation: String,
        /// `returns` or `prints`.
        what: &'static str,
        /// Most bytes.
        most: usize,
    },
    /// It has left processes behind.
    #[error("`{operation}` has left {}, which {} ended", processes(*count), was(*count))]
    Lingered {
        /// The operation.
        operation: String,
        /// How many.
        count: usize,
    },
    /// Ctrl-C.
    #[error("the call was interrupted")]
    Interrupted,
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn are(names: &[String]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}

fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

fn processes(count: usize) -> String {
    match count {
        1 => "a process behind".to_owned(),
        many => format!("{many} processes behind"),
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn how(ending: Ending) -> String {
    match ending {
        Ending::Exited(status) => format!("with status {status}"),
        Ending::Signal(signal) => format!("by signal {signal}"),
        Ending::Unknown => "by something else".to_owned(),
    }
}

impl CallError {
    /// Returns everything that is wrong, in one line: for places that have no room for findings.
    pub fn in_full(&self) -> String {
        let all: Vec<String> = match self {
            CallError::Arguments(faults) => faults.iter().map(|it| it.message.clone()).collect(),
            CallError::Configuration { checked, .. } => {
                checked.faults.iter().map(with_expected).collect()
            }
            CallError::Failed(fault) => {
                let place = fault.finding.file().zip(fault.finding.location());
                let place = place.map(|(file, at)| format!(" ({file}:{})", at.line));
                vec![format!("{}{}", fault.message, place.unwrap_or_default())]
            }
            error => vec![error.to_string()],
        };
        safe_text(&all.join("; ")).into_owned()
    }
}

/// Says of a fault in a configuration what was expected as well.
fn with_expected(fault: &Diagnostic) -> String {
    let subject = fault.subject.as_deref();
    match subject.and_then(|subject| subject.expected.as_deref()) {
        // What is missing or too much says all there is to say.
        Some(expected) if fault.message.starts_with("contract broken") => {
            format!("{} (expected: `{expected}`)", fault.message)
        }
        _ => fault.message.clone(),
    }
}

impl Explain for CallError {
    fn code(&self) -> Code {
        match self {
            CallError::UnknownOperation { .. } => Code::CallUnknownOperation,
            CallError::Arguments(faults) => faults
                .first()
                .map_or(Code::CallArguments, |fault| fault.code),
            CallError::Configuration { .. } => Code::NickelContract,
            CallError::Schema(error) => error.code(),
            CallError::Environment { .. } => Code::CallEnvironment,
            CallError::Directory(error) => error.code(),
            CallError::Run(error) => error.code(),
            CallError::OtherNushell { .. } | CallError::NotBegun { .. } => Code::RunStart,
            CallError::Failed(_) => Code::CallFailed,
            CallError::Timeout { .. } => Code::CallTimeout,
            CallError::Died { .. } | CallError::Lost { .. } => Code::CallDied,
            CallError::NotData { .. } => Code::CallNotData,
            CallError::TooMuch { .. } => Code::CallTooMuch,
            CallError::Lingered { .. } => Code::CallLingered,
            CallError::Interrupted => Code::CallInterrupted,
        }
    }

    fn help(&self) -> Option<String> {
        let say = |text: &str| Some(text.to_owned());
        match self {
            CallError::UnknownOperation {
                name,
                extension,
                kind,
                known,
                ..
            } => did_you_mean(name, known.iter().map(String::as_str)).or_else(|| {
                Some(match known.is_empty() {
                    true => format!("{kind}s have no operations"),
                    false => {
                        format!("see what there is: extension load {extension} | get operations")
                    }
                })
            }),
            CallError::Environment { missing, .. } => {
                let name = missing.first()?;
                Some(format!(
                    "set it before the call: $env.{name} = '...', or for one call: --env {{{name}: '...'}}"
                ))
            }
            CallError::Configuration { checked, .. } => {
                let helps = checked.faults.iter().filter_map(|fault| fault.help.clone());
                helps.into_iter().next()
            }
            CallError::Failed(fault) => fault.finding.help.clone(),
            CallError::Schema(error) => error.help(),
            CallError::Directory(error) => error.help(),
            CallError::Run(error) => error.help(),
            CallError::OtherNushell { .. } => say(
                "say which Nushell runs code: $env.config.plugins.provisioning.runner.nu = $nu.current-exe",
            ),
            CallError::NotBegun { said, .. } if !said.is_empty() => {
                Some(format!("it has said: {}", safe_text(said)))
            }
            CallError::NotBegun { .. } => say("see what is wrong with: extension validate PATH"),
            CallError::Timeout { .. } => {
                say("give it more time with --timeout, such as --timeout 30min")
            }
            CallError::Died { .. } => {
                say("leave out `exit` in the extension: an error ends a command as well")
            }
            CallError::Lost { .. } => say(
                "the extension may remove only what it has made: the directory above $env.TMPDIR belongs to the run",
            ),
            CallError::NotData { .. } => {
                say("an operation returns records, lists, texts, numbers and the like")
            }
            CallError::TooMuch { .. } => say("write large results to a file, and return its path"),
            CallError::Lingered { .. } => say(
                "a service that is to go on needs a session of its own: start it with `setsid`, or through systemd",
            ),
            _ => None,
        }
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            CallError::Failed(fault) => std::slice::from_ref(&fault.finding),
            CallError::Schema(error) => error.details(),
            _ => &[],
        }
    }
}
