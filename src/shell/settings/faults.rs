//! What is wrong with settings, as errors that show where they were written.

use nu_protocol::{LabeledError, ShellError, Span};
use provisioning::configuration::{Fault, Spec};
use provisioning::diagnostic::{Code, safe_text};

use crate::shell::real_span;

/// Returns the error of `$env.config.plugins.provisioning`, with each fault underlined in the user's code.
pub(super) fn in_plugin_config(faults: &[Fault], head: Span) -> LabeledError {
    let errors = faults.iter().map(|fault| {
        let error = LabeledError::new(safe_text(&fault.message(None)))
            .with_code(fault.code().as_str())
            .with_help(safe_text(&help(fault)));
        if fault.is_secret {
            // An underline shows what it underlines, and the lines around it.
            return error;
        }
        let here = real_span(Span::new(fault.span.start, fault.span.end), head);
        error.with_label(safe_text(&fault.label()), here)
    });
    together(
        errors.collect(),
        "values in $env.config.plugins.provisioning cannot be used",
        head,
    )
}

fn help(fault: &Fault) -> String {
    let place = "in $env.config.plugins.provisioning";
    if let Some(hint) = fault.hint() {
        return hint;
    }
    match Spec::around(&fault.name).map(|spec| (spec.parts(), spec)) {
        Some(((Some(group), key), spec)) => {
            format!("such as {{{group}: {{{key}: {}}}}} {place}", spec.nushell)
        }
        Some(((None, key), spec)) => format!("such as {{{key}: {}}} {place}", spec.nushell),
        None => format!("settings are a record {place}"),
    }
}

/// Returns the error of an environment variable.
pub(super) fn in_variable(
    variable: &str,
    spec: &Spec,
    faults: &[Fault],
    head: Span,
) -> LabeledError {
    let errors = faults.iter().map(|fault| {
        let inside = fault.name.strip_prefix(spec.name).unwrap_or_default();
        let called = format!("$env.{variable}{inside}");
        let help = fault
            .hint()
            .unwrap_or_else(|| format!("$env.{variable} = {}", expression(spec.nushell)));
        LabeledError::new(safe_text(&fault.message(Some(&called))))
            .with_code(fault.code().as_str())
            .with_label("needs this setting", head)
            .with_help(safe_text(&help))
    });
    together(
        errors.collect(),
        &format!("values in $env.{variable} cannot be used"),
        head,
    )
}

/// Returns an example as it is written where a word alone would be a command.
fn expression(example: &str) -> String {
    let is_word = example.starts_with(|c: char| c.is_alphabetic() || c == '~');
    if is_word && !matches!(example, "true" | "false") {
        format!("'{example}'")
    } else {
        example.to_owned()
    }
}

/// Returns one error of many. What others put together is taken apart, so that there is one list.
pub(super) fn together(mut errors: Vec<LabeledError>, what: &str, head: Span) -> LabeledError {
    if errors.len() == 1
        && let Some(one) = errors.pop()
    {
        return one;
    }
    let all = errors.into_iter().flat_map(|mut error| {
        if error.inner.is_empty() {
            vec![ShellError::LabeledError(Box::new(error))]
        } else {
            std::mem::take(&mut *error.inner)
        }
    });
    let all: Vec<ShellError> = all.collect();
    let mut error = LabeledError::new(format!("{} {what}", all.len()))
        .with_code(Code::ConfigInvalid.as_str())
        .with_label("needs the settings", head);
    *error.inner = all;
    error
}
