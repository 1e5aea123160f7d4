//! What needs what as trees, for scripts and as drawings.

use std::collections::{HashMap, HashSet};
use std::fmt;

use semver::{Version, VersionReq};

use super::super::question::Tool;
use super::super::solve::needed_tools;
use super::{Candidate, Needs, Unmet};
use crate::extension::{ExtensionType, Host};
use crate::metadata::Dependency;

/// Deepest tree that is made: scripts and shells go through it by recursion.
pub const MAX_DEPTH: usize = 64;

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

/// Why an extension that is there cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It does not work with this part of the platform.
    Platform {
        /// The part.
        tool: Tool,
        /// What it needs.
        constraint: VersionReq,
        /// What there is.
        found: Version,
    },
    /// The same tree needs it in these other versions.
    Conflict(Vec<Version>),
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
    /// What is wrong with it, though it is there.
    pub wrong: Vec<Wrong>,
    /// What it needs or, in an inverted tree, who needs it.
    pub children: Vec<Tree>,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Platform {
                tool,
                constraint,
                found,
            } => write!(f, "needs {} {constraint}, not {found}", tool.as_str()),
            Wrong::Conflict(versions) => write!(f, "also {}", joined(versions)),
        }
    }
}

impl Tree {
    /// Returns the word for how it stands: what is wrong comes before what was shown already.
    pub fn standing(&self) -> &'static str {
        match (&self.standing, self.wrong.first()) {
            (Standing::Circular, _) => "circular",
            (Standing::Unmet(Unmet::Missing), _) => "missing",
            (Standing::Unmet(Unmet::Version(_)), _) => "version",
            (Standing::Unmet(Unmet::Ambiguous(_)), _) => "ambiguous",
            (_, Some(Wrong::Platform { .. })) => "platform",
            (_, Some(Wrong::Conflict(_))) => "conflict",
            (Standing::Whole, None) => "whole",
            (Standing::Repeated, None) => "repeated",
            (Standing::Cut, None) => "cut",
        }
    }
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
    /// Returns a tree for each of these. What was shown before, in any of them, is not shown again, unless something was cut
    /// off there that is within the depth here.
    pub fn trees(
        &self,
        roots: &[usize],
        direction: Direction,
        depth: Option<usize>,
        host: &Host,
    ) -> Vec<Tree> {
        let depth = depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        let platform: Vec<Option<Wrong>> = self
            .extensions
            .iter()
            .map(|one| unfit(&one.candidate, host))
            .collect();
        let conflicts = match direction {
            Direction::Needs => self.conflicts(roots),
            // Who needs it may be there in any number of versions.
            Direction::NeededBy => Vec::new(),
        };
        let none = HashMap::new();
        let grow = |is_any_cut: bool| {
            let mut growing = Growing {
                needs: self,
                direction,
                platform: &platform,
                conflicts: &none,
                is_any_cut,
                shown: HashMap::new(),
                path: Vec::new(),
            };
            let trees: Vec<Tree> = roots
                .iter()
                .enumerate()
                .map(|(at, root)| {
                    growing.conflicts = conflicts.get(at).unwrap_or(&none);
                    growing.tree(*root, None, depth).0
                })
                .collect();
            (trees, growing.is_any_cut)
        };
        match grow(false) {
            (trees, false) => trees,
            (_, true) => grow(true).0,
        }
    }

    /// Returns, for each root, what its tree needs in several versions, with the other versions.
    fn conflicts(&self, roots: &[usize]) -> Vec<HashMap<usize, Vec<Version>>> {
        let mut all = HashSet::new();
        for root in roots {
            self.reach(*root, &mut all);
        }
        let is_possible = !self.in_several_versions(&all).is_empty();
        roots
            .iter()
            .map(|root| {
                let mut seen = HashSet::new();
                if is_possible {
                    self.reach(*root, &mut seen);
                }
                self.in_several_versions(&seen)
            })
            .collect()
    }

    /// Returns those that are among these in other versions too, with these versions, the lowest first.
    fn in_several_versions(&self, places: &HashSet<usize>) -> HashMap<usize, Vec<Version>> {
        let extension = |place: usize| &self.extensions[place].candidate.extension;
        let mut names: HashMap<(ExtensionType, &str), Vec<usize>> = HashMap::new();
        for place in places {
            let key = (extension(*place).kind, extension(*place).name.as_str());
            names.entry(key).or_default().push(*place);
        }
        let mut several = HashMap::new();
        for same in names.values_mut().filter(|same| same.len() > 1) {
            same.sort_by_key(|place| &extension(*place).version);
            for place in same.iter() {
                let others = same.iter().filter(|other| *other != place);
                let versions = others.map(|other| extension(*other).version.clone());
                several.insert(*place, versions.collect());
            }
        }
        several
    }
}

