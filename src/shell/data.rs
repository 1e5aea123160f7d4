//! Values of Nushell as plain data, and places in them.

use nu_protocol::{LabeledError, Span, Value};
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
    Converter { head }.data(value, MAX_DEPTH)
}

struct Converter {
    head: Span,
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
        LabeledError::new("a value cannot be given to Nickel")
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
