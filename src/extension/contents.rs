//! What an extension consists of, as digests.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::metadata::FILE_NAMES;
use crate::nickel::Interrupt;
use crate::store::open_file;

use super::tree::{Entry, Kind, MAX_ENTRIES, Tree, Unseen, one_line};
use super::{Directory, Interrupted, Packing};

/// Name of the lock file at the root of an extension. It says what the extension is used with, and is no part of it.
pub const LOCK_FILE: &str = "provisioning.lock";

/// Name of the file at the root of a package that lists what is in it. It is made with the package, and is no part of the
/// extension: what is unpacked has the digest of what was packed.
pub const PACKAGE_FILE: &str = "provisioning-package.json";

/// The folders from which code, schemas and templates are taken.
const USED_FOLDERS: [&str; 6] = ["nulib", "src", "schemas", "kcl", "templates", "generate"];

/// How many bytes are hashed between two looks at the flag.
const PIECE: usize = 64 << 10;

/// Every file of an extension with a digest of it: of a regular file, the SHA-256 of its bytes in hexadecimal digits; of a
/// link, `link:` and where it leads.
///
/// What a package leaves out ([`Packing`]) does not count, unless it is used where it lies: metadata, code, schemas, templates.
/// Nor do `.git`, the lock file and the list of a package, nor permissions, times and empty directories, which are not the same on every machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents(BTreeMap<String, String>);

/// How a file differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// It is another one.
    Changed,
}

impl Change {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// What keeps an extension from having a digest.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// The work was ended from outside.
    #[error("interrupted")]
    Interrupted,
    /// A file or a directory cannot be read.
    #[error("`{}` cannot be read: {reason}", one_line(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file is a pipe, a device or the like.
    #[error("`{}` is {what}", one_line(path))]
    Special {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A name, or where a link leads, has no form that is the same on every machine.
    #[error("`{}` has a name, or leads to one, that is not plain UTF-8 text", one_line(.0))]
    Name(PathBuf),
    /// There are too many files.
    #[error("`{}` holds more than {MAX_ENTRIES} files", one_line(.0))]
    TooMany(PathBuf),
}

impl From<Interrupted> for ContentsError {
    fn from(_: Interrupted) -> Self {
        ContentsError::Interrupted
    }
}

impl Contents {
    /// Reads every file of an extension.
    ///
    /// # Errors
    /// Something cannot be read, or has no form that is the same on every machine; or the work was ended from outside.
    pub fn of(directory: &Directory, interrupt: &Interrupt) -> Result<Self, ContentsError> {
        Self::packed(directory, &Packing::of(directory), interrupt)
    }

    /// As [`Contents::of`], with patterns from elsewhere: those of metadata that cannot be read just now, say.
    ///
    /// # Errors
    /// As [`Contents::of`].
    pub fn packed(
        directory: &Directory,
        packing: &Packing,
        interrupt: &Interrupt,
    ) -> Result<Self, ContentsError> {
        let tree = Tree::walk(&directory.path, packing, interrupt)?;
        match tree.unseen.first() {
            None => {}
            Some(Unseen::TooMany(_)) => return Err(ContentsError::TooMany(tree.root)),
            Some(Unseen::Unreadable(path, reason)) => {
                return Err(ContentsError::Unreadable {
                    path: path.clone(),
                    reason: reason.clone(),
                });
            }
        }
        let mut files = BTreeMap::new();
        for entry in tree.entries.iter().filter(|entry| Self::counts(entry)) {
            let unreadable = |error: io::Error| ContentsError::Unreadable {
                path: entry.path.clone(),
                reason: error.to_string(),
            };
            let misnamed = || ContentsError::Name(entry.path.clone());
            let value = match entry.kind {
                Kind::Directory => continue,
                Kind::File if is_about(&entry.relative) => continue,
                Kind::File => match digest_of_file(&entry.path, interrupt).map_err(unreadable)? {
                    Some(digest) => digest,
                    None => return Err(ContentsError::Interrupted),
                },
                Kind::Link => {
                    let target = entry.path.read_link().map_err(unreadable)?;
                    format!("link:{}", plain(&target).ok_or_else(misnamed)?)
                }
                Kind::Special(what) => {
                    return Err(ContentsError::Special {
                        path: entry.path.clone(),
                        what,
                    });
                }
            };
            files.insert(plain(&entry.relative).ok_or_else(misnamed)?, value);
        }
        Ok(Self(files))
    }

