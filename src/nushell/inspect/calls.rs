//! Words that are called and defined nowhere: the parser takes them for programs (NUR-09).

use std::collections::BTreeMap;

use nu_protocol::Span;
use nu_protocol::ast::{Expr, Expression};

use super::definitions::new_blocks;
use super::outcome::{Place, Problem};
use super::parse::Found;
use super::texts::Files;
use super::walk;
use super::ways::Ways;
use crate::diagnostic::{Code, did_you_mean};

/// What helps with words that are often called without being imported.
const KNOWN: [(&str, &str); 2] = [
    ("assert", "write `use std/assert` at the top of the file"),
    ("log", "write `use std/log` at the top of the file"),
];

/// Most words for which is looked for what was meant.
const MAX_ALIKE: usize = 100;

/// Returns a warning for each word that is called without `^` and is no command. The first call of each in a file is told.
///
/// Whoever validates leaves out those that are programs.
pub(super) fn unknown(found: &Found<'_, '_>, files: &Files) -> Vec<Problem> {
    let mut first: BTreeMap<(usize, String), Place> = BTreeMap::new();
    for block in new_blocks(found.set) {
        walk::expressions(block, &mut |expression| {
            if let Some((name, span)) = bare_call(found, expression)
                && !found.definitions.is_example(span)
                && let Some(place) = found.texts.place(span)
            {
                let told = first.entry((place.file, name)).or_insert(place);
                *told = (*told).min(place);
            }
        });
    }
    if first.is_empty() {
        return Vec::new();
    }
    let ways = Ways::new(found, files);
    let known: Vec<String> = {
        let mut known = Vec::new();
        found.set.traverse_commands(|name, _| {
            known.push(String::from_utf8_lossy(name).into_owned());
        });
        known.extend(
            found
                .definitions
                .iter()
                .map(|(_, definition)| definition.name.clone()),
        );
        known
    };
    first
        .into_iter()
        .enumerate()
        .map(|(at, ((_, name), place))| {
            let hint = (at < MAX_ALIKE)
                .then(|| ways.to(&name, place))
                .flatten()
                .or_else(|| {
                    let known = KNOWN.iter().find(|(word, _)| *word == name);
                    known.map(|(_, hint)| (*hint).to_owned())
                })
                .or_else(|| {
                    if at >= MAX_ALIKE {
                        return None;
                    }
                    // A word that is much longer or shorter was meant to be another one.
                    let alike = known.iter().filter(|known| known.len().abs_diff(name.len()) <= 2);
                    did_you_mean(&name, alike.map(String::as_str))
                })
                .unwrap_or_else(|| {
                    format!("define it, import the module that does, or write `^{name}` if it is a program")
                });
            Problem::warning(
                Code::NushellUnknownCommand,
                format!("`{name}` is defined nowhere, and would be run as a program"),
            )
            .at(place, "no such command")
            .help(hint)
        })
        .collect()
}

/// Returns the word of a call that is neither of a command nor marked as one of a program.
fn bare_call(found: &Found<'_, '_>, expression: &Expression) -> Option<(String, Span)> {
    let Expr::ExternalCall(head, _) = &expression.expr else {
        return None;
    };
    let is_marked = found
        .set
        .get_span_contents(expression.span)
        .starts_with(b"^");
    let (Expr::String(name) | Expr::GlobPattern(name, false)) = &head.expr else {
        return None;
    };
    // A path is one of a program, and a quoted word was meant that way.
    let is_word = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'));
    // What an alias stands for is written elsewhere.
    let is_written = found.set.get_span_contents(head.span) == name.as_bytes();
    (!is_marked && is_word && is_written).then(|| (name.clone(), head.span))
}
