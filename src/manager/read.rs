//! Reading an extension that is not in memory: from the cache on disk, or from its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::disk::EntryKey;
use super::error::LoadError;
use super::memory::Loaded;
use super::stamps::Stamps;
use super::types::{Extension, ExtensionMetadata, Key, Needed, Operation};
use super::{ExtensionManager, Place};
use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{
    self, Contents, ContentsError, Contract, Directory, ExtensionType, Host, Interface,
    Interrupted, SchemaLanguage, dependencies,
};
use crate::nickel::Program;
use crate::store::open_file;
use crate::validation::{RULES, Validator};

/// How often reading is tried again, because files have changed meanwhile.
const MAX_TRIES: usize = 5;
/// The rules whose errors keep an extension from being loaded.
const RULES_OF_SCHEMAS: [&str; 2] = ["schema", "version"];
const RULES_OF_CODE: [&str; 1] = ["interface"];

/// What is kept on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    metadata: ExtensionMetadata,
    operations: Vec<Operation>,
    schemas: Map<String, Value>,
    dependencies: Vec<Needed>,
    package: Option<String>,
    outside: Outside,
}

/// What an extension takes from outside of its directory, or from files in it that do not count otherwise, because packages
/// leave them out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outside {
    /// Files, with the SHA-256 of each.
    files: Vec<(PathBuf, [u8; 32])>,
    /// Where there must be none, because it would be taken in place of one of the files.
    absent: Vec<PathBuf>,
    /// Where modules were looked for (`NU_LIB_DIRS`).
    lib_dirs: Vec<PathBuf>,
    /// Whether one was found there.
    has_modules: bool,
}

impl Outside {
    /// Whether it would be the same with these directories of modules.
    pub(super) fn is_of(&self, lib_dirs: &[PathBuf]) -> bool {
        !self.has_modules || self.lib_dirs == lib_dirs
    }

    /// Whether it matters where modules are looked for.
    pub(super) fn has_modules(&self) -> bool {
        self.has_modules
    }

    /// Whether everything is as it was.
    pub(super) fn is_same(&self) -> bool {
        let is_same = |(path, was): &(PathBuf, [u8; 32])| hash_of(path).as_ref() == Some(was);
        self.files.iter().all(is_same) && !self.absent.iter().any(|path| path.exists())
    }

    /// Returns every path that this is about, with the SHA-256 of the file; none where there must be no file.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&PathBuf, Option<[u8; 32]>)> {
        let files = self.files.iter().map(|(path, hash)| (path, Some(*hash)));
        files.chain(self.absent.iter().map(|path| (path, None)))
    }

    /// Adds files that are not looked at otherwise.
    fn add(&mut self, files: Vec<PathBuf>, stamps: &Stamps) {
        for path in files {
            let is_known =
                stamps.covers(&path) || self.files.iter().any(|(known, _)| *known == path);
            if !is_known && let Some(hash) = hash_of(&path) {
                self.files.push((path, hash));
            }
        }
    }

    pub(super) fn stamp(&self, stamps: &mut Stamps) {
        let files = self.files.iter().map(|(path, _)| path.clone());
        stamps.add_outside(files, self.absent.iter().cloned());
    }
}

/// Why an extension was not read.
enum Unread {
    /// Its files have changed meanwhile.
    Changed,
    /// It cannot be.
    Error(LoadError),
}

impl From<LoadError> for Unread {
    fn from(error: LoadError) -> Self {
        Unread::Error(error)
    }
}

/// The directory of an extension at one moment.
pub(super) struct Moment {
    pub(super) directory: Directory,
    pub(super) stamps: Stamps,
    pub(super) digest: String,
}

impl ExtensionManager {
    /// Looks at the files of an extension and at their contents.
    pub(super) fn moment(&self, path: &Path, kind: ExtensionType) -> Result<Moment, LoadError> {
        let directory = Directory::open(path, Some(kind))?;
        let interrupt = &self.evaluator.limits().interrupt;
        let failed = |error: ContentsError| match error {
            ContentsError::Interrupted => LoadError::Interrupted,
            error => failed(
                &directory,
                vec![
                    Diagnostic::error(Code::LoadFailed, error.to_string())
                        .with_file(&directory.path),
                ],
            ),
        };
        let stamps = Stamps::of(&directory, interrupt).map_err(failed)?;
        let contents = Contents::of(&directory, interrupt).map_err(failed)?;
        Ok(Moment {
            digest: contents.digest(),
            stamps,
            directory,
        })
    }

