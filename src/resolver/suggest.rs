//! Single edits after which there is a solution.

use std::sync::Arc;

use semver::{BuildMetadata, Comparator, Op, Version, VersionReq};

use super::error::{Change, Fact, Suggestion};
use super::explain::needed_package;
use super::question::{Request, Stop};
use super::solve::{Ended, Package, Problem, Unsolved};
use super::source::{Candidate, Origin, Source, SourceError};
use super::versions::exactly;
use crate::extension::{Extension, ExtensionType};

/// Most suggestions that are made.
const MAX_SUGGESTIONS: usize = 3;
/// Most edits that are tried out.
const MAX_TRIALS: usize = 60;
/// Most versions of one extension that an edit is tried with, of each sort.
const MAX_VERSIONS: usize = 6;

/// Returns single edits after which there is a solution. Each is tried.
pub(super) fn suggestions(facts: &[Fact], problem: &Problem<'_>) -> Result<Vec<Suggestion>, Ended> {
    let mut found: Vec<Suggestion> = Vec::new();
    let mut trials = MAX_TRIALS;
    for fact in facts {
        match of_fact(fact, problem, &mut trials) {
            // What was found so far helps, too.
            Err(Ended::Stopped(Stop::TimedOut)) => break,
            suggestion => found.extend(suggestion?),
        }
        if found.len() >= MAX_SUGGESTIONS || trials == 0 {
            break;
        }
    }
    Ok(found)
}

/// Returns the smallest edit of what a fact is about that helps.
fn of_fact(
    fact: &Fact,
    problem: &Problem<'_>,
    trials: &mut usize,
) -> Result<Option<Suggestion>, Ended> {
    let Fact::Needs {
        by,
        name,
        kind,
        constraint,
        at,
        node,
        origin,
        ..
    } = fact
    else {
        return Ok(None);
    };
    // An edit of several versions of an extension is no single edit.
    let Some(Package::Extension(own, _)) = needed_package(fact, problem)?.filter(|_| by.len() <= 1)
    else {
        return Ok(None);
    };
    let by = by.first();
    if by.is_none()
        && problem
            .requests
            .get(*at)
            .is_none_or(|request| is_path(request, problem))
    {
        return Ok(None);
    }
    let place = match (by, node) {
        (Some(_), Some(node)) => {
            let at = node.source.location(node.span.start);
            format!("{}:{}", node.source.name(), at.line)
        }
        _ => origin.clone(),
    };
    let suggestion = |to: Change| Suggestion {
        of: by.map(|by| {
            let extension = &by.extension;
            (
                extension.kind,
                extension.name.clone(),
                extension.version.clone(),
            )
        }),
        at: *at,
        name: name.clone(),
        kind: *kind,
        from: constraint.to_string(),
        to,
        place: place.clone(),
    };
    let mut helps = |to: &Change| -> Result<bool, Ended> {
        if *trials == 0 {
            return Ok(false);
        }
        *trials -= 1;
        is_solved_with(problem, by, *at, to)
    };
    let written = match by {
        None => problem.requests[*at].kind,
        Some(by) => by.dependencies[*at].kind,
    };
    for other in other_kinds(problem, own, written.is_some(), name, constraint)? {
        let to = Change::Type(other);
        if helps(&to)? {
            return Ok(Some(suggestion(to)));
        }
    }
    let versions = problem.versions(own, name)?;
    let versions: Vec<&Version> = versions
        .iter()
        .map(|candidate| &candidate.extension.version)
        .filter(|version| !constraint.matches(version))
        .collect();
    let mut failed: Vec<VersionReq> = Vec::new();
    for version in nearest_first(constraint, &versions) {
        // A part of what did not help does not help either.
        let is_ruled_out = version.pre.is_empty() && failed.iter().any(|to| to.matches(version));
        let Some(to) = raised(constraint, version).filter(|_| !is_ruled_out) else {
            continue;
        };
        let to = Change::Constraint(to);
        if helps(&to)? {
            return Ok(Some(suggestion(to)));
        }
        if let Change::Constraint(to) = to {
            failed.push(to);
        }
    }
    Ok(None)
}

