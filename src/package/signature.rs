//! Signatures in minisign's format, in a file beside the package.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::diagnostic::safe_text;
use crate::nickel::Interrupt;
use crate::store::open_file;

use super::key::{key_fault, key_id};
use super::{Manifest, PIECE, PackageError, hex};

/// How the name of a signature ends.
const ENDING: &str = ".minisig";

/// Longest file with a signature or a key.
pub(super) const MAX_FILE: u64 = 8 << 10;

/// Returns where the signature of a package is.
pub fn signature_path(package: &Path) -> PathBuf {
    let mut path = package.as_os_str().to_owned();
    path.push(ENDING);
    PathBuf::from(path)
}

/// A key that signatures are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: minisign_verify::PublicKey,
    id: String,
}

impl PublicKey {
    /// Reads a key as it stands in the second line of its file.
    ///
    /// # Errors
    /// It is none.
    pub fn of_text(text: &str) -> Result<Self, PackageError> {
        let none = || {
            let beginning: String = text.chars().take(8).collect();
            key_fault(
                Path::new(&format!("{beginning}…")),
                "it is not a public key of minisign",
            )
        };
        let key = minisign_verify::PublicKey::from_base64(text).map_err(|_| none())?;
        let id = minisign::PublicKey::from_base64(text).map_err(|_| none())?;
        Ok(Self {
            key,
            id: key_id(id.keynum()),
        })
    }

    /// Reads the file of a key.
    ///
    /// # Errors
    /// It cannot be read, or holds none.
    pub fn of_file(path: &Path) -> Result<Self, PackageError> {
        let text = small_file(path).map_err(|error| key_fault(path, error))?;
        // The file of the secret key looks the same; what it holds must not get into a message.
        let line = text.lines().nth(1).unwrap_or_default().trim();
        Self::of_text(line)
            .map_err(|_| key_fault(path, "it does not hold a public key of minisign"))
    }

    /// Whether a text is a key and not the name of a file.
    pub fn is_text(text: &str) -> bool {
        text.len() == 56 && text.starts_with("RW") && !text.contains(['.', '~'])
    }

    /// Returns its number, as minisign shows it.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Whose packages are taken.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The keys that are trusted.
    pub keys: Vec<PublicKey>,
    /// Whether a package has to be signed with one of them.
    pub required: bool,
}

/// A signature that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The number of the key.
    pub key: String,
    /// Whether it is one of the trusted ones, and the signature right. Of another key nothing can be said.
    pub trusted: bool,
    /// What the one who has signed says, for which the signature stands too.
    pub comment: String,
}

/// Returns what is signed together with a package.
pub(super) fn comment(manifest: &Manifest, digest: &str) -> String {
    format!(
        "name:{}\tversion:{}\tdigest:{digest}",
        manifest.name, manifest.version
    )
}

impl Checked {
    /// Makes sure that what is said is about this package. Signatures of other programs say nothing of it, and need not.
    pub(super) fn agrees(
        &self,
        path: &Path,
        manifest: &Manifest,
        digest: &str,
    ) -> Result<(), PackageError> {
        let version = manifest.version.to_string();
        let real = [
            ("name", manifest.name.as_str()),
            ("version", &version),
            ("digest", digest),
        ];
        for part in self.comment.split('\t') {
            let Some((key, said)) = part.split_once(':') else {
                continue;
            };
            let is_wrong = |(known, real): &(&str, &str)| *known == key && *real != said;
            if real.iter().any(is_wrong) {
                return Err(PackageError::Signature {
                    path: path.to_owned(),
                    reason: format!(
                        "it was made for another package, whose {key} is `{}`",
                        safe_text(said)
                    ),
                });
            }
        }
        Ok(())
    }
}

impl Trust {
    /// Reads a package without looking into it. Returns its digest and what its signature says.
    pub(super) fn examine(
        &self,
        path: &Path,
        mut file: File,
        interrupt: &Interrupt,
    ) -> Result<(String, Option<Checked>), PackageError> {
        let wrong = |reason: &str| PackageError::Signature {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let Some(text) = self.text(path)? else {
            return Ok((digest(&mut file, path, interrupt, |_| {})?, None));
        };
        let signature = minisign_verify::Signature::decode(&text)
            .map_err(|_| wrong("its file is not one of minisign"))?;
        let id = minisign::SignatureBox::from_string(&text)
            .map(|held| key_id(held.keynum()))
            .map_err(|_| wrong("its file is not one of minisign"))?;
        let checked = |trusted| Checked {
            key: id.clone(),
            trusted,
            comment: signature.trusted_comment().to_owned(),
        };
        let Some(key) = self.keys.iter().find(|key| key.id == id) else {
            if self.required {
                return Err(PackageError::Untrusted {
                    path: path.to_owned(),
                    key: id,
                });
            }
            let digest = digest(&mut file, path, interrupt, |_| {})?;
            return Ok((digest, Some(checked(false))));
        };
        let mut verifier = key
            .key
            .verify_stream(&signature)
            .map_err(|_| wrong("it is of an older kind, which signs a file without hashing it"))?;
        let digest = digest(&mut file, path, interrupt, |piece| verifier.update(piece))?;
        verifier
            .finalize()
            .map_err(|_| wrong("the package, or what is said of it, is not what was signed"))?;
        Ok((digest, Some(checked(true))))
    }

    /// Reads the file of the signature; none when there is none and none is required.
    fn text(&self, path: &Path) -> Result<Option<String>, PackageError> {
        let beside = signature_path(path);
        match small_file(&beside) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.required {
                    return Err(PackageError::Unsigned(path.to_owned()));
                }
                Ok(None)
            }
            Err(error) => Err(PackageError::unreadable(beside, error)),
        }
    }
}

/// Reads a file of a few lines.
pub(super) fn small_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open_file(path)?
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::other("it is too long"));
    }
    Ok(text)
}

fn digest(
    file: &mut File,
    path: &Path,
    interrupt: &Interrupt,
    mut also: impl FnMut(&[u8]),
) -> Result<String, PackageError> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        if interrupt.is_triggered() {
            return Err(PackageError::Interrupted);
        }
        match file.read(&mut piece) {
            Ok(0) => return Ok(format!("sha256:{}", hex(hash))),
            Ok(read) => {
                hash.update(&piece[..read]);
                also(&piece[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(PackageError::unreadable(path, error)),
        }
    }
}
