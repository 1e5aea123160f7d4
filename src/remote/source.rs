//! Remotes as a place that versions are chosen from.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use semver::{Version, VersionReq};

use super::history::History;
use super::release::{PackageId, PackageKind, Release};
use super::{Remote, RemoteError};
use crate::diagnostic::safe_text;
use crate::extension::{Extension, ExtensionType};
use crate::metadata::{Compatibility, Dependency};
use crate::resolver::{Candidate, Catalog, Origin, Source, SourceError};

/// A release, and where it is.
#[derive(Clone)]
pub struct Found<'a> {
    /// The remote.
    pub remote: &'a dyn Remote,
    /// The release.
    pub release: Arc<Release>,
}

/// What is here, and what remotes have besides. Nothing is fetched.
///
/// What is withdrawn is not chosen. A package that several remotes have is refused: whoever may publish to one of them could
/// otherwise take the place of what another one has.
pub struct RemoteSource<'a> {
    here: Catalog,
    remotes: Vec<&'a dyn Remote>,
    /// Every package of every remote, with the remote.
    packages: Vec<(PackageId, usize)>,
    /// The candidates of remotes, by name.
    known: RefCell<BTreeMap<String, Vec<Arc<Candidate>>>>,
    found: RefCell<BTreeMap<Key, Found<'a>>>,
    histories: RefCell<BTreeMap<(PackageId, usize), Arc<History>>>,
}

type Key = (ExtensionType, String, Version);

impl<'a> RemoteSource<'a> {
    /// Returns a source of what is here and of these remotes.
    ///
    /// # Errors
    /// A remote cannot be read.
    pub fn new(
        here: Catalog,
        remotes: impl IntoIterator<Item = &'a dyn Remote>,
    ) -> Result<Self, RemoteError> {
        let remotes: Vec<&dyn Remote> = remotes.into_iter().collect();
        let mut packages = Vec::new();
        for (at, remote) in remotes.iter().enumerate() {
            packages.extend(remote.packages()?.into_iter().map(|id| (id, at)));
        }
        Ok(Self {
            here,
            remotes,
            packages,
            known: RefCell::default(),
            found: RefCell::default(),
            histories: RefCell::default(),
        })
    }

    /// Returns the release that a candidate is in; none when it is here.
    pub fn found(&self, candidate: &Candidate) -> Option<Found<'a>> {
        let extension = &candidate.extension;
        let key = (
            extension.kind,
            extension.name.clone(),
            extension.version.clone(),
        );
        (candidate.origin == Origin::Remote)
            .then(|| self.found.borrow().get(&key).cloned())
            .flatten()
    }

    /// Returns the release with an extension of one version, also when it was withdrawn: whoever has locked it uses it.
    ///
    /// # Errors
    /// A remote cannot be read, or several have it.
    pub fn exact(
        &self,
        kind: ExtensionType,
        name: &str,
        version: &Version,
    ) -> Result<Option<Found<'a>>, SourceError> {
        let mut all = Vec::new();
        for (id, at, history) in self.of_name(name)? {
            let has_it = |release: &&Release| {
                let extensions = release.extensions();
                extensions
                    .iter()
                    .any(|one| one.kind == kind && one.name == name)
            };
            let entry = history.releases.get(version).map(|entry| &entry.release);
            if let (Some(release), Some(remote)) = (entry.filter(has_it), self.remotes.get(at)) {
                all.push((id, *remote, Arc::new(release.clone())));
            }
        }
        if all.len() > 1 {
            let places = all.iter().map(|(id, remote, _)| (id, remote.name()));
            return Err(several(kind, name, places));
        }
        Ok(all
            .pop()
            .map(|(_, remote, release)| Found { remote, release }))
    }

    /// Says why the highest version that fits was withdrawn, if that is what is there and cannot be chosen.
    pub fn withdrawn(&self, name: &str, constraint: &VersionReq) -> Option<String> {
        let packages = self.of_name(name).ok()?;
        packages.iter().find_map(|(_, at, history)| {
            let remote = self.remotes.get(*at)?.name();
            let (version, entry) = history
                .releases
                .iter()
                .rfind(|(version, _)| constraint.matches(version))?;
            let mark = entry.yanked.as_ref()?;
            let reason = mark.reason.as_deref().unwrap_or("no reason was given");
            let reason = safe_text(reason);
            Some(format!(
                "{version} was withdrawn from the remote `{remote}`: {reason}"
            ))
        })
    }

    fn history(&self, id: &PackageId, at: usize) -> Result<Arc<History>, SourceError> {
        let key = (id.clone(), at);
        if let Some(known) = self.histories.borrow().get(&key) {
            return Ok(Arc::clone(known));
        }
        let history = match self.remotes.get(at) {
            Some(remote) => remote.history(id).map_err(|error| failed(&error))?,
            None => None,
        };
        let history = Arc::new(history.unwrap_or_default());
        self.histories
            .borrow_mut()
            .insert(key, Arc::clone(&history));
        Ok(history)
    }

    /// Returns the packages that may have an extension of that name: those of the name, and every bundle.
    fn of_name(&self, name: &str) -> Result<Vec<(PackageId, usize, Arc<History>)>, SourceError> {
        let mut all = Vec::new();
        for (id, at) in &self.packages {
            let is_bundle = id.kind == PackageKind::Bundle;
            if id.name != name && !is_bundle {
                continue;
            }
            let history = self.history(id, *at)?;
            let provides =
                |release: &Release| release.extensions().iter().any(|one| one.name == name);
            let mut releases = history.releases.values().map(|entry| &entry.release);
            if !is_bundle || releases.any(provides) {
                all.push((id.clone(), *at, history));
            }
        }
        Ok(all)
    }

    fn remote(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let packages = self.of_name(name)?;
        let mut owners: BTreeMap<ExtensionType, BTreeSet<(usize, &PackageId)>> = BTreeMap::new();
        let mut all = Vec::new();
        for (id, at, history) in &packages {
            let Some(remote) = self.remotes.get(*at) else {
                continue;
            };
            for release in history.usable() {
                let release = Arc::new(release.clone());
                for one in release
                    .extensions()
                    .into_iter()
                    .filter(|one| one.name == name)
                {
                    owners.entry(one.kind).or_default().insert((*at, id));
                    let key = (one.kind, one.name.clone(), release.version.clone());
                    let found = Found {
                        remote: *remote,
                        release: Arc::clone(&release),
                    };
                    self.found.borrow_mut().insert(key, found);
                    all.push(Arc::new(candidate(*remote, &release, one.kind, &one.name)));
                }
            }
        }
        for (kind, owners) in owners {
            if owners.len() > 1 {
                let places = owners
                    .iter()
                    .filter_map(|(at, id)| Some((*id, self.remotes.get(*at)?.name())));
                return Err(several(kind, name, places));
            }
        }
        Ok(all)
    }
}

