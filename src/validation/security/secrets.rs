//! Texts that look like secrets. What is found is never shown.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Severity, Source, Span};
use crate::extension::Interrupted;
use crate::nickel::{Interrupt, stars, without_secrets};
use crate::validation::text::{self, Text};

use super::tree::{Entry, Kind, Tree};
use super::{fields, tokens};

/// Most bytes of a file that are searched.
const MAX_FILE: u64 = 1 << 20;
/// Most bytes that are searched in all.
const MAX_BYTES: usize = 64 << 20;

pub(super) fn check(tree: &Tree, interrupt: &Interrupt) -> Result<Vec<Diagnostic>, Interrupted> {
    let mut findings = Vec::new();
    let mut bytes = 0;
    let files = tree.packed().filter(|entry| entry.kind == Kind::File);
    for entry in files {
        if interrupt.is_triggered() {
            return Err(Interrupted);
        }
        let text = match text::read(&entry.path, MAX_FILE) {
            Ok(None) => continue,
            Ok(Some(text)) => text,
            Err(error) => {
                findings.push(not_searched(entry, &error.to_string()));
                continue;
            }
        };
        bytes += text.text.len();
        if bytes > MAX_BYTES {
            let reason = format!(
                "the files have more than {} MiB of text in all; neither were those after it",
                MAX_BYTES >> 20
            );
            findings.push(not_searched(entry, &reason));
            break;
        }
        search(entry, &text, &mut findings);
    }
    Ok(findings)
}

fn not_searched(entry: &Entry, reason: &str) -> Diagnostic {
    Diagnostic::warning(
        Code::SecurityNotChecked,
        format!("`{}` was not searched for secrets: {reason}", entry.shown()),
    )
    .with_file(&entry.path)
}

fn search(entry: &Entry, Text { text, is_cut }: &Text, findings: &mut Vec<Diagnostic>) {
    let is_test = is_test(&entry.relative);
    let tokens = tokens::find(text);
    let mut fields = if is_test {
        Vec::new()
    } else {
        fields::find(text, &entry.relative)
    };
    // A token in a field of that name is one secret, not two.
    fields.retain(|field| !tokens.iter().any(|token| overlap(token.hidden, field.span)));
    if *is_cut {
        let reason = format!("only its first {} KiB were", MAX_FILE >> 10);
        findings.push(not_searched(entry, &reason));
    }
    if tokens.is_empty() && fields.is_empty() {
        return;
    }
    let mut hidden: Vec<(usize, usize)> = tokens
        .iter()
        .map(|token| token.hidden)
        .chain(fields.iter().map(|field| field.span))
        .map(|span| (span.start, span.end))
        .collect();
    hidden.sort_unstable();
    // The lines that are shown may hold more than what was found.
    let shown = stars(&without_secrets(text, &entry.path), &hidden);
    let source = Arc::new(Source::new(entry.path.display().to_string(), shown));
    let shown = entry.shown();
    for token in tokens {
        let mut finding = Diagnostic::error(
            Code::SecuritySecret,
            format!("`{shown}` holds what looks like {}", token.what),
        )
        .with_label(&source, token.span, "hidden here")
        .with_help(
            "if it is real, revoke it; take it from the environment or a secret store instead",
        );
        if is_test {
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
    }
    for field in fields {
        findings.push(
            Diagnostic::warning(
                Code::SecuritySecret,
                format!("`{}` is given as a literal, and looks like a secret", field.name),
            )
            .with_label(&source, field.span, "hidden here")
            .with_help("leave it to whoever uses the extension, or write a placeholder such as \"changeme\""),
        );
    }
}

/// Tests come with passwords that open nothing.
fn is_test(relative: &Path) -> bool {
    relative
        .parent()
        .is_some_and(|parent| parent.iter().any(|part| part == "tests" || part == "test"))
}

fn overlap(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}
