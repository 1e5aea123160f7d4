//! Data that break a contract: rows of faults, and errors that underline the user's own values.

use nu_protocol::{LabeledError, ShellError, Span, Value, record};
use provisioning::diagnostic::{Code, Diagnostic, Subject, render_body, render_places, safe_text};
use provisioning::nickel::Checked;

use super::{data_value, opt_number, opt_string, span_at};

/// Most faults that an error shows; a table shows all.
const MAX_SHOWN: usize = 50;

/// A value of the user's, and what has become of it under a contract.
pub(crate) struct Verdict {
    /// The number of the row that it is of, from 0 as in tables.
    pub(crate) row: Option<usize>,
    pub(crate) given: Value,
    pub(crate) checked: Checked,
}

impl Verdict {
    /// Whether the value keeps the contract.
    pub(crate) fn is_valid(&self) -> bool {
        self.checked.faults.is_empty()
    }

    /// Returns `{valid, value, errors}`; `errors` is a table
    /// `{code, path, message, expected, got, file, line, column, help}`.
    pub(crate) fn row(&self, head: Span) -> Value {
        let errors = self
            .checked
            .faults
            .iter()
            .map(|fault| fault_row(fault, head))
            .collect();
        Value::record(
            record! {
                "valid" => Value::bool(self.is_valid(), head),
                "value" => data_value(self.checked.value.clone(), self.given.span()),
                "errors" => Value::list(errors, head),
            },
            head,
        )
    }
}

fn fault_row(fault: &Diagnostic, head: Span) -> Value {
    let subject = fault.subject.as_deref();
    let place = fault.location();
    let part = |part: fn(&Subject) -> Option<String>| opt_string(subject.and_then(part), head);
    Value::record(
        record! {
            "code" => Value::string(fault.code.as_str(), head),
            "path" => part(|subject| Some(subject.path.to_string())),
            "message" => opt_string(Some(fault.message.clone()), head),
            "expected" => part(|subject| subject.expected.clone()),
            "got" => part(|subject| subject.got.clone()),
            "file" => opt_string(fault.file(), head),
            "line" => opt_number(place.map(|place| place.line), head),
            "column" => opt_number(place.map(|place| place.column), head),
            "help" => opt_string(fault.help.clone(), head),
        },
        head,
    )
}

/// Returns the error for values that break a contract: a label on each of the user's values that is wrong, and the place
/// of the contract in the help.
pub(crate) fn violations_error(verdicts: &[Verdict], head: Span) -> LabeledError {
    let faults: Vec<(&Verdict, &Diagnostic)> = verdicts
        .iter()
        .flat_map(|verdict| {
            let faults = verdict.checked.faults.iter();
            faults.map(move |fault| (verdict, fault))
        })
        .collect();
    if let [(verdict, fault)] = faults.as_slice() {
        let message = format!("{}{}", of_row(verdict), fault.message);
        let mut error = LabeledError::new(safe_text(&message))
            .with_code(fault.code.as_str())
            .with_label(label(fault), span_of(&verdict.given, fault, head));
        error.help = help(fault);
        return error;
    }
    let mut error = LabeledError::new(format!(
        "the data break the contract in {} places",
        faults.len()
    ))
    .with_code(Code::NickelContract.as_str());
    for (verdict, fault) in faults.iter().take(MAX_SHOWN) {
        let span = span_of(&verdict.given, fault, head);
        error = error.with_label(label(fault), span);
        let message = format!("{}{}", of_row(verdict), render_body(fault));
        let mut inner = LabeledError::new(message).with_code(fault.code.as_str());
        inner.help = fault
            .help
            .as_deref()
            .map(|help| safe_text(help).into_owned());
        error.inner.push(ShellError::LabeledError(Box::new(inner)));
    }
    if faults.len() > MAX_SHOWN {
        error = error.with_help(format!(
            "{} more are not shown; `nickel validate` without --strict returns them as a table",
            faults.len() - MAX_SHOWN
        ));
    }
    error
}

/// Says which row it is about: data from elsewhere than the command line cannot be underlined one by one.
fn of_row(verdict: &Verdict) -> String {
    verdict
        .row
        .map_or_else(String::new, |row| format!("row {row}: "))
}

fn span_of(given: &Value, fault: &Diagnostic, head: Span) -> Span {
    match &fault.subject {
        Some(subject) => span_at(given, &subject.path, head),
        None => span_at(given, &Default::default(), head),
    }
}

/// Says what is wrong with the value, in a few words.
fn label(fault: &Diagnostic) -> String {
    let subject = fault.subject.as_deref();
    let name = subject.and_then(|subject| subject.path.last_field());
    let text = match (
        fault.code,
        subject.and_then(|subject| subject.expected.as_deref()),
        name,
    ) {
        (Code::NickelMissingDefinition, _, Some(name)) => format!("`{name}` is missing"),
        (Code::NickelContract, _, Some(name)) if fault.message.contains("extra field `") => {
            format!("`{name}` is not a field of the contract")
        }
        (Code::NickelContract, Some(expected), _) => format!("breaks the contract `{expected}`"),
        _ => "this value".to_owned(),
    };
    safe_text(&text).into_owned()
}

/// Shows the place of the contract, and what else there is to say.
fn help(fault: &Diagnostic) -> Option<String> {
    let places = (!fault.labels.is_empty())
        .then(|| render_places(fault))
        .flatten();
    let told = fault
        .help
        .as_deref()
        .map(|help| safe_text(help).into_owned());
    match (places, told) {
        (Some(places), Some(told)) => Some(format!("{told}\n{places}")),
        (Some(places), None) => Some(format!("the contract stands here:\n{places}")),
        (None, told) => told,
    }
}
