//! Where everything is in the drawing, in pixels.

use crate::graph::picture::label::{one_line, shortened, width};
use crate::graph::picture::layout::{Layout, Sizes};
use crate::graph::picture::{Group, Scene, TooLarge};

/// Space around everything.
pub(super) const MARGIN: f64 = 16.0;

/// Height of the line above the layers that says which wave it is.
const HEADING: f64 = 26.0;

/// Most columns of a name, and of what stands below it.
const MAX_NAME: usize = 34;

/// Width of a character of a name, and of what stands below it.
const NAME: f64 = 7.9;
const DETAIL: f64 = 6.7;

/// Space beside the text of a node.
const PADDING: f64 = 13.0;

/// Narrowest node.
const MIN_WIDTH: f64 = 64.0;

/// A node with its texts.
pub(super) struct Label {
    pub(super) name: String,
    pub(super) details: String,
}

/// Where a layer is from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) left: f64,
    pub(super) right: f64,
}

pub(super) struct Geometry {
    pub(super) labels: Vec<Label>,
    pub(super) columns: Vec<Column>,
    pub(super) layout: Layout,
    /// Height of nodes.
    pub(super) node: f64,
    /// What the bands stand for, when there are several kinds of nodes to keep apart.
    pub(super) band_names: Vec<String>,
    /// Size of the drawing without what stands below it.
    pub(super) width: f64,
    pub(super) height: f64,
    /// Where the first item begins.
    pub(super) top: f64,
}

impl Geometry {
    pub(super) fn new(scene: &Scene<'_>) -> Result<Self, TooLarge> {
        let nodes = &scene.picture.nodes;
        let labels: Vec<Label> = nodes
            .iter()
            .map(|node| Label {
                name: shortened(&one_line(&node.name), MAX_NAME).into_owned(),
                details: shortened(&node.details(), MAX_NAME).into_owned(),
            })
            .collect();
        let has_details = labels.iter().any(|label| !label.details.is_empty());
        let node = if has_details { 42.0 } else { 30.0 };
        let (bands, band_names) = bands(scene);
        let sizes = Sizes {
            node,
            between: 14.0,
            passage: 13.0,
            band: 30.0,
        };
        let layout = Layout::new(scene, &bands, &sizes)?;
        let columns = columns(scene, &labels, &layout);
        let band_heading = if band_names.is_empty() { 0.0 } else { 22.0 };
        let top = MARGIN + HEADING + band_heading;
        Ok(Self {
            width: columns.last().map_or(120.0, |column| column.right) + 2.0 * MARGIN,
            height: top + layout.height + MARGIN,
            labels,
            columns,
            layout,
            node,
            band_names,
            top,
        })
    }

    /// Returns the middle of an item from top to bottom.
    pub(super) fn middle(&self, item: usize) -> f64 {
        self.top + self.layout.middle[item]
    }

    /// Returns the column of an item.
    pub(super) fn column(&self, item: usize) -> Column {
        self.columns[self.layout.items[item].layer]
    }
}

/// The band of each node, and what the bands stand for.
fn bands(scene: &Scene<'_>) -> (Vec<usize>, Vec<String>) {
    let nodes = &scene.picture.nodes;
    if scene.style.group == Group::Wave || nodes.is_empty() {
        return (vec![0; nodes.len()], Vec::new());
    }
    let kind = |node: usize| nodes[node].kind.as_deref().unwrap_or("other");
    let mut names: Vec<&str> = Vec::new();
    for node in scene.order() {
        if !names.contains(&kind(node)) {
            names.push(kind(node));
        }
    }
    let bands = (0..nodes.len())
        .map(|node| {
            names
                .iter()
                .position(|name| *name == kind(node))
                .unwrap_or(0)
        })
        .collect();
    let names = names
        .iter()
        .map(|name| shortened(&one_line(name), MAX_NAME).into_owned())
        .collect();
    (bands, names)
}

/// Places the layers from left to right. Edges that go far up or down need more room to do so.
fn columns(scene: &Scene<'_>, labels: &[Label], layout: &Layout) -> Vec<Column> {
    let count = scene.layers.count;
    let mut widths = vec![MIN_WIDTH; count];
    for (node, label) in labels.iter().enumerate() {
        let columns = |text: &str| f64::from(u32::try_from(width(text)).unwrap_or(u32::MAX));
        let needed = (columns(&label.name) * NAME).max(columns(&label.details) * DETAIL);
        let known = &mut widths[scene.layers.of[node]];
        *known = known.max((needed + 2.0 * PADDING).ceil());
    }
    let mut rise = vec![0.0_f64; count];
    for way in &layout.ways {
        for pair in way.windows(2) {
            let far = (layout.middle[pair[0]] - layout.middle[pair[1]]).abs();
            let layer = layout.items[pair[0]].layer;
            rise[layer] = rise[layer].max(far);
        }
    }
    let mut columns = Vec::with_capacity(count);
    let mut left = MARGIN;
    for (width, rise) in widths.iter().zip(rise) {
        columns.push(Column {
            left,
            right: left + width,
        });
        left += width + (rise * 0.3).clamp(44.0, 130.0).round();
    }
    columns
}

/// What takes room in the drawing, for tests.
#[cfg(test)]
pub(in crate::graph::picture) struct Places {
    pub(in crate::graph::picture) nodes: Vec<Area>,
    pub(in crate::graph::picture) passages: Vec<Area>,
}

/// A rectangle.
#[cfg(test)]
#[derive(Debug)]
pub(in crate::graph::picture) struct Area {
    x: (f64, f64),
    y: (f64, f64),
}

#[cfg(test)]
impl Area {
    pub(in crate::graph::picture) fn overlaps(&self, other: &Area) -> bool {
        let touch = |one: (f64, f64), two: (f64, f64)| one.0 < two.1 && two.0 < one.1;
        touch(self.x, other.x) && touch(self.y, other.y)
    }
}

#[cfg(test)]
impl Places {
    pub(in crate::graph::picture) fn of(scene: &Scene<'_>) -> Result<Self, TooLarge> {
        let geometry = Geometry::new(scene)?;
        let (mut nodes, mut passages) = (Vec::new(), Vec::new());
        for (item, known) in geometry.layout.items.iter().enumerate() {
            let Column { left, right } = geometry.column(item);
            let middle = geometry.middle(item);
            let (of, half) = match known.node {
                Some(_) => (&mut nodes, geometry.node / 2.0),
                None => (&mut passages, 1.0),
            };
            of.push(Area {
                x: (left, right),
                y: (middle - half, middle + half),
            });
        }
        Ok(Self { nodes, passages })
    }
}
