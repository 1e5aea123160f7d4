//! Single edits after which there is a solution.

use std::sync::Arc;

use semver::{Comparator, Op, Version, VersionReq};

use super::error::{Fact, Suggestion};
use super::solve::{Ended, Problem, Request, Stop, Unsolved};
use super::source::{Candidate, Source, SourceError};

/// Most suggestions that are made.
const MAX_SUGGESTIONS: usize = 3;
/// Most edits that are tried out.
const MAX_TRIALS: usize = 60;
/// Most versions of one extension that an edit is tried with.
const MAX_VERSIONS: usize = 6;

/// Returns single edits after which there is a solution. Each is tried.
pub(super) fn suggestions(facts: &[Fact], problem: &Problem<'_>) -> Result<Vec<Suggestion>, Ended> {
    let mut found: Vec<Suggestion> = Vec::new();
    let mut trials = 0;
    for fact in facts {
        let Fact::Needs {
            by,
            name,
            constraint,
            node,
            origin,
        } = fact
        else {
            continue;
        };
        // An edit of several versions of an extension is no single edit.
        if by.len() > 1 || found.len() >= MAX_SUGGESTIONS {
            continue;
        }
        let named = problem.named(name)?;
        let mut versions: Vec<&Version> = named
            .all
            .iter()
            .map(|candidate| &candidate.extension.version)
            .filter(|version| !constraint.matches(version))
            .collect();
        versions.sort();
        versions.dedup();
        for version in versions.into_iter().rev().take(MAX_VERSIONS) {
            if trials >= MAX_TRIALS {
                return Ok(found);
            }
            trials += 1;
            let Some(to) = raised(constraint, version) else {
                continue;
            };
            let is_solved = match is_solved_with(problem, by.first(), name, constraint, &to) {
                // What was found so far helps, too.
                Err(Ended::Stopped(Stop::TimedOut)) => return Ok(found),
                tried => tried?,
            };
            if is_solved {
                let place = match (by.first(), node) {
                    (None, _) => "what is asked for".to_owned(),
                    (Some(_), Some(node)) => {
                        let at = node.source.location(node.span.start);
                        format!("{}:{}", node.source.name(), at.line)
                    }
                    (Some(by), None) => {
                        format!("{} ({origin})", by.extension.path.display())
                    }
                };
                found.push(Suggestion {
                    of: by.first().map(|by| by.extension.name.clone()),
                    name: name.clone(),
                    from: constraint.to_string(),
                    to: to.to_string(),
                    place,
                });
                break;
            }
        }
    }
    Ok(found)
}

/// Returns a constraint like this one that a version satisfies.
fn raised(constraint: &VersionReq, version: &Version) -> Option<VersionReq> {
    let op = match constraint.comparators.as_slice() {
        [one] if matches!(one.op, Op::Exact | Op::Tilde | Op::Caret | Op::GreaterEq) => one.op,
        _ => Op::Caret,
    };
    let comparator = Comparator {
        op,
        major: version.major,
        minor: Some(version.minor),
        patch: Some(version.patch),
        pre: version.pre.clone(),
    };
    let raised = VersionReq {
        comparators: vec![comparator],
    };
    (raised != *constraint && raised.matches(version)).then_some(raised)
}

/// Whether there is a solution when one extension, or the caller, asks for other versions.
fn is_solved_with(
    problem: &Problem<'_>,
    by: Option<&Arc<Candidate>>,
    name: &str,
    from: &VersionReq,
    to: &VersionReq,
) -> Result<bool, Ended> {
    let mut requests = problem.requests.to_vec();
    if by.is_none() {
        for request in &mut requests {
            if request.name == name && request.constraint == *from {
                request.constraint = to.clone();
            }
        }
    }
    let edited = by.map(|by| Arc::new(edited(by, name, from, to)));
    let source = Edited {
        source: problem.source,
        edited: edited.as_ref(),
    };
    let trial = Problem::new(
        &source,
        problem.host,
        &requests,
        problem.preference,
        problem.stop,
    );
    match trial.solve() {
        Ok(_) => Ok(true),
        Err(Unsolved::NoSolution(_)) => Ok(false),
        Err(Unsolved::Ended(ended)) => Err(ended),
    }
}

fn edited(candidate: &Candidate, name: &str, from: &VersionReq, to: &VersionReq) -> Candidate {
    let mut edited = candidate.clone();
    for dependency in &mut edited.dependencies {
        if dependency.name == name && dependency.constraint == *from {
            dependency.constraint = to.clone();
        }
    }
    edited
}

/// A source in which one candidate is another one.
struct Edited<'a> {
    source: &'a dyn Source,
    edited: Option<&'a Arc<Candidate>>,
}

impl Source for Edited<'_> {
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let mut all = self.source.named(name)?;
        if let Some(edited) = self.edited {
            for candidate in &mut all {
                if candidate.extension.kind == edited.extension.kind
                    && candidate.extension.name == edited.extension.name
                    && candidate.extension.version == edited.extension.version
                {
                    *candidate = Arc::clone(edited);
                }
            }
        }
        Ok(all)
    }

    fn names(&self) -> Vec<String> {
        self.source.names()
    }

    fn places(&self) -> Vec<String> {
        self.source.places()
    }
}

impl Request {
    /// Asks for an extension of any version.
    pub fn any(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: None,
            constraint: VersionReq::STAR,
        }
    }
}
