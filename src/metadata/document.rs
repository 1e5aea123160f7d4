//! A TOML document in which every key and value knows its place.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};
use toml_parser::lexer::TokenKind;

use crate::diagnostic::{Code, Diagnostic, Source, Span};

/// Deepest nesting of brackets that is read.
const MAX_BRACKETS: usize = 16;
/// Most syntax errors told of one file.
const MAX_ERRORS: usize = 50;
/// Longest dotted key that is read.
const MAX_KEY_PARTS: usize = 16;

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: NodeValue,
    /// The file it stands in.
    pub source: Arc<Source>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of TOML values.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date, a time or both, as TOML has them.
    Datetime(toml::value::Datetime),
    /// A list.
    Array(Vec<Node>),
    /// Keys and values in the order of the file.
    Table(Vec<Entry>),
}

/// One key of a table with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands (in the file of the value).
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl PartialEq for Node {
    /// Two nodes are equal when their values are, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// Returns the value of a key when this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    /// Returns the value at a dotted path such as `compatibility.nushell_version`.
    pub fn at(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// Returns the entries of a table, none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Table(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items of an array, none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            NodeValue::Array(items) => items,
            _ => &[],
        }
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the texts of an array, leaving out what is not text.
    pub fn texts(&self) -> Vec<String> {
        self.items()
            .iter()
            .filter_map(Node::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// Returns the name of the value's type as TOML calls it.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            NodeValue::String(_) => "a string",
            NodeValue::Integer(_) => "an integer",
            NodeValue::Float(_) => "a float",
            NodeValue::Boolean(_) => "a boolean",
            NodeValue::Datetime(_) => "a datetime",
            NodeValue::Array(_) => "an array",
            NodeValue::Table(_) => "a table",
        }
    }

    /// Returns `file:line:column` of the value.
    pub fn origin(&self) -> String {
        let place = self.source.location(self.span.start);
        format!("{}:{}:{}", self.source.name(), place.line, place.column)
    }

    /// Returns an error-level finding at this value.
    pub(super) fn error(
        &self,
        code: Code,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message).with_label(&self.source, self.span, label)
    }

    /// Returns a warning-level finding at this value.
    pub(super) fn warning(
        &self,
        code: Code,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::warning(code, message).with_label(&self.source, self.span, label)
    }
}

impl Entry {
    /// Returns a warning-level finding at the key.
    pub(super) fn warning(
        &self,
        code: Code,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::warning(code, message).with_label(&self.node.source, self.key_span, label)
    }
}

/// Parses a TOML text; whatever can be read is returned, along with every error.
///
/// Time and memory are bounded by the size of the text: nesting is checked before the parser runs.
pub(crate) fn parse(source: &Arc<Source>, findings: &mut Vec<Diagnostic>) -> Option<Node> {
    if let Some(at) = too_deep(source.text()) {
        findings.push(
            Diagnostic::error(Code::TooDeep, "the file is nested too deeply")
                .with_label(source, Span::new(at, at + 1), "deeper than any such file needs to be")
                .with_help(format!(
                    "at most {MAX_BRACKETS} brackets inside each other and {MAX_KEY_PARTS} parts in a key"
                )),
        );
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(source.text());
    findings.extend(errors.iter().take(MAX_ERRORS).map(|error| {
        let span = error
            .span()
            .unwrap_or(source.text().len()..source.text().len());
        Diagnostic::error(Code::Syntax, format!("not valid TOML: {}", error.message())).with_label(
            source,
            span.into(),
            "",
        )
    }));
    if errors.len() > MAX_ERRORS {
        findings.push(
            Diagnostic::error(
                Code::Syntax,
                format!("and {} more errors in this file", errors.len() - MAX_ERRORS),
            )
            .with_file(source.name()),
        );
    }
    let span = table.span().into();
    let value = table_value(table.into_inner(), source, findings);
    Some(Node {
        value,
        source: Arc::clone(source),
        span,
    })
}

/// Returns where the nesting goes over the limits.
fn too_deep(text: &str) -> Option<usize> {
    let mut brackets = 0_usize;
    let mut parts = 1_usize;
    for token in toml_parser::Source::new(text).lex() {
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                brackets += 1;
                parts = 1;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                brackets = brackets.saturating_sub(1);
            }
            TokenKind::Dot => parts += 1,
            TokenKind::Comma | TokenKind::Equals | TokenKind::Newline => parts = 1,
            _ => {}
        }
        if brackets > MAX_BRACKETS || parts > MAX_KEY_PARTS {
            return Some(token.span().start());
        }
    }
    None
}

