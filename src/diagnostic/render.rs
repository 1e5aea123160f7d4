//! Findings as text with file, line, column, the line itself and an underline.
//!
//! Nushell can only underline its own sources, so excerpts of TOML and Nickel files travel as text.

use std::collections::BTreeMap;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};

use super::{Diagnostic, Label, Severity, Source, safe_text};

/// Characters of a line shown to either side of a label; a longer line is cut.
const LINE_CONTEXT: usize = 120;

/// Returns one finding as plain text: level, code, message, excerpts and help.
///
/// Nothing a terminal could interpret survives, whatever the file holds.
pub fn render(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(safe_text(&diagnostic.message).into_owned())
        .id(diagnostic.code.as_str());
    let mut report = vec![Group::with_title(title).elements(places(diagnostic))];
    if let Some(help) = &diagnostic.help {
        report.push(Group::with_title(
            Level::HELP.secondary_title(safe_text(help).into_owned()),
        ));
    }
    RENDERER.render(&report)
}

/// Returns the message and the excerpts of one finding, for places that show level, code and help in their own way.
pub fn render_body(diagnostic: &Diagnostic) -> String {
    let message = safe_text(&diagnostic.message);
    match render_places(diagnostic) {
        Some(excerpts) => format!("{message}\n{excerpts}"),
        None => message.into_owned(),
    }
}

/// Returns only the excerpts of one finding; nothing when it has no place.
pub fn render_places(diagnostic: &Diagnostic) -> Option<String> {
    let places = places(diagnostic);
    (!places.is_empty())
        .then(|| RENDERER.render(&[Group::with_level(Level::ERROR).elements(places)]))
}

const RENDERER: Renderer = Renderer::plain().decor_style(DecorStyle::Ascii);

/// The excerpts of a finding or, without any, the file it is about.
fn places(diagnostic: &Diagnostic) -> Vec<Element<'static>> {
    let mut places: Vec<Element<'static>> = by_source(&diagnostic.labels)
        .into_iter()
        .flat_map(|(source, labels)| excerpts(&source, &labels))
        .map(Element::from)
        .collect();
    if let (true, Some(file)) = (places.is_empty(), diagnostic.file()) {
        places.push(Origin::path(safe_text(&file).into_owned()).into());
    }
    places
}

fn by_source(labels: &[Label]) -> Vec<(Arc<Source>, Vec<&Label>)> {
    let mut groups: Vec<(Arc<Source>, Vec<&Label>)> = Vec::new();
    for label in labels {
        match groups
            .iter_mut()
            .find(|(source, _)| Arc::ptr_eq(source, &label.source))
        {
            Some((_, group)) => group.push(label),
            None => groups.push((Arc::clone(&label.source), vec![label])),
        }
    }
    groups
}

/// One snippet for each line that has a label: only those lines are shown, so a huge file costs nothing.
fn excerpts(source: &Source, labels: &[&Label]) -> Vec<Snippet<'static, Annotation<'static>>> {
    let mut lines: BTreeMap<usize, Vec<&Label>> = BTreeMap::new();
    for label in labels {
        lines
            .entry(source.line_index(label.span.start))
            .or_default()
            .push(label);
    }
    let first_line = labels
        .first()
        .map(|label| source.line_index(label.span.start));
    let mut ordered: Vec<_> = lines.into_iter().collect();
    // The line of the most important label comes first.
    ordered.sort_by_key(|(line, _)| (Some(*line) != first_line, *line));
    ordered
        .into_iter()
        .map(|(line, labels)| excerpt(source, line, &labels))
        .collect()
}

