//! Which extension needs which, and the other way round.

mod tree;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use semver::Version;

use super::source::{Candidate, meant};
use crate::extension::ExtensionType;
use crate::metadata::Dependency;

pub use tree::{Direction, MAX_DEPTH, Standing, Tree, Wrong, drawn_trees, unfit};

/// Extensions and what they need of each other.
#[derive(Debug)]
pub struct Needs {
    /// The extensions.
    pub extensions: Vec<Needing>,
}

/// An extension with what it needs.
#[derive(Debug)]
pub struct Needing {
    /// The extension.
    pub candidate: Arc<Candidate>,
    /// What it needs, in the order of its metadata.
    pub needs: Vec<Need>,
    /// Who needs it: places in [`Needs::extensions`] and in their [`Needing::needs`].
    pub needed_by: Vec<(usize, usize)>,
}

/// One thing that is needed.
#[derive(Debug)]
pub struct Need {
    /// As it is declared.
    pub dependency: Dependency,
    /// The place of the extension that satisfies it, or why none does.
    pub by: Result<usize, Unmet>,
}

/// Why nothing satisfies a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// There is no extension of that name, and type if one is given.
    Missing,
    /// There are other versions only.
    Version(Vec<Version>),
    /// The name stands for extensions of these types.
    Ambiguous(Vec<ExtensionType>),
}

impl Needs {
    /// Connects each extension with the highest version that fits of what it needs.
    pub fn of(candidates: impl IntoIterator<Item = Arc<Candidate>>) -> Self {
        let mut candidates: Vec<Arc<Candidate>> = candidates.into_iter().collect();
        candidates.sort_by(|a, b| {
            let (a, b) = (&a.extension, &b.extension);
            (a.kind, &a.name, &a.version).cmp(&(b.kind, &b.name, &b.version))
        });
        let mut extensions: Vec<Needing> = candidates
            .into_iter()
            .map(|candidate| Needing {
                candidate,
                needs: Vec::new(),
                needed_by: Vec::new(),
            })
            .collect();
        let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, one) in extensions.iter().enumerate() {
            let name = one.candidate.extension.name.as_str();
            names.entry(name).or_default().push(place);
        }
        let needs: Vec<Vec<Need>> = extensions
            .iter()
            .map(|one| {
                let dependencies = one.candidate.dependencies.iter();
                dependencies
                    .map(|dependency| Need {
                        by: satisfied(dependency, &extensions, &names),
                        dependency: dependency.clone(),
                    })
                    .collect()
            })
            .collect();
        for (place, needs) in needs.into_iter().enumerate() {
            for (at, need) in needs.iter().enumerate() {
                if let Ok(by) = need.by {
                    extensions[by].needed_by.push((place, at));
                }
            }
            extensions[place].needs = needs;
        }
        Self { extensions }
    }

    /// Returns the extensions of a name, and of a type if one is given: the highest version first.
    pub fn called(&self, name: &str, kind: Option<ExtensionType>) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.extensions.len())
            .filter(|place| {
                let extension = &self.extensions[*place].candidate.extension;
                extension.name == name && kind.is_none_or(|kind| extension.kind == kind)
            })
            .collect();
        found.sort_by(|a, b| {
            let of = |place: &usize| &self.extensions[*place].candidate.extension;
            let (a, b) = (of(a), of(b));
            a.kind.cmp(&b.kind).then(b.version.cmp(&a.version))
        });
        found
    }

    /// Returns where trees begin that show every extension, or every one of a type, in its highest version: those that nobody
    /// of these needs and, of circles that nobody of these needs, one each. Sorted by type and name.
    pub fn roots(&self, kind: Option<ExtensionType>) -> Vec<usize> {
        let mut highest: BTreeMap<(ExtensionType, &str), usize> = BTreeMap::new();
        for (place, one) in self.extensions.iter().enumerate() {
            let extension = &one.candidate.extension;
            if !self.is_of(place, kind) {
                continue;
            }
            let known = highest
                .entry((extension.kind, extension.name.as_str()))
                .or_insert(place);
            let before = &self.extensions[*known].candidate.extension;
            if rank(&before.version) < rank(&extension.version) {
                *known = place;
            }
        }
        let is_needed = |place: usize| {
            let mut by = self.extensions[place].needed_by.iter();
            by.any(|(other, _)| *other != place && self.is_of(*other, kind))
        };
        let (needed, free): (Vec<usize>, Vec<usize>) =
            highest.into_values().partition(|place| is_needed(*place));
        let mut seen = HashSet::new();
        for root in &free {
            self.reach(*root, &mut seen);
        }
        let mut roots = free;
        for place in needed {
            if !seen.contains(&place) {
                self.reach(place, &mut seen);
                roots.push(place);
            }
        }
        roots
    }

    fn is_of(&self, place: usize, kind: Option<ExtensionType>) -> bool {
        kind.is_none_or(|kind| self.extensions[place].candidate.extension.kind == kind)
    }

    /// Returns where inverted trees begin that show every extension, or every one of a type: those that need none of these and,
    /// of circles, one each.
    pub fn leaves(&self, kind: Option<ExtensionType>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.extensions.len())
            .filter(|place| self.is_of(*place, kind))
            .collect();
        order.sort_by_key(|place| {
            let one = &self.extensions[*place];
            let extension = &one.candidate.extension;
            let mut found = one.needs.iter().filter_map(|need| need.by.as_ref().ok());
            let is_leaf = !found.any(|by| self.is_of(*by, kind));
            (
                !is_leaf,
                extension.kind,
                extension.name.clone(),
                extension.version.clone(),
            )
        });
        let mut seen = HashSet::new();
        let mut leaves = Vec::new();
        for place in order {
            if seen.contains(&place) {
                continue;
            }
            leaves.push(place);
            let mut open = vec![place];
            while let Some(place) = open.pop() {
                if seen.insert(place) {
                    open.extend(self.extensions[place].needed_by.iter().map(|(by, _)| by));
                }
            }
        }
        leaves
    }

    fn reach(&self, from: usize, seen: &mut HashSet<usize>) {
        let mut open = vec![from];
        while let Some(place) = open.pop() {
            if seen.insert(place) {
                let needs = self.extensions[place].needs.iter();
                open.extend(needs.filter_map(|need| need.by.as_ref().ok()));
            }
        }
    }

    /// Returns who needs something of a name, and of a type if one is given, that nothing satisfies: places as in
    /// [`Needing::needed_by`].
    pub fn unmet(&self, name: &str, kind: Option<ExtensionType>) -> Vec<(usize, usize)> {
        let mut unmet = Vec::new();
        for (place, one) in self.extensions.iter().enumerate() {
            for (at, need) in one.needs.iter().enumerate() {
                let Dependency {
                    name: needed,
                    kind: of,
                    ..
                } = &need.dependency;
                let is_meant = needed == name && (kind.is_none() || of.is_none() || *of == kind);
                if need.by.is_err() && is_meant {
                    unmet.push((place, at));
                }
            }
        }
        unmet
    }

    /// Returns the shortest way from one of the roots to each extension: the place before it, and none for a root or what
    /// is not reached.
    pub fn shortest(&self, roots: &[usize]) -> HashMap<usize, Option<usize>> {
        let mut before: HashMap<usize, Option<usize>> =
            roots.iter().map(|root| (*root, None)).collect();
        let mut open: VecDeque<usize> = roots.iter().copied().collect();
        while let Some(place) = open.pop_front() {
            for need in &self.extensions[place].needs {
                if let Ok(by) = need.by
                    && !before.contains_key(&by)
                {
                    before.insert(by, Some(place));
                    open.push_back(by);
                }
            }
        }
        before
    }
}

