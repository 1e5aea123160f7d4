//! Keeps a fault in one command from ending the plugin and every other call in it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, LabeledError, PipelineData, ShellError, Signature, Span,
};
use provisioning::diagnostic::{Code, panic_message, safe_text};

use super::Provisioning;

/// A command whose panics become errors.
pub(crate) struct Guarded {
    command: Box<dyn PluginCommand<Plugin = Provisioning>>,
}

impl Guarded {
    pub(crate) fn new(command: Box<dyn PluginCommand<Plugin = Provisioning>>) -> Self {
        Self { command }
    }
}

impl PluginCommand for Guarded {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        self.command.name()
    }

    fn signature(&self) -> Signature {
        self.command.signature()
    }

    fn description(&self) -> &str {
        self.command.description()
    }

    fn extra_description(&self) -> &str {
        self.command.extra_description()
    }

    fn search_terms(&self) -> Vec<&str> {
        self.command.search_terms()
    }

    fn examples(&self) -> Vec<Example<'_>> {
        self.command.examples()
    }

    fn run(
        &self,
        plugin: &Self::Plugin,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        catch_unwind(AssertUnwindSafe(|| {
            fault_injection(self.name());
            self.command
                .run(plugin, engine, call, input)
                .map_err(safe_error)
        }))
        .unwrap_or_else(|panic| Err(panic_error(self.name(), panic.as_ref(), call.head)))
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Self::Plugin,
        engine: &EngineInterface,
        call: DynamicCompletionCall,
        argument: ArgType,
        experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        catch_unwind(AssertUnwindSafe(|| {
            self.command
                .get_dynamic_completion(plugin, engine, call, argument, experimental)
        }))
        .unwrap_or_default()
    }
}

/// Returns the error for a panic that was contained.
pub(crate) fn panic_error(
    command: &str,
    panic: &(dyn std::any::Any + Send),
    span: Span,
) -> LabeledError {
    LabeledError::new(format!("`{command}` has a fault: {}", panic_message(panic)))
        .with_code(Code::PluginPanic.as_str())
        .with_label("this call was stopped", span)
        .with_help("the plugin goes on working; please report this with the command you ran")
}

/// Takes out of an error whatever a terminal could interpret: messages hold names and paths from files.
fn safe_error(mut error: LabeledError) -> LabeledError {
    let safe = |text: &mut String| {
        if let Cow::Owned(safe) = safe_text(text) {
            *text = safe;
        }
    };
    safe(&mut error.msg);
    error.help.as_mut().map(safe);
    for label in error.labels.iter_mut() {
        safe(&mut label.text);
    }
    let inner = std::mem::take(&mut *error.inner);
    *error.inner = inner
        .into_iter()
        .map(|inner| match inner {
            ShellError::LabeledError(error) => {
                ShellError::LabeledError(Box::new(safe_error(*error)))
            }
            other => other,
        })
        .collect();
    error
}

/// Panics when a test asks for it, in development builds only: `PROVISIONING_FAULT=panic:extension list`.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub(crate) fn fault_injection(command: &str) {
    if std::env::var("PROVISIONING_FAULT").is_ok_and(|fault| fault == format!("panic:{command}")) {
        panic!("on purpose");
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn fault_injection(_command: &str) {}