fn excerpt(
    source: &Source,
    line: usize,
    labels: &[&Label],
) -> Snippet<'static, Annotation<'static>> {
    let range = source.line_range(line);
    let text = source.shown(range.clone());
    let (mut shown, map) = cut(
        text,
        labels
            .first()
            .map_or(0, |label| label.span.start.saturating_sub(range.start)),
    );
    if shown.is_empty() {
        shown.push(' ');
    }
    let snippet = Snippet::source(shown)
        .line_start(line + 1)
        .path(safe_text(source.name()).into_owned());
    labels
        .iter()
        .enumerate()
        .fold(snippet, |snippet, (index, label)| {
            let start = map(label.span.start.saturating_sub(range.start));
            // A label that goes past its line is shown to the end of that line.
            let end = map(label.span.end.min(range.end).saturating_sub(range.start)).max(start);
            let kind = if index == 0 {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            snippet.annotation(
                kind.span(start..end)
                    .label(safe_text(&label.text).into_owned()),
            )
        })
}

/// Returns the part of a line around `focus` with unsafe characters replaced one for one, and a map from byte
/// offsets of the line to byte offsets of that part.
fn cut(text: &str, focus: usize) -> (String, impl Fn(usize) -> usize + 'static) {
    let mut shown = String::new();
    let mut offsets = Vec::new();
    let before = text
        .char_indices()
        .take_while(|(at, _)| *at < focus)
        .count();
    let first = before.saturating_sub(LINE_CONTEXT);
    let last = before + LINE_CONTEXT;
    if first > 0 {
        shown.push('…');
    }
    for (index, (at, c)) in text.char_indices().enumerate() {
        if index < first {
            continue;
        }
        if index > last {
            shown.push('…');
            break;
        }
        offsets.push((at, shown.len()));
        // One character for one keeps the underline in place.
        match c {
            '\t' => shown.push(' '),
            c if super::is_unsafe_char(c) => shown.push('\u{FFFD}'),
            c => shown.push(c),
        }
    }
    let end = shown.len();
    let map = move |offset: usize| {
        let at = offsets.partition_point(|(original, _)| *original < offset);
        offsets.get(at).map_or(end, |(_, shown)| *shown)
    };
    (shown, map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Span};

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source::new("metadata.toml", text))
    }

    #[test]
    fn a_finding_shows_file_line_column_excerpt_and_help() {
        let source = source("[extension]\nname = \"My Ext\"\n");
        let finding = Diagnostic::error(Code::InvalidName, "`My Ext` is not a valid name")
            .with_label(&source, Span::new(19, 27), "spaces are not allowed")
            .with_help("write `my-ext`");
        insta::assert_snapshot!(render(&finding), @r#"
        error[metadata::invalid-name]: `My Ext` is not a valid name
         --> metadata.toml:2:8
          |
        2 | name = "My Ext"
          |        ^^^^^^^^ spaces are not allowed
          |
        help: write `my-ext`
        "#);
    }

    #[test]
    fn the_body_has_neither_level_nor_code_nor_help() {
        let source = source("a = 1\n");
        let finding = Diagnostic::error(Code::WrongType, "not a string")
            .with_label(&source, Span::new(4, 5), "here")
            .with_help("write \"1\"");
        insta::assert_snapshot!(render_body(&finding), @r"
        not a string
         --> metadata.toml:1:5
          |
        1 | a = 1
          |     ^ here
        ");
        let missing = Diagnostic::error(Code::StructureMissing, "`a` is missing").with_file("x/a");
        insta::assert_snapshot!(render_body(&missing), @r"
        `a` is missing
        --> x/a
        ");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_label() {
        let text = format!("{} = 1", "k".repeat(1_000_000));
        let source = source(&text);
        let finding = Diagnostic::error(Code::InvalidName, "too long").with_label(
            &source,
            Span::new(1_000_003, 1_000_004),
            "here",
        );
        let shown = render(&finding);
        assert!(shown.len() < 1_000, "{} bytes", shown.len());
        assert!(shown.contains('^'));
    }

    #[test]
    fn nothing_a_terminal_could_interpret_survives() {
        let source = source("name = \"\u{1b}]0;owned\u{7}\u{202e}\"\n");
        let finding = Diagnostic::error(Code::InvalidName, "bad \u{1b}[2J name")
            .with_label(&source, Span::new(7, 12), "\u{1b}[31m")
            .with_help("\u{202e}");
        let shown = render(&finding);
        assert!(
            !shown
                .chars()
                .any(|c| c != '\n' && super::super::is_unsafe_char(c)),
            "{shown:?}"
        );
    }

    #[test]
    fn labels_in_two_files_show_both() {
        let one = source("[extension]\n");
        let two = Arc::new(Source::new("manifest.toml", "name = 1\n"));
        let finding = Diagnostic::error(Code::Conflict, "two names")
            .with_label(&one, Span::new(0, 11), "here")
            .with_label(&two, Span::new(7, 8), "and here");
        insta::assert_snapshot!(render(&finding));
    }

    #[test]
    fn a_span_at_the_end_of_an_empty_file_is_rendered() {
        let source = source("");
        let finding = Diagnostic::error(Code::MissingKey, "nothing here").with_label(
            &source,
            Span::new(0, 0),
            "",
        );
        assert!(render(&finding).contains("metadata.toml:1:1"));
    }
}
