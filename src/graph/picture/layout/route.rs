//! The items of each layer, and the ways of edges through them.

use super::Item;
use crate::graph::picture::Scene;

/// Items and ways, not ordered yet.
pub(in crate::graph::picture) struct Routes {
    pub(super) items: Vec<Item>,
    pub(super) ways: Vec<Vec<usize>>,
}

impl Routes {
    /// Returns nothing when there would be too many items.
    pub(super) fn new(scene: &Scene<'_>, bands: &[usize], most: usize) -> Option<Self> {
        let layers = &scene.layers;
        let mut items: Vec<Item> = layers
            .of
            .iter()
            .zip(bands)
            .enumerate()
            .map(|(node, (layer, band))| Item {
                node: Some(node),
                layer: *layer,
                band: *band,
                before: Vec::new(),
                after: Vec::new(),
            })
            .collect();
        // The passages of what leaves a node, one for each layer that it has reached.
        let mut shared: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
        let mut ways = Vec::with_capacity(scene.picture.edges.len());
        for (at, edge) in scene.picture.edges.iter().enumerate() {
            if edge.from == edge.to {
                ways.push(Vec::new());
                continue;
            }
            let (first, last) = if layers.is_back[at] {
                (edge.to, edge.from)
            } else {
                (edge.from, edge.to)
            };
            // What leads back is not to be mixed up with what leads forward.
            let mut own = Vec::new();
            let passages = if layers.is_back[at] {
                &mut own
            } else {
                &mut shared[first]
            };
            let between = layers.of[last] - layers.of[first] - 1;
            while passages.len() < between {
                if items.len() >= most {
                    return None;
                }
                let previous = passages.last().copied().unwrap_or(first);
                items.push(Item {
                    node: None,
                    layer: items[previous].layer + 1,
                    band: items[first].band,
                    before: vec![previous],
                    after: Vec::new(),
                });
                let new = items.len() - 1;
                items[previous].after.push(new);
                passages.push(new);
            }
            let way: Vec<usize> = std::iter::once(first)
                .chain(passages[..between].iter().copied())
                .chain(std::iter::once(last))
                .collect();
            let before_last = way[way.len() - 2];
            items[before_last].after.push(last);
            items[last].before.push(before_last);
            ways.push(way);
        }
        Some(Self { items, ways })
    }
}
