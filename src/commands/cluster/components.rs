//! Rows of Nushell as components.

use nu_protocol::{LabeledError, Span, Value};
use provisioning::diagnostic::{Code, safe_text};
use provisioning::extension::ExtensionType;
use provisioning::graph::{Component, ComponentVersion, Need, Request};
use provisioning::metadata::read_constraint;

use super::faults::{MAX_LABELS, MAX_NAMES};
use crate::shell::real_span;

/// The place of a component in the user's own text.
#[derive(Clone)]
pub(super) struct Place {
    /// The row.
    pub(super) row: Span,
    /// Its version, where it has one.
    pub(super) version: Option<Span>,
    /// Its dependencies, one by one.
    pub(super) needs: Vec<Span>,
}

/// What rows say.
pub(super) struct Rows {
    /// The components, in the order of the rows.
    pub(super) components: Vec<Component>,
    /// Where each of them stands.
    pub(super) places: Vec<Place>,
    /// Those of the type taskserv.
    pub(super) taskservs: Vec<Request>,
}

/// Something in a row that cannot be read.
struct Unreadable {
    message: String,
    label: String,
    span: Span,
}

/// Reads the rows; every one that is not a component is reported, all in one error.
pub(super) fn read(rows: &[Value], head: Span) -> Result<Rows, LabeledError> {
    let mut components = Vec::with_capacity(rows.len());
    let mut places = Vec::with_capacity(rows.len());
    let mut taskservs = Vec::new();
    let mut unreadable = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match component(row, index) {
            Ok((component, place)) => {
                if text_of(row, "type")
                    .is_some_and(|kind| kind.eq_ignore_ascii_case(ExtensionType::Taskserv.as_str()))
                {
                    taskservs.push(Request {
                        row: index,
                        version: text_of(row, "version"),
                        is_number: is_fraction(row, "version"),
                    });
                }
                components.push(component);
                places.push(place);
            }
            Err(problem) => unreadable.push(problem),
        }
    }
    if unreadable.is_empty() {
        return Ok(Rows {
            components,
            places,
            taskservs,
        });
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
    // A version that cannot be compared is fine as long as nobody asks for a range of it.
    let version = match text_of(row, "version") {
        None => ComponentVersion::Missing,
        Some(number) if is_fraction(row, "version") => ComponentVersion::Number(number),
        Some(text) => ComponentVersion::read(&text),
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
            version: record.get("version").map(Value::span),
            needs: spans,
        },
    ))
}

/// Returns a field as text when it is text or a number.
pub(super) fn text_of(row: &Value, field: &str) -> Option<String> {
    let Value::Record { val, .. } = row else {
        return None;
    };
    match val.get(field)? {
        Value::String { val, .. } if val.is_empty() => None,
        value @ (Value::String { .. } | Value::Int { .. } | Value::Float { .. }) => {
            value.coerce_string().ok()
        }
        _ => None,
    }
}

/// Whether a field is a number with a fraction.
fn is_fraction(row: &Value, field: &str) -> bool {
    let Value::Record { val, .. } = row else {
        return false;
    };
    matches!(val.get(field), Some(Value::Float { .. }))
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
