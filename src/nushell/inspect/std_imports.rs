//! Imports of the standard library that bring less than they seem to (NUP-07, NUR-03).

use nu_protocol::ast::{Expr, ImportPattern, ImportPatternMember};
use nu_protocol::{ParseError, Span};

use super::definitions::new_blocks;
use super::legacy::{MAX_LOOK, imports_of};
use super::outcome::{Place, Problem};
use super::parse::Found;
use super::texts::Files;
use super::walk;
use crate::diagnostic::Code;

/// Whether an error only follows from `use std log`, which is told at the import (NUP-07): it
/// is about a call of what was imported, in the same file.
pub(super) fn follows_std_import(error: &ParseError, found: &Found<'_, '_>, files: &Files) -> bool {
    let Some(place) = found.texts.place(error.span()) else {
        return false;
    };
    let span = error.span();
    let of_main =
        matches!(error, ParseError::ExtraPositional(usage, _) if usage.starts_with("main"));
    // `assert equal` takes the word for a condition.
    let of_assertion = ASSERTIONS.contains(&files.text(place));
    if !of_main && !of_assertion {
        return false;
    }
    let whole = files.whole(place.file);
    let from = whole.floor_char_boundary(place.start.saturating_sub(MAX_LOOK));
    let before = whole.get(from..place.start).unwrap_or_default();
    let call = before
        .rsplit(['\n', ';', '|', '{', '('])
        .next()
        .unwrap_or_default();
    let imports = imports_of(found).into_iter();
    let mut members = imports.flat_map(|pattern| members_of_std(found, pattern));
    members.any(|(member, at)| {
        let is_same_file = found
            .texts
            .place(at)
            .is_some_and(|at| at.file == place.file);
        is_same_file
            && span != at
            && (of_main || member == "assert")
            && call.split_whitespace().next() == Some(&member)
    })
}

/// Returns the members of `std` that an import names, such as `log` in `use std log`, and their places.
fn members_of_std(found: &Found<'_, '_>, pattern: &ImportPattern) -> Vec<(String, Span)> {
    if found.set.get_span_contents(pattern.head.span) != b"std" {
        return Vec::new();
    }
    let text = |name: &[u8], span: Span| (String::from_utf8_lossy(name).into_owned(), span);
    match pattern.members.as_slice() {
        [ImportPatternMember::Name { name, span }] => vec![text(name, *span)],
        [ImportPatternMember::List { names }] => {
            names.iter().map(|(name, span)| text(name, *span)).collect()
        }
        _ => Vec::new(),
    }
}

/// What `use std assert` does not bring, though `assert` itself it does.
const ASSERTIONS: &[&str] = &["equal", "not", "error", "less", "greater", "length", "str"];

/// Returns imports that give less than they seem to: `use std log` brings only the command `log` itself (NUP-07, NUR-03).
pub(super) fn imports(found: &Found<'_, '_>) -> Vec<Problem> {
    let mut all = Vec::new();
    for pattern in imports_of(found) {
        let members = members_of_std(found, pattern);
        let is_alone = members.len() == 1;
        for (member, span) in members {
            all.extend(import_of_std(found, pattern, &member, span, is_alone));
        }
    }
    all
}

/// Whether a file calls a command of `std/assert` besides `assert` itself.
fn calls_assertion(found: &Found<'_, '_>, file: usize) -> bool {
    let text = |span: Span| found.set.get_span_contents(span);
    let mut is_called = false;
    for block in new_blocks(found.set) {
        walk::expressions(block, &mut |expression| {
            let Expr::Call(call) = &expression.expr else {
                return;
            };
            let is_here = found
                .texts
                .place(call.head)
                .is_some_and(|at| at.file == file);
            if let (true, b"assert", Some(first)) =
                (is_here, text(call.head), call.positional_iter().next())
            {
                let word = text(first.span);
                is_called |= ASSERTIONS.iter().any(|known| known.as_bytes() == word);
            }
        });
    }
    is_called
}

fn import_of_std(
    found: &Found<'_, '_>,
    pattern: &ImportPattern,
    member: &str,
    span: Span,
    is_alone: bool,
) -> Option<Problem> {
    let place = found.texts.place(pattern.head.span)?;
    let member_place = found.texts.place(span)?;
    let new = match member {
        "testing" => "std/testing *".to_owned(),
        "log" => "std/log".to_owned(),
        "assert" => calls_assertion(found, place.file).then(|| "std/assert".to_owned())?,
        _ => return None,
    };
    let whole = if is_alone {
        Place {
            end: member_place.end,
            ..place
        }
    } else {
        member_place
    };
    let problem = Problem::error(
        Code::NushellStdImport,
        format!("`use std {member}` does not bring the commands of `{member}`"),
    )
    .at(whole, "only the name of the module");
    Some(if is_alone {
        problem.help(format!("write `use {new}`")).edit(whole, new)
    } else {
        problem.help(format!("write `use {new}` on a line of its own"))
    })
}
