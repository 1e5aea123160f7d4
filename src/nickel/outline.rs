//! The shape of a Nickel text: records, fields, annotations and lists as they are written.
//!
//! It is made of the tokens and not of the syntax, so that a text that does not parse has a shape too. What stands
//! between is kept as parts that mean nothing here.

use std::sync::Arc;

use super::tokens::{Bracket, Kind, Token, tokens};
use crate::diagnostic::{Source, Span};

/// Deepest nesting that is looked at; what is deeper is one part.
const MAX_DEPTH: usize = 100;

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
        let (tokens, is_complete) = tokens(&text);
        let mut reader = Reader {
            text: &text,
            tokens: &tokens,
            at: 0,
            depth: 0,
            broken,
            open: Vec::new(),
            suspects: Vec::new(),
            unopened: Vec::new(),
        };
        let mut root = Expression::default();
        while reader.at < tokens.len() {
            let before = reader.at;
            if reader.broken && reader.is_field() {
                let record = reader.record();
                let start = tokens[before].span.start;
                root.parts.push(Part {
                    span: Span::new(start, reader.before().end),
                    kind: PartKind::Record(record),
                });
            }
            root.parts.extend(reader.expression(Until::End).parts);
            if reader.at == before {
                if let Kind::Close(_) = tokens[before].kind {
                    reader.unopened.push(tokens[before].span);
                }
                reader.at += 1;
            }
        }
        let mut unclosed = reader.suspects;
        unclosed.extend(reader.open.iter().map(|open| open.span));
        // What is behind the place where the lexer gave up may close them.
        let is_closed = reader.open.is_empty() || !is_complete;
        let unopened = reader.unopened;
        Self {
            source: Arc::new(Source::new(name, text)),
            root,
            unclosed: if is_closed { Vec::new() } else { unclosed },
            unopened,
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

/// Where an expression ends, besides at a bracket that closes what is around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// At the end of the text.
    End,
    /// At a comma.
    Comma,
    /// At a comma, or where the next field begins.
    Field,
    /// Also at `|` and `=`.
    Annotation,
    /// At a comma or `in`.
    In,
    /// Also at `|` and `=`.
    AnnotationIn,
}

struct Open {
    span: Span,
    bracket: Bracket,
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    broken: bool,
    open: Vec<Open>,
    /// Brackets that, by their indentation, were closed by the bracket of another one.
    suspects: Vec<Span>,
    unopened: Vec<Span>,
}

