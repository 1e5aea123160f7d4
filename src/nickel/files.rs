//! Files as Nickel may read them, kept for as long as they have not changed.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::guard::danger;
use super::program::Format;
use super::scan::{Scan, scan};
use super::secrets::mask_unread;
use super::task::shown_name;
use crate::diagnostic::{Code, Diagnostic, Source, Span};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// Most tokens of one Nickel file: deeper nesting than so many tokens allow would exhaust the stack.
const MAX_TOKENS: usize = 150_000;
/// Bytes of texts that are kept.
const MAX_KEPT: usize = 64 << 20;
/// A file that was changed so shortly before it was read may change again without another time on it.
const RACY: Duration = Duration::from_secs(2);

/// A hash of contents, in which nobody can make two contents alike.
pub(super) type Hash = [u8; 32];

/// Returns the hash of bytes.
pub(super) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// A text that was looked at, and is safe to be parsed.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) text: Arc<str>,
    pub(super) hash: Hash,
    pub(super) scan: Scan,
}

impl Text {
    /// Looks at a text.
    ///
    /// # Errors
    /// A parser would hang on it or overflow the stack.
    pub(super) fn new(path: &Path, format: Format, text: &str) -> Result<Self, Box<Diagnostic>> {
        // An editor's byte-order mark is not part of the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let refused = |code: Code, message: &str, at: usize, label: String| {
            let source = Source::new(shown_name(&path.to_string_lossy()), text);
            let source = Arc::new(source.masked_by(mask_unread));
            let span = Span::new(at, (at + 1).min(text.len()));
            Box::new(Diagnostic::error(code, message).with_label(&source, span, label))
        };
        if let Some(danger) = danger(text, format) {
            let (code, message) = (danger.code(), danger.message());
            return Err(refused(code, message, danger.at(), "here".to_owned()));
        }
        let scan = match format {
            Format::Nickel => scan(text, MAX_TOKENS),
            _ => Scan::default(),
        };
        if scan.tokens > MAX_TOKENS {
            let label = format!("more than {MAX_TOKENS} tokens");
            return Err(refused(Code::NickelLimit, "the file is too long", 0, label));
        }
        Ok(Self {
            text: text.into(),
            hash: hash(text.as_bytes()),
            scan,
        })
    }
}

/// What tells that a file is the same as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and the time of the last change to either, in seconds and nanoseconds.
    identity: (u64, u64, i64, i64),
}

impl Signature {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            )
        };
        #[cfg(not(unix))]
        let identity = (0, 0, 0, 0);
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            identity,
        }
    }

    /// Whether the file has rested long enough that a change would show. Its time of modification can be set to anything,
    /// that of its last change cannot.
    pub(crate) fn is_settled(&self) -> bool {
        let changed = u64::try_from(self.identity.2).unwrap_or_default();
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(changed);
        self.modified
            .map(|modified| modified.max(changed))
            .and_then(|latest| SystemTime::now().duration_since(latest).ok())
            .is_some_and(|age| age > RACY)
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The path without links.
    pub(super) real: PathBuf,
    /// Its text, or what is wrong with it.
    pub(super) text: Result<Arc<Text>, Box<Diagnostic>>,
}

#[derive(Debug)]
struct Entry {
    signature: Signature,
    /// Whether the file had rested when it was read; otherwise its signature tells nothing.
    is_settled: bool,
    known: Known,
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is nothing at this path.
    Missing(io::Error),
    /// There is something, and `allowed` has said no.
    Outside,
    /// There is something that may not be read, or cannot.
    Unreadable(String),
}

/// The files that were read lately.
#[derive(Debug, Default)]
pub(super) struct Files(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<(PathBuf, Format), Entry>,
    bytes: usize,
}

impl Files {
    /// Returns a file, read anew when it may have changed. `allowed` is asked about the path without links before the
    /// file is opened.
    pub(super) fn read(
        &self,
        path: &Path,
        format: Format,
        allowed: &dyn Fn(&Path) -> bool,
    ) -> Result<Known, Refused> {
        // This does not open the file: opening a named pipe would wait for its writer.
        let metadata = std::fs::metadata(path).map_err(Refused::Missing)?;
        let key = (path.to_owned(), format);
        let signature = Signature::of(&metadata);
        if let Some(entry) = self.lock().entries.get(&key)
            && entry.is_settled
            && entry.signature == signature
        {
            return if allowed(&entry.known.real) {
                Ok(entry.known.clone())
            } else {
                Err(Refused::Outside)
            };
        }
        let unreadable = |error: io::Error| Refused::Unreadable(error.to_string());
        let real = dunce::canonicalize(path).map_err(unreadable)?;
        if !allowed(&real) {
            return Err(Refused::Outside);
        }
        let (text, signature) = read(&real)?;
        // A text that is as it was need not be looked at again.
        let before = self.lock().entries.get(&key).and_then(|entry| {
            let before = entry.known.text.as_ref().ok()?;
            (before.text.as_ref() == text).then(|| Arc::clone(before))
        });
        let known = Known {
            real,
            text: match before {
                Some(before) => Ok(before),
                None => Text::new(path, format, &text).map(Arc::new),
            },
        };
        let mut kept = self.lock();
        kept.bytes += text.len();
        if kept.bytes > MAX_KEPT {
            *kept = Kept {
                entries: HashMap::new(),
                bytes: text.len(),
            };
        }
        let replaced = kept.entries.insert(
            key,
            Entry {
                is_settled: signature.is_settled(),
                signature,
                known: known.clone(),
            },
        );
        if let Some(text) = replaced.and_then(|entry| entry.known.text.ok()) {
            kept.bytes = kept.bytes.saturating_sub(text.text.len());
        }
        Ok(known)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a regular file of bounded size, and says what it was like at that moment.
fn read(real: &Path) -> Result<(String, Signature), Refused> {
    let unreadable = |reason: &str| Refused::Unreadable(reason.to_owned());
    let file = open(real).map_err(|error| Refused::Unreadable(error.to_string()))?;
    let metadata = file
        .metadata()
        .map_err(|error| Refused::Unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Refused::Unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Refused::Unreadable(format!(
            "larger than {} MiB",
            MAX_FILE >> 20
        )));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("not UTF-8 text"))?;
    Ok((text, Signature::of(&metadata)))
}

/// Opens a file for reading, without waiting for a writer and without following a link that has just been put there.
#[cfg(unix)]
fn open(real: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(open(real, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(real: &Path) -> io::Result<File> {
    File::open(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anything(_: &Path) -> bool {
        true
    }

    #[test]
    fn an_edit_of_the_same_length_at_once_is_seen() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.ncl");
        let files = Files::default();
        for text in ["1", "2", "3", "2"] {
            std::fs::write(&path, text).unwrap();
            let known = files.read(&path, Format::Nickel, &anything).unwrap();
            assert_eq!(&*known.text.unwrap().text, text);
        }
    }

    #[test]
    fn a_file_that_rests_is_read_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.ncl");
        std::fs::write(&path, "1").unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        let files = Files::default();
        let read = || {
            files
                .read(&path, Format::Nickel, &anything)
                .unwrap()
                .text
                .unwrap()
        };
        assert!(Arc::ptr_eq(&read(), &read()));
    }

    #[test]
    fn what_is_kept_is_still_asked_about() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.ncl");
        std::fs::write(&path, "1").unwrap();
        let files = Files::default();
        files.read(&path, Format::Nickel, &anything).unwrap();
        let denied = files.read(&path, Format::Nickel, &|_| false);
        assert!(matches!(denied, Err(Refused::Outside)));
    }
}
