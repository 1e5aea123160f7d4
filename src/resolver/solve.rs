//! Choosing a version of everything that is needed.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use pubgrub::{
    Dependencies, DependencyConstraints, DependencyProvider, PackageResolutionStatistics,
    PubGrubError, VersionSet as _,
};
use semver::{Version, VersionReq};

use super::error::ambiguous_text;
use super::known::{Known, Named};
use super::question::{Avoided, Chosen, Order, Preference, Request, RequestedBy, Stop, Tool};
use super::source::{Candidate, Source, SourceError};
use super::versions::{Versions, plain};
use crate::extension::{Extension, ExtensionType, Host};
use crate::metadata::Dependency;

/// What can be asked for in one problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Package {
    /// What the caller asks for, all together.
    Root,
    /// An extension. Without a type nothing of that name is known.
    Extension(Option<ExtensionType>, Arc<str>),
    /// A part of the platform, which has one version.
    Tool(Tool),
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Package::Root => f.write_str("what is asked for"),
            Package::Extension(_, name) => f.write_str(name),
            Package::Tool(tool) => f.write_str(tool.as_str()),
        }
    }
}

/// The search was ended: from outside, or because a source failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Ended {
    #[error("stopped")]
    Stopped(Stop),
    #[error("{0}")]
    Source(String),
}

impl From<SourceError> for Ended {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Interrupted => Ended::Stopped(Stop::Interrupted),
            SourceError::Failed(reason) => Ended::Source(reason),
        }
    }
}

/// The constraints that an extension has on the platform.
pub(super) fn needed_tools(candidate: &Candidate) -> impl Iterator<Item = (Tool, &VersionReq)> {
    let compatibility = &candidate.compatibility;
    [
        (Tool::Nushell, compatibility.nushell.as_ref()),
        (Tool::Nickel, compatibility.nickel.as_ref()),
        (Tool::Provisioning, compatibility.provisioning.as_ref()),
    ]
    .into_iter()
    .filter_map(|(tool, constraint)| Some((tool, constraint?)))
}

/// The solver's view of a source.
pub(super) struct Problem<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) host: &'a Host,
    pub(super) requests: &'a [Request],
    pub(super) preference: &'a Preference,
    /// Is asked again and again whether to stop.
    pub(super) stop: &'a dyn Fn() -> Option<Stop>,
    /// Whether edits that help are looked for when there is no solution.
    pub(super) is_advised: bool,
    known: Known<'a>,
}

/// What the solver says when there is no solution.
pub(super) type NoSolution = pubgrub::DerivationTree<Package, Versions, Obstacle>;

/// Why something cannot be taken, whatever the versions of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It needs a name that has several meanings.
    Ambiguous {
        name: String,
        kinds: Vec<ExtensionType>,
    },
    /// It needs another version of itself.
    Itself,
    /// It has gone meanwhile.
    Gone,
    /// It is not known what it needs, in words.
    Unknown(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Ambiguous { name, kinds } => f.write_str(&ambiguous_text(name, kinds)),
            Obstacle::Itself => f.write_str("an extension cannot need another version of itself"),
            Obstacle::Gone => f.write_str("it is gone"),
            Obstacle::Unknown(text) => f.write_str(text),
        }
    }
}

