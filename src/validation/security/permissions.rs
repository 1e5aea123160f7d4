//! Permissions, where the system has them.

use crate::diagnostic::Diagnostic;

use crate::extension::tree::Tree;

#[cfg(not(unix))]
pub(super) fn check(_tree: &Tree) -> Vec<Diagnostic> {
    Vec::new()
}

#[cfg(unix)]
pub(super) fn check(tree: &Tree) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if let Ok(root) = tree.root.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&root.permissions());
        findings.extend(unix::writable(
            &tree.root,
            "the directory of the extension",
            mode,
        ));
    }
    for entry in tree.packed() {
        findings.extend(unix::check(entry));
    }
    findings
}

#[cfg(unix)]
mod unix {
    use std::path::Path;

    use crate::diagnostic::{Code, Diagnostic};
    use crate::extension::tree::{Entry, Kind};

    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2000;
    const WRITABLE: u32 = 0o0002;

    pub(super) fn check(entry: &Entry) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        // A directory with that bit only passes its group on.
        if entry.kind == Kind::File && entry.mode & (SET_USER | SET_GROUP) != 0 {
            let (whose, option) = match entry.mode & SET_USER {
                0 => ("group", "g-s"),
                _ => ("owner", "u-s"),
            };
            findings.push(
                Diagnostic::error(
                    Code::SecurityPrivileged,
                    format!(
                        "`{}` runs with the rights of its {whose}, whoever starts it",
                        entry.shown()
                    ),
                )
                .with_file(entry.place())
                .with_help(format!("take the right away: chmod {option}")),
            );
        }
        // The permissions of a link mean nothing.
        if matches!(entry.kind, Kind::File | Kind::Directory) {
            let shown = format!("`{}`", entry.shown());
            findings.extend(writable(&entry.place(), &shown, entry.mode));
        }
        findings
    }

    pub(super) fn writable(path: &Path, shown: &str, mode: u32) -> Option<Diagnostic> {
        (mode & WRITABLE != 0).then(|| {
            Diagnostic::warning(
                Code::SecurityWritable,
                format!("everybody on this machine may change {shown}"),
            )
            .with_file(path)
            .with_help("take the right away: chmod o-w")
        })
    }
}
