//! Data as Nickel text.

use std::fmt::{self, Write};

use serde_json::Value;

/// Longest list or record that stands on one line, in characters.
const MAX_LINE: usize = 60;

/// Words that cannot be names of fields without quotes.
const KEYWORDS: &[&str] = &[
    "as",
    "default",
    "doc",
    "else",
    "false",
    "forall",
    "force",
    "fun",
    "if",
    "import",
    "in",
    "include",
    "let",
    "match",
    "not_exported",
    "null",
    "optional",
    "or",
    "priority",
    "rec",
    "then",
    "true",
];

/// Returns data as Nickel text, which evaluates to the same data. Short lists and records stand on one line.
pub fn to_text(data: &Value) -> String {
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = write(data, 0, &mut text);
    text
}

fn write(data: &Value, indent: usize, out: &mut String) -> fmt::Result {
    match data {
        Value::Null => out.write_str("null"),
        Value::Bool(truth) => write!(out, "{truth}"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) if items.is_empty() => out.write_str("[]"),
        Value::Object(fields) if fields.is_empty() => out.write_str("{}"),
        Value::Array(items) => {
            let parts = items.iter().map(|item| (None, item));
            write_all(data, "[", parts, "]", indent, out)
        }
        Value::Object(fields) => {
            let parts = fields
                .iter()
                .map(|(name, item)| (Some(name.as_str()), item));
            write_all(data, "{", parts, "}", indent, out)
        }
    }
}

fn write_all<'a>(
    data: &Value,
    open: &str,
    parts: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    close: &str,
    indent: usize,
    out: &mut String,
) -> fmt::Result {
    let is_short = fits(data, MAX_LINE).is_some();
    let is_record = open == "{";
    out.write_str(open)?;
    for (at, (name, item)) in parts.enumerate() {
        if is_short {
            match (at, is_record) {
                (0, true) => out.write_str(" ")?,
                (0, false) => {}
                _ => out.write_str(", ")?,
            }
        } else {
            write!(out, "\n{:width$}", "", width = 2 * (indent + 1))?;
        }
        if let Some(name) = name {
            write_name(name, out)?;
            out.write_str(" = ")?;
        }
        write(item, indent + 1, out)?;
        if !is_short {
            out.write_str(",")?;
        }
    }
    match (is_short, is_record) {
        (true, true) => out.write_str(" ")?,
        (true, false) => {}
        (false, _) => write!(out, "\n{:width$}", "", width = 2 * indent)?,
    }
    out.write_str(close)
}

/// Returns about how many characters data take on one line, unless it is more than `most` or it holds a record that
/// holds another.
fn fits(data: &Value, most: usize) -> Option<usize> {
    let mut sum = match data {
        Value::String(text) => text.len() + 2,
        Value::Number(number) => number.to_string().len(),
        _ => 4,
    };
    match data {
        Value::Array(items) => {
            for item in items {
                sum += 2 + fits(item, most.checked_sub(sum)?)?;
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                sum += name.len() + 5 + fits(item, most.checked_sub(sum)?)?;
            }
        }
        _ => {}
    }
    (sum <= most).then_some(sum)
}

/// Nickel's numbers have no exponents with a plus sign; a float is written so that it is read as the same one.
fn write_number(number: &serde_json::Number, out: &mut String) -> fmt::Result {
    match (number.as_i64(), number.as_f64()) {
        (Some(int), _) => write!(out, "{int}"),
        (None, Some(float)) => write!(out, "{float}"),
        (None, None) => write!(out, "{number}"),
    }
}

fn write_name(name: &str, out: &mut String) -> fmt::Result {
    let mut chars = name.trim_start_matches('_').chars();
    let is_plain = chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''))
        && !KEYWORDS.contains(&name);
    if is_plain {
        out.write_str(name)
    } else {
        write_string(name, out)
    }
}

fn write_string(text: &str, out: &mut String) -> fmt::Result {
    out.write_char('"')?;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            // An interpolation would begin.
            '%' if chars.peek() == Some(&'{') => out.write_str("\\%")?,
            c if crate::diagnostic::is_unsafe_char(c) => write!(out, "\\u{{{:x}}}", u32::from(c))?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}
