//! Files: opened without surprises, written as a whole or not at all.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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

/// Makes a file that was not there, with these permissions from the start, where the system has them.
///
/// # Errors
/// Something is there already, or the file cannot be written.
pub fn create_file(file: &Path, contents: &[u8], mode: u32) -> io::Result<()> {
    let mut beside = beside(directory_of(file), mode)?;
    beside.write_all(contents)?;
    beside.as_file().sync_all()?;
    beside
        .persist_noclobber(file)
        .map_err(|error| error.error)?;
    Ok(())
}

/// A file that is written beside the one whose place it takes, and is gone unless it does.
#[derive(Debug)]
pub struct Replacement {
    beside: tempfile::NamedTempFile,
    file: PathBuf,
}

impl Replacement {
    /// Begins. What is in the place has to be a file: a link is refused and not followed.
    ///
    /// # Errors
    /// There is something else than a file, or nothing can be written beside it.
    pub fn of(file: &Path) -> io::Result<Self> {
        match file.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                return Err(io::Error::other("it is a link, which is not followed"));
            }
            Ok(found) if !found.is_file() => return Err(io::Error::other("it is not a file")),
            _ => {}
        }
        Ok(Self {
            beside: beside(directory_of(file), 0o666)?,
            file: file.to_owned(),
        })
    }

    /// Returns what is to be written to.
    pub fn file(&mut self) -> &mut File {
        self.beside.as_file_mut()
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// It cannot be put there; what was there stays.
    pub fn put(self) -> io::Result<()> {
        self.beside.as_file().sync_all()?;
        self.beside
            .persist(&self.file)
            .map_err(|error| error.error)?;
        Ok(())
    }
}

/// Waits until everything below a directory that was just written is on the disk.
///
/// # Errors
/// The system says that something could not be written.
#[cfg(target_os = "linux")]
pub fn sync_all(directory: &Path) -> io::Result<()> {
    // One call for all files, which takes a thousandth of the time that one for each takes.
    Ok(rustix::fs::syncfs(File::open(directory)?)?)
}

/// As for Linux, file by file.
///
/// # Errors
/// The system says that something could not be written.
#[cfg(not(target_os = "linux"))]
pub fn sync_all(directory: &Path) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
}

/// Returns the directory that a file is in.
fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        // A path of one name has an empty parent, which means the current directory.
        _ => Path::new("."),
    }
}

fn beside(directory: &Path, mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".provisioning-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    directory.metadata()?;
    builder
        .tempfile_in(directory)
        // Its own text names the file beside, which nobody knows.
        .map_err(|error| io::Error::from(error.kind()))
}

fn put(file: &Path, contents: &[u8]) -> io::Result<()> {
    let permissions = match file.symlink_metadata() {
        Ok(found) if found.is_file() => Some(found.permissions()),
        Ok(_) => return Err(io::Error::other("it is not a file")),
        Err(_) => None,
    };
    let mut beside = beside(directory_of(file), 0o666)?;
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
    fn a_replacement_is_there_as_a_whole_or_not_at_all() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a");
        std::fs::write(&file, "one").unwrap();
        let mut given_up = Replacement::of(&file).unwrap();
        given_up.file().write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        let mut two = Replacement::of(&file).unwrap();
        two.file().write_all(b"two").unwrap();
        two.put().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        Replacement::of(home.path()).unwrap_err();
        assert_eq!(home.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_is_to_be_new_takes_no_place() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("key");
        create_file(&file, b"one", 0o600).unwrap();
        let error = create_file(&file, b"two", 0o600).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions())
                & 0o777,
            0o600
        );
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
