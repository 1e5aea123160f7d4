use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoInterruptiblePipelineData as _, IntoPipelineData as _,
    LabeledError, PipelineData, ShellError, Signature, Span, Value, record,
};

use super::checking::{Checking, Verdicts};
use crate::shell::{
    Context, Provisioning, Verdict, complete_field_flag, data_value, violations_error,
};

/// `nickel apply`
pub(super) struct Apply;

impl PluginCommand for Apply {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel apply"
    }

    fn signature(&self) -> Signature {
        Checking::signature(self.name())
    }

    fn description(&self) -> &str {
        "Pass data through a Nickel contract: defaults are filled in, and what breaks it is an error."
    }

    fn extra_description(&self) -> &str {
        "A list or table is checked row by row and streams. The error underlines the values that are wrong; `nickel \
         validate` returns them instead."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "contract", "schema", "default", "check"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Settings with their defaults filled in",
            example: "{api: {retries: 5}} | nickel apply extensions/providers/local/schemas/settings.ncl --contract ProviderSettings | get api",
            result: Some(Value::test_record(record! {
                "retries" => Value::test_int(5),
                "base_url" => Value::test_string(""),
                "version" => Value::test_string("v1"),
                "timeout" => Value::test_int(30),
            })),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let head = call.head;
        match Checking::of(&context)?.check(&context, input)? {
            Verdicts::One(verdict) => Ok(applied(*verdict, head)?.into_pipeline_data()),
            Verdicts::Rows(rows) => Ok(rows
                .map(move |verdict| {
                    verdict
                        .and_then(|verdict| applied(verdict, head))
                        .unwrap_or_else(|error| Value::error(ShellError::from(error), head))
                })
                .into_pipeline_data(head, engine.signals().clone())),
        }
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_field_flag(plugin, engine, &call, &argument, "contract")
    }
}

/// Returns the value as the contract leaves it.
fn applied(verdict: Verdict, head: Span) -> Result<Value, LabeledError> {
    if verdict.is_valid() {
        Ok(data_value(verdict.checked.value, verdict.given.span()))
    } else {
        Err(violations_error(&[verdict], head))
    }
}
