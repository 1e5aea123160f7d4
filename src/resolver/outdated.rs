//! What newer versions there are, and what keeps them from being used.

use std::collections::BTreeMap;
use std::sync::Arc;

use semver::Version;

use super::error::{Fact, ResolveError};
use super::source::{Candidate, Source};
use super::versions::exactly;
use super::{Chosen, Preference, Request, Stop, resolve, resolve_without_advice};
use crate::extension::{ExtensionType, Host};

/// Most versions of one extension that are tried.
const MAX_TRIALS: usize = 20;

/// An extension of which there is a newer version.
#[derive(Debug)]
pub struct Outdated {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// The version that is used.
    pub current: Version,
    /// The highest version that everything else can be used with; none when nothing needs it any more.
    pub compatible: Option<Version>,
    /// The highest release there is or, without any, the highest pre-release.
    pub latest: Version,
    /// What keeps the latest one from being used; empty when nothing does.
    pub held_back_by: Vec<Fact>,
}

/// Returns those of the extensions that are used of which there is a newer version, sorted by type and name.
///
/// # Errors
/// What is asked for cannot be resolved at all, or the search was ended.
pub fn outdated(
    requests: &[Request],
    used: &BTreeMap<(ExtensionType, String), Version>,
    source: &dyn Source,
    host: &Host,
    stop: &dyn Fn() -> Option<Stop>,
) -> Result<Vec<Outdated>, ResolveError> {
    let solve = |requests: &[Request]| {
        resolve_without_advice(requests, source, host, &Preference::default(), stop)
    };
    let best: BTreeMap<(ExtensionType, String), Version> = solve(requests)?
        .into_iter()
        .map(|one| {
            let extension = &one.candidate.extension;
            let key = (extension.kind, extension.name.clone());
            (key, extension.version.clone())
        })
        .collect();
    let mut all = Vec::new();
    for ((kind, name), current) in used {
        let versions = versions(&source.named(name)?, *kind);
        let Some(latest) = versions.last() else {
            continue;
        };
        let mut compatible = best.get(&(*kind, name.clone())).cloned();
        let mut held_back_by = Vec::new();
        if let Some(chosen) = &mut compatible {
            // The choice may have given up the latest one for the sake of another extension.
            let newer = versions
                .iter()
                .rev()
                .take_while(|version| *version > chosen);
            let newer: Vec<&Version> = newer.take(MAX_TRIALS).collect();
            for version in newer {
                match solve(&with(requests, *kind, name, version)) {
                    Ok(_) => {
                        *chosen = version.clone();
                        break;
                    }
                    Err(ResolveError::Conflict(conflict)) if version == latest => {
                        held_back_by = conflict.facts;
                        held_back_by.retain(|fact| !is_own(fact, name, version));
                    }
                    Err(ResolveError::Conflict(_)) => {}
                    Err(other) => return Err(other),
                }
            }
        }
        let is_newer = |version: &Version| version > current;
        if is_newer(latest) || compatible.as_ref().is_some_and(is_newer) {
            all.push(Outdated {
                kind: *kind,
                name: name.clone(),
                current: current.clone(),
                compatible,
                latest: latest.clone(),
                held_back_by,
            });
        }
    }
    Ok(all)
}

fn with(requests: &[Request], kind: ExtensionType, name: &str, version: &Version) -> Vec<Request> {
    let mut with = requests.to_vec();
    with.push(Request {
        name: name.to_owned(),
        kind: Some(kind),
        constraint: exactly(version),
    });
    with
}

