//! Building a package.

use std::io::{self, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, PACKAGE_FILE};
use crate::nickel::Interrupt;
use crate::store::{Replacement, open_file, replace_file_and_no_link};
use crate::validation::{Finding, Options, Validator};

use super::manifest::{Manifest, PackedFile, folders};
use super::plan::{Plan, Planned};
use super::signature::{self, signature_path};
use super::ustar::{self, BLOCK, Kind};
use super::{PIECE, PackageError, Policy, Signer, hex};

/// How hard the contents are compressed: as `gzip` does.
const LEVEL: u32 = 6;

/// A package that can be built: everything was read once, and nothing is in the way.
#[derive(Debug)]
pub struct Draft {
    manifest: Manifest,
    list: String,
    files: Vec<Planned>,
    /// What should be known of it, the rule that found it first where there is one.
    pub warnings: Vec<(Option<&'static str>, Diagnostic)>,
    policy: Policy,
    interrupt: Interrupt,
}

/// A package that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 of its bytes: `sha256:` and hexadecimal digits.
    pub digest: String,
    /// The same of the tar archive in it, which does not depend on how it was compressed.
    pub tar_digest: String,
    /// The file with its signature, and the number of the key.
    pub signature: Option<(PathBuf, String)>,
}

impl Draft {
    /// Reads an extension that is to be packed, and validates it with all rules.
    ///
    /// # Errors
    /// Everything that is in the way, at once; or something cannot be read.
    pub fn of(
        directory: &Directory,
        validator: Option<&Validator>,
        policy: &Policy,
        interrupt: &Interrupt,
    ) -> Result<Self, PackageError> {
        let plan = Plan::of(directory, policy, interrupt)?;
        let mut errors = Vec::new();
        let mut warnings = Vec::new();
        if let Some(validator) = validator {
            let options = Options {
                kind: None,
                rules: &[],
                deny_warnings: false,
            };
            let report = validator.validate(&directory.path, &options)?;
            for Finding { rule, diagnostic } in report.findings {
                if diagnostic.is_error() {
                    errors.push(diagnostic);
                } else {
                    warnings.push((Some(rule), diagnostic));
                }
            }
        }
        for finding in plan.findings {
            if finding.is_error() {
                errors.push(finding);
            } else {
                warnings.push((None, finding));
            }
        }
        let Some(mut manifest) = Manifest::of(directory, validator.is_some()) else {
            return Err(PackageError::refused(String::new(), errors));
        };
        if !errors.is_empty() {
            return Err(PackageError::refused(manifest.name, errors));
        }
        for file in &plan.files {
            manifest.files.push(read(file, interrupt)?);
        }
        let list = manifest.to_string();
        if u64::try_from(list.len()).unwrap_or(u64::MAX) > policy.limits.list {
            let finding = Diagnostic::error(
                Code::PackageLimit,
                format!(
                    "the list of its files has {} bytes, and {} are the most",
                    list.len(),
                    policy.limits.list
                ),
            );
            return Err(PackageError::refused(manifest.name, vec![finding]));
        }
        Ok(Self {
            manifest,
            list,
            files: plan.files,
            warnings,
            policy: policy.clone(),
            interrupt: interrupt.clone(),
        })
    }

    /// Returns the list of the package.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the name of the file.
    pub fn file_name(&self) -> String {
        let Manifest { name, version, .. } = &self.manifest;
        format!("{name}-{version}.tar.gz")
    }

    /// Builds it and throws it away.
    ///
    /// # Errors
    /// A file has changed or cannot be read, or it is larger than the limits.
    pub fn check(&self, out: &Path) -> Result<Built, PackageError> {
        let path = out.join(self.file_name());
        self.pack(io::sink(), &path)
    }

