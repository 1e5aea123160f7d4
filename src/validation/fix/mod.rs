//! Applying the edits that findings carry.

mod proposal;
mod rounds;
mod stage;

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::report::Finding;
use super::{Options, Report, ValidationError, Validator};
use crate::diagnostic::{Code, Explain};
use crate::extension::Kind;
use crate::store::replace_file_and_no_link;

use rounds::{Changes, Edited, Rounds};
use stage::Stage;

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
    /// The report on the extension as it is on disk now, with a warning for each edit that was left out.
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
}

impl Explain for FixError {
    fn code(&self) -> Code {
        match self {
            FixError::Validation(error) => error.code(),
            FixError::Write { .. } => Code::FixWrite,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            FixError::Validation(error) => error.help(),
            FixError::Write { .. } => Some("nothing of that file was changed".to_owned()),
        }
    }
}

impl Validator {
    /// Applies the edits of findings, until none is left. With `is_preview` nothing is written.
    ///
    /// The work is done on a copy of the code. What makes errors there that were not there before is left out, and told.
    /// A file is written as a whole or not at all, and only if it is still as it was validated.
    ///
    /// # Errors
    /// There is no report, or a file cannot be written: then every file has its old text.
    pub fn fix(
        &self,
        path: &Path,
        options: &Options<'_>,
        is_preview: bool,
    ) -> Result<Mended, FixError> {
        let mut first = self.validate(path, options)?;
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
        let inner = Options {
            kind: match first.kind {
                Some(Kind::Single(kind)) => Some(kind),
                _ => None,
            },
            rules: &["interface".to_owned()],
            deny_warnings: false,
        };
        let judge = |root: &Path| self.validate(root, &inner);
        let outcome = Rounds::new(&stage, &judge)?.run()?;
        let left_out = outcome.left_out.into_iter().map(|diagnostic| Finding {
            rule: "interface",
            diagnostic,
        });
        if is_preview {
            first.findings.extend(left_out);
            return Ok(Mended {
                files: described(&outcome.changes),
                report: first,
            });
        }
        write_all(&outcome.changes)?;
        let mut report = self.validate(path, options)?;
        report.findings.extend(left_out);
        Ok(Mended {
            files: described(&outcome.changes),
            report,
        })
    }
}

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
    replace_file_and_no_link(path, new.as_bytes()).map_err(io)
}
