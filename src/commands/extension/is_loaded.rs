use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, Type, Value,
};

use crate::commands::names::name_and_version;
use crate::shell::{Context, Provisioning, SignatureExt as _, complete_name_argument};

/// `extension is-loaded`
pub(super) struct IsLoaded;

impl PluginCommand for IsLoaded {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension is-loaded"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of an extension.")
            .type_flag("Only an extension of this type.")
            .version_flag("Only in this version, or in a version of this range.")
            .input_output_type(Type::Nothing, Type::Bool)
    }

    fn description(&self) -> &str {
        "Tell whether an extension is loaded."
    }

    fn extra_description(&self) -> &str {
        "Any version counts, unless --version names some. There is no need to ask before `extension load`, which takes what \
         is loaded."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["cache", "memory"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Before and after",
            example: "let before = extension is-loaded containerd; extension load extensions/taskservs/containerd | ignore; [$before (extension is-loaded containerd)]",
            result: Some(Value::test_list(vec![
                Value::test_bool(false),
                Value::test_bool(true),
            ])),
        }]
    }

    #[expect(
        deprecated,
        reason = "the marker says that this may change with Nushell, which is pinned"
    )]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        arg_type: ArgType<'_>,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_argument(plugin, engine, &arg_type)
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
        let (name, version) = name_and_version(&name, context.version_flag()?.as_ref())?;
        let is_loaded = plugin.manager().is_loaded(kind, &name, version.as_ref());
        Ok(Value::bool(is_loaded, call.head).into_pipeline_data())
    }
}
