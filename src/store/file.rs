//! Files: opened without surprises, written as a whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Opens a regular file for reading, without waiting for the writer of a pipe and without following a link, also one that
/// has just been put there.
///
/// # Errors
/// It is something else, or cannot be opened.
pub fn open_file(path: &Path) -> io::Result<File> {
    // Opening a device may do something already.
    if !path.symlink_metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let file = open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok(file)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Puts a text in the place of a file, or makes the file. Whoever reads it meanwhile sees the old one, and so does everybody
/// after a failure. The permissions stay. Where a link leads to a file, that file is meant.
///
/// # Errors
/// The file, or one beside it, cannot be written; or there is something else than a file.
pub fn replace_file(file: &Path, contents: &[u8]) -> io::Result<()> {
    let file = dunce::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    put(&file, contents)
}

/// As [`replace_file`], for files in directories that somebody else may have made: a link is refused and not followed.
///
/// # Errors
/// As [`replace_file`]; or there is a link.
pub fn replace_file_and_no_link(file: &Path, contents: &[u8]) -> io::Result<()> {
    match file.symlink_metadata() {
        Ok(found) if found.is_symlink() => {
            Err(io::Error::other("it is a link, which is not followed"))
        }
        _ => put(file, contents),
    }
}

fn put(file: &Path, contents: &[u8]) -> io::Result<()> {
    let permissions = match file.symlink_metadata() {
        Ok(found) if found.is_file() => Some(found.permissions()),
        Ok(_) => return Err(io::Error::other("it is not a file")),
        Err(_) => None,
    };
    // A path of one name has an empty parent, which means the current directory.
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".provisioning-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    directory.metadata()?;
    let mut beside = builder
        .tempfile_in(directory)
        // Its own text names the file beside, which nobody knows.
        .map_err(|error| io::Error::from(error.kind()))?;
    beside.write_all(contents)?;
    if let Some(permissions) = permissions {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.as_file().sync_all()?;
    // Takes the place of a link too, should one have come meanwhile.
    beside.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_and_replaced_and_nothing_else_is_left() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.txt");
        replace_file(&file, b"one").unwrap();
        replace_file_and_no_link(&file, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert_eq!(home.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_stays() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("d");
        std::fs::create_dir(&directory).unwrap();
        for replace in [replace_file, replace_file_and_no_link] {
            let error = replace(&directory, b"x").unwrap_err();
            assert_eq!(error.to_string(), "it is not a file");
        }
        assert_eq!(home.path().read_dir().unwrap().count(), 1);
        replace_file(&home.path().join("none/a"), b"x").unwrap_err();
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay_and_links_are_followed_or_refused() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let home = tempfile::tempdir().unwrap();
        let (file, link) = (home.path().join("a"), home.path().join("link"));
        std::fs::write(&file, "one").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace_file(&link, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert!(link.is_symlink());
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        replace_file_and_no_link(&link, b"three").unwrap_err();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
    }
}
