//! Text from files that may be shown on a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character can change what a terminal or an editor shows: controls (escape sequences among them),
/// bidirectional overrides, invisible characters and the byte-order mark.
///
/// The joiners U+200C and U+200D are left out: emoji and several scripts need them. See "Trojan Source" (CVE-2021-42574) for the bidirectional ones.
pub fn is_unsafe_char(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// Returns the text with every unsafe character written as `\u{..}`; line feeds and tabs stay.
pub fn safe_text(text: &str) -> Cow<'_, str> {
    let escape = |c: char| is_unsafe_char(c) && c != '\n' && c != '\t';
    if !text.chars().any(escape) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if escape(c) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_bidi_never_come_out_raw() {
        assert_eq!(
            safe_text("a\u{1b}[31mred\u{202e}x\u{7}"),
            "a\\u{1b}[31mred\\u{202e}x\\u{7}"
        );
    }

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(safe_text("naïve 日本\n\tok"), Cow::Borrowed(_)));
    }
}
