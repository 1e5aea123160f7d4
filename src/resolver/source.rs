//! Where extensions come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::solve::Tool;
use crate::diagnostic::Diagnostic;
use crate::extension::{Directory, Extension, ExtensionType, Interrupted, dependencies};
use crate::metadata::{Compatibility, Dependency, Metadata, Node};
use crate::nickel::Evaluator;

/// An extension of one version that may be chosen.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What it is and where it is. Its dependencies are those below.
    pub extension: Extension,
    /// Everything it needs, from its metadata and from its evaluated version schema.
    pub dependencies: Vec<Dependency>,
    /// The versions of the platform that it works with.
    pub compatibility: Compatibility,
    /// Where these are written.
    pub compatibility_places: BTreeMap<Tool, Node>,
    /// Packages of the operating system that it needs. Nothing installs them.
    pub system_packages: Vec<String>,
    /// Environment variables that it needs.
    pub required_env: Vec<String>,
    /// Where it was found.
    pub origin: Origin,
}

/// Where an extension was found; the first of these that has a version wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Named by the caller.
    Given,
    /// In the registry.
    Registered,
    /// Below a directory that is searched.
    Discovered,
}

impl Origin {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Given => "given",
            Origin::Registered => "registered",
            Origin::Discovered => "discovered",
        }
    }
}

impl Candidate {
    /// Returns the extensions in a directory, and what could not be read of what they need.
    ///
    /// # Errors
    /// The evaluation of the version schema was ended from outside.
    pub fn of(
        directory: &Directory,
        origin: Origin,
        evaluator: &Evaluator,
    ) -> Result<(Vec<Self>, Vec<Diagnostic>), Interrupted> {
        let (dependencies, findings) = dependencies(directory, evaluator)?;
        let metadata = directory.reading.metadata.as_ref();
        let compatibility = metadata
            .map(|metadata| metadata.compatibility.clone())
            .unwrap_or_default();
        let document = metadata.map(|metadata| &metadata.document);
        let place = |(tool, key): (Tool, &str)| Some((tool, document?.at(key)?.clone()));
        let compatibility_places: BTreeMap<Tool, Node> = [
            (Tool::Nushell, "compatibility.nushell_version"),
            (Tool::Nickel, "compatibility.nickel_version"),
            (Tool::Provisioning, "compatibility.provisioning_version"),
        ]
        .into_iter()
        .filter_map(place)
        .collect();
        let texts =
            |of: fn(&Metadata) -> &Vec<String>| metadata.map(of).cloned().unwrap_or_default();
        let system_packages = texts(|metadata| &metadata.system_packages);
        let required_env = texts(|metadata| &metadata.required_env);
        let candidates = directory
            .extensions
            .iter()
            .map(|extension| Self {
                extension: extension.clone(),
                // Extensions of one bundle are there when it is.
                dependencies: dependencies
                    .iter()
                    .filter(|dependency| !is_sibling(dependency, directory))
                    .cloned()
                    .collect(),
                compatibility: compatibility.clone(),
                compatibility_places: compatibility_places.clone(),
                system_packages: system_packages.clone(),
                required_env: required_env.clone(),
                origin,
            })
            .collect();
        Ok((candidates, findings))
    }
}

fn is_sibling(dependency: &Dependency, directory: &Directory) -> bool {
    directory.is_bundle()
        && directory.extensions.iter().any(|extension| {
            extension.name == dependency.name
                && dependency.kind.is_none_or(|kind| kind == extension.kind)
                && dependency.constraint.matches(&extension.version)
        })
}

/// A place where extensions are looked for. Another registry, or one that is far away, is another implementor.
pub trait Source {
    /// Returns every version of every extension of that name, of any type.
    ///
    /// # Errors
    /// The place cannot be looked into: the reason, in words.
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, String>;

    /// Returns every name there is, for suggestions.
    fn names(&self) -> Vec<String>;

    /// Returns where it looks, in words, for whoever does not find something.
    fn places(&self) -> Vec<String>;
}

/// Extensions that are known already.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    extensions: BTreeMap<String, Vec<Arc<Candidate>>>,
    places: Vec<String>,
}

impl Catalog {
    /// Returns a catalog of these. Of the same type, name and version, the one of the first origin stays.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let mut all: Vec<Candidate> = candidates.into_iter().collect();
        // A search finds in any order; what is chosen must not depend on that.
        all.sort_by(|a, b| (a.origin, &a.extension.path).cmp(&(b.origin, &b.extension.path)));
        let mut catalog = Self::default();
        for candidate in all {
            let known = catalog
                .extensions
                .entry(candidate.extension.name.clone())
                .or_default();
            let is_known = known.iter().any(|other| {
                other.extension.kind == candidate.extension.kind
                    && other.extension.version == candidate.extension.version
            });
            if !is_known {
                known.push(Arc::new(candidate));
            }
        }
        catalog
    }

    /// Says where the extensions were looked for.
    #[must_use]
    pub fn looked_in(mut self, places: Vec<String>) -> Self {
        self.places = places;
        self
    }

    /// Returns every extension, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Candidate>> {
        self.extensions.values().flatten()
    }
}

impl Source for Catalog {
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, String> {
        Ok(self.extensions.get(name).cloned().unwrap_or_default())
    }

    fn names(&self) -> Vec<String> {
        self.extensions.keys().cloned().collect()
    }

    fn places(&self) -> Vec<String> {
        self.places.clone()
    }
}

/// Returns the type that a name without one means: a taskserv when there is one, else the only type there is (GAP).
///
/// # Errors
/// There are several: all of them.
pub(super) fn meant(
    candidates: &[Arc<Candidate>],
) -> Result<Option<ExtensionType>, Vec<ExtensionType>> {
    let mut kinds: Vec<ExtensionType> = candidates
        .iter()
        .map(|candidate| candidate.extension.kind)
        .collect();
    kinds.sort();
    kinds.dedup();
    match kinds.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        all if all.contains(&ExtensionType::Taskserv) => Ok(Some(ExtensionType::Taskserv)),
        _ => Err(kinds),
    }
}