    /// Whether something in the directory of an extension counts.
    pub fn counts(entry: &Entry) -> bool {
        entry.is_packed || is_used(&entry.relative)
    }

    /// Returns the contents that somebody wrote down.
    pub fn these(files: BTreeMap<String, String>) -> Self {
        Self(files)
    }

    /// Returns the digests, by path with `/` between its parts.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Returns one digest of everything: `sha256:` and the SHA-256 of a line for each file, sorted by the bytes of the path.
    /// A line is the digest of the file, two blanks and the path, as `sha256sum` prints it (with a backslash ahead where the
    /// path has one, and that doubled); of a link, the SHA-256 of where it leads, a blank, `@` and the path.
    pub fn digest(&self) -> String {
        let mut all = Sha256::new();
        for (path, value) in &self.0 {
            let line = match value.strip_prefix("link:") {
                Some(target) => format!("{} @{path}\n", hex(&Sha256::digest(target))),
                None if path.contains('\\') => {
                    format!("\\{value}  {}\n", path.replace('\\', "\\\\"))
                }
                None => format!("{value}  {path}\n"),
            };
            all.update(line);
        }
        format!("sha256:{}", hex(&all.finalize()))
    }

    /// Returns the files in which `later` differs, by path.
    pub fn changes_to<'a>(&'a self, later: &'a Self) -> Vec<(&'a str, Change)> {
        let mut all: Vec<(&str, Change)> = self
            .0
            .iter()
            .filter_map(|(path, value)| match later.0.get(path) {
                None => Some((path.as_str(), Change::Removed)),
                Some(other) if other != value => Some((path.as_str(), Change::Changed)),
                Some(_) => None,
            })
            .chain(
                later
                    .0
                    .keys()
                    .filter(|path| !self.0.contains_key(*path))
                    .map(|path| (path.as_str(), Change::Added)),
            )
            .collect();
        all.sort_unstable();
        all
    }
}

/// Whether a file at the root is about the extension, and no part of it.
fn is_about(relative: &Path) -> bool {
    [LOCK_FILE, PACKAGE_FILE]
        .iter()
        .any(|name| relative == Path::new(name))
}

/// Whether something of an extension is used where it lies, so that leaving it out of packages must not hide it.
pub fn is_used(relative: &Path) -> bool {
    let mut parts = relative.iter().map(|part| part.to_string_lossy());
    let first = parts.next();
    first.is_some_and(|first| FILE_NAMES.contains(&&*first) || USED_FOLDERS.contains(&&*first))
        && !parts.any(|part| part == ".git")
}

/// Returns a path as text that is the same on every machine.
fn plain(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    if text.contains(['\n', '\r', '\0']) {
        return None;
    }
    Some(if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.to_owned()
    })
}

