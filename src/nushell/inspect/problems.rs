//! The parser's errors and warnings in our words.

use std::path::Path;

use nu_protocol::{ParseError, ParseWarning, Span};

use super::legacy;
use super::outcome::{Place, Problem};
use super::parse::{self, Found};
use super::shells::{self, Operators};
use super::std_imports;
use super::stub::normal;
use super::texts::{Files, Whose};
use super::words::{self, Commands};
use crate::diagnostic::Code;
use crate::nushell::files::is_looked_at;

/// Whether a problem is that something imported is not there.
pub(super) fn is_about_imports(problem: &Problem) -> bool {
    [
        Code::NushellModuleNotFound,
        Code::NushellCircularImport,
        Code::SecurityOutsideImport,
    ]
    .iter()
    .any(|code| problem.code == code.as_str())
}

/// Whether an error of the parser is that something imported is not there.
pub(super) fn is_of_import(error: &ParseError) -> bool {
    matches!(
        code(error),
        Code::NushellModuleNotFound | Code::NushellCircularImport
    )
}

/// Returns what the parser has said of the files that may be shown.
pub(super) fn of(found: &Found<'_, '_>, files: &Files) -> Vec<Problem> {
    if found.texts.has_outside() {
        // What else is wrong may quote what was read there: names, types, the values of constants.
        return foreign(found);
    }
    let mut all: Vec<Problem> = Vec::new();
    let errors = &found.set.parse_errors;
    let operators = Operators::of(found);
    all.extend(operators.problems(found, files));
    let commands = Commands::of(found);
    for error in errors {
        if !operators.explain(error, found) && !is_stumble(error, found) {
            all.extend(of_error(error, found, files, &commands));
        }
    }
    // The compiler stumbles over what the parser has refused already.
    if all.is_empty() {
        for error in &found.set.compile_errors {
            let place = labels_of(error, found).first().map(|(place, _)| *place);
            all.extend(place.map(|place| {
                Problem::error(Code::NushellSyntax, words::sentence(&error.to_string()))
                    .at(place, "")
                    .help(words::help_of_compiler(error))
            }));
        }
    }
    for ParseWarning::Deprecated {
        label, span, help, ..
    } in &found.set.parse_warnings
    {
        if let Some(place) = found.texts.place(*span) {
            all.push(deprecated(place, label, help.as_deref(), files));
        }
    }
    all.extend(foreign(found));
    all.extend(
        files
            .all
            .iter()
            .enumerate()
            .filter_map(|(at, file)| mark(at, &file.text)),
    );
    all
}

/// An editor's byte-order mark, which Nushell takes for a word.
fn mark(file: usize, text: &str) -> Option<Problem> {
    let place = Place {
        file,
        start: 0,
        end: text
            .starts_with(BYTE_ORDER_MARK)
            .then_some(BYTE_ORDER_MARK.len_utf8())?,
    };
    Some(
        Problem::error(
            Code::NushellSyntax,
            "the file begins with a byte-order mark, which Nushell takes for a word",
        )
        .at(place, "three bytes that are not shown")
        .help("save it as UTF-8 without a byte-order mark")
        .edit(place, ""),
    )
}

/// Whether the first line of a file is lost to a byte-order mark, and says something.
pub(super) fn hides_first_line(path: &Path, files: &Files) -> bool {
    let file = files.all.iter().find(|file| file.path == path);
    let text = file.and_then(|file| file.text.strip_prefix(BYTE_ORDER_MARK));
    let line = text.and_then(|text| text.lines().next()).map(str::trim);
    line.is_some_and(|line| !line.is_empty() && !line.starts_with('#'))
}

const BYTE_ORDER_MARK: char = '\u{feff}';

fn of_error(
    error: &ParseError,
    found: &Found<'_, '_>,
    files: &Files,
    commands: &Commands<'_, '_>,
) -> Option<Problem> {
    if std_imports::follows_std_import(error, found, files) {
        return None;
    }
    let place = found.texts.place(error.span());
    // The parser names the whole path of a module that is there and cannot be read: it lies outside.
    if let (ParseError::ModuleNotFound(_, name), Some(place)) = (error, place)
        && Path::new(name).is_absolute()
        && !parse::is_allowed(found.request, &normal(Path::new(name)))
    {
        return Some(outside_import(place));
    }
    // It is part of the first word.
    if let Some(place) = place
        && place.start == 0
        && let Some(problem) = mark(place.file, &files.whole(place.file))
    {
        return Some(problem);
    }
    if let Some(place) = place
        && let Some(problem) =
            shells::of_error(error, place, files).or_else(|| legacy::of_error(error, place, files))
    {
        return Some(problem);
    }
    let labels = labels_of(error, found);
    let mut problem = Problem::error(code(error), words::message(error, found.set));
    problem.help = Some(words::help(error, commands));
    match (labels.is_empty(), place) {
        (false, _) => {
            problem.labels = labels;
            if let (Some(first), Some(label)) = (problem.labels.first_mut(), words::label(error)) {
                first.1 = label.to_owned();
            }
        }
        (true, Some(place)) => problem.labels.push((place, String::new())),
        // Not in a file that may be shown.
        (true, None) => return None,
    }
    Some(problem)
}

/// Whether the parser only says that it has not found what it has just refused.
fn is_stumble(error: &ParseError, found: &Found<'_, '_>) -> bool {
    let ParseError::InternalError(_, span) = error else {
        return false;
    };
    let file = |span: Span| found.texts.place(span).map(|place| place.file);
    let mut errors = found.set.parse_errors.iter();
    errors.any(|other| {
        !matches!(other, ParseError::InternalError(..)) && file(other.span()) == file(*span)
    })
}

