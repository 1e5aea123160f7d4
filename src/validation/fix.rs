//! Applying the edits that findings carry.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{Options, Report, ValidationError, Validator};
use crate::diagnostic::{Code, Diagnostic, Edit, Explain};

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
    /// Applies the edits of findings, until none is left. With `is_preview` nothing is left changed.
    ///
    /// A file is written as a whole or not at all, and only if it is still as it was validated. When the extension has
    /// errors afterwards that it had not before, every file gets its old text back.
    ///
    /// # Errors
    /// There is no report, or a file cannot be written.
    pub fn fix(
        &self,
        path: &Path,
        options: &Options<'_>,
        is_preview: bool,
    ) -> Result<Mended, FixError> {
        let first = self.validate(path, options)?;
        let mut work = Work::default();
        let outcome = self.rounds(path, options, &first, &mut work);
        let is_worse = match &outcome {
            Ok(last) => worse(&first, last),
            Err(_) => None,
        };
        if is_preview || is_worse.is_some() || outcome.is_err() {
            work.restore()?;
        }
        if let Some(path) = is_worse {
            return Err(FixError::Worse(path));
        }
        let last = outcome?;
        Ok(Mended {
            files: work.files(),
            report: if is_preview { first } else { last },
        })
    }

    fn rounds(
        &self,
        path: &Path,
        options: &Options<'_>,
        first: &Report,
        work: &mut Work,
    ) -> Result<Report, FixError> {
        let mut report = first.clone();
        for _ in 0..MAX_ROUNDS {
            let texts = edited(&report);
            if texts.is_empty() {
                break;
            }
            for (path, (old, new, codes)) in texts {
                work.write(&path, &old, &new, codes)?;
            }
            report = self.validate(path, options)?;
        }
        Ok(report)
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

/// Returns the files with their texts after the edits. Of edits that overlap, the first is made; the next round sees to
/// the others.
fn edited(report: &Report) -> BTreeMap<PathBuf, Edited> {
    let mut all: BTreeMap<PathBuf, Vec<(&Edit, Code)>> = BTreeMap::new();
    for finding in &report.findings {
        let diagnostic = &finding.diagnostic;
        for edit in &diagnostic.fix {
            let path = PathBuf::from(edit.source.name());
            if path.starts_with(&report.path) {
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

/// The files that were written, with their first and their last text.
#[derive(Default)]
struct Work(BTreeMap<PathBuf, Edited>);

impl Work {
    fn write(
        &mut self,
        path: &Path,
        old: &str,
        new: &str,
        codes: Vec<Code>,
    ) -> Result<(), FixError> {
        write(path, old, new)?;
        let known = self
            .0
            .entry(path.to_owned())
            .or_insert_with(|| (old.to_owned(), String::new(), Vec::new()));
        new.clone_into(&mut known.1);
        known.2.extend(codes);
        Ok(())
    }

    fn restore(&self) -> Result<(), FixError> {
        for (path, (old, new, _)) in &self.0 {
            write(path, new, old)?;
        }
        Ok(())
    }

    fn files(self) -> Vec<Fixed> {
        self.0
            .into_iter()
            .map(|(path, (old, new, codes))| {
                let name = path.display().to_string();
                let diff = TextDiff::from_lines(&old, &new)
                    .unified_diff()
                    .header(&name, &name)
                    .to_string();
                Fixed { path, codes, diff }
            })
            .collect()
    }
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
