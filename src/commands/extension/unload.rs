use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, Type, Value, record,
};

use super::loaded_names::{complete_loaded, not_loaded};
use crate::commands::names::name_and_version;
use crate::shell::{Context, Provisioning, SignatureExt as _, loaded_key_value};

/// `extension unload`
pub(super) struct Unload;

impl PluginCommand for Unload {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension unload"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of a loaded extension.")
            .type_flag("Only an extension of this type.")
            .version_flag("Only in this version, or in a version of this range.")
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Drop an extension from memory; its files and its registration stay."
    }

    fn extra_description(&self) -> &str {
        "Every loaded version of the name is dropped, and a row comes out for each. `extension cache clear` drops everything. \
         When nothing is loaded any more, Nushell may stop the plugin again."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["cache", "memory", "forget"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Load and drop",
            example: "extension load extensions/taskservs/containerd | ignore; extension unload containerd",
            result: Some(Value::test_list(vec![Value::test_record(record! {
                "type" => Value::test_string("taskserv"),
                "name" => Value::test_string("containerd"),
                "version" => Value::test_string("1.7.0"),
            })])),
        }]
    }

    #[expect(
        deprecated,
        reason = "the marker says that this may change with Nushell, which is pinned"
    )]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        _engine: &EngineInterface,
        _call: DynamicCompletionCall,
        arg_type: ArgType<'_>,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_loaded(plugin, &arg_type)
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let name: Spanned<String> = call.req(0)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let (wanted, version) = name_and_version(&name, context.version_flag()?.as_ref())?;
        let manager = context.memory()?;
        let gone = manager.unload(kind, &wanted, version.as_ref());
        if gone.is_empty() {
            return Err(not_loaded(plugin, &name));
        }
        context.release()?;
        let rows = gone
            .iter()
            .map(|key| loaded_key_value(key, call.head))
            .collect();
        Ok(Value::list(rows, call.head).into_pipeline_data())
    }
}
