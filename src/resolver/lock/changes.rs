//! What a new lock changes in an old one, and why.

use std::collections::HashMap;
use std::fmt;

use semver::Version;

use super::verify::listed;
use super::{Exact, Lock, Locked};
use crate::extension::{Change, ExtensionType};
use crate::resolver::question::{Chosen, RequestedBy};
use crate::resolver::source::Source;

/// What becomes of one extension.
#[derive(Clone, Debug)]
pub struct LockChange {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// The version that was locked; none when it was not.
    pub from: Option<Version>,
    /// The version that is locked now; none when it is not.
    pub to: Option<Version>,
    /// What is different.
    pub what: WhatChanged,
    /// Why, in words; empty when nothing is different.
    pub why: String,
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhatChanged {
    /// Nothing.
    Nothing,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another version.
    Version,
    /// It has the same version and other files.
    Contents(Vec<(String, Change)>),
    /// It needs others, or comes in another bundle.
    Dependencies,
}

impl WhatChanged {
    /// Returns the word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            WhatChanged::Nothing => "none",
            WhatChanged::Added => "added",
            WhatChanged::Removed => "removed",
            WhatChanged::Version => "version",
            WhatChanged::Contents(_) => "contents",
            WhatChanged::Dependencies => "dependencies",
        }
    }
}

impl LockChange {
    /// Whether something is different.
    pub fn is_change(&self) -> bool {
        self.what != WhatChanged::Nothing
    }
}

impl fmt::Display for LockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            name,
            from,
            to,
            what,
            why,
        } = self;
        let version = |version: &Option<Version>| {
            version.as_ref().map(Version::to_string).unwrap_or_default()
        };
        let (from, to) = (version(from), version(to));
        match what {
            WhatChanged::Nothing => write!(f, "the {kind} {name} {to} stays"),
            WhatChanged::Added => write!(f, "the {kind} {name} {to} would be added: {why}"),
            WhatChanged::Removed => write!(f, "the {kind} {name} {from} would go: {why}"),
            WhatChanged::Version => {
                write!(f, "the {kind} {name} {from} would become {to}: {why}")
            }
            WhatChanged::Contents(_) => write!(f, "the {kind} {name} {to} has other files: {why}"),
            WhatChanged::Dependencies => write!(f, "the {kind} {name} {to} {why}"),
        }
    }
}

impl Lock {
    /// Returns what becomes of every extension of this lock and of a later one, by type and name. The choice is what the
    /// later one was made of.
    pub fn changes_to(
        &self,
        later: &Lock,
        chosen: &[Chosen],
        source: &dyn Source,
    ) -> Vec<LockChange> {
        let asked_of: HashMap<Exact, &[RequestedBy]> = chosen
            .iter()
            .map(|one| (Exact::of(one), one.requested_by.as_slice()))
            .collect();
        let before_of: HashMap<(ExtensionType, &str), &Locked> = self
            .extensions
            .iter()
            .map(|locked| ((locked.exact.kind, locked.exact.name.as_str()), locked))
            .collect();
        let gone = self
            .extensions
            .iter()
            .filter(|locked| later.get(locked.exact.kind, &locked.exact.name).is_none());
        let mut changes: Vec<LockChange> = gone
            .map(|locked| {
                let Exact {
                    kind,
                    name,
                    version,
                } = &locked.exact;
                LockChange {
                    kind: *kind,
                    name: name.clone(),
                    from: Some(version.clone()),
                    to: None,
                    what: WhatChanged::Removed,
                    why: "nothing needs it any more".to_owned(),
                }
            })
            .collect();
        for locked in &later.extensions {
            let Exact {
                kind,
                name,
                version,
            } = &locked.exact;
            let before = before_of.get(&(*kind, name.as_str())).copied();
            let asked = asked_of.get(&locked.exact).copied().unwrap_or_default();
            let (what, why) = match before {
                None => (WhatChanged::Added, needed_by(asked)),
                Some(before) if before.exact.version != *version => (
                    WhatChanged::Version,
                    why_other_version(before, asked, source),
                ),
                Some(before) => same_version(before, locked),
            };
            changes.push(LockChange {
                kind: *kind,
                name: name.clone(),
                from: before.map(|before| before.exact.version.clone()),
                to: Some(version.clone()),
                what,
                why,
            });
        }
        changes.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        changes
    }
}

fn same_version(before: &Locked, now: &Locked) -> (WhatChanged, String) {
    let files: Vec<(String, Change)> = match (&before.contents, &now.contents) {
        (Some(before), Some(now)) => before
            .changes_to(now)
            .into_iter()
            .map(|(file, change)| (file.to_owned(), change))
            .collect(),
        _ => Vec::new(),
    };
    if !files.is_empty() {
        let why = listed(&files);
        return (WhatChanged::Contents(files), why);
    }
    if before.contents.is_some() != now.contents.is_some() || before.package != now.package {
        return (
            WhatChanged::Dependencies,
            "is of another bundle, or has lost its digest".to_owned(),
        );
    }
    if before.dependencies != now.dependencies {
        let names = |of: &Locked, without: &Locked| -> Vec<String> {
            of.dependencies
                .iter()
                .filter(|one| !without.dependencies.contains(one))
                .map(|one| format!("the {one}"))
                .collect()
        };
        let (more, less) = (names(now, before), names(before, now));
        let mut parts = Vec::new();
        if !more.is_empty() {
            parts.push(format!("needs {}", more.join(", ")));
        }
        if !less.is_empty() {
            parts.push(format!("no longer needs {}", less.join(", ")));
        }
        return (WhatChanged::Dependencies, parts.join(" and "));
    }
    (WhatChanged::Nothing, String::new())
}

/// Why a version that was locked is not taken.
fn why_other_version(before: &Locked, asked: &[RequestedBy], source: &dyn Source) -> String {
    let version = &before.exact.version;
    let against: Vec<RequestedBy> = asked
        .iter()
        .filter(|by| !by.constraint.matches(version))
        .cloned()
        .collect();
    if before.contents.is_none() {
        return "that is the version in its metadata".to_owned();
    }
    if !against.is_empty() {
        return needed_by(&against);
    }
    let is_there = source.named(&before.exact.name).is_ok_and(|all| {
        all.iter().any(|candidate| {
            candidate.extension.kind == before.exact.kind && candidate.extension.version == *version
        })
    });
    if is_there {
        "another version fits the others better, or was asked for".to_owned()
    } else {
        format!("{version} is no longer there")
    }
}

fn needed_by(asked: &[RequestedBy]) -> String {
    let all: Vec<String> = asked
        .iter()
        .map(|by| match &by.extension {
            None => "it is asked for".to_owned(),
            Some((kind, name, version)) => {
                let constraint = match by.constraint.to_string() {
                    any if any == "*" => "it".to_owned(),
                    some => some,
                };
                format!(
                    "the {kind} {name} {version} needs {constraint} ({})",
                    by.origin
                )
            }
        })
        .collect();
    if all.is_empty() {
        "it is asked for".to_owned()
    } else {
        all.join(", ")
    }
}
