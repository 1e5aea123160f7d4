//! The documentation of a record's fields, as Markdown.

use std::fmt::{self, Write};

use super::query::Field;

/// Deepest heading that Markdown has.
const MAX_LEVEL: usize = 6;

/// Returns a Markdown text on fields: a heading for each, then what kind of value it takes, its default, and its
/// documentation; fields inside of it follow under deeper headings.
pub fn markdown(title: &str, fields: &[Field]) -> String {
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = write_all(title, fields, &mut text);
    text
}

fn write_all(title: &str, fields: &[Field], out: &mut String) -> fmt::Result {
    writeln!(out, "# {}", escaped(title))?;
    for field in fields {
        write_field(field, &field.name, 2, out)?;
    }
    Ok(())
}

fn write_field(field: &Field, path: &str, level: usize, out: &mut String) -> fmt::Result {
    writeln!(out, "\n{} {}\n", "#".repeat(level), code(path))?;
    for (name, value) in facts(field) {
        writeln!(out, "- {name}: {value}")?;
    }
    if let Some(doc) = &field.doc {
        writeln!(out, "\n{doc}")?;
    }
    for inner in &field.fields {
        let path = format!("{path}.{}", inner.name);
        write_field(inner, &path, (level + 1).min(MAX_LEVEL), out)?;
    }
    Ok(())
}

fn facts(field: &Field) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Some(text) = field.type_text() {
        all.push(("type", code(&text)));
    }
    let presence = if field.is_required {
        "yes"
    } else if field.is_optional {
        "no, optional"
    } else {
        "no"
    };
    all.push(("required", presence.to_owned()));
    if let Some(default) = field.default() {
        all.push(("default", code(&super::text::to_text(default))));
    }
    if let Some(value) = field
        .value
        .as_ref()
        .filter(|_| field.default().is_none() && field.fields.is_empty())
    {
        all.push(("value", code(&super::text::to_text(value))));
    }
    if !field.tags.is_empty() {
        let tags: Vec<String> = field.tags.iter().map(|tag| code(tag)).collect();
        all.push(("one of", tags.join(", ")));
    }
    if !field.is_exported {
        all.push(("exported", "no".to_owned()));
    }
    all
}

/// Returns a text in code style, whatever it holds.
fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 {
        format!("{fence} {line} {fence}")
    } else {
        format!("{fence}{line}{fence}")
    }
}

/// Returns a text with the characters that Markdown would take for something else marked.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let mark =
                matches!(c, '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#').then_some('\\');
            mark.into_iter().chain([c])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_fenced_against_its_own_ticks() {
        assert_eq!(code("a\n b"), "`a b`");
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(escaped("a_b*"), "a\\_b\\*");
    }
}
