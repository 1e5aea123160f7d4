//! What goes into a package of a directory, what does not, and why.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::tree::{Entry, Kind, MAX_ENTRIES, Tree, Unseen, one_line};
use crate::extension::{Directory, LOCK_FILE, PACKAGE_FILE, Packing, Verdict, is_used};
use crate::nickel::Interrupt;

use super::manifest::{Manifest, PackedFile};
use super::{PackageError, Policy};

/// Most files that are told one by one to be left out where they may be missed.
const MAX_MISSED: usize = 20;

/// What a package of a directory would hold.
#[derive(Debug)]
pub struct Plan {
    /// The files, sorted by the bytes of their paths.
    pub files: Vec<Planned>,
    /// What is left out, a directory without what is in it.
    pub left_out: Vec<(String, Reason)>,
    /// What keeps it from being packed, and what should be known of it.
    pub findings: Vec<Diagnostic>,
}

/// A file that is to be packed.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Relative to the extension, with `/` between its parts.
    pub path: String,
    /// Where it is.
    pub source: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// Whether it is a program.
    pub executable: bool,
    /// Why it is in, or refused.
    pub reason: Reason,
}

/// Why something is in a package, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What the patterns say.
    Said(Verdict),
    /// It says what the extension is used with here.
    Lock,
    /// It is refused, for this reason.
    Refused(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Lock => f.write_str("says what the extension is used with here"),
            Reason::Refused(reason) => write!(f, "refused: {reason}"),
            Reason::Said(verdict) => match verdict {
                Verdict::Always => f.write_str("always in"),
                Verdict::Included(pattern) => write!(f, "`{pattern}` of include"),
                Verdict::Kept => f.write_str("nothing leaves it out"),
                Verdict::Excluded(pattern) => write!(f, "`{pattern}` of exclude"),
                Verdict::NotIncluded => f.write_str("no pattern of include"),
                Verdict::VersionControl => f.write_str("version control"),
                Verdict::OwnPackage => f.write_str("a package of this extension"),
            },
        }
    }
}

impl Plan {
    /// Looks at everything in a directory. What is wrong is told in the plan.
    ///
    /// # Errors
    /// It cannot be told what the directory holds, or the work was ended from outside.
    pub fn of(
        directory: &Directory,
        policy: &Policy,
        interrupt: &Interrupt,
    ) -> Result<Self, PackageError> {
        let Some(mut manifest) = Manifest::of(directory, false).filter(|_| directory.is_usable())
        else {
            let errors = directory.findings().filter(|finding| finding.is_error());
            return Err(PackageError::refused(
                directory
                    .reading
                    .name
                    .clone()
                    .unwrap_or_else(|| one_line(&directory.path)),
                errors.cloned().collect(),
            ));
        };
        let packing = Packing::of(directory);
        let tree = Tree::walk(&directory.path, &packing, interrupt)?;
        let mut plan = Self {
            files: Vec::new(),
            left_out: Vec::new(),
            findings: Vec::new(),
        };
        plan.findings.extend(folder_only(directory));
        plan.findings.extend(tree.unseen.iter().map(unseen));
        plan.sort_out(&tree, &packing);
        plan.files.sort_by(|a, b| a.path.cmp(&b.path));
        manifest.files = plan.files.iter().map(Planned::unread).collect();
        for (path, finding) in policy.findings(&manifest, None) {
            if let Some(file) = plan.files.iter_mut().find(|file| file.path == path) {
                file.reason = Reason::Refused(finding.message.clone());
            }
            let place = if path.is_empty() {
                directory.path.clone()
            } else {
                directory.path.join(&path)
            };
            plan.findings.push(finding.with_file(one_line(&place)));
        }
        Ok(plan)
    }

    /// Returns what keeps it from being packed.
    pub fn refusals(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().filter(|finding| finding.is_error())
    }

    fn sort_out(&mut self, tree: &Tree, packing: &Packing) {
        let mut outside: Option<&Path> = None;
        let mut missed = 0;
        for entry in &tree.entries {
            if outside.is_some_and(|folder| entry.relative.starts_with(folder)) {
                continue;
            }
            let is_directory = entry.kind == Kind::Directory;
            let verdict = packing.verdict(&entry.relative, is_directory);
            let is_lock = entry.kind == Kind::File && entry.relative == Path::new(LOCK_FILE);
            if is_lock || !verdict.is_packed() {
                if is_directory {
                    outside = Some(&entry.relative);
                }
                if !is_lock && is_used(&entry.relative) {
                    missed += 1;
                    if missed <= MAX_MISSED {
                        self.findings.push(left_out(entry));
                    }
                }
                let reason = if is_lock {
                    Reason::Lock
                } else {
                    Reason::Said(verdict)
                };
                self.left_out.push((entry.shown(), reason));
                continue;
            }
            self.take(entry, verdict);
        }
        if missed > MAX_MISSED {
            self.findings.push(Diagnostic::warning(
                Code::PackageLeftOut,
                format!(
                    "{} more files are left out where code, schemas and templates are looked for",
                    missed - MAX_MISSED
                ),
            ));
        }
    }

