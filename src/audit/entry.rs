//! What is written down about one operation.

use std::fmt;
use std::time::Duration;

use semver::Version;
use sha2::{Digest as _, Sha256};

use super::record::hex;
use crate::diagnostic::Code;
use crate::metadata::ExtensionType;
use crate::nickel::kept_text;

/// Longest name and longest version that are kept, in characters; a name that nothing has may be anything.
const MAX_NAME: usize = 128;
/// Longest detail that is kept, in characters.
const MAX_DETAIL: usize = 1000;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// An extension was registered.
    Register,
    /// An extension was forgotten.
    Unregister,
    /// An extension was loaded.
    Load,
    /// A loaded extension was read again.
    Reload,
    /// A loaded extension was given up.
    Unload,
    /// What was kept of extensions was dropped.
    Clear,
    /// Versions of extensions were locked.
    Lock,
    /// An extension was published to a remote.
    Publish,
    /// A version was withdrawn from a remote.
    Yank,
    /// A withdrawal was taken back.
    Unyank,
    /// An extension was installed.
    Install,
    /// An extension was replaced by another version of it.
    Update,
    /// An installed extension was removed.
    Uninstall,
    /// An operation of an extension was called.
    Call,
    /// A deployment was created, changed or taken down.
    Deploy,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 15] = [
        Operation::Register,
        Operation::Unregister,
        Operation::Load,
        Operation::Reload,
        Operation::Unload,
        Operation::Clear,
        Operation::Lock,
        Operation::Publish,
        Operation::Yank,
        Operation::Unyank,
        Operation::Install,
        Operation::Update,
        Operation::Uninstall,
        Operation::Call,
        Operation::Deploy,
    ];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operation::Register => "register",
            Operation::Unregister => "unregister",
            Operation::Load => "load",
            Operation::Reload => "reload",
            Operation::Unload => "unload",
            Operation::Clear => "clear",
            Operation::Lock => "lock",
            Operation::Publish => "publish",
            Operation::Yank => "yank",
            Operation::Unyank => "unyank",
            Operation::Install => "install",
            Operation::Update => "update",
            Operation::Uninstall => "uninstall",
            Operation::Call => "call",
            Operation::Deploy => "deploy",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One operation, about to be written down.
///
/// Texts are free of keys and tokens that are known by their form, and of characters that change what a terminal shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(super) operation: Operation,
    pub(super) kind: Option<ExtensionType>,
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) failure: Option<Code>,
    pub(super) took: Duration,
    pub(super) count: u64,
    pub(super) detail: Option<String>,
}

impl Entry {
    /// Returns an operation that went well, once.
    pub fn new(operation: Operation) -> Self {
        Self {
            operation,
            kind: None,
            name: None,
            version: None,
            digest: None,
            failure: None,
            took: Duration::ZERO,
            count: 1,
            detail: None,
        }
    }

    /// Says which extension it was about.
    #[must_use]
    pub fn of(self, kind: ExtensionType, name: &str, version: &Version) -> Self {
        let version = version.to_string();
        self.named(Some(kind), name).versioned(&version)
    }

    /// Says what it was about when it is not known whether there is such an extension.
    #[must_use]
    pub fn named(mut self, kind: Option<ExtensionType>, name: &str) -> Self {
        self.kind = kind;
        self.name = Some(kept_text(name, MAX_NAME));
        self
    }

    /// Says which version was meant.
    #[must_use]
    pub fn versioned(mut self, version: &str) -> Self {
        self.version = Some(kept_text(version, MAX_NAME));
        self
    }

    /// Says which contents it was about.
    #[must_use]
    pub fn digest(mut self, digest: &str) -> Self {
        self.digest = Some(kept_text(digest, MAX_NAME));
        self
    }

    /// Says which text it was about.
    #[must_use]
    pub fn digest_of(self, bytes: &[u8]) -> Self {
        let digest = hex(&Sha256::digest(bytes));
        self.digest(&format!("sha256:{digest}"))
    }

    /// Says that it failed, and how.
    #[must_use]
    pub fn failed(mut self, code: Code) -> Self {
        self.failure = Some(code);
        self
    }

    /// Says how long it took.
    #[must_use]
    pub fn took(mut self, duration: Duration) -> Self {
        self.took = duration;
        self
    }

    /// Says how often it was done: what happens often is counted and written down now and then.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// Says more, in a short text. Values that a user keeps in variables or files do not belong here.
    #[must_use]
    pub fn detail(mut self, detail: &str) -> Self {
        self.detail = Some(kept_text(detail, MAX_DETAIL));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_short_and_hold_neither_tokens_nor_escapes() {
        let token = format!("ghp_{}", "0aZ9bY8cX7dW6eV5fU4gT3hS2iR1jQ0kPlOm");
        let entry = Entry::new(Operation::Load)
            .named(None, &format!("{token}/{}", "x".repeat(1 << 20)))
            .versioned(&format!("1.0.0+{token}"))
            .detail(&format!("/home/me/{token}/app\u{1b}[31m\n"));
        for text in [&entry.name, &entry.version, &entry.detail] {
            let text = text.as_deref().unwrap();
            assert!(!text.contains("0aZ9bY8c"), "{text}");
            assert!(!text.contains(['\u{1b}', '\n']), "{text}");
            assert!(text.chars().count() <= MAX_DETAIL, "{text}");
        }
        assert!(entry.detail.unwrap().starts_with("/home/me/"));
    }

    #[test]
    fn a_token_at_the_end_of_what_is_kept_is_not_kept_in_part() {
        let token = format!("ghp_{}", "0aZ9bY8cX7dW6eV5fU4gT3hS2iR1jQ0kPlOm");
        for before in MAX_NAME - 45..MAX_NAME + 5 {
            let text = kept_text(&format!("{} {token}", "x".repeat(before)), MAX_NAME);
            assert!(!text.contains("0aZ"), "{text}");
        }
    }
}
