//! What looks like a secret in a text, so that it is told and never shown.

pub(super) mod fields;

use std::path::Path;

use crate::nickel::{stars, tokens, without_secrets};

/// Returns a text with what looks like a secret replaced by stars, byte for byte.
pub fn masked(file: &Path, text: &str) -> String {
    let mut hidden: Vec<(usize, usize)> = tokens(text)
        .iter()
        .map(|token| token.hidden)
        .chain(fields::find(text, file).iter().map(|field| field.span))
        .map(|span| (span.start, span.end))
        .collect();
    hidden.sort_unstable();
    stars(text, &hidden)
}

/// As [`masked`], for templates: outside of tags, what stands behind the name of a secret is hidden in any notation, quoted or not.
pub fn masked_template(file: &Path, text: &str) -> String {
    let known = masked(file, text);
    let lines = without_secrets(text, file);
    if known.len() != text.len() || lines.len() != text.len() {
        return "*".repeat(text.len());
    }
    let mut hidden: Vec<(usize, usize)> = Vec::new();
    let mut in_tag = false;
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        match (before, byte) {
            (b'{', b'{' | b'%' | b'#') => in_tag = true,
            (b'}' | b'%' | b'#', b'}') => in_tag = false,
            _ => {}
        }
        before = byte;
        let is_hidden = |shown: &str| shown.as_bytes().get(at) != Some(&byte);
        if is_hidden(&known) || (!in_tag && byte != b'{' && byte != b'}' && is_hidden(&lines)) {
            match hidden.last_mut() {
                Some((_, end)) if *end == at => *end += 1,
                _ => hidden.push((at, at + 1)),
            }
        }
    }
    stars(text, &hidden)
}

#[cfg(test)]
mod tests {
    use super::masked_template;

    #[test]
    fn in_templates_secrets_are_hidden_and_tags_are_not() {
        for (text, shown) in [
            ("password: hunter2\n", "password: *******\n"),
            (
                "password: {{ password | upper }}\n",
                "password: {{ password | upper }}\n",
            ),
            (
                "{% set password = \"hunter2\" %}",
                "{% set password = \"*******\" %}",
            ),
            ("port = {{ port }} # größe\n", "port = {{ port }} # größe\n"),
        ] {
            assert_eq!(masked_template("a.j2".as_ref(), text), shown);
        }
    }
}
