//! Faults of components as one error that underlines the rows.

use std::collections::{BTreeSet, HashSet};

use nu_protocol::{LabeledError, ShellError, Span};
use provisioning::diagnostic::{Code, safe_text};
use provisioning::graph::Fault;

use super::components::Place;
use crate::shell::real_span;

/// Most labels in one error: more cannot be read.
pub(super) const MAX_LABELS: usize = 20;
/// Most names in one message.
pub(super) const MAX_NAMES: usize = 10;

/// Returns the error for all faults. Every faulty row is named; those written by the user are underlined.
pub(super) fn error(faults: &[Fault], places: &[Place], head: Span) -> LabeledError {
    let mut error = match faults {
        [one] => LabeledError::new(safe_text(&one.message()))
            .with_code(one.code().as_str())
            .with_help(safe_text(&one.help())),
        many => {
            let mut error = LabeledError::new(format!(
                "the components cannot be ordered: {} faults, in {}",
                many.len(),
                safe_text(&names(many).join(", "))
            ))
            .with_code(Code::ClusterUnresolvable.as_str());
            for fault in many.iter().take(MAX_LABELS) {
                error.inner.push(ShellError::LabeledError(Box::new(
                    LabeledError::new(safe_text(&fault.message()))
                        .with_code(fault.code().as_str())
                        .with_help(safe_text(&fault.help())),
                )));
            }
            if many.len() > MAX_LABELS {
                error.inner.push(ShellError::LabeledError(Box::new(
                    LabeledError::new(format!("and {} more faults", many.len() - MAX_LABELS))
                        .with_code(Code::ClusterUnresolvable.as_str()),
                )));
            }
            error
        }
    };
    let mut seen = BTreeSet::new();
    let all = faults.iter().flat_map(|fault| labels(fault, places));
    for (text, span) in all {
        if seen.len() >= MAX_LABELS {
            break;
        }
        let span = real_span(span, head);
        // Rows that were computed all point at the command: one label is enough.
        if seen.insert((span.start, span.end)) {
            let text = if span == head {
                "ordered here".to_owned()
            } else {
                text
            };
            error = error.with_label(safe_text(&text), span);
        }
    }
    error
}

/// Names of the components at fault, each once, and how many more there are.
fn names(faults: &[Fault]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut names: Vec<String> = Vec::new();
    for name in faults.iter().flat_map(Fault::components) {
        if seen.insert(name) && names.len() < MAX_NAMES {
            names.push(format!("`{name}`"));
        }
    }
    if seen.len() > names.len() {
        names.push(format!("and {} more", seen.len() - names.len()));
    }
    names
}

fn labels(fault: &Fault, places: &[Place]) -> Vec<(String, Span)> {
    let row = |row: usize| places.get(row).map_or(Span::unknown(), |place| place.row);
    let need = |at: usize, need: usize| {
        places
            .get(at)
            .and_then(|place| place.needs.get(need).copied())
            .unwrap_or_else(|| row(at))
    };
    match fault {
        Fault::UnknownDependency { row, need: at, .. } => {
            vec![("no such component".to_owned(), need(*row, *at))]
        }
        Fault::DisabledDependency { row, need: at, .. } => {
            vec![("disabled".to_owned(), need(*row, *at))]
        }
        Fault::VersionMismatch {
            row,
            need: at,
            found,
            ..
        } => vec![(found.told(), need(*row, *at))],
        Fault::MissingTaskserv { row: at, .. } => {
            vec![("no such taskserv".to_owned(), row(*at))]
        }
        Fault::TaskservPlatform { row: at, .. } => {
            vec![("does not work with this platform".to_owned(), row(*at))]
        }
        Fault::TaskservVersion {
            row: at, needed_by, ..
        } => {
            let version = places.get(*at).and_then(|place| place.version);
            let span = match (needed_by, version) {
                (None, Some(version)) => version,
                _ => row(*at),
            };
            vec![("no such version".to_owned(), span)]
        }
        Fault::DuplicateName { rows, component } => rows
            .iter()
            .map(|at| (format!("called `{component}`"), row(*at)))
            .collect(),
        Fault::Cycle {
            rows, path, others, ..
        } => {
            let next = |at: usize| {
                path.get((at + 1) % path.len().max(1))
                    .cloned()
                    .unwrap_or_default()
            };
            rows.iter()
                .enumerate()
                .map(|(at, place)| (format!("needs `{}`", next(at)), row(*place)))
                .chain(
                    others
                        .iter()
                        .map(|other| ("in a circle with them".to_owned(), row(*other))),
                )
                .collect()
        }
    }
}
