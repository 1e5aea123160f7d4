//! Rule `schema`: the Nickel files parse, their types fit, and the values in them keep to their contracts (VAL-02).
//!
//! Every file is checked and evaluated by itself, as [`Evaluator::examine`] does it, so that the mistakes of one do not
//! hide those of another. A file that only declares contracts is right (NCL-12); a value that lacks parts is not.

mod cluster;
mod files;
mod fold;
mod form;
mod kcl;
mod own;
mod places;
mod syntax;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Rule, Validator};
use crate::diagnostic::{Code, Diagnostic, Explain as _};
use crate::extension::{Directory, Interrupted, VERSION_FIELD, version_schema};
use crate::nickel::{Evaluator, Limits, NickelError, Outline, Program, hide_tokens};

use kcl::Leftover;

/// The rule.
pub(super) struct Schemas;

impl Rule for Schemas {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn description(&self) -> &'static str {
        "The Nickel schemas parse, their types fit, and the values in them keep to their contracts"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let mut findings = Vec::new();
        if directory.reading.metadata.is_none() {
            // Which must not look like success.
            findings.push(
                Diagnostic::error(
                    Code::SchemaUnknown,
                    "which schemas the extension needs cannot be told, because the metadata have errors",
                )
                .with_file(&directory.path)
                .with_help("see them with: extension validate PATH --rule structure"),
            );
        }
        let found = files::find(directory);
        findings.extend(found.findings);
        let mut work = Work {
            directory,
            evaluator: &validator.evaluator,
            begun: Instant::now(),
        };
        work.survey(&found.paths);
        let mut schemas = Vec::new();
        for path in found.paths {
            match work.schema(path)? {
                Some(schema) => schemas.push(schema),
                None => {
                    findings.push(work.out_of_time());
                    break;
                }
            }
        }
        for schema in &mut schemas {
            let own = own::findings(directory, schema);
            schema.findings.extend(own);
        }
        findings.extend(fold::fold(schemas));
        findings.iter_mut().for_each(own_place_first);
        findings.iter_mut().for_each(hide_tokens);
        Ok(findings)
    }
}

/// A contract of the standard library that is broken is told at its place there first; what the author can change comes
/// first here.
fn own_place_first(finding: &mut Diagnostic) {
    // It is sorted as it was otherwise.
    finding
        .labels
        .sort_by_key(|label| label.source.name().starts_with("<stdlib"));
}

/// What is known of a schema file.
struct Schema {
    path: PathBuf,
    /// Its shape, if it can be read at all.
    outline: Option<Outline>,
    /// What was KCL in it.
    leftovers: Vec<Leftover>,
    /// As much of its value as can be evaluated.
    value: Option<Value>,
    /// What Nickel finds, and what its value shows.
    findings: Vec<Diagnostic>,
}

/// The time that all schemas of an extension have together: as much as one evaluation.
struct Work<'a> {
    directory: &'a Directory,
    evaluator: &'a Evaluator,
    begun: Instant,
}

/// Most bytes that are looked at together: much text takes its time, and is likely to be wrong.
const MAX_SURVEY: u64 = 1 << 20;
/// What part of the time the look at all schemas together may take: the rest is for looking at each.
const SURVEY: u32 = 20;

