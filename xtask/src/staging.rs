//! Folders that are installed as a whole or not at all.
//!
//! The work is done in a folder beside the final one and renamed into place once it is known to be
//! good, so a half-finished installation is never taken for a whole one. A lock keeps two
//! installations apart; the system frees it when its holder dies.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use tempfile::TempDir;

use crate::{
    error::{Error, Result},
    output,
};

/// Creates a temporary folder beside `own`.
pub(crate) fn beside(own: &Path) -> Result<TempDir> {
    let parent = parent(own);
    TempDir::with_prefix_in(prefix(own), parent)
        .map_err(Error::file("create a temporary folder in", parent))
}

/// Puts the folder `staged` in the place of `own`, whatever is there.
pub(crate) fn replace(own: &Path, staged: &Path) -> Result<()> {
    // Removed at the end of the function, with the former copy in it.
    let retired = beside(own)?;
    match fs::rename(own, retired.path().join("retired")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Error::file("move away", own)(error));
        }
        _ => {}
    }
    fs::rename(staged, own).map_err(Error::file("move the new copy to", own))
}

/// Waits until no other process installs `own`, for as long as what is returned is kept, and removes
/// what installations that were killed have left behind.
pub(crate) fn begin(own: &Path) -> Result<File> {
    let parent = parent(own);
    fs::create_dir_all(parent).map_err(Error::file("create", parent))?;
    let lock = lock(&own.with_extension("lock"), &name(own))?;
    sweep(own)?;
    Ok(lock)
}

/// Removes what installations that were killed have left behind. Call it under the lock.
///
/// What cannot be removed stays: an installer may have survived us and still write there.
fn sweep(own: &Path) -> Result<()> {
    let (parent, prefix) = (parent(own), prefix(own));
    for entry in fs::read_dir(parent).map_err(Error::file("list", parent))? {
        let path = entry.map_err(Error::file("list", parent))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(&prefix) && path.is_dir() {
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

/// Waits until no other process installs. The lock lasts as long as the file is open.
fn lock(path: &Path, name: &str) -> Result<File> {
    let file = File::create(path).map_err(Error::file("create", path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            output::note(&format!(
                "waiting for another process that is installing {name}"
            ));
            file.lock().map_err(Error::file("lock", path))?;
        }
        Err(TryLockError::Error(error)) => return Err(Error::file("lock", path)(error)),
    }
    Ok(file)
}

/// Returns the folder that `own` is in.
fn parent(own: &Path) -> &Path {
    own.parent().unwrap_or(own)
}

/// Returns the last part of the path of `own`.
fn name(own: &Path) -> String {
    own.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Returns how the names of temporary folders beside `own` start.
fn prefix(own: &Path) -> String {
    format!(".{}-", name(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_copy_takes_the_place_of_a_broken_one_and_nothing_is_left_beside_it() -> Result<()> {
        let parent = beside(&std::env::temp_dir().join("nushell"))?;
        let (own, staged) = (parent.path().join("nushell"), parent.path().join("staged"));
        for round in ["first", "second"] {
            fs::create_dir(&staged).map_err(Error::file("create", &staged))?;
            let file = staged.join("file");
            fs::write(&file, round).map_err(Error::file("write", &file))?;
            replace(&own, &staged)?;
            let file = own.join("file");
            let text = fs::read_to_string(&file).map_err(Error::file("read", &file))?;
            assert_eq!(text, round);
        }
        let entries = fs::read_dir(parent.path()).map_err(Error::file("list", parent.path()))?;
        assert_eq!(entries.count(), 1);
        Ok(())
    }

    #[test]
    fn leavings_of_killed_installations_are_swept_and_nothing_else() -> Result<()> {
        let parent = beside(&std::env::temp_dir().join("nushell"))?;
        for name in [".nushell-abc", ".py-nickel-abc", "nushell", "debug"] {
            let path = parent.path().join(name);
            fs::create_dir(&path).map_err(Error::file("create", &path))?;
        }
        drop(begin(&parent.path().join("nushell"))?);
        assert!(!parent.path().join(".nushell-abc").exists());
        assert!(parent.path().join(".py-nickel-abc").exists());
        assert!(parent.path().join("nushell").exists());
        assert!(parent.path().join("debug").exists());
        Ok(())
    }
}
