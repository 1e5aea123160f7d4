//! Rows of Nushell as components.

use nu_protocol::{LabeledError, Span, Value};
use provisioning::diagnostic::{Code, safe_text};
use provisioning::graph::{Component, Need};
use provisioning::metadata::{read_constraint, read_version};

use super::faults::{MAX_LABELS, MAX_NAMES};
use crate::shell::real_span;

/// The place of a component in the user's own text.
pub(super) struct Place {
    /// The row.
    pub(super) row: Span,
    /// Its dependencies, one by one.
    pub(super) needs: Vec<Span>,
}

/// Something in a row that cannot be read.
struct Unreadable {
    message: String,
    label: String,
    span: Span,
}

/// Reads the rows; every one that is not a component is reported, all in one error.
pub(super) fn read(
    rows: &[Value],
    head: Span,
) -> Result<(Vec<Component>, Vec<Place>), LabeledError> {
    let mut components = Vec::with_capacity(rows.len());
    let mut places = Vec::with_capacity(rows.len());
    let mut unreadable = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match component(row, index) {
            Ok((component, place)) => {
                components.push(component);
                places.push(place);
            }
            Err(problem) => unreadable.push(problem),
        }
    }
    if unreadable.is_empty() {
        return Ok((components, places));
    }
    let mut error = LabeledError::new(match unreadable.as_slice() {
        [one] => one.message.clone(),
        many => {
            let told: Vec<&str> = many
                .iter()
                .take(MAX_NAMES)
                .map(|one| one.message.as_str())
                .collect();
            let more = match many.len().saturating_sub(MAX_NAMES) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            format!("{} rows are not components: {}{more}", many.len(), told.join("; "))
        }
    })
    .with_code(Code::ClusterInvalid.as_str())
    .with_help("a component is {name: text, dependencies: [name, ...], enabled: true, ...}; only the name is required");
    for problem in unreadable.iter().take(MAX_LABELS) {
        error = error.with_label(&problem.label, real_span(problem.span, head));
    }
    Err(error)
}

fn component(row: &Value, index: usize) -> Result<(Component, Place), Unreadable> {
    let unreadable = |message: String, label: &str, span: Span| Unreadable {
        message: safe_text(&message).into_owned(),
        label: label.to_owned(),
        span,
    };
    let Value::Record { val: record, .. } = row else {
        return Err(unreadable(
            format!("row {index} is {}, not a record", row.get_type()),
            "not a record",
            row.span(),
        ));
    };
    let name = match record.get("name") {
        Some(Value::String { val, .. }) if !val.is_empty() => val.clone(),
        Some(Value::String { .. }) => {
            return Err(unreadable(
                format!("the name of row {index} is empty"),
                "empty",
                row.span(),
            ));
        }
        Some(other) => {
            return Err(unreadable(
                format!(
                    "the name of row {index} is {}, not a string",
                    other.get_type()
                ),
                "not a string",
                other.span(),
            ));
        }
        None => {
            return Err(unreadable(
                format!("row {index} has no `name`"),
                "no `name` here",
                row.span(),
            ));
        }
    };
    let enabled = match record.get("enabled") {
        None | Some(Value::Nothing { .. }) => true,
        Some(Value::Bool { val, .. }) => *val,
        Some(other) => {
            return Err(unreadable(
                format!(
                    "`enabled` of `{name}` is {}, not true or false",
                    other.get_type()
                ),
                "not true or false",
                other.span(),
            ));
        }
    };
    // A version that is not a semantic one is fine as long as nobody asks for a range of it.
    let version = match record.get("version") {
        Some(value @ (Value::String { .. } | Value::Int { .. } | Value::Float { .. })) => value
            .coerce_string()
            .ok()
            .and_then(|text| read_version(&text).ok())
            .map(|read| read.version),
        _ => None,
    };
    let mut needs = Vec::new();
    let mut spans = Vec::new();
    match record.get("dependencies") {
        None | Some(Value::Nothing { .. }) => {}
        Some(Value::List { vals, .. }) => {
            for item in vals.iter() {
                needs.push(need(item).map_err(|(reason, span)| {
                    unreadable(
                        format!("a dependency of `{name}` {reason}"),
                        "not a dependency",
                        span,
                    )
                })?);
                spans.push(item.span());
            }
        }
        Some(other) => {
            return Err(unreadable(
                format!(
                    "`dependencies` of `{name}` is {}, not a list",
                    other.get_type()
                ),
                "not a list",
                other.span(),
            ));
        }
    }
    Ok((
        Component {
            name,
            version,
            enabled,
            needs,
        },
        Place {
            row: row.span(),
            needs: spans,
        },
    ))
}

/// A dependency is a name or `{name, version}` (GAP-69).
fn need(item: &Value) -> Result<Need, (String, Span)> {
    let text = |value: &Value, what: &str| match value {
        Value::String { val, .. } if !val.is_empty() => Ok(val.clone()),
        other => Err((
            format!("has a {what} that is {}, not text", other.get_type()),
            other.span(),
        )),
    };
    match item {
        Value::String { .. } => Ok(Need {
            name: text(item, "name")?,
            constraint: None,
        }),
        Value::Record { val: record, .. } => {
            let Some(name) = record.get("name") else {
                return Err(("has no `name`".to_owned(), item.span()));
            };
            let constraint = match record.get("version") {
                None | Some(Value::Nothing { .. }) => None,
                Some(value) => {
                    let written = text(value, "version")?;
                    Some(read_constraint(&written).map_err(|reason| {
                        (
                            format!(
                                "has the version `{written}`, which is not a constraint: {reason}"
                            ),
                            value.span(),
                        )
                    })?)
                }
            };
            Ok(Need {
                name: text(name, "name")?,
                constraint,
            })
        }
        other => Err((
            format!("is {}, neither a name nor a record", other.get_type()),
            other.span(),
        )),
    }
}
