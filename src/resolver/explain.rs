//! From the solver's proof to reasons that a person can act upon.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use pubgrub::{DerivationTree, External, VersionSet as _};
use semver::{Version, VersionReq};

use super::error::{Conflict, Fact, ResolveError};
use super::solve::{Ended, NoSolution, Obstacle, Package, Problem, Stop, Unsolved, needed_tools};
use super::source::Candidate;
use super::suggest::suggestions;
use super::versions::{Versions, plain};
use crate::diagnostic::did_you_mean;
use crate::extension::{ExtensionType, Host};

/// Puts the end of a search into an error.
pub(super) fn error(unsolved: Unsolved, problem: &Problem<'_>) -> ResolveError {
    let explained = match unsolved {
        Unsolved::Ended(ended) => Err(ended),
        Unsolved::NoSolution(tree) => explained(&tree, problem),
    };
    match explained {
        Ok(conflict) => ResolveError::Conflict(Box::new(conflict)),
        Err(Ended::Stopped(Stop::Interrupted)) => ResolveError::Interrupted,
        Err(Ended::Stopped(Stop::TimedOut)) => ResolveError::TimedOut,
        Err(Ended::Source(reason)) => ResolveError::Source(reason),
    }
}

fn explained(tree: &NoSolution, problem: &Problem<'_>) -> Result<Conflict, Ended> {
    let mut facts = Vec::new();
    for external in in_order(tree) {
        facts.extend(facts_of(&external, problem)?);
    }
    let mut facts = told(facts, problem)?;
    let mut seen = HashSet::new();
    facts.retain(|fact| seen.insert(fact.to_string()));
    let suggestions = suggestions(&facts, problem)?;
    // The message has them all; what has a place is shown there too.
    let diagnostics = facts
        .iter()
        .map(Fact::diagnostic)
        .filter(|finding| !finding.labels.is_empty() || finding.file.is_some())
        .collect();
    Ok(Conflict {
        facts,
        suggestions,
        diagnostics,
    })
}

/// Leaves out the versions that do not matter to a person, and adds those that do: of what is needed in several ways, or in
/// versions that are not there.
fn told(facts: Vec<Fact>, problem: &Problem<'_>) -> Result<Vec<Fact>, Ended> {
    let mut told: Vec<Fact> = facts
        .into_iter()
        .filter(|fact| !matches!(fact, Fact::There { .. }))
        .collect();
    let mut names: Vec<String> = Vec::new();
    for fact in &told {
        if let Fact::Needs { name, .. } = fact
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    for name in names {
        let constraints: Vec<&VersionReq> = told
            .iter()
            .filter_map(|fact| match fact {
                Fact::Needs {
                    name: needed,
                    constraint,
                    ..
                } if *needed == name => Some(constraint),
                _ => None,
            })
            .collect();
        let mut versions: Vec<Version> = problem
            .named(&name)?
            .all
            .iter()
            .map(|candidate| candidate.extension.version.clone())
            .collect();
        versions.sort();
        versions.dedup();
        let fits_all = |version: &&Version| {
            constraints
                .iter()
                .all(|constraint| constraint.matches(version))
        };
        if !versions.is_empty() && versions.iter().find(fits_all).is_none() {
            told.push(Fact::There { name, versions });
        }
    }
    Ok(told)
}

type Reason = External<Package, Versions, Obstacle>;

/// Returns the reasons of a proof, beginning with what was asked for, then by who needs what.
fn in_order(tree: &NoSolution) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut shared = BTreeSet::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        match tree {
            DerivationTree::External(External::NotRoot(..)) => {}
            DerivationTree::External(reason) => reasons.push(reason.clone()),
            DerivationTree::Derived(derived) => {
                if derived.shared_id.is_none_or(|id| shared.insert(id)) {
                    open.push(&derived.cause2);
                    open.push(&derived.cause1);
                }
            }
        }
    }
    let mut ordered = Vec::new();
    let mut reached = HashSet::from([Package::Root]);
    let mut queue = VecDeque::from([Package::Root]);
    while let Some(package) = queue.pop_front() {
        for reason in &reasons {
            match reason {
                External::FromDependencyOf(by, _, needed, _) if *by == package => {
                    ordered.push(reason.clone());
                    if reached.insert(needed.clone()) {
                        queue.push_back(needed.clone());
                    }
                }
                _ => {}
            }
        }
    }
    for reason in reasons {
        match &reason {
            External::FromDependencyOf(by, ..) if reached.contains(by) => {}
            _ => ordered.push(reason),
        }
    }
    ordered
}

