//! Why a call has no result, as an error with labels on the user's own text.

use nu_protocol::{LabeledError, ShellError, Span};
use provisioning::calling::{ArgumentFault, CallError};
use provisioning::diagnostic::{Code, safe_text};

use crate::shell::{Verdict, invalid, labeled, real_span, violations_error};

/// Returns the error for a call; `operation` is where the operation is named.
pub(super) fn not_called(error: CallError, operation: Span, head: Span) -> LabeledError {
    match error {
        CallError::Interrupted => ShellError::Interrupted { span: head }.into(),
        CallError::Arguments(faults) => of_arguments(&faults, operation),
        CallError::Configuration { given, checked, .. } => {
            let verdict = Verdict {
                row: None,
                given,
                checked: *checked,
            };
            violations_error(&[verdict], operation)
        }
        error @ CallError::UnknownOperation { .. } => {
            labeled(&error, "not an operation of it", operation)
        }
        CallError::Failed(fault) => {
            let code = fault.code.clone();
            // Its code is the author's own, where there is one.
            labeled(&CallError::Failed(fault), "called here", operation).with_code(code)
        }
        error => labeled(&error, "called here", operation),
    }
}

fn of_arguments(faults: &[ArgumentFault], operation: Span) -> LabeledError {
    let one = |fault: &ArgumentFault| {
        let error = invalid(
            &fault.message,
            safe_text(&fault.label),
            real_span(fault.span, operation),
        );
        let error = error.with_code(fault.code.as_str());
        match &fault.help {
            Some(help) => error.with_help(safe_text(help)),
            None => error,
        }
    };
    match faults {
        [fault] => one(fault),
        faults => {
            let message = format!("{} arguments do not fit", faults.len());
            let mut all = LabeledError::new(message).with_code(Code::CallArguments.as_str());
            for fault in faults {
                let span = real_span(fault.span, operation);
                all = all.with_label(safe_text(&fault.label), span);
                let mut inner = LabeledError::new(safe_text(&fault.message));
                inner.code = Some(fault.code.as_str().to_owned());
                inner.help = fault
                    .help
                    .as_deref()
                    .map(|help| safe_text(help).into_owned());
                all.inner.push(ShellError::LabeledError(Box::new(inner)));
            }
            all
        }
    }
}
