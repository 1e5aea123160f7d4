//! What would be installed, replaced or kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use semver::Version;

use crate::extension::ExtensionType;
use crate::registry::{Installed, Registered};
use crate::remote::{Found, RemoteSource};
use crate::resolver::{Chosen, Lock, Source, SourceError};

use super::InstallError;
use super::remove::is_needed;

/// What is done with a package or an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is installed.
    Install,
    /// It takes the place of another version.
    Update,
    /// It is here already.
    Keep,
}

impl Action {
    /// Returns the word for it, before it is done.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Install => "install",
            Action::Update => "update",
            Action::Keep => "keep",
        }
    }
}

/// One package of a plan, or an extension that is here.
#[derive(Clone)]
pub struct Step<'a> {
    /// What it is: a type of extension, or `bundle`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What is done.
    pub action: Action,
    /// Where it comes from; none when it is here.
    pub found: Option<Found<'a>>,
    /// Whether the user has asked for it.
    pub requested: bool,
    /// Who needs it, as far as that is part of the plan.
    pub needed_by: Vec<String>,
    /// The installed packages that it takes the place of.
    pub replaces: Vec<Installed>,
    /// The directory of the installed package, when it is here as one.
    pub installed: Option<PathBuf>,
}

/// What is here.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    /// What was installed.
    pub installed: &'a [Installed],
    /// What is registered.
    pub registered: &'a [Registered],
}

/// Returns the steps for versions that were chosen; `asked` tells which of them the user has named.
///
/// A package takes the place of other versions of it that were installed, unless something else needs those.
pub fn plan<'a>(
    chosen: &[Chosen],
    asked: &dyn Fn(ExtensionType, &str) -> bool,
    source: &RemoteSource<'a>,
    here: Here<'_>,
) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for one in chosen {
        let extension = &one.candidate.extension;
        let needed_by = one.requested_by.iter().filter_map(|by| {
            let (kind, name, version) = by.extension.as_ref()?;
            Some(format!("{kind} {name} {version}"))
        });
        let requested = asked(extension.kind, &extension.name);
        let found = source.found(&one.candidate);
        let same = found.as_ref().and_then(|found| {
            steps.iter_mut().find(|step| {
                let known = step.found.as_ref().map(|known| &known.release.digest);
                known == Some(&found.release.digest)
            })
        });
        if let Some(step) = same {
            step.requested |= requested;
            step.needed_by.extend(needed_by);
            continue;
        }
        let (kind, name) = match &found {
            Some(found) => (found.release.kind.as_str(), &found.release.name),
            None => (extension.kind.as_str(), &extension.name),
        };
        let installed = here.installed.iter().find(|row| row.path == extension.path);
        steps.push(Step {
            kind: kind.to_owned(),
            name: name.clone(),
            version: extension.version.clone(),
            action: if found.is_some() {
                Action::Install
            } else {
                Action::Keep
            },
            found,
            requested,
            needed_by: needed_by.collect(),
            replaces: Vec::new(),
            installed: installed.map(|row| row.path.clone()),
        });
    }
    replace(&mut steps, here);
    steps
}

/// Finds what the steps take the place of: other versions of what arrives, as far as nothing needs them that stays.
fn replace(steps: &mut [Step<'_>], here: Here<'_>) {
    let arriving: Vec<Registered> = steps.iter().flat_map(arriving).collect();
    let is_other = |old: &Installed, step: &Step<'_>| {
        step.found.is_some()
            && old.kind == step.kind
            && old.name == step.name
            && old.version != step.version
    };
    // Two that go may need each other: all go at first, and those come back that something needs.
    let mut going: Vec<&Installed> = here
        .installed
        .iter()
        .filter(|old| steps.iter().any(|step| is_other(old, step)))
        .collect();
    loop {
        let goes = |row: &Registered| going.iter().any(|old| old.path == row.path);
        let stays: Vec<Registered> = here
            .registered
            .iter()
            .filter(|row| !goes(row))
            .chain(&arriving)
            .cloned()
            .collect();
        let is_free = |old: &Installed| {
            let mut rows = here.registered.iter().filter(|row| row.path == old.path);
            rows.all(|row| is_needed(row, &stays).is_none())
        };
        let free: Vec<&Installed> = going.iter().copied().filter(|old| is_free(old)).collect();
        if free.len() == going.len() {
            break;
        }
        going = free;
    }
    for step in steps {
        let mut old: Vec<Installed> = going
            .iter()
            .filter(|old| is_other(old, step))
            .map(|old| (*old).clone())
            .collect();
        old.sort_by(|a, b| b.version.cmp(&a.version));
        if !old.is_empty() {
            step.action = Action::Update;
        }
        step.replaces = old;
    }
}

