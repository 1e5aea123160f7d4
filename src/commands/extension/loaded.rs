use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, PipelineMetadata, Signature, Type, Value, record,
};

use crate::shell::{
    Context, Provisioning, SignatureExt as _, extension_columns, extension_value, loaded_columns,
    loaded_value,
};

/// `extension loaded`
pub(super) struct Loaded;

/// Shown first when a terminal is too narrow for all columns.
const IMPORTANT: [&str; 4] = ["type", "name", "version", "loaded_at"];

impl PluginCommand for Loaded {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension loaded"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .type_argument("Only extensions of this type.")
            .switch(
                "full",
                "Everything that is known of them, as `extension load` returns it.",
                Some('f'),
            )
            .input_output_type(
                Type::Nothing,
                Type::one_of([
                    Type::Table(loaded_columns().into()),
                    Type::Table(extension_columns().into()),
                ]),
            )
    }

    fn description(&self) -> &str {
        "List the loaded extensions, sorted by type, name and version."
    }

    fn extra_description(&self) -> &str {
        "Loaded is what the plugin of this shell has in memory; `extension list` shows what is registered. The files are not \
         looked at: what has changed is read again when it is loaded the next time."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["cache", "memory", "list"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What is in memory",
                example: "extension load extensions/taskservs/containerd | ignore; extension loaded | select type name version",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "type" => Value::test_string("taskserv"),
                    "name" => Value::test_string("containerd"),
                    "version" => Value::test_string("1.7.0"),
                })])),
            },
            Example {
                description: "Who has made it",
                example: "extension load extensions/taskservs/containerd | ignore; extension loaded --full | get metadata | select name author",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "author" => Value::test_string("Provisioning Examples <examples@example.com>"),
                })])),
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
        let kind = context.kind(call.opt(0)?)?.map(|kind| kind.item);
        let is_full = call.has_flag("full")?;
        let rows = plugin
            .manager()
            .list_loaded_extensions()
            .iter()
            .filter(|one| kind.is_none_or(|kind| kind == one.kind()))
            .map(|one| match is_full {
                true => extension_value(one, call.head),
                false => loaded_value(one, call.head),
            })
            .collect();
        let metadata = PipelineMetadata::default()
            .with_path_columns(vec!["path".to_owned()])
            .with_table_width_priority_columns(call.head, IMPORTANT);
        Ok(PipelineData::value(Value::list(rows, call.head), metadata))
    }
}
