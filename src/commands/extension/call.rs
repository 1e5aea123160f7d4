use std::io::Write as _;
use std::path::PathBuf;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, ListStream, PipelineData,
    Record as Fields, Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::calling::{Request, Running, Setup, Step, Word, prepare};

use super::call_errors::not_called;
use super::call_record::Record;
use crate::commands::target::{Target, load_all};
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, complete_name_argument,
    complete_operation_argument, duration_value, invalid, real_span,
};

/// The flags of the command itself, for suggestions.
const OWN_FLAGS: [&str; 6] = ["check", "env", "events", "timeout", "type", "version"];

/// `extension call`
pub(super) struct Call;

impl PluginCommand for Call {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension call"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required(
                "name",
                SyntaxShape::String,
                "Name of an extension, also with a version as in kubernetes@1.28.0, or the path of its directory.",
            )
            .required("operation", SyntaxShape::String, "The operation.")
            .rest(
                "arguments",
                SyntaxShape::Any,
                "Arguments of the operation, and its flags; those that are named like flags of this command stand behind `--`.",
            )
            .type_flag("Type of the extension, where several have the name.")
            .version_flag(
                "This version, or the highest in this range; the highest of all otherwise.",
            )
            .switch(
                "check",
                "Change nothing: the operation is called with its own --check, and has to have one.",
                Some('c'),
            )
            .named(
                "timeout",
                SyntaxShape::Duration,
                "Longest time (default: the setting `runner.timeout`).",
                None,
            )
            .named(
                "env",
                SyntaxShape::Record(vec![].into()),
                "Variables that the operation sees, for this call.",
                Some('e'),
            )
            .switch(
                "events",
                "Give what the operation tells as rows, and what it returns in the last one.",
                None,
            )
            // Flags of the operation.
            .allows_unknown_args()
            .input_output_types(vec![(Type::Nothing, Type::Any), (Type::Any, Type::Any)])
    }

    fn description(&self) -> &str {
        "Run an operation of an extension, and return what it returns."
    }

    fn extra_description(&self) -> &str {
        "The extension is loaded, and the arguments are held against the signature of the operation before anything runs: `extension \
         load NAME | get operations` shows it. Flags of the operation stand where they stand in Nushell: \
         `extension call containerd upgrade 1.7.0 --archive ./x.tar.gz`. Those that this command has too, such as --version, stand \
         behind `--`: `extension call containerd install {} -- --version 1.7.0`.\n\n\
         A parameter `config` is held against the contract of the extension, with everything that breaks it told, and defaults are \
         filled in. It is the contract that the comment beside the parameter names, as in `# See ServerConfig in \
         schemas/settings.ncl`; otherwise ServerConfig for create-server, ServiceConfig for the operations of taskservs, \
         ClusterInput for those of clusters, where there is one. For configure, uninstall and delete, which change what they are \
         told and leave the rest, no defaults are filled in.\n\n\
         The operation runs in a Nushell of its own, in the directory of the shell, and is ended with everything that it has \
         started when it takes too long or the call is interrupted. It sees PATH, HOME, the user, language and time zone, and \
         what the metadata name in required_env and optional_env, and for the fields in [authentication] required_fields the \
         variables that are called as extension and field: CUSTOM_CLOUD_API_KEY for api_key of custom-cloud. What it prints and \
         logs goes to standard error as it comes; with --events it comes as rows {time, event, level, message, value, duration}. \
         Values of secrets are replaced by stars there, in errors and in `provisioning audit`.\n\n\
         When the operation ends well, a service that it has started in a session of its own (`setsid`, systemd) goes on; what \
         else it has left behind is ended, and an error."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["run", "operation", "install", "create", "status", "invoke"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let example = |description, example, result| Example {
            description,
            example,
            result: Some(result),
        };
        vec![
            example(
                "How a service is",
                "extension register extensions/taskservs/containerd | ignore; extension call containerd status | select service installed",
                Value::test_record(record! {
                    "service" => Value::test_string("containerd"),
                    "installed" => Value::test_bool(false),
                }),
            ),
            example(
                "What an operation would do, with a flag of its own that this command has too",
                "extension call extensions/taskservs/containerd install {log_level: debug} --check -- --version 1.6.20 | select action version settings.log_level",
                Value::test_record(record! {
                    "action" => Value::test_string("install"),
                    "version" => Value::test_string("1.6.20"),
                    "settings.log_level" => Value::test_string("debug"),
                }),
            ),
            example(
                "What an operation tells, as rows",
                "extension call extensions/providers/local list-servers --events | get event",
                Value::test_list(vec![Value::test_string("result")]),
            ),
        ]
    }

    #[expect(
        deprecated,
        reason = "the marker says that this may change with Nushell, which is pinned"
    )]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: DynamicCompletionCall,
        arg_type: ArgType<'_>,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_argument(plugin, engine, &arg_type)
            .or_else(|| complete_operation_argument(plugin, engine, &call, &arg_type))
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
        let operation: Spanned<String> = call.req(1)?;
        let words = words(&context, call.rest(2)?);
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let version = context.version_flag()?;
        let timeout = context.runner_timeout()?;
        let given_variables = given_variables(call)?;
        let has_events = call.has_flag("events")?;
        let target = Target::read(&context, &name, kind, version.as_ref())?;
        let version = version.map(|version| version.span);
        let Some(extension) = load_all(&context, &[target], None, version)?.pop() else {
            return Err(LabeledError::new("nothing was loaded"));
        };
        let nickel = Nickel::new(&context)?;
        let head = call.head;
        let failed = |record: &mut Record, error| {
            record.end(Some(&error));
            not_called(error, operation.span, head)
        };
        let mut record = Record::begin(&context, &extension, &operation.item)?;
        let prepared = prepare(Request {
            extension: &extension,
            operation: Spanned {
                item: operation.item.as_str(),
                span: operation.span,
            },
            words,
            check: flag_span(call, "check")?,
            own_flags: &OWN_FLAGS,
            variables: &|name| context.variable(name),
            given_variables,
            evaluator: nickel.evaluator(),
        });
        let prepared = prepared.map_err(|error| failed(&mut record, error))?;
        let running = prepared.start(Setup {
            runner: context.runner()?,
            directory: PathBuf::from(context.directory()?),
            timeout,
            lib_dirs: context.module_directories()?,
            plugin: std::env::current_exe().ok().filter(|path| path.is_file()),
            data_dir: context.settings().data_dir()?.value,
            interrupt: nickel.evaluator().limits().interrupt.clone(),
            span: head,
        });
        let mut running = running.map_err(|error| failed(&mut record, error))?;
        if has_events {
            let events = Events {
                running,
                record,
                _nickel: nickel,
                operation: operation.span,
                head,
            };
            let signals = engine.signals().clone();
            return Ok(ListStream::new(events, head, signals).into());
        }
        while let Some(step) = running.next_step() {
            match step {
                Step::Log(line) | Step::Output(line) => {
                    // Nobody may be there to read it.
                    let _ = writeln!(std::io::stderr().lock(), "{line}");
                }
                Step::Ended(Ok(value)) => {
                    record.end(None);
                    return Ok(value.into_pipeline_data());
                }
                Step::Ended(Err(error)) => return Err(failed(&mut record, *error)),
            }
        }
        Err(LabeledError::new("the operation has no end"))
    }
}

