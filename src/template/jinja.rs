//! Filters and methods of Jinja that the engine lacks, or has with fewer arguments.

use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};

/// Adds the filters to an engine, in place of those that it has.
pub(super) fn add(engine: &mut Environment<'_>) {
    engine.add_filter("default", default);
    engine.add_filter("d", default);
    engine.add_filter("replace", replace);
    engine.add_filter("indent", indent);
    engine.add_filter("truncate", truncate);
    engine.add_filter("center", center);
    engine.add_filter("wordcount", wordcount);
}

fn default(
    value: &Value,
    other: Option<Value>,
    all: Option<bool>,
    named: Kwargs,
) -> Result<Value, Error> {
    let other = match named.get::<Option<Value>>("default_value")? {
        Some(named) => named,
        None => other.unwrap_or_else(|| Value::from("")),
    };
    let all = named.get::<Option<bool>>("boolean")?.or(all);
    named.assert_all_used()?;
    let is_missing = value.is_undefined() || (all == Some(true) && !value.is_true());
    Ok(if is_missing { other } else { value.clone() })
}

fn replace(
    text: String,
    old: String,
    new: String,
    count: Option<usize>,
    named: Kwargs,
) -> Result<String, Error> {
    let count = named.get::<Option<usize>>("count")?.or(count);
    named.assert_all_used()?;
    Ok(match count {
        Some(count) => text.replacen(&old, &new, count),
        None => text.replace(&old, &new),
    })
}

fn indent(
    text: String,
    width: Option<Value>,
    first: Option<bool>,
    blank: Option<bool>,
    named: Kwargs,
) -> Result<String, Error> {
    let width = named.get::<Option<Value>>("width")?.or(width);
    let first = named.get::<Option<bool>>("first")?.or(first) == Some(true);
    let blank = named.get::<Option<bool>>("blank")?.or(blank) == Some(true);
    named.assert_all_used()?;
    let indent = match width {
        None => " ".repeat(4),
        Some(width) => match (width.as_str(), usize::try_from(width.clone())) {
            (Some(text), _) => text.to_owned(),
            (None, Ok(width)) if width <= 1_000 => " ".repeat(width),
            _ => {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    "the width is neither a number up to 1000 nor a text",
                ));
            }
        },
    };
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let is_indented = match index {
            0 => first,
            _ => blank || !line.is_empty(),
        };
        if is_indented {
            out.push_str(&indent);
        }
        out.push_str(line);
    }
    Ok(out)
}

fn truncate(
    text: String,
    length: Option<usize>,
    cut_words: Option<bool>,
    end: Option<String>,
    named: Kwargs,
) -> Result<String, Error> {
    let length = named
        .get::<Option<usize>>("length")?
        .or(length)
        .unwrap_or(255);
    let cut_words = named.get::<Option<bool>>("killwords")?.or(cut_words) == Some(true);
    let end = named.get::<Option<String>>("end")?.or(end);
    let end = end.unwrap_or_else(|| "...".to_owned());
    let leeway = named.get::<Option<usize>>("leeway")?.unwrap_or(5);
    named.assert_all_used()?;
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text);
    }
    let room = length.saturating_sub(end.chars().count());
    let mut kept: String = text.chars().take(room).collect();
    if let (false, Some(at)) = (cut_words, kept.rfind(' ')) {
        kept.truncate(at);
    }
    Ok(kept + &end)
}

/// As Python does it: with an odd number of blanks, the extra one stands where the width says.
fn centered(text: &str, width: usize) -> String {
    let room = width.saturating_sub(text.chars().count());
    let left = room / 2 + (room & width & 1);
    format!("{}{text}{}", " ".repeat(left), " ".repeat(room - left))
}

fn center(text: String, width: Option<usize>) -> Result<String, Error> {
    within(width.unwrap_or(80)).map(|width| centered(&text, width))
}

fn wordcount(text: String) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c: char| !is_part(c))
        .filter(|word| !word.is_empty())
        .count()
}

fn within(width: usize) -> Result<usize, Error> {
    match width <= 10_000 {
        true => Ok(width),
        false => Err(Error::new(
            ErrorKind::InvalidOperation,
            "the width is larger than 10000",
        )),
    }
}

/// Calls a method of Python's that the engine does not have, on a value of the data.
pub(super) fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    if let (Some(text), "zfill" | "ljust" | "rjust" | "center") = (value.as_str(), name) {
        let (width,): (usize,) = from_args(arguments)?;
        let width = within(width)?;
        let room = width.saturating_sub(text.chars().count());
        return Ok(Value::from(match name {
            "ljust" => format!("{text}{}", " ".repeat(room)),
            "rjust" => format!("{}{text}", " ".repeat(room)),
            "center" => centered(text, width),
            // A sign stays in front.
            _ => {
                let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
                format!("{sign}{}{digits}", "0".repeat(room))
            }
        }));
    }
    let found = minijinja_contrib::pycompat::unknown_method_callback(state, value, name, arguments);
    found.map_err(|error| match error.kind() {
        ErrorKind::UnknownMethod => Error::new(
            ErrorKind::UnknownMethod,
            format!("{} has no method `{name}`", kind(value)),
        ),
        _ => error,
    })
}

/// Returns what a value is, in the words of the users.
fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Map => "a record",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::String => "a text",
        ValueKind::Number => "a number",
        ValueKind::Bool => "true or false",
        ValueKind::None => "null",
        _ => "the value",
    }
}
