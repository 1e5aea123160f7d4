//! Texts that look like secrets. What is found is never shown.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Severity, Source};
use crate::extension::Interrupted;
use crate::nickel::{Interrupt, stars, tokens, without_secrets};
use crate::validation::text::{self, Text};

use crate::extension::tree::{Entry, Kind, Tree};
use crate::validation::secret::fields;

/// Most bytes of a file that are searched.
const MAX_FILE: u64 = 1 << 20;
/// Most bytes that are searched in all.
const MAX_BYTES: usize = 64 << 20;
/// After so many findings, no more are looked for.
const ENOUGH: usize = 1_000;

/// What was found, and what could not be searched.
#[derive(Default)]
pub(super) struct Search {
    pub(super) findings: Vec<Diagnostic>,
    pub(super) problems: Vec<Diagnostic>,
}

pub(super) fn check(tree: &Tree, interrupt: &Interrupt) -> Result<Search, Interrupted> {
    let mut search = Search::default();
    let mut bytes = 0;
    let files = tree.packed().filter(|entry| entry.kind == Kind::File);
    for entry in files {
        if interrupt.is_triggered() {
            return Err(Interrupted);
        }
        let shown = entry.shown();
        let text = match text::read(&entry.path, MAX_FILE) {
            Ok(None) => continue,
            Ok(Some(text)) => text,
            Err(error) => {
                let message = format!("`{shown}` was not searched for secrets: {error}");
                search.not_searched(entry, message);
                continue;
            }
        };
        bytes += text.text.len();
        if bytes > MAX_BYTES {
            let message = format!(
                "`{shown}` and the files after it were not searched for secrets: it is more than {} MiB in all",
                MAX_BYTES >> 20
            );
            search.not_searched(entry, message);
            break;
        }
        search.file(entry, &text);
        if search.findings.len() > ENOUGH {
            let message = format!(
                "the files after `{shown}` were not searched for secrets, because enough was found"
            );
            search.not_searched(entry, message);
            break;
        }
    }
    Ok(search)
}

impl Search {
    fn not_searched(&mut self, entry: &Entry, message: String) {
        self.problems
            .push(Diagnostic::warning(Code::SecurityNotChecked, message).with_file(entry.place()));
    }

    fn file(&mut self, entry: &Entry, Text { text, is_cut }: &Text) {
        if *is_cut {
            let message = format!(
                "only the first {} KiB of `{}` were searched for secrets",
                MAX_FILE >> 10,
                entry.shown()
            );
            self.not_searched(entry, message);
        }
        search(entry, text, &mut self.findings);
    }
}

fn search(entry: &Entry, text: &str, findings: &mut Vec<Diagnostic>) {
    let is_test = is_test(&entry.relative);
    let tokens = tokens(text);
    let mut fields = if is_test {
        Vec::new()
    } else {
        fields::find(text, &entry.relative)
    };
    // A token in a field of that name is one secret, not two.
    fields.retain(|field| {
        let next = tokens.partition_point(|token| token.hidden.end <= field.span.start);
        tokens
            .get(next)
            .is_none_or(|token| token.hidden.start >= field.span.end)
    });
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
    let source = Arc::new(Source::new(entry.place().display().to_string(), shown));
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
