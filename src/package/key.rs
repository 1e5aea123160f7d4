//! Keys in minisign's format: making them, and signing with them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::store::create_file;

use super::PackageError;
use super::signature::small_file;

/// How the text of a secret key begins that is locked with a password: the kinds of its signatures and of its lock.
const LOCKED: &str = "RWRT";

/// Returns the number of a key as minisign shows it.
pub(super) fn key_id(bytes: &[u8]) -> String {
    bytes
        .iter()
        .rev()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

pub(super) fn key_fault(path: &Path, reason: impl ToString) -> PackageError {
    PackageError::Key {
        path: path.to_owned(),
        reason: reason.to_string(),
        is_about_password: false,
    }
}

fn password_fault(path: &Path, reason: &str) -> PackageError {
    PackageError::Key {
        path: path.to_owned(),
        reason: reason.to_owned(),
        is_about_password: true,
    }
}

/// Bytes of a secret key with everything that goes with it.
const SECRET: usize = 158;

/// Reads a secret key that is not locked and has zeros for a sum, as the program `minisign` writes it.
fn without_sum(line: &str) -> Option<minisign::SecretKey> {
    let bytes = base64(line)?;
    let is_unlocked = bytes.get(..6)? == b"Ed\0\0B2";
    let has_no_sum = bytes.get(126..)?.iter().all(|byte| *byte == 0);
    (bytes.len() == SECRET && is_unlocked && has_no_sum)
        .then(|| minisign::SecretKey::from_bytes(&bytes).ok())
        .flatten()
}

/// Returns what a text in Base64 stands for.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut held = 0_u32;
    for (at, letter) in text.trim_end_matches('=').bytes().enumerate() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        // The first letter of four completes no byte, each other one does.
        match at % 4 {
            0 => {}
            1 => bytes.push((held >> 4) as u8),
            2 => bytes.push((held >> 2) as u8),
            _ => bytes.push(held as u8),
        }
    }
    Some(bytes)
}

/// A pair of keys, not written yet.
pub struct KeyPair {
    secret_file: String,
    public_file: String,
    public_key: String,
    id: String,
}

impl KeyPair {
    /// Makes a pair; the secret key is locked when there is a password.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn generate(password: Option<&str>) -> Result<Self, PackageError> {
        let failed = |error: minisign::PError| key_fault(Path::new("new"), error);
        let pair = match password {
            Some(password) => {
                minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned()))
            }
            None => minisign::KeyPair::generate_unencrypted_keypair(),
        }
        .map_err(failed)?;
        let comment = match password {
            Some(_) => "minisign encrypted secret key",
            None => "minisign secret key, not encrypted",
        };
        Ok(Self {
            secret_file: pair.sk.to_box(Some(comment)).map_err(failed)?.into_string(),
            public_file: pair.pk.to_box().map_err(failed)?.into_string(),
            public_key: pair.pk.to_base64(),
            id: key_id(pair.pk.keynum()),
        })
    }

    /// Returns the public key, as `trusted_keys` takes it.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Returns the number of the key, as minisign shows it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes both files, neither of which may be there. Nobody but the user may read the secret one.
    ///
    /// # Errors
    /// One of them is there, or cannot be written; then neither is.
    pub fn write(&self, secret: &Path, public: &Path) -> Result<(), PackageError> {
        let failed = |path: &Path, error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => PackageError::Exists(path.to_owned()),
            _ => PackageError::write(path, error),
        };
        // A pair whose public half belongs to another one would be of no use.
        if public.symlink_metadata().is_ok() {
            return Err(PackageError::Exists(public.to_owned()));
        }
        create_file(secret, self.secret_file.as_bytes(), 0o600)
            .map_err(|error| failed(secret, error))?;
        create_file(public, self.public_file.as_bytes(), 0o644).map_err(|error| {
            // It was made just now, and nobody has used it.
            let _ = std::fs::remove_file(secret);
            failed(public, error)
        })
    }
}

/// Nothing of the secret key.
impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A secret key that packages are signed with.
pub struct Signer {
    key: minisign::SecretKey,
    id: String,
    path: PathBuf,
}

impl Signer {
    /// Reads a secret key.
    ///
    /// # Errors
    /// It is none, or it is locked and the password is missing or wrong.
    pub fn open(path: &Path, password: Option<&str>) -> Result<Self, PackageError> {
        let text = small_file(path).map_err(|error| key_fault(path, error))?;
        let line = text.lines().nth(1).unwrap_or_default().to_owned();
        let held = minisign::SecretKeyBox::from(text);
        let key = if line.starts_with(LOCKED) {
            let Some(password) = password else {
                return Err(password_fault(path, "it is locked with a password"));
            };
            held.into_secret_key(Some(password.to_owned()))
                .map_err(|_| password_fault(path, "the password does not fit"))?
        } else {
            // What the crate says of it may hold a piece of the key.
            held.into_unencrypted_secret_key()
                .ok()
                .or_else(|| without_sum(&line))
                .ok_or_else(|| key_fault(path, "it does not hold a secret key of minisign"))?
        };
        Ok(Self {
            id: key_id(key.keynum()),
            key,
            path: path.to_owned(),
        })
    }

    /// Returns the number of the key, as minisign shows it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Signs what is read, and the comment with it. Returns the file of the signature.
    pub(super) fn sign(
        &self,
        file: impl Read,
        name: &str,
        comment: &str,
    ) -> Result<String, PackageError> {
        let about = format!("signature of {name}");
        // With the public key, the signature is checked before it is given away.
        minisign::PublicKey::from_secret_key(&self.key)
            .and_then(|public| {
                minisign::sign(Some(&public), &self.key, file, Some(comment), Some(&about))
            })
            .map(minisign::SignatureBox::into_string)
            .map_err(|error| key_fault(&self.path, error))
    }
}

/// Nothing of the secret key.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
