//! Pictures of components and of extensions, with everything that is wrong with them.

use std::collections::{HashMap, HashSet};

use semver::VersionReq;

use super::{Edge, Look, Node, Note, Picture};
use crate::graph::waves::examine;
use crate::graph::{Component, Fault, Offer, sort};
use crate::metadata::{Dependency, ExtensionType};

/// What is shown of a component besides its name and what it needs.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// Its type.
    pub kind: Option<String>,
    /// Its version, as it is written.
    pub version: Option<String>,
    /// What it does at the moment.
    pub state: Option<String>,
    /// Whether it was added.
    pub is_implied: bool,
}

/// Returns the picture of components, and the faults that keep them from being ordered: `known`, and those of
/// [`resolve`](crate::graph::resolve).
pub fn of_components(
    title: &str,
    components: &[Component],
    details: &[Detail],
    all: bool,
    known: Vec<Fault>,
) -> (Picture, Vec<Fault>) {
    let examined = examine(components, all);
    let mut faults = known;
    faults.extend(examined.faults);
    sort(&mut faults);
    let mut builder = Builder::new(title);
    let mut numbers: Vec<Option<usize>> = vec![None; components.len()];
    let is_needed = {
        let mut is_needed = vec![false; components.len()];
        for target in examined.targets.iter().flatten().flatten() {
            is_needed[*target] = true;
        }
        is_needed
    };
    for (row, component) in components.iter().enumerate() {
        let takes_part = all || component.enabled;
        if !takes_part && !is_needed[row] {
            continue;
        }
        let detail = details.get(row).cloned().unwrap_or_default();
        numbers[row] = Some(builder.add(Node {
            name: component.name.clone(),
            kind: detail.kind,
            version: detail.version,
            state: detail.state,
            look: match (takes_part, detail.is_implied) {
                (false, _) => Look::Disabled,
                (true, true) => Look::Implied,
                (true, false) => Look::Solid,
            },
            ..Node::default()
        }));
    }
    for (row, targets) in examined.targets.iter().enumerate() {
        let Some(to) = numbers[row] else { continue };
        for (need, target) in components[row].needs.iter().zip(targets) {
            let known = target.and_then(|target| numbers[target]);
            let from = known.unwrap_or_else(|| builder.missing(&need.name, None));
            builder.connect(from, to, need.constraint.as_ref());
        }
    }
    let rows: HashMap<&str, usize> = components
        .iter()
        .enumerate()
        .map(|(row, component)| (component.name.as_str(), row))
        .collect();
    let known = Known {
        numbers,
        targets: examined.targets,
        rows,
    };
    for fault in &faults {
        builder.mark(fault, &known);
    }
    (builder.finish(), faults)
}

/// Returns the picture of extensions: each needs the highest version that fits.
pub fn of_offers(title: &str, offers: &[Offer]) -> Picture {
    let mut builder = Builder::new(title);
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, offer) in offers.iter().enumerate() {
        builder.add(Node {
            name: offer.name.clone(),
            kind: Some(offer.kind.to_string()),
            version: Some(offer.version.to_string()),
            ..Node::default()
        });
        by_name.entry(&offer.name).or_default().push(at);
    }
    for (user, offer) in offers.iter().enumerate() {
        let mut notes = HashSet::new();
        for dependency in &offer.dependencies {
            let named = by_name
                .get(dependency.name.as_str())
                .map_or(&[][..], Vec::as_slice);
            let constraint =
                (dependency.constraint != VersionReq::STAR).then_some(&dependency.constraint);
            let highest = |kind: ExtensionType, fitting: bool| {
                named
                    .iter()
                    .copied()
                    .filter(|at| {
                        let Offer { version, .. } = &offers[*at];
                        let fits = constraint.is_none_or(|wanted| wanted.matches(version));
                        offers[*at].kind == kind && (fits || !fitting)
                    })
                    .max_by_key(|at| (offers[*at].version.pre.is_empty(), &offers[*at].version))
            };
            let (from, reason) = match meant(dependency, named, offers).as_slice() {
                [] => (
                    vec![builder.missing(&dependency.name, dependency.kind)],
                    "there is none of that name".to_owned(),
                ),
                [kind] => {
                    if let Some(found) = highest(*kind, true) {
                        builder.connect(found, user, constraint);
                        continue;
                    }
                    match highest(*kind, false) {
                        Some(found) => (
                            vec![found],
                            format!("the highest is {}", offers[found].version),
                        ),
                        None => continue,
                    }
                }
                several => {
                    let of = |kind: &ExtensionType| highest(*kind, true).or(highest(*kind, false));
                    let kinds: Vec<String> =
                        several.iter().map(|kind| format!("a {kind}")).collect();
                    (
                        several.iter().filter_map(of).collect(),
                        format!("that is the name of {}", kinds.join(" and of ")),
                    )
                }
            };
            for from in &from {
                builder.connect(*from, user, constraint);
                builder.blame(*from, user);
            }
            let kind = dependency.kind.map(|kind| format!("the {kind} "));
            let wanted = constraint.map(|wanted| format!(" {wanted}"));
            let note = Note {
                text: format!(
                    "`{}` {} needs {}`{}`{}, and {reason}",
                    offer.name,
                    offer.version,
                    kind.unwrap_or_default(),
                    dependency.name,
                    wanted.unwrap_or_default()
                ),
                nodes: std::iter::once(user).chain(from).collect(),
            };
            // Metadata and schema may say the same.
            if !notes.contains(&note.text) {
                notes.insert(note.text.clone());
                builder.picture.notes.push(note);
            }
        }
    }
    builder.finish()
}

