//! From the solver's proof to reasons that a person can act upon.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use pubgrub::{DerivationTree, External, VersionSet as _};
use semver::{Version, VersionReq};

use super::error::{Conflict, Fact, ResolveError};
use super::question::{Stop, Tool};
use super::solve::{Ended, NoSolution, Obstacle, Package, Problem, Unsolved, needed_tools};
use super::source::Candidate;
use super::suggest::suggestions;
use super::versions::{Versions, plain};
use crate::diagnostic::did_you_mean;
use crate::extension::{Extension, ExtensionType};
use crate::metadata::Dependency;

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
    let suggestions = match problem.is_advised {
        true => suggestions(&facts, problem)?,
        false => Vec::new(),
    };
    // The message has them; what has a place is shown there too.
    let mut conflict = Conflict {
        facts,
        suggestions,
        diagnostics: Vec::new(),
    };
    let facts = conflict.facts.iter();
    let placed: Vec<&Fact> = facts.filter(|fact| fact.has_place()).collect();
    let more = placed.len().saturating_sub(2 * MOST_AT_EDGE);
    let shown = placed
        .iter()
        .enumerate()
        .filter(|(at, _)| !(MOST_AT_EDGE..MOST_AT_EDGE + more).contains(at));
    conflict.diagnostics = shown
        .map(|(_, fact)| fact.diagnostic(conflict.code()))
        .collect();
    Ok(conflict)
}

/// Most places that are shown of the beginning of a long chain, and of its end.
const MOST_AT_EDGE: usize = 5;

/// Adds what there is: the versions of what is needed in several ways, or in versions that are not there, and names that
/// were meant.
fn told(facts: Vec<Fact>, problem: &Problem<'_>) -> Result<Vec<Fact>, Ended> {
    let mut told = facts;
    let mut needed: Vec<(Package, Vec<VersionReq>)> = Vec::new();
    let mut at: HashMap<Package, usize> = HashMap::new();
    for fact in &told {
        let Fact::Needs { constraint, .. } = fact else {
            continue;
        };
        let Some(package) = needed_package(fact, problem)? else {
            continue;
        };
        let at = *at.entry(package.clone()).or_insert_with(|| {
            needed.push((package, Vec::new()));
            needed.len() - 1
        });
        needed[at].1.push(constraint.clone());
    }
    for (package, constraints) in needed {
        let Package::Extension(kind, name) = &package else {
            continue;
        };
        let versions: Vec<Version> = problem
            .versions(*kind, name)?
            .iter()
            .map(|candidate| candidate.extension.version.clone())
            .collect();
        let fits_all = |version: &Version| {
            constraints
                .iter()
                .all(|constraint| constraint.matches(version))
        };
        if !versions.is_empty() && !versions.iter().any(fits_all) {
            told.push(Fact::There {
                name: name.to_string(),
                kind: shown_kind(*kind, name, problem)?,
                pre_release: unnamed_pre_release(&constraints, &versions),
                versions,
            });
        }
    }
    for at in 0..told.len() {
        let Fact::Missing { name, others, .. } = &told[at] else {
            continue;
        };
        if !others.is_empty() {
            continue;
        }
        // Whoever needs it is not what was meant.
        let dependents: HashSet<&str> = told
            .iter()
            .filter_map(|fact| match fact {
                Fact::Needs {
                    by, name: needed, ..
                } if needed == name => by.first(),
                _ => None,
            })
            .map(|by| by.extension.name.as_str())
            .collect();
        let names = problem.source.names();
        let names = names.iter().map(String::as_str);
        let unusable = problem.source.unusable(name);
        let found = did_you_mean(name, names.filter(|name| !dependents.contains(name)));
        if let Fact::Missing { hint, .. } = &mut told[at] {
            *hint = unusable.or(found);
        }
    }
    Ok(told)
}

