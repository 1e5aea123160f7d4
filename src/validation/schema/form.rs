//! What a field should be in Nickel, in the user's own names.

use crate::nickel::{Expression, Outline, OutlineField as Field, Part, PartKind, Record};

/// Most lines of one form.
const MAX_LINES: usize = 30;
/// Longest piece of the user's text that is repeated, in characters.
const MAX_PIECE: usize = 120;

/// Words that say something of a field and are no contract.
const WORDS: &[&str] = &[
    "default",
    "optional",
    "not_exported",
    "force",
    "priority",
    "doc",
];

/// Returns a field as Nickel has it: what has a value gets it as a default, what may be missing is optional.
pub(super) fn field(outline: &Outline, field: &Field) -> Vec<String> {
    let mut lines = Vec::new();
    write_field(outline, field, 0, &mut lines);
    bounded(lines)
}

/// Returns a field whose value is a contract for other fields.
pub(super) fn contract(outline: &Outline, name: &str, fields: &[Field]) -> Vec<String> {
    let mut lines = vec![format!("{name} | not_exported = {{")];
    let is_rule = |field: &&Field| outline.slice(field.name) == "check";
    for field in fields.iter().filter(|field| !is_rule(field)) {
        write_field(outline, field, 1, &mut lines);
    }
    lines.push("},".to_owned());
    bounded(lines)
}

fn bounded(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MAX_LINES {
        let more = lines.len() - MAX_LINES;
        lines.truncate(MAX_LINES);
        lines.push(format!("# and {more} more lines"));
    }
    lines
}

/// What the annotations of a field say.
#[derive(Default)]
struct Said<'a> {
    contracts: Vec<String>,
    /// The contract that is a record with fields of its own.
    section: Option<&'a Record>,
    words: Vec<String>,
    is_optional: bool,
}

fn said<'a>(outline: &Outline, field: &'a Field) -> Said<'a> {
    let mut said = Said {
        is_optional: field.question.is_some(),
        ..Said::default()
    };
    let mut strings = Vec::new();
    for annotation in &field.annotations {
        for alternative in alternatives(&annotation.expression) {
            if let Some(section) = section_of(outline, alternative) {
                said.section = Some(section);
                continue;
            }
            match alternative {
                [
                    text @ Part {
                        kind: PartKind::Text,
                        ..
                    },
                ] => strings.push(outline.slice(text.span)),
                parts => match word(outline, parts) {
                    Some("optional") => said.is_optional = true,
                    Some("default") | None if parts.is_empty() => {}
                    Some("default") => {}
                    Some(_) => said.words.push(piece(outline, parts)),
                    None => said.contracts.push(contract_of(outline, parts)),
                },
            }
        }
    }
    if !strings.is_empty() {
        said.contracts.retain(|contract| contract != "String");
        said.contracts.push("std.enum.TagOrString".to_owned());
        said.contracts.push(enumeration(&strings));
    }
    said
}

/// Returns the word that an annotation consists of, or begins with.
pub(super) fn word<'a>(outline: &'a Outline, parts: &[Part]) -> Option<&'a str> {
    let first = parts.first()?;
    let word = outline.slice(first.span);
    WORDS.contains(&word).then_some(word)
}

/// Splits an expression where `|` stands.
pub(super) fn alternatives(expression: &Expression) -> impl Iterator<Item = &[Part]> {
    expression
        .parts
        .split(|part| matches!(part.kind, PartKind::Bar))
}

/// Returns the enum type of texts, each with its quotes.
fn enumeration(texts: &[&str]) -> String {
    let tags: Vec<String> = texts
        .iter()
        .map(|text| {
            let bare = text.trim_matches('"');
            let is_name = bare.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && bare
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            if is_name {
                format!("'{bare}")
            } else {
                format!("'{text}")
            }
        })
        .collect();
    format!("[| {} |]", tags.join(", "))
}

/// Returns the items' type of a record that stands for any names: `{str: T}`.
pub(super) fn dictionary<'a>(outline: &Outline, record: &'a Record) -> Option<&'a Expression> {
    let [field] = record.fields.as_slice() else {
        return None;
    };
    let is_any = matches!(outline.slice(field.name), "str" | "_");
    let [annotation] = field.annotations.as_slice() else {
        return None;
    };
    (is_any && annotation.is_static && field.value.is_none()).then_some(&annotation.expression)
}

/// Returns a contract for what stands in its place.
fn contract_of(outline: &Outline, parts: &[Part]) -> String {
    let [one] = parts else {
        return piece(outline, parts);
    };
    match &one.kind {
        PartKind::Name => match outline.slice(one.span) {
            "str" => "String".to_owned(),
            "int" => "std.number.Integer".to_owned(),
            "float" => "Number".to_owned(),
            "bool" => "Bool".to_owned(),
            "any" => "Dyn".to_owned(),
            name => shortened(name),
        },
        PartKind::Array(items) => {
            let item = match items.as_slice() {
                [] => "Dyn".to_owned(),
                [item, ..] => expression_of(outline, item),
            };
            if item.contains(' ') && !item.starts_with('{') {
                format!("Array ({item})")
            } else {
                format!("Array {item}")
            }
        }
        PartKind::Record(record) if record.fields.is_empty() => "{ _ : Dyn }".to_owned(),
        PartKind::Record(record) => match dictionary(outline, record) {
            Some(items) => format!("{{ _ : {} }}", expression_of(outline, items)),
            None => in_one_line(outline, record),
        },
        _ => piece(outline, parts),
    }
}

