//! Nickel evaluations for a running command: its settings, its Ctrl-C, its errors.

use nu_protocol::{HandlerGuard, LabeledError, ShellError, Span, Value};
use provisioning::nickel::{Interrupt, Limits, NickelError, Request, evaluate};
use provisioning::worker::Worker;

use super::{Context, data_value, labeled};

/// The limits of this call; they raise the flag on Ctrl-C for as long as the guard lives.
pub(crate) fn limits(context: &Context<'_>) -> Result<(Limits, HandlerGuard), LabeledError> {
    let interrupt = Interrupt::default();
    let raised = interrupt.clone();
    let guard = context
        .engine
        .register_signal_handler(Box::new(move |_| raised.trigger()))?;
    if context.engine.signals().interrupted() {
        interrupt.trigger();
    }
    let timeout = context.settings().nickel_timeout()?.value;
    let limits = Limits {
        timeout,
        interrupt,
        // This program again.
        worker: std::env::current_exe().ok().map(Worker::new),
    };
    Ok((limits, guard))
}

/// Evaluates a request of the user's; faults get a label on the text that named the input.
pub(crate) fn evaluation(
    context: &Context<'_>,
    request: Request,
    label: &str,
    span: Span,
) -> Result<Value, LabeledError> {
    let (limits, _guard) = limits(context)?;
    match evaluate(&request.limited(limits)) {
        Ok(data) => Ok(data_value(data, span)),
        Err(NickelError::Interrupted) => Err(ShellError::Interrupted {
            span: context.head(),
        }
        .into()),
        Err(error) => Err(labeled(&error, label, span)),
    }
}
