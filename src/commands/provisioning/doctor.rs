use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, PipelineMetadata, ShellError, Signature, Span, Type,
    Value, record,
};
use provisioning::configuration::{Log, LogLevel};
use provisioning::diagnostic::Code;
use provisioning::doctor::{Row, Status, examine};
use provisioning::logging::Event;

use crate::shell::{Context, Provisioning, SignatureExt as _, opt_string};

/// `provisioning doctor`
pub(super) struct Doctor;

impl PluginCommand for Doctor {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning doctor"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .switch(
                "strict",
                "Raise an error when something does not work.",
                Some('s'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("check", Type::String),
                        ("status", Type::String),
                        ("detail", Type::String),
                        ("fix", Type::Any),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Check everything that loading rests on: Nushell, directories, the registry, caches, settings."
    }

    fn extra_description(&self) -> &str {
        "Always the same rows, whatever is wrong: `nushell` (the one that operations run with), `plugin` (against this shell, \
         and its workers), `data directory`, `cache directory`, `disk space`, `registry` (whole, and every directory that is \
         registered still there), `cache` (every entry), `audit` (its chain), `configuration` (settings, and the \
         directories in them), `logs`. `status` is ok, warning, or error where something does not work; `fix` is what to type \
         next, and null where nothing is wrong. Nothing is changed, and nothing of an extension is run."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["health", "diagnose", "troubleshoot", "check", "problem"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Is there anything to do?",
                example: "$env.config.plugins.provisioning.runner.nu = $nu.current-exe; provisioning doctor | where status == error",
                result: Some(Value::test_list(Vec::new())),
            },
            Example {
                description: "What to do about a Nushell that is not there",
                example: "$env.config.plugins.provisioning = {runner: {nu: /nowhere/nu}}; provisioning doctor | where check == nushell | first",
                result: Some(Value::test_record(record! {
                    "check" => Value::test_string("nushell"),
                    "status" => Value::test_string("error"),
                    "detail" => Value::test_string("there is no `/nowhere/nu`"),
                    "fix" => Value::test_string(
                        "$env.config.plugins.provisioning.runner.nu = $nu.current-exe",
                    ),
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
        let is_strict = call.has_flag("strict")?;
        let (subject, _guard) = context.subject()?;
        let rows = examine(&subject);
        engine.signals().check(&call.head)?;
        if let Some(log) = &subject.log {
            write(log, &rows);
        }
        let mut errors = rows.iter().filter(|row| row.status == Status::Error);
        if is_strict && errors.next().is_some() {
            return Err(failure(&rows, call.head));
        }
        let rows = rows.iter().map(|row| row_value(row, call.head)).collect();
        let metadata = PipelineMetadata::default()
            .with_table_width_priority_columns(call.head, ["check", "status", "fix"]);
        Ok(PipelineData::value(Value::list(rows, call.head), metadata))
    }
}

fn row_value(row: &Row, span: Span) -> Value {
    Value::record(
        record! {
            "check" => Value::string(row.check, span),
            "status" => Value::string(row.status.as_str(), span),
            "detail" => Value::string(&row.detail, span),
            "fix" => opt_string(row.fix.clone(), span),
        },
        span,
    )
}

/// Returns the error of `--strict`, with what does not work.
fn failure(rows: &[Row], head: Span) -> LabeledError {
    let errors = rows.iter().filter(|row| row.status == Status::Error);
    let errors: Vec<&Row> = errors.collect();
    let names: Vec<&str> = errors.iter().map(|row| row.check).collect();
    let mut error = LabeledError::new(format!("not in order: {}", names.join(", ")))
        .with_code(Code::DoctorFailed.as_str())
        .with_label("strict", head);
    for row in errors {
        let mut inner = LabeledError::new(format!("{}: {}", row.check, row.detail))
            .with_code(Code::DoctorFailed.as_str());
        inner.help.clone_from(&row.fix);
        error.inner.push(ShellError::LabeledError(Box::new(inner)));
    }
    error
}

/// Logs what is not in order.
fn write(log: &Log, rows: &[Row]) {
    let told: Vec<(LogLevel, String)> = rows
        .iter()
        .filter_map(|row| {
            let level = match row.status {
                Status::Ok => return None,
                Status::Warning => LogLevel::Warn,
                Status::Error => LogLevel::Error,
            };
            Some((level, format!("{}: {}", row.check, row.detail)))
        })
        .collect();
    let events: Vec<Event<'_>> = told
        .iter()
        .map(|(level, message)| Event {
            level: *level,
            code: Code::DoctorFailed.as_str(),
            message,
        })
        .collect();
    log.write(&events);
}