impl Reader<'_> {
    fn kind(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn expression(&mut self, until: Until) -> Expression {
        let mut expression = Expression::default();
        while let Some(token) = self.tokens.get(self.at) {
            let is_end = match token.kind {
                Kind::Close(_) => true,
                Kind::Comma => until != Until::End,
                Kind::Bar | Kind::Equals => {
                    matches!(until, Until::Annotation | Until::AnnotationIn)
                }
                Kind::In => matches!(until, Until::In | Until::AnnotationIn),
                _ => {
                    matches!(until, Until::Field | Until::Annotation | Until::End)
                        && !expression.parts.is_empty()
                        && self.begins_field()
                }
            };
            if is_end {
                break;
            }
            let part = self.part();
            expression.parts.push(part);
        }
        expression
    }

    /// Whether what stands here looks like a field.
    fn is_field(&self) -> bool {
        let Some(token) = self.tokens.get(self.at) else {
            return false;
        };
        let is_schema = || {
            token.kind == Kind::Name
                && self.slice(token.span) == "schema"
                && self.kind(1) == Some(Kind::Name)
        };
        let has_mark = matches!(
            self.kind(1),
            Some(Kind::Colon | Kind::Question | Kind::Equals | Kind::Bar)
        );
        matches!(token.kind, Kind::Name | Kind::Text) && (has_mark || is_schema())
    }

    /// Whether a line of a broken text begins here that looks like a field.
    fn begins_field(&self) -> bool {
        let Some(token) = self.tokens.get(self.at).filter(|_| self.broken) else {
            return false;
        };
        let begins_line = self
            .at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .is_some_and(|before| {
                self.slice(Span::new(before.span.end, token.span.start))
                    .contains('\n')
            });
        begins_line && self.is_field()
    }

    fn part(&mut self) -> Part {
        let token = self.tokens[self.at];
        self.at += 1;
        let kind = match token.kind {
            Kind::Open(bracket) => return self.brackets(token.span, bracket),
            Kind::Let => {
                let bindings = self.bindings();
                let end = self.before().end;
                return Part {
                    span: Span::new(token.span.start, end),
                    kind: PartKind::Bindings(bindings),
                };
            }
            Kind::Match => {
                if let Some(Kind::Open(bracket)) = self.kind(0) {
                    let open = self.tokens[self.at].span;
                    self.at += 1;
                    let part = self.brackets(open, bracket);
                    return Part {
                        span: Span::new(token.span.start, part.span.end),
                        kind: PartKind::Other,
                    };
                }
                PartKind::Other
            }
            Kind::Text => PartKind::Text,
            Kind::Number => PartKind::Number,
            Kind::Bool => PartKind::Bool,
            Kind::Null => PartKind::Null,
            Kind::Name => {
                // A path is one part.
                while self.kind(0) == Some(Kind::Dot) && self.kind(1) == Some(Kind::Name) {
                    self.at += 2;
                }
                return Part {
                    span: Span::new(token.span.start, self.before().end),
                    kind: PartKind::Name,
                };
            }
            Kind::Bar => PartKind::Bar,
            Kind::Arrow => PartKind::Arrow,
            _ => PartKind::Other,
        };
        Part {
            span: token.span,
            kind,
        }
    }

    /// Returns where the token before stands.
    fn before(&self) -> Span {
        self.at
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .map_or(Span::new(0, 0), |token| token.span)
    }

    fn brackets(&mut self, open: Span, bracket: Bracket) -> Part {
        self.open.push(Open {
            span: open,
            bracket,
        });
        let kind = if self.depth >= MAX_DEPTH {
            self.skip();
            PartKind::Other
        } else {
            self.depth += 1;
            let kind = match bracket {
                Bracket::Brace => PartKind::Record(self.record()),
                Bracket::Square => PartKind::Array(self.items()),
                Bracket::Round | Bracket::Enum => PartKind::Group(self.items()),
            };
            self.depth -= 1;
            kind
        };
        self.close(bracket);
        Part {
            span: Span::new(open.start, self.before().end),
            kind,
        }
    }

    /// Passes over what is nested too deeply.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Open(_) => depth += 1,
                Kind::Close(_) => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return,
                },
                _ => {}
            }
            self.at += 1;
        }
    }

    fn close(&mut self, bracket: Bracket) {
        let Some(Token {
            kind: Kind::Close(found),
            span,
        }) = self.tokens.get(self.at).copied()
        else {
            return;
        };
        if found != bracket
            && self
                .open
                .iter()
                .rev()
                .skip(1)
                .any(|open| open.bracket == found)
        {
            // It closes one further out, so this one was forgotten.
            if let Some(open) = self.open.pop() {
                self.suspects.push(open.span);
            }
            return;
        }
        if found != bracket {
            self.unopened.push(span);
        }
        if let Some(open) = self.open.pop() {
            if let (Some(closing), opening) =
                (self.indent(span, true), self.indent(open.span, false))
                && opening.is_some_and(|opening| closing < opening)
            {
                self.suspects.push(open.span);
            }
        }
        self.at += 1;
    }

    /// Returns the indentation of the line of a bracket, if wanted only when the bracket begins it.
    fn indent(&self, bracket: Span, begins: bool) -> Option<usize> {
        let line = self.text[..bracket.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let before = &self.text[line..bracket.start];
        let indent = before.len() - before.trim_start().len();
        (!begins || indent == before.len()).then_some(indent)
    }

    fn items(&mut self) -> Vec<Expression> {
        let mut items = Vec::new();
        loop {
            let item = self.expression(Until::Comma);
            if !item.parts.is_empty() {
                items.push(item);
            }
            match self.kind(0) {
                Some(Kind::Comma) => self.at += 1,
                _ => return items,
            }
        }
    }

    fn record(&mut self) -> Record {
        let mut record = Record::default();
        loop {
            match self.kind(0) {
                None | Some(Kind::Close(_)) => return record,
                Some(Kind::Comma) => self.at += 1,
                Some(Kind::Dots) => {
                    record.is_open = true;
                    self.at += 1;
                }
                Some(_) => match self.field(Until::Field) {
                    Some(mut field) => {
                        field.lacks_comma = self.begins_field();
                        record.fields.push(field);
                    }
                    None => {
                        // What is no field ends at the next comma.
                        let before = self.at;
                        self.expression(Until::Comma);
                        if self.at == before {
                            return record;
                        }
                    }
                },
            }
        }
    }

    /// Reads what `let` defines, and the `in` behind it.
    fn bindings(&mut self) -> Record {
        let mut record = Record::default();
        loop {
            match self.kind(0) {
                Some(Kind::In) => {
                    self.at += 1;
                    return record;
                }
                None | Some(Kind::Close(_)) => return record,
                Some(Kind::Comma | Kind::Rec) => self.at += 1,
                Some(_) => match self.field(Until::In) {
                    Some(field) => record.fields.push(field),
                    None => {
                        let before = self.at;
                        self.expression(Until::In);
                        if self.at == before {
                            return record;
                        }
                    }
                },
            }
        }
    }

    fn field(&mut self, until: Until) -> Option<Field> {
        let start = self.at;
        let first = self.tokens.get(start)?.span;
        let mut keyword = None;
        if self.kind(0) == Some(Kind::Name)
            && self.slice(first) == "schema"
            && self.kind(1) == Some(Kind::Name)
        {
            keyword = Some(first);
            self.at += 1;
        }
        let mut path = Vec::new();
        let name_start = self.tokens.get(self.at)?.span.start;
        while let Some(token @ (Kind::Name | Kind::Text)) = self.kind(0) {
            let written = self.slice(self.tokens[self.at].span);
            path.push(match token {
                Kind::Text => written.trim_matches('"').to_owned(),
                _ => written.to_owned(),
            });
            self.at += 1;
            if self.kind(0) != Some(Kind::Dot) {
                break;
            }
            self.at += 1;
        }
        if path.is_empty() {
            return None;
        }
        let name = Span::new(name_start, self.before().end);
        let mut question = None;
        if self.kind(0) == Some(Kind::Question) {
            question = Some(self.tokens[self.at].span);
            self.at += 1;
        }
        let annotation = match until {
            Until::In => Until::AnnotationIn,
            _ => Until::Annotation,
        };
        let mut annotations = Vec::new();
        let mut value = None;
        if keyword.is_some() {
            // Its body is the value, whatever stands before it.
            if self.kind(0) == Some(Kind::Colon) {
                self.at += 1;
            }
            if let Some(Kind::Open(Bracket::Brace)) = self.kind(0) {
                let part = self.part();
                value = Some(Expression { parts: vec![part] });
            }
        }
        loop {
            match self.kind(0) {
                Some(mark @ (Kind::Colon | Kind::Bar)) if value.is_none() => {
                    self.at += 1;
                    // The rules of a KCL schema have commas in them.
                    let is_check = self.broken && self.slice(name) == "check";
                    annotations.push(Annotation {
                        is_static: mark == Kind::Colon,
                        expression: self.expression(match mark {
                            Kind::Colon if is_check => Until::End,
                            _ => annotation,
                        }),
                    });
                }
                Some(Kind::Equals) if value.is_none() => {
                    self.at += 1;
                    value = Some(self.expression(until));
                }
                _ => break,
            }
        }
        if keyword.is_none()
            && !matches!(
                self.kind(0),
                None | Some(Kind::Comma | Kind::Close(_) | Kind::In)
            )
            && !self.begins_field()
        {
            // Not a field after all.
            self.at = start;
            return None;
        }
        Some(Field {
            keyword,
            path,
            name,
            question,
            annotations,
            value,
            span: Span::new(first.start, self.before().end),
            lacks_comma: false,
        })
    }
}
