//! `{{dotted.key}}` in the texts of settings: another value of the same file.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Span, did_you_mean, safe_text};
use crate::metadata::{Node, NodeValue};

use super::{Given, GivenEntry, GivenValue};

/// Most references that lead from one to the next.
const MAX_STEPS: usize = 32;
/// Longest text that references make, in bytes.
const MAX_TEXT: usize = 16 << 10;
/// Longest texts that all references of a file make together, in bytes.
const MAX_ALL: usize = 4 << 20;
/// Most findings on references of one file.
const MAX_FINDINGS: usize = 50;
/// Most keys that are compared with one that is not known.
const MAX_KEYS: usize = 10_000;

/// The references of a document.
pub(super) struct References<'d> {
    document: &'d Node,
    findings: &'d mut Vec<Diagnostic>,
    /// What keys stand for; nothing where that was found to be wrong.
    known: HashMap<String, Option<String>>,
    /// Bytes that were made so far.
    bytes: usize,
    /// The way to where we are: each key, and the place of the reference in its text that is being resolved.
    way: Vec<(String, &'d Node, Span)>,
}

/// A part of a text.
enum Part<'t> {
    Text(&'t str),
    /// What stands between the braces.
    Reference(&'t str),
    /// Braces that are never closed.
    Unclosed,
}

impl<'d> References<'d> {
    pub(super) fn new(document: &'d Node, findings: &'d mut Vec<Diagnostic>) -> Self {
        Self {
            document,
            findings,
            known: HashMap::new(),
            bytes: 0,
            way: Vec::new(),
        }
    }

    /// Returns a value with its references resolved; what cannot be resolved is told, and left out.
    pub(super) fn given(&mut self, node: &'d Node, key: &str) -> Given {
        let value = match &node.value {
            NodeValue::String(text) => self.text(node, text, key),
            NodeValue::Array(items) => {
                let items = items.iter().enumerate();
                let given = items.map(|(index, item)| self.given(item, &format!("{key}[{index}]")));
                // Nothing is what could not be resolved, and was told.
                GivenValue::List(given.filter(|given| !is_nothing(given)).collect())
            }
            NodeValue::Table(entries) => {
                let entries = entries.iter().map(|entry| GivenEntry {
                    key: entry.key.clone(),
                    key_span: entry.key_span,
                    given: self.given(&entry.node, &format!("{key}.{}", entry.key)),
                });
                GivenValue::Record(entries.filter(|entry| !is_nothing(&entry.given)).collect())
            }
            _ => scalar(node),
        };
        Given {
            value,
            span: node.span,
        }
    }

    fn text(&mut self, node: &'d Node, text: &str, key: &str) -> GivenValue {
        // A text that is one reference and nothing else is what the reference leads to: a number stays a number.
        if let [Part::Reference(inner)] = parts(text).as_slice()
            && let Some(target) = self.document.at(inner.trim())
            && matches!(
                target.value,
                NodeValue::Integer(_) | NodeValue::Float(_) | NodeValue::Boolean(_)
            )
        {
            return scalar(target);
        }
        match self.resolved(node, text, key) {
            Some(made) if made == text => GivenValue::Text(made),
            Some(made) => GivenValue::Made(made),
            None => GivenValue::Nothing,
        }
    }

    /// Returns the text of a key with its references resolved.
    fn resolved(&mut self, node: &'d Node, text: &str, key: &str) -> Option<String> {
        let mut made = String::new();
        let mut is_whole = true;
        let mut number = 0;
        for part in parts(text) {
            match part {
                Part::Text(text) => made.push_str(text),
                Part::Reference(inner) => {
                    let span = place(node, number, &format!("{{{{{inner}}}}}"));
                    number += 1;
                    self.way.push((key.to_owned(), node, span));
                    let value = self.target(inner.trim());
                    self.way.pop();
                    match value {
                        Some(value) => {
                            self.bytes += value.len();
                            made.push_str(&value);
                        }
                        None => is_whole = false,
                    }
                }
                Part::Unclosed => {
                    let span = place(node, number, "{{");
                    self.tell(
                        Diagnostic::error(
                            Code::ConfigInvalidReference,
                            "a reference is never closed",
                        )
                        .with_label(&node.source, span, "`}}` is missing after this")
                        .with_help("such as: {{orchestrator.paths.data_dir}}"),
                    );
                    is_whole = false;
                }
            }
            if number > 0 && (made.len() > MAX_TEXT || self.bytes > MAX_ALL) {
                self.tell(
                    Diagnostic::error(
                        Code::ConfigInvalidReference,
                        "references make a text that is too long",
                    )
                    .with_label(
                        &node.source,
                        node.span,
                        format!("at most {MAX_TEXT} bytes for one, and {MAX_ALL} for all"),
                    ),
                );
                return None;
            }
        }
        is_whole.then_some(made)
    }

    /// Returns the text that a key stands for. The reference to it is the last step of the way.
    fn target(&mut self, wanted: &str) -> Option<String> {
        if let Some(known) = self.known.get(wanted) {
            return known.clone();
        }
        let (_, node, span) = self.way.last()?;
        self.found(wanted, node, *span)
    }

    /// Returns the text of a key that a reference at this place leads to.
    fn found(&mut self, wanted: &str, node: &'d Node, span: Span) -> Option<String> {
        let is_key = wanted.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        });
        let wrong = |message: String, label: &str| {
            Diagnostic::error(Code::ConfigInvalidReference, message).with_label(
                &node.source,
                span,
                label,
            )
        };
        if !is_key {
            let message = match wanted {
                "" => "a reference names no key".to_owned(),
                _ => format!("`{}` is not a key to refer to", safe_text(wanted)),
            };
            self.tell(wrong(message, "not a key").with_help(
                "a key is names with dots between them: {{orchestrator.paths.data_dir}}",
            ));
            return None;
        }
        if let Some(start) = self.way.iter().position(|(key, ..)| key == wanted) {
            let finding = circle(&self.way[start..]);
            self.tell(finding);
            return None;
        }
        if self.way.len() > MAX_STEPS {
            self.tell(wrong(
                "references lead to references for too long".to_owned(),
                &format!("more than {MAX_STEPS} steps"),
            ));
            return None;
        }
        let Some(target) = self.document.at(wanted) else {
            let finding = self.unknown(node, span, wanted);
            self.tell(finding);
            return None;
        };
        match &target.value {
            NodeValue::String(text) => {
                let made = self.resolved(target, text, wanted);
                // What is wrong in it is told once, however many refer to it.
                self.known.insert(wanted.to_owned(), made.clone());
                made
            }
            NodeValue::Integer(number) => Some(number.to_string()),
            NodeValue::Float(number) => Some(number.to_string()),
            NodeValue::Boolean(flag) => Some(flag.to_string()),
            NodeValue::Datetime(datetime) => Some(datetime.to_string()),
            NodeValue::Array(_) | NodeValue::Table(_) => {
                let message = format!("`{wanted}` is {}, not a value", target.type_name());
                let finding = wrong(message, "cannot be part of a text");
                let inside: Vec<String> = target
                    .entries()
                    .iter()
                    .filter(|entry| {
                        entry.node.entries().is_empty() && entry.node.items().is_empty()
                    })
                    .take(10)
                    .map(|entry| format!("{{{{{wanted}.{}}}}}", entry.key))
                    .collect();
                self.tell(match inside.as_slice() {
                    [] => finding.with_help("refer to a text, a number, true or false"),
                    inside => {
                        finding.with_help(format!("refer to a value in it: {}", inside.join(", ")))
                    }
                });
                None
            }
        }
    }

    fn unknown(&self, node: &Node, span: Span, wanted: &str) -> Diagnostic {
        let mut keys = Vec::new();
        collect(self.document, "", &mut keys);
        let help = did_you_mean(wanted, keys.iter().map(String::as_str)).unwrap_or_else(|| {
            match wanted.rsplit_once('.') {
                Some((table, key)) => format!("give it a value: {key} = \"...\" under [{table}]"),
                None => format!("give it a value: {wanted} = \"...\" before the first table"),
            }
        });
        Diagnostic::error(
            Code::ConfigUnknownReference,
            format!("the file has no key `{wanted}`"),
        )
        .with_label(&node.source, span, "no such key")
        .with_help(help)
    }

    fn tell(&mut self, finding: Diagnostic) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// Returns the finding of references that lead back to the first of them.
