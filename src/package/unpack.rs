//! Writing what an archive holds, beside the folder that it becomes.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::store::sync_all;

use super::read::Sink;
use super::{Manifest, PackageError};

/// A package that was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// Its folder, canonical and absolute.
    pub path: PathBuf,
    /// How many files are in it, without the list of the package.
    pub files: usize,
    /// How many bytes they have.
    pub size: u64,
    /// The digest of the extension, the one that a lock has of it.
    pub contents: String,
}

/// A folder that nobody else knows yet. It is gone unless it is put in its place.
pub(super) struct Folder {
    /// Only the user may look into it.
    hidden: tempfile::TempDir,
    /// The folder in it that is being filled.
    root: PathBuf,
    target: PathBuf,
    file: Option<(PathBuf, File)>,
}

impl Folder {
    /// Begins a folder that becomes `name` in `parent`.
    pub(super) fn beside(parent: &Path, name: &str) -> Result<Self, PackageError> {
        let mut parts = Path::new(name).components();
        let is_name = matches!(
            (parts.next(), parts.next()),
            (Some(std::path::Component::Normal(only)), None) if only == name
        );
        let parent =
            dunce::canonicalize(parent).map_err(|error| PackageError::write(parent, error))?;
        let target = parent.join(name);
        if !is_name {
            return Err(PackageError::write(
                target,
                "it is not the name of a folder",
            ));
        }
        if target.symlink_metadata().is_ok() {
            return Err(PackageError::Exists(target));
        }
        let hidden = tempfile::Builder::new()
            .prefix(".provisioning-")
            .tempdir_in(&parent)
            // Its own text names the folder, which nobody knows.
            .map_err(|error| PackageError::write(&parent, io::Error::from(error.kind())))?;
        Ok(Self {
            root: hidden.path().join("package"),
            hidden,
            target,
            file: None,
        })
    }

    fn unwritten(&self, error: impl ToString) -> PackageError {
        PackageError::write(&self.target, error)
    }

    /// Puts it in its place, which must still be free.
    pub(super) fn put(self, manifest: &Manifest) -> Result<Unpacked, PackageError> {
        sync_all(&self.root).map_err(|error| self.unwritten(error))?;
        match rename(&self.root, &self.target) {
            Ok(()) => {}
            Err(error) if self.target.symlink_metadata().is_ok() => {
                // Which of the two errors it is, systems do not agree about.
                let _ = error;
                return Err(PackageError::Exists(self.target.clone()));
            }
            Err(error) => return Err(self.unwritten(error)),
        }
        if let Some(parent) = self.target.parent() {
            // The folder is in its place; whether that outlives a power cut is all that is left.
            let _ = File::open(parent).and_then(|parent| parent.sync_all());
        }
        drop(self.hidden);
        Ok(Unpacked {
            path: self.target,
            files: manifest.files.len(),
            size: manifest.total(),
            contents: manifest.contents().digest(),
        })
    }
}

impl Sink for Folder {
    fn folder(&mut self, path: &str) -> Result<(), PackageError> {
        // What the user takes away from everybody, no package gives back.
        std::fs::create_dir(self.root.join(path)).map_err(|error| self.unwritten(error))
    }

    fn file(&mut self, path: &str, executable: bool) -> Result<(), PackageError> {
        let path = self.root.join(path);
        let file = create(&path, executable).map_err(|error| self.unwritten(error))?;
        self.file = Some((path, file));
        Ok(())
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), PackageError> {
        let written = match &mut self.file {
            Some((_, file)) => file.write_all(bytes),
            None => Ok(()),
        };
        written.map_err(|error| self.unwritten(error))
    }

    fn end(&mut self) -> Result<(), PackageError> {
        self.file = None;
        Ok(())
    }
}

/// Makes a file that must not be there.
fn create(path: &Path, executable: bool) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o777 } else { 0o666 });
    #[cfg(not(unix))]
    let _ = executable;
    options.open(path)
}

/// Gives a folder another name, unless there is something of that name.
#[cfg(target_os = "linux")]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system that cannot promise it.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => std::fs::rename(from, to),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}