/// Returns the highest pre-release that would do if somebody named it.
fn unnamed_pre_release(constraints: &[VersionReq], versions: &[Version]) -> Option<Version> {
    let names_none = |constraint: &VersionReq| {
        let mut comparators = constraint.comparators.iter();
        comparators.all(|comparator| comparator.pre.is_empty())
    };
    let is_it = |version: &&Version| {
        let release = Version::new(version.major, version.minor, version.patch);
        !version.pre.is_empty()
            && constraints
                .iter()
                .all(|constraint| names_none(constraint) && constraint.matches(&release))
    };
    versions.iter().rev().find(is_it).cloned()
}

/// Returns what a [`Fact::Needs`] is about, unless its name has several meanings.
pub(super) fn needed_package(fact: &Fact, problem: &Problem<'_>) -> Result<Option<Package>, Ended> {
    let Fact::Needs { by, at, .. } = fact else {
        return Ok(None);
    };
    let (kind, name) = match by.first() {
        None => match problem.requests.get(*at) {
            Some(request) => (request.kind, &request.name),
            None => return Ok(None),
        },
        Some(by) => match by.dependencies.get(*at) {
            Some(dependency) => (dependency.kind, &dependency.name),
            None => return Ok(None),
        },
    };
    Ok(problem.package(kind, name)?.ok())
}

/// Returns a type that has to be said, because other extensions have the same name.
fn shown_kind(
    kind: Option<ExtensionType>,
    name: &str,
    problem: &Problem<'_>,
) -> Result<Option<ExtensionType>, Ended> {
    let named = problem.named(name)?;
    let has_others = named
        .all
        .iter()
        .any(|candidate| Some(candidate.extension.kind) != kind);
    Ok(kind.filter(|_| has_others))
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
        External::Custom(package, versions, obstacle) => {
            let by = candidates(package, versions, problem)?;
            match obstacle {
                Obstacle::Ambiguous { name, kinds } => {
                    let is_meant = |dependency: &Dependency| {
                        dependency.kind.is_none() && dependency.name == *name
                    };
                    let mut facts = needs(&by, &is_meant, None, problem)?;
                    facts.push(Fact::Ambiguous {
                        name: name.clone(),
                        kinds: kinds.clone(),
                        is_asked: *package == Package::Root,
                    });
                    facts
                }
                Obstacle::Itself => {
                    let mut facts = dependencies(&by, package, problem)?;
                    facts.push(Fact::Other(obstacle.to_string()));
                    facts
                }
                Obstacle::Gone | Obstacle::Unknown(_) => vec![Fact::Other(obstacle.to_string())],
            }
        }
        External::NoVersions(package, _) => no_versions(package, problem)?,
        External::FromDependencyOf(Package::Root, _, needed, _) => {
            let mut facts = Vec::new();
            for (at, request) in problem.requests.iter().enumerate() {
                let is_named =
                    matches!(needed, Package::Extension(_, name) if **name == *request.name);
                if !is_named || problem.package(request.kind, &request.name)?.as_ref() != Ok(needed)
                {
                    continue;
                }
                facts.push(Fact::Needs {
                    by: Vec::new(),
                    by_kind: None,
                    name: request.name.clone(),
                    kind: needed_kind(needed, problem)?,
                    constraint: request.constraint.clone(),
                    at,
                    node: None,
                    origin: "what is asked for".to_owned(),
                });
            }
            facts
        }
        External::FromDependencyOf(package, versions, Package::Tool(tool), _) => {
            tools(&candidates(package, versions, problem)?, *tool, problem)?
        }
        External::FromDependencyOf(package, versions, needed, _) => {
            dependencies(&candidates(package, versions, problem)?, needed, problem)?
        }
    })
}

/// Returns the extensions that a reason is about.
fn candidates(
    package: &Package,
    versions: &Versions,
    problem: &Problem<'_>,
) -> Result<Vec<Arc<Candidate>>, Ended> {
    let Package::Extension(kind, name) = package else {
        return Ok(Vec::new());
    };
    let mut all = problem.versions(*kind, name)?;
    all.retain(|candidate| versions.contains(&plain(&candidate.extension.version)));
    Ok(all)
}