/// Returns the part of the platform that an extension does not work with.
pub fn unfit(candidate: &Candidate, host: &Host) -> Option<Wrong> {
    needed_tools(candidate)
        .find(|(tool, constraint)| !Host::fits(constraint, tool.version(host)))
        .map(|(tool, constraint)| Wrong::Platform {
            tool,
            constraint: constraint.clone(),
            found: tool.version(host).clone(),
        })
}

/// How far below a node everything was shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// So many steps.
    Steps(usize),
    /// To the end.
    Everything,
}

/// Trees that grow.
struct Growing<'a> {
    needs: &'a Needs,
    direction: Direction,
    platform: &'a [Option<Wrong>],
    /// What the tree that grows needs in other versions too.
    conflicts: &'a HashMap<usize, Vec<Version>>,
    /// Whether something was cut off. Then what stands in a circle may have been cut off where the circle begins, and only
    /// the depth tells.
    is_any_cut: bool,
    shown: HashMap<usize, Extent>,
    path: Vec<usize>,
}

impl Growing<'_> {
    /// Returns a node with what follows, and whether that is everything.
    fn tree(&mut self, place: usize, dependency: Option<Dependency>, depth: usize) -> (Tree, bool) {
        let needs = self.needs;
        let one = &needs.extensions[place];
        let has_more = match self.direction {
            Direction::Needs => !one.needs.is_empty(),
            Direction::NeededBy => !one.needed_by.is_empty(),
        };
        let shown = self.shown.get(&place).copied();
        let standing = if self.path.contains(&place) {
            Standing::Circular
        } else if has_more && shown >= Some(Extent::Steps(depth)) {
            Standing::Repeated
        } else if has_more && depth == 0 {
            Standing::Cut
        } else {
            Standing::Whole
        };
        let mut is_everything = match standing {
            Standing::Cut => false,
            Standing::Circular => !self.is_any_cut,
            Standing::Repeated => shown == Some(Extent::Everything),
            _ => true,
        };
        self.is_any_cut |= standing == Standing::Cut;
        let mut children = Vec::new();
        if standing == Standing::Whole && has_more {
            self.shown.insert(place, Extent::Steps(depth));
            self.path.push(place);
            let direction = self.direction;
            let mut child = |place: usize, dependency: &Dependency| {
                let (child, all) = self.tree(place, Some(dependency.clone()), depth - 1);
                is_everything &= all;
                child
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
                                wrong: Vec::new(),
                                children: Vec::new(),
                            },
                        });
                    }
                }
                Direction::NeededBy => {
                    for (by, at) in &one.needed_by {
                        let need = &needs.extensions[*by].needs[*at];
                        children.push(child(*by, &need.dependency));
                    }
                }
            }
            self.path.pop();
            if is_everything {
                self.shown.insert(place, Extent::Everything);
            }
        }
        let conflict = self.conflicts.get(&place).cloned().map(Wrong::Conflict);
        let tree = Tree {
            extension: Some(place),
            dependency,
            standing,
            wrong: self.platform[place]
                .iter()
                .cloned()
                .chain(conflict)
                .collect(),
            children,
        };
        (tree, is_everything)
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
    let mut words: Vec<String> = tree
        .wrong
        .iter()
        .map(|wrong| format!("✗ {wrong}"))
        .collect();
    match &tree.standing {
        Standing::Whole => {}
        Standing::Repeated => words.push("as above".to_owned()),
        Standing::Circular => words.push("circular".to_owned()),
        Standing::Cut => words.push("…".to_owned()),
        Standing::Unmet(Unmet::Missing) => words.push("✗ not there".to_owned()),
        Standing::Unmet(Unmet::Version(versions)) => {
            words.push(format!("✗ only {}", joined(versions)));
        }
        Standing::Unmet(Unmet::Ambiguous(kinds)) => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            words.push(format!("✗ {}?", kinds.join(" or ")));
        }
    }
    for word in words {
        line.push(' ');
        line.push_str(&word);
    }
    line
}

fn joined(versions: &[Version]) -> String {
    let versions: Vec<String> = versions.iter().map(Version::to_string).collect();
    versions.join(", ")
}
