//! The types of extensions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an extension is.
///
/// Sources: SYS-01..04, LOAD-08. Read case-insensitively, written in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExtensionType {
    /// A cloud or on-premises platform on which servers are created.
    Provider,
    /// A piece of software that is installed on a server.
    Taskserv,
    /// Components with dependencies that are deployed as a whole.
    Cluster,
    /// A reusable configuration; it has no operations.
    Template,
}

impl ExtensionType {
    /// Every type, in the order in which lists are sorted.
    pub const ALL: [ExtensionType; 4] = [
        ExtensionType::Provider,
        ExtensionType::Taskserv,
        ExtensionType::Cluster,
        ExtensionType::Template,
    ];

    /// The words for the types, for completion and messages.
    pub const WORDS: [&'static str; 4] = ["provider", "taskserv", "cluster", "template"];

    /// Returns the word for the type, such as `taskserv`.
    pub fn as_str(self) -> &'static str {
        match self {
            ExtensionType::Provider => "provider",
            ExtensionType::Taskserv => "taskserv",
            ExtensionType::Cluster => "cluster",
            ExtensionType::Template => "template",
        }
    }

    /// Returns the type that a parent folder such as `taskservs` stands for.
    ///
    /// Both `cluster` (REG-04) and `clusters` (DIR-33) are used by the source documents.
    pub fn from_folder(folder: &str) -> Option<Self> {
        match folder {
            "providers" => Some(ExtensionType::Provider),
            "taskservs" => Some(ExtensionType::Taskserv),
            "cluster" | "clusters" => Some(ExtensionType::Cluster),
            "templates" => Some(ExtensionType::Template),
            _ => None,
        }
    }

    /// Returns the key of `[provides]` that lists extensions of this type.
    pub fn provides_key(self) -> &'static str {
        match self {
            ExtensionType::Provider => "providers",
            ExtensionType::Taskserv => "taskservs",
            ExtensionType::Cluster => "clusters",
            ExtensionType::Template => "templates",
        }
    }
}

impl fmt::Display for ExtensionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a type of extension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a type of extension")]
pub struct UnknownType(pub String);

impl FromStr for ExtensionType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ExtensionType::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownType(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_in_any_case_and_written_in_lower_case() {
        for (kind, word) in ExtensionType::ALL.into_iter().zip(ExtensionType::WORDS) {
            assert_eq!(kind.to_string(), word);
            assert_eq!(word.to_uppercase().parse(), Ok(kind));
        }
        assert_eq!(
            "server".parse::<ExtensionType>(),
            Err(UnknownType("server".into()))
        );
    }
}
