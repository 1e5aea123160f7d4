//! Pictures as SVG: one file without scripts and without anything from elsewhere, for light and dark backgrounds, with
//! titles for those who do not see it.

mod geometry;
mod parts;
mod style;

#[cfg(test)]
pub(super) use geometry::Places;

use std::fmt::{self, Write as _};

use super::label::{one_line, wrapped};
use super::{Scene, TooLarge};
use geometry::Geometry;

/// Width of a character of notes and legends.
const SMALL: f64 = 6.7;

/// Height of a line of them.
const LINE: f64 = 17.0;

/// Most notes below the picture.
const MAX_NOTES: usize = 12;

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 4_000;

pub(super) fn write(scene: &Scene<'_>) -> Result<String, TooLarge> {
    let geometry = Geometry::new(scene)?;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(scene, &geometry, &mut text);
    Ok(text)
}

/// Text as the content or the attribute of an element.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in one_line(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn draw(scene: &Scene<'_>, geometry: &Geometry, out: &mut String) -> fmt::Result {
    let below = below(scene, geometry.width);
    let notes: usize = below.iter().map(|part| part.lines.len()).sum();
    let legend = parts::legend(scene);
    let lines = notes + legend.len().min(1);
    let width = below
        .iter()
        .flat_map(|part| &part.lines)
        .map(|line| columns(line) * SMALL + 2.0 * geometry::MARGIN)
        .chain([geometry.width, parts::legend_width(&legend)])
        .fold(0.0, f64::max)
        .ceil();
    let height = (geometry.height
        + if lines > 0 { 8.0 } else { 0.0 }
        + f64::from(u32::try_from(lines).unwrap_or(u32::MAX)) * LINE)
        .ceil();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"graphics-document document\" aria-labelledby=\"picture-title picture-summary\">"
    )?;
    writeln!(
        out,
        "<title id=\"picture-title\">{}</title>",
        Escaped(&scene.picture.title)
    )?;
    writeln!(
        out,
        "<desc id=\"picture-summary\">{}</desc>",
        Escaped(&description(scene))
    )?;
    style::write(scene, out)?;
    writeln!(
        out,
        "<rect class=\"back\" width=\"{width}\" height=\"{height}\"/>"
    )?;
    parts::groups(scene, geometry, out)?;
    parts::edges(scene, geometry, out)?;
    parts::nodes(scene, geometry, out)?;
    let mut y = geometry.height + LINE - 4.0;
    for part in below {
        for line in part.lines {
            writeln!(
                out,
                "<text class=\"{}\" x=\"{}\" y=\"{y}\">{}</text>",
                part.class,
                geometry::MARGIN,
                Escaped(&line)
            )?;
            y += LINE;
        }
    }
    parts::write_legend(&legend, y, out)?;
    writeln!(out, "</svg>")
}

/// Lines below the drawing.
struct Below {
    class: &'static str,
    lines: Vec<String>,
}

fn below(scene: &Scene<'_>, width: f64) -> Vec<Below> {
    let room = ((width.max(480.0) - 2.0 * geometry::MARGIN) / SMALL).floor();
    // A picture is at least as wide as a few words.
    let room = (16..2_000)
        .rev()
        .find(|n| f64::from(*n) <= room)
        .unwrap_or(16);
    let room = usize::try_from(room).unwrap_or(16);
    let part = |class, text: &str| Below {
        class,
        lines: wrapped(&one_line(text), room),
    };
    let mut all = Vec::new();
    all.extend(scene.longest_way().map(|way| part("note", &way)));
    let notes = &scene.picture.notes;
    for note in notes.iter().take(MAX_NOTES) {
        all.push(part("note wrong", &format!("✗ {}", note.text)));
    }
    if notes.len() > MAX_NOTES {
        let more = notes.len() - MAX_NOTES;
        all.push(part("note wrong", &format!("✗ and {more} more faults")));
    }
    all
}

fn columns(text: &str) -> f64 {
    f64::from(u32::try_from(super::label::width(text)).unwrap_or(u32::MAX))
}

/// What the picture shows, in words.
fn description(scene: &Scene<'_>) -> String {
    let mut text = format!(
        "{}. Arrows lead from what is needed to what needs it.",
        scene.summary()
    );
    for note in scene.picture.notes.iter().take(MAX_NOTES) {
        text.push_str(&format!(" Wrong: {}.", note.text));
    }
    let mut needs = vec![Vec::new(); scene.picture.nodes.len()];
    for edge in &scene.picture.edges {
        needs[edge.to].push(scene.picture.nodes[edge.from].name.as_str());
    }
    for node in scene.order() {
        if text.len() > MAX_DESCRIPTION {
            text.push_str(" And more.");
            break;
        }
        let name = &scene.picture.nodes[node].name;
        let wave = scene.layers.of[node];
        text.push_str(&format!(" Wave {wave}: {name}"));
        if !needs[node].is_empty() {
            let more = needs[node].len().saturating_sub(10);
            needs[node].truncate(10);
            text.push_str(&format!(", needs {}", needs[node].join(", ")));
            if more > 0 {
                text.push_str(&format!(" and {more} more"));
            }
        }
        text.push('.');
    }
    text
}