fn circle(way: &[(String, &Node, Span)]) -> Diagnostic {
    let mut keys: Vec<&str> = way.iter().map(|(key, ..)| key.as_str()).collect();
    keys.extend(keys.first().copied());
    let message = match way {
        [_] => format!("`{}` refers to itself", keys[0]),
        _ => format!("references lead in a circle: {}", keys.join(" -> ")),
    };
    let finding = Diagnostic::error(Code::ConfigCircularReference, message);
    way.iter()
        .fold(finding, |finding, (_, node, span)| {
            finding.with_label(&node.source, *span, "")
        })
        .with_help("write one of them as a value")
}

fn is_nothing(given: &Given) -> bool {
    matches!(given.value, GivenValue::Nothing)
}

/// Returns what a value is that is no text, list or table.
fn scalar(node: &Node) -> GivenValue {
    match &node.value {
        NodeValue::Integer(number) => GivenValue::Whole(*number),
        NodeValue::Boolean(flag) => GivenValue::Flag(*flag),
        _ => GivenValue::Other(node.type_name().to_owned()),
    }
}

/// Splits a text at its references.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        if start > 0 {
            parts.push(Part::Text(&rest[..start]));
        }
        let Some(end) = rest[start + 2..].find("}}") else {
            parts.push(Part::Unclosed);
            return parts;
        };
        parts.push(Part::Reference(&rest[start + 2..start + 2 + end]));
        rest = &rest[start + 2 + end + 2..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// Returns where a reference stands: in the text as it is written, escapes and all, it is the one of the same number. The
/// whole value where that is something else.
fn place(node: &Node, number: usize, written: &str) -> Span {
    let raw = node
        .source
        .text()
        .get(node.span.start..node.span.end)
        .unwrap_or_default();
    let mut from = 0;
    for at in 0..=number {
        let Some(start) = raw[from..].find("{{").map(|start| from + start) else {
            break;
        };
        if at == number && raw[start..].starts_with(written) {
            let start = node.span.start + start;
            return Span::new(start, start + written.len());
        }
        let Some(end) = raw[start + 2..].find("}}") else {
            break;
        };
        from = start + 2 + end + 2;
    }
    node.span
}

/// Collects the keys that can be referred to.
fn collect(node: &Node, above: &str, keys: &mut Vec<String>) {
    for entry in node.entries() {
        if keys.len() >= MAX_KEYS {
            return;
        }
        let key = match above {
            "" => entry.key.clone(),
            above => format!("{above}.{}", entry.key),
        };
        match entry.node.value {
            NodeValue::Table(_) => collect(&entry.node, &key, keys),
            NodeValue::Array(_) => {}
            _ => keys.push(key),
        }
    }
}
