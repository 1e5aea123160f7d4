//! What an extension needs.

use semver::VersionReq;

use super::name::check_name;
use super::version::read_constraint;
use super::{ExtensionType, Node};

/// Another extension that this one needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// Name of the extension.
    pub name: String,
    /// Versions that will do; `*` when nothing was said.
    pub constraint: VersionReq,
    /// Type, when it was given.
    pub kind: Option<ExtensionType>,
    /// Where it is declared, such as `metadata.toml:21:15` or `schemas/version.ncl`.
    pub origin: String,
    /// The value that declares it, when it stands in metadata.
    pub node: Option<Node>,
}

impl Dependency {
    /// Reads the text form: a name, and optionally a constraint after it (`containerd >=1.6.0`).
    ///
    /// # Errors
    /// The reason, in words.
    pub fn read(text: &str, origin: impl Into<String>) -> Result<Self, String> {
        let text = text.trim();
        let at = text
            .find(|c: char| c.is_whitespace() || "<>=^~*@".contains(c))
            .unwrap_or(text.len());
        let (name, constraint) = text.split_at(at);
        Self::new(
            name,
            constraint.trim_start().trim_start_matches('@'),
            None,
            origin,
        )
    }

    /// Returns a dependency from its parts; an empty constraint means any version.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn new(
        name: &str,
        constraint: &str,
        kind: Option<ExtensionType>,
        origin: impl Into<String>,
    ) -> Result<Self, String> {
        check_name(name)?;
        let constraint = match constraint.trim() {
            "" => VersionReq::STAR,
            text => read_constraint(text)?,
        };
        Ok(Self {
            name: name.to_owned(),
            constraint,
            kind,
            origin: origin.into(),
            node: None,
        })
    }

    /// Whether both are about the same extension: the name is the same, and the types do not say otherwise.
    pub fn is_same(&self, other: &Dependency) -> bool {
        let kinds = self.kind.zip(other.kind);
        self.name == other.name && kinds.is_none_or(|(one, two)| one == two)
    }

    /// Whether it asks for nothing that another one does not ask for: the same extension, as far as types are given, in the
    /// same versions or in any.
    pub fn says_nothing_beside(&self, other: &Dependency) -> bool {
        self.is_same(other)
            && (self.constraint == VersionReq::STAR || self.constraint == other.constraint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String), String> {
        Dependency::read(text, "here").map(|dep| (dep.name, dep.constraint.to_string()))
    }

    #[test]
    fn names_stand_alone_or_with_a_constraint() {
        assert_eq!(read("containerd"), Ok(("containerd".into(), "*".into())));
        assert_eq!(
            read("containerd >=1.6.0"),
            Ok(("containerd".into(), ">=1.6.0".into()))
        );
        assert_eq!(
            read("containerd>=1.6, <2"),
            Ok(("containerd".into(), ">=1.6, <2".into()))
        );
        assert_eq!(read(" etcd@3.5 "), Ok(("etcd".into(), "^3.5".into())));
    }

    #[test]
    fn a_bad_name_or_constraint_is_told() {
        assert!(read("../etc").is_err());
        assert!(read("").is_err());
        assert!(read("containerd >=x").is_err());
    }
}
