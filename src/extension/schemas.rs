//! What the schemas of an extension say about themselves.

use std::path::{Path, PathBuf};

use super::{Directory, Interrupted, SchemaLanguage};
use crate::diagnostic::{Diagnostic, Explain as _, Severity};
use crate::nickel::{Evaluator, Field, NickelError, Program};

/// Most schema files that are described.
const MAX_FILES: usize = 100;

/// A schema file and its fields.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The file.
    pub file: PathBuf,
    /// Its fields; none when it cannot be evaluated.
    pub fields: Vec<Field>,
}

/// Describes the schema files that lie in the schema directory itself, sorted by name. The second part says what is
/// wrong with those that cannot be evaluated.
///
/// # Errors
/// The evaluation was ended from outside.
pub fn schemas(
    directory: &Directory,
    evaluator: &Evaluator,
) -> Result<(Vec<Schema>, Vec<Diagnostic>), Interrupted> {
    let mut all = Vec::new();
    let mut findings = Vec::new();
    if directory.layout.schemas != SchemaLanguage::Nickel {
        return Ok((all, findings));
    }
    let mut files: Vec<PathBuf> = directory
        .layout
        .schema_directory()
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == "ncl"))
        .collect();
    files.sort();
    files.truncate(MAX_FILES);
    for file in files {
        let program = Program::file(&file).within(&directory.path);
        let fields = match evaluator.query(&program, &[]) {
            Ok(fields) => fields,
            Err(NickelError::Interrupted) => return Err(Interrupted),
            Err(error) => {
                findings.push(undescribed(&file, &error));
                Vec::new()
            }
        };
        all.push(Schema { file, fields });
    }
    Ok((all, findings))
}

fn undescribed(file: &Path, error: &NickelError) -> Diagnostic {
    let mut finding =
        error.details().first().cloned().unwrap_or_else(|| {
            Diagnostic::warning(error.code(), error.to_string()).with_file(file)
        });
    finding.severity = Severity::Warning;
    finding.message = format!("a schema cannot be evaluated: {}", finding.message);
    finding
}
