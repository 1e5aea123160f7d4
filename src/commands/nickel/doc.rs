use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Type,
    Value,
};
use provisioning::diagnostic::DataPath;
use provisioning::nickel::markdown;

use super::described::Described;
use crate::shell::{Context, Provisioning, complete_field_flag};

/// `nickel doc`
pub(super) struct Doc;

impl PluginCommand for Doc {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel doc"
    }

    fn signature(&self) -> Signature {
        Described::signature(self.name(), Type::String)
    }

    fn description(&self) -> &str {
        "Write the documentation of a Nickel record or contract as Markdown."
    }

    fn extra_description(&self) -> &str {
        "A heading for each field, with its type, default and documentation; `nickel query` has the same as data."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "schema", "documentation", "markdown"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "The first lines on a contract",
            example: "nickel doc extensions/providers/local/schemas/contracts.ncl --field FirewallRule | lines | first 5 | to text --no-newline",
            result: Some(Value::test_string(
                "# FirewallRule\n\n## `direction`\n\n- type: `std.enum.TagOrString | [| 'ingress, 'egress |]`",
            )),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let Described {
            file,
            field,
            fields,
        } = Described::of(&context)?;
        let title = match file.file_name() {
            Some(name) if field.is_empty() => name.to_string_lossy().into_owned(),
            _ => DataPath::of_fields(field).to_string(),
        };
        Ok(Value::string(markdown(&title, &fields), call.head).into_pipeline_data())
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
        complete_field_flag(plugin, engine, &call, &argument, "field")
    }
}