fn facts_of(reason: &Reason, problem: &Problem<'_>) -> Result<Vec<Fact>, Ended> {
    Ok(match reason {
        External::NotRoot(..) => Vec::new(),
        External::Custom(package, _, reason @ Obstacle::Ambiguous { .. }) => {
            vec![Fact::Ambiguous {
                reason: reason.to_string(),
                is_asked: *package == Package::Root,
            }]
        }
        External::Custom(_, _, reason) => vec![Fact::Other(reason.to_string())],
        External::NoVersions(package, versions) => no_versions(package, versions, problem)?,
        External::FromDependencyOf(Package::Root, _, needed, _) => problem
            .requests
            .iter()
            .filter(|request| is_about(needed, request.kind, &request.name))
            .map(|request| Fact::Needs {
                by: Vec::new(),
                name: request.name.clone(),
                constraint: request.constraint.clone(),
                node: None,
                origin: "what is asked for".to_owned(),
            })
            .collect(),
        External::FromDependencyOf(Package::Extension(kind, name), versions, needed, _) => {
            let by: Vec<Arc<Candidate>> = problem
                .versions(*kind, name)?
                .into_iter()
                .filter(|candidate| versions.contains(&plain(&candidate.extension.version)))
                .collect();
            needs(&by, needed, problem.host)
        }
        External::FromDependencyOf(..) => Vec::new(),
    })
}

/// Whether a package is the one of that name, of that type if one is given.
fn is_about(package: &Package, kind: Option<ExtensionType>, name: &str) -> bool {
    matches!(package, Package::Extension(own, own_name)
        if **own_name == *name && kind.is_none_or(|kind| *own == Some(kind)))
}

/// What several versions of an extension need of one package; those that say the same are told together.
fn needs(by: &[Arc<Candidate>], needed: &Package, host: &Host) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for candidate in by {
        let mut found: Vec<Fact> = Vec::new();
        if let Package::Tool(tool) = needed {
            found.extend(
                needed_tools(candidate)
                    .filter(|(needed, _)| needed == tool)
                    .map(|(tool, constraint)| Fact::Platform {
                        by: vec![Arc::clone(candidate)],
                        tool,
                        constraint: constraint.clone(),
                        version: tool.version(host).clone(),
                    }),
            );
        }
        found.extend(
            candidate
                .dependencies
                .iter()
                .filter(|dependency| is_about(needed, dependency.kind, &dependency.name))
                .map(|dependency| Fact::Needs {
                    by: vec![Arc::clone(candidate)],
                    name: dependency.name.clone(),
                    constraint: dependency.constraint.clone(),
                    node: dependency.node.clone(),
                    origin: dependency.origin.clone(),
                }),
        );
        for fact in found {
            join(fact, &mut facts);
        }
    }
    facts
}

/// Adds a fact, or its extension to one that says the same.
fn join(fact: Fact, facts: &mut Vec<Fact>) {
    for known in facts.iter_mut() {
        match (known, &fact) {
            (
                Fact::Needs { by, constraint, .. },
                Fact::Needs {
                    by: more,
                    constraint: other,
                    ..
                },
            ) if constraint == other => {
                by.extend(more.iter().cloned());
                return;
            }
            (
                Fact::Platform {
                    by,
                    constraint,
                    tool,
                    ..
                },
                Fact::Platform {
                    by: more,
                    constraint: other,
                    tool: other_tool,
                    ..
                },
            ) if constraint == other && tool == other_tool => {
                by.extend(more.iter().cloned());
                return;
            }
            _ => {}
        }
    }
    facts.push(fact);
}

fn no_versions(
    package: &Package,
    _versions: &Versions,
    problem: &Problem<'_>,
) -> Result<Vec<Fact>, Ended> {
    let Package::Extension(kind, name) = package else {
        // Of the platform, the version is told with who needs another one.
        return Ok(Vec::new());
    };
    let versions: Vec<Version> = problem
        .versions(*kind, name)?
        .iter()
        .map(|candidate| candidate.extension.version.clone())
        .collect();
    if versions.is_empty() {
        let names = problem.source.names();
        return Ok(vec![Fact::Missing {
            name: name.to_string(),
            hint: did_you_mean(name, names.iter().map(String::as_str)),
            places: problem.source.places(),
        }]);
    }
    Ok(vec![Fact::There {
        name: name.to_string(),
        versions,
    }])
}
