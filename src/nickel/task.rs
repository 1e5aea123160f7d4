//! What an engine is asked, and what it answers, in a form that can be sent to another process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::closure::Closure;
use super::files::Hash;
use super::program::Format;
use super::query::Field;
use super::secrets;
use crate::diagnostic::{Code, DataPath, Diagnostic, Source, Span, Subject};

/// A piece of work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    /// The program it is about.
    pub(super) closure: Hash,
    /// The program itself, for an engine that does not know it yet.
    pub(super) texts: Option<Texts>,
    pub(super) action: Action,
    pub(super) timeout: Duration,
    /// Most memory that it may add to the process, in bytes.
    pub(super) memory: u64,
    /// Most steps that it may take.
    pub(super) steps: Option<u64>,
}

/// What is to be done with a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Action {
    /// Only parse it, check its types, and compile it.
    Prepare,
    /// Evaluate it, or one field of it.
    Evaluate {
        field: Vec<String>,
        /// A record that wins over the program.
        overrides: Option<Value>,
    },
    /// Evaluate it as a schema, in which contracts need not be complete.
    Examine,
    /// Apply the contract in this field to each row.
    Check {
        contract: Vec<String>,
        rows: Vec<Value>,
    },
    /// Find every error of types.
    Typecheck,
    /// List the fields of the record in this field.
    Query { field: Vec<String> },
    /// Check the types of all inputs, examine each of them, and evaluate these fields of inputs for export.
    Survey { fields: Vec<(usize, Vec<String>)> },
}

/// The texts of a closure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Texts {
    pub(super) files: Vec<(PathBuf, Format, Arc<str>)>,
    pub(super) inputs: usize,
    pub(super) import_paths: Vec<PathBuf>,
    pub(super) packages: BTreeMap<String, PathBuf>,
}

impl Texts {
    pub(super) fn of(closure: &Closure) -> Self {
        Self {
            files: closure
                .files
                .iter()
                .map(|file| (file.path.clone(), file.format, Arc::clone(&file.text.text)))
                .collect(),
            inputs: closure.inputs,
            import_paths: closure.import_paths.clone(),
            packages: closure.packages.clone(),
        }
    }
}

/// What comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The engine does not know the program: ask again with the texts.
    UnknownProgram,
    /// The program was prepared.
    Prepared,
    /// The value.
    Value(Value),
    /// The rows, each with its faults; of a schema that was examined, there is one.
    Checked(Vec<CheckedRow>),
    /// The findings on types.
    Typechecked(Vec<Finding>),
    /// The fields.
    Fields(Vec<Field>),
    /// All inputs are without a fault: what each is as a schema, and the values of the fields that were asked for, where
    /// there are such.
    Surveyed {
        schemas: Vec<Value>,
        values: Vec<Option<Value>>,
    },
    /// There is no value, because of these.
    Faulty(Vec<Finding>),
    /// It was ended.
    Stopped(Stop),
    /// The evaluator failed.
    Failed(String),
}

/// A row after a contract was applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CheckedRow {
    /// The row with defaults filled in; null stands where there is a fault.
    pub(super) value: Value,
    pub(super) faults: Vec<Finding>,
}

/// Why an evaluation was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stop {
    /// From outside.
    Interrupted,
    /// Too long.
    Deadline,
    /// Too much.
    Memory,
    /// Too many steps.
    Steps,
}

/// A finding without the texts it points into.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Finding {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) places: Vec<Place>,
    pub(super) help: Option<String>,
    pub(super) path: Option<DataPath>,
    pub(super) expected: Option<String>,
    pub(super) got: Option<String>,
}

impl Finding {
    /// Returns a finding without a place.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code: code.as_str().to_owned(),
            message: message.into(),
            places: Vec::new(),
            help: None,
            path: None,
            expected: None,
            got: None,
        }
    }

    /// Whether it says the same of the same place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let place = |finding: &Self| {
            finding
                .places
                .first()
                .map(|place| (place.file.clone(), place.start, place.end))
        };
        self.code == other.code && self.message == other.message && place(self) == place(other)
    }
}

/// A place in a text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    /// Name of the text.
    pub(super) file: String,
    /// The text, when it does not belong to the program, such as the standard library's.
    pub(super) text: Option<Arc<str>>,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: String,
}

/// Puts findings and the texts they point into together again.
///
/// Secrets in the texts are replaced, and texts that are not files, called `<...>`, lose the directory that their
/// imports start in.
pub(super) fn diagnostics(findings: Vec<Finding>, closure: &Closure) -> Vec<Diagnostic> {
    let mut sources: BTreeMap<String, Arc<Source>> = BTreeMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let code = Code::from_text(&finding.code).unwrap_or(Code::NickelInternal);
            let mut diagnostic = Diagnostic::error(code, finding.message);
            diagnostic.help = finding.help;
            for place in finding.places {
                let source = sources
                    .entry(place.file.clone())
                    .or_insert_with(|| source(&place, closure));
                diagnostic =
                    diagnostic.with_label(source, Span::new(place.start, place.end), place.label);
            }
            if let Some(path) = finding.path {
                diagnostic = diagnostic.about(Subject {
                    path,
                    expected: finding.expected,
                    got: finding.got,
                });
            }
            secrets::hide_tokens(&mut diagnostic);
            diagnostic
        })
        .collect()
}

fn source(place: &Place, closure: &Closure) -> Arc<Source> {
    let file = closure
        .files
        .iter()
        .find(|file| file.path.as_os_str() == place.file.as_str());
    let text = match (file, &place.text) {
        (Some(file), _) => secrets::mask(&file.text.text, file.format),
        (None, Some(text)) => text.to_string(),
        (None, None) => String::new(),
    };
    Arc::new(Source::new(shown_name(&place.file), text))
}

/// Returns the name of a source as it is shown.
pub(super) fn shown_name(name: &str) -> String {
    match name.rsplit_once(['/', '\\']) {
        Some((_, last)) if last.starts_with('<') => last.to_owned(),
        _ => name.to_owned(),
    }
}
