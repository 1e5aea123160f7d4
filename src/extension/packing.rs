//! Which files of an extension travel with it.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use semver::Version;

use crate::metadata::{FILE_NAMES, Node};

use super::Directory;

/// Never in a package, nor what lies in it.
const VERSION_CONTROL: &str = ".git";

/// Files at the root that are in every package, whatever the patterns say: in capital letters, without an ending.
const ALWAYS: [&str; 4] = ["README", "LICENSE", "LICENCE", "CHANGELOG"];

/// How the name of a package ends, and that of its signature.
const ENDINGS: [&str; 2] = [".tar.gz", ".tar.gz.minisig"];

/// Patterns as `.gitignore` has them, relative to a directory.
#[derive(Clone, Debug)]
pub struct Patterns(Gitignore);

impl Patterns {
    /// Reads patterns. One that cannot be read matches nothing: the others count.
    pub fn new<'a>(root: &Path, patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut builder = GitignoreBuilder::new(root);
        for pattern in patterns {
            let _ = builder.add_line(None, pattern);
        }
        Self(builder.build().unwrap_or_else(|_| Gitignore::empty()))
    }

    /// Returns why a pattern cannot be read.
    pub fn fault(pattern: &str) -> Option<String> {
        let mut builder = GitignoreBuilder::new("");
        let added = builder.add_line(None, pattern);
        added.err().map(|error| error.to_string())
    }

    /// Returns the pattern that something matches by itself.
    fn one(&self, relative: &Path, is_directory: bool) -> Option<&str> {
        match self.0.matched(relative, is_directory) {
            ignore::Match::Ignore(glob) => Some(glob.original()),
            _ => None,
        }
    }

    /// Returns the pattern that something, or a directory around it, matches.
    pub fn around(&self, relative: &Path, is_directory: bool) -> Option<&str> {
        // The crate takes a path with a root for a fault of its caller.
        if relative.has_root() {
            return None;
        }
        match self.0.matched_path_or_any_parents(relative, is_directory) {
            ignore::Match::Ignore(glob) => Some(glob.original()),
            _ => None,
        }
    }
}

/// What is left out of a package: what matches `[build] exclude`, what does not match `[build] include` where there is one,
/// what belongs to version control, and packages of the extension itself. Patterns are read as those of `.gitignore` are.
#[derive(Clone, Debug)]
pub struct Packing {
    exclude: Patterns,
    include: Option<Patterns>,
    /// How the names of its own packages begin.
    own: Option<String>,
}

/// What becomes of a file or a directory, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In every package: metadata, README, LICENSE, CHANGELOG.
    Always,
    /// A pattern of `include` matches it.
    Included(String),
    /// Nothing leaves it out.
    Kept,
    /// A pattern of `exclude` matches it.
    Excluded(String),
    /// There is `include`, and no pattern of it matches.
    NotIncluded,
    /// It belongs to version control.
    VersionControl,
    /// It is a package of the extension, or the signature of one.
    OwnPackage,
}

impl Verdict {
    /// Whether it travels with the extension, as long as the directory that it lies in does.
    pub fn is_packed(&self) -> bool {
        matches!(self, Verdict::Always | Verdict::Included(_) | Verdict::Kept)
    }
}

impl Packing {
    /// Reads the patterns of an extension. A pattern that cannot be read neither takes in nor leaves out anything.
    pub fn of(directory: &Directory) -> Self {
        let metadata = directory.reading.metadata.as_ref();
        let list = |key: &str| metadata.and_then(|metadata| metadata.document.at(key));
        let patterns = |node: &Node| {
            let texts = node.texts();
            Patterns::new(&directory.path, texts.iter().map(String::as_str))
        };
        Self {
            exclude: list("build.exclude")
                .map_or_else(|| Patterns::new(&directory.path, []), patterns),
            include: list("build.include").map(patterns),
            own: directory
                .reading
                .name
                .as_ref()
                .map(|name| format!("{name}-")),
        }
    }

    /// Whether only what is named is taken in, so that a directory with nothing of it is not packed.
    pub(super) fn has_include(&self) -> bool {
        self.include.is_some()
    }

    /// Says what becomes of a file or a directory, given relative to the extension. What lies in a directory that is left
    /// out is left out too; that is for the caller to know.
    pub fn verdict(&self, relative: &Path, is_directory: bool) -> Verdict {
        let name = relative.file_name().and_then(|name| name.to_str());
        if name == Some(VERSION_CONTROL) {
            return Verdict::VersionControl;
        }
        if !is_directory && is_always_in(relative) {
            return Verdict::Always;
        }
        if !is_directory && name.is_some_and(|name| self.is_own_package(name)) {
            return Verdict::OwnPackage;
        }
        if let Some(pattern) = self.exclude.one(relative, is_directory) {
            return Verdict::Excluded(pattern.to_owned());
        }
        match &self.include {
            // Directories are taken in with what is in them.
            Some(include) if !is_directory => match include.around(relative, false) {
                Some(pattern) => Verdict::Included(pattern.to_owned()),
                None => Verdict::NotIncluded,
            },
            _ => Verdict::Kept,
        }
    }

