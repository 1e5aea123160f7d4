//! A package that was read and is as it should be.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::nickel::Interrupt;
use crate::store::open_file;

use super::read::{Nowhere, through};
use super::signature::{Checked, Trust};
use super::unpack::{Folder, Unpacked};
use super::{Manifest, PackageError, Policy};

/// A package whose every byte was looked at: its form, its names, its sizes, its digests, its signature. Nothing of it was
/// written.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    size: u64,
    digest: String,
    tar_digest: String,
    manifest: Manifest,
    signature: Option<Checked>,
    policy: Policy,
}

impl Archive {
    /// Reads a package. Its signature, when there is one, is looked at first.
    ///
    /// # Errors
    /// It is not as `extension build` writes it, holds what the policy does not allow, or is not signed as it has to be.
    pub fn open(
        path: &Path,
        policy: &Policy,
        trust: &Trust,
        interrupt: &Interrupt,
    ) -> Result<Self, PackageError> {
        let unreadable = |error: std::io::Error| PackageError::unreadable(path, error);
        let path = dunce::canonicalize(path).map_err(unreadable)?;
        let (file, size) = opened(&path, policy)?;
        let (digest, signature) = trust.examine(&path, file, interrupt)?;
        let (file, _) = opened(&path, policy)?;
        let read = through(file, &path, policy, interrupt, &mut Nowhere)?;
        if read.digest != digest {
            return Err(PackageError::Changed(path));
        }
        if let Some(signature) = &signature {
            signature.agrees(&path, &read.manifest, &digest)?;
        }
        Ok(Self {
            path,
            size,
            digest,
            tar_digest: read.tar_digest,
            manifest: read.manifest,
            signature,
            policy: policy.clone(),
        })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what it is and what is in it.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns how many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the digest of its bytes: `sha256:` and hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the digest of the tar archive in it, which does not depend on how it was compressed.
    pub fn tar_digest(&self) -> &str {
        &self.tar_digest
    }

    /// Returns what its signature says; none when it has none.
    pub fn signature(&self) -> Option<&Checked> {
        self.signature.as_ref()
    }

    /// Unpacks it as a folder of that name. It is read again as a whole, into a folder beside the one that it becomes, and
    /// put in its place only if it is still the same: a file that is exchanged in between leaves nothing.
    ///
    /// # Errors
    /// As [`Archive::open`]; or there is something of that name, or it cannot be written.
    pub fn unpack(
        &self,
        parent: &Path,
        name: &str,
        interrupt: &Interrupt,
    ) -> Result<Unpacked, PackageError> {
        let mut folder = Folder::beside(parent, name)?;
        let (file, _) = opened(&self.path, &self.policy)?;
        let read = through(file, &self.path, &self.policy, interrupt, &mut folder)?;
        if read.digest != self.digest {
            return Err(PackageError::Changed(self.path.clone()));
        }
        folder.put(&self.manifest)
    }
}

/// Opens the file of a package, unless it is larger than the limit.
fn opened(path: &Path, policy: &Policy) -> Result<(File, u64), PackageError> {
    let unreadable = |error: std::io::Error| PackageError::unreadable(path, error);
    let file = open_file(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    if size > policy.limits.archive {
        return Err(PackageError::Limit {
            path: path.to_owned(),
            reason: format!(
                "it has {size} bytes, and {} are the most",
                policy.limits.archive
            ),
        });
    }
    Ok((file, size))
}
