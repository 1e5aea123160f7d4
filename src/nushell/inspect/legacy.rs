//! What older Nushells took, and what other languages have, with the line to write today (NUP).

use nu_protocol::ast::{Expr, ImportPattern};
use nu_protocol::{ModuleId, ParseError, Span, Type};

use super::definitions::new_blocks;
use super::engine::READERS;
use super::outcome::{Place, Problem};
use super::parse::Found;
use super::texts::Files;
use super::walk;
use crate::diagnostic::Code;

/// How far is looked around a place, in bytes: there may be many places in one line.
pub(super) const MAX_LOOK: usize = 1 << 14;

/// Whether a code names the cause of whatever else is wrong at its place.
pub(super) fn is_cause(code: &str) -> bool {
    [
        Code::NushellOldReturnType,
        Code::NushellTypedSwitch,
        Code::NushellSwitchValue,
        Code::NushellShellSubstitution,
        Code::NushellShellOperator,
        Code::SecurityRunsFile,
        Code::SecurityChangesShell,
        Code::SecurityOutsideImport,
        Code::NushellCircularImport,
        Code::NushellExitStatus,
    ]
    .iter()
    .any(|cause| cause.as_str() == code)
}

/// Returns the problem behind an error of the parser, when it is one that is known.
pub(super) fn of_error(error: &ParseError, place: Place, files: &Files) -> Option<Problem> {
    use ParseError as E;
    match error {
        E::Expected(what, _) if what.contains("before type signature") => {
            Some(old_return_type(place, files))
        }
        E::UnknownType(_) if files.text(place) == "null" => Some(
            Problem::error(Code::NushellNullType, "`null` is a value and not a type")
                .at(place, "not a type")
                .help("write `nothing`")
                .edit(place, "nothing"),
        ),
        E::LabeledError(message, ..) if message.contains("boolean switches") => {
            Some(typed_switch(place, files))
        }
        E::ExtraPositional(..) => switch_value(place, files),
        E::OutputMismatch(Type::Error, found_type, _) => {
            Some(ends_in_error(place, found_type))
        }
        E::OutputMismatch(wanted, found_type, _) if found_type == "error" => {
            Some(ends_in_error(place, &wanted.to_string()))
        }
        E::CaptureOfMutableVar(_) => Some(
            Problem::error(
                Code::NushellCapturedMutable,
                "a closure, such as that of `catch`, cannot use a variable that changes",
            )
            .at(place, "a `mut` from outside of the closure")
            .help(
                "give the outcome back and assign it outside: `let ok = (try { ...; true } catch { false })`",
            ),
        ),
        E::OperatorIncompatibleTypes { lhs, rhs, op, .. }
            if matches!(
                (lhs, rhs),
                (Type::Duration, Type::Int | Type::Float | Type::Number)
                    | (Type::Int | Type::Float | Type::Number, Type::Duration)
            ) && matches!(*op, ">" | "<" | ">=" | "<=" | "==" | "!=") =>
        {
            Some(
                Problem::error(
                    Code::NushellDurationAsNumber,
                    "a duration is compared with a number",
                )
                .at(place, "a duration on one side")
                .help("divide the duration, as in `($elapsed / 1sec) > $limit`, or multiply the number: `$elapsed > ($limit * 1sec)`"),
            )
        }
        E::UnknownState(..) => reader(place, files),
        E::ExpectedKeyword(..) | E::Expected(..) => def_env(place, files),
        _ => None,
    }
}