/// Why a problem is not solved.
pub(super) enum Unsolved {
    NoSolution(Box<NoSolution>),
    Ended(Ended),
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        source: &'a dyn Source,
        host: &'a Host,
        requests: &'a [Request],
        preference: &'a Preference,
        stop: &'a dyn Fn() -> Option<Stop>,
    ) -> Self {
        Self {
            source,
            host,
            requests,
            preference,
            stop,
            is_advised: true,
            known: Known::new(source),
        }
    }

    /// Returns everything of a name.
    pub(super) fn named(&self, name: &str) -> Result<Rc<Named>, Ended> {
        Ok(self.known.named(name)?)
    }

    /// Returns the versions of an extension, the lowest first.
    pub(super) fn versions(
        &self,
        kind: Option<ExtensionType>,
        name: &str,
    ) -> Result<Vec<Arc<Candidate>>, Ended> {
        let named = self.named(name)?;
        let offers = named.of_kind(kind).iter();
        Ok(offers.map(|offer| Arc::clone(&offer.candidate)).collect())
    }

    /// Returns the package that a name and maybe a type stand for, or what is wrong with it.
    pub(super) fn package(
        &self,
        kind: Option<ExtensionType>,
        name: &str,
    ) -> Result<Result<Package, Obstacle>, Ended> {
        let extension = |kind| Package::Extension(kind, Arc::from(name));
        if kind.is_some() {
            return Ok(Ok(extension(kind)));
        }
        Ok(match &self.named(name)?.meant {
            Ok(kind) => Ok(extension(*kind)),
            Err(kinds) => Err(Obstacle::Ambiguous {
                name: name.to_owned(),
                kinds: kinds.clone(),
            }),
        })
    }

    /// Solves it; returns the version of each extension.
    pub(super) fn solve(&self) -> Result<Vec<Chosen>, Unsolved> {
        let solution =
            pubgrub::resolve(self, Package::Root, Version::new(0, 0, 0)).map_err(|error| {
                match error {
                    PubGrubError::NoSolution(tree) => Unsolved::NoSolution(Box::new(tree)),
                    PubGrubError::ErrorRetrievingDependencies { source, .. }
                    | PubGrubError::ErrorChoosingVersion { source, .. }
                    | PubGrubError::ErrorInShouldCancel(source) => Unsolved::Ended(source),
                }
            })?;
        let mut chosen: Vec<Chosen> = Vec::new();
        for (package, version) in solution {
            let Package::Extension(kind, name) = package else {
                continue;
            };
            let named = self.named(&name).map_err(Unsolved::Ended)?;
            chosen.extend(named.candidate(kind, &version).map(|candidate| Chosen {
                candidate: Arc::clone(candidate),
                requested_by: Vec::new(),
                avoided: Vec::new(),
            }));
        }
        chosen.sort_by(|a, b| key(&a.candidate).cmp(&key(&b.candidate)));
        self.say_who(&mut chosen).map_err(Unsolved::Ended)?;
        Ok(chosen)
    }

    /// Fills in who needs what.
    fn say_who(&self, chosen: &mut [Chosen]) -> Result<(), Ended> {
        let mut asked: HashMap<Package, Vec<RequestedBy>> = HashMap::new();
        for request in self.requests {
            if let Ok(package) = self.package(request.kind, &request.name)? {
                asked.entry(package).or_default().push(RequestedBy {
                    extension: None,
                    constraint: request.constraint.clone(),
                    origin: "the caller".to_owned(),
                });
            }
        }
        for one in &*chosen {
            let Extension {
                kind,
                name,
                version,
                ..
            } = &one.candidate.extension;
            for dependency in &one.candidate.dependencies {
                if let Ok(package) = self.package(dependency.kind, &dependency.name)? {
                    asked.entry(package).or_default().push(RequestedBy {
                        extension: Some((*kind, name.clone(), version.clone())),
                        constraint: dependency.constraint.clone(),
                        origin: dependency.origin.clone(),
                    });
                }
            }
        }
        for one in chosen {
            let extension = &one.candidate.extension;
            let own = Package::Extension(Some(extension.kind), Arc::from(extension.name.as_str()));
            one.requested_by = asked.remove(&own).unwrap_or_default();
            one.avoided = self.avoided(one)?;
        }
        Ok(())
    }

    /// Returns what is higher, would do for everybody, and does not work with this platform.
    fn avoided(&self, chosen: &Chosen) -> Result<Vec<Avoided>, Ended> {
        let extension = &chosen.candidate.extension;
        let versions = self.versions(Some(extension.kind), &extension.name)?;
        let would_do = |version: &Version| {
            let mut asked = chosen.requested_by.iter();
            version > &extension.version && asked.all(|by| by.constraint.matches(version))
        };
        Ok(versions
            .iter()
            .rev()
            .filter(|candidate| would_do(&candidate.extension.version))
            .filter_map(|candidate| {
                let version = candidate.extension.version.clone();
                needed_tools(candidate)
                    .find(|(tool, constraint)| !Host::fits(constraint, tool.version(self.host)))
                    .map(|(tool, constraint)| Avoided {
                        version,
                        tool,
                        constraint: constraint.clone(),
                        found: tool.version(self.host).clone(),
                    })
            })
            .collect())
    }
}

fn key(candidate: &Candidate) -> (ExtensionType, &str) {
    (candidate.extension.kind, &candidate.extension.name)
}

