//! What other shells write between and around commands.

use std::collections::BTreeSet;

use nu_protocol::ast::{Call, Expr, Expression, ExternalArgument, PipelineRedirection};
use nu_protocol::{ParseError, Span};

use super::definitions::new_blocks;
use super::legacy::line_before;
use super::lints::Look;
use super::outcome::{Place, Problem};
use super::parse::Found;
use super::texts::Files;
use crate::diagnostic::Code;

/// What the parser refuses of other shells, and what it says besides because of that.
///
/// Of several in a block it names only the first, and takes all of them for pipes or redirections of its own.
pub(super) struct Operators(BTreeSet<(usize, usize)>);

impl Operators {
    pub(super) fn of(found: &Found<'_, '_>) -> Self {
        let errors = found.set.parse_errors.iter();
        let mut spans: BTreeSet<(usize, usize)> = errors
            .filter(|error| is_of_operator(error))
            .map(|error| (error.span().start, error.span().end))
            .collect();
        let elements = new_blocks(found.set)
            .flat_map(|block| &block.pipelines)
            .flat_map(|pipeline| &pipeline.elements);
        for element in elements {
            let redirected = match &element.redirection {
                Some(PipelineRedirection::Single { target, .. }) => Some(target.span()),
                _ => None,
            };
            let written = [element.pipe, redirected].into_iter().flatten();
            let foreign =
                written.filter(|span| advice(found.set.get_span_contents(*span)).is_some());
            spans.extend(foreign.map(|span| (span.start, span.end)));
        }
        Self(spans)
    }

    /// Returns a problem for each.
    pub(super) fn problems(&self, found: &Found<'_, '_>, files: &Files) -> Vec<Problem> {
        let places = self.0.iter().map(|(start, end)| Span::new(*start, *end));
        let places = places.filter_map(|span| found.texts.place(span));
        let problem = |place| {
            let operator = files.text(place);
            Some(refused(place, files).help(advice(operator.as_bytes())?))
        };
        places.filter_map(problem).collect()
    }

    /// Whether an error only follows from an operator: the parser takes it for a pipe.
    pub(super) fn explain(&self, error: &ParseError, found: &Found<'_, '_>) -> bool {
        use ParseError as E;
        let span = error.span();
        let Some((start, end)) = self.0.range(..=(span.start, usize::MAX)).next_back() else {
            return false;
        };
        let operator = Span::new(*start, *end);
        if is_of_operator(error) {
            return true;
        }
        match error {
            // Nothing follows it.
            E::UnexpectedEof(..) => span.start <= operator.end,
            // What follows it gets what is before it.
            E::InputMismatch(..) if operator.end <= span.start => {
                let between = Span::new(operator.end, span.start);
                let between = found.set.get_span_contents(between);
                between.iter().all(u8::is_ascii_whitespace)
            }
            _ => false,
        }
    }
}

fn is_of_operator(error: &ParseError) -> bool {
    use ParseError as E;
    matches!(
        error,
        E::ShellAndAnd(_) | E::ShellOrOr(_) | E::ShellErrRedirect(_) | E::ShellOutErrRedirect(_)
    )
}

/// Returns what to write in place of an operator that the parser refuses.
fn advice(operator: &[u8]) -> Option<&'static str> {
    Some(match operator {
        b"&&" => {
            "write `;` between commands: one that fails ends what follows; between conditions write `and`"
        }
        b"||" => "write `try { first } catch { second }` for commands, and `or` between conditions",
        b"2>" => "write `err> FILE`",
        b"2>&1" => {
            "write `out+err> FILE` to have both in a file, `out+err>| next` to pipe both, or `| complete` to have each"
        }
        _ => return None,
    })
}

fn refused(place: Place, files: &Files) -> Problem {
    let operator = files.text(place);
    Problem::error(
        Code::NushellShellOperator,
        format!("`{operator}` is an operator of other shells"),
    )
    .at(place, "not one of Nushell")
}

/// Returns the problem behind an error of the parser, when it is about the syntax of another shell.
pub(super) fn of_error(error: &ParseError, place: Place, files: &Files) -> Option<Problem> {
    if matches!(error, ParseError::ExtraPositional(..)) {
        return extra_argument(place, files);
    }
    let is_variable = matches!(
        error,
        ParseError::ExpectedWithDidYouMean("valid variable name", ..)
            | ParseError::Expected("valid variable name", _)
    );
    let text = files.text(place);
    match text.get(..2) {
        Some("$(") if is_variable => Some(substitution(place).help(
            "write `(command)`, and with more of a word around it `$\"(command).txt\"`; a program is marked with `^`, as in `(^date +%F)`",
        )),
        Some("${") if is_variable => Some(
            Problem::error(
                Code::NushellShellSubstitution,
                "`${...}` is the way of other shells to insert a variable",
            )
            .at(place, "no variable of Nushell")
            .help("write `$env.NAME` for a variable of the environment, and `$name` for one of the code"),
        ),
        _ => None,
    }
}

