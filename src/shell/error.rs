//! Errors of the library as errors of Nushell.

use nu_protocol::{LabeledError, ShellError, Span};
use provisioning::diagnostic::{Code, Diagnostic, Explain, render_body, safe_text};

/// Returns an error with its code, its help, a label on the user's own text, and what was found in files as excerpts.
pub(crate) fn labeled(error: &dyn Explain, label: &str, span: Span) -> LabeledError {
    let labeled = LabeledError::new(safe_text(&error.to_string()))
        .with_code(error.code().as_str())
        .with_label(label, span);
    let labeled = match error.details() {
        // One finding is the error.
        [one] if error.is_one_finding() => {
            let mut labeled = labeled;
            labeled.msg = render_body(one);
            labeled.help = one.help.as_deref().map(|help| safe_text(help).into_owned());
            labeled
        }
        many => with_inner(labeled, many),
    };
    match error.help() {
        Some(help) => labeled.with_help(safe_text(&help)),
        None => labeled,
    }
}

/// Returns an error about several findings; the message says what they mean together.
pub(crate) fn labeled_all<'a>(
    code: Code,
    message: impl Into<String>,
    findings: impl IntoIterator<Item = &'a Diagnostic>,
    label: &str,
    span: Span,
) -> LabeledError {
    let labeled = LabeledError::new(safe_text(&message.into()))
        .with_code(code.as_str())
        .with_label(label, span);
    with_inner(labeled, findings)
}

/// Adds findings as inner errors. Nushell can underline its own sources only, so the excerpts are text.
fn with_inner<'a>(
    mut error: LabeledError,
    findings: impl IntoIterator<Item = &'a Diagnostic>,
) -> LabeledError {
    for finding in findings {
        let mut inner = LabeledError::new(render_body(finding)).with_code(finding.code.as_str());
        inner.help = finding
            .help
            .as_deref()
            .map(|help| safe_text(help).into_owned());
        error.inner.push(ShellError::LabeledError(Box::new(inner)));
    }
    error
}

/// Returns an error about an argument or the input.
pub(crate) fn invalid(
    message: impl Into<String>,
    label: impl Into<String>,
    span: Span,
) -> LabeledError {
    LabeledError::new(safe_text(&message.into()))
        .with_code(Code::InputInvalid.as_str())
        .with_label(label, span)
}

/// Returns a span that can be shown: values made by programs may have none, and Nushell would underline whatever lies at
/// its start, such as the user's environment.
pub(crate) fn real_span(span: Span, otherwise: Span) -> Span {
    if span.start == 0 || span.end <= span.start || span == Span::test_data() {
        otherwise
    } else {
        span
    }
}