impl DependencyProvider for Problem<'_> {
    type P = Package;
    type V = Version;
    type VS = Versions;
    type M = Obstacle;
    type Err = Ended;
    type Priority = (u32, bool, Reverse<usize>);

    fn prioritize(
        &self,
        package: &Package,
        range: &Versions,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let count = match package {
            Package::Root | Package::Tool(_) => 1,
            Package::Extension(kind, name) => self.named(name).map_or(0, |named| {
                let offers = named.of_kind(*kind).iter();
                offers
                    .filter(|offer| range.contains(&offer.version))
                    .count()
            }),
        };
        if count == 0 {
            // The sooner that is known the better.
            return (u32::MAX, true, Reverse(0));
        }
        let is_kept = match package {
            Package::Extension(Some(kind), name) => {
                let kept = self.preference.keep.get(&(*kind, name.to_string()));
                kept.is_some_and(|kept| range.contains(&plain(kept)))
            }
            _ => false,
        };
        // What has made trouble comes first, then what is kept, so that others go by it, then what leaves least to choose.
        (statistics.conflict_count(), is_kept, Reverse(count))
    }

    fn choose_version(
        &self,
        package: &Package,
        range: &Versions,
    ) -> Result<Option<Version>, Ended> {
        let (kind, name) = match package {
            Package::Root => return Ok(Some(Version::new(0, 0, 0))),
            Package::Tool(tool) => {
                let version = release(tool.version(self.host));
                return Ok(range.contains(&version).then_some(version));
            }
            Package::Extension(kind, name) => (*kind, name),
        };
        let named = self.named(name)?;
        let fits = |version: &&Version| range.contains(version);
        let mut fitting = named
            .of_kind(kind)
            .iter()
            .map(|offer| &offer.version)
            .filter(fits);
        let kept = kind
            .and_then(|kind| self.preference.keep.get(&(kind, name.to_string())))
            .map(plain)
            .filter(|kept| range.contains(kept) && named.candidate(kind, kept).is_some());
        Ok(kept.or_else(|| match self.preference.order {
            Order::Lowest => fitting.next().cloned(),
            Order::Highest => highest(fitting),
        }))
    }

    fn get_dependencies(
        &self,
        package: &Package,
        version: &Version,
    ) -> Result<Dependencies<Package, Versions, Obstacle>, Ended> {
        // In the order in which they are declared, so that the same answer comes each time.
        let mut all: Vec<(Package, Versions)> = Vec::new();
        let mut add = |package: Package, constraint: &VersionReq| {
            let versions = Versions::of(constraint);
            match all.iter_mut().find(|(known, _)| *known == package) {
                Some((_, known)) => *known = known.intersection(&versions),
                None => all.push((package, versions)),
            }
        };
        match package {
            Package::Root => {
                for request in self.requests {
                    match self.package(request.kind, &request.name)? {
                        Ok(package) => add(package, &request.constraint),
                        Err(obstacle) => return Ok(Dependencies::Unavailable(obstacle)),
                    }
                }
            }
            Package::Tool(_) => {}
            Package::Extension(kind, name) => {
                let named = self.named(name)?;
                let Some(candidate) = named.candidate(*kind, version) else {
                    return Ok(Dependencies::Unavailable(Obstacle::Gone));
                };
                if let Some(problem) = &candidate.problem {
                    return Ok(Dependencies::Unavailable(Obstacle::Unknown(format!(
                        "what `{name}` {version} needs is not known: {problem}"
                    ))));
                }
                for Dependency {
                    name,
                    kind,
                    constraint,
                    ..
                } in &candidate.dependencies
                {
                    match self.package(*kind, name)? {
                        // The solver takes no notice of what depends on itself.
                        Ok(needed) if needed == *package => {
                            if !constraint.matches(version) {
                                return Ok(Dependencies::Unavailable(Obstacle::Itself));
                            }
                        }
                        Ok(needed) => add(needed, constraint),
                        Err(obstacle) => return Ok(Dependencies::Unavailable(obstacle)),
                    }
                }
                for (tool, constraint) in needed_tools(candidate) {
                    add(Package::Tool(tool), constraint);
                }
            }
        }
        Ok(Dependencies::Available(DependencyConstraints::from_iter(
            all,
        )))
    }

    fn should_cancel(&self) -> Result<(), Ended> {
        match (self.stop)() {
            Some(stop) => Err(Ended::Stopped(stop)),
            None => Ok(()),
        }
    }
}

/// Of several versions from the lowest to the highest, the highest release or, without any, the highest pre-release.
fn highest<'a>(versions: impl DoubleEndedIterator<Item = &'a Version>) -> Option<Version> {
    let mut pre_release = None;
    for version in versions.rev() {
        if version.pre.is_empty() {
            return Some(version.clone());
        }
        pre_release = pre_release.or(Some(version));
    }
    pre_release.cloned()
}

/// A nightly build of the platform counts as the release it leads to, as everywhere ([`Host::fits`]).
fn release(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}
