//! A remote that is a directory, on any disk that is shared, and that any web server can serve as it is:
//!
//! ```text
//! index/taskservs/redis.jsonl                    one event a line: publish, yank, unyank
//! archives/taskservs/redis/redis-1.0.0.tar.gz    never changed once an index names it
//! archives/taskservs/redis/redis-1.0.0.tar.gz.minisig
//! packages.txt                                   the names of all indexes, for readers that cannot list a directory
//! ```
//!
//! An archive is put in its place before the line that names it, so that whoever reads the index finds the archive. What a
//! publisher leaves behind that was killed is nothing that an index names, and goes with the next one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek as _, Write};
use std::path::{Path, PathBuf};

use semver::Version;
use sha2::{Digest as _, Sha256};

use super::history::{History, line_of, now};
use super::release::{Event, Mark, PackageId, PackageKind, Release};
use super::{Change, Published, Remote, RemoteError, Upload};
use crate::audit::who_is_here;
use crate::diagnostic::closest;
use crate::metadata::check_name;
use crate::package::signature_path;
use crate::store::{Lock, LockError, open_file};

/// Largest index of a package, in bytes.
const MAX_INDEX: u64 = 64 << 20;
/// Largest signature, in bytes.
const MAX_SIGNATURE: u64 = 16 << 10;
/// Most packages that are listed.
const MAX_PACKAGES: usize = 100_000;
/// How many bytes are copied between two looks at the flag.
const PIECE: usize = 256 << 10;
/// What the file of a publisher begins with that is not done.
const UNFINISHED: &str = ".provisioning-";

/// A remote in a directory.
#[derive(Clone, Debug)]
pub struct DirectoryRemote {
    name: String,
    root: PathBuf,
}

