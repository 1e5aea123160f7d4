//! Pictures in the language of Mermaid, which Markdown of several hosts shows.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::dot::groups;
use super::hue::Hue;
use super::label::one_line;
use super::{Look, Scene};

pub(super) fn write(scene: &Scene<'_>) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(scene, &mut text);
    text
}

fn draw(scene: &Scene<'_>, out: &mut String) -> fmt::Result {
    let title = serde_json::Value::from(one_line(&scene.picture.title));
    writeln!(out, "---\ntitle: {title}\n---\nflowchart LR")?;
    for (number, (name, nodes)) in groups(scene).into_iter().enumerate() {
        writeln!(out, "  subgraph g{number}[\"{}\"]", Escaped(&name))?;
        for node in nodes {
            let known = &scene.picture.nodes[node];
            write!(out, "    n{node}[\"{}", Escaped(&known.name))?;
            let details = known.details();
            if !details.is_empty() {
                write!(out, "<br/>{}", Escaped(&details))?;
            }
            writeln!(out, "\"]")?;
        }
        writeln!(out, "  end")?;
    }
    let mut wrong = Vec::new();
    let mut critical = Vec::new();
    for (at, edge) in scene.picture.edges.iter().enumerate() {
        write!(out, "  n{} -->", edge.from)?;
        if let Some(constraint) = &edge.constraint {
            write!(out, "|\"{}\"|", Escaped(constraint))?;
        }
        writeln!(out, " n{}", edge.to)?;
        if scene.is_wrong(at) {
            wrong.push(at);
        } else if scene.is_critical[at] {
            critical.push(at);
        }
    }
    for (number, note) in scene.picture.notes.iter().enumerate() {
        writeln!(out, "  note{number}[\"{}\"]:::wrong", Escaped(&note.text))?;
    }
    let used: BTreeSet<Hue> = scene.hues.iter().copied().collect();
    for hue in used {
        let tone = hue.light();
        let of_hue = |node: &usize| scene.hues[*node] == hue;
        class(out, hue.class(), tone.fill, tone.stroke, "")?;
        members(out, scene, hue.class(), of_hue)?;
    }
    let red = Hue::Red.light();
    class(out, "wrong", red.fill, red.stroke, "")?;
    members(out, scene, "wrong", |node| {
        scene.picture.nodes[*node].is_faulty
    })?;
    writeln!(out, "  classDef dashed stroke-dasharray:4 3")?;
    members(out, scene, "dashed", |node| {
        scene.picture.nodes[*node].look != Look::Solid
    })?;
    writeln!(out, "  classDef thick stroke-width:3px")?;
    members(out, scene, "thick", |node| {
        scene.is_on_way[*node] || scene.picture.nodes[*node].is_focus
    })?;
    links(
        out,
        &wrong,
        &format!("stroke:{},stroke-width:2px", red.stroke),
    )?;
    links(out, &critical, "stroke-width:3px")
}

fn class(out: &mut String, name: &str, fill: &str, stroke: &str, more: &str) -> fmt::Result {
    writeln!(
        out,
        "  classDef {name} fill:{fill},stroke:{stroke},color:#1f2328{more}"
    )
}

fn members(
    out: &mut String,
    scene: &Scene<'_>,
    class: &str,
    is_member: impl Fn(&usize) -> bool,
) -> fmt::Result {
    let members: Vec<String> = (0..scene.picture.nodes.len())
        .filter(is_member)
        .map(|node| format!("n{node}"))
        .collect();
    if members.is_empty() {
        return Ok(());
    }
    writeln!(out, "  class {} {class}", members.join(","))
}

fn links(out: &mut String, links: &[usize], style: &str) -> fmt::Result {
    if links.is_empty() {
        return Ok(());
    }
    let links: Vec<String> = links.iter().map(ToString::to_string).collect();
    writeln!(out, "  linkStyle {} {style}", links.join(","))
}

/// Text inside of quotes. What is neither a letter nor a digit nor harmless is written by its number, so that nothing is
/// taken for HTML, for Markdown, or for the end of the text.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in one_line(self.0).chars() {
            let is_harmless = !c.is_ascii()
                || c.is_ascii_alphanumeric()
                || matches!(c, ' ' | '-' | '_' | '.' | ',' | ':' | '+' | '=' | '/');
            if is_harmless {
                f.write_char(c)?;
            } else {
                write!(f, "#{};", u32::from(c))?;
            }
        }
        Ok(())
    }
}