impl Work<'_> {
    /// Looks at all schemas together first, which is enough when nothing is wrong with them.
    fn survey(&self, paths: &[PathBuf]) {
        let length = |path: &PathBuf| path.metadata().map_or(0, |found| found.len());
        if paths.iter().map(length).sum::<u64>() > MAX_SURVEY {
            return;
        }
        let limits = self.evaluator.limits();
        let evaluator = self.evaluator.clone().limited(Limits {
            timeout: limits.timeout / SURVEY,
            ..limits.clone()
        });
        let programs: Vec<Program> = paths.iter().map(|path| self.program(path)).collect();
        // Whose needs are asked for next.
        let version = version_schema(self.directory);
        let fields = paths
            .iter()
            .position(|path| *path == version)
            .map(|at| (at, vec![VERSION_FIELD.to_owned()]));
        evaluator.survey(&programs, fields.as_slice());
    }

    fn program(&self, path: &Path) -> Program {
        Program::file(path).within(&self.directory.path)
    }

    /// Examines a file; nothing when the time is over.
    fn schema(&mut self, path: PathBuf) -> Result<Option<Schema>, Interrupted> {
        let Some(evaluator) = self.remaining() else {
            return Ok(None);
        };
        let program = self.program(&path);
        let mut value = None;
        let findings = match evaluator.typecheck(&program) {
            Ok(mut findings) if findings.iter().all(can_be_examined) => {
                let Some(evaluator) = self.remaining() else {
                    return Ok(None);
                };
                match evaluator.examine(&program) {
                    Ok(examined) => {
                        value = Some(examined.value);
                        let others = examined
                            .faults
                            .into_iter()
                            .filter(|fault| !findings.iter().any(|known| touches(known, fault)));
                        let others: Vec<Diagnostic> = others.collect();
                        findings.extend(others);
                    }
                    Err(error) => findings.extend(self.told(&path, &error)?),
                }
                findings
            }
            Ok(findings) => findings,
            Err(error) => self.told(&path, &error)?,
        };
        let name = path.display().to_string();
        let is_broken = findings.iter().any(|finding| {
            finding.file().as_ref() == Some(&name)
                && (finding.code == Code::NickelParse || is_schema_of_kcl(finding))
        });
        // What cannot be read was told just now.
        let outline = evaluator.outline(&path, is_broken).ok();
        let leftovers = outline
            .as_ref()
            .map(|outline| kcl::leftovers(outline, is_broken))
            .unwrap_or_default();
        let mut schema = Schema {
            path,
            outline,
            leftovers,
            value,
            findings,
        };
        if is_broken {
            syntax::explain(&mut schema);
        }
        Ok(Some(schema))
    }

    /// Returns an evaluator that ends when the time is over.
    fn remaining(&self) -> Option<Evaluator> {
        let limits = self.evaluator.limits();
        let timeout = limits.timeout.checked_sub(self.begun.elapsed())?;
        (timeout > Duration::ZERO).then(|| {
            self.evaluator.clone().limited(Limits {
                timeout,
                ..limits.clone()
            })
        })
    }

    fn told(&self, path: &Path, error: &NickelError) -> Result<Vec<Diagnostic>, Interrupted> {
        let about = |message: String| {
            let mut finding = Diagnostic::error(error.code(), message).with_file(path);
            finding.help = error.help();
            finding
        };
        Ok(match error {
            NickelError::Interrupted => return Err(Interrupted),
            NickelError::Faults(findings) => findings
                .iter()
                .cloned()
                .map(|finding| match (&finding.file, finding.labels.is_empty()) {
                    (None, true) => finding.with_file(path),
                    _ => finding,
                })
                .collect(),
            NickelError::Timeout(_) => {
                let limit = self.evaluator.limits().timeout.as_secs_f64();
                vec![about(format!(
                    "the evaluation of the schema does not end within the limit of {limit} seconds"
                ))]
            }
            error => vec![about(error.to_string())],
        })
    }

    fn out_of_time(&self) -> Diagnostic {
        let limit = self.evaluator.limits().timeout.as_secs_f64();
        Diagnostic::error(
            Code::NickelLimit,
            format!(
                "the schemas take longer than {limit} seconds together; the rest was not looked at"
            ),
        )
        .with_file(self.directory.layout.schema_directory())
    }
}

/// Whether a file can be evaluated in spite of a finding: all but the parts that it is about.
fn can_be_examined(finding: &Diagnostic) -> bool {
    match finding.code {
        Code::NickelType => true,
        Code::NickelUnbound => !is_schema_of_kcl(finding),
        _ => false,
    }
}

/// Whether Nickel does not know `schema`: `schema Name { ... }` of KCL parses, as a function that is called.
fn is_schema_of_kcl(finding: &Diagnostic) -> bool {
    finding.code == Code::NickelUnbound
        && finding.labels.first().is_some_and(|label| {
            let span = label.span.start..label.span.end;
            label.source.text().get(span) == Some("schema")
        })
}

/// Whether two findings are about the same part of a text: a type that does not fit, and what comes of it.
fn touches(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.labels.iter().any(|a| {
        other.labels.iter().any(|b| {
            a.source.name() == b.source.name()
                && a.span.start < b.span.end
                && b.span.start < a.span.end
        })
    })
}

#[cfg(test)]
mod tests;
