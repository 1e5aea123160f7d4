//! Everything that is wrong with a text that does not parse.
//!
//! The parser ends at the first fault. Here each tag is looked at by itself, with an end of its own where it has to have one,
//! and blocks are paired beside.

use std::ops::Range;

use minijinja::machinery::{Span as Place, Token, Tokenizer, ast, parse};
use minijinja::{Error, ErrorKind};

use super::facts::{Broken, Call, Kind, Problem};
use super::names::STATEMENTS;
use super::parse::syntax;
use super::walk;
use crate::diagnostic::{Code, Span, did_you_mean};

/// After so many problems no more are looked for.
const ENOUGH: usize = 100;

/// Statements that have an end.
const BLOCKS: [(&str, &str); 9] = [
    ("for", "endfor"),
    ("if", "endif"),
    ("with", "endwith"),
    ("set", "endset"),
    ("macro", "endmacro"),
    ("call", "endcall"),
    ("filter", "endfilter"),
    ("block", "endblock"),
    ("autoescape", "endautoescape"),
];

/// A tag: `{{ ... }}` or `{% ... %}`.
struct Tag {
    range: Range<usize>,
    /// The statement, unless it is an expression.
    word: Option<(String, Range<usize>)>,
    /// Whether there is a `=`, which makes `set` a statement without an end.
    assigns: bool,
}

/// Returns the problem that the engine tells of a part of a text.
pub(super) fn problem(error: &Error, text: &str, part: Range<usize>) -> Problem {
    let range = error.range().unwrap_or(part.start..part.end);
    let start = range.start.clamp(part.start, part.end);
    let end = range.end.clamp(start, part.end);
    let detail = error
        .detail()
        .unwrap_or("the text is not a template")
        .to_owned();
    // At the end of a text there is nothing to underline.
    let (start, end) = match text[start..end].trim() {
        "" => last_word(text, start),
        _ => (start, end),
    };
    let code = match error.kind() {
        ErrorKind::SyntaxError if detail.contains("maximum recursion") => Code::TemplateLimit,
        _ => Code::TemplateSyntax,
    };
    let message = match code {
        Code::TemplateLimit => "blocks or brackets are nested too deeply".to_owned(),
        _ => in_words(&detail, text.get(start..end).unwrap_or_default()),
    };
    Problem::new(code, message, Span::new(start, end), "here")
}

