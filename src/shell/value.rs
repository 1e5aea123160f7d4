//! Values of the library as values of Nushell.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use nu_protocol::{PipelineData, Record, Span, Value, record};
use provisioning::diagnostic::{Diagnostic, safe_text};
use provisioning::metadata::{Node, NodeValue};
use provisioning::nickel::Field;
pub(crate) use provisioning::nushell::from_json as data_value;
use provisioning::registry::{Registered, Requirement};
use provisioning::validation::rule_of_metadata;

/// Returns a table, array or value of metadata as a value; dates become dates.
pub(crate) fn metadata_value(node: &Node, span: Span) -> Value {
    match &node.value {
        NodeValue::String(text) => Value::string(safe_text(text), span),
        NodeValue::Integer(int) => Value::int(*int, span),
        NodeValue::Float(float) => Value::float(*float, span),
        NodeValue::Boolean(truth) => Value::bool(*truth, span),
        NodeValue::Datetime(datetime) => {
            let text = datetime.to_string();
            let date = DateTime::parse_from_rfc3339(&text).ok().or_else(|| {
                // Without an offset, as TOML's local dates are, it is taken as UTC.
                let local = text.parse::<NaiveDateTime>().ok().or_else(|| {
                    let date: chrono::NaiveDate = text.parse().ok()?;
                    date.and_hms_opt(0, 0, 0)
                })?;
                Some(local.and_utc().fixed_offset())
            });
            match date {
                Some(date) => Value::date(date, span),
                None => Value::string(text, span),
            }
        }
        NodeValue::Array(items) => Value::list(
            items
                .iter()
                .map(|item| metadata_value(item, span))
                .collect(),
            span,
        ),
        NodeValue::Table(entries) => {
            let record: Record = entries
                .iter()
                .map(|entry| {
                    (
                        safe_text(&entry.key).into_owned(),
                        metadata_value(&entry.node, span),
                    )
                })
                .collect();
            Value::record(record, span)
        }
    }
}

/// Returns a row for something that is registered:
/// `{type, name, version, path, package, registered_at, dependencies}`.
pub(crate) fn registered_value(row: &Registered, span: Span) -> Value {
    Value::record(
        record! {
            "type" => Value::string(row.kind.as_str(), span),
            "name" => Value::string(&row.name, span),
            "version" => Value::string(row.version.to_string(), span),
            "path" => path_value(&row.path, span),
            "package" => opt_string(row.package.clone(), span),
            "registered_at" => date_value(row.registered_at, span),
            "dependencies" => requirements_value(&row.dependencies, span),
        },
        span,
    )
}

/// Returns dependencies as a table `{name, version, type}`.
pub(crate) fn requirements_value(requirements: &[Requirement], span: Span) -> Value {
    let rows = requirements
        .iter()
        .map(|requirement| {
            Value::record(
                record! {
                    "name" => Value::string(&requirement.name, span),
                    "version" => Value::string(requirement.version.to_string(), span),
                    "type" => opt_string(requirement.kind.map(|kind| kind.to_string()), span),
                },
                span,
            )
        })
        .collect();
    Value::list(rows, span)
}

/// Returns the columns of a finding of a rule: `{code, rule, message, file, line, column, help}`.
pub(crate) fn diagnostic_columns(rule: &str, diagnostic: &Diagnostic, span: Span) -> Value {
    let mut row = Record::new();
    row.push("code", Value::string(diagnostic.code.as_str(), span));
    row.push("rule", Value::string(rule, span));
    place_columns(diagnostic, &mut row, span);
    Value::record(row, span)
}

/// Returns a finding as `{code, message, file, line, column, help}`.
pub(crate) fn finding_value(diagnostic: &Diagnostic, span: Span) -> Value {
    let mut row = Record::new();
    row.push("code", Value::string(diagnostic.code.as_str(), span));
    place_columns(diagnostic, &mut row, span);
    Value::record(row, span)
}

