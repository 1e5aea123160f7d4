//! Applying the edits that findings carry.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{Options, Report, ValidationError, Validator, text};
use crate::diagnostic::{Code, Diagnostic, Edit, Explain};
use crate::extension::{Kind, Layout};
use crate::metadata;
use crate::nushell::CodeFiles;

/// Largest schema or metadata file that is looked at, in bytes.
const MAX_TEXT: u64 = 1 << 20;
/// Most rounds: an edit may bring something to light that another one solves.
const MAX_ROUNDS: usize = 8;

/// A file that was changed, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The file.
    pub path: PathBuf,
    /// The codes of what was solved, each as often as it was.
    pub codes: Vec<Code>,
    /// What changes, as a unified diff.
    pub diff: String,
}

/// What became of an extension.
#[derive(Clone, Debug)]
pub struct Mended {
    /// The files, sorted by path.
    pub files: Vec<Fixed>,
    /// The report on the extension as it is on disk now.
    pub report: Report,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// There is no report.
    #[error(transparent)]
    Validation(#[from] ValidationError),
    /// A file cannot be written.
    #[error("cannot write `{}`: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The files had other errors afterwards.
    #[error("the edits would make other errors in `{}`; nothing was changed", .0.display())]
    Worse(PathBuf),
}

impl Explain for FixError {
    fn code(&self) -> Code {
        match self {
            FixError::Validation(error) => error.code(),
            FixError::Write { .. } => Code::FixWrite,
            FixError::Worse(_) => Code::FixRefused,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            FixError::Validation(error) => error.help(),
            FixError::Write { .. } => Some("nothing of that file was changed".to_owned()),
            FixError::Worse(_) => Some(
                "mend them by hand: extension validate tells what to write for each".to_owned(),
            ),
        }
    }
}

impl Validator {
    /// Applies the edits of findings, until none is left. With `is_preview` nothing is written.
    ///
    /// The work is done on a copy of the code. When that has errors afterwards which it had not before, nothing is
    /// changed. A file is written as a whole or not at all, and only if it is still as it was validated.
    ///
    /// # Errors
    /// There is no report, or a file cannot be written: then every file has its old text.
    pub fn fix(
        &self,
        path: &Path,
        options: &Options<'_>,
        is_preview: bool,
    ) -> Result<Mended, FixError> {
        let first = self.validate(path, options)?;
        let edits = first.findings.iter().map(|finding| &finding.diagnostic.fix);
        if edits.clone().all(Vec::is_empty) {
            return Ok(Mended {
                files: Vec::new(),
                report: first,
            });
        }
        let stage = Stage::of(&first.path).map_err(|error| FixError::Write {
            path: std::env::temp_dir(),
            reason: error.to_string(),
        })?;
        let changes = self.rounds(&stage, &first)?;
        if is_preview {
            return Ok(Mended {
                files: described(&changes),
                report: first,
            });
        }
        write_all(&changes)?;
        Ok(Mended {
            files: described(&changes),
            report: self.validate(path, options)?,
        })
    }

    /// Edits the copy until nothing is left to do, and returns the changes of the real files.
    fn rounds(&self, stage: &Stage, first: &Report) -> Result<Changes, FixError> {
        let options = Options {
            kind: match first.kind {
                Some(Kind::Single(kind)) => Some(kind),
                _ => None,
            },
            rules: &["interface".to_owned()],
            deny_warnings: false,
        };
        let mut before = self.validate(&stage.root, &options)?;
        let mut changes = Changes::new();
        // What a byte-order mark has hidden is no error of the edits.
        let marks = edited(&before, is_of_mark);
        if !marks.is_empty() {
            stage.write(marks, &mut changes)?;
            before = self.validate(&stage.root, &options)?;
        }
        let mut report = before.clone();
        for _ in 0..MAX_ROUNDS {
            let edited = edited(&report, |_| true);
            if edited.is_empty() {
                break;
            }
            stage.write(edited, &mut changes)?;
            report = self.validate(&stage.root, &options)?;
        }
        match worse(&before, &report) {
            Some(path) => Err(FixError::Worse(stage.real(&path))),
            None => Ok(changes),
        }
    }
}

/// A copy of the texts that decide about the code: the code itself, schemas and metadata.
struct Stage {
    real: PathBuf,
    root: PathBuf,
    _home: tempfile::TempDir,
}

impl Stage {
    fn of(real: &Path) -> std::io::Result<Self> {
        let home = tempfile::tempdir()?;
        let root = dunce::canonicalize(home.path())?;
        let stage = Self {
            real: real.to_owned(),
            root,
            _home: home,
        };
        for (path, text) in CodeFiles::below(real).files {
            stage.copy(&path, text.as_bytes())?;
        }
        let mut others: Vec<PathBuf> = metadata::FILE_NAMES
            .iter()
            .map(|name| real.join(name))
            .collect();
        let schemas = Layout::of(real).schema_directory();
        others.extend(
            schemas
                .read_dir()
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path()),
        );
        for path in others {
            if let Ok(Some(text)) = text::read(&path, MAX_TEXT) {
                stage.copy(&path, text.text.as_bytes())?;
            }
        }
        Ok(stage)
    }

    fn copy(&self, path: &Path, text: &[u8]) -> std::io::Result<()> {
        let Ok(relative) = path.strip_prefix(&self.real) else {
            return Ok(());
        };
        let copy = self.root.join(relative);
        if let Some(directory) = copy.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(copy, text)
    }

