//! Which extension needs which: as a tree, and the other way round.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use semver::Version;

use super::source::{Candidate, meant};
use crate::extension::ExtensionType;
use crate::metadata::Dependency;

/// Deepest tree that is made: scripts and shells go through it by recursion.
pub const MAX_DEPTH: usize = 64;

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

/// How a node of a tree stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// What it needs, or who needs it, follows.
    Whole,
    /// It was shown before, with what follows.
    Repeated,
    /// It is one of those it follows.
    Circular,
    /// What follows is deeper than was asked for.
    Cut,
    /// It is not there.
    Unmet(Unmet),
}

impl Standing {
    /// Returns the word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Standing::Whole => "whole",
            Standing::Repeated => "repeated",
            Standing::Circular => "circular",
            Standing::Cut => "cut",
            Standing::Unmet(Unmet::Missing) => "missing",
            Standing::Unmet(Unmet::Version(_)) => "version",
            Standing::Unmet(Unmet::Ambiguous(_)) => "ambiguous",
        }
    }
}

/// A node of a tree.
#[derive(Debug)]
pub struct Tree {
    /// The place of the extension, unless it is not there.
    pub extension: Option<usize>,
    /// The dependency that leads here: that of the parent or, in an inverted tree, of this one. None for a root.
    pub dependency: Option<Dependency>,
    /// How it stands.
    pub standing: Standing,
    /// What it needs or, in an inverted tree, who needs it.
    pub children: Vec<Tree>,
}

/// Which way trees grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To what is needed.
    Needs,
    /// To who needs it.
    NeededBy,
}

