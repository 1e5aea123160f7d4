//! A picture with everything that is the same in all formats: its layers, its colours, its longest way.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::str::FromStr;

use super::hue::Hue;
use super::label::one_line;
use super::layers::Layers;
use super::{Node, Picture};

/// What is drawn together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// Waves.
    #[default]
    Wave,
    /// Types.
    Type,
}

/// What colours stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// The types.
    #[default]
    Type,
    /// The waves.
    Wave,
    /// What state each is in.
    State,
    /// Nothing: there are none, but for what is wrong.
    None,
}

/// How a picture is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// What is drawn together.
    pub group: Group,
    /// What colours stand for.
    pub color: Color,
    /// Whether text has escape sequences for colours.
    pub ansi: bool,
}

impl Group {
    /// The words for them.
    pub const WORDS: [&'static str; 2] = ["type", "wave"];
}

impl FromStr for Group {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "wave" => Ok(Group::Wave),
            "type" => Ok(Group::Type),
            _ => Err(()),
        }
    }
}

impl Color {
    /// The words for them.
    pub const WORDS: [&'static str; 4] = ["none", "state", "type", "wave"];
}

impl FromStr for Color {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "type" => Ok(Color::Type),
            "wave" => Ok(Color::Wave),
            "state" => Ok(Color::State),
            "none" => Ok(Color::None),
            _ => Err(()),
        }
    }
}

impl Node {
    /// Returns the state that is shown.
    pub(super) fn state(&self) -> Option<&str> {
        self.look.word().or(self.state.as_deref())
    }

    /// Returns type, version and state on one line; empty when nothing is known of them.
    pub(super) fn details(&self) -> String {
        let kind = [&self.kind, &self.version];
        let kind: Vec<_> = kind.iter().filter_map(|part| part.as_deref()).collect();
        let parts = [
            (!kind.is_empty()).then(|| one_line(&kind.join(" ")).into_owned()),
            self.state().map(|state| one_line(state).into_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// What writers draw.
pub(super) struct Scene<'a> {
    pub(super) picture: &'a Picture,
    pub(super) style: &'a Style,
    pub(super) layers: Layers,
    /// The colour of each node.
    pub(super) hues: Vec<Hue>,
    /// What the colours stand for, when there are several.
    pub(super) legend: Vec<(String, Hue)>,
    /// For each node, whether it lies on the longest way.
    pub(super) is_on_way: Vec<bool>,
    /// For each edge, whether it lies on the longest way.
    pub(super) is_critical: Vec<bool>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(picture: &'a Picture, style: &'a Style) -> Self {
        let layers = Layers::of(picture);
        let (hues, legend) = colors(picture, &layers, style.color);
        let mut place = vec![None; picture.nodes.len()];
        for (at, node) in layers.critical.iter().enumerate() {
            place[*node] = Some(at);
        }
        let is_critical = picture
            .edges
            .iter()
            .map(|edge| place[edge.from].is_some_and(|at| place[edge.to] == Some(at + 1)))
            .collect();
        Self {
            picture,
            style,
            layers,
            hues,
            legend,
            is_on_way: place.iter().map(Option::is_some).collect(),
            is_critical,
        }
    }

    /// Returns the nodes in the order of deployment: by waves, as they were given inside of a wave, or by type first when
    /// types are drawn together.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.picture.nodes.len()).collect();
        let kind = |node: &usize| match self.style.group {
            Group::Wave => None,
            Group::Type => self.picture.nodes[*node].kind.as_deref(),
        };
        order.sort_by_key(|node| (self.layers.of[*node], kind(node)));
        order
    }

    /// Whether an edge is drawn as one that is wrong.
    pub(super) fn is_wrong(&self, edge: usize) -> bool {
        self.layers.in_circle[edge] || self.picture.edges[edge].is_faulty
    }

    /// Returns what an edge says, such as `app needs db >=1.6`.
    pub(super) fn sentence(&self, edge: usize) -> String {
        let edge = &self.picture.edges[edge];
        let name = |node: usize| &self.picture.nodes[node].name;
        let constraint = edge.constraint.as_deref().unwrap_or_default();
        let sentence = format!("{} needs {} {constraint}", name(edge.to), name(edge.from));
        one_line(sentence.trim_end()).into_owned()
    }

    /// Returns the longest way in words, when there is one.
    pub(super) fn longest_way(&self) -> Option<String> {
        let way = &self.layers.critical;
        let mut known = HashSet::new();
        let is_clear = way
            .iter()
            .all(|node| known.insert(self.picture.nodes[*node].name.as_str()));
        let name = |node: &usize| {
            let node = &self.picture.nodes[*node];
            match &node.kind {
                Some(kind) if !is_clear => format!("{} ({kind})", node.name),
                _ => node.name.clone(),
            }
        };
        let names: Vec<String> = match way.len() {
            0 => return None,
            // Of a very long one, both ends.
            13.. => way[..6]
                .iter()
                .map(name)
                .chain(std::iter::once("…".to_owned()))
                .chain(way[way.len() - 6..].iter().map(name))
                .collect(),
            _ => way.iter().map(name).collect(),
        };
        Some(one_line(&format!("critical path: {}", names.join(" → "))).into_owned())
    }

    /// Returns how much there is, in words.
    pub(super) fn summary(&self) -> String {
        let many = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        format!(
            "{} in {}, {}",
            many(self.picture.nodes.len(), "node"),
            many(self.layers.count, "wave"),
            match self.picture.edges.len() {
                1 => "1 dependency".to_owned(),
                count => format!("{count} dependencies"),
            }
        )
    }
}

/// Returns the colour of each node, and what they stand for.
fn colors(picture: &Picture, layers: &Layers, color: Color) -> (Vec<Hue>, Vec<(String, Hue)>) {
    let word = |node: usize| -> Option<String> {
        let known = &picture.nodes[node];
        match color {
            Color::None => None,
            Color::Type => known.kind.clone(),
            Color::State => known.state().map(str::to_owned),
            Color::Wave => Some(format!("wave {}", layers.of[node])),
        }
    };
    let words: Vec<Option<String>> = (0..picture.nodes.len()).map(word).collect();
    let mut hues: BTreeMap<&str, Hue> = BTreeMap::new();
    for word in words.iter().flatten() {
        let lower = word.to_lowercase();
        let known = match color {
            Color::Type => Hue::of_type(&lower),
            Color::State => Hue::of_state(&lower),
            Color::Wave => lower
                .strip_prefix("wave ")
                .and_then(|number| number.parse().ok())
                .map(Hue::cycle),
            Color::None => None,
        };
        if let Some(hue) = known {
            hues.insert(word, hue);
        }
    }
    let taken: Vec<Hue> = hues.values().copied().collect();
    let mut free = Hue::ALL[..7]
        .iter()
        .copied()
        .filter(|hue| !taken.contains(hue))
        .chain((0..).map(Hue::cycle));
    let others: BTreeSet<&str> = words
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|word| !hues.contains_key(word))
        .collect();
    for word in others {
        hues.insert(word, free.next().unwrap_or(Hue::Grey));
    }
    let of_nodes = words
        .iter()
        .map(|word| {
            word.as_deref()
                .and_then(|word| hues.get(word).copied())
                .unwrap_or(Hue::Grey)
        })
        .collect();
    let mut legend: Vec<(String, Hue)> = hues
        .iter()
        .map(|(word, hue)| (one_line(word).into_owned(), *hue))
        .collect();
    // The columns say which wave it is.
    if legend.len() < 2 || color == Color::Wave {
        legend.clear();
    }
    (of_nodes, legend)
}