/// Returns what will be registered with a step.
fn arriving(step: &Step<'_>) -> Vec<Registered> {
    let Some(found) = &step.found else {
        return Vec::new();
    };
    let release = &found.release;
    release
        .extensions()
        .into_iter()
        .map(|one| Registered {
            kind: one.kind,
            name: one.name,
            version: release.version.clone(),
            path: PathBuf::new(),
            package: None,
            description: None,
            registered_at: release.published,
            dependencies: release.dependencies.clone(),
        })
        .collect()
}

/// Returns the steps for what a lock names: exactly those versions, with exactly those files.
///
/// # Errors
/// One of them is neither here nor in a remote with the same files.
pub fn plan_locked<'a>(
    lock: &Lock,
    source: &RemoteSource<'a>,
    here: Here<'_>,
) -> Result<Vec<Step<'a>>, InstallError> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    for locked in &lock.extensions {
        // The extension that the lock is for is where its author works.
        let Some(contents) = &locked.contents else {
            continue;
        };
        let exact = &locked.exact;
        let fault = |reason: String| InstallError::Locked {
            exact: exact.clone(),
            reason,
        };
        let is_it = |row: &&Registered| {
            (row.kind, row.name.as_str(), &row.version)
                == (exact.kind, exact.name.as_str(), &exact.version)
        };
        let step = |found: Option<Found<'a>>, installed: Option<PathBuf>| Step {
            kind: match &found {
                Some(found) => found.release.kind.as_str().to_owned(),
                None => exact.kind.as_str().to_owned(),
            },
            name: match &found {
                Some(found) => found.release.name.clone(),
                None => exact.name.clone(),
            },
            version: exact.version.clone(),
            action: if found.is_some() {
                Action::Install
            } else {
                Action::Keep
            },
            found,
            requested: false,
            needed_by: Vec::new(),
            replaces: Vec::new(),
            installed,
        };
        if let Some(row) = here.registered.iter().find(is_it) {
            let installed = here.installed.iter().find(|one| one.path == row.path);
            steps.push(step(None, installed.map(|one| one.path.clone())));
            continue;
        }
        let found = source
            .exact(exact.kind, &exact.name, &exact.version)
            .map_err(|error| match error {
                SourceError::Interrupted => InstallError::Interrupted,
                SourceError::Failed(reason) => fault(reason),
            })?
            .ok_or_else(|| {
                fault(format!(
                    "it is nowhere: looked in {}",
                    source.places().join(", ")
                ))
            })?;
        let digest = contents.digest();
        if found.release.contents != digest {
            return Err(fault(format!(
                "the remote `{}` has other files under that version",
                found.remote.name()
            )));
        }
        let is_known = steps.iter().any(|known| {
            let known = known.found.as_ref().map(|known| &known.release.digest);
            known == Some(&found.release.digest)
        });
        if !is_known {
            steps.push(step(Some(found), None));
        }
    }
    Ok(steps)
}

/// Returns what is kept when everything else may be chosen anew: the highest version of each that is registered.
pub fn kept(registered: &[Registered]) -> BTreeMap<(ExtensionType, String), Version> {
    let mut kept: BTreeMap<(ExtensionType, String), Version> = BTreeMap::new();
    for row in registered {
        let known = kept
            .entry((row.kind, row.name.clone()))
            .or_insert_with(|| row.version.clone());
        if *known < row.version {
            known.clone_from(&row.version);
        }
    }
    kept
}
