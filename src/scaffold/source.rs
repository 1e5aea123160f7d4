//! A scaffold: which files it has, and what they become.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::paths::{PARTS, TEMPLATE, is_part, path_of};
use super::{ScaffoldError, Wanted, builtin, data};
use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Contract, ExtensionType};
use crate::metadata::FILE_NAMES;
use crate::nickel::Interrupt;
use crate::store::open_file;
use crate::template::{Renderer, Root, TemplateError};
use crate::validation::masked_template;

/// Largest file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Most bytes in all, before and after rendering.
const MAX_BYTES: usize = 16 << 20;
/// Most files and directories.
const MAX_ENTRIES: usize = 1_000;
/// How deep directories are looked into.
const MAX_DEPTH: usize = 16;
/// After so many findings, no more are looked for.
const ENOUGH: usize = 100;

/// A scaffold.
#[derive(Debug)]
pub struct Scaffold {
    root: PathBuf,
    /// Our own, as long as it is needed.
    own: Option<TempDir>,
    files: Vec<Entry>,
}

/// A file of a scaffold.
#[derive(Clone, Debug)]
struct Entry {
    /// From the root, with `/` between its parts.
    relative: String,
    is_executable: bool,
}

/// A file of a new extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// From the extension's directory, with `/` between its parts.
    pub path: String,
    /// What it holds.
    pub contents: Vec<u8>,
    /// Whether it can be run.
    pub is_executable: bool,
}

impl Scaffold {
    /// Returns the scaffold that comes with the program.
    ///
    /// # Errors
    /// Temporary files cannot be written.
    pub fn own(kind: ExtensionType) -> Result<Self, ScaffoldError> {
        let place = std::env::temp_dir();
        let directory = tempfile::tempdir().map_err(|error| ScaffoldError::write(&place, error))?;
        for (path, text) in builtin::files(kind) {
            let file = directory.path().join(path);
            file.parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&file, text))
                .map_err(|error| ScaffoldError::write(&file, error))?;
        }
        let mut scaffold = Self::at(directory.path())?;
        scaffold.own = Some(directory);
        Ok(scaffold)
    }

    /// Looks at a scaffold of somebody's own.
    ///
    /// # Errors
    /// It is not there, or cannot be used: everything that is wrong with it.
    pub fn at(directory: &Path) -> Result<Self, ScaffoldError> {
        let root = match dunce::canonicalize(directory) {
            Ok(root) if root.is_dir() => root,
            _ => return Err(not_found(directory)),
        };
        let mut search = Search::default();
        search.below(&root, "", 0)?;
        search
            .files
            .sort_by(|one, two| one.relative.cmp(&two.relative));
        let is_metadata = |entry: &Entry| {
            let relative = entry.relative.as_str();
            FILE_NAMES.contains(&relative.strip_suffix(TEMPLATE).unwrap_or(relative))
        };
        if !search.files.iter().any(is_metadata) && search.findings.is_empty() {
            search.findings.push(
                problem(
                    &root,
                    "a scaffold has to have a `metadata.toml` or a `metadata.toml.tmpl`",
                )
                .with_help(
                    "write one with name = \"{{ name }}\" and type = \"{{ type }}\" in [extension]",
                ),
            );
        }
        search.end(&root)?;
        Ok(Self {
            root,
            own: None,
            files: search.files,
        })
    }

    /// Returns the files of a new extension.
    ///
    /// # Errors
    /// Templates have faults: all that were found.
    pub fn files(
        &self,
        wanted: &Wanted,
        renderer: &Renderer,
        interrupt: &Interrupt,
    ) -> Result<Vec<NewFile>, ScaffoldError> {
        self.files_for(wanted, Contract::of(wanted.kind), renderer, interrupt)
    }

    pub(super) fn files_for(
        &self,
        wanted: &Wanted,
        contract: &Contract,
        renderer: &Renderer,
        interrupt: &Interrupt,
    ) -> Result<Vec<NewFile>, ScaffoldError> {
        let data = data::data(wanted, contract);
        let root = Root::new(&self.root, masked_template)
            .map_err(|error| ScaffoldError::read(&self.root, error))?;
        let mut made: BTreeMap<String, NewFile> = BTreeMap::new();
        // Where case does not count, one would take the place of the other.
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut findings = Vec::new();
        let mut bytes = 0;
        for entry in self.files.iter().filter(|entry| !is_part(&entry.relative)) {
            if interrupt.is_triggered() {
                return Err(ScaffoldError::Interrupted);
            }
            let file = self.root.join(&entry.relative);
            let path = match path_of(&self.place(&entry.relative, &data), &data) {
                Ok(path) => path,
                Err(reason) => {
                    findings.push(problem(
                        &file,
                        &format!("the path `{}` {reason}", entry.relative),
                    ));
                    continue;
                }
            };
            if let Some(other) = names.insert(path.to_lowercase(), entry.relative.clone()) {
                findings.push(problem(
                    &file,
                    &format!("`{}` and `{other}` both become `{path}`", entry.relative),
                ));
                continue;
            }
            let contents = if entry.relative.ends_with(TEMPLATE) {
                match renderer.render(&root, &entry.relative, &data, interrupt) {
                    Ok(rendered) => rendered.text.into_bytes(),
                    Err(TemplateError::Faults(faults)) => {
                        findings.extend(faults);
                        continue;
                    }
                    Err(TemplateError::Interrupted) => return Err(ScaffoldError::Interrupted),
                    Err(error) => return Err(error.into()),
                }
            } else {
                read(&file)?
            };
            bytes += contents.len();
            if bytes > MAX_BYTES {
                let message = format!("its files become more than {} MiB", MAX_BYTES >> 20);
                findings.push(problem(&file, &message));
                break;
            }
            let is_executable = entry.is_executable;
            made.insert(
                path.clone(),
                NewFile {
                    path,
                    contents,
                    is_executable,
                },
            );
        }
        findings.extend(self.in_the_way(&made));
        findings.truncate(ENOUGH);
        if findings.is_empty() {
            return Ok(made.into_values().collect());
        }
        Err(ScaffoldError::Unusable {
            path: self.root.clone(),
            findings,
        })
    }

    /// Returns where a file of ours is in an extension: in a package, modules have a folder for each type.
    fn place(&self, relative: &str, data: &Value) -> String {
        let nulib = data.get("nulib").and_then(Value::as_str);
        match (relative.strip_prefix("nulib/"), nulib) {
            (Some(rest), Some(nulib)) if self.own.is_some() => format!("{nulib}/{rest}"),
            _ => relative.to_owned(),
        }
    }

    /// Tells paths that would have to be a file and a directory.
    fn in_the_way(&self, made: &BTreeMap<String, NewFile>) -> Vec<Diagnostic> {
        made.keys()
            .filter_map(|path| {
                let mut above = Path::new(path).ancestors().skip(1).filter_map(Path::to_str);
                let file = above.find(|above| made.contains_key(*above))?;
                let message = format!("`{file}` would be a file, and a directory for `{path}`");
                Some(problem(&self.root, &message))
            })
            .collect()
    }
}

