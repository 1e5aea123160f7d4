//! Ctrl-C for work of the library.

use nu_protocol::{HandlerGuard, LabeledError, SignalAction};
use provisioning::nickel::Interrupt;

use super::Context;

/// A flag that Ctrl-C raises for as long as this lives.
pub(crate) struct Stop {
    interrupt: Interrupt,
    _guard: HandlerGuard,
}

impl Stop {
    /// Returns the flag.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }
}

impl Context<'_> {
    /// Begins to listen to Ctrl-C.
    pub(crate) fn stop(&self) -> Result<Stop, LabeledError> {
        let interrupt = Interrupt::default();
        let raised = interrupt.clone();
        let guard = self
            .engine
            .register_signal_handler(Box::new(move |action| match action {
                SignalAction::Interrupt => raised.trigger(),
                // The shell shows its prompt: work in the background goes on.
                SignalAction::Reset => {}
            }))?;
        if self.engine.signals().interrupted() {
            interrupt.trigger();
        }
        Ok(Stop {
            interrupt,
            _guard: guard,
        })
    }
}
