//! Nickel's errors as findings of ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use codespan_reporting::diagnostic::{Label, LabelStyle, Severity};
use nickel_lang_core::error::{Error, EvalErrorKind, IntoDiagnostics as _, TypecheckErrorKind};
use nickel_lang_core::files::{FileId, Files};
use nickel_lang_core::position::{PosTable, TermPos};

use super::opened::Extra;
use super::walk::Problem;
use crate::diagnostic::{Code, DataPath, did_you_mean};
use crate::nickel::program::Format;
use crate::nickel::secrets::{MASK, hidden, is_in_secret, mask, secret_literals, texts_of};
use crate::nickel::task::{Finding, Place};

/// What Nickel calls a text that it has made up, such as a value printed for a message.
const GENERATED: &str = "<unknown>";

/// Longest value shown, in characters.
const MAX_VALUE: usize = 120;

/// Longest list of names shown.
const MAX_NAMES: usize = 12;

/// Returns an error of Nickel as findings; `path` is the field that was being evaluated.
pub(super) fn findings(error: Error, files: &Files, path: Option<DataPath>) -> Vec<Finding> {
    let mut all = bare_findings(error, files, path);
    all.iter_mut().for_each(name_path);
    all
}

/// Nickel's own rendering can panic (it re-parses types that it printed), so it is contained here. The messages do not
/// name the path yet.
fn bare_findings(error: Error, files: &Files, path: Option<DataPath>) -> Vec<Finding> {
    let code = code(&error);
    catch_unwind(AssertUnwindSafe(|| {
        convert(code, error, files, path.as_ref())
    }))
    .unwrap_or_else(|_| {
        let message = "it is faulty, and the reason cannot be shown";
        vec![Finding {
            path: path.clone(),
            ..Finding::new(code, message)
        }]
    })
}

/// Which findings are told only once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Once {
    /// A fault of a program turns up wherever the value is used: it is told for the first path.
    EachPlace,
    /// Each value of data is wrong by itself, however alike the faults are.
    EachPath,
}

/// Returns the problems that a walk has met as findings.
pub(super) fn of_problems(
    problems: Vec<(DataPath, Problem)>,
    files: &Files,
    positions: &PosTable,
    once: Once,
) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for (path, problem) in problems {
        let found = match problem {
            Problem::Eval(mut error) => {
                // Errors that the walk makes up do not know where things stand yet.
                if error.ctxt.pos_table == PosTable::default() {
                    error.ctxt.pos_table = positions.clone();
                }
                bare_findings(Error::EvalError(error), files, Some(path))
            }
            Problem::Undefined { mut error, .. } => {
                error.ctxt.pos_table = positions.clone();
                bare_findings(Error::EvalError(error), files, Some(path))
            }
            Problem::Extra(extra) => vec![extra_field(&extra, path, files, positions)],
            Problem::TooMany => vec![Finding::new(
                Code::NickelLimit,
                "there are more faults than are told; the rest was not looked at",
            )],
            Problem::Unfit {
                code,
                message,
                at,
                field_at,
            } => vec![Finding {
                places: own_place(files, [positions.get(at), field_at])
                    .into_iter()
                    .collect(),
                help: (code == Code::NickelExport && !message.starts_with("the number"))
                    .then(|| NOT_EXPORTED.to_owned()),
                path: Some(path),
                ..Finding::new(code, message)
            }],
        };
        for finding in found {
            let known = all.iter().position(|known| {
                known.is_same(&finding) && (once == Once::EachPlace || known.path == finding.path)
            });
            match known {
                None => all.push(finding),
                // The path that the fault names is the one to tell.
                Some(at) if !names_last_field(&all[at]) && names_last_field(&finding) => {
                    all[at].path = finding.path;
                }
                Some(_) => {}
            }
        }
    }
    all.iter_mut().for_each(name_path);
    all
}

