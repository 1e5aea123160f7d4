//! Values of Nushell as plain data, and back.

use nu_protocol::{Record, Span, Value};
use serde_json::Value as Data;

/// Deepest nesting that is kept.
const MAX_DEPTH: usize = 100;

/// Returns a value as plain data; what has no form in it, or is nested deeper than 100 levels, becomes null, which no contract takes
/// by mistake. A duration is its nanoseconds, a file size its bytes, a date a text (RFC 3339).
pub fn to_json(value: &Value) -> Data {
    data(value, MAX_DEPTH)
}

fn data(value: &Value, depth: usize) -> Data {
    if depth == 0 {
        return Data::Null;
    }
    match value {
        Value::Bool { val, .. } => Data::Bool(*val),
        Value::Int { val, .. } => Data::from(*val),
        Value::Float { val, .. } => Data::from(*val),
        Value::String { val, .. } | Value::Glob { val, .. } => Data::String(val.clone()),
        Value::Duration { val, .. } => Data::from(*val),
        Value::Filesize { val, .. } => Data::from(val.get()),
        Value::Date { val, .. } => Data::String(val.to_rfc3339()),
        Value::Binary { val, .. } => val.iter().copied().map(Data::from).collect(),
        Value::CellPath { val, .. } => Data::String(val.to_string()),
        Value::List { vals, .. } => vals.iter().map(|item| data(item, depth - 1)).collect(),
        Value::Record { val, .. } => Data::Object(
            val.iter()
                .map(|(name, item)| (name.clone(), data(item, depth - 1)))
                .collect(),
        ),
        _ => Data::Null,
    }
}

/// Returns data as a value; whole numbers are int, others float.
pub fn from_json(data: Data, span: Span) -> Value {
    match data {
        Data::Null => Value::nothing(span),
        Data::Bool(truth) => Value::bool(truth, span),
        Data::Number(number) => match number.as_i64() {
            Some(int) => Value::int(int, span),
            None => Value::float(number.as_f64().unwrap_or(f64::NAN), span),
        },
        Data::String(text) => Value::string(text, span),
        Data::Array(items) => Value::list(
            items
                .into_iter()
                .map(|item| from_json(item, span))
                .collect(),
            span,
        ),
        Data::Object(fields) => {
            let fields = fields.into_iter();
            let record: Record = fields
                .map(|(name, item)| (name, from_json(item, span)))
                .collect();
            Value::record(record, span)
        }
    }
}