    /// Reads an extension. With `use_disk`, its entry in the cache on disk will do.
    ///
    /// # Errors
    /// Its files have errors: all of them.
    pub(super) fn read(
        &self,
        place: &Place,
        use_disk: bool,
    ) -> Result<(Key, Arc<Loaded>), LoadError> {
        for _ in 0..MAX_TRIES {
            match self.try_read(place, use_disk) {
                Ok(read) => return Ok(read),
                Err(Unread::Error(error)) => return Err(error),
                // While an editor saves, the files may be anything: what counts is what is there afterwards.
                Err(Unread::Changed) => {}
            }
        }
        Err(LoadError::Changing {
            name: place.name.clone(),
            path: place.path.clone(),
        })
    }

    fn try_read(&self, place: &Place, use_disk: bool) -> Result<(Key, Arc<Loaded>), Unread> {
        let Moment {
            directory,
            mut stamps,
            digest,
        } = self.moment(&place.path, place.kind)?;
        let found = directory
            .extensions
            .iter()
            .find(|one| one.kind == place.kind && one.name == place.name)
            .cloned();
        let disk = self.config.disk();
        let host = self.config.host.get();
        let key = found.as_ref().map(|found| {
            let kind = found.kind;
            self.entry_key(&directory.path, kind, &found.name, &digest, &host)
        });
        if use_disk && let (Some(disk), Some(key)) = (&disk, &key) {
            let stored = disk
                .get(key)
                .and_then(|bytes| {
                    Some((rmp_serde::from_slice::<Stored>(&bytes).ok()?, bytes.len()))
                })
                .filter(|(stored, _)| stored.outside.is_same());
            let counters = &self.shared.counters;
            let counter = match stored {
                Some(_) => &counters.disk_hits,
                None => &counters.disk_misses,
            };
            counter.fetch_add(1, Ordering::Relaxed);
            if let Some((stored, bytes)) = stored {
                stored.outside.stamp(&mut stamps);
                if !stamps.is_same() {
                    return Err(Unread::Changed);
                }
                let data_dir = &self.config.data_dir;
                return loaded(stored, &directory, digest, stamps, data_dir, bytes);
            }
        }
        let result = self.evaluate(place, &directory, &stamps, found.as_ref(), &host);
        if !stamps.is_same() && !matches!(result, Err(LoadError::Interrupted)) {
            return Err(Unread::Changed);
        }
        let stored = result?;
        stored.outside.stamp(&mut stamps);
        // What was imported from elsewhere has to be what was parsed, too.
        if !stored.outside.is_same() {
            return Err(Unread::Changed);
        }
        let bytes = rmp_serde::to_vec_named(&stored).unwrap_or_default();
        if let (Some(disk), Some(key), false) = (&disk, &key, bytes.is_empty()) {
            let problem = disk.put(key, &bytes, &self.shared.estimate).err();
            self.shared.take_note(problem);
        }
        let data_dir = &self.config.data_dir;
        loaded(stored, &directory, digest, stamps, data_dir, bytes.len())
    }