/// Returns the types that a dependency may mean, as when versions are chosen: without a type a taskserv when there is one,
/// else each type there is.
fn meant(dependency: &Dependency, named: &[usize], offers: &[Offer]) -> Vec<ExtensionType> {
    let mut kinds: Vec<ExtensionType> = named.iter().map(|at| offers[*at].kind).collect();
    kinds.sort();
    kinds.dedup();
    match dependency.kind {
        Some(wanted) => kinds.retain(|kind| *kind == wanted),
        None if kinds.contains(&ExtensionType::Taskserv) => {
            kinds.retain(|kind| *kind == ExtensionType::Taskserv);
        }
        None => {}
    }
    kinds
}

/// Where components are in the picture.
struct Known<'a> {
    /// The node of each row.
    numbers: Vec<Option<usize>>,
    /// For each row and each of its dependencies, the row that it means.
    targets: Vec<Vec<Option<usize>>>,
    /// The row of each name.
    rows: HashMap<&'a str, usize>,
}

#[derive(Default)]
struct Builder {
    picture: Picture,
    edges: HashMap<(usize, usize), usize>,
    /// What is not there, by its name and its type when that is known.
    missing: HashMap<(String, Option<ExtensionType>), usize>,
}

impl Builder {
    fn new(title: &str) -> Self {
        let mut builder = Self::default();
        builder.picture.title = title.to_owned();
        builder
    }

    fn add(&mut self, node: Node) -> usize {
        self.picture.nodes.push(node);
        self.picture.nodes.len() - 1
    }

    /// Returns the node of something that is not there.
    fn missing(&mut self, name: &str, kind: Option<ExtensionType>) -> usize {
        let key = (name.to_owned(), kind);
        if let Some(known) = self.missing.get(&key) {
            return *known;
        }
        let node = self.add(Node {
            name: name.to_owned(),
            kind: kind.map(|kind| kind.to_string()),
            look: Look::Missing,
            is_faulty: true,
            ..Node::default()
        });
        self.missing.insert(key, node);
        node
    }

    /// Adds an edge, or what another dependency on the same node asks for.
    fn connect(&mut self, from: usize, to: usize, constraint: Option<&VersionReq>) {
        let edges = &mut self.picture.edges;
        let edge = *self.edges.entry((from, to)).or_insert_with(|| {
            edges.push(Edge {
                from,
                to,
                ..Edge::default()
            });
            edges.len() - 1
        });
        if let Some(constraint) = constraint.map(ToString::to_string) {
            let known = &mut edges[edge].constraint;
            *known = Some(match known.take() {
                Some(known) if known != constraint => format!("{known} and {constraint}"),
                _ => constraint,
            });
        }
    }

    fn blame(&mut self, from: usize, to: usize) {
        if let Some(edge) = self.edges.get(&(from, to)) {
            self.picture.edges[*edge].is_faulty = true;
        }
    }

    /// Marks what a fault is about.
    fn mark(&mut self, fault: &Fault, known: &Known<'_>) {
        let number = |row: usize| known.numbers.get(row).copied().flatten();
        let mut nodes: Vec<usize> = fault.rows().into_iter().filter_map(number).collect();
        match fault {
            Fault::DuplicateName { .. } | Fault::Cycle { .. } | Fault::TaskservPlatform { .. } => {
                for node in &nodes {
                    self.picture.nodes[*node].is_faulty = true;
                }
            }
            Fault::UnknownDependency {
                row,
                need,
                dependency,
                ..
            }
            | Fault::DisabledDependency {
                row,
                need,
                dependency,
                ..
            }
            | Fault::VersionMismatch {
                row,
                need,
                dependency,
                ..
            } => {
                let target = known.targets.get(*row).and_then(|row| row.get(*need));
                let from = target
                    .copied()
                    .flatten()
                    .and_then(number)
                    .or_else(|| self.missing.get(&(dependency.clone(), None)).copied());
                if let (Some(from), Some(user)) = (from, number(*row)) {
                    self.blame(from, user);
                    nodes.push(from);
                }
            }
            Fault::MissingTaskserv {
                component,
                taskserv,
                needed_by,
                ..
            }
            | Fault::TaskservVersion {
                component,
                taskserv,
                needed_by,
                ..
            } => match needed_by {
                None => {
                    for node in &nodes {
                        self.picture.nodes[*node].is_faulty = true;
                    }
                }
                Some(_) => {
                    let user = known.rows.get(component.as_str()).copied().and_then(number);
                    // A component may need what its taskserv needs: that is one thing.
                    let unknown = self.missing.get(&(taskserv.clone(), None)).copied();
                    let from = unknown
                        .unwrap_or_else(|| self.missing(taskserv, Some(ExtensionType::Taskserv)));
                    if let Some(user) = user {
                        self.connect(from, user, None);
                        self.blame(from, user);
                        nodes.push(user);
                    }
                    nodes.push(from);
                }
            },
        }
        self.picture.notes.push(Note {
            text: fault.message(),
            nodes,
        });
    }

    fn finish(self) -> Picture {
        self.picture
    }
}
