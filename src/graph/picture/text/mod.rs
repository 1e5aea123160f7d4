//! Pictures as lines of text: a line for each node, in the order of deployment, and lanes at the left for what needs what.
//!
//! A lane begins at a node, goes down, and has a branch to each node that needs it; above a branch is what comes in, below
//! what goes out. An edge that leads back, and so closes a circle, has a double line.

mod lanes;

use std::fmt::Write as _;

use super::hue::Hue;
use super::label::{one_line, shortened, width};
use super::{Group, Look, Scene};
use lanes::{Cell, Lanes};

/// Most columns of a name.
const MAX_NAME: usize = 48;

/// With more lanes than these, each line says in words too what is needed.
const FEW_LANES: usize = 8;

/// Most notes below the picture.
const MAX_NOTES: usize = 20;

const RED: &str = "31";
const BOLD: &str = "1";
const DIM: &str = "2";

pub(super) fn write(scene: &Scene<'_>) -> String {
    let order = scene.order();
    let lanes = Lanes::new(scene, &order);
    let names: Vec<String> = scene
        .picture
        .nodes
        .iter()
        .map(|node| shortened(&one_line(&node.name), MAX_NAME).into_owned())
        .collect();
    let mut writer = Writer {
        scene,
        widest: names.iter().map(|name| width(name)).max().unwrap_or(0),
        names,
        text: String::new(),
    };
    if order.is_empty() {
        return "nothing to draw\n".to_owned();
    }
    let mut needs = vec![Vec::new(); order.len()];
    if lanes.as_ref().is_none_or(|lanes| lanes.count() > FEW_LANES) {
        for edge in &scene.picture.edges {
            needs[edge.to].push(edge.from);
        }
    }
    let mut heading = String::new();
    for (row, node) in order.iter().enumerate() {
        let next = writer.heading(*node);
        if next != heading {
            if let Some(lanes) = &lanes {
                writer.cells(&lanes.between(row));
            }
            writer.paint(&next, &[DIM]);
            writer.end_line();
            heading = next;
        }
        match &lanes {
            Some(lanes) => writer.cells(&lanes.at(row)),
            None => writer.text.push_str("  "),
        }
        writer.node(*node, &needs[*node]);
        writer.end_line();
    }
    writer.notes(lanes.is_some());
    writer.text
}

struct Writer<'a> {
    scene: &'a Scene<'a>,
    names: Vec<String>,
    widest: usize,
    text: String,
}

impl Writer<'_> {
    /// Returns the line above a node, where it is another one than above the last node.
    fn heading(&self, node: usize) -> String {
        let wave = self.scene.layers.of[node];
        match self.scene.style.group {
            Group::Wave => format!("wave {wave}"),
            Group::Type => {
                let kind = self.scene.picture.nodes[node].kind.as_deref();
                format!("wave {wave}, {}", one_line(kind.unwrap_or("other")))
            }
        }
    }

    fn paint(&mut self, text: &str, codes: &[&str]) {
        if self.scene.style.ansi && !codes.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(self.text, "\x1b[{}m{text}\x1b[0m", codes.join(";"));
        } else {
            self.text.push_str(text);
        }
    }

    fn end_line(&mut self) {
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    fn cells(&mut self, cells: &[Cell]) {
        for cell in cells {
            let vertical = cell
                .source
                .map(|source| self.lane_code(source, cell.is_back));
            let glyph = cell.glyph();
            self.paint(&glyph.to_string(), vertical.as_slice());
            let connector = cell.connector();
            match connector {
                ' ' => self.text.push(' '),
                other => {
                    let code = if other == '═' { RED } else { DIM };
                    self.paint(&other.to_string(), &[code]);
                }
            }
        }
    }

    fn lane_code(&self, source: usize, is_back: bool) -> &'static str {
        if is_back {
            RED
        } else {
            self.scene.hues[source].ansi()
        }
    }

    fn node(&mut self, node: usize, needs: &[usize]) {
        let known = &self.scene.picture.nodes[node];
        let marker = self.marker(node);
        let mut codes = vec![if marker == '✗' {
            RED
        } else {
            self.scene.hues[node].ansi()
        }];
        if known.is_focus {
            codes.push(BOLD);
        }
        self.paint(&marker.to_string(), &codes);
        self.text.push(' ');
        let name = self.names[node].clone();
        self.paint(&name, &codes);
        let details = known.details();
        let mut needed: Vec<&str> = needs.iter().map(|n| self.names[*n].as_str()).collect();
        let more = needed.len().saturating_sub(8);
        needed.truncate(8);
        let needed = match (needed.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!("needs {}", needed.join(", ")),
            (false, more) => format!("needs {} and {more} more", needed.join(", ")),
        };
        let rest = [details, needed];
        let rest: Vec<&str> = rest
            .iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect();
        if !rest.is_empty() {
            let padding = self.widest + 2 - width(&name);
            self.text.push_str(&" ".repeat(padding));
            self.paint(&rest.join("  "), &[DIM]);
        }
    }

    fn marker(&self, node: usize) -> char {
        let known = &self.scene.picture.nodes[node];
        match known.look {
            Look::Missing => '✗',
            _ if known.is_faulty => '✗',
            Look::Disabled => '○',
            _ if self.scene.is_on_way[node] => '◆',
            Look::Implied => '◌',
            Look::Solid => '●',
        }
    }

    fn notes(&mut self, with_lanes: bool) {
        let scene = self.scene;
        let mut lines: Vec<(String, Option<&str>)> = Vec::new();
        if let Some(way) = scene.longest_way() {
            lines.push((format!("◆ {way}"), None));
        }
        if with_lanes {
            for (at, edge) in scene.picture.edges.iter().enumerate() {
                if edge.from == edge.to {
                    lines.push((format!("↻ {}", scene.sentence(at)), Some(RED)));
                }
            }
        }
        let notes = &scene.picture.notes;
        for note in notes.iter().take(MAX_NOTES) {
            lines.push((format!("✗ {}", one_line(&note.text)), Some(RED)));
        }
        if notes.len() > MAX_NOTES {
            let more = notes.len() - MAX_NOTES;
            lines.push((format!("✗ and {more} more faults"), Some(RED)));
        }
        let legend: Vec<(String, Hue)> = if scene.style.ansi {
            scene.legend.clone()
        } else {
            Vec::new()
        };
        if !lines.is_empty() || !legend.is_empty() {
            self.text.push('\n');
        }
        for (line, code) in lines {
            self.paint(&line, code.as_slice());
            self.end_line();
        }
        if !legend.is_empty() {
            for (word, hue) in legend {
                self.paint(&format!("● {word}"), &[hue.ansi()]);
                self.text.push_str("  ");
            }
            self.end_line();
        }
    }
}
