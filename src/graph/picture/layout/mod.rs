//! Where everything is in a drawing: layers from left to right, what is in a layer from top to bottom.
//!
//! An edge that passes over layers is led through a small item of each of them, so that it goes round the nodes there. Edges
//! that leave the same node share these items. The order inside of layers has few crossings, and places are near those of
//! what they are connected with. Every step is deterministic, and none of them is recursive.

mod order;
mod place;
mod route;

pub(super) use route::Routes;

use super::{Scene, TooLarge};

/// What is placed: a node, or the passage of an edge through a layer.
#[derive(Debug)]
pub(super) struct Item {
    /// The node; none for a passage.
    pub(super) node: Option<usize>,
    /// Its layer.
    pub(super) layer: usize,
    /// What stays together in all layers, from the top to the bottom.
    pub(super) band: usize,
    /// Connected items in the layer before.
    pub(super) before: Vec<usize>,
    /// Connected items in the layer after.
    pub(super) after: Vec<usize>,
}

/// A layout; lengths are pixels.
#[derive(Debug)]
pub(super) struct Layout {
    /// The items, the nodes first and in their order.
    pub(super) items: Vec<Item>,
    /// For each edge, the items on its way, from the lower layer to the higher one; empty for one that leads to its own node.
    pub(super) ways: Vec<Vec<usize>>,
    /// The middle of each item from top to bottom.
    pub(super) middle: Vec<f64>,
    /// Top and bottom of each band.
    pub(super) bands: Vec<(f64, f64)>,
    /// The height of everything.
    pub(super) height: f64,
}

/// Sizes that a layout keeps to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// The height of nodes.
    pub(super) node: f64,
    /// Space between two nodes.
    pub(super) between: f64,
    /// Height of a passage with the space around it.
    pub(super) passage: f64,
    /// Space between bands, which their names need.
    pub(super) band: f64,
}

/// Most nodes that are laid out.
const MAX_NODES: usize = 5_000;

/// Most edges that are laid out.
const MAX_EDGES: usize = 20_000;

/// Most items that are laid out.
const MAX_ITEMS: usize = 100_000;

impl Layout {
    /// Lays out a picture; `bands` has the band of each node.
    pub(super) fn new(scene: &Scene<'_>, bands: &[usize], sizes: &Sizes) -> Result<Self, TooLarge> {
        let picture = scene.picture;
        let too_large = TooLarge {
            nodes: picture.nodes.len(),
            edges: picture.edges.len(),
        };
        if picture.nodes.len() > MAX_NODES || picture.edges.len() > MAX_EDGES {
            return Err(too_large);
        }
        let routes = Routes::new(scene, bands, MAX_ITEMS).ok_or(too_large)?;
        let layers = order::ordered(&routes, scene.layers.count);
        let placed = place::placed(&routes.items, &layers, sizes);
        Ok(Self {
            items: routes.items,
            ways: routes.ways,
            middle: placed.middle,
            bands: placed.bands,
            height: placed.height,
        })
    }
}
