//! Everything an extension needs, from its metadata and from its evaluated version schema (GAP-16).

use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Explain as _};
use crate::metadata::Dependency;
use crate::nickel::{Evaluator, NickelError, Program};

use super::{Directory, SchemaLanguage};

/// The work was ended from outside before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// The field of `schemas/version.ncl` that describes a taskserv (TSC).
pub const VERSION_FIELD: &str = "taskserv_version";

/// Returns the schema file whose [`VERSION_FIELD`] names dependencies; it need not be there.
pub fn version_schema(directory: &Directory) -> PathBuf {
    directory.layout.schema_directory().join("version.ncl")
}

/// Returns the dependencies of an extension: those of the metadata first, then those that only `schemas/version.ncl`
/// names.
///
/// The schema is evaluated with imports confined to the extension, once for each [`Directory`]; a schema that cannot be
/// evaluated is a warning.
///
/// # Errors
/// The evaluation was ended from outside.
pub fn dependencies(
    directory: &Directory,
    evaluator: &Evaluator,
) -> Result<(Vec<Dependency>, Vec<Diagnostic>), Interrupted> {
    if let Some(known) = directory.needs.get() {
        return Ok(known.clone());
    }
    let found = find(directory, evaluator)?;
    Ok(directory.needs.get_or_init(|| found).clone())
}

fn find(
    directory: &Directory,
    evaluator: &Evaluator,
) -> Result<(Vec<Dependency>, Vec<Diagnostic>), Interrupted> {
    let mut all = directory
        .reading
        .metadata
        .as_ref()
        .map(|metadata| metadata.dependencies.clone())
        .unwrap_or_default();
    let mut findings = Vec::new();
    let file = version_schema(directory);
    if directory.layout.schemas != SchemaLanguage::Nickel || !file.is_file() {
        return Ok((all, findings));
    }
    let program = Program::file(&file).within(&directory.path);
    let value = match evaluator.evaluate(&program, &[VERSION_FIELD.to_owned()], None) {
        Ok(value) => value,
        // A version schema without that field says nothing about dependencies.
        Err(error) if error.code() == Code::NickelMissingField => return Ok((all, findings)),
        Err(NickelError::Interrupted) => return Err(Interrupted),
        Err(error) => {
            findings.push(unevaluated(&file.display().to_string(), &error));
            return Ok((all, findings));
        }
    };
    let origin = file.display().to_string();
    let items = value
        .get("dependencies")
        .and_then(serde_json::Value::as_array);
    for item in items.into_iter().flatten() {
        let text = |key: &str| item.get(key).and_then(serde_json::Value::as_str);
        let dependency = match (item.as_str(), text("name")) {
            (Some(written), _) => Dependency::read(written, &origin),
            (None, Some(name)) => Dependency::new(
                name,
                text("version").unwrap_or_default(),
                text("type").and_then(|word| word.parse().ok()),
                &origin,
            ),
            (None, None) => Err("it has no name".to_owned()),
        };
        match dependency {
            Ok(dependency) if all.iter().any(|known| dependency.says_nothing_beside(known)) => {}
            Ok(dependency) => all.push(dependency),
            Err(reason) => findings.push(
                Diagnostic::warning(
                    Code::InvalidValue,
                    format!("`{VERSION_FIELD}.dependencies` holds something that is not a dependency: {reason}"),
                )
                .with_file(&file),
            ),
        }
    }
    Ok((all, findings))
}

fn unevaluated(file: &str, error: &NickelError) -> Diagnostic {
    let mut finding =
        error.details().first().cloned().unwrap_or_else(|| {
            Diagnostic::warning(error.code(), error.to_string()).with_file(file)
        });
    finding.severity = crate::diagnostic::Severity::Warning;
    finding.message = format!(
        "dependencies of the version schema are not known: {}",
        finding.message
    );
    finding
}
