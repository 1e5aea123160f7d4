//! The list of a package: what it is, and every file in it.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::Deserialize;

use crate::extension::{Contents, Directory, ExtensionType, Kind};
use crate::metadata::check_name;

use super::policy::shown;

/// The format of packages that this version writes and reads.
pub const FORMAT: u64 = 1;

/// What a package is and what is in it. It has one form as text only: a text that is not the one that its contents give is
/// refused, so that no two programs can read different things in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Name of the extension or bundle.
    pub name: String,
    /// What it is: a type, or `bundle`.
    pub kind: String,
    /// Its version.
    pub version: Version,
    /// The extensions of a bundle.
    pub provides: Vec<(ExtensionType, String)>,
    /// Whether it was validated and had no errors when it was built.
    pub validated: bool,
    /// The version of the program that has built it.
    pub built_by: String,
    /// The files, sorted by the bytes of their paths.
    pub files: Vec<PackedFile>,
}

/// One file in a package.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedFile {
    /// Relative to the extension, with `/` between its parts.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Whether it is a program.
    #[serde(default)]
    pub executable: bool,
}

/// Why a text is no list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ManifestFault {
    /// A later version has written it.
    Newer(u64),
    /// It is none, for this reason.
    Invalid(String),
}

impl Manifest {
    /// Begins the list of an extension; none when it cannot be told what it is.
    pub(super) fn of(directory: &Directory, validated: bool) -> Option<Self> {
        let metadata = directory.reading.metadata.as_ref()?;
        let kind = directory.kind()?;
        let provides = match kind {
            Kind::Single(_) => Vec::new(),
            Kind::Bundle => metadata
                .provides
                .iter()
                .map(|provided| (provided.kind, provided.name.clone()))
                .collect(),
        };
        Some(Self {
            name: metadata.name.clone(),
            kind: kind.to_string(),
            version: metadata.version.clone(),
            provides,
            validated,
            built_by: env!("CARGO_PKG_VERSION").to_owned(),
            files: Vec::new(),
        })
    }

    /// Returns the top folder of the archive, with a `/` at its end.
    pub fn top(&self) -> String {
        format!("{}-{}/", self.name, self.version)
    }

    /// Returns how many bytes the files have.
    pub fn total(&self) -> u64 {
        self.files
            .iter()
            .fold(0, |total, file| total.saturating_add(file.size))
    }

    /// Returns the digests of the files, as those of the extension itself.
    pub fn contents(&self) -> Contents {
        let files: BTreeMap<String, String> = self
            .files
            .iter()
            .map(|file| (file.path.clone(), file.sha256.clone()))
            .collect();
        Contents::these(files)
    }

    /// Reads a list.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let invalid = |reason: String| ManifestFault::Invalid(reason);
        // Its own text repeats what it has found, however long that is.
        let unreadable = |error: serde_json::Error| {
            invalid(format!(
                "its list cannot be read, from line {} and column {} on",
                error.line(),
                error.column()
            ))
        };
        let format: Numbered = serde_json::from_slice(bytes).map_err(unreadable)?;
        if format.format > FORMAT {
            return Err(ManifestFault::Newer(format.format));
        }
        let raw: Raw = serde_json::from_slice(bytes).map_err(unreadable)?;
        check_name(&raw.name)
            .map_err(|reason| invalid(format!("its list has a name that is none: {reason}")))?;
        for provided in &raw.provides {
            check_name(&provided.name)
                .map_err(|reason| invalid(format!("its list has a name that is none: {reason}")))?;
        }
        let version = Version::parse(&raw.version)
            .map_err(|error| invalid(format!("its list has a version that is none: {error}")))?;
        let is_kind = raw.kind == "bundle" || ExtensionType::WORDS.contains(&raw.kind.as_str());
        if !is_kind || (raw.kind == "bundle") == raw.provides.is_empty() {
            return Err(invalid("its list does not say what it is".to_owned()));
        }
        if Version::parse(&raw.built_by).is_err() {
            return Err(invalid(
                "its list does not say what has built it".to_owned(),
            ));
        }
        if let Some(pair) = raw
            .files
            .windows(2)
            .find(|pair| pair[0].path >= pair[1].path)
        {
            return Err(invalid(format!(
                "its list is not sorted, or has {} twice",
                shown(&pair[1].path)
            )));
        }
        let is_digest = |text: &str| {
            text.len() == 64
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if !raw.files.iter().all(|file| is_digest(&file.sha256)) {
            return Err(invalid("its list has a digest that is none".to_owned()));
        }
        let manifest = Self {
            name: raw.name,
            kind: raw.kind,
            version,
            provides: raw
                .provides
                .into_iter()
                .map(|provided| (provided.kind, provided.name))
                .collect(),
            validated: raw.validated,
            built_by: raw.built_by,
            files: raw.files,
        };
        if manifest.to_string().as_bytes() != bytes {
            return Err(invalid(
                "its list is not written as `extension build` does".to_owned(),
            ));
        }
        Ok(manifest)
    }
}

