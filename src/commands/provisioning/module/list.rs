use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{Example, LabeledError, PipelineData, Signature, Type, Value};

use super::{is_json, output_flag, written};
use crate::shell::{Context, Provisioning, SignatureExt as _, loaded_value};

/// `provisioning module list`
pub(super) struct List;

impl PluginCommand for List {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning module list"
    }

    fn signature(&self) -> Signature {
        output_flag(Signature::of(self.name()).type_argument("Only extensions of this type."))
            // A table, or with --output json a text.
            .input_output_type(Type::Nothing, Type::Any)
    }

    fn description(&self) -> &str {
        "List the loaded extensions: `extension loaded` by its name in the source documents."
    }

    fn extra_description(&self) -> &str {
        "Returns a table {type, name, version, path, package, loaded_at, fingerprint}, or that as a text with --output json."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["extension", "loaded", "memory"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "What is loaded",
            example: "provisioning module load taskserv containerd | ignore; provisioning module list taskserv | get name",
            result: Some(Value::test_list(vec![Value::test_string("containerd")])),
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
        let is_json = is_json(&context)?;
        let kind = context.kind(call.opt(0)?)?.map(|kind| kind.item);
        let rows = plugin
            .manager()
            .list_loaded_extensions()
            .iter()
            .filter(|one| kind.is_none_or(|kind| kind == one.kind()))
            .map(|one| loaded_value(one, call.head))
            .collect();
        written(Value::list(rows, call.head), is_json, call.head)
    }
}
