//! Where packages lie, and who may change that.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::audit::who_is_here;
use crate::store::{Lock, LockError};

use super::{InstallError, Installer};

/// The folder of the data directory that packages lie in.
const FOLDER: &str = "packages";
/// What the folders begin with that packages are fetched to.
const STAGING: &str = ".provisioning-";
/// The name of the lock.
const LOCK: &str = ".lock";

/// The folder of packages, held by one at a time.
pub(super) struct Space<'a> {
    pub(super) installer: &'a Installer<'a>,
    pub(super) folder: PathBuf,
    _lock: Lock,
}

impl<'a> Space<'a> {
    /// Waits for whoever is installing, and removes what was left behind.
    pub(super) fn enter(installer: &'a Installer<'a>) -> Result<Self, InstallError> {
        let folder = installer.data_dir.join(FOLDER);
        fs::create_dir_all(&folder).map_err(InstallError::io(&folder))?;
        let folder = dunce::canonicalize(&folder).map_err(InstallError::io(&folder))?;
        let path = folder.join(LOCK);
        let interrupt = installer.interrupt;
        let lock = Lock::take(&path, &who_is_here(), &|| interrupt.is_triggered());
        let lock = lock.map_err(|error| match error {
            LockError::Busy { waited, holder } => InstallError::Busy {
                waited,
                holder,
                lock: path.clone(),
            },
            LockError::Interrupted => InstallError::Interrupted,
            LockError::Io(error) => InstallError::io(&path)(error),
        })?;
        let space = Self {
            installer,
            folder,
            _lock: lock,
        };
        space.tidy();
        Ok(space)
    }

    /// Returns a folder for archives, gone when it is dropped.
    pub(super) fn staging(&self) -> Result<tempfile::TempDir, InstallError> {
        tempfile::Builder::new()
            .prefix(STAGING)
            .tempdir_in(&self.folder)
            .map_err(|error| InstallError::io(&self.folder)(error.kind().into()))
    }

    /// Removes every folder that no row names. What cannot be removed is in nobody's way.
    fn tidy(&self) {
        let Ok(installed) = self.installer.installed() else {
            // Whoever cannot tell what is installed removes nothing.
            return;
        };
        let named: BTreeSet<&Path> = installed
            .iter()
            .filter_map(|one| one.path.parent())
            .collect();
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !named.contains(path.as_path()) {
                let _ = fs::remove_dir_all(path);
            }
        }
    }
}

/// Without a row, what was unpacked goes again; with one, what was replaced does.
impl Drop for Space<'_> {
    fn drop(&mut self) {
        self.tidy();
    }
}