/// Returns the digest of a file, or nothing when the work was ended from outside.
fn digest_of_file(path: &Path, interrupt: &Interrupt) -> io::Result<Option<String>> {
    let mut file = open_file(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        if interrupt.is_triggered() {
            return Ok(None);
        }
        match file.read(&mut piece) {
            Ok(0) => return Ok(Some(hex(&hash.finalize()))),
            Ok(read) => hash.update(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("app");
        std::fs::create_dir(&root).unwrap();
        let metadata = "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n[build]\nexclude = [\"*.tmp\"]\n";
        for (name, text) in [("metadata.toml", metadata)].iter().chain(files) {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        (home, root)
    }

    fn contents(root: &Path) -> Result<Contents, ContentsError> {
        Contents::of(&Directory::open(root, None).unwrap(), &Interrupt::default())
    }

    #[test]
    fn the_digest_is_that_of_the_lines_of_sha256sum() {
        let (_home, root) = app(&[
            ("nulib/mod.nu", "export def a [] {}\n"),
            ("nulib.nu", ""),
            ("x.tmp", "left out"),
            (".git/HEAD", "left out"),
            (LOCK_FILE, "left out"),
            (PACKAGE_FILE, "left out"),
            ("docs/provisioning.lock", "counts"),
        ]);
        let contents = contents(&root).unwrap();
        let paths: Vec<&String> = contents.files().keys().collect();
        // By bytes, not by parts: `.` is less than `/`.
        assert_eq!(
            paths,
            [
                "docs/provisioning.lock",
                "metadata.toml",
                "nulib.nu",
                "nulib/mod.nu"
            ]
        );
        assert_eq!(
            contents.files()["nulib.nu"],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let lines: String = contents
            .files()
            .iter()
            .map(|(path, digest)| format!("{digest}  {path}\n"))
            .collect();
        assert_eq!(
            contents.digest(),
            format!("sha256:{}", hex(&Sha256::digest(lines)))
        );
    }

    #[test]
    fn what_is_used_counts_whatever_packages_leave_out() {
        let (_home, root) = app(&[
            ("nulib/a.tmp", ""),
            ("nulib/.git/config", ""),
            ("schemas/b.tmp", ""),
            ("c.tmp", ""),
            ("docs/d.tmp", ""),
            ("back\\slash", "x"),
        ]);
        let contents = contents(&root).unwrap();
        let paths: Vec<&String> = contents.files().keys().collect();
        assert_eq!(
            paths,
            [
                "back\\slash",
                "metadata.toml",
                "nulib/a.tmp",
                "schemas/b.tmp"
            ]
        );
    }

    #[test]
    fn every_kind_of_change_is_named() {
        let (_home, root) = app(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let before = contents(&root).unwrap();
        std::fs::write(root.join("a"), "2").unwrap();
        std::fs::remove_file(root.join("b")).unwrap();
        std::fs::write(root.join("d"), "1").unwrap();
        let after = contents(&root).unwrap();
        assert_eq!(
            before.changes_to(&after),
            [
                ("a", Change::Changed),
                ("b", Change::Removed),
                ("d", Change::Added)
            ]
        );
        assert_ne!(before.digest(), after.digest());
        assert!(after.changes_to(&after).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_count_by_where_they_lead_and_pipes_are_refused() {
        use std::os::unix::fs::symlink;
        let (_home, root) = app(&[("a", "1")]);
        symlink("a", root.join("b")).unwrap();
        let one = contents(&root).unwrap();
        assert_eq!(one.files()["b"], "link:a");
        std::fs::remove_file(root.join("b")).unwrap();
        symlink("/etc/passwd", root.join("b")).unwrap();
        let other = contents(&root).unwrap();
        assert_eq!(one.changes_to(&other), [("b", Change::Changed)]);
        assert_ne!(one.digest(), other.digest());
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        assert!(matches!(
            contents(&root),
            Err(ContentsError::Special {
                what: "a named pipe",
                ..
            })
        ));
        std::fs::remove_file(root.join("pipe")).unwrap();
        std::fs::write(root.join("new\nline"), "").unwrap();
        assert!(matches!(contents(&root), Err(ContentsError::Name(_))));
    }

    #[test]
    fn work_can_be_ended() {
        let (_home, root) = app(&[("a", "1")]);
        let interrupt = Interrupt::default();
        interrupt.trigger();
        let result = Contents::of(&Directory::open(&root, None).unwrap(), &interrupt);
        assert!(matches!(result, Err(ContentsError::Interrupted)));
    }
}