/// `[...] -> record {` in place of `[...]: nothing -> record {` (NUP-01, NUP-02).
fn old_return_type(place: Place, files: &Files) -> Problem {
    let whole = files.whole(place.file);
    let rest = whole.get(place.start..).unwrap_or_default();
    let kind = rest
        .strip_prefix("->")
        .and_then(|rest| rest.split('{').next())
        .map(|kind| kind.lines().next().unwrap_or_default().trim().to_owned())
        .filter(|kind| !kind.is_empty());
    let input = if reads_pipeline(rest) {
        "any"
    } else {
        "nothing"
    };
    let problem = Problem::error(
        Code::NushellOldReturnType,
        "what a command returns is written after the type of its input",
    );
    let Some(kind) = kind else {
        return problem
            .at(place, "no type of input")
            .help(format!("write `]: {input} -> TYPE {{`"));
    };
    let length = rest.find('{').map_or(kind.len() + 3, |at| {
        rest.get(..at).unwrap_or_default().trim_end().len()
    });
    let new = if kind == "null" { "nothing" } else { &kind };
    let types = Place {
        end: place.start + length,
        ..place
    };
    // The colon follows the bracket, whatever stands between the two.
    let before = whole.get(..place.start).unwrap_or_default();
    let edited = Place {
        start: before.trim_end().len(),
        ..types
    };
    problem
        .at(types, "no type of input")
        .help(format!("write `]: {input} -> {new} {{`"))
        .edit(edited, format!(": {input} -> {new}"))
}

/// Whether the body that begins in this text uses what is piped in.
fn reads_pipeline(rest: &str) -> bool {
    let body = rest
        .find('{')
        .map_or("", |at| rest.get(at..).unwrap_or_default());
    // Until the next definition begins. Of a long text, the beginning is enough.
    let body = body
        .get(..body.floor_char_boundary(MAX_LOOK))
        .unwrap_or_default();
    let end = ["\nexport def", "\ndef "]
        .iter()
        .filter_map(|next| body.find(next))
        .min()
        .unwrap_or(body.len());
    let body = body.get(..end).unwrap_or_default();
    body.contains("$in") || first_word(body).is_some_and(|word| FILTERS.contains(&word))
}

/// Commands that take what is piped in: a body that begins with one of them does.
const FILTERS: &[&str] = &[
    "all",
    "any",
    "append",
    "compact",
    "default",
    "describe",
    "drop",
    "each",
    "enumerate",
    "fill",
    "filter",
    "find",
    "first",
    "flatten",
    "format",
    "from",
    "get",
    "group-by",
    "insert",
    "into",
    "is-empty",
    "is-not-empty",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "math",
    "merge",
    "move",
    "par-each",
    "parse",
    "path",
    "prepend",
    "reduce",
    "reject",
    "rename",
    "reverse",
    "save",
    "select",
    "skip",
    "sort",
    "sort-by",
    "split",
    "str",
    "take",
    "tee",
    "to",
    "transpose",
    "uniq",
    "uniq-by",
    "update",
    "upsert",
    "values",
    "where",
    "wrap",
    "zip",
];

/// Returns the first word of a body, comments left out.
fn first_word(body: &str) -> Option<&str> {
    let lines = body.trim_start_matches('{').lines().map(str::trim);
    let mut code = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    code.next()?.split_whitespace().next()
}

