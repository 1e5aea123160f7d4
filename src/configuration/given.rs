//! What a source says, before anybody knows whether it can be used.

use crate::diagnostic::Span;

/// A value of a source with its place.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value.
    pub value: GivenValue,
    /// Where it stands, in a text that only the caller knows: the user's code, or a file.
    pub span: Span,
}

/// The kinds of values that sources have.
#[derive(Clone, Debug)]
pub enum GivenValue {
    /// Nothing, which is as if it were not there.
    Nothing,
    /// Text.
    Text(String),
    /// Text that was put together from other values, and so is not shown: one of them may be a secret.
    Made(String),
    /// A whole number.
    Whole(i64),
    /// True or false.
    Flag(bool),
    /// A number of bytes.
    Size(i64),
    /// A number of nanoseconds.
    Duration(i64),
    /// A list.
    List(Vec<Given>),
    /// Keys and values.
    Record(Vec<GivenEntry>),
    /// Something that no setting is; its type as the source calls it.
    Other(String),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct GivenEntry {
    /// The key.
    pub key: String,
    /// Where the key stands; where the value does, when the source does not tell.
    pub key_span: Span,
    /// The value.
    pub given: Given,
}

/// How values are written, which decides what is taken for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Values of the shell: there are sizes and durations.
    Nushell,
    /// TOML: sizes and durations are texts.
    Toml,
    /// Environment variables: everything may be a text.
    Environment,
}

impl Notation {
    /// Whether sizes and durations are written as texts.
    pub(super) fn has_units_in_texts(self) -> bool {
        self != Notation::Nushell
    }
}

impl Given {
    /// Returns the text of a text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            GivenValue::Text(text) | GivenValue::Made(text) => Some(text),
            _ => None,
        }
    }
}