/// Returns the arguments of the operation. What is a flag is told by what was written: a text that begins with a dash is none.
fn words(context: &Context<'_>, values: Vec<Value>) -> Vec<Word> {
    let written = |value: &Value| {
        let span = real_span(value.span(), Span::unknown());
        if span == Span::unknown() {
            return None;
        }
        let bytes = context.engine.get_span_contents(span).ok()?;
        String::from_utf8(bytes).ok()
    };
    let mut words = Vec::with_capacity(values.len());
    let mut is_separated = false;
    for value in values {
        let word = match &value {
            Value::String { val, .. } if val.starts_with('-') && val.len() > 1 => {
                let is_flag = written(&value).is_some_and(|text| text.starts_with('-'));
                if is_flag && val == "--" && !is_separated {
                    is_separated = true;
                    continue;
                }
                Word {
                    value,
                    text: None,
                    is_flag,
                }
            }
            // A version such as 1.7 looks like a number.
            Value::Int { .. }
            | Value::Float { .. }
            | Value::Filesize { .. }
            | Value::Duration { .. }
            | Value::Date { .. }
            | Value::Bool { .. } => {
                let text = written(&value);
                let text = text.filter(|text| !text.starts_with(['$', '(', '"', '\'']));
                Word {
                    value,
                    text,
                    is_flag: false,
                }
            }
            _ => Word {
                value,
                text: None,
                is_flag: false,
            },
        };
        words.push(word);
    }
    words
}

