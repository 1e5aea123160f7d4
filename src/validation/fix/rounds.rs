//! Which edits are made: all that do no harm.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::FixError;
use super::proposal::{Deed, Proposal, edited, proposals};
use super::stage::Stage;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::validation::{Report, ValidationError, secret};

pub(super) use super::proposal::Edited;

/// Most rounds: an edit may bring something to light that another one solves.
const MAX_ROUNDS: usize = 8;
/// Most validations, in the search for edits that do harm.
const MAX_TRIALS: usize = 200;

/// The files, with their first and their last text.
pub(super) type Changes = BTreeMap<PathBuf, Edited>;

/// Validates the copy.
type Judge<'a> = &'a dyn Fn(&Path) -> Result<Report, ValidationError>;

/// What is to be written, and what not.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) changes: Changes,
    /// A warning for each edit that would do harm.
    pub(super) left_out: Vec<Diagnostic>,
}

/// The work on a copy.
pub(super) struct Rounds<'a> {
    stage: &'a Stage,
    judge: Judge<'a>,
    before: Report,
    changes: Changes,
    /// What was left out and is not tried again.
    banned: Vec<Deed>,
    trials: usize,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(stage: &'a Stage, judge: Judge<'a>) -> Result<Self, FixError> {
        let mut rounds = Self {
            before: judge(&stage.root)?,
            changes: Changes::new(),
            stage,
            judge,
            banned: Vec::new(),
            trials: 0,
        };
        // What a byte-order mark has hidden is no error of the edits.
        let mut marks = proposals(&rounds.before);
        marks.retain(Proposal::is_of_mark);
        if !marks.is_empty() {
            rounds.make(&marks)?;
            rounds.before = rounds.validate()?;
        }
        Ok(rounds)
    }

    /// Edits the copy until nothing is left to do, and returns the changes of the real files.
    pub(super) fn run(mut self) -> Result<Outcome, FixError> {
        let mut left_out = Vec::new();
        let mut report = self.before.clone();
        for round in 0..MAX_ROUNDS {
            let wanted = self.wanted(&report);
            if wanted.is_empty() {
                break;
            }
            let mut harmless = Vec::new();
            self.sift(wanted, MAX_ROUNDS - round, &mut harmless, &mut left_out)?;
            if harmless.is_empty() {
                break;
            }
            self.make(&harmless)?;
            report = self.validate()?;
        }
        Ok(Outcome {
            changes: self.changes,
            left_out,
        })
    }

    /// Makes edits for good.
    fn make(&mut self, proposals: &[Proposal]) -> Result<(), FixError> {
        for (path, (old, new, codes)) in self.write(proposals)? {
            let known = self
                .changes
                .entry(self.stage.real(&path))
                .or_insert_with(|| (old, String::new(), Vec::new()));
            known.1 = new;
            known.2.extend(codes);
        }
        Ok(())
    }

    fn wanted(&self, report: &Report) -> Vec<Proposal> {
        let mut all = proposals(report);
        all.retain(|proposal| !self.banned.contains(&proposal.deed()));
        all
    }

    /// Adds to `harmless` those of some proposals that do no harm together with those that are in it, and tells the
    /// others. Most often all are good; else halves are tried, and halves of them.
    fn sift(
        &mut self,
        mut some: Vec<Proposal>,
        rounds: usize,
        harmless: &mut Vec<Proposal>,
        left_out: &mut Vec<Diagnostic>,
    ) -> Result<(), FixError> {
        if some.is_empty() {
            return Ok(());
        }
        let mut together = harmless.clone();
        together.extend(some.iter().cloned());
        let Some(harm) = self.harm(&together, rounds)? else {
            *harmless = together;
            return Ok(());
        };
        if some.len() > 1 && self.trials < MAX_TRIALS {
            let rest = some.split_off(some.len() / 2);
            self.sift(some, rounds, harmless, left_out)?;
            return self.sift(rest, rounds, harmless, left_out);
        }
        for proposal in some {
            left_out.push(told(&proposal, &harm, self.stage));
            self.banned.push(proposal.deed());
        }
        Ok(())
    }

    /// Returns an error that proposals bring, unless what comes after them takes it away again. The copy is as it was
    /// afterwards.
    fn harm(
        &mut self,
        proposals: &[Proposal],
        rounds: usize,
    ) -> Result<Option<Diagnostic>, FixError> {
        let mut first: BTreeMap<PathBuf, String> = BTreeMap::new();
        let mut next = proposals.to_vec();
        let mut harm = None;
        for _ in 0..rounds {
            for (path, (old, _, _)) in self.write(&next)? {
                first.entry(path).or_insert(old);
            }
            let report = self.validate()?;
            let found = worse(&self.before, &report);
            let is_harmless = found.is_none();
            // What came first is what the proposals themselves have brought.
            harm = found.map(|found| harm.unwrap_or(found));
            next = self.wanted(&report);
            if is_harmless || next.is_empty() {
                break;
            }
        }
        for (path, text) in first {
            write(&path, &text)?;
        }
        Ok(harm)
    }

    fn write(&self, proposals: &[Proposal]) -> Result<BTreeMap<PathBuf, Edited>, FixError> {
        let edited = edited(proposals);
        for (path, (_, new, _)) in &edited {
            write(path, new)?;
        }
        Ok(edited)
    }

    fn validate(&mut self) -> Result<Report, FixError> {
        self.trials += 1;
        Ok((self.judge)(&self.stage.root)?)
    }
}

fn write(path: &Path, text: &str) -> Result<(), FixError> {
    std::fs::write(path, text).map_err(|error| FixError::Write {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Returns an error of a kind that its file did not have, or more often than before. What the interface asks for does not
/// count: an edit cannot take it away, but code that can be read at last may turn out to lack it.
fn worse(before: &Report, after: &Report) -> Option<Diagnostic> {
    let kind = |found: &Diagnostic| (found.code.as_str(), found.file());
    let mut known: HashMap<_, usize> = HashMap::new();
    for finding in before.errors() {
        *known.entry(kind(&finding.diagnostic)).or_default() += 1;
    }
    after
        .errors()
        .map(|finding| &finding.diagnostic)
        .filter(|found| !found.code.as_str().starts_with("interface::"))
        .find(|found| match known.get_mut(&kind(found)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        })
        .cloned()
}

/// Says that a proposal was left out, and why.
fn told(proposal: &Proposal, harm: &Diagnostic, stage: &Stage) -> Diagnostic {
    let real = |name: &str| stage.real(Path::new(name)).display().to_string();
    let finding = Diagnostic::warning(
        Code::FixRefused,
        format!(
            "the edit for `{}` was left out, because it would bring another error, `{}`: {}",
            proposal.code, harm.code, harm.message
        ),
    );
    let finding = finding.with_help(match (harm.file(), harm.location()) {
        (Some(file), Some(at)) => format!(
            "mend it by hand, together with {}:{}, where that error would be",
            real(&file),
            at.line
        ),
        _ => "mend it by hand".to_owned(),
    });
    match proposal.edits.first() {
        Some(edit) => {
            let source = Source::new(real(edit.source.name()), edit.source.text());
            let source = Arc::new(source.masked_by(secret::masked));
            finding.with_label(&source, edit.span, "left as it is")
        }
        None => finding,
    }
}

#[cfg(test)]
mod tests;
