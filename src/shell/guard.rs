//! Keeps a fault in one command from ending the plugin and every other call in it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{DynamicSuggestion, Example, LabeledError, PipelineData, Signature};
use provisioning::diagnostic::{Code, panic_message};

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
            self.command.run(plugin, engine, call, input)
        }))
        .unwrap_or_else(|panic| {
            Err(LabeledError::new(format!(
                "`{}` has a fault: {}",
                self.name(),
                panic_message(panic.as_ref())
            ))
            .with_code(Code::PluginPanic.as_str())
            .with_label("this call was stopped", call.head)
            .with_help("the plugin goes on working; please report this with the command you ran"))
        })
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

/// Panics when a test asks for it, in development builds only: `PROVISIONING_FAULT=panic:extension list`.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "this is what it is for")]
fn fault_injection(command: &str) {
    if std::env::var("PROVISIONING_FAULT").is_ok_and(|fault| fault == format!("panic:{command}")) {
        panic!("on purpose");
    }
}

#[cfg(not(debug_assertions))]
fn fault_injection(_command: &str) {}
