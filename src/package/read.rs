//! Reading an archive from one end to the other, with room for one piece of it at a time.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::PACKAGE_FILE;
use crate::extension::tree::one_line;
use crate::nickel::Interrupt;

use super::manifest::{Manifest, ManifestFault, PackedFile, folders};
use super::policy::shown;
use super::ustar::{self, BLOCK, Block, Kind};
use super::{PIECE, PackageError, Policy, hex};

/// Where what is read goes.
pub(super) trait Sink {
    /// A folder begins; its path ends in `/`.
    fn folder(&mut self, path: &str) -> Result<(), PackageError>;
    /// A file begins.
    fn file(&mut self, path: &str, executable: bool) -> Result<(), PackageError>;
    /// A piece of that file.
    fn piece(&mut self, bytes: &[u8]) -> Result<(), PackageError>;
    /// That file is whole, and the one that the list names.
    fn end(&mut self) -> Result<(), PackageError>;
}

/// Keeps nothing.
pub(super) struct Nowhere;

impl Sink for Nowhere {
    fn folder(&mut self, _path: &str) -> Result<(), PackageError> {
        Ok(())
    }

    fn file(&mut self, _path: &str, _executable: bool) -> Result<(), PackageError> {
        Ok(())
    }

    fn piece(&mut self, _bytes: &[u8]) -> Result<(), PackageError> {
        Ok(())
    }

    fn end(&mut self) -> Result<(), PackageError> {
        Ok(())
    }
}

/// What was read.
pub(super) struct Through {
    pub(super) manifest: Manifest,
    /// `sha256:` and the digest of all bytes of the file.
    pub(super) digest: String,
    /// The same of the tar archive.
    pub(super) tar_digest: String,
}

/// Reads an archive. What the sink is given is no more than what the list names, and all of it when this succeeds.
pub(super) fn through(
    file: File,
    path: &Path,
    policy: &Policy,
    interrupt: &Interrupt,
    sink: &mut dyn Sink,
) -> Result<Through, PackageError> {
    let size = file
        .metadata()
        .map_err(|error| PackageError::unreadable(path, error))?
        .len();
    let mut reader = Reader {
        path,
        interrupt,
        tar: open(file, path)?,
        hash: Sha256::new(),
    };
    let manifest = reader.list(policy, size)?;
    let top = manifest.top();
    sink.folder("")?;
    sink.file(PACKAGE_FILE, false)?;
    sink.piece(manifest.to_string().as_bytes())?;
    sink.end()?;
    let mut before = "";
    for file in &manifest.files {
        for folder in folders(before, &file.path) {
            reader.header(&top, folder, Kind::Folder)?;
            sink.folder(folder)?;
        }
        before = &file.path;
        let (size, executable) = (file.size, file.executable);
        reader.header(&top, &file.path, Kind::File { size, executable })?;
        reader.contents(file, sink)?;
    }
    let tar_digest = reader.end()?;
    let Reader { tar, .. } = reader;
    Ok(Through {
        manifest,
        digest: format!("sha256:{}", rest(tar, path)?),
        tar_digest,
    })
}

/// The bytes of the file, hashed as they pass.
struct Hashed {
    file: File,
    hash: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.hash.update(&bytes[..read]);
        Ok(read)
    }
}

type Tar = GzDecoder<BufReader<Hashed>>;

