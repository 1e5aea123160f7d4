use std::time::Duration;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, SyntaxShape, Type,
    Value, record,
};
use provisioning::diagnostic::Code;

use crate::shell::{Context, Provisioning, SignatureExt as _, filesize_value, loaded_key_value};

/// `extension cache clear`
pub(super) struct Clear;

impl PluginCommand for Clear {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension cache clear"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .switch(
                "disk",
                "Remove the entries of the cache on disk as well, which other processes use too.",
                Some('d'),
            )
            .named(
                "older-than",
                SyntaxShape::Duration,
                "Only what was not used for so long.",
                Some('o'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Record(
                    [
                        ("unloaded", Type::table()),
                        ("removed", Type::Int),
                        ("freed", Type::Filesize),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Drop what is kept of loaded extensions, and let Nushell stop the plugin again."
    }

    fn extra_description(&self) -> &str {
        "Returns what was `unloaded` from memory, as a table {type, name, version}, and how many entries were `removed` from \
         the disk and how much they took. Nothing is lost: what is needed again is read again."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["empty", "forget", "memory", "disk", "free"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Drop everything",
                example: "extension load extensions/taskservs/containerd | ignore; extension cache clear | get unloaded.name",
                result: Some(Value::test_list(vec![Value::test_string("containerd")])),
            },
            Example {
                description: "Remove what nobody has used for a month",
                example: "extension cache clear --disk --older-than 30day | get removed",
                result: Some(Value::test_int(0)),
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
        let older_than: Option<Duration> = call.get_flag("older-than")?;
        let manager = context.memory()?;
        let unloaded = manager.clear_older(older_than);
        let cleared = match call.has_flag("disk")? {
            true => manager.clear_disk(older_than).map_err(|problem| {
                LabeledError::new(problem.to_string())
                    .with_code(Code::LoadCache.as_str())
                    .with_label("the cache on disk was not cleared", call.head)
                    .with_help("see: provisioning doctor")
            })?,
            false => provisioning::manager::Cleared::default(),
        };
        context.release()?;
        let rows = unloaded
            .iter()
            .map(|key| loaded_key_value(key, call.head))
            .collect();
        let removed = i64::try_from(cleared.entries).unwrap_or(i64::MAX);
        Ok(Value::record(
            record! {
                "unloaded" => Value::list(rows, call.head),
                "removed" => Value::int(removed, call.head),
                "freed" => filesize_value(cleared.bytes, call.head),
            },
            call.head,
        )
        .into_pipeline_data())
    }
}
