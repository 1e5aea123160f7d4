//! Values of Nushell as plain data, and places in them.

use nu_protocol::{DurationMaxUnit, LabeledError, Span, Value, format_duration};
use provisioning::diagnostic::{Code, DataPath, Step};
use serde_json::Value as Data;

use super::real_span;

/// Deepest nesting of data.
const MAX_DEPTH: usize = 100;

/// Most items of a range.
const MAX_RANGE: usize = 1_000_000;

/// Returns a value as data.
///
/// Durations become nanoseconds, file sizes bytes, binary data a list of numbers, dates texts (RFC 3339), ranges lists,
/// cell paths and globs texts.
///
/// # Errors
/// The first value that has no form in data, with a label on it: a closure, a number that is not one, an error.
pub(crate) fn to_data(value: &Value, head: Span) -> Result<Data, LabeledError> {
    let converter = Converter {
        head,
        receiver: "Nickel",
        is_for_people: false,
    };
    converter.data(value, MAX_DEPTH)
}

/// As [`to_data`], for texts that people read: file sizes and durations become texts that Nushell reads as the same, such as
/// `10GB`, `1536KiB` and `1hr 30min`.
///
/// # Errors
/// As [`to_data`].
pub(crate) fn to_text_data(value: &Value, head: Span) -> Result<Data, LabeledError> {
    let converter = Converter {
        head,
        receiver: "a template",
        is_for_people: true,
    };
    converter.data(value, MAX_DEPTH)
}

/// Returns a number of bytes with the unit that makes it shortest, and exact.
fn filesize_text(bytes: i64) -> String {
    const UNITS: [(&str, i64); 12] = [
        ("EB", 1_000_000_000_000_000_000),
        ("PB", 1_000_000_000_000_000),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1_000),
        ("EiB", 1 << 60),
        ("PiB", 1 << 50),
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
    ];
    let exact = UNITS
        .iter()
        .filter(|(_, size)| bytes != 0 && bytes % size == 0);
    match exact.min_by_key(|(_, size)| (bytes / size).unsigned_abs()) {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => format!("{bytes}B"),
    }
}

struct Converter {
    head: Span,
    /// Who gets the data.
    receiver: &'static str,
    /// Whether they are read by people.
    is_for_people: bool,
}

impl Converter {
    fn data(&self, value: &Value, depth: usize) -> Result<Data, LabeledError> {
        if depth == 0 {
            return Err(self.unfit(value, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(match value {
            Value::Nothing { .. } => Data::Null,
            Value::Bool { val, .. } => Data::Bool(*val),
            Value::Int { val, .. } => Data::from(*val),
            Value::Float { val, .. } => match serde_json::Number::from_f64(*val) {
                Some(number) => Data::Number(number),
                None => return Err(self.unfit(value, format!("{val} is not a number"))),
            },
            Value::String { val, .. } | Value::Glob { val, .. } => Data::String(val.clone()),
            Value::Duration { val, .. } if self.is_for_people => {
                Data::String(format_duration(*val, DurationMaxUnit::default()))
            }
            Value::Filesize { val, .. } if self.is_for_people => {
                Data::String(filesize_text(val.get()))
            }
            Value::Duration { val, .. } => Data::from(*val),
            Value::Filesize { val, .. } => Data::from(val.get()),
            Value::Date { val, .. } => Data::String(val.to_rfc3339()),
            Value::Binary { val, .. } => val.iter().copied().map(Data::from).collect(),
            Value::CellPath { val, .. } => Data::String(val.to_string()),
            Value::Range { val, .. } => {
                let items: Vec<Value> = val
                    .into_range_iter(value.span(), nu_protocol::Signals::empty())
                    .take(MAX_RANGE + 1)
                    .collect();
                if items.len() > MAX_RANGE {
                    return Err(self.unfit(value, "the range has no end, or is very long"));
                }
                self.list(&items, depth)?
            }
            Value::List { vals, .. } => self.list(vals, depth)?,
            Value::Record { val, .. } => Data::Object(
                val.iter()
                    .map(|(name, value)| Ok((name.clone(), self.data(value, depth - 1)?)))
                    .collect::<Result<_, LabeledError>>()?,
            ),
            Value::Error { error, .. } => return Err((**error).clone().into()),
            Value::Closure { .. } | Value::Custom { .. } => {
                return Err(self.unfit(value, format!("{} is not data", value.get_type())));
            }
        })
    }

    fn list(&self, items: &[Value], depth: usize) -> Result<Data, LabeledError> {
        items
            .iter()
            .map(|item| self.data(item, depth - 1))
            .collect()
    }

    fn unfit(&self, value: &Value, label: impl Into<String>) -> LabeledError {
        LabeledError::new(format!("a value cannot be given to {}", self.receiver))
            .with_code(Code::InputInvalid.as_str())
            .with_label(label, real_span(value.span(), self.head))
    }
}

/// Returns the span of what stands at a path; that of the innermost record or list on the way when it is not there.
pub(crate) fn span_at(value: &Value, path: &DataPath, head: Span) -> Span {
    let mut at = value;
    let mut span = real_span(value.span(), head);
    for step in &path.0 {
        let next = match (at, step) {
            (Value::Record { val, .. }, Step::Field(name)) => val.get(name),
            (Value::List { vals, .. }, Step::Index(index)) => vals.get(*index),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
        span = real_span(at.span(), span);
    }
    span
}

#[cfg(test)]
mod tests {
    use super::filesize_text;

    #[test]
    fn file_sizes_are_exact_and_short() {
        for (bytes, text) in [
            (0, "0B"),
            (1, "1B"),
            (1000, "1kB"),
            (1024, "1KiB"),
            (1536, "1536B"),
            (1_572_864, "1536KiB"),
            (10_000_000_000, "10GB"),
            (1 << 30, "1GiB"),
            (-2000, "-2kB"),
            (i64::MAX, "9223372036854775807B"),
        ] {
            assert_eq!(filesize_text(bytes), text);
        }
    }
}