fn flag_span(call: &EvaluatedCall, name: &str) -> Result<Option<Span>, LabeledError> {
    if !call.has_flag(name)? {
        return Ok(None);
    }
    let mut named = call.named.iter();
    let found = named.find(|(known, _)| known.item == name);
    Ok(found.map(|(known, _)| real_span(known.span, call.head)))
}

/// Reads `--env`.
fn given_variables(call: &EvaluatedCall) -> Result<Vec<(String, String)>, LabeledError> {
    let Some(given) = call.get_flag_value("env") else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for (name, value) in given.as_record()? {
        let span = real_span(value.span(), given.span());
        if name.is_empty() || name.contains(['=', '\0']) {
            let message = "--env has a name that no variable can have";
            return Err(invalid(message, "the value of it", span)
                .with_help("give a record such as {API_URL: 'https://example.com'}"));
        }
        let text = match value {
            Value::List { .. }
            | Value::Record { .. }
            | Value::Closure { .. }
            | Value::Nothing { .. } => None,
            value => value.coerce_string().ok(),
        };
        match text.filter(|text| !text.contains('\0')) {
            Some(text) => all.push((name.clone(), text)),
            None => {
                let message = format!("`{name}` in --env is {}", value.get_type());
                return Err(invalid(message, "a variable is a text", span));
            }
        }
    }
    Ok(all)
}

/// The rows of `--events`.
struct Events {
    running: Running,
    record: Record,
    _nickel: Nickel,
    operation: Span,
    head: Span,
}

impl Iterator for Events {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let head = self.head;
        let nothing = || Value::nothing(head);
        let text = |text: &str| Value::string(text, head);
        let row = |event: &str, level: Option<&str>, message: Value, value: Value, took: Value| {
            let mut row = Fields::new();
            row.push(
                "time",
                Value::date(chrono::Local::now().fixed_offset(), head),
            );
            row.push("event", text(event));
            row.push("level", level.map_or_else(nothing, text));
            row.push("message", message);
            row.push("value", value);
            row.push("duration", took);
            Value::record(row, head)
        };
        Some(match self.running.next_step()? {
            Step::Log(line) => {
                let (level, message) = level_of(&line);
                row("log", level, text(message), nothing(), nothing())
            }
            Step::Output(line) => row("output", None, text(&line), nothing(), nothing()),
            Step::Ended(Ok(value)) => {
                self.record.end(None);
                let took = duration_value(self.running.elapsed(), head);
                row("result", None, nothing(), value, took)
            }
            Step::Ended(Err(error)) => {
                self.record.end(Some(&error));
                Value::error(not_called(*error, self.operation, head).into(), head)
            }
        })
    }
}

/// Splits a line as `std/log` writes it: time, level and message.
fn level_of(line: &str) -> (Option<&'static str>, &str) {
    let mut parts = line.splitn(3, '|');
    let (Some(_), Some(level), Some(message)) = (parts.next(), parts.next(), parts.next()) else {
        return (None, line);
    };
    let level = match level.trim() {
        "CRT" | "CRITICAL" => "critical",
        "ERR" | "ERROR" => "error",
        "WRN" | "WARNING" => "warning",
        "INF" | "INFO" => "info",
        "DBG" | "DEBUG" => "debug",
        _ => return (None, line),
    };
    (Some(level), message)
}

#[cfg(test)]
mod tests {
    use super::level_of;

    #[test]
    fn lines_of_the_log_have_a_level() {
        assert_eq!(
            level_of("2026-01-31T10:00:00.000|INF|Installing a|b"),
            (Some("info"), "Installing a|b")
        );
        assert_eq!(level_of("a|b|c"), (None, "a|b|c"));
        assert_eq!(level_of("plain"), (None, "plain"));
    }
}