/// `--check: bool = false` (NUP-03).
fn typed_switch(place: Place, files: &Files) -> Problem {
    let whole = files.whole(place.file);
    let before = whole.get(..place.start).unwrap_or_default();
    let from = before.trim_end().trim_end_matches(':').trim_end().len();
    let (flag, written) = flag_at_end(before.get(..from).unwrap_or_default());
    let after = whole.get(place.end..).unwrap_or_default();
    let default = after
        .trim_start_matches([' ', '\t'])
        .strip_prefix('=')
        .map(|rest| rest.trim_start_matches([' ', '\t']));
    let problem = Problem::error(
        Code::NushellTypedSwitch,
        format!("the switch `{flag}` has a type"),
    )
    .at(place, "a switch has no type");
    let word = |text: &str, word: &str| {
        text.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    match default {
        Some(rest) if word(rest, "true") => problem.help(format!(
            "a switch is false when it is left out: turn the meaning of `{flag}` around, and write it without type and value"
        )),
        Some(rest) if word(rest, "false") => {
            let end = whole.len() - rest.len() + "false".len();
            problem
                .help(format!("write `{written}`: it is false when it is left out"))
                .edit(Place { start: from, end, ..place }, "")
        }
        _ => problem
            .help(format!("write `{written}`: it is false when it is left out"))
            .edit(Place { start: from, ..place }, ""),
    }
}

/// Returns the name of the flag that is declared at the end of a text, and how it is written: with its short form.
fn flag_at_end(text: &str) -> (String, String) {
    let is_end = |c: char| c.is_whitespace() || c == '[' || c == ',' || c == '(';
    let name = |text: &str| {
        let word = text.trim_end().rsplit(is_end).next();
        word.filter(|word| !word.is_empty())
            .unwrap_or("--flag")
            .to_owned()
    };
    match text
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
    {
        Some((before, short)) => {
            let flag = name(before);
            let written = format!("{flag} ({})", short.trim());
            (flag, written)
        }
        None => (name(text), name(text)),
    }
}

/// Returns where the line of a place begins, and what stands before the place in it.
pub(super) fn line_before(place: Place, files: &Files) -> Option<(usize, String)> {
    let whole = files.whole(place.file);
    let from = whole.floor_char_boundary(place.start.saturating_sub(MAX_LOOK));
    let start = whole
        .get(from..place.start)?
        .rfind('\n')
        .map_or(from, |newline| from + newline + 1);
    Some((start, whole.get(start..place.start)?.to_owned()))
}

/// `--check true` (NUP-04).
fn switch_value(place: Place, files: &Files) -> Option<Problem> {
    let (_, before) = line_before(place, files)?;
    let word = files.text(place);
    if !matches!(word, "true" | "false") {
        return None;
    }
    let flag = before.split_whitespace().next_back()?;
    if !flag.starts_with("--") || flag.contains('=') {
        return None;
    }
    let gap = Place {
        start: place.start - (before.len() - before.trim_end().len()),
        end: place.start,
        ..place
    };
    Some(
        Problem::error(
            Code::NushellSwitchValue,
            format!("the switch `{flag}` takes no value after a blank"),
        )
        .at(place, "a separate argument")
        .help(format!("write `{flag}={word}`"))
        .edit(gap, "="),
    )
}

/// `def-env name [] { ... }`
fn def_env(place: Place, files: &Files) -> Option<Problem> {
    let old = "def-env";
    let rest = files.text(place).strip_prefix(old)?;
    if rest.starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    let word = Place {
        end: place.start + old.len(),
        ..place
    };
    Some(
        Problem::error(Code::NushellSyntax, "`def-env` is a flag of `def` today")
            .at(word, "no command of today")
            .help("write `def --env`")
            .edit(word, "def --env"),
    )
}

/// `error make` as the last thing of a command that returns something else (NUP-05).
fn ends_in_error(place: Place, wanted: &str) -> Problem {
    Problem::error(
        Code::NushellEndsInError,
        format!("the command returns {wanted} and ends in an error"),
    )
    .at(place, "the last expression is an error")
    .help("raise the error in a branch, and end with the value; or write `-> any`")
}

/// `source`, `source-env` and `run`, which the parser refuses because it does not know them here.
fn reader(place: Place, files: &Files) -> Option<Problem> {
    let text = files.text(place);
    let word = text.split_whitespace().next()?;
    READERS.contains(&word).then(|| {
        let head = Place {
            end: place.start + word.len(),
            ..place
        };
        Problem::error(
            Code::SecurityRunsFile,
            format!("`{word}` takes code from a file that is not part of the module"),
        )
        .at(head, "runs a file")
        .help("make the file a module, and write `use ./file.nu *`")
    })
}

/// Returns the imports of a parse: the module, and where its name stands.
pub(super) fn import_heads(found: &Found<'_, '_>) -> Vec<(Option<ModuleId>, Span)> {
    imports_of(found)
        .into_iter()
        .map(|pattern| (pattern.head.id, pattern.head.span))
        .collect()
}

pub(super) fn imports_of<'a>(found: &'a Found<'_, '_>) -> Vec<&'a ImportPattern> {
    let mut all = Vec::new();
    for block in new_blocks(found.set) {
        walk::expressions(block, &mut |expression| {
            if let Expr::Call(call) = &expression.expr {
                for argument in call.parser_info.values().chain(call.positional_iter()) {
                    if let Expr::ImportPattern(pattern) = &argument.expr {
                        all.push(&**pattern);
                    }
                }
            }
        });
    }
    all
}
