//! Places that extensions are published to and installed from.
//!
//! A remote is a name and an address in the configuration. It keeps an append-only index for each package, from which versions
//! are chosen without fetching anything, and archives as [`package`](crate::package) makes them. The only kind there is so far
//! is a directory; another one is another implementor of [`Remote`].

mod directory;
mod error;
mod history;
mod release;
mod source;
mod upload;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use semver::Version;

use crate::package::PackageError;

pub use directory::DirectoryRemote;
pub use error::RemoteError;
pub use history::{Entry, History};
pub use release::{Mark, PackageId, PackageKind, Platform, Provides, Release};
pub use source::{Found, RemoteSource};
pub use upload::Upload;

/// What a change of a remote has done, or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Published,
    /// It was so before.
    Unchanged,
}

/// What publishing has done, or would do.
#[derive(Clone, Debug)]
pub struct Published {
    /// Whether anything was to be done.
    pub change: Change,
    /// Where the archive lies.
    pub archive: PathBuf,
    /// Where the index of the package lies.
    pub index: PathBuf,
}

/// A place that extensions are published to and installed from. Any number of programs may use it at once.
pub trait Remote: Send + Sync {
    /// Returns its name in the configuration.
    fn name(&self) -> &str;

    /// Returns where it is, for people.
    fn place(&self) -> String;

    /// Returns every package there is, sorted.
    ///
    /// # Errors
    /// It cannot be read.
    fn packages(&self) -> Result<Vec<PackageId>, RemoteError>;

    /// Returns what is known of a package; none when it was never published.
    ///
    /// # Errors
    /// It cannot be read.
    fn history(&self, id: &PackageId) -> Result<Option<History>, RemoteError>;

    /// Copies the archive of a release into an empty file, whose cursor is at the beginning afterwards.
    ///
    /// # Errors
    /// It is not the archive that the release names, or cannot be read.
    fn fetch(
        &self,
        release: &Release,
        into: &mut File,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), RemoteError>;

    /// Returns the text of the signature of a release; none when it has none.
    ///
    /// # Errors
    /// It cannot be read.
    fn signature(&self, release: &Release) -> Result<Option<String>, RemoteError>;

    /// Publishes a version: the archive first, then the line in the index. With `check`, only says what it would do.
    ///
    /// # Errors
    /// The version is there with other contents, or the remote cannot be written.
    fn publish(
        &self,
        upload: &Upload,
        check: bool,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Published, RemoteError>;

    /// Withdraws a version, with the reason, or takes that back. With `check`, only says what it would do.
    ///
    /// # Errors
    /// There is no such version, or the remote cannot be written.
    fn mark(
        &self,
        id: &PackageId,
        version: &Version,
        yank: Option<&str>,
        by: &str,
        check: bool,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Change, RemoteError>;
}

/// The remotes of the configuration.
#[derive(Default)]
pub struct Remotes(Vec<Box<dyn Remote>>);

impl Remotes {
    /// Returns the remotes with these addresses, by name. The addresses were checked when they were read; one that cannot be
    /// used is left out.
    pub fn of(urls: &BTreeMap<String, String>) -> Self {
        let remotes = urls.iter().filter_map(|(name, url)| {
            let path = file_path(url)?;
            let remote: Box<dyn Remote> = Box::new(DirectoryRemote::new(name, path));
            Some(remote)
        });
        Self(remotes.collect())
    }

    /// Returns all of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &dyn Remote> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// Returns their names.
    pub fn names(&self) -> Vec<String> {
        self.all().map(|remote| remote.name().to_owned()).collect()
    }

    /// Returns the remote of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(&self, name: &str) -> Result<&dyn Remote, RemoteError> {
        self.all()
            .find(|remote| remote.name() == name)
            .ok_or_else(|| RemoteError::Unknown {
                name: name.to_owned(),
                known: self.names(),
            })
    }

    /// Returns the only one.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn only(&self) -> Result<&dyn Remote, RemoteError> {
        match self.0.as_slice() {
            [one] => Ok(one.as_ref()),
            _ => Err(RemoteError::Unsaid {
                known: self.names(),
            }),
        }
    }
}

/// Returns the directory that a `file:` URL means.
fn file_path(url: &str) -> Option<PathBuf> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    path.starts_with('/').then(|| PathBuf::from(decoded(path)))
}

/// Returns a text in which `%20` and its like are what they stand for; what is none stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests;
