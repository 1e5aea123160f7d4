//! Where in a file a value stands.

use super::Schema;
use super::form;
use crate::diagnostic::{Code, DataPath, Diagnostic, Span, Step};
use crate::nickel::{Expression, Outline, OutlineField as Field, PartKind, Record};

/// Returns the field at the end of a path of names.
pub(super) fn field<'a>(record: &'a Record, path: &[&str]) -> Option<&'a Field> {
    let (name, rest) = path.split_first()?;
    let found = record.field(name)?;
    if rest.is_empty() {
        return Some(found);
    }
    field(found.value.as_ref()?.record()?, rest)
}

/// Returns the field that begins a path, which may be written `a.b = ...`, and what is left of the path.
fn below<'a, 'b>(record: &'a Record, path: &'b [Step]) -> Option<(&'a Field, &'b [Step])> {
    record.fields.iter().find_map(|field| {
        let (head, rest) = path.split_at_checked(field.path.len())?;
        let is_it = head
            .iter()
            .zip(&field.path)
            .all(|(step, name)| matches!(step, Step::Field(step) if step == name));
        is_it.then_some((field, rest))
    })
}

/// Returns the innermost place that the text has for a path into its value.
///
/// What is computed or imported has none of its own: then the field around it is the place.
pub(super) fn place(outline: &Outline, path: &DataPath) -> Option<Span> {
    let mut expression = Some(&outline.root);
    let mut place = None;
    let mut steps = path.0.as_slice();
    while let (Some(inside), Some(step)) = (expression, steps.first()) {
        match step {
            Step::Field(_) => {
                let Some((field, rest)) = inside.record().and_then(|record| below(record, steps))
                else {
                    break;
                };
                place = Some(field.name);
                expression = field.value.as_ref();
                steps = rest;
            }
            Step::Index(index) => {
                let Some(item) = inside.items().and_then(|items| items.get(*index)) else {
                    break;
                };
                place = item.span();
                expression = Some(item);
                steps = &steps[1..];
            }
        }
    }
    if !steps.is_empty() {
        return place;
    }
    // Of a value that is one literal, the literal itself is the place.
    match expression.and_then(Expression::single) {
        Some(part)
            if matches!(
                part.kind,
                PartKind::Text | PartKind::Number | PartKind::Bool | PartKind::Null
            ) =>
        {
            Some(part.span)
        }
        _ => place,
    }
}

/// Returns what to say when a value declares a section and does not give it (NCL-09, NCL-10).
pub(super) fn section_without_value(finding: &Diagnostic, schema: &Schema) -> Option<Diagnostic> {
    let outline = schema.outline.as_ref()?;
    let path = &finding.subject.as_ref()?.path;
    let mut record = outline.record()?;
    let mut found = None;
    for step in &path.0 {
        let Step::Field(name) = step else {
            return None;
        };
        let field = record.field(name)?;
        found = Some(field);
        match field.value.as_ref().and_then(Expression::record) {
            Some(inner) => record = inner,
            None => break,
        }
    }
    let field = found?;
    // Declared here, and not asked for by a contract that stands elsewhere.
    let is_here = field.value.is_none()
        && finding
            .labels
            .iter()
            .any(|label| label.span == field.name && label.source.name() == outline.source.name());
    if !is_here {
        return None;
    }
    let form = form::field(outline, field);
    let can_be_empty = form.last().is_some_and(|line| line.ends_with("= {},"));
    let owner = path.0.first().and_then(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Index(_) => None,
    })?;
    let mut lines = Vec::new();
    if can_be_empty {
        lines.push("every field in it has a default, so write".to_owned());
        lines.extend(form);
    } else {
        let name = outline.slice(field.name);
        lines.push(format!("give it a value: `{name} = ...`"));
        let contract = capitalised(owner);
        lines.push(format!(
            "or keep the contract apart from the value: `{contract} | not_exported = {{ ... }}, {owner} | {contract} = {{ ... }}`"
        ));
    }
    Some(
        Diagnostic::error(
            Code::SchemaWithoutValue,
            format!("`{path}` is declared, and has no value"),
        )
        .with_label(&outline.source, field.name, "only a contract")
        .with_help(lines.join("\n")),
    )
}

/// Returns a name in the form of a contract's: `taskserv_version` becomes `TaskservVersion`.
pub(super) fn capitalised(name: &str) -> String {
    name.split(['_', '-'])
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect::<String>())
                .unwrap_or_default()
        })
        .collect()
}
