//! `data directory` and `cache directory` (TRB-06): there or to be made, to be written, and trusted.

use std::io;
use std::path::{Path, PathBuf};

use super::row::{Findings, Row, argument};
use crate::manager::{DiskCache, DiskProblem};

pub(super) const DATA: &str = "data directory";
pub(super) const CACHE: &str = "cache directory";

pub(super) fn data(path: &Path) -> Row {
    let mut findings = Findings::of(DATA);
    writable(path, "PROVISIONING_DATA_DIR", &mut findings);
    if is_open_to_all(path) {
        findings.warning(
            format!("everybody can write `{}`", path.display()),
            format!("chmod o-w {}", argument(path)),
        );
    }
    findings.into_row()
}

pub(super) fn cache(path: &Path, disk: &DiskCache) -> Row {
    let mut findings = Findings::of(CACHE);
    writable(path, "PROVISIONING_CACHE_DIR", &mut findings);
    // Of a directory that is none, the one in it cannot be told either.
    if findings.is_empty()
        && let Some(problem) = disk.distrust()
    {
        let (DiskProblem::Untrusted { path, .. } | DiskProblem::Unwritable { path, .. }) = &problem;
        // It is written anew, by whoever may.
        let fix = aside(path).unwrap_or_else(|| elsewhere("PROVISIONING_CACHE_DIR"));
        findings.error(problem.to_string(), fix);
    }
    findings.into_row()
}

/// Looks whether files can be written in a directory, or it can be made.
fn writable(path: &Path, variable: &str, findings: &mut Findings) {
    let shown = path.display();
    let elsewhere = || elsewhere(variable);
    match path.metadata() {
        Ok(found) if !found.is_dir() => {
            findings.error(
                format!("`{shown}` is a file, and a directory is needed"),
                aside(path).unwrap_or_else(elsewhere),
            );
        }
        Ok(_) => match tempfile::Builder::new()
            .prefix(".doctor-")
            .tempfile_in(path)
        {
            Ok(_) => findings.fact(format!("`{shown}` can be written")),
            // Its own text names the file, which nobody knows.
            Err(error) => findings.error(
                format!(
                    "`{shown}` cannot be written: {}",
                    io::Error::from(error.kind())
                ),
                elsewhere(),
            ),
        },
        Err(_) if path.is_symlink() => findings.error(
            format!("`{shown}` is a link that leads nowhere"),
            format!("rm {}", argument(path)),
        ),
        Err(_) => match obstacle(path) {
            None => findings.fact(format!("`{shown}` is made when it is needed")),
            Some((around, true)) => findings.error(
                format!("`{shown}` cannot be made: `{}` is a file", around.display()),
                // Nobody has said that it is ours.
                elsewhere(),
            ),
            Some((around, false)) => findings.error(
                format!(
                    "`{shown}` cannot be made: `{}` cannot be written",
                    around.display()
                ),
                elsewhere(),
            ),
        },
    }
}

/// Returns what keeps a directory from being made, and whether that is a file.
fn obstacle(path: &Path) -> Option<(PathBuf, bool)> {
    let around = nearest(path);
    if !around.is_dir() {
        return Some((around.to_owned(), true));
    }
    (!may_hold_more(around)).then(|| (around.to_owned(), false))
}

/// Whether something can be made in a directory. What the rights say is not enough: there are file systems in which nobody
/// can make anything, and rights that come from elsewhere.
pub(super) fn may_hold_more(directory: &Path) -> bool {
    tempfile::Builder::new()
        .prefix(".doctor-")
        .tempdir_in(directory)
        .is_ok()
}

/// Returns the command that chooses another directory.
fn elsewhere(variable: &str) -> String {
    format!("$env.{variable} = ('~/provisioning' | path expand)")
}

/// Returns a path, or the nearest one around it that is there.
pub(super) fn nearest(path: &Path) -> &Path {
    path.ancestors()
        .find(|path| path.symlink_metadata().is_ok())
        .unwrap_or(path)
}

#[cfg(unix)]
pub(super) fn may_be_written(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(path, Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
pub(super) fn may_be_written(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| !found.permissions().readonly())
}

#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|found| found.is_dir() && found.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_path: &Path) -> bool {
    false
}

/// Returns the command that moves a file or a directory out of the way; nothing for devices and the like, which others need
/// where they are. It is for what the user has named, and what lies in it.
fn aside(path: &Path) -> Option<String> {
    let kind = path.symlink_metadata().ok()?.file_type();
    let mut to = path.as_os_str().to_owned();
    to.push(".aside");
    (kind.is_file() || kind.is_dir())
        .then(|| format!("mv {} {}", argument(path), argument(Path::new(&to))))
}
