//! The parser's errors and warnings in our words.

use std::path::Path;

use nu_protocol::engine::StateWorkingSet;
use nu_protocol::{ParseError, ParseWarning, Span};

use super::legacy;
use super::outcome::{Place, Problem};
use super::parse::{self, Found};
use super::stub::normal;
use super::texts::{Files, Whose};
use crate::diagnostic::{Code, closest};

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
    for error in &found.set.parse_errors {
        all.extend(of_error(error, found, files));
    }
    // The compiler stumbles over what the parser has refused already.
    if all.is_empty() {
        for error in &found.set.compile_errors {
            let place = labels_of(error, found).first().map(|(place, _)| *place);
            all.extend(place.map(|place| {
                Problem::error(Code::NushellSyntax, sentence(&error.to_string())).at(place, "")
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

const BYTE_ORDER_MARK: char = '\u{feff}';

fn of_error(error: &ParseError, found: &Found<'_, '_>, files: &Files) -> Option<Problem> {
    if legacy::follows_std_import(error, found, files) {
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
        && let Some(problem) = legacy::of_error(error, place, files)
    {
        return Some(problem);
    }
    let labels = labels_of(error, found);
    let mut problem = Problem::error(code(error), message(error, found.set));
    problem.help = help(error, found.set);
    match (labels.is_empty(), place) {
        (false, _) => {
            problem.labels = labels;
            if let (Some(first), Some(label)) = (problem.labels.first_mut(), label(error)) {
                first.1 = label.to_owned();
            }
        }
        (true, Some(place)) => problem.labels.push((place, String::new())),
        // Not in a file that may be shown.
        (true, None) => return None,
    }
    Some(problem)
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

/// Words for the place of an error, where those of the parser say the message again.
fn label(error: &ParseError) -> Option<&'static str> {
    use ParseError as E;
    match error {
        E::ModuleNotFound(..) => Some("not there"),
        E::VariableNotFound(..) => Some("not defined"),
        E::CircularImport(..) => Some("comes back to this file"),
        E::LabeledError(message, ..) if message.contains("not_a_const") => Some("a command"),
        _ => None,
    }
}

fn message(error: &ParseError, set: &StateWorkingSet<'_>) -> String {
    use ParseError as E;
    match error {
        E::VariableNotFound(_, span) => format!(
            "the variable `{}` is not defined",
            String::from_utf8_lossy(set.get_span_contents(*span))
        ),
        E::ModuleNotFound(_, name) => format!("the module `{name}` was not found"),
        E::ModuleMissingModNuFile(directory, _) => {
            format!("the directory `{directory}` has no `mod.nu`")
        }
        E::ExportNotFound(_) => "the module exports nothing of that name".to_owned(),
        E::LabeledError(message, ..) if message.contains("not_a_const") => {
            "a constant cannot be made by running a command".to_owned()
        }
        E::LabeledError(message, ..) => sentence(told(message)),
        error => sentence(&error.to_string()),
    }
}

/// What is wrong with a constant comes as a whole report: a line with the code, and then one with the message.
fn told(report: &str) -> &str {
    let lines = report.lines().map(str::trim_start);
    report
        .starts_with("Error: ")
        .then(|| {
            lines
                .skip(1)
                .find_map(|line| line.strip_prefix("x ").or(line.strip_prefix("× ")))
        })
        .flatten()
        .unwrap_or(report)
}

/// The parser's words as ours are written: one sentence, small first letter, no full stop.
fn sentence(text: &str) -> String {
    let line = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    let mut letters = line.chars();
    let Some(first) = letters.next() else {
        return "this is not valid Nushell".to_owned();
    };
    let is_word = letters
        .clone()
        .next()
        .is_some_and(|second| !second.is_uppercase());
    if is_word {
        first.to_lowercase().chain(letters).collect()
    } else {
        line.to_owned()
    }
}

fn help(error: &ParseError, set: &StateWorkingSet<'_>) -> Option<String> {
    use ParseError as E;
    match error {
        E::UnknownFlag(command, flag, _, _) => {
            let declared = set.get_decl(set.find_decl(command.as_bytes())?).signature();
            let flags: Vec<&str> = declared
                .named
                .iter()
                .map(|flag| flag.long.as_str())
                .filter(|flag| !flag.is_empty() && *flag != "help")
                .collect();
            // What was cut short is meant more likely than what looks alike.
            let begins = flags.iter().find(|known| known.starts_with(flag.as_str()));
            let meant = begins.map(|known| (*known).to_owned()).or_else(|| {
                closest(flag, flags.iter().copied()).first().map(|flag| (*flag).to_owned())
            });
            Some(match meant {
                Some(meant) => format!("did you mean `--{meant}`?"),
                None if flags.is_empty() => format!("`{command}` has no flags"),
                None => format!(
                    "the flags of `{command}` are {}",
                    flags
                        .iter()
                        .map(|flag| format!("--{flag}"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            })
        }
        E::ModuleNotFound(..) => Some(
            "a path starts at the file that says it, as in `use ./utils.nu *`; write the file, or take the line out"
                .to_owned(),
        ),
        E::ModuleMissingModNuFile(..) => {
            Some("a directory is a module when it holds a `mod.nu`".to_owned())
        }
        E::ExportNotFound(span) => {
            let text = String::from_utf8_lossy(set.get_span_contents(*span)).into_owned();
            Some(format!("write `export def` before what `{}` is to give", text.trim()))
        }
        E::CircularImport(circle, _) => {
            let circle: Vec<&str> = circle.split_whitespace().collect();
            Some(format!(
                "{}; move what both need to a file of its own",
                circle.join(" ")
            ))
        }
        E::VariableNotFound(..) => {
            let text = miette_label(error)?;
            let (_, meant) = text.split_once("ean: ").or_else(|| text.split_once("ean "))?;
            Some(format!("did you mean `{}`?", meant.trim_matches(['\'', '`', '?', '.', ' '])))
        }
        E::LabeledError(message, ..) if message.contains("not_a_const") => Some(
            "nothing is run when a module is read; use `def` in place of `const` to compute the value when it is needed"
                .to_owned(),
        ),
        error => miette_help(error),
    }
}

fn miette_label(error: &ParseError) -> Option<String> {
    let mut labels = miette::Diagnostic::labels(error)?;
    labels.next()?.label().map(str::to_owned)
}

fn miette_help(error: &ParseError) -> Option<String> {
    let help = miette::Diagnostic::help(error)?.to_string();
    let help = help.trim();
    (!help.is_empty()).then(|| help.trim_end_matches('.').to_owned())
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
        Problem::warning(Code::NushellDeprecated, sentence(label)).at(place, "deprecated");
    let Some(help) = help else { return problem };
    let problem = problem.help(sentence(help));
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
            let (_, file) = found.set.get_module(module?).file.as_ref()?;
            let place = found.texts.place(span)?;
            match found.texts.whose(found.set.get_span_for_file(*file)) {
                Whose::Outside => Some(outside_import(place)),
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

fn outside_import(place: Place) -> Problem {
    Problem::error(
        Code::SecurityOutsideImport,
        "a module from outside of the extension is imported",
    )
    .at(place, "outside")
    .help("copy what is needed into the extension: it has to work wherever it is installed")
}