impl DirectoryRemote {
    /// Returns the remote of that name in a directory.
    pub fn new(name: impl Into<String>, root: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            root: root.into(),
        }
    }

    fn index(&self, id: &PackageId) -> PathBuf {
        self.index_folder(id.kind)
            .join(format!("{}.jsonl", id.name))
    }

    fn index_folder(&self, kind: PackageKind) -> PathBuf {
        self.root.join("index").join(kind.folder())
    }

    fn archives(&self, id: &PackageId) -> PathBuf {
        self.root
            .join("archives")
            .join(id.kind.folder())
            .join(&id.name)
    }

    fn archive(&self, id: &PackageId, version: &Version) -> PathBuf {
        self.archives(id).join(id.archive_name(version))
    }

    fn read_failed(&self, path: &Path) -> impl FnOnce(io::Error) -> RemoteError {
        RemoteError::io(&self.name, "read", path)
    }

    fn write_failed(&self, path: &Path) -> impl FnOnce(io::Error) -> RemoteError {
        RemoteError::io(&self.name, "written", path)
    }

    /// The directory has to be there: a disk that is not connected is no empty remote.
    fn is_there(&self) -> Result<(), RemoteError> {
        let reason = match self.root.metadata() {
            Ok(found) if found.is_dir() => return Ok(()),
            Ok(_) => "is not a directory",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "does not exist",
            Err(error) => return Err(self.read_failed(&self.root)(error)),
        };
        Err(RemoteError::Unavailable {
            remote: self.name.clone(),
            path: self.root.clone(),
            reason,
        })
    }

    /// Returns the text of the index of a package; none when it was never published.
    fn text(&self, id: &PackageId) -> Result<Option<Vec<u8>>, RemoteError> {
        let path = self.index(id);
        match read(&path, MAX_INDEX) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.read_failed(&path)(error)),
        }
    }

    /// Returns the history of a package that is to be changed: one that is known to the last line.
    fn certain(&self, id: &PackageId) -> Result<(Option<Vec<u8>>, History), RemoteError> {
        let text = self.text(id)?;
        let history = History::read(text.as_deref().unwrap_or_default(), id);
        if let Some((line, reason)) = history.faults.first() {
            return Err(RemoteError::BadIndex {
                remote: self.name.clone(),
                id: id.clone(),
                file: self.index(id),
                line: *line,
                reason: reason.clone(),
            });
        }
        if history.newer > 0 {
            return Err(RemoteError::Newer {
                remote: self.name.clone(),
                id: id.clone(),
            });
        }
        Ok((text, history))
    }

    /// Adds an event to an index that is locked. What another publisher began and did not finish is taken away.
    fn append(&self, id: &PackageId, event: &Event, torn: usize) -> Result<(), RemoteError> {
        let path = self.index(id);
        let line = line_of(event).map_err(|reason| RemoteError::Io {
            remote: self.name.clone(),
            doing: "written",
            path: path.clone(),
            reason,
        })?;
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            let length = file.metadata()?.len();
            if torn > 0 {
                file.set_len(length - u64::try_from(torn).unwrap_or(length))?;
            }
            file.write_all(&line)?;
            file.sync_all()?;
            sync_directory(path.parent())
        };
        write().map_err(self.write_failed(&path))
    }

    /// Names a package that is published for the first time.
    fn list(&self, id: &PackageId) -> Result<(), RemoteError> {
        let path = self.root.join("packages.txt");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(format!("{}/{}\n", id.kind.folder(), id.name).as_bytes())?;
            file.sync_all()
        };
        write().map_err(self.write_failed(&path))
    }

    /// Puts a file into its place, whole; what is there is replaced.
    fn place(
        &self,
        from: &Path,
        to: &Path,
        digest: Option<&str>,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), RemoteError> {
        let folder = to.parent().unwrap_or(&self.root);
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut beside = builder
            .tempfile_in(folder)
            .map_err(|error| self.write_failed(folder)(error.kind().into()))?;
        let mut source = open_file(from).map_err(self.read_failed(from))?;
        let found = copy(&mut source, beside.as_file_mut(), u64::MAX, interrupted)
            .map_err(|error| self.copy_failed(error, from))?;
        if digest.is_some_and(|digest| digest != found) {
            return Err(self.write_failed(from)(io::Error::other(
                "it was changed while it was read",
            )));
        }
        let put = || -> io::Result<()> {
            beside.as_file().sync_all()?;
            beside.persist(to).map_err(|error| error.error)?;
            sync_directory(Some(folder))
        };
        put().map_err(self.write_failed(to))
    }

    fn copy_failed(&self, error: io::Error, path: &Path) -> RemoteError {
        match error.kind() {
            io::ErrorKind::Interrupted => RemoteError::Interrupted,
            _ => self.read_failed(path)(error),
        }
    }

    /// Removes what publishers have left behind that were killed. Only for whoever holds the lock.
    fn tidy(&self, id: &PackageId) {
        let entries = self.archives(id).read_dir().into_iter().flatten().flatten();
        for entry in entries {
            if entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(UNFINISHED.as_bytes())
            {
                // Somebody else's may stay: it is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn lock(&self, id: &PackageId, interrupted: &dyn Fn() -> bool) -> Result<Lock, RemoteError> {
        for folder in [self.index_folder(id.kind), self.archives(id)] {
            fs::create_dir_all(&folder).map_err(self.write_failed(&folder))?;
        }
        let path = self
            .index_folder(id.kind)
            .join(format!(".{}.lock", id.name));
        Lock::take(&path, &who_is_here(), interrupted).map_err(|error| match error {
            LockError::Busy { waited, holder } => RemoteError::Busy {
                remote: self.name.clone(),
                id: id.clone(),
                waited,
                holder,
                lock: path.clone(),
            },
            LockError::Interrupted => RemoteError::Interrupted,
            LockError::Io(error) => self.write_failed(&path)(error),
        })
    }

    /// Says what publishing would do.
    fn decide(&self, upload: &Upload, history: &History) -> Result<Change, RemoteError> {
        let release = &upload.release;
        let Some(known) = history.same(&release.version) else {
            return Ok(Change::Published);
        };
        let there = history.releases.get(known).map(|entry| &entry.release);
        match there {
            Some(there) if there.version == release.version && there.digest == release.digest => {
                Ok(Change::Unchanged)
            }
            _ => Err(RemoteError::Taken {
                remote: self.name.clone(),
                id: release.id(),
                version: known.clone(),
                digest: there.map(|there| there.digest.clone()).unwrap_or_default(),
                refused: release.digest.clone(),
            }),
        }
    }

    fn not_found(&self, id: &PackageId) -> RemoteError {
        let all = self.packages().unwrap_or_default();
        let mut names: Vec<String> = all.into_iter().map(|known| known.name).collect();
        names.dedup();
        RemoteError::NotFound {
            remote: self.name.clone(),
            kind: Some(id.kind.to_string()),
            name: id.name.clone(),
            close: closest(&id.name, names.iter().map(String::as_str))
                .into_iter()
                .map(str::to_owned)
                .collect(),
        }
    }
}

impl Remote for DirectoryRemote {
    fn name(&self) -> &str {
        &self.name
    }

    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn packages(&self) -> Result<Vec<PackageId>, RemoteError> {
        self.is_there()?;
        let mut all = Vec::new();
        for kind in PackageKind::ALL {
            let folder = self.index_folder(kind);
            let entries = match folder.read_dir() {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(self.read_failed(&folder)(error)),
            };
            for entry in entries.take(MAX_PACKAGES) {
                let entry = entry.map_err(self.read_failed(&folder))?;
                let file = entry.file_name();
                let name = file.to_str().and_then(|file| file.strip_suffix(".jsonl"));
                if let Some(name) = name.filter(|name| check_name(name).is_ok()) {
                    all.push(PackageId {
                        kind,
                        name: name.to_owned(),
                    });
                }
            }
        }
        all.sort();
        Ok(all)
    }

    fn history(&self, id: &PackageId) -> Result<Option<History>, RemoteError> {
        self.is_there()?;
        let text = self.text(id)?;
        Ok(text.map(|text| History::read(&text, id)))
    }

    fn fetch(
        &self,
        release: &Release,
        into: &mut File,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<(), RemoteError> {
        let path = self.archive(&release.id(), &release.version);
        let different = |what: String| RemoteError::Different {
            remote: self.name.clone(),
            id: release.id(),
            version: release.version.clone(),
            what,
        };
        let mut file = match open_file(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(different("it is not there".to_owned()));
            }
            Err(error) => return Err(self.read_failed(&path)(error)),
        };
        let length = file.metadata().map_err(self.read_failed(&path))?.len();
        if length != release.size {
            return Err(different(format!(
                "it has {length} bytes, and should have {}",
                release.size
            )));
        }
        let found = copy(&mut file, into, release.size, interrupted)
            .map_err(|error| self.copy_failed(error, &path))?;
        if found != release.digest {
            return Err(different(format!(
                "its digest is {found}, and should be {}",
                release.digest
            )));
        }
        into.rewind().map_err(self.read_failed(&path))
    }

    fn signature(&self, release: &Release) -> Result<Option<String>, RemoteError> {
        let path = signature_path(&self.archive(&release.id(), &release.version));
        match read(&path, MAX_SIGNATURE) {
            Ok(text) => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.read_failed(&path)(error)),
        }
    }

    fn publish(
        &self,
        upload: &Upload,
        check: bool,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Published, RemoteError> {
        self.is_there()?;
        let release = &upload.release;
        let id = release.id();
        if let Some(reason) = release.fault() {
            return Err(RemoteError::Unpublishable {
                name: id.name,
                version: release.version.clone(),
                reason,
            });
        }
        let archive = self.archive(&id, &release.version);
        let published = |change: Change| Published {
            change,
            archive: archive.clone(),
            index: self.index(&id),
        };
        if check {
            let (_, history) = self.certain(&id)?;
            return self.decide(upload, &history).map(published);
        }
        let _lock = self.lock(&id, interrupted)?;
        let (text, history) = self.certain(&id)?;
        let change = self.decide(upload, &history)?;
        if change == Change::Unchanged {
            return Ok(published(change));
        }
        self.tidy(&id);
        // What lies there already, and is named by no index, was left behind by somebody who was killed.
        self.place(
            &upload.archive,
            &archive,
            Some(&release.digest),
            interrupted,
        )?;
        let beside = signature_path(&archive);
        match &upload.signature {
            Some(signature) => self.place(signature, &beside, None, interrupted)?,
            None => match fs::remove_file(&beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(self.write_failed(&beside)(error));
                }
                _ => {}
            },
        }
        if text.is_none() {
            self.list(&id)?;
        }
        self.append(
            &id,
            &Event::Publish(Box::new(release.clone())),
            history.torn,
        )?;
        Ok(published(change))
    }

    fn mark(
        &self,
        id: &PackageId,
        version: &Version,
        yank: Option<&str>,
        by: &str,
        check: bool,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Change, RemoteError> {
        self.is_there()?;
        if self.text(id)?.is_none() {
            return Err(self.not_found(id));
        }
        let _lock = match check {
            true => None,
            false => Some(self.lock(id, interrupted)?),
        };
        let (_, history) = self.certain(id)?;
        let Some(entry) = history.releases.get(version) else {
            return Err(RemoteError::NoSuchVersion {
                remote: self.name.clone(),
                id: id.clone(),
                version: version.clone(),
                available: history.releases.keys().cloned().collect(),
            });
        };
        if entry.yanked.is_some() == yank.is_some() {
            return Ok(Change::Unchanged);
        }
        if !check {
            let mark = Mark {
                version: version.clone(),
                reason: yank.map(str::to_owned),
                time: now(),
                by: by.to_owned(),
            };
            let event = match yank {
                Some(_) => Event::Yank(mark),
                None => Event::Unyank(mark),
            };
            self.append(id, &event, history.torn)?;
        }
        Ok(Change::Published)
    }
}

/// Reads a regular file that is not too large.
fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open_file(path)?.take(most + 1).read_to_end(&mut text)?;
    if u64::try_from(text.len()).map_or(true, |length| length > most) {
        return Err(io::Error::other(format!(
            "it is larger than {} KiB",
            most >> 10
        )));
    }
    Ok(text)
}

/// Copies at most so many bytes and returns the digest of them.
fn copy(
    from: &mut File,
    to: &mut File,
    most: u64,
    interrupted: &dyn Fn() -> bool,
) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut from = from.take(most);
    loop {
        if interrupted() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = piece.get(..length).unwrap_or_default();
        hash.update(bytes);
        to.write_all(bytes)?;
    }
    let digits = hash.finalize();
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256:{digits}"))
}

/// Makes sure that the names in a directory survive a power cut, where the system can do that.
fn sync_directory(directory: Option<&Path>) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(directory) = directory {
        File::open(directory)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}
