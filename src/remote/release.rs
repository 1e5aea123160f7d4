//! What a remote knows of a release.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::extension::ExtensionType;
use crate::metadata::{Compatibility, check_name};
use crate::registry::Requirement;

/// The format of what is written. What has a higher number is left to newer programs.
pub(super) const FORMAT: u32 = 1;

/// What a package is: an extension of a type, or a bundle of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PackageKind {
    /// One extension.
    Single(ExtensionType),
    /// Several extensions in one directory.
    Bundle,
}

impl PackageKind {
    /// Every kind.
    pub const ALL: [PackageKind; 5] = [
        PackageKind::Single(ExtensionType::Provider),
        PackageKind::Single(ExtensionType::Taskserv),
        PackageKind::Single(ExtensionType::Cluster),
        PackageKind::Single(ExtensionType::Template),
        PackageKind::Bundle,
    ];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            PackageKind::Single(kind) => kind.as_str(),
            PackageKind::Bundle => "bundle",
        }
    }

    /// Returns the name of the folder for packages of the kind.
    pub fn folder(self) -> &'static str {
        match self {
            PackageKind::Single(kind) => kind.provides_key(),
            PackageKind::Bundle => "bundles",
        }
    }
}

impl fmt::Display for PackageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PackageKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if word.eq_ignore_ascii_case("bundle") {
            return Ok(PackageKind::Bundle);
        }
        word.parse()
            .map(PackageKind::Single)
            .map_err(|_| format!("`{word}` is no type of package"))
    }
}

impl Serialize for PackageKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PackageKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of a package, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId {
    /// What it is.
    pub kind: PackageKind,
    /// Its name, which keeps to the rule for names.
    pub name: String,
}

impl PackageId {
    /// Returns the file name of the archive of a version.
    pub fn archive_name(&self, version: &Version) -> String {
        format!("{}-{version}.tar.gz", self.name)
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}

/// An extension of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provides {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
}

/// The versions of the platform that a release works with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Platform {
    /// Nushell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nushell: Option<VersionReq>,
    /// Nickel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickel: Option<VersionReq>,
    /// The provisioning API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioning: Option<VersionReq>,
}

impl Platform {
    /// Returns what an extension says of the platform.
    pub fn of(compatibility: &Compatibility) -> Self {
        Self {
            nushell: compatibility.nushell.clone(),
            nickel: compatibility.nickel.clone(),
            provisioning: compatibility.provisioning.clone(),
        }
    }
}

/// One version of a package, as the index describes it: enough to choose versions without fetching anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: PackageKind,
    /// Its version.
    pub version: Version,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Words that it is found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Its license, an SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Digest of the archive: `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Length of the archive, in bytes.
    pub size: u64,
    /// Digest of the files in it, as locks have it ([`Contents`](crate::extension::Contents)).
    pub contents: String,
    /// The key that the archive is signed with, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The extensions of a bundle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides: Vec<Provides>,
    /// The extensions that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Requirement>,
    /// The versions of the platform that it works with.
    #[serde(default)]
    pub platform: Platform,
    /// Packages of the operating system that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub system_packages: Vec<String>,
    /// Environment variables that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_env: Vec<String>,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// Who has published it, as far as that machine knew.
    pub by: String,
}

impl Release {
    /// Returns which package it is a version of.
    pub fn id(&self) -> PackageId {
        PackageId {
            kind: self.kind,
            name: self.name.clone(),
        }
    }

    /// Returns the extensions that it has: itself, or those of the bundle.
    pub fn extensions(&self) -> Vec<Provides> {
        match self.kind {
            PackageKind::Single(kind) => vec![Provides {
                kind,
                name: self.name.clone(),
            }],
            PackageKind::Bundle => self.provides.clone(),
        }
    }

    /// Returns what keeps it from being one that this program can use, in words.
    pub(super) fn fault(&self) -> Option<String> {
        let is_digest = |text: &str| {
            text.strip_prefix("sha256:").is_some_and(|digits| {
                let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                digits.len() == 64 && digits.bytes().all(is_digit)
            })
        };
        if check_name(&self.name).is_err() {
            return Some("its name breaks the rule for names".to_owned());
        }
        for named in self
            .provides
            .iter()
            .map(|one| &one.name)
            .chain(self.dependencies.iter().map(|one| &one.name))
        {
            if check_name(named).is_err() {
                return Some("it names an extension that breaks the rule for names".to_owned());
            }
        }
        if !is_digest(&self.digest) || !is_digest(&self.contents) {
            return Some("a digest is none".to_owned());
        }
        if matches!(self.kind, PackageKind::Bundle) == self.provides.is_empty() {
            return Some("a bundle, and nothing else, provides extensions".to_owned());
        }
        None
    }
}

/// What was done to a release afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The version.
    pub version: Version,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub time: DateTime<Utc>,
    /// Who has done it, as far as that machine knew.
    pub by: String,
}

/// One line of an index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Event {
    /// A version was published.
    Publish(Box<Release>),
    /// A version is not to be chosen any more.
    Yank(Mark),
    /// It may be chosen again.
    Unyank(Mark),
}