impl Needs {
    /// Connects each extension with the highest version that fits of what it needs.
    pub fn of(candidates: impl IntoIterator<Item = Arc<Candidate>>) -> Self {
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

    /// Returns where trees begin that show every extension in its highest version: those that nobody needs and, of circles
    /// that nobody needs, one each. Sorted by type and name.
    pub fn roots(&self) -> Vec<usize> {
        let mut highest: BTreeMap<(ExtensionType, &str), usize> = BTreeMap::new();
        for (place, one) in self.extensions.iter().enumerate() {
            let extension = &one.candidate.extension;
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
            by.any(|(other, _)| *other != place)
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

    /// Returns where inverted trees begin that show every extension: those that need nothing there is and, of circles, one
    /// each.
    pub fn leaves(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.extensions.len()).collect();
        order.sort_by_key(|place| {
            let one = &self.extensions[*place];
            let extension = &one.candidate.extension;
            let is_leaf = one.needs.iter().all(|need| need.by.is_err());
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

    /// Returns a tree for each of these. What was shown before, in any of them, is not shown again.
    pub fn trees(&self, roots: &[usize], direction: Direction, depth: Option<usize>) -> Vec<Tree> {
        let depth = depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        let mut shown = HashSet::new();
        let mut path = Vec::new();
        roots
            .iter()
            .map(|root| self.tree(*root, None, direction, depth, &mut shown, &mut path))
            .collect()
    }

    fn tree(
        &self,
        place: usize,
        dependency: Option<Dependency>,
        direction: Direction,
        depth: usize,
        shown: &mut HashSet<usize>,
        path: &mut Vec<usize>,
    ) -> Tree {
        let one = &self.extensions[place];
        let has_more = match direction {
            Direction::Needs => !one.needs.is_empty(),
            Direction::NeededBy => !one.needed_by.is_empty(),
        };
        let standing = if path.contains(&place) {
            Standing::Circular
        } else if has_more && shown.contains(&place) {
            Standing::Repeated
        } else if has_more && depth == 0 {
            Standing::Cut
        } else {
            Standing::Whole
        };
        let mut children = Vec::new();
        if standing == Standing::Whole && has_more {
            shown.insert(place);
            path.push(place);
            let mut child = |place: usize, dependency: &Dependency| {
                let dependency = Some(dependency.clone());
                self.tree(place, dependency, direction, depth - 1, shown, path)
            };
            match direction {
                Direction::Needs => {
                    for need in &one.needs {
                        children.push(match &need.by {
                            Ok(by) => child(*by, &need.dependency),
                            Err(unmet) => Tree {
                                extension: None,
                                dependency: Some(need.dependency.clone()),
                                standing: Standing::Unmet(unmet.clone()),
                                children: Vec::new(),
                            },
                        });
                    }
                }
                Direction::NeededBy => {
                    for (by, at) in &one.needed_by {
                        let need = &self.extensions[*by].needs[*at];
                        children.push(child(*by, &need.dependency));
                    }
                }
            }
            path.pop();
        }
        Tree {
            extension: Some(place),
            dependency,
            standing,
            children,
        }
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

/// Draws trees with lines: a line for each extension, with the versions that its parent asks for and how it stands.
pub fn drawn_trees(needs: &Needs, trees: &[Tree]) -> String {
    let mut lines = Vec::new();
    for tree in trees {
        lines.push(line(needs, tree));
        draw_children(needs, tree, "", &mut lines);
    }
    lines.join("\n")
}

fn draw_children(needs: &Needs, tree: &Tree, indent: &str, lines: &mut Vec<String>) {
    let last = tree.children.len().saturating_sub(1);
    for (at, child) in tree.children.iter().enumerate() {
        let (branch, below) = if at == last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        lines.push(format!("{indent}{branch}{}", line(needs, child)));
        draw_children(needs, child, &format!("{indent}{below}"), lines);
    }
}

fn line(needs: &Needs, tree: &Tree) -> String {
    let mut line = match (tree.extension, &tree.dependency) {
        (Some(place), _) => {
            let extension = &needs.extensions[place].candidate.extension;
            format!(
                "{} {} {}",
                extension.kind, extension.name, extension.version
            )
        }
        (None, Some(dependency)) => match dependency.kind {
            Some(kind) => format!("{kind} {}", dependency.name),
            None => dependency.name.clone(),
        },
        (None, None) => String::new(),
    };
    if let Some(dependency) = &tree.dependency
        && !dependency.constraint.comparators.is_empty()
    {
        line = format!("{line} ({})", dependency.constraint);
    }
    let standing = match &tree.standing {
        Standing::Whole => return line,
        Standing::Repeated => "as above".to_owned(),
        Standing::Circular => "circular".to_owned(),
        Standing::Cut => "…".to_owned(),
        Standing::Unmet(Unmet::Missing) => "✗ not there".to_owned(),
        Standing::Unmet(Unmet::Version(versions)) => {
            let versions: Vec<String> = versions.iter().map(Version::to_string).collect();
            format!("✗ only {}", versions.join(", "))
        }
        Standing::Unmet(Unmet::Ambiguous(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            format!("✗ {}?", kinds.join(" or "))
        }
    };
    format!("{line} {standing}")
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
mod tests {
    use super::super::tests::taskserv;
    use super::*;

    fn shown(needs: &Needs, tree: &Tree, depth: usize, lines: &mut Vec<String>) {
        let name = match (tree.extension, &tree.dependency) {
            (Some(place), _) => {
                let extension = &needs.extensions[place].candidate.extension;
                format!("{} {}", extension.name, extension.version)
            }
            (None, dependency) => dependency.as_ref().unwrap().name.clone(),
        };
        lines.push(format!(
            "{}{name} {}",
            "  ".repeat(depth),
            tree.standing.as_str()
        ));
        for child in &tree.children {
            shown(needs, child, depth + 1, lines);
        }
    }

    fn drawn(needs: &Needs, roots: &[usize], direction: Direction, depth: Option<usize>) -> String {
        let mut lines = Vec::new();
        for tree in needs.trees(roots, direction, depth) {
            shown(needs, &tree, 0, &mut lines);
        }
        lines.join("\n")
    }

    fn world() -> Needs {
        Needs::of(
            [
                taskserv("app", "1.0.0", &["left", "right >=1", "gone"]),
                taskserv("left", "1.0.0", &["base ^1"]),
                taskserv("right", "1.0.0", &["base ^2", "loop"]),
                taskserv("base", "1.0.0", &["root"]),
                taskserv("base", "1.1.0", &["root"]),
                taskserv("base", "2.0.0", &["root >=9"]),
                taskserv("base", "2.1.0-rc.1", &[]),
                taskserv("root", "1.0.0", &[]),
                taskserv("loop", "1.0.0", &["pool"]),
                taskserv("pool", "1.0.0", &["loop"]),
            ]
            .map(Arc::new),
        )
    }

    #[test]
    fn a_tree_shows_everything_once_and_what_is_wrong() {
        let needs = world();
        assert_eq!(needs.roots(), needs.called("app", None));
        insta::assert_snapshot!(drawn(&needs, &needs.roots(), Direction::Needs, None), @"
        app 1.0.0 whole
          left 1.0.0 whole
            base 1.1.0 whole
              root 1.0.0 whole
          right 1.0.0 whole
            base 2.0.0 whole
              root version
            loop 1.0.0 whole
              pool 1.0.0 whole
                loop 1.0.0 circular
          gone missing
        ");
        insta::assert_snapshot!(drawn(&needs, &needs.roots(), Direction::Needs, Some(1)), @"
        app 1.0.0 whole
          left 1.0.0 cut
          right 1.0.0 cut
          gone missing
        ");
    }

    #[test]
    fn an_inverted_tree_shows_who_needs_it() {
        let needs = world();
        let roots = needs.called("root", None);
        insta::assert_snapshot!(drawn(&needs, &roots, Direction::NeededBy, None), @"
        root 1.0.0 whole
          base 1.0.0 whole
          base 1.1.0 whole
            left 1.0.0 whole
              app 1.0.0 whole
        ");
        let before = needs.shortest(&needs.called("app", None));
        assert_eq!(
            before[&needs.called("root", None)[0]],
            Some(needs.called("base", None)[2])
        );
    }

    #[test]
    fn a_circle_that_nobody_needs_has_a_beginning() {
        let needs = Needs::of(
            [
                taskserv("b", "1.0.0", &["a"]),
                taskserv("a", "1.0.0", &["b"]),
                taskserv("own", "1.0.0", &["own"]),
            ]
            .map(Arc::new),
        );
        insta::assert_snapshot!(drawn(&needs, &needs.roots(), Direction::Needs, None), @"
        own 1.0.0 whole
          own 1.0.0 circular
        a 1.0.0 whole
          b 1.0.0 whole
            a 1.0.0 circular
        ");
    }

    #[test]
    fn a_long_chain_is_cut() {
        let all: Vec<Arc<Candidate>> = (0..10_000)
            .map(|at| {
                let need = format!("e{}", at + 1);
                Arc::new(taskserv(&format!("e{at}"), "1.0.0", &[&need]))
            })
            .collect();
        let needs = Needs::of(all);
        let roots = needs.roots();
        assert_eq!(roots.len(), 1);
        let text = drawn(&needs, &roots, Direction::Needs, Some(usize::MAX));
        assert_eq!(text.lines().count(), MAX_DEPTH + 1);
        assert!(text.ends_with("cut"));
        assert_eq!(needs.shortest(&roots).len(), 10_000);
    }
}
