//! What looks like a secret in a text, so that it is told and never shown.

pub(super) mod fields;

use std::path::Path;

use crate::nickel::{stars, tokens};

/// Returns a text with what looks like a secret replaced by stars, byte for byte.
pub(crate) fn masked(file: &Path, text: &str) -> String {
    let mut hidden: Vec<(usize, usize)> = tokens(text)
        .iter()
        .map(|token| token.hidden)
        .chain(fields::find(text, file).iter().map(|field| field.span))
        .map(|span| (span.start, span.end))
        .collect();
    hidden.sort_unstable();
    stars(text, &hidden)
}