/// Returns the contract for a type that is one expression, such as that of a list's items.
fn expression_of(outline: &Outline, expression: &Expression) -> String {
    let all: Vec<&[Part]> = alternatives(expression).collect();
    let texts: Vec<&str> = all
        .iter()
        .filter_map(|parts| match parts {
            [one] if matches!(one.kind, PartKind::Text) => Some(outline.slice(one.span)),
            _ => None,
        })
        .collect();
    match all.as_slice() {
        [one] if texts.is_empty() => contract_of(outline, one),
        _ if texts.len() == all.len() => {
            format!(
                "std.contract.Sequence [std.enum.TagOrString, {}]",
                enumeration(&texts)
            )
        }
        // Nickel has no union of other types.
        _ => "Dyn".to_owned(),
    }
}

fn in_one_line(outline: &Outline, record: &Record) -> String {
    let mut lines = Vec::new();
    for field in &record.fields {
        write_field(outline, field, 0, &mut lines);
    }
    let fields: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    format!("{{ {} }}", fields.join(" ").trim_end_matches(','))
}

fn write_field(outline: &Outline, field: &Field, depth: usize, lines: &mut Vec<String>) {
    // Whoever writes thousands of fields knows by then how they look.
    if lines.len() > MAX_LINES * 4 {
        return;
    }
    let indent = "  ".repeat(depth);
    let name = outline.slice(field.name);
    let said = said(outline, field);
    let value = field
        .value
        .as_ref()
        .map(|value| data(outline, value))
        .filter(|value| value != "null");
    let is_null = field.value.is_some() && value.is_none();
    let mut endings: Vec<String> = said.words.clone();
    let mut ending = String::new();
    match (&value, said.section) {
        (Some(value), _) => {
            endings.push("default".to_owned());
            ending = format!(" = {value}");
        }
        // A record whose fields may all be missing may be missing itself.
        (None, Some(section))
            if section
                .fields
                .iter()
                .all(|field| may_be_missing(outline, field)) =>
        {
            endings.push("default".to_owned());
            ending = " = {}".to_owned();
        }
        (None, _) if said.is_optional || is_null => endings.push("optional".to_owned()),
        (None, _) => {}
    }
    match said.section {
        Some(section) => {
            lines.push(format!("{indent}{name}"));
            lines.push(format!("{indent}  | {{"));
            for field in &section.fields {
                write_field(outline, field, depth + 2, lines);
            }
            lines.push(format!("{indent}  }}"));
            lines.extend(endings.iter().map(|word| format!("{indent}  | {word}")));
            match (ending.is_empty(), lines.last_mut()) {
                (true, Some(last)) => last.push(','),
                _ => lines.push(format!("{indent} {ending},")),
            }
        }
        None => {
            let annotations: String = said
                .contracts
                .iter()
                .chain(&endings)
                .map(|annotation| format!(" | {annotation}"))
                .collect();
            lines.push(format!("{indent}{name}{annotations}{ending},"));
        }
    }
}

/// Whether data may leave a field out. Nothing is written for it: that is done once for each field, by its own.
fn may_be_missing(outline: &Outline, field: &Field) -> bool {
    let mut is_optional = field.question.is_some() || field.value.is_some();
    let mut section = None;
    for annotation in &field.annotations {
        for alternative in alternatives(&annotation.expression) {
            is_optional |= word(outline, alternative) == Some("optional");
            section = section_of(outline, alternative).or(section);
        }
    }
    is_optional
        || section.is_some_and(|section: &Record| {
            section
                .fields
                .iter()
                .all(|field| may_be_missing(outline, field))
        })
}

/// Returns the record that a contract is, when it has fields of its own.
fn section_of<'a>(outline: &Outline, parts: &'a [Part]) -> Option<&'a Record> {
    match parts {
        [
            Part {
                kind: PartKind::Record(record),
                ..
            },
        ] if !record.fields.is_empty() && dictionary(outline, record).is_none() => Some(record),
        _ => None,
    }
}

/// Returns a value as Nickel writes it.
fn data(outline: &Outline, value: &Expression) -> String {
    match value.single() {
        Some(part) => match outline.slice(part.span) {
            "True" => "true".to_owned(),
            "False" => "false".to_owned(),
            "None" => "null".to_owned(),
            _ => piece(outline, &value.parts),
        },
        None => piece(outline, &value.parts),
    }
}

/// Returns what is written, on one line.
fn piece(outline: &Outline, parts: &[Part]) -> String {
    match (parts.first(), parts.last()) {
        (Some(first), Some(last)) => {
            let span = crate::diagnostic::Span::new(first.span.start, last.span.end);
            shortened(outline.slice(span))
        }
        _ => String::new(),
    }
}

/// Returns a text on one line, cut to a length that can be shown.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_PIECE) {
        None => line,
        Some((at, _)) => format!("{}…", &line[..at]),
    }
}