fn extra_field(extra: &Extra, path: DataPath, files: &Files, positions: &PosTable) -> Finding {
    let (written, whole) = extra.contract_at;
    let contract_at = match written {
        TermPos::None => positions.get(whole),
        written => written,
    };
    let meant = did_you_mean(&extra.name, extra.known.iter().map(String::as_str));
    let shown = extra.known.len().min(MAX_NAMES);
    let more = if shown < extra.known.len() {
        ", ..."
    } else {
        ""
    };
    let known = match shown {
        0 => "the contract has no fields; `..` in it would allow others".to_owned(),
        shown => format!(
            "the contract has: {}{more}; `, ..` at its end would allow others",
            extra.known[..shown].join(", ")
        ),
    };
    let help = meant
        .into_iter()
        .chain([known])
        .collect::<Vec<_>>()
        .join("\n");
    Finding {
        places: place(files, extra.at, "not in the contract")
            .into_iter()
            .chain(place(files, contract_at, "expected type"))
            .collect(),
        help: Some(help),
        expected: Some(shortened(&extra.contract)),
        message: format!("extra field `{}`", extra.name),
        path: Some(path),
        ..Finding::new(Code::NickelContract, "")
    }
}

/// Whether the message names the innermost field of the path.
fn names_last_field(finding: &Finding) -> bool {
    finding
        .path
        .as_ref()
        .and_then(DataPath::last_field)
        .is_some_and(|name| finding.message.contains(&format!("`{name}`")))
}

/// Begins the message with the path, unless it names all of it.
fn name_path(finding: &mut Finding) {
    let Some(path) = finding.path.as_ref().filter(|path| !path.is_empty()) else {
        return;
    };
    if path.0.len() > 1 || !names_last_field(finding) {
        finding.message = format!("`{path}`: {}", finding.message);
    }
}

/// What to do about what is not data.
const NOT_EXPORTED: &str =
    "data have no form for it; keep the field out of the export with `| not_exported`";

/// Returns the first of several positions that is in the user's own text.
fn own_place(files: &Files, places: [TermPos; 2]) -> Option<Place> {
    places
        .into_iter()
        .filter_map(|at| place(files, at, "this value"))
        .find(|place| place.text.is_none())
}

fn place(files: &Files, at: TermPos, label: &str) -> Option<Place> {
    let span = at.into_opt()?;
    Some(place_of(
        files,
        span.src_id,
        span.start.to_usize()..span.end.to_usize(),
        label,
    ))
}

