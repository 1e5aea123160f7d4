//! Nickel's errors as findings of ours.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use codespan_reporting::diagnostic::LabelStyle;
use nickel_lang_core::error::{Error, EvalErrorKind, IntoDiagnostics as _, TypecheckErrorKind};
use nickel_lang_core::files::{FileId, Files};

use crate::diagnostic::{Code, Diagnostic, Source};

/// Returns an error of Nickel as findings; `path` is the field that was being evaluated.
///
/// Nickel's own rendering can panic (it re-parses types that it printed), so it is contained here.
pub(super) fn findings(error: Error, files: &Files, path: Option<String>) -> Vec<Diagnostic> {
    let code = code(&error);
    catch_unwind(AssertUnwindSafe(|| {
        convert(code, error, files, path.as_deref())
    }))
    .unwrap_or_else(|_| {
        vec![Diagnostic::error(
            code,
            match path {
                Some(path) => {
                    format!("`{path}` cannot be evaluated, and the reason cannot be shown")
                }
                None => "the input is faulty, and the reason cannot be shown".to_owned(),
            },
        )]
    })
}

fn code(error: &Error) -> Code {
    match error {
        Error::ParseErrors(_) => Code::NickelParse,
        Error::TypecheckError(data) => match data.borrow_error() {
            TypecheckErrorKind::UnboundIdentifier(_) => Code::NickelUnbound,
            TypecheckErrorKind::ImportError(_) => Code::NickelImport,
            _ => Code::NickelType,
        },
        Error::ImportError(_) => Code::NickelImport,
        Error::ExportError(_) => Code::NickelExport,
        Error::IOError(_) => Code::NickelIo,
        Error::ReplError(_) => Code::NickelInternal,
        Error::EvalError(data) => match &data.error {
            EvalErrorKind::BlameError { .. } => Code::NickelContract,
            EvalErrorKind::MissingFieldDef { .. } => Code::NickelMissingDefinition,
            EvalErrorKind::FieldMissing { .. } => Code::NickelMissingField,
            EvalErrorKind::MergeIncompatibleArgs { .. } => Code::NickelMerge,
            EvalErrorKind::UnboundIdentifier(..) => Code::NickelUnbound,
            EvalErrorKind::InfiniteRecursion(..) => Code::NickelRecursion,
            EvalErrorKind::TypeError { .. }
            | EvalErrorKind::UnaryPrimopTypeError { .. }
            | EvalErrorKind::NAryPrimopTypeError { .. } => Code::NickelType,
            EvalErrorKind::InternalError(..) => Code::NickelInternal,
            _ => Code::NickelEval,
        },
    }
}

fn convert(code: Code, error: Error, files: &Files, path: Option<&str>) -> Vec<Diagnostic> {
    // A cheap copy: the conversion may add texts that Nickel makes up for its messages.
    let mut files = files.clone();
    let mut sources: HashMap<FileId, Arc<Source>> = HashMap::new();
    error
        .into_diagnostics(&mut files)
        .into_iter()
        .map(|told| {
            let mut finding = Diagnostic::error(code, message(&told.message, path));
            let mut notes = told.notes;
            let (primary, secondary): (Vec<_>, Vec<_>) = told
                .labels
                .into_iter()
                .partition(|label| label.style == LabelStyle::Primary);
            for label in primary.into_iter().chain(secondary) {
                let name = shown_name(&files.name(label.file_id).to_string_lossy());
                if name.starts_with(GENERATED) {
                    notes.extend(evaluated_value(&finding, files.source(label.file_id)));
                    continue;
                }
                let source = sources
                    .entry(label.file_id)
                    .or_insert_with(|| Arc::new(Source::new(name, files.source(label.file_id))));
                finding = finding.with_label(source, label.range.into(), label.message);
            }
            if notes.is_empty() {
                finding
            } else {
                finding.with_help(notes.join("\n"))
            }
        })
        .collect()
}

/// Returns the name of a source as it is shown: a text that is not a file, called `<...>`, without the directory that
/// its imports start in.
fn shown_name(name: &str) -> String {
    match name.rsplit_once(['/', '\\']) {
        Some((_, last)) if last.starts_with('<') => last.to_owned(),
        _ => name.to_owned(),
    }
}

/// Takes the directory away from a `<...>` inside of a message.
fn without_directory(message: &str) -> String {
    let Some(at) = message.find("/<") else {
        return message.to_owned();
    };
    let start = message[..at]
        .rfind([' ', '`', '"', '\''])
        .map_or(0, |quote| quote + 1);
    format!("{}{}", &message[..start], &message[at + 1..])
}

/// What Nickel calls a text that it has made up, such as a value printed for a message.
const GENERATED: &str = "<unknown>";

/// Longest value shown, in characters.
const MAX_VALUE: usize = 120;

/// Returns Nickel's message on one line, beginning with the path unless it is named in it.
fn message(told: &str, path: Option<&str>) -> String {
    let mut lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = without_directory(lines.next().unwrap_or_default());
    let message = lines.fold(first, |message, line| format!("{message}: {line}"));
    let named = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or(path);
        message.contains(&format!("`{last}`"))
    };
    match path {
        Some(path) if !path.is_empty() && (path.contains(['.', '[']) || !named(path)) => {
            format!("`{path}`: {message}")
        }
        _ => message,
    }
}

/// Returns a note on the value that broke a contract, unless the text under the first label says the same.
fn evaluated_value(finding: &Diagnostic, value: &str) -> Option<String> {
    let written = finding
        .labels
        .first()
        .and_then(|label| label.source.text().get(label.span.start..label.span.end));
    if written == Some(value.trim()) {
        return None;
    }
    let mut shown: String = value.trim().chars().take(MAX_VALUE).collect();
    if shown.len() < value.trim().len() {
        shown.push('…');
    }
    Some(format!("the value is `{shown}`"))
}
