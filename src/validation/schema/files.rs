//! The Nickel files of an extension.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::Directory;

/// Most schema files that are looked at.
const MAX_FILES: usize = 1_000;
/// Most entries of directories that are looked at.
const MAX_ENTRIES: usize = 50_000;
/// Deepest directory below the schema directory.
const MAX_DEPTH: usize = 16;

/// The files, and what is wrong with finding them.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Every file once, sorted.
    pub(super) paths: Vec<PathBuf>,
    /// Links that leave the extension, directories that cannot be read, more files than are looked at.
    pub(super) findings: Vec<Diagnostic>,
    seen: HashSet<PathBuf>,
    entries: usize,
    is_over: bool,
}

/// Finds the Nickel files in the schema directory and below, and those beside it and in the extension's directory.
///
/// Examples, tests and templates may hold files that are not meant to be right by themselves.
pub(super) fn find(directory: &Directory) -> Files {
    let mut files = Files::default();
    let layout = &directory.layout;
    let root = &directory.path;
    files.search(root, root, None);
    if layout.base != *root && files.is_inside(root, &layout.base) {
        files.search(root, &layout.base, None);
    }
    let schemas = layout.schema_directory();
    if schemas.is_dir() && files.is_inside(root, &schemas) {
        files.search(root, &schemas, Some(MAX_DEPTH));
    }
    if files.is_over {
        files.findings.push(
            Diagnostic::error(
                Code::SchemaLimit,
                format!("there are more than {MAX_FILES} schemas, or they lie too deep; the rest was not looked at"),
            )
            .with_file(schemas)
            .with_help("an extension describes itself in a few files"),
        );
    }
    files.paths.sort();
    files
}

impl Files {
    /// Looks into a directory, and into those below it as far as `depth` says.
    fn search(&mut self, root: &Path, directory: &Path, depth: Option<usize>) {
        let entries = match directory.read_dir() {
            Ok(entries) => entries,
            Err(error) => {
                self.findings.push(
                    Diagnostic::error(
                        Code::NickelIo,
                        format!("cannot look into `{}`: {error}", directory.display()),
                    )
                    .with_file(directory),
                );
                return;
            }
        };
        let mut entries: Vec<_> = entries
            .flatten()
            .take(MAX_ENTRIES)
            .map(|entry| (entry.path(), entry.file_type()))
            .collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        for (path, kind) in entries {
            self.entries += 1;
            if self.paths.len() >= MAX_FILES || self.entries > MAX_ENTRIES {
                self.is_over = true;
                return;
            }
            let Ok(kind) = kind else { continue };
            let is_schema = path.extension().is_some_and(|extension| extension == "ncl");
            if kind.is_dir() {
                match depth.map(|depth| depth.checked_sub(1)) {
                    Some(Some(left)) => self.search(root, &path, Some(left)),
                    Some(None) => self.is_over = true,
                    None => {}
                }
            } else if is_schema || (kind.is_symlink() && depth.is_some() && path.is_dir()) {
                if kind.is_symlink() && !self.is_inside(root, &path) {
                    continue;
                }
                // The same file by another name; what is no regular file is told by whoever reads it.
                let real = dunce::canonicalize(&path).unwrap_or_else(|_| path.clone());
                if is_schema && !path.is_dir() && self.seen.insert(real) {
                    self.paths.push(path);
                }
            }
        }
    }

    /// Whether a path leads to something inside of the extension; tells when it does not.
    fn is_inside(&mut self, root: &Path, path: &Path) -> bool {
        let is_inside = match dunce::canonicalize(path) {
            Ok(real) => real.starts_with(root),
            // A link to nowhere is told by whoever reads it.
            Err(_) => true,
        };
        if !is_inside {
            let shown = path.strip_prefix(root).unwrap_or(path);
            self.findings.push(
                Diagnostic::error(
                    Code::SchemaOutside,
                    format!("`{}` is a link that leaves the extension", shown.display()),
                )
                .with_file(path)
                .with_help(
                    "put the file itself there: an extension is moved and shared as a whole",
                ),
            );
        }
        is_inside
    }
}