/// Returns the engine's words as ours.
fn in_words(detail: &str, found: &str) -> String {
    let is_word = found.len() <= 40 && found.chars().all(|c| c.is_alphanumeric() || c == '_');
    let detail = match is_word {
        true => detail.replacen("unexpected identifier", &format!("unexpected `{found}`"), 1),
        false => detail.to_owned(),
    };
    let detail = detail
        .replace("end of variable block", "`}}`")
        .replace("end of block", "`%}`")
        .replace("a map literal", "a map");
    let detail = match detail.strip_suffix("expected in") {
        Some(before) => format!("{before}expected `in`"),
        None => detail,
    };
    if let Some(name) = detail.strip_prefix("unknown statement ") {
        return format!("there is no statement `{name}`");
    }
    let mut chars = detail.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// Returns the last word before a place.
fn last_word(text: &str, at: usize) -> (usize, usize) {
    let before = text[..at].trim_end();
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let start = text[start..]
        .char_indices()
        .find(|(_, c)| !c.is_whitespace())
        .map_or(start, |(at, _)| start + at);
    (start.min(before.len()), before.len())
}

/// Returns every problem of a text, in the order of their places.
pub(super) fn problems(text: &str) -> Broken {
    let mut problems = Vec::new();
    let mut calls = Vec::new();
    let tags = tags(text, &mut problems);
    let mut open: Vec<(&'static str, &'static str, &Tag)> = Vec::new();
    for tag in &tags {
        if problems.len() > ENOUGH {
            break;
        }
        let word = tag.word.as_ref().map(|(word, _)| word.as_str());
        if let Some((begin, end)) = BLOCKS.iter().find(|(_, end)| word == Some(end)) {
            close(tag, begin, end, &mut open, &mut problems);
            continue;
        }
        if let Some(middle @ ("else" | "elif")) = word {
            let fits = open
                .last()
                .is_some_and(|(begin, ..)| *begin == "if" || (middle == "else" && *begin == "for"));
            if !fits {
                problems.push(Problem::new(
                    Code::TemplateUnclosed,
                    format!("`{middle}` stands outside of an `if`"),
                    place(tag),
                    "belongs to nothing",
                ));
                continue;
            }
        }
        match alone(text, tag) {
            Ok(found) => calls.extend(found),
            Err(problem) => problems.push(problem),
        }
        let begun = BLOCKS.iter().find(|(begin, _)| word == Some(begin));
        if let Some((begin, end)) = begun.filter(|(begin, _)| *begin != "set" || !tag.assigns) {
            open.push((begin, end, tag));
        }
    }
    problems.extend(
        open.into_iter()
            .map(|(begin, end, tag)| unclosed(begin, end, tag)),
    );
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.truncate(ENOUGH);
    Broken { problems, calls }
}

fn place(tag: &Tag) -> Span {
    let range = tag.word.as_ref().map_or(&tag.range, |(_, range)| range);
    Span::new(range.start, range.end)
}

fn unclosed(begin: &str, end: &str, tag: &Tag) -> Problem {
    Problem::new(
        Code::TemplateUnclosed,
        format!("`{begin}` is never closed"),
        place(tag),
        "begins here",
    )
    .with_help(format!("write `{{% {end} %}}` where it ends"))
}

/// Closes a block, and those in it that were not closed.
fn close<'a>(
    tag: &'a Tag,
    begin: &str,
    end: &str,
    open: &mut Vec<(&'static str, &'static str, &'a Tag)>,
    problems: &mut Vec<Problem>,
) {
    match open.iter().rposition(|(known, ..)| *known == begin) {
        Some(at) => {
            problems.extend(
                open.drain(at + 1..)
                    .map(|(begin, end, tag)| unclosed(begin, end, tag)),
            );
            open.pop();
        }
        None => problems.push(
            Problem::new(
                Code::TemplateUnclosed,
                format!("`{end}` closes nothing"),
                place(tag),
                format!("no `{begin}` is open"),
            )
            .with_help(match open.last() {
                Some((begin, end, _)) => {
                    format!("`{begin}` is open, which ends with `{{% {end} %}}`")
                }
                None => format!("remove it, or write `{{% {begin} ... %}}` where it begins"),
            }),
        ),
    }
}

/// Parses a tag by itself, and returns the filters and tests in it.
fn alone(text: &str, tag: &Tag) -> Result<Vec<Call>, Problem> {
    let own = &text[tag.range.clone()];
    let word = tag.word.as_ref().map(|(word, _)| word.as_str());
    let (before, after) = match word {
        Some("else") => ("{% if a %}", "{% endif %}".to_owned()),
        Some("elif") => ("{% if a %}", "{% endif %}".to_owned()),
        Some("break" | "continue") => ("{% for a in b %}", "{% endfor %}".to_owned()),
        Some("set") if tag.assigns => ("", String::new()),
        Some(word) => {
            let end = BLOCKS.iter().find(|(begin, _)| *begin == word);
            (
                "",
                end.map_or_else(String::new, |(_, end)| format!("{{% {end} %}}")),
            )
        }
        None => ("", String::new()),
    };
    let whole = format!("{before}{own}{after}");
    let moved = |at: usize| (at.saturating_sub(before.len()) + tag.range.start).min(tag.range.end);
    let error = match parse(&whole, "", syntax()) {
        Ok(ast::Stmt::Template(template)) => {
            let mut calls = walk::facts(&template).calls;
            calls.retain(|call| matches!(call.kind, Kind::Filter | Kind::Test));
            for call in &mut calls {
                call.span = Span::new(moved(call.span.start), moved(call.span.end));
            }
            return Ok(calls);
        }
        Ok(_) => return Ok(Vec::new()),
        Err(error) => error,
    };
    let part = before.len()..before.len() + own.len();
    let mut found = problem(&error, &whole, part);
    found.span = Span::new(moved(found.span.start), moved(found.span.end));
    let unknown = word.filter(|_| found.message.starts_with("there is no statement"));
    if let (Some(word), Some((_, range))) = (unknown, &tag.word) {
        found.span = Span::new(range.start, range.end);
        found.help = Some(match word {
            "trans" | "pluralize" | "endtrans" => {
                "translations are not supported: write the text".to_owned()
            }
            "debug" => "there is no `debug`: `{{ name | to_json }}` shows a value".to_owned(),
            word => did_you_mean(word, STATEMENTS.iter().copied())
                .unwrap_or_else(|| format!("statements: {}", STATEMENTS.join(", "))),
        });
    }
    Err(found)
}

/// Returns the tags of a text. What cannot be read ends its tag, and the rest is looked at.
fn tags(text: &str, problems: &mut Vec<Problem>) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut base = 0;
    while base < text.len() && problems.len() <= ENOUGH {
        match tags_from(text, base, &mut tags) {
            Ok(()) => break,
            Err((problem, next)) => {
                problems.push(problem);
                base = next;
            }
        }
    }
    tags
}