/// Releases are above pre-releases, whatever their numbers.
fn rank(version: &Version) -> (bool, &Version) {
    (version.pre.is_empty(), version)
}

/// Returns the highest release that satisfies a dependency or, without any, the highest pre-release.
fn satisfied(
    dependency: &Dependency,
    extensions: &[Needing],
    names: &HashMap<&str, Vec<usize>>,
) -> Result<usize, Unmet> {
    let places = names
        .get(dependency.name.as_str())
        .map(Vec::as_slice)
        .unwrap_or_default();
    let kind = match dependency.kind {
        Some(kind) => Some(kind),
        None => {
            let all: Vec<Arc<Candidate>> = places
                .iter()
                .map(|place| Arc::clone(&extensions[*place].candidate))
                .collect();
            meant(&all).map_err(Unmet::Ambiguous)?
        }
    };
    let extension = |place: &usize| &extensions[*place].candidate.extension;
    let mut of_kind: Vec<usize> = places
        .iter()
        .copied()
        .filter(|place| kind == Some(extension(place).kind))
        .collect();
    if of_kind.is_empty() {
        return Err(Unmet::Missing);
    }
    of_kind.sort_by(|a, b| extension(a).version.cmp(&extension(b).version));
    of_kind
        .iter()
        .copied()
        .filter(|place| dependency.constraint.matches(&extension(place).version))
        .max_by(|a, b| rank(&extension(a).version).cmp(&rank(&extension(b).version)))
        .ok_or_else(|| {
            let versions = of_kind.iter().map(|place| extension(place).version.clone());
            Unmet::Version(versions.collect())
        })
}

#[cfg(test)]
mod tests;