    /// Writes new texts, and adds them to the changes of the real files.
    fn write(
        &self,
        edited: BTreeMap<PathBuf, Edited>,
        changes: &mut Changes,
    ) -> Result<(), FixError> {
        for (path, (old, new, codes)) in edited {
            std::fs::write(&path, &new).map_err(|error| FixError::Write {
                path: path.clone(),
                reason: error.to_string(),
            })?;
            let known = changes
                .entry(self.real(&path))
                .or_insert_with(|| (old, String::new(), Vec::new()));
            known.1 = new;
            known.2.extend(codes);
        }
        Ok(())
    }

    fn real(&self, copy: &Path) -> PathBuf {
        match copy.strip_prefix(&self.root) {
            Ok(relative) => self.real.join(relative),
            Err(_) => copy.to_owned(),
        }
    }
}

/// Returns a file that has errors of a kind that it did not have.
fn worse(before: &Report, after: &Report) -> Option<PathBuf> {
    let count = |report: &Report, diagnostic: &Diagnostic| {
        report
            .errors()
            .filter(|finding| {
                finding.diagnostic.code == diagnostic.code
                    && finding.diagnostic.file() == diagnostic.file()
            })
            .count()
    };
    after
        .errors()
        .map(|finding| &finding.diagnostic)
        .find(|found| count(after, found) > count(before, found))
        .and_then(Diagnostic::file)
        .map(PathBuf::from)
}

/// The old and the new text of a file, and what is solved.
type Edited = (String, String, Vec<Code>);

/// Whether an edit takes a byte-order mark away.
fn is_of_mark(edit: &Edit) -> bool {
    let text = edit.source.text().get(edit.span.start..edit.span.end);
    text == Some("\u{feff}") && edit.replacement.is_empty()
}

/// Returns the files with their texts after those edits that are wanted. Of edits that overlap, the first is made; the
/// next round sees to the others.
fn edited(report: &Report, is_wanted: impl Fn(&Edit) -> bool) -> BTreeMap<PathBuf, Edited> {
    let mut all: BTreeMap<PathBuf, Vec<(&Edit, Code)>> = BTreeMap::new();
    for finding in &report.findings {
        let diagnostic = &finding.diagnostic;
        for edit in &diagnostic.fix {
            let path = PathBuf::from(edit.source.name());
            if path.starts_with(&report.path) && is_wanted(edit) {
                all.entry(path).or_default().push((edit, diagnostic.code));
            }
        }
    }
    all.into_iter()
        .filter_map(|(path, edits)| Some((path, apply(edits)?)))
        .collect()
}

/// Applies the edits of one file; nothing when they change nothing.
fn apply(mut edits: Vec<(&Edit, Code)>) -> Option<Edited> {
    edits.sort_by_key(|(edit, _)| (edit.span.start, edit.span.end));
    let old = edits.first()?.0.source.text();
    let mut new = String::with_capacity(old.len());
    let mut codes = Vec::new();
    let mut at = 0;
    for (
        Edit {
            span, replacement, ..
        },
        code,
    ) in &edits
    {
        let is_free = span.start >= at && old.get(span.start..span.end).is_some();
        if let (true, Some(between)) = (is_free, old.get(at..span.start)) {
            new.push_str(between);
            new.push_str(replacement);
            codes.push(*code);
            at = span.end;
        }
    }
    new.push_str(old.get(at..)?);
    (new != old).then(|| (old.to_owned(), new, codes))
}

/// The files, with their first and their last text.
type Changes = BTreeMap<PathBuf, Edited>;

/// Writes every file or, when one cannot be written, none.
fn write_all(changes: &Changes) -> Result<(), FixError> {
    let mut written: Vec<(&PathBuf, &Edited)> = Vec::new();
    for (path, change) in changes {
        let (old, new, _) = change;
        if let Err(error) = write(path, old, new) {
            for (path, (old, new, _)) in written {
                write(path, new, old)?;
            }
            return Err(error);
        }
        written.push((path, change));
    }
    Ok(())
}

fn described(changes: &Changes) -> Vec<Fixed> {
    changes
        .iter()
        .filter(|(_, (old, new, _))| old != new)
        .map(|(path, (old, new, codes))| {
            let name = path.display().to_string();
            let diff = TextDiff::from_lines(old, new)
                .unified_diff()
                .header(&name, &name)
                .to_string();
            Fixed {
                path: path.clone(),
                codes: codes.clone(),
                diff,
            }
        })
        .collect()
}

/// Puts `new` in the place of `old`, as a whole, keeping the permissions.
fn write(path: &Path, old: &str, new: &str) -> Result<(), FixError> {
    let failed = |reason: String| FixError::Write {
        path: path.to_owned(),
        reason,
    };
    let io = |error: std::io::Error| failed(error.to_string());
    let file = path.symlink_metadata().map_err(io)?;
    if !file.is_file() {
        return Err(failed("it is no regular file".to_owned()));
    }
    if std::fs::read(path).map_err(io)? != old.as_bytes() {
        return Err(failed("it was changed meanwhile".to_owned()));
    }
    let directory = path.parent().unwrap_or(path);
    let mut staged = tempfile::NamedTempFile::new_in(directory).map_err(io)?;
    staged.write_all(new.as_bytes()).map_err(io)?;
    staged
        .as_file()
        .set_permissions(file.permissions())
        .map_err(io)?;
    staged.as_file().sync_all().map_err(io)?;
    staged.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