    /// Builds it and puts it into a directory, which is made if it has to be. Whoever looks sees the old file or the new
    /// one. A signature of the old one is removed, because it is not one of the new.
    ///
    /// # Errors
    /// As [`Draft::check`]; or it cannot be written or signed.
    pub fn write(&self, out: &Path, signer: Option<&Signer>) -> Result<Built, PackageError> {
        let path = out.join(self.file_name());
        let unwritten = |error: io::Error| PackageError::write(&path, error);
        std::fs::create_dir_all(out).map_err(|error| PackageError::write(out, error))?;
        let mut file = Replacement::of(&path).map_err(unwritten)?;
        let mut built = self.pack(file.file(), &path)?;
        let signed = signer
            .map(|signer| {
                file.file().rewind().map_err(unwritten)?;
                let comment = signature::comment(&self.manifest, &built.digest);
                let text = signer.sign(file.file(), &self.file_name(), &comment)?;
                Ok::<_, PackageError>((text, signer.id().to_owned()))
            })
            .transpose()?;
        let beside = signature_path(&path);
        if !is_same(&path, &built.digest, &self.interrupt) {
            match std::fs::remove_file(&beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(PackageError::write(beside, error));
                }
                _ => {}
            }
            file.put().map_err(unwritten)?;
        }
        if let Some((text, id)) = signed {
            replace_file_and_no_link(&beside, text.as_bytes())
                .map_err(|error| PackageError::write(&beside, error))?;
            built.signature = Some((beside, id));
        }
        Ok(built)
    }

    /// Writes the archive that is, or would be, at a path.
    fn pack(&self, out: impl Write, path: &Path) -> Result<Built, PackageError> {
        let unwritten = |error: io::Error| PackageError::write(path, error);
        let gzip = GzBuilder::new()
            .mtime(0)
            .operating_system(255)
            .write(Hashing::new(out), Compression::new(LEVEL));
        let mut tar = Hashing::new(gzip);
        self.tar(&mut tar, path)?;
        let (gzip, tar_digest, _) = tar.end();
        let (mut out, digest, size) = gzip.finish().map_err(unwritten)?.end();
        out.flush().map_err(unwritten)?;
        // What is built has to be taken by whoever reads it.
        let findings: Vec<Diagnostic> = self
            .policy
            .findings(&self.manifest, Some(size))
            .into_iter()
            .map(|(_, finding)| finding)
            .collect();
        if !findings.is_empty() {
            return Err(PackageError::refused(&self.manifest.name, findings));
        }
        Ok(Built {
            path: path.to_owned(),
            size,
            digest: format!("sha256:{digest}"),
            tar_digest: format!("sha256:{tar_digest}"),
            signature: None,
        })
    }

    fn tar(
        &self,
        tar: &mut Hashing<GzEncoder<Hashing<impl Write>>>,
        path: &Path,
    ) -> Result<(), PackageError> {
        let unwritten = |error: io::Error| PackageError::write(path, error);
        let top = self.manifest.top();
        let header = |relative: &str, kind: Kind| {
            ustar::header(&format!("{top}{relative}"), kind)
                .ok_or_else(|| PackageError::write(path, format!("`{relative}` has no room in it")))
        };
        let mut put = |bytes: &[u8]| tar.write_all(bytes).map_err(unwritten);
        let size = u64::try_from(self.list.len()).unwrap_or(u64::MAX);
        put(&header("", Kind::Folder)?)?;
        put(&header(
            PACKAGE_FILE,
            Kind::File {
                size,
                executable: false,
            },
        )?)?;
        put(self.list.as_bytes())?;
        put(&[0; BLOCK][..ustar::padding(size)])?;
        let mut before = "";
        for (planned, packed) in self.files.iter().zip(&self.manifest.files) {
            for folder in folders(before, &packed.path) {
                put(&header(folder, Kind::Folder)?)?;
            }
            before = &packed.path;
            let (size, executable) = (packed.size, packed.executable);
            put(&header(&packed.path, Kind::File { size, executable })?)?;
            let (found, digest) = copy(&planned.source, size, &self.interrupt, &mut put)?;
            if (found, &digest) != (size, &packed.sha256) {
                return Err(PackageError::Changed(planned.source.clone()));
            }
            put(&[0; BLOCK][..ustar::padding(size)])?;
        }
        put(&[0; 2 * BLOCK])
    }
}

/// Reads a file for the list.
pub(super) fn read(file: &Planned, interrupt: &Interrupt) -> Result<PackedFile, PackageError> {
    let (size, sha256) = copy(&file.source, file.size, interrupt, &mut |_| Ok(()))?;
    if size != file.size {
        return Err(PackageError::Changed(file.source.clone()));
    }
    Ok(PackedFile {
        path: file.path.clone(),
        size,
        sha256,
        executable: file.executable,
    })
}

/// Reads a file that should have so many bytes, one more at most, and returns how many it has and their digest.
fn copy(
    path: &Path,
    size: u64,
    interrupt: &Interrupt,
    put: &mut dyn FnMut(&[u8]) -> Result<(), PackageError>,
) -> Result<(u64, String), PackageError> {
    let unreadable = |error: io::Error| PackageError::unreadable(path, error);
    let mut file = open_file(path)
        .map_err(unreadable)?
        .take(size.saturating_add(1));
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut found = 0_u64;
    loop {
        if interrupt.is_triggered() {
            return Err(PackageError::Interrupted);
        }
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok((found, hex(hash))),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(error)),
        };
        found += read as u64;
        if found > size {
            return Ok((found, String::new()));
        }
        hash.update(&piece[..read]);
        put(&piece[..read])?;
    }
}

/// Whether the file that is there has this digest.
fn is_same(path: &Path, digest: &str, interrupt: &Interrupt) -> bool {
    let Ok(size) = path.symlink_metadata().map(|metadata| metadata.len()) else {
        return false;
    };
    copy(path, size, interrupt, &mut |_| Ok(()))
        .is_ok_and(|(_, found)| digest.strip_prefix("sha256:") == Some(&found))
}

/// Passes bytes on, and hashes and counts them.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    count: u64,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            count: 0,
        }
    }

    fn end(self) -> (W, String, u64) {
        (self.inner, hex(self.hash), self.count)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
