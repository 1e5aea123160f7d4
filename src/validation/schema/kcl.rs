//! KCL in Nickel files: what is left of it when schemas are ported (NCL-01..09, NCL-14, NCL-15).
//!
//! A part of it does not parse, and is only looked for in a file that does not. The rest is legal Nickel that means
//! something else.

use super::form;
use crate::diagnostic::{Code, Span};
use crate::nickel::{
    Annotation, Expression, Outline, OutlineField as Field, Part, PartKind, Record,
};

/// Most leftovers of one file.
const MAX_LEFTOVERS: usize = 2_000;

/// Most rules of one `check` that are shown.
const MAX_RULES: usize = 5;

/// The types of KCL that Nickel does not have.
const KCL_TYPES: &[&str] = &["str", "int", "float", "bool", "any"];

/// Something that was KCL.
#[derive(Debug)]
pub(super) struct Leftover {
    /// What it is.
    pub(super) code: Code,
    /// Where the record begins that holds it: what is alike in one record is told together.
    pub(super) record: usize,
    /// The name of the field.
    pub(super) name: String,
    /// What to underline.
    pub(super) span: Span,
    /// All of the field.
    pub(super) whole: Span,
    /// What to write instead, in lines.
    pub(super) form: Vec<String>,
}

impl Leftover {
    /// Whether it keeps the file from being parsed.
    pub(super) fn is_syntax(&self) -> bool {
        matches!(
            self.code,
            Code::SchemaKclField
                | Code::SchemaKclSchema
                | Code::SchemaKclCheck
                | Code::SchemaStringUnion
                | Code::SchemaListContract
        )
    }
}

/// Lists what is left of KCL in a file. In a `broken` one, that includes what does not parse.
pub(super) fn leftovers(outline: &Outline, broken: bool) -> Vec<Leftover> {
    let mut search = Search {
        outline,
        broken,
        is_let: false,
        found: Vec::new(),
    };
    search.expression(&outline.root, false);
    let mut found = search.found;
    found.sort_by_key(|leftover| leftover.span.start);
    found
}

struct Search<'a> {
    outline: &'a Outline,
    broken: bool,
    /// Whether the fields are those of a `let`, which do not see each other.
    is_let: bool,
    found: Vec<Leftover>,
}

