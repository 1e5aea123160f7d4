use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, PipelineMetadata, Signature, Type, Value, record,
};

use crate::shell::{Context, Provisioning, SignatureExt as _, labeled, registered_value};

/// `extension list`
pub(super) struct List;

/// Shown first when a terminal is too narrow for all columns.
const IMPORTANT: [&str; 4] = ["type", "name", "version", "path"];

impl PluginCommand for List {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension list"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .type_argument("Only extensions of this type.")
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                        ("path", Type::String),
                        ("package", Type::Any),
                        ("registered_at", Type::Date),
                        ("dependencies", Type::table()),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "List the registered extensions, sorted by type, name and version."
    }

    fn extra_description(&self) -> &str {
        "`package` is the bundle that an extension came in. What lies on disk without being registered is shown by \
         `extension discover`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "registered",
            "registry",
            "providers",
            "taskservs",
            "clusters",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "The registered taskservs",
                example: "extension register extensions/taskservs/containerd | ignore; extension list taskserv | select name version",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "version" => Value::test_string("1.7.0"),
                })])),
            },
            Example {
                description: "Nothing is registered yet",
                example: "extension list",
                result: Some(Value::test_list(vec![])),
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
        context.tell_of_updates()?;
        let directory = context.settings().data_dir()?.value;
        let rows = plugin
            .with_existing_registry(&directory, |registry| registry.list(kind))
            .map_err(|error| labeled(&error, "reads the registry", call.head))?
            .unwrap_or_default();
        let rows = rows
            .iter()
            .map(|row| registered_value(row, call.head))
            .collect();
        let metadata = PipelineMetadata::default()
            .with_path_columns(vec!["path".to_owned()])
            .with_table_width_priority_columns(call.head, IMPORTANT);
        Ok(PipelineData::value(Value::list(rows, call.head), metadata))
    }
}
