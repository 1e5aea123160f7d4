//! The files that a parse has read, and places in them.

use std::path::Path;
use std::sync::Arc;

use nu_protocol::Span;
use nu_protocol::engine::StateWorkingSet;

use super::outcome::{File, Place};
use super::stub::normal;
use crate::nushell::files::MAX_SIZE;

/// The files of one inspection, over all of its parses.
#[derive(Default)]
pub(super) struct Files {
    pub(super) all: Vec<File>,
}

/// The files of one parse. Their spans follow each other in one space.
pub(super) struct Texts {
    /// First and one past the last byte, and the file.
    spans: Vec<(usize, usize, Whose)>,
}

/// Whose file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// One that may be shown.
    Known(usize),
    /// One from outside of what may be read.
    Outside,
    /// One that is no code, whatever it is.
    NoText,
    /// One that is built in, or that was made up for the parse.
    Internal,
}

impl Files {
    /// Takes over what a parse has read. `is_allowed` says whether a path may be shown.
    pub(super) fn take(
        &mut self,
        set: &StateWorkingSet<'_>,
        is_allowed: &dyn Fn(&Path) -> bool,
    ) -> Texts {
        let spans = set
            .files()
            .map(|file| {
                // `use ../a.nu` and `use ./a.nu` name the same file. What is made up has no path from the root.
                let path = &normal(Path::new(&*file.name));
                let whose = if !path.is_absolute() {
                    Whose::Internal
                } else if !is_allowed(path) {
                    Whose::Outside
                } else {
                    match text(&file.content) {
                        Some(text) => Whose::Known(self.index(path, text)),
                        None => Whose::NoText,
                    }
                };
                (file.covered_span.start, file.covered_span.end, whose)
            })
            .collect();
        Texts { spans }
    }

    fn index(&mut self, path: &Path, text: &str) -> usize {
        let known = self.all.iter().position(|file| file.path == path);
        known.unwrap_or_else(|| {
            self.all.push(File {
                path: path.to_owned(),
                text: text.into(),
            });
            self.all.len() - 1
        })
    }

    pub(super) fn text(&self, place: Place) -> &str {
        let text = self.all.get(place.file).map_or("", |file| &file.text);
        text.get(place.start..place.end).unwrap_or_default()
    }

    pub(super) fn whole(&self, file: usize) -> Arc<str> {
        self.all
            .get(file)
            .map_or_else(|| Arc::from(""), |file| Arc::clone(&file.text))
    }
}

/// Returns what a file holds, if it is one that is looked at: places in another text would be wrong.
fn text(content: &[u8]) -> Option<&str> {
    let length = u64::try_from(content.len()).ok()?;
    (length <= MAX_SIZE).then(|| std::str::from_utf8(content).ok())?
}

impl Texts {
    /// Returns the file that a span belongs to. One file begins where another ends: what is at that place belongs to the
    /// second, but when it is empty it belongs to the first, as what is missing at its end; and when nothing else may be
    /// shown, too, so that no error is lost.
    fn find(&self, span: Span) -> Option<&(usize, usize, Whose)> {
        let at = span.start;
        let after = self.spans.partition_point(|(start, _, _)| *start <= at);
        let before = self.spans.get(..after)?.iter().rev();
        let mut touching = before.take_while(|(_, end, _)| at <= *end);
        let is_empty = span.end <= at;
        let within = touching.clone().find(|(_, end, _)| at < *end);
        match within {
            Some(within) if !is_empty && within.2 != Whose::Internal => Some(within),
            _ => touching
                .clone()
                .find(|(_, end, whose)| at == *end && matches!(whose, Whose::Known(_)))
                .or(within)
                .or_else(|| touching.next()),
        }
    }

    pub(super) fn whose(&self, span: Span) -> Whose {
        self.find(span)
            .map_or(Whose::Internal, |(_, _, whose)| whose.clone())
    }

    /// Returns the place of a span in a file that may be shown.
    pub(super) fn place(&self, span: Span) -> Option<Place> {
        let (start, end, whose) = self.find(span)?;
        match whose {
            Whose::Known(file) => Some(Place {
                file: *file,
                start: span.start - start,
                end: span.end.clamp(span.start, *end) - start,
            }),
            _ => None,
        }
    }

    /// Whether a span belongs to a file below a directory.
    pub(super) fn is_below(&self, span: Span, set: &StateWorkingSet<'_>, directory: &Path) -> bool {
        let mut files = set.files();
        files.any(|file| {
            let covered = file.covered_span;
            covered.start <= span.start
                && span.end <= covered.end
                && normal(Path::new(&*file.name)).starts_with(directory)
        })
    }

    /// Whether something was read that does not belong to the extension.
    pub(super) fn has_outside(&self) -> bool {
        self.spans
            .iter()
            .any(|(_, _, whose)| *whose == Whose::Outside)
    }
}
