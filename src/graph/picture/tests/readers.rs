//! What reads pictures back: a parser of XML, and for the other formats just enough of one to see that no label breaks out.

use roxmltree::Document;

use super::FORMATS;
use crate::graph::picture::{Format, Picture, Style};

/// Checks every format with what can read it.
pub(super) fn check_all(picture: &Picture, style: &Style) {
    for format in FORMATS {
        let written = picture.write(format, style).unwrap();
        assert_eq!(
            written,
            picture.write(format, style).unwrap(),
            "{format} is not the same twice"
        );
        let unsafe_char = written
            .chars()
            .find(|c| *c != '\n' && crate::diagnostic::is_unsafe_char(*c));
        assert_eq!(unsafe_char, None, "{format}");
        match format {
            Format::Text => check_text(picture, &written),
            Format::Svg => check_svg(picture, &written),
            Format::Dot => check_dot(picture, &written),
            Format::Mermaid => check_mermaid(picture, &written),
        }
    }
}

fn check_text(picture: &Picture, text: &str) {
    let markers = ['●', '◆', '○', '◌', '✗'];
    let drawing = text.split("\n\n").next().unwrap();
    let nodes = drawing
        .lines()
        .filter(|line| {
            let line = line.trim_start_matches(|c: char| " │║╭╰├┬┴┼─╔╚╠╦╩╬═╒╘╞╤╧╪".contains(c));
            line.starts_with(markers)
        })
        .count();
    assert_eq!(nodes, picture.nodes.len(), "{text}");
}

fn check_svg(picture: &Picture, text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let class = |node: &roxmltree::Node<'_, '_>, word: &str| {
        node.attribute("class")
            .is_some_and(|class| class.split(' ').any(|one| one == word))
    };
    let all = || document.descendants().filter(roxmltree::Node::is_element);
    assert_eq!(
        all().filter(|node| class(node, "node")).count(),
        picture.nodes.len()
    );
    assert_eq!(
        all().filter(|node| class(node, "edge")).count(),
        picture.edges.len()
    );
    for element in all() {
        let name = element.tag_name().name();
        assert!(
            [
                "svg", "title", "desc", "style", "rect", "defs", "marker", "path", "text", "g"
            ]
            .contains(&name),
            "{name}"
        );
        for attribute in element.attributes() {
            let name = attribute.name();
            assert!(!name.starts_with("on") && name != "href", "{name}");
            assert!(
                !attribute.value().contains("url(") || attribute.value().starts_with("url(#"),
                "{}",
                attribute.value()
            );
        }
        if class(&element, "node") {
            let title = element
                .children()
                .find(|child| child.has_tag_name(("http://www.w3.org/2000/svg", "title")));
            assert!(title.and_then(|title| title.text()).is_some());
        }
    }
}

/// The statements of a text in DOT: strings are read as Graphviz reads them, what is outside of them by words.
fn check_dot(picture: &Picture, text: &str) {
    let mut outside = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '"' {
            outside.push(c);
            continue;
        }
        outside.push('S');
        loop {
            match characters.next().expect("a string that does not end") {
                '"' => break,
                '\\' => drop(characters.next()),
                c => assert!(!c.is_control(), "{c:?}"),
            }
        }
    }
    for line in outside.lines() {
        let is_known = line
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " S{}[]=,;->._".contains(c));
        assert!(is_known, "{line}");
    }
    let depth = outside.chars().fold(0_i32, |depth, c| match c {
        '{' | '[' => depth + 1,
        '}' | ']' => depth - 1,
        _ => depth,
    });
    assert_eq!(depth, 0);
    let labels = outside
        .lines()
        .filter(|line| line.starts_with("    n") && line.contains(" [label=S,"))
        .count();
    assert_eq!(labels, picture.nodes.len());
    assert_eq!(outside.matches(" -> ").count(), picture.edges.len());
}

/// The lines of a text in Mermaid, each of which is one statement of a few forms.
fn check_mermaid(picture: &Picture, text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("---"));
    let title = lines.next().unwrap().strip_prefix("title: ").unwrap();
    assert!(serde_json::from_str::<String>(title).is_ok());
    assert_eq!(lines.next(), Some("---"));
    assert_eq!(lines.next(), Some("flowchart LR"));
    let (mut nodes, mut edges) = (0, 0);
    for line in lines {
        let line = line.trim_start();
        assert!(line.matches('"').count() <= 2, "{line}");
        let mut parts = line.split('"');
        let (before, quoted) = (parts.next().unwrap(), parts.next().unwrap_or_default());
        let quoted = quoted.replace("<br/>", "");
        assert!(
            !quoted.contains(['<', '>', '&', '`', '"', '[', ']', '{', '}', '|', '\\', '%']),
            "{line}"
        );
        match before.split([' ', '[']).next().unwrap() {
            "subgraph" | "end" | "classDef" | "class" | "linkStyle" => {}
            word if word.starts_with("note") => {}
            word => {
                assert!(
                    word.starts_with('n') && word[1..].parse::<usize>().is_ok(),
                    "{line}"
                );
                if before.contains("-->") {
                    edges += 1;
                } else {
                    nodes += 1;
                }
            }
        }
    }
    assert_eq!((nodes, edges), (picture.nodes.len(), picture.edges.len()));
}