fn place_columns(diagnostic: &Diagnostic, row: &mut Record, span: Span) {
    let place = diagnostic.location();
    row.push(
        "message",
        opt_string(Some(diagnostic.message.clone()), span),
    );
    row.push("file", opt_string(diagnostic.file(), span));
    row.push("line", opt_number(place.map(|place| place.line), span));
    row.push("column", opt_number(place.map(|place| place.column), span));
    row.push("help", opt_string(diagnostic.help.clone(), span));
}

/// Returns the fields of a Nickel record as a table
/// `{name, type, required, optional, exported, priority, default, value, tags, doc, file, line, column, fields}`.
pub(crate) fn fields_value(fields: &[Field], span: Span) -> Value {
    let data = |data: Option<&serde_json::Value>| {
        data.map_or_else(
            || Value::nothing(span),
            |data| data_value(data.clone(), span),
        )
    };
    let rows = fields
        .iter()
        .map(|field| {
            let tags = field
                .tags
                .iter()
                .map(|tag| Value::string(safe_text(tag), span))
                .collect();
            Value::record(
                record! {
                    "name" => Value::string(safe_text(&field.name), span),
                    "type" => opt_string(field.type_text(), span),
                    "required" => Value::bool(field.is_required, span),
                    "optional" => Value::bool(field.is_optional, span),
                    "exported" => Value::bool(field.is_exported, span),
                    "priority" => Value::string(&field.priority, span),
                    "default" => data(field.default()),
                    "value" => data(field.value.as_ref()),
                    "tags" => Value::list(tags, span),
                    "doc" => opt_string(field.doc.clone(), span),
                    "file" => opt_string(field.file.clone(), span),
                    "line" => opt_number(field.line, span),
                    "column" => opt_number(field.column, span),
                    "fields" => fields_value(&field.fields, span),
                },
                span,
            )
        })
        .collect();
    Value::list(rows, span)
}

/// Returns a number or nothing.
pub(crate) fn opt_number(number: Option<usize>, span: Span) -> Value {
    match number.and_then(|number| i64::try_from(number).ok()) {
        Some(number) => Value::int(number, span),
        None => Value::nothing(span),
    }
}

/// Returns findings on the metadata as a table; see [`diagnostic_columns`].
pub(crate) fn findings_value<'a>(
    findings: impl Iterator<Item = &'a Diagnostic>,
    span: Span,
) -> Value {
    let rows = findings
        .map(|finding| diagnostic_columns(rule_of_metadata(finding), finding, span))
        .collect();
    Value::list(rows, span)
}

/// Returns a path as text.
pub(crate) fn path_value(path: &Path, span: Span) -> Value {
    Value::string(path.to_string_lossy(), span)
}

/// Returns a number of bytes.
pub(crate) fn filesize_value(bytes: u64, span: Span) -> Value {
    Value::filesize(i64::try_from(bytes).unwrap_or(i64::MAX), span)
}

/// Returns a length of time.
pub(crate) fn duration_value(time: Duration, span: Span) -> Value {
    Value::duration(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX), span)
}

/// Returns a point in time.
pub(crate) fn date_value(date: DateTime<Utc>, span: Span) -> Value {
    Value::date(date.fixed_offset(), span)
}

/// Returns a point in time or nothing.
pub(crate) fn opt_date(date: Option<DateTime<Utc>>, span: Span) -> Value {
    date.map_or_else(|| Value::nothing(span), |date| date_value(date, span))
}

/// Returns a text or nothing.
pub(crate) fn opt_string(text: Option<String>, span: Span) -> Value {
    text.map_or_else(
        || Value::nothing(span),
        |text| Value::string(safe_text(&text), span),
    )
}

/// Whether input is a list or a table, so that a list is expected back.
pub(crate) fn is_list(input: &PipelineData) -> bool {
    matches!(
        input,
        PipelineData::ListStream(..) | PipelineData::Value(Value::List { .. }, _)
    )
}