/// The text: JSON with a line for each file.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        writeln!(f, "{{\n  \"format\": {FORMAT},")?;
        writeln!(f, "  \"name\": {},", quoted(&self.name))?;
        writeln!(f, "  \"type\": {},", quoted(&self.kind))?;
        writeln!(f, "  \"version\": {},", quoted(&self.version.to_string()))?;
        if !self.provides.is_empty() {
            let provides: Vec<String> = self
                .provides
                .iter()
                .map(|(kind, name)| {
                    format!("\n    {{\"type\": \"{kind}\", \"name\": {}}}", quoted(name))
                })
                .collect();
            writeln!(f, "  \"provides\": [{}\n  ],", provides.join(","))?;
        }
        writeln!(f, "  \"validated\": {},", self.validated)?;
        writeln!(f, "  \"built_by\": {},", quoted(&self.built_by))?;
        f.write_str("  \"files\": [")?;
        for (index, file) in self.files.iter().enumerate() {
            write!(
                f,
                "{}\n    {{\"path\": {}, \"size\": {}, \"sha256\": \"{}\"{}}}",
                if index == 0 { "" } else { "," },
                quoted(&file.path),
                file.size,
                file.sha256,
                if file.executable {
                    ", \"executable\": true"
                } else {
                    ""
                }
            )?;
        }
        f.write_str("\n  ]\n}\n")
    }
}

/// The first thing to know of a list.
#[derive(Deserialize)]
struct Numbered {
    format: u64,
}

/// A list as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "format")]
    _format: u64,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    version: String,
    #[serde(default)]
    provides: Vec<RawProvided>,
    validated: bool,
    built_by: String,
    files: Vec<PackedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProvided {
    #[serde(rename = "type")]
    kind: ExtensionType,
    name: String,
}

/// Returns the folders that begin between two files that follow each other, the outermost first, each with a `/` at its end.
pub(super) fn folders<'a>(before: &'a str, path: &'a str) -> impl Iterator<Item = &'a str> {
    path.match_indices('/')
        .map(|(at, _)| &path[..=at])
        .filter(move |folder| !before.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(paths: &[&str]) -> Manifest {
        let file = |path: &&str| PackedFile {
            path: (*path).to_owned(),
            size: 3,
            sha256: "0".repeat(64),
            executable: path.ends_with(".sh"),
        };
        Manifest {
            name: "app".to_owned(),
            kind: "taskserv".to_owned(),
            version: Version::new(1, 0, 0),
            provides: Vec::new(),
            validated: true,
            built_by: "0.1.0".to_owned(),
            files: paths.iter().map(file).collect(),
        }
    }

    #[test]
    fn a_list_is_a_text_to_be_read() {
        let mut list = list(&["a \"b\".md", "run.sh"]);
        insta::assert_snapshot!(list.to_string(), @r#"
        {
          "format": 1,
          "name": "app",
          "type": "taskserv",
          "version": "1.0.0",
          "validated": true,
          "built_by": "0.1.0",
          "files": [
            {"path": "a \"b\".md", "size": 3, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
            {"path": "run.sh", "size": 3, "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "executable": true}
          ]
        }
        "#);
        list.kind = "bundle".to_owned();
        list.provides = vec![(ExtensionType::Provider, "cloud".to_owned())];
        assert_eq!(Manifest::read(list.to_string().as_bytes()), Ok(list));
    }

    #[test]
    fn anything_else_than_the_one_text_is_refused() {
        let text = list(&["a", "b"]).to_string();
        for (from, to) in [
            ("\"format\": 1", "\"format\":1"),
            ("\"format\": 1", "\"format\": 0"),
            ("\"name\": \"app\"", "\"name\": \"../app\""),
            ("\"name\": \"app\"", "\"name\": \"..\""),
            ("\"version\": \"1.0.0\"", "\"version\": \"1.0.0/../..\""),
            ("\"version\": \"1.0.0\"", "\"version\": \"1.0\""),
            ("\"taskserv\"", "\"thing\""),
            ("\"taskserv\"", "\"bundle\""),
            ("\"validated\": true", "\"validated\": true,\n  \"more\": 1"),
            ("\"path\": \"b\"", "\"path\": \"a\""),
            ("\"path\": \"b\"", "\"path\": \"\\u0062\""),
            ("\"size\": 3", "\"size\": 3.0"),
            ("\"size\": 3", "\"size\": -3"),
            ("\"size\": 3", "\"size\": 3, \"size\": 3"),
            ("0\"}", "A\"}"),
            ("0\"}", "0\", \"executable\": false}"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let fault = Manifest::read(changed.as_bytes());
            assert!(matches!(fault, Err(ManifestFault::Invalid(_))), "{to}");
        }
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(
            Manifest::read(newer.as_bytes()),
            Err(ManifestFault::Newer(2))
        );
        assert!(Manifest::read(b"").is_err());
    }

    proptest! {
        #[test]
        fn a_list_gives_itself_back(paths in prop::collection::btree_set("[ -~é日]{1,20}", 0..20)) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let list = list(&paths);
            prop_assert_eq!(Manifest::read(list.to_string().as_bytes()), Ok(list));
        }

        #[test]
        fn folders_come_once_and_ahead_of_what_is_in_them(
            paths in prop::collection::btree_set("[ab.-]{1,2}(/[ab.-]{1,2}){0,3}", 1..20),
        ) {
            let mut seen = std::collections::BTreeSet::new();
            let mut before = String::new();
            for path in &paths {
                for folder in folders(&before, path) {
                    prop_assert!(seen.insert(folder.to_owned()), "{folder} twice");
                }
                let around = path.match_indices('/').map(|(at, _)| &path[..=at]);
                for folder in around {
                    prop_assert!(seen.contains(folder), "{folder} of {path}");
                }
                before.clone_from(path);
            }
        }
    }
}
