//! Texts of the author's as parts of files: in quotes, for each language.

use serde_json::Value;

/// Returns a text in quotes for TOML and Nushell, which read these as JSON does. Control characters, which they do not, have
/// been refused before.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns a text in quotes for Nickel, where `%{` would begin a computation.
pub(super) fn nickel(text: &str) -> String {
    quoted(text).replace("%{", "\\%{")
}

/// Returns a text as a paragraph of Markdown that shows just it.
pub(super) fn markdown(text: &str) -> String {
    let text = text.trim();
    // What would begin a heading, a list, a quotation or a block.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let begins = |at: usize| match text[at..].chars().next() {
        Some('.' | ')') => digits > 0,
        Some(c) => at == 0 && "#+-=>".contains(c),
        None => false,
    };
    let mut all = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        if "\\`*_[]<&|~".contains(c) || (at == digits && begins(at)) {
            all.push('\\');
        }
        all.push(c);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_read_as_code() {
        let text = "a \"b\" \\ %{c} 'd' é";
        assert_eq!(quoted(text), r#""a \"b\" \\ %{c} 'd' é""#);
        assert_eq!(nickel(text), r#""a \"b\" \\ \%{c} 'd' é""#);
        for (text, shown) in [
            ("# no heading", "\\# no heading"),
            ("1. no list", "1\\. no list"),
            ("2.0 of it", "2\\.0 of it"),
            ("```", "\\`\\`\\`"),
            ("well-known, 5 (or 6).", "well-known, 5 (or 6)."),
            ("- a_b <c>", "\\- a\\_b \\<c>"),
            ("", ""),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }
}