fn fault(path: &Path, reason: impl Into<String>) -> PackageError {
    PackageError::Archive {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

/// Begins to decompress, when the file begins as a package does.
fn open(file: File, path: &Path) -> Result<Tar, PackageError> {
    let hash = Sha256::new();
    let mut bytes = BufReader::with_capacity(PIECE, Hashed { file, hash });
    let beginning = bytes
        .fill_buf()
        .map_err(|error| PackageError::unreadable(path, error))?;
    let reason = match beginning {
        [] => "it is empty",
        [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, ..] => return Ok(GzDecoder::new(bytes)),
        [0x1f, 0x8b, 8, flags, ..] if *flags != 0 => {
            "its gzip header holds a name, a comment or the like"
        }
        [0x1f, 0x8b, ..] => "its gzip header holds a time or another method, or ends too early",
        _ => "it is not compressed with gzip",
    };
    Err(fault(path, reason))
}

/// Makes sure that nothing follows, and returns the digest of the file.
fn rest(tar: Tar, path: &Path) -> Result<String, PackageError> {
    let mut bytes = tar.into_inner();
    let more = bytes
        .fill_buf()
        .map_err(|error| PackageError::unreadable(path, error))?;
    if !more.is_empty() {
        return Err(fault(path, "something follows after its end"));
    }
    Ok(hex(bytes.into_inner().hash))
}

struct Reader<'a> {
    path: &'a Path,
    interrupt: &'a Interrupt,
    tar: Tar,
    hash: Sha256,
}

impl Reader<'_> {
    fn fault(&self, reason: impl Into<String>) -> PackageError {
        fault(self.path, reason)
    }

    /// Fills a piece from the tar archive.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), PackageError> {
        if self.interrupt.is_triggered() {
            return Err(PackageError::Interrupted);
        }
        self.tar
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.fault("it ends too early"),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    self.fault("what gzip has made of it is damaged")
                }
                _ => PackageError::unreadable(self.path, error),
            })?;
        self.hash.update(&*bytes);
        Ok(())
    }

    fn block(&mut self) -> Result<Block, PackageError> {
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        Ok(block)
    }

    /// Reads the header that has to come next.
    fn header(&mut self, top: &str, path: &str, kind: Kind) -> Result<(), PackageError> {
        let block = self.block()?;
        self.compare(&block, &format!("{top}{path}"), kind)
    }

    fn compare(&self, block: &Block, path: &str, kind: Kind) -> Result<(), PackageError> {
        if ustar::header(path, kind).is_some_and(|expected| expected == *block) {
            return Ok(());
        }
        let expected = shown(path);
        let found = ustar::path_of(block);
        Err(self.fault(if block.iter().all(|byte| *byte == 0) {
            format!("it ends ahead of {expected}")
        } else if !ustar::has_right_sum(block) {
            format!("there is no header where {expected} should begin")
        } else if let Some(what) = ustar::foreign_kind(block) {
            format!("{} is {what}", shown(&found))
        } else if found != path {
            format!("{} comes where {expected} should", shown(&found))
        } else {
            format!("the header of {expected} has a size, an owner, a time or permissions that no package has there")
        }))
    }

    /// Reads zeros.
    fn zeros(&mut self, count: usize, after: &str) -> Result<(), PackageError> {
        let mut zeros = [0; 2 * BLOCK];
        let zeros = &mut zeros[..count];
        self.fill(zeros)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(self.fault(format!("there is something behind {after}")));
        }
        Ok(())
    }

    /// Reads the top folder and the list, and holds the list against the policy.
    fn list(&mut self, policy: &Policy, size: u64) -> Result<Manifest, PackageError> {
        let first = self.block()?;
        let top = ustar::path_of(&first);
        if !top.ends_with('/') || top.matches('/').count() != 1 {
            self.compare(&first, "NAME-VERSION/", Kind::Folder)?;
        }
        self.compare(&first, &top, Kind::Folder)?;
        let second = self.block()?;
        let length = ustar::size_of(&second).unwrap_or(0);
        let kind = Kind::File {
            size: length,
            executable: false,
        };
        self.compare(&second, &format!("{top}{PACKAGE_FILE}"), kind)?;
        if length > policy.limits.list {
            return Err(PackageError::Limit {
                path: self.path.to_owned(),
                reason: format!(
                    "its list has {length} bytes, and {} are the most",
                    policy.limits.list
                ),
            });
        }
        let mut text = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.fill(&mut text)?;
        self.zeros(ustar::padding(length), "its list")?;
        let manifest = Manifest::read(&text).map_err(|error| match error {
            ManifestFault::Newer(format) => PackageError::Newer {
                path: self.path.to_owned(),
                format,
            },
            ManifestFault::Invalid(reason) => self.fault(reason),
        })?;
        if manifest.top() != top {
            return Err(self.fault("its folder is not named as its list says"));
        }
        let findings: Vec<Diagnostic> = policy
            .findings(&manifest, Some(size))
            .into_iter()
            .map(|(path, finding)| self.for_reader(&path, finding))
            .collect();
        if !findings.is_empty() {
            return Err(PackageError::not_taken(self.path, findings));
        }
        Ok(manifest)
    }

    /// Says what somebody can do who has not built the package.
    fn for_reader(&self, path: &str, mut finding: Diagnostic) -> Diagnostic {
        finding.help = match finding.code {
            Code::PackageSecret | Code::PackageInstructions => Some(format!(
                "if you know what it is and want it: --allow '/{}'",
                crate::diagnostic::safe_text(path)
            )),
            Code::PackageLimit => None,
            _ => Some(
                "`extension build` makes no such package: ask whoever it comes from".to_owned(),
            ),
        };
        finding.with_file(one_line(self.path))
    }

    /// Reads a file.
    fn contents(&mut self, file: &PackedFile, sink: &mut dyn Sink) -> Result<(), PackageError> {
        sink.file(&file.path, file.executable)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        let mut left = file.size;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let piece = &mut piece[..most];
            self.fill(piece)?;
            hash.update(&*piece);
            sink.piece(piece)?;
            left -= most as u64;
        }
        self.zeros(ustar::padding(file.size), &shown(&file.path))?;
        if hex(hash) != file.sha256 {
            return Err(PackageError::Digest {
                path: self.path.to_owned(),
                entry: file.path.clone(),
            });
        }
        sink.end()
    }

    /// Reads the end of the tar archive, and makes sure that gzip's own sums are right.
    fn end(&mut self) -> Result<String, PackageError> {
        self.zeros(2 * BLOCK, "the last file")?;
        let mut more = [0];
        match self.tar.read(&mut more) {
            Ok(0) => {
                let hash = std::mem::take(&mut self.hash);
                Ok(format!("sha256:{}", hex(hash)))
            }
            Ok(_) => Err(self.fault("something follows after its last file")),
            Err(_) => Err(self.fault("what gzip has made of it is damaged, or ends too early")),
        }
    }
}
