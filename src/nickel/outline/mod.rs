//! The shape of a Nickel text: records, fields, annotations and lists as they are written.
//!
//! It is made of the tokens and not of the syntax, so that a text that does not parse has a shape too. What stands
//! between is kept as parts that mean nothing here.

mod reader;
mod tokens;

use std::sync::Arc;

use reader::{Read, read};

use crate::diagnostic::{Source, Span};

/// A text and its shape. Values of secrets are starred out.
#[derive(Debug)]
pub struct Outline {
    /// The text.
    pub source: Arc<Source>,
    /// What the text is, as a whole.
    pub root: Expression,
    /// Brackets that are never closed, the one that is most likely meant first.
    pub unclosed: Vec<Span>,
    /// Closing brackets that close nothing.
    pub unopened: Vec<Span>,
    /// Brackets that are open where one around them is closed, and what closes that.
    pub mismatched: Vec<(Span, Span)>,
}

/// Something that has a value, or a contract.
#[derive(Debug, Default)]
pub struct Expression {
    /// Its parts, in their order.
    pub parts: Vec<Part>,
}

/// A part of an expression.
#[derive(Debug)]
pub struct Part {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: PartKind,
}

/// What a part of an expression is.
#[derive(Debug)]
pub enum PartKind {
    /// A record in braces.
    Record(Record),
    /// A list in square brackets.
    Array(Vec<Expression>),
    /// Something else in brackets.
    Group(Vec<Expression>),
    /// What `let` defines.
    Bindings(Record),
    /// A text without interpolation.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// A name, a word of the language or the name of a type.
    Name,
    /// `|` between two parts of a value.
    Bar,
    /// `=>`: what stands before it is a pattern.
    Arrow,
    /// Anything else.
    Other,
}

/// A record, or what stands in its place.
#[derive(Debug, Default)]
pub struct Record {
    /// Its fields.
    pub fields: Vec<Field>,
    /// Whether it says with `..` that it may have others.
    pub is_open: bool,
}

/// A field of a record.
#[derive(Debug)]
pub struct Field {
    /// A word ahead of the name, which Nickel does not have: `schema Name {`.
    pub keyword: Option<Span>,
    /// Its name, or the path to it.
    pub path: Vec<String>,
    /// Where the name stands.
    pub name: Span,
    /// The question mark behind the name, which Nickel does not have.
    pub question: Option<Span>,
    /// What stands behind `:` and `|`.
    pub annotations: Vec<Annotation>,
    /// What stands behind `=`.
    pub value: Option<Expression>,
    /// All of it, without the comma.
    pub span: Span,
    /// How far the line is indented in which it begins, in bytes.
    pub indent: usize,
    /// Whether another field follows without a comma.
    pub lacks_comma: bool,
}

/// A type, a contract or a word such as `default`.
#[derive(Debug)]
pub struct Annotation {
    /// Whether it stands behind `:`.
    pub is_static: bool,
    /// What it says.
    pub expression: Expression,
}

impl Outline {
    /// Returns the shape of a text. In a `broken` one, a line may begin a field although no comma stands before it.
    pub(super) fn of(name: &str, text: String, broken: bool) -> Self {
        let Read {
            root,
            unclosed,
            unopened,
            mismatched,
        } = read(&text, broken);
        Self {
            source: Arc::new(Source::new(name, text)),
            root,
            unclosed,
            unopened,
            mismatched,
        }
    }

    /// Returns what is written somewhere.
    pub fn slice(&self, span: Span) -> &str {
        self.source
            .text()
            .get(span.start..span.end)
            .unwrap_or_default()
    }

    /// Returns the record that the text is, behind what it defines for itself.
    pub fn record(&self) -> Option<&Record> {
        self.root.record()
    }
}

impl Expression {
    /// Returns where it stands.
    pub fn span(&self) -> Option<Span> {
        Some(Span::new(
            self.parts.first()?.span.start,
            self.parts.last()?.span.end,
        ))
    }

    /// Returns its only part.
    pub fn single(&self) -> Option<&Part> {
        match self.parts.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Returns the record that it is, behind definitions.
    pub fn record(&self) -> Option<&Record> {
        match self.value()?.kind {
            PartKind::Record(ref record) => Some(record),
            _ => None,
        }
    }

    /// Returns the items of the list that it is, behind definitions.
    pub fn items(&self) -> Option<&[Expression]> {
        match self.value()?.kind {
            PartKind::Array(ref items) => Some(items),
            _ => None,
        }
    }

    /// Returns its only part, besides definitions.
    fn value(&self) -> Option<&Part> {
        let mut values = self
            .parts
            .iter()
            .filter(|part| !matches!(part.kind, PartKind::Bindings(_)));
        let one = values.next()?;
        values.next().is_none().then_some(one)
    }
}

impl Record {
    /// Returns the field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| matches!(field.path.as_slice(), [one] if one == name))
    }
}

impl Field {
    /// Returns its name as it is shown.
    pub fn shown(&self) -> String {
        self.path.join(".")
    }
}

#[cfg(test)]
mod tests;
