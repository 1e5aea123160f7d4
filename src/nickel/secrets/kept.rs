//! Texts that are kept for long and shown to others.

use super::{stars, tokens};
use crate::diagnostic::safe_text;

/// Returns the beginning of a text as one line, without keys and tokens that are known by their form, and without
/// characters that change what a terminal shows.
pub fn kept_text(text: &str, most: usize) -> String {
    // Cut before it is searched, far enough behind the end that a token across it is still known by its form.
    let start = match text.char_indices().nth(most * 2) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let mut hidden: Vec<(usize, usize)> = tokens(start)
        .iter()
        .map(|token| (token.hidden.start, token.hidden.end))
        .collect();
    hidden.sort_unstable();
    let masked = stars(start, &hidden).replace(['\n', '\t'], " ");
    let safe = safe_text(&masked);
    match safe.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &safe[..end]),
        None => safe.into_owned(),
    }
}
