//! Checking an extension without running anything of it: one file per rule.

mod report;
mod structure;
mod version;

use std::path::Path;
use std::time::Instant;

use crate::diagnostic::Diagnostic;
use crate::extension::{Directory, DirectoryError, ExtensionType, Host};

pub use report::{Check, Finding, Report, Status};

/// One of the checks an extension goes through.
pub trait Rule: Sync {
    /// Returns the name used in reports and after `--rule`.
    fn name(&self) -> &'static str;

    /// Returns what the rule checks, in one sentence.
    fn description(&self) -> &'static str;

    /// Returns everything found. Never runs extension code and never touches the network.
    fn check(&self, directory: &Directory, host: &Host) -> Vec<Diagnostic>;
}

/// Every rule, in the order in which they run (VAL-01..05).
pub const RULES: &[&dyn Rule] = &[&structure::Structure, &version::Versions];

/// The names of the rules, for completion and messages.
pub const RULE_NAMES: &[&str] = &["structure", "version"];

/// Returns the rule that reports a finding on the metadata.
pub fn rule_of_metadata(finding: &Diagnostic) -> &'static str {
    if version::is_about_versions(finding) {
        "version"
    } else {
        "structure"
    }
}

/// What to validate.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The type the caller takes the extension for.
    pub kind: Option<ExtensionType>,
    /// Names of the rules to run; empty for all.
    pub rules: &'a [String],
    /// Whether a warning makes the extension invalid.
    pub deny_warnings: bool,
}

/// Validates the extension in a directory.
///
/// # Errors
/// The path is not a directory; everything else is in the report.
pub fn validate(path: &Path, options: &Options<'_>, host: &Host) -> Result<Report, DirectoryError> {
    let directory = Directory::open(path, options.kind)?;
    let mut findings = Vec::new();
    let mut checks = Vec::new();
    let selected = RULES.iter().filter(|rule| {
        options.rules.is_empty() || options.rules.iter().any(|name| name == rule.name())
    });
    for rule in selected {
        let start = Instant::now();
        let found = rule.check(&directory, host);
        checks.push(Check {
            rule: rule.name(),
            status: Status::of(&found),
            findings: found.len(),
            duration: start.elapsed(),
        });
        findings.extend(found.into_iter().map(|diagnostic| Finding {
            rule: rule.name(),
            diagnostic,
        }));
    }
    Ok(Report::new(
        &directory,
        findings,
        checks,
        options.deny_warnings,
    ))
}

#[cfg(test)]
mod tests;
