//! From tokens to the shape of a text.

use super::tokens::{Bracket, Kind, Token, tokens};
use super::{Annotation, Expression, Field, Part, PartKind, Record};
use crate::diagnostic::Span;

/// Deepest nesting that is looked at; what is deeper is one part.
const MAX_DEPTH: usize = 100;

/// What a text is made of.
pub(super) struct Read {
    pub(super) root: Expression,
    pub(super) unclosed: Vec<Span>,
    pub(super) unopened: Vec<Span>,
    pub(super) mismatched: Vec<(Span, Span)>,
}

/// Reads a text. In a `broken` one, a line may begin a field although no comma stands before it.
pub(super) fn read(text: &str, broken: bool) -> Read {
    let (tokens, is_complete) = tokens(text);
    let mut reader = Reader {
        text,
        tokens: &tokens,
        at: 0,
        depth: 0,
        broken,
        open: Vec::new(),
        suspects: Vec::new(),
        unopened: Vec::new(),
        mismatched: Vec::new(),
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
    let (unopened, mismatched) = (reader.unopened, reader.mismatched);
    Read {
        root,
        unclosed: if is_closed { Vec::new() } else { unclosed },
        unopened,
        mismatched,
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
    /// How far its line is indented.
    indent: usize,
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
    mismatched: Vec<(Span, Span)>,
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
        token.begins_line && self.is_field()
    }

    fn part(&mut self) -> Part {
        let token = self.tokens[self.at];
        self.at += 1;
        let kind = match token.kind {
            Kind::Open(bracket) => return self.brackets(token, bracket),
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
                    let open = self.tokens[self.at];
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

    fn brackets(&mut self, open: Token, bracket: Bracket) -> Part {
        self.open.push(Open {
            span: open.span,
            indent: open.indent,
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
            span: Span::new(open.span.start, self.before().end),
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
            begins_line,
            indent,
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
                self.mismatched.push((open.span, span));
            }
            return;
        }
        if found != bracket {
            self.unopened.push(span);
        }
        if let Some(open) = self.open.pop()
            && begins_line
            && indent < open.indent
        {
            self.suspects.push(open.span);
        }
        self.at += 1;
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
        let Token {
            span: first,
            indent,
            ..
        } = *self.tokens.get(start)?;
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
            indent,
            lacks_comma: false,
        })
    }
}