/// Reads tags until the end or the first fault; then says where to go on.
fn tags_from(text: &str, base: usize, tags: &mut Vec<Tag>) -> Result<(), (Problem, usize)> {
    let mut tokenizer = Tokenizer::new(&text[base..], "", false, syntax());
    let mut begun: Option<Tag> = None;
    let mut last = Place::default();
    let range = |place: Place| base + place.start_offset as usize..base + place.end_offset as usize;
    loop {
        let (token, place) = match tokenizer.next_token() {
            Ok(Some(next)) => next,
            Ok(None) => {
                return match begun {
                    None => Ok(()),
                    Some(tag) => Err(never_ends(text, &tag.range, text.len())),
                };
            }
            Err(error) => {
                let at = error.range().map_or(text.len(), |range| base + range.start);
                return Err(unreadable(text, &error, begun.as_ref(), at.min(text.len())));
            }
        };
        match (&mut begun, token) {
            (None, Token::VariableStart | Token::BlockStart) => {
                begun = Some(Tag {
                    range: range(place),
                    word: None,
                    assigns: false,
                });
            }
            (Some(_), Token::VariableEnd | Token::BlockEnd) => {
                if let Some(mut tag) = begun.take() {
                    tag.range.end = range(place).end;
                    tags.push(tag);
                }
            }
            // `{%` in a tag: its own end is missing.
            (Some(tag), Token::Mod) if is_brace_before(text, range(place).start) => {
                return Err(never_ends(text, &tag.range, range(place).start - 1));
            }
            (Some(tag), token) => {
                let is_first = last.end_offset == 0 || range(last) == tag.range;
                let is_statement = text[tag.range.clone()].starts_with("{%");
                match token {
                    Token::Ident(word) if is_first && is_statement => {
                        tag.word = Some((word.to_owned(), range(place)));
                    }
                    Token::Assign => tag.assigns = true,
                    _ => {}
                }
            }
            (None, _) => {}
        }
        last = place;
    }
}

fn is_brace_before(text: &str, at: usize) -> bool {
    text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'{')
}

