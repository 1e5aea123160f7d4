//! Source texts and places in them.

use std::path::Path;
use std::sync::OnceLock;

/// A byte range in a [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Returns the span of the given bytes.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place as people count it: both numbers start at 1, columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A text with the name it is shown under.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    mask: Option<fn(&Path, &str) -> String>,
    shown: OnceLock<String>,
    line_starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// Returns a source; `name` is what a user sees, usually a path.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            mask: None,
            shown: OnceLock::new(),
            line_starts: OnceLock::new(),
        }
    }

    /// Returns the name to show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hides what must not be shown: the function gets the name and the text, and returns the
    /// text to show, byte for byte as long. Of a text that is not, nothing is shown.
    #[must_use]
    pub fn masked_by(mut self, mask: fn(&Path, &str) -> String) -> Self {
        self.mask = Some(mask);
        self
    }

    /// Returns what may be shown of a part of the text.
    pub(super) fn shown(&self, range: std::ops::Range<usize>) -> &str {
        let text = match self.mask {
            None => &self.text,
            Some(mask) => self
                .shown
                .get_or_init(|| mask(Path::new(&self.name), &self.text)),
        };
        let text = Some(text).filter(|text| text.len() == self.text.len());
        text.and_then(|text| text.get(range)).unwrap_or_default()
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.match_indices('\n').map(|(at, _)| at + 1))
                .collect()
        })
    }

    /// Returns the line (from 0) that holds a byte offset.
    pub(super) fn line_index(&self, offset: usize) -> usize {
        self.line_starts()
            .partition_point(|start| *start <= offset.min(self.text.len()))
            .saturating_sub(1)
    }

    /// Returns the byte range of a line (from 0) without its line break.
    pub(super) fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let starts = self.line_starts();
        let start = starts.get(line).copied().unwrap_or(self.text.len());
        let end = starts
            .get(line + 1)
            .map_or(self.text.len(), |next| next - 1);
        let end = match self.text.as_bytes().get(start..end) {
            Some([.., b'\r']) => end - 1,
            _ => end,
        };
        start..end.max(start)
    }

    /// Returns line and column of a byte offset; an offset past the end means the end.
    pub fn location(&self, offset: usize) -> Location {
        let line = self.line_index(offset);
        let start = self.line_range(line).start;
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        Location {
            line: line + 1,
            column: self.text[start..offset.max(start)].chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_before_their_break() {
        let source = Source::new("f", "héllo = 1\r\nsecond\n");
        assert_eq!(source.location(0), Location { line: 1, column: 1 });
        assert_eq!(source.location(8), Location { line: 1, column: 8 });
        assert_eq!(source.location(12), Location { line: 2, column: 1 });
        assert_eq!(source.location(999), Location { line: 3, column: 1 });
        assert_eq!(&source.text()[source.line_range(0)], "héllo = 1");
        assert_eq!(&source.text()[source.line_range(1)], "second");
    }

    #[test]
    fn an_offset_inside_a_character_means_that_character() {
        let source = Source::new("f", "é");
        assert_eq!(source.location(1), Location { line: 1, column: 1 });
    }

    #[test]
    fn an_empty_text_has_one_line() {
        assert_eq!(
            Source::new("f", "").location(5),
            Location { line: 1, column: 1 }
        );
    }
}
