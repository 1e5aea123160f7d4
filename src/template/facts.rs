//! What a template uses, as its text tells.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Span};

/// What there is to know of a text that parses.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Variables that the template does not set itself.
    pub(super) uses: Vec<Use>,
    /// Filters, tests and functions that are called, and methods of values.
    pub(super) calls: Vec<Call>,
    /// Other templates.
    pub(super) includes: Vec<Include>,
    /// Everything that is set, defined or imported anywhere in the text.
    pub(super) declared: BTreeSet<String>,
}

impl Facts {
    /// Returns the variables with dots, sorted; of `a.b` and `a` only the longer one.
    pub(super) fn variables(&self) -> Vec<String> {
        let all: BTreeSet<&[String]> = self.uses.iter().map(|it| it.path.as_slice()).collect();
        let mut all = all.into_iter().peekable();
        let mut longest = Vec::new();
        while let Some(path) = all.next() {
            // In this order whatever goes on from a path stands right behind it.
            if !all.peek().is_some_and(|next| next.starts_with(path)) {
                longest.push(path.join("."));
            }
        }
        longest
    }
}

/// A place where a variable is used.
#[derive(Debug)]
pub(super) struct Use {
    /// Its name and those of fields.
    pub(super) path: Vec<String>,
    /// Where it stands.
    pub(super) span: Span,
    /// Whether the last part of the path may be undefined: `default` and `is defined` deal with it.
    pub(super) is_optional: bool,
    /// Whether rendering always comes by.
    pub(super) is_certain: bool,
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Filter,
    Test,
    Function,
    Method,
}

/// A place where something is called.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) span: Span,
}

/// A place where another template is used.
#[derive(Debug)]
pub(super) struct Include {
    /// The templates, the first that is there counts; none when only rendering can tell.
    pub(super) names: Vec<String>,
    /// Where the names stand.
    pub(super) span: Span,
    /// Whether it is extended, included or imported.
    pub(super) how: How,
    /// Whether there need not be one.
    pub(super) is_optional: bool,
    /// Whether rendering always comes by.
    pub(super) is_certain: bool,
}

/// How another template is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Extend,
    Include,
    Import,
}

impl How {
    /// Returns the word for it.
    pub(super) fn verb(self) -> &'static str {
        match self {
            How::Extend => "extended",
            How::Include => "included",
            How::Import => "imported",
        }
    }
}

/// What is wrong with a text that does not parse.
#[derive(Debug, Default)]
pub(super) struct Broken {
    pub(super) problems: Vec<Problem>,
    /// Filters and tests in those parts that can be read.
    pub(super) calls: Vec<Call>,
}

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            calls: Vec::new(),
        }
    }
}

/// Something that keeps a text from being a template.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) label: String,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(
        code: Code,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            span,
            label: label.into(),
            help: None,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
