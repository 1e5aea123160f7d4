use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, Type, Value,
    record,
};
use provisioning::configuration::Shown;

use crate::shell::{
    Candidate, Context, Provisioning, SignatureExt as _, Told, opt_string, path_value,
};

/// `provisioning config`
pub(super) struct Config;

impl PluginCommand for Config {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning config"
    }

    fn signature(&self) -> Signature {
        // With more columns, it is a table of this type still.
        let output = Type::Table(
            [
                ("setting", Type::String),
                ("value", Type::Any),
                ("source", Type::Any),
                ("description", Type::Any),
                ("error", Type::Any),
            ]
            .into(),
        );
        Signature::of(self.name())
            .switch(
                "explain",
                "add a column `candidates`: every source that was looked at, in order, and what it says",
                Some('e'),
            )
            .switch("strict", "Fail when one of them cannot be used, with everything that is wrong.", None)
            .input_output_type(Type::Nothing, output)
    }

    fn description(&self) -> &str {
        "Show every setting, its value and where it comes from."
    }

    fn extra_description(&self) -> &str {
        "The first source that says something wins: a flag of the command, the environment, $env.config.plugins.provisioning, \
         the TOML file that the setting `config_file` names, the default. With --explain each row has the sources that were \
         looked at, as a table {source, name, value, used}; `name` is the variable, the setting, or the place in the file. \
         A setting that cannot be used has no value, and `error` says why; with --strict it is an error."
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
                example: "with-env {PROVISIONING_DATA_DIR: /tmp/other} { provisioning config | where setting == data_dir | get 0.source }",
                result: Some(Value::test_string("environment")),
            },
            Example {
                description: "Why a setting is what it is",
                example: "with-env {PROVISIONING_JOBS: '2'} { provisioning config --explain | where setting == jobs | get 0.candidates }",
                result: Some(Value::test_list(
                    [
                        ("environment", Some("PROVISIONING_JOBS"), Some(2), true),
                        (
                            "plugin config",
                            Some("$env.config.plugins.provisioning.jobs"),
                            None,
                            false,
                        ),
                        ("default", None, Some(0), false),
                    ]
                    .map(|(source, name, value, used)| {
                        Value::test_record(record! {
                            "source" => Value::test_string(source),
                            "name" => name.map_or_else(Value::test_nothing, Value::test_string),
                            "value" => value.map_or_else(Value::test_nothing, Value::test_int),
                            "used" => Value::test_bool(used),
                        })
                    })
                    .to_vec(),
                )),
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
        let with_candidates = call.has_flag("explain")?;
        if call.has_flag("strict")? {
            context.settings().explained()?;
        }
        let rows = context.settings().told()?;
        let rows = rows.iter().map(|told| row(told, with_candidates, span));
        Ok(Value::list(rows.collect(), span).into_pipeline_data())
    }
}

fn row(told: &Told, with_candidates: bool, span: Span) -> Value {
    let none: &[Candidate] = &[];
    let (used, all) = match &told.explained {
        Some(explained) => (explained.used(), explained.candidates.as_slice()),
        None => (0, none),
    };
    let is_wrong = told.error.is_some();
    let candidate = all.get(used).filter(|_| !is_wrong);
    let (origin, error) = match &told.error {
        Some((origin, error)) => (*origin, Some(error.clone())),
        None => (candidate.map(|one| one.origin), None),
    };
    let mut row = record! {
        "setting" => Value::string(&told.name, span),
        "value" => said(candidate, span),
        "source" => opt_string(origin.map(|origin| origin.as_str().to_owned()), span),
        "description" => opt_string(told.about.map(str::to_owned), span),
        "error" => opt_string(error, span),
    };
    if with_candidates {
        let candidates = all.iter().enumerate();
        let candidates = candidates.map(|(index, one)| {
            Value::record(
                record! {
                    "source" => Value::string(one.origin.as_str(), span),
                    "name" => opt_string(one.name.clone(), span),
                    "value" => said(Some(one), span),
                    "used" => Value::bool(index == used && !is_wrong, span),
                },
                span,
            )
        });
        row.push("candidates", Value::list(candidates.collect(), span));
    }
    Value::record(row, span)
}

/// Returns what a source says.
fn said(candidate: Option<&Candidate>, span: Span) -> Value {
    let Some(value) = candidate.and_then(|one| one.value.as_ref()) else {
        return Value::nothing(span);
    };
    match value {
        Shown::Nothing => Value::nothing(span),
        Shown::Text(text) => Value::string(text, span),
        Shown::Whole(number) => Value::int(i64::try_from(*number).unwrap_or(i64::MAX), span),
        Shown::Flag(flag) => Value::bool(*flag, span),
        Shown::Size(bytes) => Value::filesize(i64::try_from(*bytes).unwrap_or(i64::MAX), span),
        Shown::Duration(duration) => {
            Value::duration(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX), span)
        }
        Shown::Path(path) | Shown::Program(path) => path_value(path, span),
        Shown::Paths(paths) => Value::list(
            paths.iter().map(|path| path_value(path, span)).collect(),
            span,
        ),
        Shown::Keys(keys) => Value::list(
            keys.iter().map(|key| Value::string(key, span)).collect(),
            span,
        ),
        Shown::NamedPaths(paths) => Value::record(
            paths
                .iter()
                .map(|(name, path)| (name.clone(), path_value(path, span)))
                .collect(),
            span,
        ),
        Shown::NamedTexts(texts) => Value::record(
            texts
                .iter()
                .map(|(name, text)| (name.clone(), Value::string(text, span)))
                .collect(),
            span,
        ),
    }
}