/// Returns the problem of a tag without an end, and where the text goes on after it; `next` is where it has to have ended.
fn never_ends(text: &str, begin: &Range<usize>, next: usize) -> (Problem, usize) {
    let opening = &text[begin.clone()];
    let closing = if opening.starts_with("{%") {
        "%}"
    } else {
        "}}"
    };
    // In an open bracket, an end is none.
    if let Some(at) = text[begin.end..next].find(closing) {
        let end = begin.end + at;
        if let Some(bracket) = open_bracket(text, begin.end, end) {
            let problem = Problem::new(
                Code::TemplateUnclosed,
                format!("`{}` is never closed", &text[bracket..=bracket]),
                Span::new(bracket, bracket + 1),
                "begins here",
            );
            return (problem, end + closing.len());
        }
    }
    let problem = Problem::new(
        Code::TemplateUnclosed,
        format!("`{}` is never closed", &opening[..2]),
        Span::new(begin.start, begin.end),
        "begins here",
    );
    (
        problem.with_help(format!("write `{closing}` where it ends")),
        next,
    )
}

/// Returns the last bracket that is opened and not closed.
fn open_bracket(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(to).skip(from) {
        match (quote, byte) {
            (Some(known), byte) if byte == known => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => open.push(at),
            (None, b')' | b']' | b'}') => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

/// Returns the problem of a place that cannot be read, and where the text goes on after it.
fn unreadable(text: &str, error: &Error, begun: Option<&Tag>, at: usize) -> (Problem, usize) {
    let Some(tag) = begun else {
        // A comment or a raw text without an end takes the rest.
        let kind = error.detail().unwrap_or_default();
        let (word, end) = match kind.contains("comment") {
            true => ("{#", "#}"),
            false => ("{% raw %}", "{% endraw %}"),
        };
        let opening = if word == "{#" { "{#" } else { "{%" };
        let start = text[..at].rfind(opening).unwrap_or(at);
        let place = Span::new(start, (start + 2).min(text.len()));
        let message = format!("`{word}` is never closed");
        let found = Problem::new(Code::TemplateUnclosed, message, place, "begins here");
        return (
            found.with_help(format!("write `{end}` where it ends")),
            text.len(),
        );
    };
    let closing = if text[tag.range.clone()].starts_with("{%") {
        "%}"
    } else {
        "}}"
    };
    let rest = &text[tag.range.end..];
    let end = rest
        .find(closing)
        .map(|end| tag.range.end + end + closing.len());
    let part = tag.range.start..end.unwrap_or(text.len());
    let is_string = error
        .detail()
        .is_some_and(|detail| detail.contains("end of string"));
    let found = if is_string {
        let quote = text[tag.range.end..at.max(tag.range.end)].rfind(['"', '\'']);
        // The quote that has no counterpart is the first one of an odd number.
        let start = quote.map_or(tag.range.start, |_| {
            first_lone_quote(text, tag.range.end, part.end)
        });
        Problem::new(
            Code::TemplateSyntax,
            "a text in quotes is never closed",
            Span::new(start, (start + 1).min(text.len())),
            "begins here",
        )
    } else {
        let width = text[at..].chars().next().map_or(0, char::len_utf8);
        let found = text.get(at..at + width).unwrap_or_default();
        let message = match found {
            "" => "the tag cannot be read".to_owned(),
            found => format!("`{found}` means nothing in a tag"),
        };
        let problem = Problem::new(
            Code::TemplateSyntax,
            message,
            Span::new(at, at + width),
            "here",
        );
        match found {
            "&" => problem.with_help("write `and`"),
            "!" => problem.with_help("write `not`"),
            "?" => problem.with_help("write `a if condition else b`"),
            _ => problem,
        }
    };
    (found, end.unwrap_or(text.len()))
}

fn first_lone_quote(text: &str, from: usize, to: usize) -> usize {
    let mut open: Option<(usize, u8)> = None;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().take(to).skip(from) {
        match (open, byte) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some((_, quote)), byte) if byte == quote => open = None,
            (None, b'"' | b'\'') => open = Some((at, byte)),
            _ => {}
        }
    }
    open.map_or(from, |(at, _)| at)
}