    /// Whether a file or a directory is left out by itself; see [`Packing::verdict`].
    pub fn leaves_out(&self, relative: &Path, is_directory: bool) -> bool {
        !self.verdict(relative, is_directory).is_packed()
    }

    /// A package must not be in the next one, wherever it was put.
    fn is_own_package(&self, name: &str) -> bool {
        let Some(rest) = self.own.as_ref().and_then(|own| name.strip_prefix(own)) else {
            return false;
        };
        ENDINGS
            .iter()
            .filter_map(|ending| rest.strip_suffix(ending))
            .any(|version| Version::parse(version).is_ok())
    }
}

fn is_always_in(relative: &Path) -> bool {
    if relative
        .parent()
        .is_none_or(|parent| !parent.as_os_str().is_empty())
    {
        return false;
    }
    let Some(name) = relative.to_str() else {
        return false;
    };
    let stem = name.split(['.', '-']).next().unwrap_or_default();
    FILE_NAMES.contains(&name) || ALWAYS.iter().any(|known| stem.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packing(build: &str) -> (tempfile::TempDir, Packing) {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(
            home.path().join("metadata.toml"),
            format!("[extension]\nname = \"a\"\ntype = \"template\"\nversion = \"1.0.0\"\n[build]\n{build}\n"),
        )
        .unwrap();
        let directory = Directory::open(home.path(), None).unwrap();
        assert!(directory.is_usable(), "{:?}", directory.reading.findings);
        let packing = Packing::of(&directory);
        (home, packing)
    }

    #[test]
    fn patterns_are_relative_to_the_extension() {
        let (_home, packing) =
            packing("exclude = [\"tests/**\", \"*.tmp\", \"/notes.md\", \"[\", \"LICENSE\"]");
        for (path, is_directory, left_out) in [
            ("tests/unit.nu", false, true),
            ("tests/deep", true, true),
            ("a/b.tmp", false, true),
            ("notes.md", false, true),
            ("docs/notes.md", false, false),
            (".git", true, true),
            ("sub/.git", false, true),
            (".gitignore", false, false),
            ("nulib/mod.nu", false, false),
            // In every package, at the root.
            ("LICENSE", false, false),
            ("docs/LICENSE", false, true),
        ] {
            assert_eq!(
                packing.leaves_out(Path::new(path), is_directory),
                left_out,
                "{path}"
            );
        }
    }

    #[test]
    fn with_include_only_what_is_named_and_what_is_always_in_is_packed() {
        let (_home, packing) = packing(
            "include = [\"src/**\", \"/examples/\", \"*.ncl\", \"!secret.ncl\"]\nexclude = [\"*.tmp\"]",
        );
        let included = |pattern: &str| Verdict::Included(pattern.to_owned());
        for (path, verdict) in [
            ("src/nulib/mod.nu", included("src/**")),
            ("src/x.tmp", Verdict::Excluded("*.tmp".to_owned())),
            ("examples/deep/a", included("/examples/")),
            ("docs/examples/a", Verdict::NotIncluded),
            ("a/b.ncl", included("*.ncl")),
            ("a/secret.ncl", Verdict::NotIncluded),
            ("API.md", Verdict::NotIncluded),
            ("metadata.toml", Verdict::Always),
            ("extension.toml", Verdict::Always),
            ("README.md", Verdict::Always),
            ("Readme", Verdict::Always),
            ("LICENSE-MIT", Verdict::Always),
            ("CHANGELOG.md", Verdict::Always),
            ("READMEnot", Verdict::NotIncluded),
            ("docs/README.md", Verdict::NotIncluded),
        ] {
            assert_eq!(packing.verdict(Path::new(path), false), verdict, "{path}");
        }
        assert_eq!(packing.verdict(Path::new("docs"), true), Verdict::Kept);
    }

    #[test]
    fn packages_of_the_extension_are_left_out_wherever_they_lie() {
        let (_home, packing) = packing("");
        for (path, own) in [
            ("dist/a-1.0.0.tar.gz", true),
            ("a-0.9.0-rc.1+x.tar.gz.minisig", true),
            ("dist/b-1.0.0.tar.gz", false),
            ("dist/a-tools.tar.gz", false),
            ("a-1.0.0.zip", false),
        ] {
            let verdict = packing.verdict(Path::new(path), false);
            assert_eq!(verdict == Verdict::OwnPackage, own, "{path}");
        }
    }
}
