//! Pictures of what needs what: as text, SVG, DOT or Mermaid.
//!
//! A [`Picture`] says what is drawn and nothing of how. It is also drawn when something is wrong with it, because a picture
//! of a mistake is worth most. Arrows lead from what is needed to what needs it, so that time goes with them.

mod build;
mod dot;
mod focus;
mod format;
mod hue;
mod label;
mod layers;
mod layout;
mod mermaid;
mod scene;
mod svg;
mod text;

#[cfg(test)]
mod tests;

pub use build::{Detail, of_components, of_offers};
pub use format::{Format, UnknownFormat};
pub use scene::{Color, Group, Style};

use scene::Scene;

/// How a node is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As any other.
    #[default]
    Solid,
    /// It was added, because something needs it.
    Implied,
    /// It is not deployed.
    Disabled,
    /// It is needed and not there.
    Missing,
}

impl Look {
    fn word(self) -> Option<&'static str> {
        match self {
            Look::Solid => None,
            Look::Implied => Some("implied"),
            Look::Disabled => Some("disabled"),
            Look::Missing => Some("missing"),
        }
    }
}

/// One thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it does at the moment, such as `running`.
    pub state: Option<String>,
    /// How it is drawn.
    pub look: Look,
    /// Whether something is wrong with it.
    pub is_faulty: bool,
    /// Whether the picture is about it.
    pub is_focus: bool,
}

/// That one thing needs another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edge {
    /// The node that is needed.
    pub from: usize,
    /// The node that needs it.
    pub to: usize,
    /// The versions that will do.
    pub constraint: Option<String>,
    /// Whether something is wrong with it.
    pub is_faulty: bool,
}

/// What is wrong, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// One sentence.
    pub text: String,
    /// The nodes it is about.
    pub nodes: Vec<usize>,
}

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// What it shows.
    pub title: String,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The edges, at most one from a node to another.
    pub edges: Vec<Edge>,
    /// What is wrong.
    pub notes: Vec<Note>,
}

/// There is too much to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a picture of {nodes} nodes and {edges} edges is too large to be of use")]
pub struct TooLarge {
    /// Nodes there are.
    pub nodes: usize,
    /// Edges there are.
    pub edges: usize,
}

impl Picture {
    /// Draws the picture.
    ///
    /// # Errors
    /// There is too much to draw in that format.
    pub fn write(&self, format: Format, style: &Style) -> Result<String, TooLarge> {
        let scene = Scene::new(self, style);
        match format {
            Format::Text => Ok(text::write(&scene)),
            Format::Svg => svg::write(&scene),
            Format::Dot => Ok(dot::write(&scene)),
            Format::Mermaid => Ok(mermaid::write(&scene)),
        }
    }

    /// Returns for each node those that it needs.
    fn needs(&self) -> Vec<Vec<usize>> {
        let mut needs = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            needs[edge.to].push(edge.from);
        }
        needs
    }
}
