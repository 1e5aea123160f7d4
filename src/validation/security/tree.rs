//! What lies in the directory of an extension. Links are named and never followed.

use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, safe_text};
use crate::extension::{Interrupted, Packing};
use crate::nickel::Interrupt;

/// Most files and directories that are looked at.
const MAX_ENTRIES: usize = 100_000;

/// Everything in a directory.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    /// In the order of the names, a directory ahead of what is in it.
    pub(super) entries: Vec<Entry>,
    /// What could not be looked at.
    pub(super) problems: Vec<Diagnostic>,
}

/// A file, a directory or a link.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    /// Relative to the extension.
    pub(super) relative: PathBuf,
    pub(super) kind: Kind,
    /// Permissions, where the system has them.
    #[cfg(unix)]
    pub(super) mode: u32,
    /// Whether it travels with the extension.
    pub(super) is_packed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link,
    /// With what it is, in words.
    Special(&'static str),
}

impl Entry {
    /// Returns its path in the extension, safe to be shown in a line.
    pub(super) fn shown(&self) -> String {
        one_line(&self.relative)
    }

    /// Returns its path as a place for findings: a line break in it must not look like one in a message.
    pub(super) fn place(&self) -> PathBuf {
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
pub(super) fn one_line(path: &Path) -> String {
    safe_text(&path.to_string_lossy())
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

impl Tree {
    /// Looks at everything below a directory.
    pub(super) fn walk(
        root: &Path,
        packing: &Packing,
        interrupt: &Interrupt,
    ) -> Result<Self, Interrupted> {
        let mut tree = Self {
            root: root.to_owned(),
            entries: Vec::new(),
            problems: Vec::new(),
        };
        // Directories to look into, and whether they travel with the extension. A stack of ours: how deep directories can
        // lie is for others to say.
        let mut wanted = vec![(root.to_owned(), true)];
        while let Some((directory, is_packed)) = wanted.pop() {
            if interrupt.is_triggered() {
                return Err(Interrupted);
            }
            let room = MAX_ENTRIES.saturating_sub(tree.entries.len());
            let mut found = match directory.read_dir() {
                Ok(entries) => entries.flatten().take(room + 1).collect::<Vec<DirEntry>>(),
                Err(error) => {
                    tree.problems.push(unreadable(&directory, root, &error));
                    continue;
                }
            };
            if found.len() > room {
                tree.problems.push(
                    Diagnostic::warning(
                        Code::SecurityNotChecked,
                        format!("the extension holds more than {MAX_ENTRIES} files, and the rest was not looked at"),
                    )
                    .with_file(&directory),
                );
                break;
            }
            found.sort_by_key(DirEntry::file_name);
            let before = wanted.len();
            for item in found {
                let path = item.path();
                let metadata = match item.metadata() {
                    Ok(metadata) => metadata,
                    Err(error) => {
                        tree.problems.push(unreadable(&path, root, &error));
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
        Ok(tree)
    }

    /// Returns what travels with the extension.
    pub(super) fn packed(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_packed)
    }
}

fn unreadable(path: &Path, root: &Path, error: &std::io::Error) -> Diagnostic {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let shown = if relative.as_os_str().is_empty() {
        "the directory".to_owned()
    } else {
        format!("`{}`", one_line(relative))
    };
    Diagnostic::warning(
        Code::SecurityNotChecked,
        format!("{shown} was not looked at: {error}"),
    )
    .with_file(one_line(path))
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
