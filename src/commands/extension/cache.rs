use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, Type, Value,
    record,
};
use provisioning::manager::{DiskCache, ExtensionManager};

use crate::shell::{
    Context, Provisioning, SignatureExt as _, date_value, duration_value, filesize_value,
    opt_string, path_value,
};

/// `extension cache`
pub(super) struct Cache;

impl PluginCommand for Cache {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension cache"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name()).input_output_type(
            Type::Nothing,
            Type::Record(
                [
                    ("entries", Type::Int),
                    ("capacity", Type::Int),
                    ("size", Type::Filesize),
                    ("loads", Type::Int),
                    ("hits", Type::Int),
                    ("misses", Type::Int),
                    ("hit_ratio", Type::Float),
                    ("failures", Type::Int),
                    ("evictions", Type::Int),
                    ("time", Type::Duration),
                    ("miss_time", Type::Duration),
                    ("kept_alive", Type::Bool),
                    ("audit_problem", Type::Any),
                    ("disk", Type::record()),
                ]
                .into(),
            ),
        )
    }

    fn description(&self) -> &str {
        "Show what is kept of loaded extensions, in memory and on disk, and how often that was of use."
    }

    fn extra_description(&self) -> &str {
        "Counted is since the plugin was started: `loads` are all, `hits` those that came from memory with unchanged files, \
         `hit_ratio` their part, 0.0 before the first load. `time` is what all loads have taken, `miss_time` those that did \
         not come from memory. `disk` has {directory, entries, size, limit, hits, misses, oldest, problem}: other processes \
         use it too, it can be removed at any time, and `problem` says why it could not be used the last time. `kept_alive` \
         tells whether Nushell was asked not to stop the plugin."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["statistics", "metrics", "memory", "hit", "ratio"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Nothing was loaded yet",
                example: "extension cache | select entries loads hit_ratio",
                result: Some(Value::test_record(record! {
                    "entries" => Value::test_int(0),
                    "loads" => Value::test_int(0),
                    "hit_ratio" => Value::test_float(0.0),
                })),
            },
            Example {
                description: "The second time, it comes from memory",
                example: "1..2 | each { extension load extensions/taskservs/containerd } | ignore; extension cache | select entries loads hits hit_ratio",
                result: Some(Value::test_record(record! {
                    "entries" => Value::test_int(1),
                    "loads" => Value::test_int(2),
                    "hits" => Value::test_int(1),
                    "hit_ratio" => Value::test_float(0.5),
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
        let span = call.head;
        let manager = context.memory()?;
        let metrics = manager.metrics();
        let count = |count: u64| Value::int(i64::try_from(count).unwrap_or(i64::MAX), span);
        let size = |size: usize| count(u64::try_from(size).unwrap_or(u64::MAX));
        Ok(Value::record(
            record! {
                "entries" => size(metrics.entries),
                "capacity" => size(metrics.capacity),
                "size" => filesize_value(u64::try_from(metrics.bytes).unwrap_or(u64::MAX), span),
                "loads" => count(metrics.loads),
                "hits" => count(metrics.hits),
                "misses" => count(metrics.misses),
                "hit_ratio" => Value::float(metrics.hit_ratio(), span),
                "failures" => count(metrics.failures),
                "evictions" => count(metrics.evictions),
                "time" => duration_value(metrics.time, span),
                "miss_time" => duration_value(metrics.miss_time, span),
                "kept_alive" => Value::bool(plugin.is_kept(), span),
                "audit_problem" => opt_string(manager.audit_problem(), span),
                "disk" => match manager.disk() {
                    Some(disk) => disk_value(&disk, &manager, span),
                    None => Value::nothing(span),
                },
            },
            span,
        )
        .into_pipeline_data())
    }
}

fn disk_value(disk: &DiskCache, manager: &ExtensionManager, span: Span) -> Value {
    let metrics = manager.metrics();
    let count = |count: u64| Value::int(i64::try_from(count).unwrap_or(i64::MAX), span);
    let usage = disk.usage();
    let problem = disk.distrust().or_else(|| manager.disk_problem());
    Value::record(
        record! {
            "directory" => path_value(&disk.directory(), span),
            "entries" => count(u64::try_from(usage.entries).unwrap_or(u64::MAX)),
            "size" => filesize_value(usage.bytes, span),
            "limit" => filesize_value(disk.limit(), span),
            "hits" => count(metrics.disk_hits),
            "misses" => count(metrics.disk_misses),
            "oldest" => usage.oldest.map_or_else(
                || Value::nothing(span),
                |oldest| date_value(oldest.into(), span),
            ),
            "problem" => opt_string(problem.map(|problem| problem.to_string()), span),
        },
        span,
    )
}