    /// Evaluates the schemas and inspects the code, at the same time.
    fn evaluate(
        &self,
        place: &Place,
        directory: &Directory,
        stamps: &Stamps,
        found: Option<&extension::Extension>,
        host: &Host,
    ) -> Result<Stored, LoadError> {
        let mut validator =
            Validator::new(host.clone(), self.evaluator.clone(), self.inspector.clone());
        validator.lib_dirs.clone_from(&self.config.lib_dirs);
        // Tests are nothing that an extension is used with, and most of its code.
        validator.modules_only = true;
        let check = |names: &[&str]| -> Result<Vec<Diagnostic>, Interrupted> {
            let mut all = Vec::new();
            for rule in RULES.iter().filter(|rule| names.contains(&rule.name())) {
                all.extend(rule.check(directory, &validator)?);
            }
            Ok(all)
        };
        let mut findings: Vec<Diagnostic> = directory.findings().cloned().collect();
        let (of_schemas, of_code) = std::thread::scope(|scope| {
            // A worker each; with one processor they take turns.
            let code = scope.spawn(|| check(&RULES_OF_CODE));
            let schemas = check(&RULES_OF_SCHEMAS);
            let code = code
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (schemas, code)
        });
        findings.extend(of_schemas?);
        findings.extend(of_code?);
        let mut errors: Vec<Diagnostic> = Vec::new();
        for finding in findings.into_iter().filter(Diagnostic::is_error) {
            let is_same = |known: &Diagnostic| {
                known.code == finding.code
                    && known.message == finding.message
                    && known.file() == finding.file()
                    && known.location() == finding.location()
            };
            if !errors.iter().any(is_same) {
                errors.push(finding);
            }
        }
        if !errors.is_empty() {
            return Err(failed(directory, errors));
        }
        let Some(found) = found else {
            return Err(LoadError::Moved {
                name: place.name.clone(),
                kind: place.kind,
                path: place.path.clone(),
                reason: what_is_there(directory),
            });
        };
        let (needed, _) = dependencies(directory, &self.evaluator)?;
        let schemas = self.schemas(directory, stamps);
        let (operations, mut outside) = self.operations(directory, stamps, found)?;
        for file in stamps.with_ending("ncl") {
            let program = Program::file(file).within(&directory.path);
            outside.add(self.evaluator.files(&program), stamps);
        }
        let metadata = directory.reading.metadata.as_ref();
        Ok(Stored {
            metadata: ExtensionMetadata {
                name: found.name.clone(),
                version: found.version.to_string(),
                description: found.description.clone().unwrap_or_default(),
                extension_type: found.kind,
                dependencies: needed.iter().map(|one| one.name.clone()).collect(),
                author: metadata
                    .map(|metadata| metadata.authors.join(", "))
                    .filter(|authors| !authors.is_empty()),
                repository: metadata.and_then(|metadata| metadata.repository.clone()),
            },
            operations,
            schemas,
            dependencies: needed
                .into_iter()
                .map(|one| Needed {
                    name: one.name,
                    version: one.constraint,
                    kind: one.kind,
                    origin: one.origin,
                })
                .collect(),
            package: found.package.clone(),
            outside,
        })
    }

    /// Returns the values of the schemas, by their paths below the schema directory.
    fn schemas(&self, directory: &Directory, stamps: &Stamps) -> Map<String, Value> {
        let mut all = Map::new();
        if directory.layout.schemas != SchemaLanguage::Nickel {
            return all;
        }
        let folder = directory.layout.schema_directory();
        for file in stamps.with_ending("ncl") {
            let Ok(relative) = file.strip_prefix(&folder) else {
                continue;
            };
            let name = relative.with_extension("").to_string_lossy().into_owned();
            let program = Program::file(&file).within(&directory.path);
            // It was examined just now, and without errors.
            if let Ok(examined) = self.evaluator.examine(&program) {
                all.insert(name, examined.value);
            }
        }
        all
    }

    /// Returns the commands that the module of an extension exports, and what its code imports from elsewhere.
    fn operations(
        &self,
        directory: &Directory,
        stamps: &Stamps,
        found: &extension::Extension,
    ) -> Result<(Vec<Operation>, Outside), LoadError> {
        let interface = Interface::of(directory, &self.config.lib_dirs).of_modules_only();
        let interrupt = &self.evaluator.limits().interrupt;
        // It was parsed just now, and is known.
        let inspection = self
            .inspector
            .inspect(&interface.request, &interface.code, &|| {
                interrupt.is_triggered()
            })
            .map_err(|error| {
                let finding = Diagnostic::error(Code::LoadFailed, error.to_string());
                failed(directory, vec![finding.with_file(&directory.path)])
            })?;
        let mut outside = Outside {
            lib_dirs: self.config.lib_dirs.clone(),
            ..Outside::default()
        };
        for file in &inspection.files {
            let path = &file.path;
            if stamps.covers(path) || !path.is_absolute() {
                continue;
            }
            let hash = Sha256::digest(file.text.as_bytes()).into();
            outside.files.push((path.clone(), hash));
            if path.starts_with(&directory.path) {
                continue;
            }
            outside.has_modules = true;
            let lib_dirs = &self.config.lib_dirs;
            let at = lib_dirs.iter().position(|lib| path.starts_with(lib));
            if let Some(at) = at
                && let Some(relative) = lib_dirs.get(at).and_then(|lib| path.strip_prefix(lib).ok())
            {
                let before = lib_dirs.iter().take(at);
                outside.absent.extend(before.map(|lib| lib.join(relative)));
            }
        }
        let path = interface
            .modules
            .iter()
            .find(|(one, _)| one.kind == found.kind && one.name == found.name)
            .map(|(_, path)| path);
        let commands = inspection
            .modules
            .iter()
            .find(|module| Some(&module.path) == path)
            .map(|module| module.commands.as_slice())
            .unwrap_or_default();
        let contract = Contract::of(found.kind);
        let place = |name: &str| {
            contract
                .operations
                .iter()
                .position(|operation| operation.name == name)
        };
        let mut operations: Vec<Operation> = commands
            .iter()
            .map(|command| Operation::of(command, place(&command.name).is_some()))
            .collect();
        operations.sort_by_key(|operation| place(&operation.name).unwrap_or(usize::MAX));
        Ok((operations, outside))
    }