/// Whether a request stands for a directory that the caller named: no constraint was written, so none can be changed. Such a
/// request names the type.
fn is_path(request: &Request, problem: &Problem<'_>) -> bool {
    let Ok(candidates) = problem.versions(request.kind, &request.name) else {
        return false;
    };
    candidates.iter().any(|candidate| {
        candidate.origin == Origin::Given
            && request.constraint == exactly(&candidate.extension.version)
    })
}

/// Returns the other types of a name that have versions that will do.
fn other_kinds(
    problem: &Problem<'_>,
    own: Option<ExtensionType>,
    is_written: bool,
    name: &str,
    constraint: &VersionReq,
) -> Result<Vec<ExtensionType>, Ended> {
    let named = problem.named(name)?;
    let extensions = named.all.iter().map(|candidate| &candidate.extension);
    // A type that was written is meant, unless there is nothing of it; one that was not may be a wrong guess.
    let is_right =
        |one: &Extension| Some(one.kind) == own && (is_written || constraint.matches(&one.version));
    if extensions.clone().any(is_right) {
        return Ok(Vec::new());
    }
    let mut others: Vec<ExtensionType> = extensions
        .filter(|one| Some(one.kind) != own && constraint.matches(&one.version))
        .map(|one| one.kind)
        .collect();
    others.sort();
    others.dedup();
    Ok(others)
}

/// Returns versions in the order in which they are tried: releases before pre-releases, higher ones before lower ones, and
/// of these the nearest first.
fn nearest_first<'v>(constraint: &VersionReq, versions: &[&'v Version]) -> Vec<&'v Version> {
    let base = constraint.comparators.first().map(|comparator| Version {
        major: comparator.major,
        minor: comparator.minor.unwrap_or(0),
        patch: comparator.patch.unwrap_or(0),
        pre: comparator.pre.clone(),
        build: BuildMetadata::EMPTY,
    });
    let is_higher = |version: &Version| base.as_ref().is_some_and(|base| version >= base);
    let mut all: Vec<&Version> = Vec::new();
    for is_release in [true, false] {
        let of_sort = |higher: bool| {
            let versions = versions.iter().copied();
            versions.filter(move |version| {
                version.pre.is_empty() == is_release && is_higher(version) == higher
            })
        };
        all.extend(of_sort(true).take(MAX_VERSIONS));
        let lower: Vec<&Version> = of_sort(false).collect();
        all.extend(lower.into_iter().rev().take(MAX_VERSIONS));
    }
    all
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

/// Whether there is a solution when one extension, or the caller, asks for something else.
fn is_solved_with(
    problem: &Problem<'_>,
    by: Option<&Arc<Candidate>>,
    at: usize,
    to: &Change,
) -> Result<bool, Ended> {
    let mut requests = problem.requests.to_vec();
    if by.is_none() {
        let asked = requests[at].kind;
        match to {
            Change::Constraint(to) => requests[at].constraint = to.clone(),
            // The flag is for all that is asked for by name.
            Change::Type(kind) => requests
                .iter_mut()
                .filter(|request| request.kind == asked && !is_path(request, problem))
                .for_each(|request| request.kind = Some(*kind)),
        }
    }
    let source = Edited {
        source: problem.source,
        edit: by.map(|by| (&**by, at, to)),
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

/// A source in which one dependency says something else.
struct Edited<'a> {
    source: &'a dyn Source,
    /// Whose dependency, which one, and what it says.
    edit: Option<(&'a Candidate, usize, &'a Change)>,
}

impl Source for Edited<'_> {
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let mut all = self.source.named(name)?;
        let Some((of, at, to)) = self.edit else {
            return Ok(all);
        };
        for candidate in &mut all {
            // The extensions of a bundle share the file that is edited.
            if candidate.extension.path != of.extension.path {
                continue;
            }
            let mut edited = (**candidate).clone();
            if let Some(dependency) = edited.dependencies.get_mut(at) {
                match to {
                    Change::Constraint(to) => dependency.constraint = to.clone(),
                    Change::Type(kind) => dependency.kind = Some(*kind),
                }
            }
            *candidate = Arc::new(edited);
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
