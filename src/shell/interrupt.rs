//! Ctrl-C for work that does not look at Nushell's signals.

use nu_plugin::EngineInterface;
use nu_protocol::{HandlerGuard, ShellError};
use provisioning::nickel::Interrupt;

/// Returns a flag that is raised on Ctrl-C, for as long as the guard lives.
pub(crate) fn interrupt_on(
    engine: &EngineInterface,
) -> Result<(Interrupt, HandlerGuard), ShellError> {
    let interrupt = Interrupt::default();
    let raised = interrupt.clone();
    let guard = engine.register_signal_handler(Box::new(move |_| raised.trigger()))?;
    if engine.signals().interrupted() {
        interrupt.trigger();
    }
    Ok((interrupt, guard))
}
