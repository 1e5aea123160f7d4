//! What needs what as trees, for scripts and as drawings.

use std::collections::HashSet;

use semver::Version;

use super::{Needs, Unmet};
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