fn table_value(
    table: DeTable<'_>,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) -> NodeValue {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: key.span().into(),
            key: key.into_inner().into_owned(),
            node: node(value.span().into(), value.into_inner(), source, findings),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    NodeValue::Table(entries)
}

fn node(
    span: Span,
    value: DeValue<'_>,
    source: &Arc<Source>,
    findings: &mut Vec<Diagnostic>,
) -> Node {
    let mut out_of_range = |text: &str| {
        findings.push(
            Diagnostic::error(
                Code::InvalidValue,
                format!("the number {text} is out of range"),
            )
            .with_label(source, span, ""),
        );
    };
    let value = match value {
        DeValue::String(text) => NodeValue::String(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(integer) => NodeValue::Integer(integer),
            Err(_) => {
                out_of_range(&number.to_string());
                NodeValue::Integer(0)
            }
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(float) => NodeValue::Float(float),
            Err(_) => {
                out_of_range(number.as_str());
                NodeValue::Float(0.0)
            }
        },
        DeValue::Boolean(truth) => NodeValue::Boolean(truth),
        DeValue::Datetime(datetime) => NodeValue::Datetime(datetime),
        DeValue::Array(items) => NodeValue::Array(
            items
                .into_iter()
                .map(|item| node(item.span().into(), item.into_inner(), source, findings))
                .collect(),
        ),
        DeValue::Table(table) => table_value(table, source, findings),
    };
    Node {
        value,
        source: Arc::clone(source),
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
        let source = Arc::new(Source::new("m.toml", text));
        let mut findings = Vec::new();
        let node = parse(&source, &mut findings);
        (node, findings)
    }

    #[test]
    fn values_know_their_place_and_keep_their_order() {
        let (node, findings) =
            read("[z]\nb = 0x10\na = [1.5, true]\nwhen = 2026-01-02T03:04:05Z\n");
        assert!(findings.is_empty());
        let node = node.unwrap_or_else(|| panic!("parsed"));
        let keys: Vec<_> = node.entries()[0]
            .node
            .entries()
            .iter()
            .map(|e| e.key.as_str())
            .collect();
        assert_eq!(keys, ["b", "a", "when"]);
        assert_eq!(
            node.at("z.b").map(|n| &n.value),
            Some(&NodeValue::Integer(16))
        );
        assert_eq!(
            node.at("z.a").map(Node::origin).as_deref(),
            Some("m.toml:3:5")
        );
    }

    #[test]
    fn every_syntax_error_is_reported() {
        let (_, findings) = read("a = \nb = 1\nc = [1,\n[d]\nb = 2\nb = 3\n");
        assert!(findings.len() >= 2, "{findings:?}");
        assert!(
            findings
                .iter()
                .all(|f| f.code == Code::Syntax && f.location().is_some())
        );
    }

    #[test]
    fn deep_nesting_is_refused_before_parsing() {
        for text in [
            format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000)),
            format!("[{}a]", "a.".repeat(10_000)),
            "[a]\n".repeat(0) + &"x = {y = ".repeat(10_000),
        ] {
            let (node, findings) = read(&text);
            assert!(node.is_none());
            assert_eq!(findings[0].code, Code::TooDeep);
        }
    }

    #[test]
    fn ten_thousand_tables_side_by_side_are_fine() {
        let text: String = (0..10_000).map(|n| format!("[t{n}]\n")).collect();
        assert!(read(&text).1.is_empty());
    }

    #[test]
    fn numbers_out_of_range_are_reported() {
        let (_, findings) = read("a = 99999999999999999999\n");
        assert_eq!(findings[0].code, Code::InvalidValue);
    }
}