/// Chooses the highest versions of these extensions that can be used, one after the other, and keeps others as far as they
/// fit with them.
///
/// # Errors
/// What is asked for cannot be resolved at all, or the search was stopped.
pub fn raise(
    requests: &[Request],
    raised: &[(ExtensionType, String)],
    keep: &BTreeMap<(ExtensionType, String), Version>,
    source: &dyn Source,
    host: &Host,
    stop: &dyn Fn() -> Option<Stop>,
) -> Result<Vec<Chosen>, ResolveError> {
    let mut preference = Preference {
        keep: keep.clone(),
        ..Preference::default()
    };
    preference.keep.retain(|key, _| !raised.contains(key));
    let mut requests = requests.to_vec();
    for (kind, name) in raised {
        let versions = versions(&source.named(name)?, *kind);
        for version in versions.iter().rev().take(MAX_TRIALS) {
            let with = with(&requests, *kind, name, version);
            match resolve_without_advice(&with, source, host, &preference, stop) {
                Ok(chosen) => {
                    // An extension that is no longer needed is not asked for.
                    let is_needed = chosen.iter().any(|one| {
                        let extension = &one.candidate.extension;
                        (extension.kind, &extension.name) == (*kind, name)
                            && one.requested_by.iter().any(|by| by.extension.is_some())
                    });
                    if is_needed {
                        requests = with;
                    }
                    break;
                }
                Err(ResolveError::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
    }
    let mut chosen = resolve(&requests, source, host, &preference, stop)?;
    for one in &mut chosen {
        let extension = &one.candidate.extension;
        let key = (extension.kind, extension.name.clone());
        if raised.contains(&key) {
            // That was our question, and nobody's constraint.
            let exact = exactly(&extension.version);
            one.requested_by
                .retain(|by| by.extension.is_some() || by.constraint != exact);
        }
    }
    Ok(chosen)
}

/// Whether a fact is about the question itself.
fn is_own(fact: &Fact, asked: &str, version: &Version) -> bool {
    match fact {
        Fact::Needs {
            by,
            name,
            constraint,
            ..
        } => by.is_empty() && (name != asked || *constraint == exactly(version)),
        Fact::There { .. } => true,
        _ => false,
    }
}

/// Returns the releases or, without any, the pre-releases, the lowest first.
fn versions(candidates: &[Arc<Candidate>], kind: ExtensionType) -> Vec<Version> {
    let mut all: Vec<Version> = candidates
        .iter()
        .map(|candidate| &candidate.extension)
        .filter(|extension| extension.kind == kind)
        .map(|extension| extension.version.clone())
        .collect();
    all.sort();
    all.dedup();
    if all.iter().any(|version| version.pre.is_empty()) {
        all.retain(|version| version.pre.is_empty());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::{host, requests, taskserv};
    use semver::VersionReq;

    use super::super::{Candidate, Catalog};
    use super::*;
    use crate::metadata::Compatibility;

    fn told(world: Vec<Candidate>, asked: &[&str], used: &[(&str, &str)]) -> String {
        let used = used
            .iter()
            .map(|(name, version)| {
                let key = (ExtensionType::Taskserv, (*name).to_owned());
                (key, Version::parse(version).unwrap())
            })
            .collect();
        let all = outdated(
            &requests(asked),
            &used,
            &Catalog::new(world),
            &host(),
            &|| None,
        )
        .unwrap();
        all.iter()
            .map(|one| {
                let compatible = one
                    .compatible
                    .as_ref()
                    .map_or("-".to_owned(), Version::to_string);
                let held: Vec<String> = one
                    .held_back_by
                    .iter()
                    .map(|fact| format!("\n  {fact}"))
                    .collect();
                format!(
                    "{} {} -> {compatible} ({}){}",
                    one.name,
                    one.current,
                    one.latest,
                    held.concat()
                )
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn what_is_newer_is_told_with_what_holds_it_back() {
        let world = vec![
            taskserv("app", "1.0.0", &["db >=1, <3", "cache", "mid"]),
            taskserv("db", "1.0.0", &[]),
            taskserv("db", "2.5.0", &[]),
            taskserv("db", "3.0.0", &[]),
            taskserv("db", "4.0.0-rc.1", &[]),
            taskserv("cache", "1.0.0", &[]),
            taskserv("mid", "1.0.0", &["deep ^1"]),
            taskserv("deep", "1.0.0", &[]),
            taskserv("deep", "2.0.0", &[]),
            taskserv("old", "1.0.0", &[]),
            taskserv("old", "1.1.0", &[]),
            Candidate {
                compatibility: Compatibility {
                    nushell: Some(VersionReq::parse(">=0.200").unwrap()),
                    ..Compatibility::default()
                },
                ..taskserv("cache", "2.0.0", &[])
            },
        ];
        let used = [
            ("app", "1.0.0"),
            ("db", "1.0.0"),
            ("cache", "1.0.0"),
            ("deep", "1.0.0"),
            ("mid", "1.0.0"),
            ("old", "1.0.0"),
        ];
        insta::assert_snapshot!(told(world, &["app"], &used), @"
        cache 1.0.0 -> 1.0.0 (2.0.0)
          `cache` 2.0.0 needs Nushell >=0.200, and this is 0.115.1
        db 1.0.0 -> 2.5.0 (3.0.0)
          `app` 1.0.0 needs `db` >=1, <3
        deep 1.0.0 -> 1.0.0 (2.0.0)
          `app` 1.0.0 needs `mid`
          `mid` 1.0.0 needs `deep` ^1
        old 1.0.0 -> - (1.1.0)
        ");
    }

    #[test]
    fn what_is_named_is_raised_although_others_are_kept() {
        let world = vec![
            taskserv("app", "1.0.0", &["d", "a"]),
            taskserv("a", "1.0.0", &["d"]),
            taskserv("a", "4.0.0", &["d >=2"]),
            taskserv("d", "1.0.0", &[]),
            taskserv("d", "2.0.0", &[]),
            taskserv("d", "3.0.0", &[]),
        ];
        let key = |name: &str| (ExtensionType::Taskserv, name.to_owned());
        let keep = BTreeMap::from([
            (key("app"), Version::new(1, 0, 0)),
            (key("a"), Version::new(1, 0, 0)),
            (key("d"), Version::new(1, 0, 0)),
        ]);
        let catalog = Catalog::new(world);
        let versions = |raised: &[&str]| {
            let raised: Vec<_> = raised.iter().map(|name| key(name)).collect();
            let chosen = raise(
                &requests(&["app"]),
                &raised,
                &keep,
                &catalog,
                &host(),
                &|| None,
            );
            let chosen = chosen.unwrap();
            chosen
                .iter()
                .map(|one| {
                    format!(
                        "{} {}",
                        one.candidate.extension.name, one.candidate.extension.version
                    )
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(versions(&["a"]), "a 4.0.0, app 1.0.0, d 3.0.0");
        assert_eq!(versions(&["d"]), "a 1.0.0, app 1.0.0, d 3.0.0");
        assert_eq!(versions(&[]), "a 1.0.0, app 1.0.0, d 1.0.0");
    }

    #[test]
    fn what_was_given_up_for_another_is_still_compatible() {
        // Each can be the newest, and not both.
        let world = vec![
            taskserv("a", "1.0.0", &[]),
            taskserv("a", "2.0.0", &["b ^1"]),
            taskserv("b", "1.0.0", &[]),
            taskserv("b", "2.0.0", &["a ^1"]),
        ];
        insta::assert_snapshot!(told(world, &["a", "b"], &[("a", "1.0.0"), ("b", "1.0.0")]), @"
        a 1.0.0 -> 2.0.0 (2.0.0)
        b 1.0.0 -> 2.0.0 (2.0.0)
        ");
    }
}