/// Reads a file of bounded size.
fn read(file: &Path) -> Result<Vec<u8>, ScaffoldError> {
    let mut contents = Vec::new();
    open_file(file)
        .and_then(|opened| opened.take(MAX_FILE + 1).read_to_end(&mut contents))
        .map_err(|error| ScaffoldError::read(file, error))?;
    if contents.len() as u64 > MAX_FILE {
        return Err(ScaffoldError::read(file, TOO_LARGE));
    }
    Ok(contents)
}

const TOO_LARGE: &str = "it is larger than 1 MiB";

fn problem(file: &Path, message: &str) -> Diagnostic {
    Diagnostic::error(Code::ScaffoldUnusable, message).with_file(file)
}

fn not_found(directory: &Path) -> ScaffoldError {
    let beside = directory.parent().and_then(|parent| parent.read_dir().ok());
    let mut known: Vec<String> = beside
        .into_iter()
        .flatten()
        .flatten()
        .take(MAX_ENTRIES)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    known.sort();
    ScaffoldError::NotFound {
        path: directory.to_owned(),
        known,
    }
}

/// Looks for the files of a scaffold.
#[derive(Default)]
struct Search {
    files: Vec<Entry>,
    findings: Vec<Diagnostic>,
    entries: usize,
    bytes: u64,
}

impl Search {
    fn below(&mut self, directory: &Path, prefix: &str, depth: usize) -> Result<(), ScaffoldError> {
        let entries = directory
            .read_dir()
            .map_err(|error| ScaffoldError::read(directory, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| ScaffoldError::read(directory, error))?;
            let path = entry.path();
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                self.found(
                    &path,
                    &format!("it has more than {MAX_ENTRIES} files and directories"),
                );
                return Ok(());
            }
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                self.found(&path, "a name is not UTF-8 text");
                continue;
            };
            let relative = format!("{prefix}{name}");
            // What belongs to version control is not part of it.
            if relative == ".git" {
                continue;
            }
            let found = path
                .symlink_metadata()
                .map_err(|error| ScaffoldError::read(&path, error))?;
            if found.is_dir() {
                if depth >= MAX_DEPTH {
                    self.found(
                        &path,
                        &format!("directories are nested more than {MAX_DEPTH} deep"),
                    );
                    continue;
                }
                self.below(&path, &format!("{relative}/"), depth + 1)?;
            } else if found.is_symlink() {
                self.found(
                    &path,
                    &format!("`{relative}` is a link, which is not followed"),
                );
            } else if !found.is_file() {
                self.found(&path, &format!("`{relative}` is no regular file"));
            } else if relative == PARTS {
                self.found(&path, "`_parts` has to be a directory");
            } else {
                self.bytes += found.len();
                if found.len() > MAX_FILE {
                    self.found(&path, &format!("`{relative}` cannot be used: {TOO_LARGE}"));
                } else if self.bytes > MAX_BYTES as u64 {
                    self.found(
                        &path,
                        &format!("its files have more than {} MiB", MAX_BYTES >> 20),
                    );
                    return Ok(());
                }
                self.files.push(Entry {
                    relative,
                    is_executable: is_executable(&found),
                });
            }
        }
        Ok(())
    }

    fn found(&mut self, path: &Path, message: &str) {
        if self.findings.len() < ENOUGH {
            self.findings.push(problem(path, message));
        }
    }

    fn end(&mut self, root: &Path) -> Result<(), ScaffoldError> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let mut findings = std::mem::take(&mut self.findings);
        findings.sort_by_key(Diagnostic::file);
        Err(ScaffoldError::Unusable {
            path: root.to_owned(),
            findings,
        })
    }
}

#[cfg(unix)]
fn is_executable(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_found: &fs::Metadata) -> bool {
    false
}
