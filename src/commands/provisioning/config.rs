use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Type, Value, record,
};

use crate::shell::{Context, Origin, Provisioning, SignatureExt as _, path_value};

/// `provisioning config`
pub(super) struct Config;

impl PluginCommand for Config {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning config"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name()).input_output_type(
            Type::Nothing,
            Type::Table(
                [
                    ("setting", Type::String),
                    ("value", Type::Any),
                    ("source", Type::String),
                    ("description", Type::String),
                ]
                .into(),
            ),
        )
    }

    fn description(&self) -> &str {
        "Show every setting, its value and where it comes from."
    }

    fn extra_description(&self) -> &str {
        "Settings are read from the environment, then from $env.config.plugins.provisioning, and have defaults."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["settings", "options", "directory"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Where settings come from",
                example: "$env.config.plugins.provisioning = {jobs: 4}; provisioning config | where setting == jobs | select value source",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "value" => Value::test_int(4),
                    "source" => Value::test_string("plugin config"),
                })])),
            },
            Example {
                description: "Use another registry for one command",
                example: "with-env {PROVISIONING_DATA_DIR: /tmp/other} { provisioning config | first | get source }",
                result: Some(Value::test_string("environment")),
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
        let span = context.head();
        let settings = context.settings();
        let row = |name: &str, value: Value, origin: Origin, description: &str| {
            Value::record(
                record! {
                    "setting" => Value::string(name, span),
                    "value" => value,
                    "source" => Value::string(origin.as_str(), span),
                    "description" => Value::string(description, span),
                },
                span,
            )
        };
        let paths = |paths: &[PathBuf]| {
            let paths = paths.iter().map(|path| path_value(path, span)).collect();
            Value::list(paths, span)
        };
        let data_dir = settings.data_dir()?;
        let extension_dirs = settings.extension_dirs()?;
        let jobs = settings.jobs()?;
        let import_paths = settings.nickel_import_paths()?;
        let isolation = settings.nickel_isolation()?;
        let memory = settings.nickel_memory()?;
        let packages = settings.nickel_packages()?;
        let timeout = settings.nickel_timeout()?;
        let rows = vec![
            row(
                "data_dir",
                path_value(&data_dir.value, span),
                data_dir.origin,
                "directory of the registry",
            ),
            row(
                "extension_dirs",
                paths(&extension_dirs.value),
                extension_dirs.origin,
                "where `extension discover` looks",
            ),
            row(
                "jobs",
                Value::int(i64::try_from(jobs.value).unwrap_or(i64::MAX), span),
                jobs.origin,
                "threads of a search; 0 for one for each processor",
            ),
            row(
                "nickel.import_paths",
                paths(&import_paths.value),
                import_paths.origin,
                "where Nickel imports are looked for besides the file's directory",
            ),
            row(
                "nickel.isolation",
                Value::string(isolation.value.as_str(), span),
                isolation.origin,
                "where Nickel runs: auto, worker or in-process",
            ),
            row(
                "nickel.memory",
                Value::filesize(i64::try_from(memory.value).unwrap_or(i64::MAX), span),
                memory.origin,
                "most memory of one Nickel evaluation",
            ),
            row(
                "nickel.packages",
                Value::record(
                    packages
                        .value
                        .iter()
                        .map(|(name, path)| (name.clone(), path_value(path, span)))
                        .collect(),
                    span,
                ),
                packages.origin,
                "directories of Nickel packages by name",
            ),
            row(
                "nickel.timeout",
                Value::duration(
                    i64::try_from(timeout.value.as_nanos()).unwrap_or(i64::MAX),
                    span,
                ),
                timeout.origin,
                "longest time of one Nickel evaluation",
            ),
        ];
        Ok(Value::list(rows, span).into_pipeline_data())
    }
}
