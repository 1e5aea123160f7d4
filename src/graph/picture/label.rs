//! Text of users in pictures: on one line, of bounded width, without anything that changes how the rest is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::diagnostic::safe_text;

/// Returns text on one line; what is unsafe, or no character of XML, is written as `\u{..}`.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    let safe = safe_text(text);
    let breaks = |c: char| matches!(c, '\n' | '\t') || is_noncharacter(c);
    if !safe.chars().any(breaks) {
        return safe;
    }
    let mut line = String::with_capacity(safe.len());
    for c in safe.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            // Writing to a String cannot fail.
            c if is_noncharacter(c) => drop(write!(line, "\\u{{{:x}}}", u32::from(c))),
            c => line.push(c),
        }
    }
    Cow::Owned(line)
}

fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xFFFE == 0xFFFE
}

/// Returns how many columns a text takes in a terminal.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Returns text of at most so many columns; what was cut off is an ellipsis.
pub(super) fn shortened(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut short = String::new();
    let mut taken = 1;
    for c in text.chars() {
        taken += c.width().unwrap_or(0);
        if taken > columns {
            break;
        }
        short.push(c);
    }
    short.push('…');
    Cow::Owned(short)
}

/// Breaks text between words into lines of at most so many columns; a longer word is cut.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&shortened(word, columns));
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_line_without_controls() {
        assert_eq!(
            one_line("a\nb\tc\u{1b}[31m\u{202e}\u{fffe}"),
            "a\\nb\\tc\\u{1b}[31m\\u{202e}\\u{fffe}"
        );
    }

    #[test]
    fn long_labels_are_cut_at_a_width_and_not_at_a_length() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcde…");
        assert_eq!(shortened("日本語日本語", 6), "日本…");
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 5), ["abcd…"]);
    }
}
