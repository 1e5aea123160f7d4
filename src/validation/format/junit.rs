//! JUnit XML: a suite for each extension, a case for each rule.
//!
//! A rule that finds errors has failed. What it only warns of stands in the output of its case.

use crate::diagnostic::junit::{Case, Failure, Suite, Suites};
use crate::diagnostic::{Diagnostic, render};
use crate::validation::{Check, Report};

use super::Document;

pub(super) fn write(document: &Document<'_>) -> String {
    let suites = document.reports.iter();
    Suites {
        name: "extension validate".to_owned(),
        suites: suites
            .map(|report| suite(report, document.deny_warnings))
            .collect(),
    }
    .write()
}

fn suite(report: &Report, deny_warnings: bool) -> Suite {
    let folder = || {
        report
            .path
            .file_name()
            .unwrap_or(report.path.as_os_str())
            .to_string_lossy()
            .into_owned()
    };
    let name = report.name.clone().unwrap_or_else(folder);
    // Two extensions of one name differ in their types.
    let class = match report.kind {
        Some(kind) => format!("{kind}.{name}"),
        None => name,
    };
    let path = report.path.to_string_lossy().into_owned();
    let mut properties = vec![("path".to_owned(), path)];
    let version = report.version.as_ref();
    properties.extend(version.map(|version| ("version".to_owned(), version.to_string())));
    let cases = report.checks.iter();
    Suite {
        properties,
        cases: cases
            .map(|check| case(report, check, &class, deny_warnings))
            .collect(),
        name: class,
    }
}

/// Returns the case of a rule.
fn case(report: &Report, check: &Check, class: &str, deny_warnings: bool) -> Case {
    let (failing, passing): (Vec<&Diagnostic>, Vec<&Diagnostic>) = report
        .findings
        .iter()
        .filter(|finding| finding.rule == check.rule)
        .map(|finding| &finding.diagnostic)
        .partition(|diagnostic| deny_warnings || diagnostic.is_error());
    let failure = failing.first().map(|first| Failure {
        kind: first.code.to_string(),
        message: match failing.as_slice() {
            [one] => one.message.clone(),
            all => format!("{} findings, the first: {}", all.len(), first.message),
        },
        text: rendered(&failing),
    });
    Case {
        class: class.to_owned(),
        name: check.rule.to_owned(),
        time: check.duration,
        failure,
        output: rendered(&passing),
        ..Case::default()
    }
}

fn rendered(findings: &[&Diagnostic]) -> String {
    let texts: Vec<String> = findings.iter().map(|finding| render(finding)).collect();
    texts.join("\n\n")
}
