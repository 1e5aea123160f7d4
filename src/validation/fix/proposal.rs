//! The edits of findings, and what texts are with them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::validation::Report;

/// The edits of one finding, which are made together or not at all.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) code: Code,
    pub(super) edits: Vec<Edit>,
}

/// What a proposal would do, wherever its text has moved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deed {
    code: Code,
    /// For each edit, the file, what is replaced, and what by.
    edits: Vec<(String, String, String)>,
}

impl Proposal {
    fn of(finding: &Diagnostic) -> Self {
        Self {
            code: finding.code,
            edits: finding.fix.clone(),
        }
    }

    /// Whether it takes away byte-order marks, and nothing else.
    pub(super) fn is_of_mark(&self) -> bool {
        self.edits.iter().all(|edit| {
            let text = edit.source.text().get(edit.span.start..edit.span.end);
            text == Some("\u{feff}") && edit.replacement.is_empty()
        })
    }

    pub(super) fn deed(&self) -> Deed {
        let replaced = |edit: &Edit| {
            let span = edit.span.start..edit.span.end;
            edit.source.text().get(span).unwrap_or_default().to_owned()
        };
        let edits = self.edits.iter().map(|edit| {
            let name = edit.source.name().to_owned();
            (name, replaced(edit), edit.replacement.clone())
        });
        Deed {
            code: self.code,
            edits: edits.collect(),
        }
    }
}

/// Lists what the findings of a report offer to change in its own files, in the order of the texts.
pub(super) fn proposals(report: &Report) -> Vec<Proposal> {
    let is_own = |edit: &Edit| PathBuf::from(edit.source.name()).starts_with(&report.path);
    let mut all: Vec<Proposal> = report
        .findings
        .iter()
        .map(|finding| Proposal::of(&finding.diagnostic))
        .filter(|proposal| !proposal.edits.is_empty() && proposal.edits.iter().all(is_own))
        .collect();
    all.sort_by_key(|proposal| {
        let first = &proposal.edits[0];
        let (start, end) = (first.span.start, first.span.end);
        (first.source.name().to_owned(), start, end)
    });
    all
}

/// A text before and after, and the codes of what is solved.
pub(super) type Edited = (String, String, Vec<Code>);

/// The edits of a text, by start, end and the number of the proposal.
type Made<'a> = BTreeMap<(usize, usize, usize), (&'a Edit, Code)>;

/// Returns the files that change, with their texts after the edits. Of proposals that overlap, the first is made.
pub(super) fn edited(proposals: &[Proposal]) -> BTreeMap<PathBuf, Edited> {
    // By where they begin and end; of those that begin at the same place, in the order of their findings.
    let mut made: BTreeMap<PathBuf, Made<'_>> = BTreeMap::new();
    for (number, proposal) in proposals.iter().enumerate() {
        let is_free = |edit: &Edit| {
            let (start, end) = (edit.span.start, edit.span.end);
            // As they do not overlap, only the last one that begins before the end of this one can be in its way.
            let before = made
                .get(&PathBuf::from(edit.source.name()))
                .and_then(|made| made.range(..(end, 0, 0)).next_back());
            edit.source.text().get(start..end).is_some()
                && before.is_none_or(|((_, other, _), _)| *other <= start)
        };
        if !proposal.edits.iter().all(is_free) {
            continue;
        }
        for edit in &proposal.edits {
            let path = PathBuf::from(edit.source.name());
            let key = (edit.span.start, edit.span.end, number);
            let made = made.entry(path).or_default();
            made.insert(key, (edit, proposal.code));
        }
    }
    made.into_iter()
        .filter_map(|(path, edits)| Some((path, apply(edits.into_values().collect())?)))
        .collect()
}

/// Applies edits that do not overlap to one text, in its order; nothing when they change nothing.
fn apply(edits: Vec<(&Edit, Code)>) -> Option<Edited> {
    let old = edits.first()?.0.source.text();
    let mut new = String::with_capacity(old.len());
    let mut codes = Vec::new();
    let mut at = 0;
    for (edit, code) in &edits {
        new.push_str(old.get(at..edit.span.start)?);
        new.push_str(&edit.replacement);
        codes.push(*code);
        at = edit.span.end;
    }
    new.push_str(old.get(at..)?);
    (new != old).then(|| (old.to_owned(), new, codes))
}