/// What is one argument too many because other shells read it in another way.
fn extra_argument(place: Place, files: &Files) -> Option<Problem> {
    let word = files.text(place);
    if let Some(advice) = advice_on_word(word, false, false) {
        return Some(refused(place, files).help(advice));
    }
    // `$(date +%Y)` in an interpolated string.
    let (line_start, before) = line_before(place, files)?;
    let at = before.rfind("$(")?;
    if before.get(at..)?.contains(')') {
        return None;
    }
    let whole = Place {
        start: line_start + at,
        ..place
    };
    Some(substitution(whole).help("in `$\"...\"` write `(command)`, such as `(date now | format date %Y%m%d)`; for the characters themselves `$\\(...\\)`"))
}

/// `$(...)`, whatever is to be done about it (NUP-10).
fn substitution(place: Place) -> Problem {
    Problem::error(
        Code::NushellShellSubstitution,
        "`$(...)` is the way of other shells to insert what a command prints",
    )
    .at(place, "run as Nushell")
}

impl Look<'_, '_> {
    /// `^make >/dev/null`: Nushell passes the operator on as an argument.
    pub(super) fn operators_of_program(&self, arguments: &[ExternalArgument]) -> Option<Problem> {
        let words: Vec<Span> = arguments
            .iter()
            .filter_map(|argument| match argument {
                ExternalArgument::Regular(value) => self.bare(value),
                ExternalArgument::Spread(_) => None,
            })
            .collect();
        self.first_operator(&words, true)
    }

    /// `ls > files.txt`, the same of a command that takes any number of arguments. One that takes a certain argument may be
    /// meant to get this one, as in `split row >`.
    pub(super) fn operators_of_command(&self, call: &Call) -> Option<Problem> {
        let words: Vec<(usize, Span)> = call
            .positional_iter()
            .enumerate()
            .filter_map(|(at, value)| Some((at, self.bare(value)?)))
            .collect();
        let is_operator =
            |(_, span): &(usize, Span)| advice_on_word(&self.text(*span), false, false).is_some();
        if !words.iter().any(is_operator) {
            return None;
        }
        let signature = self.found.set.get_decl(call.decl_id).signature();
        signature.rest_positional.as_ref()?;
        let named = signature.required_positional.len() + signature.optional_positional.len();
        let rest = words.into_iter().filter(|(at, _)| *at >= named);
        let rest: Vec<Span> = rest.map(|(_, span)| span).collect();
        self.first_operator(&rest, false)
    }

    /// Returns the place of a word without quotes.
    fn bare(&self, value: &Expression) -> Option<Span> {
        let text = match &value.expr {
            Expr::String(text)
            | Expr::Filepath(text, false)
            | Expr::Directory(text, false)
            | Expr::GlobPattern(text, false) => text,
            _ => return None,
        };
        (self.text(value.span) == *text).then_some(value.span)
    }

    fn first_operator(&self, words: &[Span], is_program: bool) -> Option<Problem> {
        let last = words.last()?;
        let last = self.place(*last)?;
        let whole = self.files.whole(last.file);
        let after = whole.get(last.end..).unwrap_or_default();
        // The parser refuses `> file 2>&1` already.
        if after.trim_start_matches([' ', '\t']).starts_with("2>&1") {
            return None;
        }
        words.iter().enumerate().find_map(|(at, span)| {
            let word = self.text(*span);
            let is_last = at + 1 == words.len();
            let advice = advice_on_word(&word, is_last, is_program)?;
            Some(
                Problem::warning(
                    Code::NushellShellOperator,
                    format!("`{word}` is an operator of other shells, and an argument like any other here"),
                )
                .at(self.place(*span)?, "passed on")
                .help(advice),
            )
        })
    }
}

/// Returns what to write in place of a word that other shells take for an operator. What may be something else, such as
/// the `>=1.0` of a version, is none.
fn advice_on_word(word: &str, is_last: bool, is_program: bool) -> Option<String> {
    let (from, rest) = word.split_at(word.len() - word.trim_start_matches(['1', '2', '&']).len());
    let (operator, target) = rest.split_at(rest.len() - rest.trim_start_matches('>').len());
    let file = if target.is_empty() { "FILE" } else { target };
    if (operator == ">" || operator == ">>") && matches!(from, "" | "1" | "2" | "&") {
        let is_target = match target.chars().next() {
            None => true,
            Some('=') => false,
            // A number may be a version.
            Some(first) => !from.is_empty() || matches!(first, '/' | '&' | '$' | '~' | '.'),
        };
        if !is_target {
            return None;
        }
        if target == "&2" {
            return Some("write `print --stderr TEXT` for what the command itself says".to_owned());
        }
        if target.starts_with('&') {
            return Some("write `out+err> FILE`, or `out+err>| next`".to_owned());
        }
        return Some(match (from, is_program) {
            ("" | "1", true) => format!("write `out{operator} {file}`"),
            ("2", _) => format!("write `err{operator} {file}`"),
            ("&", _) => format!("write `out+err{operator} {file}`"),
            _ if operator == ">>" => format!("write `| save --append {file}`"),
            _ => format!("write `| save {file}`"),
        });
    }
    match word {
        "||" => advice(b"||").map(str::to_owned),
        "<" => Some("write `open --raw FILE | command`".to_owned()),
        _ if word.starts_with("<<") => {
            Some("write the text before the command: `\"text\" | command`".to_owned())
        }
        "&" if is_last && is_program => Some("write `job spawn { command }`".to_owned()),
        _ => None,
    }
}
