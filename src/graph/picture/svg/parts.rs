//! The parts of the drawing: groups behind, edges, nodes, the legend.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use super::geometry::{Column, Geometry, MARGIN};
use super::{Escaped, SMALL, columns};
use crate::graph::picture::hue::Hue;
use crate::graph::picture::{Look, Scene};

/// How far the background of a group reaches beyond its nodes.
const AROUND: f64 = 10.0;

/// Space between two ends of edges at a node.
const PORT: f64 = 9.0;

/// Writes what stands behind nodes: a column for each wave, or a band for each type.
pub(super) fn groups(scene: &Scene<'_>, geometry: &Geometry, out: &mut String) -> fmt::Result {
    let bottom = geometry.height - MARGIN / 2.0;
    if geometry.band_names.is_empty() {
        for column in &geometry.columns {
            let (x, y) = (column.left - AROUND, MARGIN / 2.0);
            writeln!(
                out,
                "<rect class=\"band\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
                column.right + AROUND - x,
                bottom - y
            )?;
        }
    }
    for (name, (start, end)) in geometry.band_names.iter().zip(&geometry.layout.bands) {
        let (x, y) = (MARGIN / 2.0, geometry.top + start - 22.0);
        writeln!(
            out,
            "<rect class=\"band\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n<text class=\"heading row\" x=\"{}\" y=\"{}\">{}</text>",
            geometry.width - 2.0 * x,
            end - start + 24.0,
            x + 8.0,
            y + 14.0,
            Escaped(name)
        )?;
    }
    for (wave, column) in geometry.columns.iter().enumerate() {
        let x = (column.left + column.right) / 2.0;
        let y = if geometry.band_names.is_empty() {
            MARGIN + 11.0
        } else {
            MARGIN + 2.0
        };
        writeln!(
            out,
            "<text class=\"heading\" x=\"{x}\" y=\"{y}\">wave {wave}</text>"
        )?;
    }
    if scene.picture.nodes.is_empty() {
        writeln!(
            out,
            "<text class=\"heading row\" x=\"{MARGIN}\" y=\"{}\">nothing to draw</text>",
            MARGIN + 11.0
        )?;
    }
    Ok(())
}

/// Writes edges: ordinary ones first, so that those that matter lie above them.
pub(super) fn edges(scene: &Scene<'_>, geometry: &Geometry, out: &mut String) -> fmt::Result {
    let ports = Ports::new(scene, geometry);
    let mut order: Vec<usize> = (0..scene.picture.edges.len()).collect();
    order.sort_by_key(|edge| (scene.is_wrong(*edge), scene.is_critical[*edge]));
    for edge in order {
        let (class, head) = if scene.is_wrong(edge) {
            ("edge wrong", "wrong")
        } else if scene.is_critical[edge] {
            ("edge critical", "strong")
        } else {
            ("edge", "plain")
        };
        // What leads back is drawn from the lower layer too; its head is at the beginning then.
        let end = if scene.layers.is_back[edge] && !geometry.layout.ways[edge].is_empty() {
            "start"
        } else {
            "end"
        };
        let path = if geometry.layout.ways[edge].is_empty() {
            own(geometry, scene.picture.edges[edge].from)
        } else {
            path(geometry, &geometry.layout.ways[edge], ports.of(edge))
        };
        writeln!(
            out,
            "<path class=\"{class}\" marker-{end}=\"url(#{head})\" d=\"{path}\"><title>{}</title></path>",
            Escaped(&scene.sentence(edge))
        )?;
    }
    Ok(())
}

/// The path of an edge: across layers it is straight, between them it bends.
fn path(geometry: &Geometry, way: &[usize], (out, into): (f64, f64)) -> String {
    let (Some(first), Some(last)) = (way.first(), way.last()) else {
        return String::new();
    };
    let mut path = String::new();
    let mut x = geometry.column(*first).right;
    let mut y = geometry.middle(*first) + out;
    // Writing to a String cannot fail.
    let _ = write!(path, "M{x} {y}");
    for item in &way[1..] {
        let Column { left, right } = geometry.column(*item);
        let is_last = item == last;
        let target = geometry.middle(*item) + if is_last { into } else { 0.0 };
        if (target - y).abs() < 0.5 {
            let _ = write!(path, "H{left}");
        } else {
            let bend = (left - x) * 0.5;
            let _ = write!(
                path,
                "C{} {y} {} {target} {left} {target}",
                x + bend,
                left - bend
            );
        }
        if !is_last {
            let _ = write!(path, "H{right}");
        }
        (x, y) = (right, target);
    }
    path
}

/// The path of an edge from a node to itself: a loop at its upper edge.
fn own(geometry: &Geometry, node: usize) -> String {
    let column = geometry.column(node);
    let top = geometry.middle(node) - geometry.node / 2.0;
    let right = column.right - 12.0;
    format!(
        "M{} {top}C{} {} {} {} {right} {top}",
        right - 22.0,
        right - 24.0,
        top - 17.0,
        right + 2.0,
        top - 17.0
    )
}

/// Where edges begin and end at their nodes: apart from each other, in the order of where they lead.
struct Ports {
    ends: Vec<(f64, f64)>,
}

