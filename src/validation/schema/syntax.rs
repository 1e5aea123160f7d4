//! Why a file does not parse, when brackets or commas are the reason (NCL-06).

use super::Schema;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::nickel::{Expression, Outline, OutlineField as Field, PartKind, Record};

/// Puts a reason in the place of what the parser says, where there is one.
pub(super) fn explain(schema: &mut Schema) {
    let Some(outline) = &schema.outline else {
        return;
    };
    let brackets = brackets(outline);
    let is_end = |at: usize| at >= outline.source.text().trim_end().len();
    let commas = commas(outline);
    let foreign = schema
        .leftovers
        .iter()
        .filter(|leftover| leftover.is_syntax())
        .map(|leftover| leftover.whole.start)
        .min();
    let mut missing = Vec::new();
    let name = schema.path.display().to_string();
    schema.findings.retain(|finding| {
        if finding.code != Code::NickelParse || finding.file().as_ref() != Some(&name) {
            return true;
        }
        let Some(at) = finding.labels.first().map(|label| label.span.start) else {
            return true;
        };
        // The parser gives up where KCL begins, or somewhere behind.
        if foreign.is_some_and(|foreign| at >= foreign) {
            return false;
        }
        if let Some((between, _)) = commas
            .iter()
            .find(|(between, end)| between.start <= at && at <= *end)
        {
            missing.push(*between);
            return false;
        }
        let is_bracket = !outline.unclosed.is_empty() && is_end(at)
            || outline.unopened.iter().any(|span| span.start == at)
            || outline
                .mismatched
                .iter()
                .any(|(open, by)| open.start < at && at <= by.start);
        !is_bracket
    });
    let told: Vec<Diagnostic> = missing
        .into_iter()
        .map(|between| {
            Diagnostic::error(
                Code::SchemaMissingComma,
                "there is no comma between two fields",
            )
            .with_label(
                &outline.source,
                Span::new(between.start, between.start),
                "a comma belongs here",
            )
            .with_help("Nickel separates fields by commas, also at the end of a line")
        })
        .collect();
    schema.findings.extend(told);
    schema.findings.extend(brackets);
}

/// Tells the bracket that is most likely at fault: one mistake leaves others open too.
fn brackets(outline: &Outline) -> Option<Diagnostic> {
    let mismatched = outline.mismatched.first();
    let open = mismatched.map(|(open, _)| open);
    if let Some(open) = open.or(outline.unclosed.first()) {
        let bracket = outline.slice(*open);
        let closing = match bracket {
            "{" => "}",
            "[" => "]",
            "[|" => "|]",
            _ => ")",
        };
        let mut finding = Diagnostic::error(
            Code::SchemaUnbalanced,
            format!("a `{bracket}` is never closed"),
        )
        .with_label(&outline.source, *open, "opened here");
        if let Some((_, by)) = mismatched {
            finding = finding.with_label(
                &outline.source,
                *by,
                format!("a `{closing}` belongs before this"),
            );
        }
        return Some(finding.with_help(format!(
            "write the `{closing}` that belongs to it; fields and items are separated by commas"
        )));
    }
    let close = outline.unopened.first()?;
    Some(
        Diagnostic::error(
            Code::SchemaUnbalanced,
            format!("a `{}` closes nothing", outline.slice(*close)),
        )
        .with_label(&outline.source, *close, "not opened anywhere")
        .with_help("remove it, or write the bracket that it closes"),
    )
}

/// Lists where commas are missing: the place between two fields, and where the second one ends.
fn commas(outline: &Outline) -> Vec<(Span, usize)> {
    let mut all = Vec::new();
    in_expression(&outline.root, &mut all);
    all
}

fn in_expression(expression: &Expression, all: &mut Vec<(Span, usize)>) {
    for part in &expression.parts {
        match &part.kind {
            PartKind::Record(record) | PartKind::Bindings(record) => in_record(record, all),
            PartKind::Array(items) | PartKind::Group(items) => {
                for item in items {
                    in_expression(item, all);
                }
            }
            _ => {}
        }
    }
}

fn in_record(record: &Record, all: &mut Vec<(Span, usize)>) {
    for pair in record.fields.windows(2) {
        if let [one, next] = pair
            && one.lacks_comma
        {
            all.push((Span::new(one.span.end, next.span.start), next.span.end));
        }
    }
    for field in &record.fields {
        in_field(field, all);
    }
}

fn in_field(field: &Field, all: &mut Vec<(Span, usize)>) {
    for annotation in &field.annotations {
        in_expression(&annotation.expression, all);
    }
    if let Some(value) = &field.value {
        in_expression(value, all);
    }
}
