//! Reports as values, and as the error that `--strict` raises.

use nu_protocol::{LabeledError, Span, Value, record};
use provisioning::diagnostic::Code;
use provisioning::validation::{Finding, Report};

use crate::shell::{diagnostic_columns, labeled_all, opt_string, path_value};

/// Returns one error for several.
pub(super) fn together(failures: Vec<LabeledError>) -> Option<LabeledError> {
    let count = failures.len();
    let mut failures = failures.into_iter();
    let first = failures.next()?;
    if count == 1 {
        return Some(first);
    }
    let mut all = LabeledError::new(format!("{count} extensions are invalid"))
        .with_code(Code::ValidationFailed.as_str());
    for failure in std::iter::once(first).chain(failures) {
        if let Some(label) = failure.labels.first() {
            all = all.with_label(&failure.msg, label.span);
        }
    }
    Some(all)
}

/// Returns the error that `--strict` raises about a report.
pub(super) fn failure(report: &Report, deny_warnings: bool, span: Span) -> LabeledError {
    let name = report
        .name
        .clone()
        .unwrap_or_else(|| report.path.display().to_string());
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let errors = report.errors().count();
    let warnings = report.warnings().count();
    let message = match (errors, warnings) {
        (0, warnings) => format!("`{name}` has {}", count(warnings, "warning")),
        (errors, 0) => format!("`{name}` has {}", count(errors, "error")),
        (errors, warnings) => format!(
            "`{name}` has {} and {}",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    };
    labeled_all(
        Code::ValidationFailed,
        message,
        report
            .findings
            .iter()
            .map(|finding| &finding.diagnostic)
            .filter(|diagnostic| deny_warnings || diagnostic.is_error()),
        "this extension",
        span,
    )
}

/// Returns a report as a record.
pub(super) fn report_value(report: &Report, span: Span) -> Value {
    let findings = |findings: &mut dyn Iterator<Item = &Finding>| {
        Value::list(
            findings
                .map(|finding| diagnostic_columns(finding.rule, &finding.diagnostic, span))
                .collect(),
            span,
        )
    };
    let checks = report
        .checks
        .iter()
        .map(|check| {
            Value::record(
                record! {
                    "rule" => Value::string(check.rule, span),
                    "status" => Value::string(check.status.as_str(), span),
                    "findings" => Value::int(i64::try_from(check.findings).unwrap_or(i64::MAX), span),
                    "duration" => Value::duration(i64::try_from(check.duration.as_nanos()).unwrap_or(i64::MAX), span),
                },
                span,
            )
        })
        .collect();
    Value::record(
        record! {
            "name" => opt_string(report.name.clone(), span),
            "type" => opt_string(report.kind.map(|kind| kind.to_string()), span),
            "version" => opt_string(report.version.as_ref().map(ToString::to_string), span),
            "path" => path_value(&report.path, span),
            "valid" => Value::bool(report.valid, span),
            "errors" => findings(&mut report.errors()),
            "warnings" => findings(&mut report.warnings()),
            "checks" => Value::list(checks, span),
        },
        span,
    )
}
