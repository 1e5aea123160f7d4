//! Versions of components, as far as they can be held against what others ask.

use semver::{Version, VersionReq};

use crate::metadata::read_version;

/// The version of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ComponentVersion {
    /// It has none.
    #[default]
    Missing,
    /// This one.
    Exact(Version),
    /// Whichever fits: `latest`, or what is chosen elsewhere.
    Open,
    /// A text that is no version.
    Unreadable(String),
    /// A number with a fraction, which is not what was written: `1.10` is 1.1.
    Number(String),
}

impl ComponentVersion {
    /// Reads a text.
    pub fn read(text: &str) -> Self {
        if text == "latest" {
            return ComponentVersion::Open;
        }
        match read_version(text) {
            Ok(read) => ComponentVersion::Exact(read.version),
            Err(_) => ComponentVersion::Unreadable(text.to_owned()),
        }
    }

    /// Returns the version, when it is known.
    pub fn exact(&self) -> Option<&Version> {
        match self {
            ComponentVersion::Exact(version) => Some(version),
            _ => None,
        }
    }

    /// Whether it is what somebody asks for. What cannot be compared is not, unless anything will do.
    pub fn satisfies(&self, constraint: &VersionReq) -> bool {
        match self {
            ComponentVersion::Exact(version) => constraint.matches(version),
            ComponentVersion::Open => true,
            _ => constraint.comparators.is_empty(),
        }
    }

    /// Returns what it is, in words that follow `and`.
    pub fn told(&self) -> String {
        match self {
            ComponentVersion::Missing => "it has no version".to_owned(),
            ComponentVersion::Exact(version) => format!("its version is {version}"),
            ComponentVersion::Open => "its version is whichever fits".to_owned(),
            ComponentVersion::Unreadable(text) => {
                format!("its version is `{text}`, which cannot be compared")
            }
            ComponentVersion::Number(number) => format!("its version is the number {number}"),
        }
    }
}

impl From<Version> for ComponentVersion {
    fn from(version: Version) -> Self {
        ComponentVersion::Exact(version)
    }
}

/// What to do about a version that is a number.
pub(super) const QUOTE_IT: &str =
    "quote it, such as version: \"1.10\": without quotes that is the number 1.1";