impl Source for RemoteSource<'_> {
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let mut all = self.here.named(name)?;
        let is_known = self.known.borrow().contains_key(name);
        if !is_known {
            let remote = self.remote(name)?;
            self.known.borrow_mut().insert(name.to_owned(), remote);
        }
        let known = self.known.borrow();
        for candidate in known.get(name).into_iter().flatten() {
            let is_here = |one: &Arc<Candidate>| {
                let (here, there) = (&one.extension, &candidate.extension);
                (here.kind, &here.version) == (there.kind, &there.version)
            };
            if !all.iter().any(is_here) {
                all.push(Arc::clone(candidate));
            }
        }
        Ok(all)
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.here.names();
        for (id, at) in &self.packages {
            match id.kind {
                PackageKind::Single(_) => names.push(id.name.clone()),
                // What cannot be read is told when it is asked for by name.
                PackageKind::Bundle => names.extend(
                    self.history(id, *at)
                        .iter()
                        .flat_map(|history| {
                            history
                                .usable()
                                .flat_map(Release::extensions)
                                .collect::<Vec<_>>()
                        })
                        .map(|one| one.name),
                ),
            }
        }
        names.sort();
        names.dedup();
        names
    }

    fn unusable(&self, name: &str) -> Option<String> {
        if let Some(known) = self.here.unusable(name) {
            return Some(known);
        }
        self.withdrawn(name, &VersionReq::STAR)
    }

    fn places(&self) -> Vec<String> {
        let mut all = self.here.places();
        all.extend(
            self.remotes
                .iter()
                .map(|remote| format!("the remote `{}`", remote.name())),
        );
        all
    }
}

/// Nothing tells which of several packages is meant.
fn several<'p>(
    kind: ExtensionType,
    name: &str,
    places: impl Iterator<Item = (&'p PackageId, &'p str)>,
) -> SourceError {
    let places: Vec<String> = places
        .map(|(id, remote)| format!("`{remote}` ({id})"))
        .collect();
    SourceError::Failed(format!(
        "several packages have the {kind} `{name}`: {}; say which remote is meant with --from",
        places.join(", ")
    ))
}

fn failed(error: &RemoteError) -> SourceError {
    match error {
        RemoteError::Interrupted => SourceError::Interrupted,
        error => SourceError::Failed(error.to_string()),
    }
}

pub(super) fn candidate(
    remote: &dyn Remote,
    release: &Release,
    kind: ExtensionType,
    name: &str,
) -> Candidate {
    let origin = format!("{}: {} {}", remote.name(), release.name, release.version);
    let dependencies: Vec<Dependency> = release
        .dependencies
        .iter()
        .map(|one| Dependency {
            name: one.name.clone(),
            constraint: one.version.clone(),
            kind: one.kind,
            origin: origin.clone(),
            node: None,
        })
        .collect();
    Candidate {
        extension: Extension {
            kind,
            name: name.to_owned(),
            version: release.version.clone(),
            // Nothing of it is on this machine yet.
            path: PathBuf::from(origin),
            package: (release.kind == PackageKind::Bundle).then(|| release.name.clone()),
            description: release.description.clone(),
            dependencies: dependencies.clone(),
        },
        dependencies,
        compatibility: Compatibility {
            nushell: release.platform.nushell.clone(),
            nickel: release.platform.nickel.clone(),
            provisioning: release.platform.provisioning.clone(),
            ..Compatibility::default()
        },
        compatibility_places: BTreeMap::new(),
        system_packages: release.system_packages.clone(),
        required_env: release.required_env.clone(),
        problem: None,
        origin: Origin::Remote,
    }
}
