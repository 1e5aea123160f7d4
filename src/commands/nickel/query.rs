use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Type,
    Value, record,
};

use super::described::Described;
use crate::shell::{Context, Provisioning, complete_field_flag, fields_value};

/// `nickel query`
pub(super) struct Query;

impl PluginCommand for Query {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel query"
    }

    fn signature(&self) -> Signature {
        Described::signature(self.name(), Type::table())
    }

    fn description(&self) -> &str {
        "List the fields of a Nickel record or contract: type, default, documentation, place."
    }

    fn extra_description(&self) -> &str {
        "Returns a table {name, type, required, optional, exported, priority, default, value, tags, doc, file, line, \
         column, fields}. `type` is what is written after `:` and `|`; `required` means that it has no value of its own; \
         `tags` are the words that an enum allows; `fields` are the fields inside of it, in the same form."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "schema", "describe", "documentation", "metadata"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What a contract asks for",
                example: "nickel query extensions/providers/local/schemas/contracts.ncl --field FirewallRule | where optional | get name",
                result: Some(Value::test_list(vec![
                    Value::test_string("port"),
                    Value::test_string("source"),
                    Value::test_string("destination"),
                ])),
            },
            Example {
                description: "The words that a field allows",
                example: "nickel query extensions/providers/local/schemas/contracts.ncl --field FirewallRule | where name == protocol | select type tags | first",
                result: Some(Value::test_record(record! {
                    "type" => Value::test_string("std.enum.TagOrString | [| 'tcp, 'udp, 'icmp |]"),
                    "tags" => Value::test_list(["tcp", "udp", "icmp"].into_iter().map(Value::test_string).collect()),
                })),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let described = Described::of(&context)?;
        Ok(fields_value(&described.fields, call.head).into_pipeline_data())
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
