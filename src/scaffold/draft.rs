//! Putting the files of a new extension into place: all of them at once, or none.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::{NewFile, ScaffoldError};
use crate::diagnostic::{Code, Diagnostic};
use crate::store::{replace_file_and_no_link, sync_all};

/// What is done for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is made.
    Create,
    /// It takes the place of another one.
    Replace,
    /// It is there already, the same.
    Keep,
}

impl Action {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Replace => "replace",
            Action::Keep => "keep",
        }
    }
}

/// A file, and what is done for it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The file.
    pub file: NewFile,
    /// What is done.
    pub action: Action,
}

/// An extension that is to be made.
#[derive(Debug)]
pub struct Draft {
    target: PathBuf,
    files: Vec<Planned>,
    /// Whether there is a directory with something in it, in which single files are written.
    is_over: bool,
}

impl Draft {
    /// Looks at the place. With `force`, files of the same names are written over; no other one is touched.
    ///
    /// # Errors
    /// Something is there that must not be written over.
    pub fn of(target: &Path, files: Vec<NewFile>, force: bool) -> Result<Self, ScaffoldError> {
        let is_over = match target.symlink_metadata() {
            Err(_) => {
                can_be_made(target)?;
                false
            }
            Ok(found) if !found.is_dir() => {
                let what = if found.is_symlink() {
                    "a link"
                } else {
                    "a file"
                };
                let name = target.file_name().unwrap_or_default().to_string_lossy();
                let message = format!("`{name}` is {what}, and no directory");
                return Err(ScaffoldError::InTheWay {
                    path: target.to_owned(),
                    findings: vec![problem(target, message)],
                });
            }
            Ok(_) => {
                let entries = names(target)?;
                if !entries.is_empty() && !force {
                    let path = target.to_owned();
                    return Err(ScaffoldError::Exists { path, entries });
                }
                !entries.is_empty()
            }
        };
        let mut findings = Vec::new();
        let mut planned = Vec::with_capacity(files.len());
        for file in files {
            let action = if is_over {
                match over(target, &file) {
                    Ok(action) => action,
                    Err(finding) => {
                        // A directory that is none keeps many files from being written.
                        let is_told = findings
                            .iter()
                            .any(|told: &Diagnostic| told.message == finding.message);
                        if !is_told {
                            findings.push(finding);
                        }
                        continue;
                    }
                }
            } else {
                Action::Create
            };
            planned.push(Planned { file, action });
        }
        if !findings.is_empty() {
            return Err(ScaffoldError::InTheWay {
                path: target.to_owned(),
                findings,
            });
        }
        Ok(Self {
            target: target.to_owned(),
            files: planned,
            is_over,
        })
    }

    /// Returns the extension's directory.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Returns the files, sorted by their paths.
    pub fn files(&self) -> &[Planned] {
        &self.files
    }

    /// Makes the extension. A new directory is there as a whole or not at all; in one that was there, each file is.
    ///
    /// # Errors
    /// Something cannot be written, or was put there meanwhile.
    pub fn write(&self) -> Result<(), ScaffoldError> {
        if self.is_over {
            self.write_over()
        } else {
            self.write_new()
        }
    }

    fn write_over(&self) -> Result<(), ScaffoldError> {
        for Planned { file, action } in &self.files {
            if *action == Action::Keep {
                continue;
            }
            let path = self.target.join(&file.path);
            let write = || -> io::Result<()> {
                fs::create_dir_all(path.parent().unwrap_or(&self.target))?;
                replace_file_and_no_link(&path, &file.contents)?;
                if *action == Action::Create && file.is_executable {
                    make_executable(&path)?;
                }
                Ok(())
            };
            write().map_err(|error| ScaffoldError::write(&path, reason(&error)))?;
        }
        Ok(())
    }

