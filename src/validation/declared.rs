//! Where a dependency is written: the exact text of its name, its versions and its type.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source, Span};
use crate::extension::Directory;
use crate::metadata::{Dependency, Node};
use crate::nickel::without_secrets;

use super::text;

/// Largest version schema in which a dependency is looked for, in bytes.
const MAX_SCHEMA: u64 = 1 << 20;

/// The places of a declaration. Without a text there is only the file.
pub(super) struct Declared {
    file: String,
    places: Option<Places>,
}

struct Places {
    source: Arc<Source>,
    name: Span,
    versions: Option<Span>,
    kind: Option<Span>,
}

/// A part of a declaration.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Name,
    Versions,
    Type,
}

impl Declared {
    pub(super) fn find(dependency: &Dependency, directory: &Directory) -> Self {
        let places = match &dependency.node {
            Some(node) => Some(in_metadata(node, &dependency.name)),
            None => in_schema(dependency, directory),
        };
        Self {
            file: dependency.origin.clone(),
            places,
        }
    }

    /// Puts a finding on a part of the declaration, or on its name when the part is not written.
    pub(super) fn label(
        &self,
        finding: Diagnostic,
        part: Part,
        text: impl Into<String>,
    ) -> Diagnostic {
        let Some(places) = &self.places else {
            return finding.with_file(&self.file);
        };
        let written = match part {
            Part::Name => None,
            Part::Versions => places.versions,
            Part::Type => places.kind,
        };
        finding.with_label(&places.source, written.unwrap_or(places.name), text)
    }
}

fn in_metadata(node: &Node, name: &str) -> Places {
    let source = Arc::clone(&node.source);
    if let Some(written) = node.as_str() {
        let (name, versions) = parts(node, written, name.len()).unwrap_or((node.span, None));
        return Places {
            source,
            name,
            versions,
            kind: None,
        };
    }
    let span = |key: &str| node.get(key).map(|node| node.span);
    Places {
        source,
        name: span("name").unwrap_or(node.span),
        versions: span("version"),
        kind: span("type"),
    }
}

/// Name and versions of `containerd >=1.6.0`, unless the text is written with escapes.
fn parts(node: &Node, written: &str, name: usize) -> Option<(Span, Option<Span>)> {
    let literal = node.source.text().get(node.span.start..node.span.end)?;
    let start = node.span.start + literal.find(written)?;
    let start = start + written.len() - written.trim_start().len();
    let versions = written
        .trim_start()
        .get(name..)?
        .trim_start()
        .trim_start_matches('@')
        .trim_start();
    let end = start + written.trim_start().len();
    let versions = (!versions.trim_end().is_empty()).then(|| {
        let from = end - versions.len();
        Span::new(from, from + versions.trim_end().len())
    });
    Some((Span::new(start, start + name), versions))
}

/// A value that was evaluated has no place any more. Its name is looked for as a string, and is only pointed at when it
/// stands there once.
fn in_schema(dependency: &Dependency, directory: &Directory) -> Option<Places> {
    let path = dunce::canonicalize(&dependency.origin).ok()?;
    if !path.starts_with(&directory.path) {
        return None;
    }
    let text = text::read(&path, MAX_SCHEMA).ok().flatten()?.text;
    let once = |wanted: &str, ends: &[char]| {
        let mut found = text.match_indices(wanted).filter(|(at, _)| {
            text[at + wanted.len()..].starts_with(|c: char| c.is_whitespace() || ends.contains(&c))
        });
        let (at, _) = found.next()?;
        // Without the quote.
        found
            .next()
            .is_none()
            .then(|| Span::new(at + 1, at + wanted.len()))
    };
    let name = once(
        &format!("\"{}", dependency.name),
        &['"', '<', '>', '=', '^', '~', '*', '@'],
    )?;
    let versions = once(&format!("\"{}", dependency.constraint), &['"']);
    Some(Places {
        source: Arc::new(Source::new(
            &dependency.origin,
            without_secrets(&text, &path),
        )),
        name,
        versions,
        kind: None,
    })
}
