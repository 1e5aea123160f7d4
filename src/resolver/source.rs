//! Where extensions come from.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::question::Tool;
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
    /// Why it is not known what it needs, if it is not: then it is never chosen.
    pub problem: Option<String>,
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
    /// In a remote.
    Remote,
}

impl Origin {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Given => "given",
            Origin::Registered => "registered",
            Origin::Discovered => "discovered",
            Origin::Remote => "remote",
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
        let problem = findings.first().map(|finding| match finding.file() {
            Some(file) => format!("{} ({})", finding.message, file),
            None => finding.message.clone(),
        });
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
                problem: problem.clone(),
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

/// Why a place cannot be looked into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
    /// The reason, in words.
    #[error("{0}")]
    Failed(String),
}

/// A place where extensions are looked for. Another registry, or one that is far away, is another implementor.
pub trait Source {
    /// Returns every version of every extension of that name, of any type.
    ///
    /// # Errors
    /// The place cannot be looked into.
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError>;

    /// Returns every name there is, for suggestions.
    fn names(&self) -> Vec<String>;

    /// Returns what is wrong with something of that name that is there and cannot be used, in words.
    fn unusable(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Returns where it looks, in words, for whoever does not find something.
    fn places(&self) -> Vec<String>;
}

/// Extensions that are known already. What one needs is read when it is asked for by name: a version schema has to be
/// evaluated for that.
#[derive(Debug, Default)]
pub struct Catalog {
    extensions: BTreeMap<String, Vec<Known>>,
    evaluator: Option<Evaluator>,
    unusable: BTreeMap<String, String>,
    places: Vec<String>,
}

/// An extension, and what it needs when that was read.
#[derive(Debug)]
struct Known {
    extension: Extension,
    origin: Origin,
    /// None within, when it is no longer there.
    candidate: OnceCell<Option<Arc<Candidate>>>,
}

impl Catalog {
    /// Returns a catalog of these. Of the same type, name and version, the one of the first origin stays.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let mut catalog = Self::default();
        catalog.fill(candidates.into_iter().map(|candidate| Known {
            extension: candidate.extension.clone(),
            origin: candidate.origin,
            candidate: OnceCell::from(Some(Arc::new(candidate))),
        }));
        catalog
    }

    /// Returns a catalog of these, as [`Catalog::new`] does, that reads what one needs when somebody asks for it.
    pub fn of_extensions(
        extensions: impl IntoIterator<Item = (Extension, Origin)>,
        evaluator: Evaluator,
    ) -> Self {
        let mut catalog = Self {
            evaluator: Some(evaluator),
            ..Self::default()
        };
        catalog.fill(extensions.into_iter().map(|(extension, origin)| Known {
            extension,
            origin,
            candidate: OnceCell::new(),
        }));
        catalog
    }

    fn fill(&mut self, known: impl Iterator<Item = Known>) {
        let mut all: Vec<Known> = known.collect();
        // A search finds in any order; what is chosen must not depend on that.
        all.sort_by(|a, b| (a.origin, &a.extension.path).cmp(&(b.origin, &b.extension.path)));
        let mut seen = HashSet::new();
        for one in all {
            let Extension {
                kind,
                name,
                version,
                ..
            } = &one.extension;
            if seen.insert((*kind, name.clone(), version.clone())) {
                self.extensions.entry(name.clone()).or_default().push(one);
            }
        }
    }

    /// Leaves out what was only found in directories that are searched.
    #[must_use]
    pub fn without_discovered(mut self) -> Self {
        for known in self.extensions.values_mut() {
            known.retain(|one| one.origin != Origin::Discovered);
        }
        self.extensions.retain(|_, known| !known.is_empty());
        self
    }

    /// Says what is there and cannot be used: names, and what is wrong in words.
    #[must_use]
    pub fn besides(mut self, unusable: impl IntoIterator<Item = (String, String)>) -> Self {
        self.unusable.extend(unusable);
        self
    }

    /// Says where the extensions were looked for.
    #[must_use]
    pub fn looked_in(mut self, places: Vec<String>) -> Self {
        self.places = places;
        self
    }

    /// Returns every extension, by name.
    ///
    /// # Errors
    /// The work was ended from outside.
    pub fn all(&self) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let mut all = Vec::new();
        for known in self.extensions.values().flatten() {
            all.extend(self.candidate(known)?);
        }
        Ok(all)
    }

    /// Returns an extension with what it needs, unless it has gone meanwhile.
    fn candidate(&self, known: &Known) -> Result<Option<Arc<Candidate>>, SourceError> {
        if let Some(candidate) = known.candidate.get() {
            return Ok(candidate.clone());
        }
        let candidate = match &self.evaluator {
            Some(evaluator) => read(known, evaluator)?,
            None => None,
        };
        Ok(known.candidate.get_or_init(|| candidate).clone())
    }
}

fn read(known: &Known, evaluator: &Evaluator) -> Result<Option<Arc<Candidate>>, SourceError> {
    let extension = &known.extension;
    // What cannot be read is told by `extension validate`.
    let Ok(directory) = Directory::open(&extension.path, Some(extension.kind)) else {
        return Ok(None);
    };
    let (candidates, _) = Candidate::of(&directory, known.origin, evaluator)
        .map_err(|Interrupted| SourceError::Interrupted)?;
    let is_it = |candidate: &Candidate| {
        let found = &candidate.extension;
        (found.kind, &found.name, &found.version)
            == (extension.kind, &extension.name, &extension.version)
    };
    Ok(candidates.into_iter().find(is_it).map(Arc::new))
}

impl Source for Catalog {
    fn named(&self, name: &str) -> Result<Vec<Arc<Candidate>>, SourceError> {
        let mut all = Vec::new();
        for known in self.extensions.get(name).into_iter().flatten() {
            all.extend(self.candidate(known)?);
        }
        Ok(all)
    }

    fn names(&self) -> Vec<String> {
        self.extensions.keys().cloned().collect()
    }

    fn unusable(&self, name: &str) -> Option<String> {
        self.unusable.get(name).cloned()
    }

    fn places(&self) -> Vec<String> {
        self.places.clone()
    }
}

/// Returns the type that a name without one means: a taskserv when there is one, else the only type there is.
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
