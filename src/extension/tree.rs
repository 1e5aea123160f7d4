//! What lies in the directory of an extension. Links are named and never followed.

use std::fs::{DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::safe_text;
use crate::nickel::Interrupt;

use super::{Interrupted, Packing};

/// Most files and directories of an extension that are looked at.
pub const MAX_ENTRIES: usize = 100_000;

/// Everything in a directory.
#[derive(Debug)]
pub struct Tree {
    /// The directory.
    pub root: PathBuf,
    /// In the order of the names, a directory ahead of what is in it.
    pub entries: Vec<Entry>,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
}

/// Something that could not be looked at.
#[derive(Debug)]
pub enum Unseen {
    /// There are more entries than are looked at; those from this directory on are missing.
    TooMany(PathBuf),
    /// A directory or an entry cannot be read, with the reason.
    Unreadable(PathBuf, String),
}

/// A file, a directory or a link.
#[derive(Debug)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// Relative to the extension.
    pub relative: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Permissions, where the system has them.
    #[cfg(unix)]
    pub mode: u32,
    /// Whether it travels with the extension.
    pub is_packed: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// Something else, what it is in words.
    Special(&'static str),
}

impl Entry {
    /// Returns its path in the extension, safe to be shown in a line.
    pub fn shown(&self) -> String {
        one_line(&self.relative)
    }

    /// Returns its path as a place for findings: a line break in it must not look like one in a message.
    pub fn place(&self) -> PathBuf {
        if self
            .path
            .to_str()
            .is_some_and(|path| path.contains(['\n', '\t']))
        {
            PathBuf::from(one_line(&self.path))
        } else {
            self.path.clone()
        }
    }
}

/// Returns a path in which nothing moves the cursor.
pub fn one_line(path: &Path) -> String {
    safe_text(&path.to_string_lossy())
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

impl Tree {
    /// Looks at everything below a directory.
    ///
    /// # Errors
    /// The work was ended from outside.
    pub fn walk(
        root: &Path,
        packing: &Packing,
        interrupt: &Interrupt,
    ) -> Result<Self, Interrupted> {
        let mut tree = Self {
            root: root.to_owned(),
            entries: Vec::new(),
            unseen: Vec::new(),
        };
        // Directories to look into, and whether they travel with the extension. A stack of ours: how deep directories can
        // lie is for others to say.
        let mut wanted = vec![(root.to_owned(), true)];
        while let Some((directory, is_packed)) = wanted.pop() {
            if interrupt.is_triggered() {
                return Err(Interrupted);
            }
            let room = MAX_ENTRIES.saturating_sub(tree.entries.len());
            let found = match directory.read_dir() {
                Ok(entries) => entries
                    .take(room + 1)
                    .collect::<io::Result<Vec<DirEntry>>>(),
                Err(error) => Err(error),
            };
            let mut found = match found {
                Ok(found) => found,
                Err(error) => {
                    tree.unseen
                        .push(Unseen::Unreadable(directory, error.to_string()));
                    continue;
                }
            };
            if found.len() > room {
                tree.unseen.push(Unseen::TooMany(directory));
                break;
            }
            found.sort_by_key(DirEntry::file_name);
            let before = wanted.len();
            for item in found {
                let path = item.path();
                let metadata = match item.metadata() {
                    Ok(metadata) => metadata,
                    Err(error) => {
                        tree.unseen
                            .push(Unseen::Unreadable(path, error.to_string()));
                        continue;
                    }
                };
                let kind = kind(metadata.file_type());
                let relative = path.strip_prefix(root).unwrap_or(&path).to_owned();
                let is_packed =
                    is_packed && !packing.leaves_out(&relative, kind == Kind::Directory);
                if kind == Kind::Directory {
                    wanted.push((path.clone(), is_packed));
                }
                tree.entries.push(Entry {
                    #[cfg(unix)]
                    mode: std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()),
                    path,
                    relative,
                    kind,
                    is_packed,
                });
            }
            // The first name is looked into first.
            wanted[before..].reverse();
        }
        tree.entries.sort_by(|a, b| a.relative.cmp(&b.relative));
        if packing.has_include() {
            tree.forget_empty_directories();
        }
        Ok(tree)
    }

    /// Where only what is named is packed, a directory without any of it is not.
    fn forget_empty_directories(&mut self) {
        // The next thing that is packed, seen from the end: what is in a directory follows it.
        let mut next: Option<PathBuf> = None;
        for entry in self.entries.iter_mut().rev() {
            if entry.kind == Kind::Directory {
                let holds = |path: &PathBuf| path.starts_with(&entry.relative);
                entry.is_packed = entry.is_packed && next.as_ref().is_some_and(holds);
            }
            if entry.is_packed {
                next = Some(entry.relative.clone());
            }
        }
    }

    /// Returns what travels with the extension.
    pub fn packed(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_packed)
    }
}

#[cfg(unix)]
fn kind(kind: FileType) -> Kind {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_symlink() {
        Kind::Link
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_file() {
        Kind::File
    } else if kind.is_fifo() {
        Kind::Special("a named pipe")
    } else if kind.is_socket() {
        Kind::Special("a socket")
    } else {
        Kind::Special("a device")
    }
}

#[cfg(not(unix))]
fn kind(kind: FileType) -> Kind {
    if kind.is_symlink() {
        Kind::Link
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Special("not a regular file")
    }
}