impl Search<'_> {
    fn expression(&mut self, expression: &Expression, in_contract: bool) {
        // What stands before an arrow is a pattern.
        let mut is_pattern = false;
        let mut values = Vec::new();
        for part in expression.parts.iter().rev() {
            match part.kind {
                PartKind::Arrow => is_pattern = true,
                PartKind::Record(_) | PartKind::Name => {}
                _ => is_pattern = false,
            }
            if !is_pattern {
                values.push(part);
            }
        }
        for part in values.into_iter().rev() {
            self.part(part, in_contract);
        }
    }

    fn part(&mut self, part: &Part, in_contract: bool) {
        match &part.kind {
            PartKind::Record(record) => {
                self.record(record, part.span.start, in_contract, false);
            }
            PartKind::Bindings(record) => self.record(record, part.span.start, false, true),
            PartKind::Array(items) | PartKind::Group(items) => {
                for item in items {
                    self.expression(item, in_contract);
                }
            }
            _ => {}
        }
    }

    fn record(&mut self, record: &Record, start: usize, in_contract: bool, is_let: bool) {
        let mut foreign = 0;
        for (at, field) in record.fields.iter().enumerate() {
            if self.found.len() >= MAX_LEFTOVERS {
                return;
            }
            if at < foreign {
                continue;
            }
            foreign = at + self.foreign(&record.fields[at..], start);
            if at < foreign {
                continue;
            }
            self.is_let = is_let;
            // The form of a field shows everything in its contract as it should be.
            if !self.annotations(field, start, in_contract) {
                for annotation in &field.annotations {
                    self.expression(&annotation.expression, true);
                }
            }
            if let Some(value) = &field.value {
                let is_contract = in_contract || is_contract(self.outline, field);
                self.expression(value, is_contract);
            }
        }
    }

    /// Tells what cannot be Nickel, together with everything in it. Returns how many fields that takes.
    fn foreign(&mut self, fields: &[Field], start: usize) -> usize {
        let Some(field) = fields.first() else {
            return 0;
        };
        if let Some(keyword) = field.keyword {
            let name = self.outline.slice(field.name).to_owned();
            let span = Span::new(keyword.start, field.name.end);
            // Without braces, what is indented deeper belongs to it.
            let (body, taken) = match field.value.as_ref().and_then(Expression::record) {
                Some(body) => (body.fields.as_slice(), 1),
                None => {
                    let members = fields[1..]
                        .iter()
                        .take_while(|member| {
                            member.keyword.is_none() && member.indent > field.indent
                        })
                        .count();
                    (&fields[1..=members], members + 1)
                }
            };
            let form = form::contract(self.outline, &name, body);
            let mut whole = field.span;
            whole.end = fields[taken - 1].span.end;
            self.found.push(Leftover {
                code: Code::SchemaKclSchema,
                record: keyword.start,
                name,
                span,
                whole,
                form,
            });
            for member in body {
                self.check_block(member);
            }
            return taken;
        }
        if !self.broken {
            return 0;
        }
        if self.check_block(field) {
            return 1;
        }
        if is_kcl(self.outline, field) {
            let span = Span::new(field.span.start, head_end(self.outline, field));
            let form = form::field(self.outline, field);
            // A section stands for itself.
            let record = match span.end < field.span.end {
                true => field.span.start,
                false => start,
            };
            self.tell(Code::SchemaKclField, field, record, span, form);
            return 1;
        }
        0
    }

    fn check_block(&mut self, field: &Field) -> bool {
        let Some(rule) = check_block(self.outline, field) else {
            return false;
        };
        let form = self.check_form(rule);
        self.tell(
            Code::SchemaKclCheck,
            field,
            field.span.start,
            field.name,
            form,
        );
        true
    }

    /// Returns a contract for each rule, which ends with its message or with its line.
    fn check_form(&self, rules: &Expression) -> Vec<String> {
        let mut form = Vec::new();
        let mut from = None;
        for (at, part) in rules.parts.iter().enumerate() {
            let start = *from.get_or_insert(part.span.start);
            if !matches!(part.kind, PartKind::Text) {
                continue;
            }
            // A text that is compared is part of the rule.
            let is_message = at
                .checked_sub(1)
                .and_then(|before| rules.parts.get(before))
                .is_some_and(|before| self.outline.slice(before.span) == ",");
            if !is_message {
                continue;
            }
            from = None;
            if form.len() > MAX_RULES * 4 {
                break;
            }
            let rule = self.outline.slice(Span::new(start, part.span.start));
            let message = self.outline.slice(part.span);
            form.extend(validator(rule, message));
        }
        if form.is_empty()
            && let Some(span) = rules.span()
        {
            form.extend(validator(self.outline.slice(span), "\"...\""));
        }
        form
    }

    /// Tells what is legal in places, and not what was meant; returns whether there is anything.
    fn annotations(&mut self, field: &Field, start: usize, in_contract: bool) -> bool {
        let outline = self.outline;
        let contracts: Vec<&Part> = field
            .annotations
            .iter()
            .filter(|annotation| form::word(outline, &annotation.expression.parts).is_none())
            .filter_map(|annotation| annotation.expression.single())
            .collect();
        let texts: Vec<Span> = contracts
            .iter()
            .filter(|part| matches!(part.kind, PartKind::Text))
            .map(|part| part.span)
            .collect();
        if let (Some(first), Some(last)) = (texts.first(), texts.last()) {
            let span = Span::new(first.start, last.end);
            self.tell_form(Code::SchemaStringUnion, field, start, span);
            return true;
        }
        for part in &contracts {
            match &part.kind {
                PartKind::Array(_) => {
                    self.tell_form(Code::SchemaListContract, field, start, part.span);
                    return true;
                }
                PartKind::Record(record) if record.fields.is_empty() && !record.is_open => {
                    self.tell_form(Code::SchemaEmptyContract, field, start, part.span);
                    return true;
                }
                PartKind::Name
                    if !self.is_let && outline.slice(part.span) == outline.slice(field.name) =>
                {
                    let name = outline.slice(field.name);
                    let capital = match capitalised(name) {
                        capital if capital == name => format!("{name}Contract"),
                        capital => capital,
                    };
                    let form = vec![format!("let {capital} = ... in {{ {name} | {capital} }}")];
                    self.tell(Code::SchemaOwnName, field, start, part.span, form);
                    return true;
                }
                _ => {}
            }
        }
        let Some(value) = field.value.as_ref().and_then(Expression::single) else {
            return false;
        };
        if matches!(value.kind, PartKind::Null) {
            let admits_no_null = contracts
                .iter()
                .any(|part| matches!(outline.slice(part.span), "String" | "Number" | "Bool"));
            if admits_no_null {
                self.tell_form(Code::SchemaNullDefault, field, start, value.span);
            }
            return admits_no_null;
        }
        let is_literal = matches!(
            value.kind,
            PartKind::Text
                | PartKind::Number
                | PartKind::Bool
                | PartKind::Array(_)
                | PartKind::Record(_)
        );
        let has_contract = field
            .annotations
            .iter()
            .any(|annotation| form::word(outline, &annotation.expression.parts).is_none());
        let is_fixed = in_contract && is_literal && has_contract && !has_priority(outline, field);
        if is_fixed {
            self.tell_form(Code::SchemaFixedValue, field, start, value.span);
        }
        is_fixed
    }

    fn tell_form(&mut self, code: Code, field: &Field, record: usize, span: Span) {
        let form = form::field(self.outline, field);
        self.tell(code, field, record, span, form);
    }

    fn tell(&mut self, code: Code, field: &Field, record: usize, span: Span, form: Vec<String>) {
        self.found.push(Leftover {
            code,
            record,
            name: field.shown(),
            span,
            whole: field.span,
            form,
        });
    }
}

