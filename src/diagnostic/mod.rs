//! What is wrong, where, and what to do: the form in which every part of the program reports a problem.
//!
//! The lowest floor: it imports nothing of ours and nothing of Nushell's.

mod code;
mod data_path;
mod explanation;
pub mod junit;
mod render;
mod safe_text;
mod source;
mod suggest;

pub use code::Code;
pub use data_path::{DataPath, Step};
pub use explanation::{Example, Examples, Explanation, File};
pub use render::{render, render_body, render_places};
pub use safe_text::{is_unsafe_char, safe_text};
pub use source::{Location, Source, Span};
pub use suggest::{closest, did_you_mean};

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The extension cannot be used as it is.
    Error,
    /// It works, but something should be changed.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// A stretch of a source text with a few words about it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The text the span belongs to.
    pub source: Arc<Source>,
    /// Byte range in the text.
    pub span: Span,
    /// What is wrong *here*; may be empty.
    pub text: String,
}

/// One finding: a stable code, a message in the user's words, the places it is about, and the next thing to do.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Stable name of the kind of problem.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What happened, one sentence without a final full stop.
    pub message: String,
    /// The places, the most important first. Empty when the problem has no place in a text.
    pub labels: Vec<Label>,
    /// The file the problem is about when no label can be given (a missing file, say).
    pub file: Option<PathBuf>,
    /// What to do about it.
    pub help: Option<String>,
    /// The value the problem is about, when it is one in data.
    pub subject: Option<Box<Subject>>,
    /// Edits that solve the problem and change nothing else. Only what is certain is offered.
    pub fix: Vec<Edit>,
}

/// A change of a text.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The text.
    pub source: Arc<Source>,
    /// What is replaced.
    pub span: Span,
    /// What takes its place.
    pub replacement: String,
}

/// A value that a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Where in the data it is.
    pub path: DataPath,
    /// What was asked for, such as the contract as it is written.
    pub expected: Option<String>,
    /// The value as it is, shortened; never a secret.
    pub got: Option<String>,
}

impl Diagnostic {
    /// Returns an error-level finding.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Returns a warning-level finding.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    fn new(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: Vec::new(),
            file: None,
            help: None,
            subject: None,
            fix: Vec::new(),
        }
    }

    /// Adds a place in a source text.
    #[must_use]
    pub fn with_label(mut self, source: &Arc<Source>, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            source: Arc::clone(source),
            span,
            text: text.into(),
        });
        self
    }

    /// Names the file the problem is about, for problems without a place in a text.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the value in data that it is about.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subject = Some(Box::new(subject));
        self
    }

    /// Adds an edit that solves the problem.
    #[must_use]
    pub fn with_edit(
        mut self,
        source: &Arc<Source>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.fix.push(Edit {
            source: Arc::clone(source),
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// Returns the file the finding points at, as it should be shown.
    pub fn file(&self) -> Option<String> {
        match self.labels.first() {
            Some(label) => Some(label.source.name().to_owned()),
            None => self.file.as_ref().map(|path| path.display().to_string()),
        }
    }

    /// Returns line and column of the first label.
    pub fn location(&self) -> Option<Location> {
        let label = self.labels.first()?;
        Some(label.source.location(label.span.start))
    }

    /// Whether this is an error rather than a warning.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Returns what a panic said, for code that contains panics of others.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no reason given".to_owned())
}

/// What every error of the library can tell a caller besides its message.
///
/// The plugin turns implementors into Nushell's labelled errors; a Rust caller can do the same for its own surface.
pub trait Explain: std::error::Error {
    /// Returns the stable code.
    fn code(&self) -> Code;

    /// Returns the next thing to try.
    fn help(&self) -> Option<String> {
        None
    }

    /// Whether a single finding says everything, so that it can stand for the error.
    fn is_one_finding(&self) -> bool {
        self.details().len() == 1
    }

    /// Returns findings inside files that led to this error, each with its own place.
    fn details(&self) -> &[Diagnostic] {
        &[]
    }
}
