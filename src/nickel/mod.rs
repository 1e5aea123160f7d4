//! Nickel, built in: a file, a text or data in; data, findings or a description out.
//!
//! This is the only module that knows `nickel-lang-core`. An [`Evaluator`] reads a program with everything it imports
//! ([`closure`]), gives it to an engine on a thread of this process or in a worker process ([`crate::worker`]), and
//! returns plain data. The interpreter itself opens no files.

mod closure;
mod depth;
mod diff;
mod doc;
mod engine;
mod error;
mod evaluator;
mod files;
mod guard;
mod hosts;
mod job;
mod kept;
mod limits;
mod outline;
mod program;
mod query;
mod scan;
mod secrets;
mod stream;
mod task;
mod text;
mod threads;

use semver::Version;

pub use diff::{Change, Difference, differences};
pub use doc::markdown;
pub use error::NickelError;
pub use evaluator::{Checked, Evaluator};
pub(crate) use files::Signature;
pub use job::{JOB, handler};
pub use limits::{DEFAULT_MEMORY, DEFAULT_TIMEOUT, Interrupt, Isolation, Limits};
pub use outline::{Annotation, Expression, Field as OutlineField, Outline, Part, PartKind, Record};
pub use program::{Imports, Input, Program, Roots, is_readable_format};
pub use query::Field;
pub use secrets::{
    SecretLiteral, SecretToken, hide_tokens, is_placeholder, is_secret, kept_text, secret_literals,
    stars, tokens, without_secrets,
};
pub use stream::Checks;
pub use text::to_text;

/// The version of the Nickel language that is built in.
///
/// The crate has versions of its own: core 0.19 is Nickel 1.18 (GAP-35). A test holds this against the lock file.
pub const NICKEL_VERSION: Version = Version::new(1, 18, 0);

/// Splits a field path such as `a.b."c.d"` at its dots; in quotes, a backslash goes ahead of a quote or a backslash.
///
/// # Errors
/// What is wrong with it, in words.
pub fn field_path(text: &str) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => {
                if let (Some(part), Some(escaped)) = (parts.last_mut(), chars.next()) {
                    part.push(escaped);
                }
            }
            '.' if !quoted => parts.push(String::new()),
            c => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    if parts.iter().any(String::is_empty) {
        return Err("a part of the path is empty".to_owned());
    }
    Ok(parts)
}

#[cfg(test)]
mod tests;
