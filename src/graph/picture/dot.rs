//! Pictures in the language of Graphviz.

use std::fmt::{self, Write as _};

use super::hue::Hue;
use super::label::one_line;
use super::{Group, Look, Scene};

pub(super) fn write(scene: &Scene<'_>) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(scene, &mut text);
    text
}

fn draw(scene: &Scene<'_>, out: &mut String) -> fmt::Result {
    writeln!(out, "digraph {} {{", quoted(&scene.picture.title))?;
    writeln!(out, "  graph [rankdir=LR, bgcolor=\"transparent\"];")?;
    writeln!(
        out,
        "  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=11];"
    )?;
    writeln!(
        out,
        "  edge [color=\"#8c959f\", fontname=\"monospace\", fontsize=9];"
    )?;
    let mut group = None;
    for (number, (name, nodes)) in groups(scene).into_iter().enumerate() {
        match scene.style.group {
            Group::Wave => writeln!(out, "  subgraph \"wave {number}\" {{\n    rank=same;")?,
            // Graphviz draws a frame round what begins with "cluster".
            Group::Type => writeln!(
                out,
                "  subgraph \"cluster {number}\" {{\n    label={};\n    style=rounded;",
                quoted(&name)
            )?,
        }
        for node in nodes {
            write_node(scene, node, out)?;
        }
        writeln!(out, "  }}")?;
        group = Some(number);
    }
    if group.is_none() {
        writeln!(out, "  label=\"nothing to draw\";")?;
    }
    for (at, edge) in scene.picture.edges.iter().enumerate() {
        let mut attributes = Vec::new();
        if let Some(constraint) = &edge.constraint {
            attributes.push(format!("label={}", quoted(constraint)));
        }
        if scene.is_wrong(at) {
            attributes.push(format!("color=\"{}\"", Hue::Red.light().stroke));
        }
        if scene.is_critical[at] {
            attributes.push("penwidth=2.5".to_owned());
        }
        if scene.layers.is_back[at] {
            attributes.push("constraint=false".to_owned());
        }
        write!(out, "  n{} -> n{}", edge.from, edge.to)?;
        if !attributes.is_empty() {
            write!(out, " [{}]", attributes.join(", "))?;
        }
        writeln!(out, ";")?;
    }
    if !scene.picture.notes.is_empty() {
        let notes: Vec<&str> = scene
            .picture
            .notes
            .iter()
            .map(|note| note.text.as_str())
            .collect();
        writeln!(
            out,
            "  label={};\n  labelloc=b;\n  fontcolor=\"{}\";",
            quoted_lines(&notes),
            Hue::Red.light().stroke
        )?;
    }
    writeln!(out, "}}")
}

/// Returns the groups that are drawn together, in the order of their first nodes.
pub(super) fn groups(scene: &Scene<'_>) -> Vec<(String, Vec<usize>)> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    let mut numbers = std::collections::HashMap::new();
    for node in scene.order() {
        let name = match scene.style.group {
            Group::Wave => format!("wave {}", scene.layers.of[node]),
            Group::Type => scene.picture.nodes[node]
                .kind
                .clone()
                .unwrap_or_else(|| "other".to_owned()),
        };
        let at = *numbers.entry(name.clone()).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(node);
    }
    groups
}

fn write_node(scene: &Scene<'_>, node: usize, out: &mut String) -> fmt::Result {
    let known = &scene.picture.nodes[node];
    let tone = if known.is_faulty {
        Hue::Red.light()
    } else {
        scene.hues[node].light()
    };
    let details = known.details();
    let lines: Vec<&str> = [known.name.as_str(), details.as_str()]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect();
    write!(
        out,
        "    n{node} [label={}, fillcolor=\"{}\", color=\"{}\"",
        quoted_lines(&lines),
        tone.fill,
        tone.stroke
    )?;
    if known.look != Look::Solid {
        write!(out, ", style=\"rounded,filled,dashed\"")?;
    }
    if scene.is_on_way[node] || known.is_focus {
        write!(out, ", penwidth=2.5")?;
    }
    writeln!(out, "];")
}

/// Returns text as a string of the language.
fn quoted(text: &str) -> String {
    quoted_lines(&[text])
}

/// Returns lines as one string, each of them centred.
fn quoted_lines(lines: &[&str]) -> String {
    let mut quoted = String::from("\"");
    for (number, line) in lines.iter().enumerate() {
        if number > 0 {
            quoted.push_str("\\n");
        }
        for c in one_line(line).chars() {
            match c {
                // Graphviz knows the entities of HTML.
                '&' => quoted.push_str("&amp;"),
                '"' | '\\' => {
                    quoted.push('\\');
                    quoted.push(c);
                }
                c => quoted.push(c),
            }
        }
    }
    quoted.push('"');
    quoted
}
