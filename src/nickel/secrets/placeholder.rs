//! Values that only mark the place of one.

/// Whole values that stand for something else.
const WORDS: &[&str] = &[
    "any",
    "ask",
    "bool",
    "change",
    "closure",
    "default",
    "env",
    "false",
    "file",
    "hidden",
    "int",
    "keyring",
    "masked",
    "nil",
    "none",
    "nothing",
    "null",
    "optional",
    "pass",
    "passwd",
    "password",
    "prompt",
    "record",
    "required",
    "secret",
    "sensitive",
    "stdin",
    "str",
    "string",
    "test",
    "text",
    "token",
    "true",
    "undefined",
    "vault",
    "yes",
    "no",
];

/// Parts of values that were written to be replaced.
const PARTS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "dummy",
    "example",
    "fixme",
    "insert",
    "placeholder",
    "redacted",
    "replace",
    "sample",
    "todo",
    "xxx",
    "your-",
    "your_",
    "yourpass",
    "{{",
    "{%",
    "${",
    "$(",
    "%{",
    "<",
    ">",
    "...",
    "…",
    "***",
];

/// Whether a value only marks the place of one.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.trim().to_lowercase();
    let mut chars = lower.chars();
    let first = chars.next();
    let is_one_character = chars.all(|c| Some(c) == first);
    is_one_character
        || WORDS.contains(&lower.as_str())
        || PARTS.iter().any(|part| lower.contains(part))
}