fn code(error: &ParseError) -> Code {
    use ParseError as E;
    match error {
        E::Unclosed(..) | E::Unbalanced(..) | E::UnexpectedEof(..) => Code::NushellBrackets,
        E::InputMismatch(..)
        | E::OutputMismatch(..)
        | E::Mismatch(..)
        | E::TypeMismatch(..)
        | E::TypeMismatchHelp(..)
        | E::OperatorUnsupportedType { .. }
        | E::OperatorIncompatibleTypes { .. }
        | E::AssignmentMismatch(..)
        | E::ParameterMismatchType(..)
        | E::UnknownType(..) => Code::NushellType,
        E::VariableNotFound(..) | E::EnvVarNotVar(..) => Code::NushellUnknownVariable,
        E::UnknownFlag(..) => Code::NushellUnknownFlag,
        E::ExtraPositional(..)
        | E::MissingPositional(..)
        | E::MissingFlagParam(..)
        | E::MissingRequiredFlag(..)
        | E::UnexpectedSpreadArg(..) => Code::NushellArguments,
        E::ModuleNotFound(..) | E::ModuleMissingModNuFile(..) | E::ExportNotFound(..) => {
            Code::NushellModuleNotFound
        }
        E::CircularImport(..) => Code::NushellCircularImport,
        _ => Code::NushellSyntax,
    }
}

/// Returns the places of an error, the most important first.
fn labels_of(error: &dyn miette::Diagnostic, found: &Found<'_, '_>) -> Vec<(Place, String)> {
    let mut labels: Vec<(bool, Place, String)> = error
        .labels()
        .into_iter()
        .flatten()
        .filter_map(|label| {
            let span = Span::new(label.offset(), label.offset() + label.len());
            let text = label.label().unwrap_or_default().trim().to_owned();
            Some((!label.primary(), found.texts.place(span)?, text))
        })
        .collect();
    labels.sort_by_key(|(is_secondary, _, _)| *is_secondary);
    labels
        .into_iter()
        .map(|(_, place, text)| (place, text))
        .collect()
}

fn deprecated(place: Place, label: &str, help: Option<&str>, files: &Files) -> Problem {
    let problem =
        Problem::warning(Code::NushellDeprecated, words::sentence(label)).at(place, "deprecated");
    let Some(help) = help else { return problem };
    let problem = problem.help(words::sentence(help));
    // `str downcase` was only given another name: that can be written in its place.
    let renamed = help
        .strip_prefix("Use `")
        .and_then(|rest| rest.strip_suffix("` instead."));
    let edit = renamed.and_then(|new| {
        let (group, _) = new.split_once(' ')?;
        let end = place.start + end_of_command(files.text(place), group)?;
        Some((Place { end, ..place }, new))
    });
    match edit {
        Some((command, new)) => problem.edit(command, new),
        None => problem,
    }
}

/// Returns where the command of two words ends with which a call begins, when its first word
/// is this one. Any white space may stand between the words, as in `str  downcase`.
fn end_of_command(call: &str, group: &str) -> Option<usize> {
    let rest = call.strip_prefix(group)?;
    let word = rest.trim_start();
    let is_letter = |character: char| character.is_alphanumeric() || character == '-';
    let length = word.find(|c| !is_letter(c)).unwrap_or(word.len());
    (word.len() < rest.len() && length > 0).then(|| call.len() - word.len() + length)
}

/// Returns the imports of files from outside, and of those that are no code. Nothing of those files is told.
fn foreign(found: &Found<'_, '_>) -> Vec<Problem> {
    let imports = legacy::import_heads(found);
    let mut all: Vec<Problem> = imports
        .into_iter()
        .filter_map(|(module, span)| {
            let (path, file) = found.set.get_module(module?).file.as_ref()?;
            let path = &normal(path.path());
            let place = found.texts.place(span)?;
            match found.texts.whose(found.set.get_span_for_file(*file)) {
                Whose::Outside => Some(outside_import(place)),
                // What lies among the code of the extension is told at the file itself.
                Whose::NoText if is_looked_at(&found.request.root, path) => None,
                Whose::NoText => Some(
                    Problem::error(
                        Code::NushellUnreadable,
                        "the module that is imported is larger than 1 MiB, or not UTF-8 text",
                    )
                    .at(place, "not looked at")
                    .help("import Nushell code; read data with `open` when they are needed"),
                ),
                Whose::Known(_) | Whose::Internal => None,
            }
        })
        .collect();
    // However it was read, it must not look like success.
    if all.is_empty() && found.texts.has_outside() {
        all.push(Problem {
            labels: Vec::new(),
            ..outside_import(Place {
                file: 0,
                start: 0,
                end: 0,
            })
        });
    }
    all
}

/// Whether something is imported that is no text.
pub(super) fn imports_no_text(found: &Found<'_, '_>) -> bool {
    legacy::import_heads(found).into_iter().any(|(module, _)| {
        let module = module.map(|module| found.set.get_module(module));
        let file = module.and_then(|module| module.file.as_ref());
        file.is_some_and(|(_, file)| {
            found.texts.whose(found.set.get_span_for_file(*file)) == Whose::NoText
        })
    })
}

fn outside_import(place: Place) -> Problem {
    Problem::error(
        Code::SecurityOutsideImport,
        "a module from outside of the extension is imported",
    )
    .at(place, "outside")
    .help("copy what is needed into the extension: it has to work wherever it is installed")
}