/// Returns a contract for a rule of KCL.
fn validator(rule: &str, message: &str) -> [String; 4] {
    let rule = form::shortened(rule.trim().trim_end_matches(','));
    [
        "std.contract.from_validator (fun value =>".to_owned(),
        format!("  # {rule}"),
        format!(
            "  if ... then 'Ok else 'Error {{ message = {} }}",
            form::shortened(message)
        ),
        ")".to_owned(),
    ]
}

/// Whether a field says how strong its value is.
fn has_priority(outline: &Outline, field: &Field) -> bool {
    field.annotations.iter().any(|annotation| {
        matches!(
            form::word(outline, &annotation.expression.parts),
            Some("default" | "force" | "priority")
        )
    })
}

/// Whether the value of a field is a contract for other records: by its name, and by what it leaves open.
fn is_contract(outline: &Outline, field: &Field) -> bool {
    let has_capital = field
        .path
        .last()
        .is_some_and(|name| name.starts_with(|c: char| c.is_uppercase()));
    let is_kept = field.annotations.iter().any(|annotation| {
        form::word(outline, &annotation.expression.parts) == Some("not_exported")
    });
    let leaves_open = field
        .value
        .as_ref()
        .and_then(Expression::record)
        .is_some_and(|record| {
            record
                .fields
                .iter()
                .any(|field| field.value.is_none() && !field.annotations.is_empty())
        });
    has_capital && (is_kept || leaves_open)
}

/// Whether a field is written as KCL does it: `name?: type`, or with a type that Nickel does not have.
fn is_kcl(outline: &Outline, field: &Field) -> bool {
    let Some(annotation) = field.annotations.first().filter(|first| first.is_static) else {
        return false;
    };
    field.question.is_some() || is_kcl_type(outline, annotation)
}

fn is_kcl_type(outline: &Outline, annotation: &Annotation) -> bool {
    form::alternatives(&annotation.expression).any(|parts| match parts {
        [one] => match &one.kind {
            PartKind::Name => KCL_TYPES.contains(&outline.slice(one.span)),
            PartKind::Text | PartKind::Array(_) => true,
            PartKind::Record(record) => record
                .fields
                .iter()
                .any(|field| matches!(outline.slice(field.name), "str") || is_kcl(outline, field)),
            _ => false,
        },
        _ => false,
    })
}

/// Returns the rule of a `check:` block.
fn check_block<'a>(outline: &Outline, field: &'a Field) -> Option<&'a Expression> {
    let [annotation] = field.annotations.as_slice() else {
        return None;
    };
    let rule = &annotation.expression;
    let is_rule = rule.parts.len() > 1
        && outline.slice(field.name) == "check"
        && annotation.is_static
        && field.question.is_none();
    is_rule.then_some(rule)
}

/// Returns where the part of a field ends that is underlined: of a section, only the head.
fn head_end(outline: &Outline, field: &Field) -> usize {
    let Some(annotation) = field.annotations.first() else {
        return field.name.end;
    };
    match annotation.expression.parts.first() {
        Some(Part {
            kind: PartKind::Record(record),
            span,
        }) if form::dictionary(outline, record).is_none() => span.start + 1,
        _ => field.span.end,
    }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
