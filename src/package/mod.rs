//! Packages: an extension as one file, the same bytes on every machine, and read as if its writer were an enemy.
//!
//! An archive is a gzip file with a tar archive in it, of the smallest kind there is (`ustar.rs`): one top folder, in it a
//! list of every file with its size and digest (`manifest.rs`), then the files, sorted. Everything but the contents of the
//! files follows from the list, so the reader works out which header has to come next and takes no other (`read.rs`): there
//! is only one way to read it, and what other programs unpack is the same. A package is read as a whole before anything of it
//! is written, and again while it is.
//!
//! ```
//! use provisioning::extension::Directory;
//! use provisioning::nickel::Interrupt;
//! use provisioning::package::{Archive, Draft, Policy, Trust};
//!
//! let interrupt = Interrupt::default();
//! let source = Directory::open("examples/extensions/taskservs/containerd".as_ref(), None)?;
//! let draft = Draft::of(&source, None, &Policy::default(), &interrupt)?;
//! let dist = tempfile::tempdir()?;
//! let built = draft.write(dist.path(), None)?;
//!
//! let archive = Archive::open(&built.path, &Policy::default(), &Trust::default(), &interrupt)?;
//! assert_eq!(archive.digest(), built.digest);
//! let unpacked = archive.unpack(dist.path(), "containerd", &interrupt)?;
//! assert!(unpacked.path.join("metadata.toml").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod archive;
mod build;
mod error;
mod key;
mod manifest;
mod plan;
mod policy;
mod read;
mod sensitive;
mod signature;
mod unpack;
mod ustar;

pub use archive::Archive;
pub use build::{Built, Draft};
pub use error::PackageError;
pub use key::{KeyPair, Signer};
pub use manifest::{FORMAT, Manifest, PackedFile};
pub use plan::{Plan, Planned, Reason};
pub use policy::{Limits, Policy};
pub use signature::{Checked, PublicKey, Trust, signature_path};
pub use unpack::Unpacked;

use sha2::{Digest as _, Sha256};

/// How many bytes are read and written at once.
const PIECE: usize = 64 << 10;

/// Returns a hash in hexadecimal digits.
fn hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests;
