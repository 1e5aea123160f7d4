//! Values of the shell as what a source says.

use nu_protocol::Value;
use provisioning::configuration::{Given, GivenEntry, GivenValue};
use provisioning::diagnostic::Span;

/// Deepest nesting that is looked at; no setting is as deep.
const MAX_DEPTH: usize = 8;

/// Returns a value with its place in the user's code.
pub(super) fn given(value: &Value) -> Given {
    convert(value, MAX_DEPTH)
}

fn convert(value: &Value, depth: usize) -> Given {
    let place = value.span();
    let span = Span::new(place.start, place.end);
    let value = match value {
        Value::Nothing { .. } => GivenValue::Nothing,
        Value::String { val, .. } | Value::Glob { val, .. } => GivenValue::Text(val.clone()),
        Value::Int { val, .. } => GivenValue::Whole(*val),
        Value::Bool { val, .. } => GivenValue::Flag(*val),
        Value::Filesize { val, .. } => GivenValue::Size(val.get()),
        Value::Duration { val, .. } => GivenValue::Duration(*val),
        Value::List { vals, .. } if depth > 0 => {
            GivenValue::List(vals.iter().map(|item| convert(item, depth - 1)).collect())
        }
        Value::Record { val, .. } if depth > 0 => {
            let entries = val.iter().map(|(key, value)| {
                let given = convert(value, depth - 1);
                GivenEntry {
                    key: key.clone(),
                    // The shell does not tell where a key stands.
                    key_span: given.span,
                    given,
                }
            });
            GivenValue::Record(entries.collect())
        }
        other => GivenValue::Other(format!("of type {}", other.get_type())),
    };
    Given { value, span }
}