impl Ports {
    fn new(scene: &Scene<'_>, geometry: &Geometry) -> Self {
        let ways = &geometry.layout.ways;
        // Edges that leave by the same item begin at the same place, unless one of them leads back.
        let mut leaving: HashMap<usize, Vec<(usize, bool)>> = HashMap::new();
        let mut entering: HashMap<usize, Vec<(usize, bool)>> = HashMap::new();
        for (edge, way) in ways.iter().enumerate() {
            if let [first, .., last] = way.as_slice() {
                let is_back = scene.layers.is_back[edge];
                leaving.entry(*first).or_default().push((way[1], is_back));
                entering
                    .entry(*last)
                    .or_default()
                    .push((way[way.len() - 2], is_back));
            }
        }
        for others in leaving.values_mut().chain(entering.values_mut()) {
            others.sort_by(|one, two| {
                geometry
                    .middle(one.0)
                    .total_cmp(&geometry.middle(two.0))
                    .then(one.cmp(two))
            });
            others.dedup();
        }
        let offset = |others: &[(usize, bool)], other: (usize, bool)| {
            let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
            let at = others.iter().position(|known| *known == other).unwrap_or(0);
            let spaces = number(others.len().saturating_sub(1));
            let apart = PORT.min((geometry.node - 14.0) / spaces.max(1.0));
            ((number(at) - spaces / 2.0) * apart * 10.0).round() / 10.0
        };
        let ends = ways
            .iter()
            .enumerate()
            .map(|(edge, way)| {
                let [first, .., last] = way.as_slice() else {
                    return (0.0, 0.0);
                };
                let is_back = scene.layers.is_back[edge];
                (
                    offset(&leaving[first], (way[1], is_back)),
                    offset(&entering[last], (way[way.len() - 2], is_back)),
                )
            })
            .collect();
        Self { ends }
    }

    fn of(&self, edge: usize) -> (f64, f64) {
        self.ends[edge]
    }
}

/// Writes the nodes, in the order of deployment, which is that of those who are told the picture.
pub(super) fn nodes(scene: &Scene<'_>, geometry: &Geometry, out: &mut String) -> fmt::Result {
    for node in scene.order() {
        let known = &scene.picture.nodes[node];
        let label = &geometry.labels[node];
        let Column { left, right } = geometry.column(node);
        let middle = geometry.middle(node);
        let mut class = String::from("node ");
        class.push_str(if known.is_faulty {
            Hue::Red.class()
        } else {
            scene.hues[node].class()
        });
        for (is_so, word) in [
            (known.look != Look::Solid, " dashed"),
            (scene.is_on_way[node], " critical"),
            (known.is_focus, " focus"),
        ] {
            if is_so {
                class.push_str(word);
            }
        }
        let details = known.details();
        let mut title = known.name.clone();
        if !details.is_empty() {
            title.push_str(&format!(", {details}"));
        }
        title.push_str(&format!(", wave {}", scene.layers.of[node]));
        writeln!(
            out,
            "<g class=\"{class}\" role=\"graphics-symbol img\" aria-label=\"{0}\"><title>{0}</title><rect x=\"{left}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"7\"/>",
            Escaped(&title),
            middle - geometry.node / 2.0,
            right - left,
            geometry.node,
        )?;
        let x = (left + right) / 2.0;
        let first = if label.details.is_empty() {
            middle + 4.5
        } else {
            middle - 3.0
        };
        write!(
            out,
            "<text class=\"name\" x=\"{x}\" y=\"{first}\">{}</text>",
            Escaped(&label.name)
        )?;
        if !label.details.is_empty() {
            write!(
                out,
                "<text class=\"detail\" x=\"{x}\" y=\"{}\">{}</text>",
                middle + 13.0,
                Escaped(&label.details)
            )?;
        }
        writeln!(out, "</g>")?;
    }
    Ok(())
}

/// Returns what the colours stand for, with the width of each entry.
pub(super) fn legend(scene: &Scene<'_>) -> Vec<(String, Hue, f64)> {
    scene
        .legend
        .iter()
        .take(Hue::ALL.len())
        .map(|(word, hue)| {
            let word = crate::graph::picture::label::shortened(word, 24).into_owned();
            let width = 16.0 + columns(&word) * SMALL + 18.0;
            (word, *hue, width)
        })
        .collect()
}

pub(super) fn legend_width(legend: &[(String, Hue, f64)]) -> f64 {
    2.0 * MARGIN + legend.iter().map(|(_, _, width)| width).sum::<f64>()
}

pub(super) fn write_legend(legend: &[(String, Hue, f64)], y: f64, out: &mut String) -> fmt::Result {
    let mut x = MARGIN;
    for (word, hue, width) in legend {
        writeln!(
            out,
            "<g class=\"{}\"><rect x=\"{x}\" y=\"{}\" width=\"11\" height=\"11\" rx=\"3\"/><text class=\"note\" x=\"{}\" y=\"{y}\">{}</text></g>",
            hue.class(),
            y - 9.5,
            x + 16.0,
            Escaped(word)
        )?;
        x += width;
    }
    Ok(())
}