    /// Takes something in, or says why not.
    fn take(&mut self, entry: &Entry, verdict: Verdict) {
        let problem = match entry.kind {
            // Folders come with what is in them.
            Kind::Directory => return,
            Kind::Link => Some("a link"),
            Kind::Special(what) => Some(what),
            Kind::File => None,
        };
        let shown = entry.shown();
        if let Some(what) = problem {
            return self.refuse(
                entry,
                Code::PackageNotAFile,
                format!("`{shown}` is {what}, and a package holds regular files and folders only"),
                "put a file in its place, or leave it out with `exclude` in [build]",
            );
        }
        let Some(path) = plain(&entry.relative) else {
            return self.refuse(
                entry,
                Code::PackageName,
                format!("the name `{shown}` is not UTF-8 text"),
                "rename it; letters, digits, `-`, `_` and `.` are safe everywhere",
            );
        };
        if path == PACKAGE_FILE {
            return self.refuse(
                entry,
                Code::PackageReserved,
                format!("`{shown}` is the name of the list that each package has"),
                "remove it: it comes from a package that was unpacked here, and is made anew",
            );
        }
        match entry.path.symlink_metadata() {
            Ok(metadata) => self.files.push(Planned {
                path,
                source: entry.path.clone(),
                size: metadata.len(),
                executable: is_executable(entry),
                reason: Reason::Said(verdict),
            }),
            Err(error) => self.refuse(
                entry,
                Code::PackageUnreadable,
                format!("`{shown}` cannot be read: {error}"),
                "make it readable, or leave it out with `exclude` in [build]",
            ),
        }
    }

    fn refuse(&mut self, entry: &Entry, code: Code, message: String, help: &str) {
        let reason = Reason::Refused(message.clone());
        self.left_out.push((entry.shown(), reason));
        let finding = Diagnostic::error(code, message)
            .with_file(entry.place())
            .with_help(help);
        self.findings.push(finding);
    }
}

impl Planned {
    /// Whether it is refused.
    pub fn is_refused(&self) -> bool {
        matches!(self.reason, Reason::Refused(_))
    }

    /// Reads it, and returns the SHA-256 of its bytes in hexadecimal digits.
    ///
    /// # Errors
    /// It cannot be read, or has changed.
    pub fn digest(&self, interrupt: &Interrupt) -> Result<String, PackageError> {
        Ok(super::build::read(self, interrupt)?.sha256)
    }

    /// As an entry of a list that nobody has read yet.
    fn unread(&self) -> PackedFile {
        PackedFile {
            path: self.path.clone(),
            size: self.size,
            sha256: String::new(),
            executable: self.executable,
        }
    }
}

#[cfg(unix)]
fn is_executable(entry: &Entry) -> bool {
    entry.mode & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_entry: &Entry) -> bool {
    false
}

/// Returns a path with `/` between its parts.
fn plain(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// A package does not carry the folder that an extension lies in, which may be all that tells its type.
fn folder_only(directory: &Directory) -> Option<Diagnostic> {
    let metadata = directory.reading.metadata.as_ref()?;
    if metadata.kind.is_some() || !metadata.provides.is_empty() {
        return None;
    }
    let kind = directory.kind()?;
    let mut finding = Diagnostic::error(
        Code::PackageNoType,
        format!("only the folder around `{}` tells that it is a {kind}, and a package does not carry that folder", metadata.name),
    )
    .with_help(format!("add to [extension]: type = \"{kind}\""));
    if let Some(table) = metadata.document.get("extension") {
        finding = finding.with_label(&table.source, table.span, "this table has no `type`");
    }
    Some(finding)
}

fn unseen(unseen: &Unseen) -> Diagnostic {
    match unseen {
        Unseen::TooMany(path) => Diagnostic::error(
            Code::PackageLimit,
            format!("the extension holds more than {MAX_ENTRIES} files"),
        )
        .with_file(one_line(path)),
        Unseen::Unreadable(path, reason) => Diagnostic::error(
            Code::PackageUnreadable,
            format!("`{}` cannot be read: {reason}", one_line(path)),
        )
        .with_file(one_line(path)),
    }
}

fn left_out(entry: &Entry) -> Diagnostic {
    Diagnostic::warning(
        Code::PackageLeftOut,
        format!(
            "`{}` is left out, and lies where code, schemas and templates are looked for",
            entry.shown()
        ),
    )
    .with_file(entry.place())
    .with_help(
        "make sure that nothing uses it: what was validated has it, and what is installed does not",
    )
}