fn place_of(files: &Files, id: FileId, range: std::ops::Range<usize>, label: &str) -> Place {
    let name = files.name(id).to_string_lossy().into_owned();
    // Texts of the program are known to whoever has asked.
    let text = name.starts_with('<').then(|| Arc::from(files.source(id)));
    Place {
        file: name,
        text,
        start: range.start,
        end: range.end,
        label: label.to_owned(),
    }
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

fn convert(code: Code, error: Error, files: &Files, path: Option<&DataPath>) -> Vec<Finding> {
    let mut expected = None;
    let mut got = None;
    let mut is_part = false;
    let is_secret = path.is_some_and(is_in_secret);
    // Of the value, as it is.
    let mut secrets: Vec<String> = Vec::new();
    let mut note_secrets =
        |printed: &str| {
            if is_secret {
                secrets.extend(texts_of(printed));
            } else {
                let parts = secret_literals(printed).into_iter();
                secrets.extend(parts.filter_map(|part| {
                    Some(printed.get(part.span.start..part.span.end)?.to_owned())
                }));
            }
        };
    if let Error::EvalError(data) = &error
        && let EvalErrorKind::BlameError {
            evaluated_arg,
            label,
        } = &data.error
    {
        expected = Some(shortened(&label.typ.to_string()));
        got = evaluated_arg.as_ref().map(|value| {
            let printed = value.to_string();
            note_secrets(&printed);
            shown_value(&printed)
        });
        // Of a part of a contract, such as the contract of a dictionary's items, the whole does not tell what was asked.
        is_part = !label.path.is_empty();
    }
    if let Error::EvalError(data) = &error
        && let EvalErrorKind::MissingFieldDef { metadata, .. } = &data.error
    {
        let types: Vec<String> = metadata
            .annotation
            .iter()
            .map(|typ| typ.label.typ.to_string())
            .collect();
        expected = (!types.is_empty()).then(|| shortened(&types.join(" | ")));
    }
    let is_value = matches!(&error, Error::EvalError(_));
    // A cheap copy: the conversion may add texts that Nickel makes up for its messages.
    let mut files = files.clone();
    let mut all: Vec<Finding> = Vec::new();
    for told in error.into_diagnostics(&mut files) {
        let (primary, secondary): (Vec<Label<_>>, Vec<_>) = told
            .labels
            .into_iter()
            .partition(|label| label.style == LabelStyle::Primary);
        let mut notes = told.notes;
        // These name operators and closures that nobody has written.
        notes.retain(|note| {
            ![
                "required by the operator extract_field",
                "%<closure@",
                "%contract/",
            ]
            .iter()
            .any(|internal| note.contains(internal))
        });
        let mut places: Vec<Place> = Vec::new();
        let mut first_text = None;
        for label in primary.into_iter().chain(secondary) {
            let source = files.source(label.file_id);
            if files
                .name(label.file_id)
                .to_string_lossy()
                .starts_with(GENERATED)
            {
                let shown = shown_value(source.trim());
                note_secrets(source);
                if !is_value {
                    notes.push(format!("`{shown}`: {}", label.message));
                    continue;
                }
                if first_text.as_deref() != Some(source.trim()) {
                    let shown = if is_secret { MASK } else { &shown };
                    notes.push(format!("the value is `{shown}`"));
                }
                got.get_or_insert(shown);
                continue;
            }
            first_text.get_or_insert_with(|| {
                source
                    .get(label.range.clone())
                    .unwrap_or_default()
                    .to_owned()
            });
            if is_part && label.message.starts_with("expected") {
                expected = source.get(label.range.clone()).map(shortened);
                is_part = false;
            }
            places.push(place_of(&files, label.file_id, label.range, &label.message));
        }
        // What follows an error as a note belongs to it.
        if told.severity < Severity::Warning
            && let Some(before) = all.last_mut()
        {
            before.places.extend(places);
            let told = message(&told.message);
            let notes = before
                .help
                .take()
                .into_iter()
                .chain((!told.is_empty()).then_some(told))
                .chain(notes)
                .collect::<Vec<_>>();
            before.help = (!notes.is_empty()).then(|| notes.join("\n"));
            continue;
        }
        all.push(Finding {
            places,
            help: (!notes.is_empty()).then(|| notes.join("\n")),
            path: path.cloned(),
            expected: expected.clone(),
            got: got.clone(),
            ..Finding::new(code, message(&told.message))
        });
    }
    for finding in &mut all {
        hide(finding, &secrets);
        if is_secret {
            finding.got = Some(MASK.to_owned());
        }
    }
    all
}

/// Takes secrets out of what a finding says.
fn hide(finding: &mut Finding, secrets: &[String]) {
    finding.message = hidden(&finding.message, secrets);
    finding.help = finding.help.take().map(|help| hidden(&help, secrets));
    for place in &mut finding.places {
        place.label = hidden(&place.label, secrets);
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

/// Returns Nickel's message on one line.
fn message(told: &str) -> String {
    let mut lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = without_directory(lines.next().unwrap_or_default());
    lines.fold(first, |message, line| format!("{message}: {line}"))
}

/// Returns a value, as Nickel prints it, without the secrets in its fields. Only its beginning is looked at: it may be huge.
fn shown_value(printed: &str) -> String {
    const MUCH: usize = 16 << 10;
    let end = printed.floor_char_boundary(MUCH);
    shortened(&mask(&printed[..end], Format::Nickel))
}

/// Returns a text on one line, cut to a length that can be shown.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().take(MAX_VALUE).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}