    /// Returns the name of an entry on disk: a digest of everything that what is read follows from, and of the place, which
    /// relative imports depend on.
    fn entry_key(
        &self,
        path: &Path,
        kind: ExtensionType,
        name: &str,
        digest: &str,
        host: &Host,
    ) -> EntryKey {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        };
        part(env!("CARGO_PKG_VERSION").as_bytes());
        part(path.as_os_str().as_encoded_bytes());
        part(kind.as_str().as_bytes());
        part(name.as_bytes());
        part(digest.as_bytes());
        for version in [&host.nushell, &host.nickel, &host.provisioning] {
            part(version.to_string().as_bytes());
        }
        part(&self.inspector.identity().to_le_bytes());
        for directory in &self.config.lib_dirs {
            part(directory.as_os_str().as_encoded_bytes());
        }
        hash.finalize().into()
    }
}

fn loaded(
    stored: Stored,
    directory: &Directory,
    digest: String,
    stamps: Stamps,
    data_dir: &Path,
    bytes: usize,
) -> Result<(Key, Arc<Loaded>), Unread> {
    // It was written as a version.
    let version = semver::Version::parse(&stored.metadata.version).map_err(|_| Unread::Changed)?;
    let key = Key {
        kind: stored.metadata.extension_type,
        name: stored.metadata.name.clone(),
        version,
    };
    let extension = Extension {
        metadata: stored.metadata,
        path: directory.path.to_string_lossy().into_owned(),
        loaded_at: Utc::now(),
        operations: stored.operations,
        schemas: stored.schemas,
        fingerprint: digest,
        dependencies: stored.dependencies,
        package: stored.package,
    };
    let loaded = Loaded::new(Arc::new(extension), stamps, stored.outside, data_dir, bytes);
    Ok((key, Arc::new(loaded)))
}

/// Returns the error for an extension with errors in its files.
pub(super) fn failed(directory: &Directory, findings: Vec<Diagnostic>) -> LoadError {
    let folder = || {
        let folder = directory.path.file_name().unwrap_or_default();
        folder.to_string_lossy().into_owned()
    };
    LoadError::LoadFailed {
        name: directory.reading.name.clone().unwrap_or_else(folder),
        path: directory.path.clone(),
        findings,
    }
}

/// Says what a directory holds.
fn what_is_there(directory: &Directory) -> String {
    let all: Vec<String> = directory
        .extensions
        .iter()
        .map(|one| format!("{} `{}` {}", one.kind, one.name, one.version))
        .collect();
    match all.as_slice() {
        [] => "there is no extension there now".to_owned(),
        all => format!("it is {} now", all.join(", ")),
    }
}

/// Returns the SHA-256 of a file; none when it cannot be read.
pub(super) fn hash_of(path: &Path) -> Option<[u8; 32]> {
    use std::io::Read as _;
    const MAX_SIZE: u64 = 16 << 20;
    let mut bytes = Vec::new();
    let file = open_file(&dunce::canonicalize(path).ok()?).ok()?;
    file.take(MAX_SIZE).read_to_end(&mut bytes).ok()?;
    Some(Sha256::digest(bytes).into())
}