/// Returns the type of a package when it has to be said.
fn needed_kind(package: &Package, problem: &Problem<'_>) -> Result<Option<ExtensionType>, Ended> {
    match package {
        Package::Extension(kind, name) => shown_kind(*kind, name, problem),
        _ => Ok(None),
    }
}

/// What several versions of an extension need of a part of the platform.
fn tools(by: &[Arc<Candidate>], tool: Tool, problem: &Problem<'_>) -> Result<Vec<Fact>, Ended> {
    let mut facts: Vec<Fact> = Vec::new();
    for candidate in by {
        let Extension { kind, name, .. } = &candidate.extension;
        let by_kind = shown_kind(Some(*kind), name, problem)?;
        for (_, constraint) in needed_tools(candidate).filter(|(needed, _)| *needed == tool) {
            let fact = Fact::Platform {
                by: vec![Arc::clone(candidate)],
                by_kind,
                tool,
                constraint: constraint.clone(),
                version: tool.version(problem.host).clone(),
            };
            join(fact, &mut facts);
        }
    }
    Ok(facts)
}

/// What several versions of an extension need of one package.
fn dependencies(
    by: &[Arc<Candidate>],
    needed: &Package,
    problem: &Problem<'_>,
) -> Result<Vec<Fact>, Ended> {
    let Package::Extension(kind, name) = needed else {
        return Ok(Vec::new());
    };
    // Without a type, a name is what it means.
    let means_it = problem.package(None, name)?.as_ref() == Ok(needed);
    let is_about = |dependency: &Dependency| {
        *dependency.name == **name
            && match dependency.kind {
                Some(own) => Some(own) == *kind,
                None => means_it,
            }
    };
    needs(by, &is_about, needed_kind(needed, problem)?, problem)
}

/// What several versions of an extension need; those that say the same are told together.
fn needs(
    by: &[Arc<Candidate>],
    is_about: &dyn Fn(&Dependency) -> bool,
    needed_kind: Option<ExtensionType>,
    problem: &Problem<'_>,
) -> Result<Vec<Fact>, Ended> {
    let mut facts: Vec<Fact> = Vec::new();
    for candidate in by {
        let Extension { kind, name, .. } = &candidate.extension;
        let by_kind = shown_kind(Some(*kind), name, problem)?;
        for (at, dependency) in candidate.dependencies.iter().enumerate() {
            if !is_about(dependency) {
                continue;
            }
            let fact = Fact::Needs {
                by: vec![Arc::clone(candidate)],
                by_kind,
                name: dependency.name.clone(),
                kind: needed_kind,
                constraint: dependency.constraint.clone(),
                at,
                node: dependency.node.clone(),
                origin: dependency.origin.clone(),
            };
            join(fact, &mut facts);
        }
    }
    Ok(facts)
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
                // An extension may say the same twice.
                if by.last().map(Arc::as_ptr) != more.last().map(Arc::as_ptr) {
                    by.extend(more.iter().cloned());
                }
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

fn no_versions(package: &Package, problem: &Problem<'_>) -> Result<Vec<Fact>, Ended> {
    let Package::Extension(kind, name) = package else {
        // Of the platform, the version is told with who needs another one.
        return Ok(Vec::new());
    };
    if !problem.versions(*kind, name)?.is_empty() {
        // The versions are told with who needs others.
        return Ok(Vec::new());
    }
    let mut others: Vec<ExtensionType> = problem
        .named(name)?
        .all
        .iter()
        .map(|candidate| candidate.extension.kind)
        .collect();
    others.sort();
    others.dedup();
    Ok(vec![Fact::Missing {
        name: name.to_string(),
        kind: kind.filter(|_| !others.is_empty()),
        others,
        hint: None,
        places: problem.source.places(),
    }])
}
