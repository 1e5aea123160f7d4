//! What a validation gives.

use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

use crate::diagnostic::Diagnostic;
use crate::extension::{Directory, Kind};

/// The result of validating one directory.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the extension or bundle, if the metadata give one.
    pub name: Option<String>,
    /// What it is, if that can be told.
    pub kind: Option<Kind>,
    /// Its version, if the metadata give one.
    pub version: Option<Version>,
    /// Its directory, canonical and absolute.
    pub path: PathBuf,
    /// Whether it can be used.
    pub valid: bool,
    /// Everything found, in the order of the rules.
    pub findings: Vec<Finding>,
    /// What was checked.
    pub checks: Vec<Check>,
}

/// A finding with the rule that made it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// What was found.
    pub diagnostic: Diagnostic,
}

/// How one rule went.
#[derive(Clone, Debug)]
pub struct Check {
    /// The rule's name.
    pub rule: &'static str,
    /// Its outcome.
    pub status: Status,
    /// How much it found.
    pub findings: usize,
    /// How long it took.
    pub duration: Duration,
}

/// The outcome of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was found.
    Passed,
    /// Only warnings.
    Warned,
    /// At least one error.
    Failed,
}

impl Status {
    pub(super) fn of(findings: &[Diagnostic]) -> Self {
        if findings.iter().any(Diagnostic::is_error) {
            Status::Failed
        } else if findings.is_empty() {
            Status::Passed
        } else {
            Status::Warned
        }
    }

    /// Returns the word for the outcome.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Warned => "warned",
            Status::Failed => "failed",
        }
    }
}

impl Report {
    pub(super) fn new(
        directory: &Directory,
        findings: Vec<Finding>,
        checks: Vec<Check>,
        deny_warnings: bool,
    ) -> Self {
        let valid = !findings
            .iter()
            .any(|finding| deny_warnings || finding.diagnostic.is_error());
        Self {
            name: directory.reading.name.clone(),
            kind: directory.kind(),
            version: directory.reading.version.clone(),
            path: directory.path.clone(),
            valid,
            findings,
            checks,
        }
    }

    /// Returns the errors.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.diagnostic.is_error())
    }

    /// Returns the warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| !finding.diagnostic.is_error())
    }
}