    fn write_new(&self) -> Result<(), ScaffoldError> {
        let parent = self.target.parent().unwrap_or(&self.target);
        // Directories above it that are not there are made last, and are gone if it does not come to that.
        let around = can_be_made(&self.target)?;
        let failed = |path: &Path, error: &io::Error| ScaffoldError::write(path, reason(error));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".provisioning-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let beside = builder
            .tempdir_in(around)
            // Its own text names the directory beside, which nobody knows.
            .map_err(|error| failed(&self.target, &error.kind().into()))?;
        for Planned { file, .. } in &self.files {
            let path = beside.path().join(&file.path);
            create(&path, file).map_err(|error| failed(&self.target.join(&file.path), &error))?;
        }
        sync_all(beside.path()).map_err(|error| failed(&self.target, &error))?;
        let made = Made::below(parent).map_err(|(path, error)| failed(&path, &error))?;
        if let Err(error) = fs::rename(beside.path(), &self.target) {
            // Somebody was faster.
            return Err(match names(&self.target) {
                Ok(entries) if !entries.is_empty() => ScaffoldError::Exists {
                    path: self.target.clone(),
                    entries,
                },
                _ => failed(&self.target, &error),
            });
        }
        let _ = beside.keep();
        made.keep();
        Ok(())
    }
}

/// Returns the nearest directory around one that is not there.
///
/// # Errors
/// Nothing can be made in it.
fn can_be_made(target: &Path) -> Result<&Path, ScaffoldError> {
    let parent = target.parent().unwrap_or(target);
    let around = parent
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok())
        .unwrap_or(parent);
    if !around.is_dir() {
        return Err(ScaffoldError::write(around, "it is not a directory"));
    }
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        access(around, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| ScaffoldError::write(around, reason(&error.into())))?;
    }
    Ok(around)
}

/// Directories that were made, and are removed again unless they are kept.
struct Made(Vec<PathBuf>);

impl Made {
    fn below(parent: &Path) -> Result<Self, (PathBuf, io::Error)> {
        let mut made = Self(Vec::new());
        let missing: Vec<&Path> = parent
            .ancestors()
            .take_while(|path| path.symlink_metadata().is_err())
            .collect();
        for directory in missing.into_iter().rev() {
            match fs::create_dir(directory) {
                Ok(()) => made.0.push(directory.to_owned()),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err((directory.to_owned(), error)),
            }
        }
        Ok(made)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for directory in self.0.iter().rev() {
            // One in which somebody has put something stays.
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Returns what is done for a file in a directory that is there.
fn over(target: &Path, file: &NewFile) -> Result<Action, Diagnostic> {
    let path = target.join(&file.path);
    let above = path
        .ancestors()
        .skip(1)
        .take_while(|above| *above != target);
    let mut is_there = true;
    for above in above.collect::<Vec<&Path>>().into_iter().rev() {
        match above.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(found) => {
                let what = if found.is_symlink() {
                    "a link"
                } else {
                    "a file"
                };
                let shown = above.strip_prefix(target).unwrap_or(above).display();
                return Err(problem(
                    above,
                    format!("`{shown}` is {what}, and no directory"),
                ));
            }
            Err(_) => is_there = false,
        }
    }
    match path.symlink_metadata() {
        Ok(found) if is_there => {
            if !found.is_file() {
                let what = if found.is_symlink() {
                    "a link"
                } else {
                    "no file"
                };
                return Err(problem(&path, format!("`{}` is {what}", file.path)));
            }
            let is_same = found.len() == file.contents.len() as u64
                && fs::read(&path).is_ok_and(|contents| contents == file.contents);
            Ok(if is_same {
                Action::Keep
            } else {
                Action::Replace
            })
        }
        _ => Ok(Action::Create),
    }
}

fn problem(path: &Path, message: String) -> Diagnostic {
    Diagnostic::error(Code::ScaffoldInTheWay, message).with_file(path)
}

/// Returns the names of what is in a directory, sorted.
fn names(directory: &Path) -> Result<Vec<String>, ScaffoldError> {
    let entries = directory
        .read_dir()
        .map_err(|error| ScaffoldError::read(directory, reason(&error)))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn create(path: &Path, file: &NewFile) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        if file.is_executable { 0o777 } else { 0o666 },
    );
    options.open(path)?.write_all(&file.contents)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata()?.permissions().mode();
    // Whoever may read it may run it.
    fs::set_permissions(
        path,
        fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)),
    )
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "it is not permitted".to_owned(),
        ErrorKind::NotFound => "its directory is not there".to_owned(),
        ErrorKind::StorageFull => "there is no space left".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => error.to_string(),
    }
}
