//! Rule `dependency`: what the extension needs is there (VAL-04, GAP-30..34, X-21).

mod findings;
mod search;
mod surroundings;

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, Interrupted, dependencies};
use crate::metadata::Metadata;

use super::declared::Declared;
use super::{Rule, Validator};

use search::{Own, Search};
use surroundings::surroundings;

/// The rule.
pub(super) struct Dependencies;

impl Rule for Dependencies {
    fn name(&self) -> &'static str {
        "dependency"
    }

    fn description(&self) -> &'static str {
        "The extensions, programs and environment variables that the extension needs are there"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let Some(metadata) = &directory.reading.metadata else {
            // Which must not look like success.
            return Ok(vec![
                Diagnostic::error(
                    Code::DependencyNotChecked,
                    "the dependencies cannot be checked, because the metadata have errors",
                )
                .with_file(&directory.path)
                .with_help("see them with: extension validate PATH --rule structure"),
            ]);
        };
        let (needed, problems) = dependencies(directory, &validator.evaluator)?;
        let mut findings: Vec<Diagnostic> = problems.into_iter().map(unknown).collect();
        let search = Search {
            user: &metadata.name,
            own: Own::of(directory, metadata),
            available: &validator.available,
        };
        for dependency in &needed {
            findings.extend(search.check(dependency, &Declared::find(dependency, directory)));
            // A search that was ended has not found what it might have.
            if validator.evaluator.limits().interrupt.is_triggered() {
                return Err(Interrupted);
            }
        }
        surroundings(metadata, validator, &mut findings);
        findings.extend(unread(directory, metadata));
        Ok(findings)
    }
}

/// What the version schema lists cannot be told. What is wrong with the schema itself is a matter of another rule.
fn unknown(problem: Diagnostic) -> Diagnostic {
    if problem.code == Code::InvalidValue {
        return problem;
    }
    let mut finding = Diagnostic::warning(
        Code::DependencyNotChecked,
        "the dependencies in the version schema are not known, because it cannot be evaluated",
    )
    .with_help("see why with: nickel eval FILE --field taskserv_version");
    finding.file = problem.file().map(Into::into);
    finding
}

/// Lists in which something cannot be read, and was not checked: what is wrong there is told by the rule `structure`.
fn unread(directory: &Directory, metadata: &Metadata) -> impl Iterator<Item = Diagnostic> {
    [
        "dependencies.extensions",
        "dependencies.system_packages",
        "configuration.required_env",
    ]
    .into_iter()
    .filter_map(|path| {
        let node = metadata.document.at(path)?;
        let inside = |finding: &Diagnostic| {
            finding.is_error()
                && finding.labels.first().is_some_and(|label| {
                    Arc::ptr_eq(&label.source, &node.source)
                        && (node.span.start..=node.span.end).contains(&label.span.start)
                })
        };
        directory.reading.findings.iter().any(inside).then(|| {
            Diagnostic::warning(
                Code::DependencyNotChecked,
                format!("a part of `{path}` cannot be read, and was not checked"),
            )
            .with_label(&node.source, node.span, "in here")
            .with_help("see what is wrong with: extension validate PATH --rule structure")
        })
    })
}

#[cfg(test)]
mod tests;
