//! Which files of an extension travel with it.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::Directory;

/// What is left out of a package: `[build] exclude` and what belongs to version control. Patterns are read as those of
/// `.gitignore` are.
#[derive(Clone, Debug)]
pub struct Packing(Gitignore);

/// Never in a package.
const ALWAYS: &str = ".git";

impl Packing {
    /// Reads the patterns of an extension. A pattern that cannot be read leaves nothing out.
    pub fn of(directory: &Directory) -> Self {
        let patterns = directory
            .reading
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.document.at("build.exclude"))
            .map(crate::metadata::Node::texts)
            .unwrap_or_default();
        let mut builder = GitignoreBuilder::new(&directory.path);
        for pattern in &patterns {
            // The error is the pattern's: the others count.
            let _ = builder.add_line(None, pattern);
        }
        let _ = builder.add_line(None, ALWAYS);
        Self(builder.build().unwrap_or_else(|_| Gitignore::empty()))
    }

    /// Whether a file or a directory, given relative to the extension, is left out by itself. What lies in a directory
    /// that is left out is left out too; that is for the caller to know.
    pub fn leaves_out(&self, relative: &Path, is_directory: bool) -> bool {
        self.0.matched(relative, is_directory).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_relative_to_the_extension() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(
            home.path().join("metadata.toml"),
            "[extension]\nname = \"a\"\ntype = \"template\"\nversion = \"1.0.0\"\n[build]\nexclude = [\"tests/**\", \"*.tmp\", \"/notes.md\", \"[\"]\n",
        )
        .unwrap();
        let packing = Packing::of(&Directory::open(home.path(), None).unwrap());
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
        ] {
            assert_eq!(
                packing.leaves_out(Path::new(path), is_directory),
                left_out,
                "{path}"
            );
        }
    }
}
