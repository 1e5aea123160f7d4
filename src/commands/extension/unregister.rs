use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, LabeledError, PipelineData, Signature, Spanned, Type, Value,
};
use provisioning::registry::nothing_registered;

use crate::shell::{Context, Provisioning, SignatureExt as _, complete_name_argument, labeled};

/// `extension unregister`
pub(super) struct Unregister;

impl PluginCommand for Unregister {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension unregister"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .name_argument()
            .type_flag("Type of the extension, where several have the name.")
            .version_flag(
                "Forget only this version, or the versions in this range; all of them otherwise.",
            )
            .input_output_type(Type::Nothing, Type::Nothing)
    }

    fn description(&self) -> &str {
        "Forget a registered extension; its files stay."
    }

    fn extra_description(&self) -> &str {
        "The name of a bundle forgets everything that it provides."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["remove", "delete", "uninstall"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Forget every version of a taskserv",
            example: "extension register extensions/taskservs/registry | ignore; extension unregister registry --type taskserv; extension list | length",
            result: Some(Value::test_int(0)),
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
        let name: Spanned<String> = call.req(0)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let version = context.version_flag()?.map(|version| version.item);
        let settings = context.settings();
        let directory = settings.data_dir()?.value;
        let log = context.log(&settings)?;
        plugin
            .with_existing_registry(&directory, |registry| {
                let registry = registry.audited_by(log);
                registry.unregister(&name.item, kind, version.as_ref())
            })
            .and_then(|found| found.ok_or_else(|| nothing_registered(&name.item)))
            .map_err(|error| labeled(&error, "this name", name.span))?;
        Ok(PipelineData::empty())
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_argument(plugin, engine, &argument)
    }
}
