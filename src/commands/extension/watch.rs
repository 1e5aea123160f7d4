use std::path::PathBuf;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, LabeledError, ListStream, PipelineData, ShellError, Signature,
    Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, safe_text};
use provisioning::extension::ExtensionType;
use provisioning::manager::watch::{DEFAULT_REST, WatchEvent, WatchOptions, Watched};
use provisioning::manager::{ExtensionManager, Wanted};
use provisioning::metadata::VersionRequest;

use crate::commands::names::{is_path, name_and_version};
use crate::shell::{
    Context, Provisioning, SignatureExt as _, complete_name_argument, date_value, finding_value,
    opt_string, path_value,
};

/// `extension watch`
pub(super) struct Watch;

impl PluginCommand for Watch {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension watch"
    }

    fn signature(&self) -> Signature {
        let columns = [
            ("event", Type::String),
            ("type", Type::String),
            ("name", Type::String),
            ("version", Type::Any),
            ("path", Type::String),
            ("changed", Type::List(Box::new(Type::String))),
            ("valid", Type::Bool),
            ("errors", Type::table()),
            ("duration", Type::Duration),
            ("time", Type::Date),
            ("detail", Type::Any),
        ];
        Signature::of(self.name())
            .rest(
                "name",
                SyntaxShape::String,
                "Names of extensions, also with a version as in kubernetes@1.28.0, or paths of their directories.",
            )
            .type_flag("Only extensions of this type.")
            .named(
                "poll",
                SyntaxShape::Duration,
                "Look at the files this often instead of being told of changes.",
                Some('p'),
            )
            .named(
                "debounce",
                SyntaxShape::Duration,
                "How long files have to rest before they are read (default: 100ms).",
                Some('d'),
            )
            .input_output_type(Type::Nothing, Type::Table(columns.into()))
    }

    fn description(&self) -> &str {
        "Load extensions again as their files change, and tell what has become of each."
    }

    fn extra_description(&self) -> &str {
        "Gives rows {event, type, name, version, path, changed, valid, errors, duration, time, detail} until Ctrl-C ends it. \
         Without names it watches everything that is loaded or, when nothing is, everything that is registered. The first row \
         of each extension has the event `watching`, the others are `changed`, `removed` or `added`, when it is there \
         again. `changed` names files that differ, at most 20, and `detail` says how many more. `valid` tells whether it is \
         loaded as it is on disk; if not, it is not loaded at all, and `errors` is a table of {code, message, file, line, \
         column, help}. `duration` is what loading took.\n\n\
         Contents are compared: a file that is only touched is no event, nor are changes of `.git`, of the lock file and of \
         what `[build] exclude` leaves out. Writing may go on for ten times --debounce before the files are read all the \
         same. The system tells of changes, and every three seconds the files are looked at besides, for what it does not \
         tell; where it cannot watch so many directories, they are looked at every 500ms, and `detail` says so. With --poll \
         they always are, as often as it says."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["hot", "reload", "follow", "notify", "changes"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Can an extension be loaded?",
                example: "extension watch extensions/taskservs/containerd | first | select event name valid",
                result: Some(Value::test_record(record! {
                    "event" => Value::test_string("watching"),
                    "name" => Value::test_string("containerd"),
                    "valid" => Value::test_bool(true),
                })),
            },
            Example {
                description: "Show what is wrong as one edits",
                example: "extension watch extensions/taskservs/containerd --poll 100ms | first | get errors | select code message line",
                result: Some(Value::test_list(Vec::new())),
            },
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
        _call: DynamicCompletionCall,
        arg_type: ArgType<'_>,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_argument(plugin, engine, &arg_type)
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let options = WatchOptions {
            poll: context.duration_flag("poll")?,
            rest: context.duration_flag("debounce")?.unwrap_or(DEFAULT_REST),
        };
        let given: Vec<Spanned<String>> = call.rest(0)?;
        let asked = given
            .iter()
            .map(|text| Asked::read(&context, text, kind))
            .collect::<Result<Vec<_>, _>>()?;
        let (manager, nickel) = context.manager()?;
        let watched = if asked.is_empty() {
            everything(&context, &manager, kind)?
        } else {
            all(&context, &manager, &asked)?
        };
        context.keep_alive()?;
        let head = call.head;
        let mut watch = manager.watch(watched, options);
        // Nushell asks for the next row as soon as it has one. When it wants no more of them, that shows with the next row.
        let rows = std::iter::from_fn(move || {
            let interrupt = &nickel.evaluator().limits().interrupt;
            let event = watch.next(&|| interrupt.is_triggered())?;
            Some(event_value(&event, head))
        });
        Ok(PipelineData::list_stream(
            ListStream::new(rows, head, engine.signals().clone()),
            None,
        ))
    }
}

/// An extension that the user names.
struct Asked {
    what: What,
    span: Span,
}

enum What {
    Named(Wanted),
    In(PathBuf, Option<ExtensionType>),
}

impl Asked {
    fn read(
        context: &Context<'_>,
        text: &Spanned<String>,
        kind: Option<ExtensionType>,
    ) -> Result<Self, LabeledError> {
        let span = text.span;
        if is_path(&text.item) {
            let what = What::In(context.path(text)?.item, kind);
            return Ok(Self { what, span });
        }
        let (name, version) = name_and_version(text, None)?;
        let what = What::Named(Wanted {
            kind,
            name,
            version: version.unwrap_or(VersionRequest::Latest),
        });
        Ok(Self { what, span })
    }
}

/// Returns every extension that is asked for, each once.
fn all(
    context: &Context<'_>,
    manager: &ExtensionManager,
    asked: &[Asked],
) -> Result<Vec<Watched>, LabeledError> {
    let mut watched = Vec::new();
    let mut failed = Vec::new();
    for one in asked {
        let found = match &one.what {
            What::Named(wanted) => manager.watchable_as(wanted),
            What::In(path, kind) => manager.watchable_in(path, *kind),
        };
        match found {
            Ok(found) => {
                for one in found {
                    if !watched.contains(&one) {
                        watched.push(one);
                    }
                }
            }
            Err(error) => failed.push((context.not_loaded(&error, one.span), one.span)),
        }
    }
    match failed.len() {
        0 => Ok(watched),
        1 => Err(failed.remove(0).0),
        count => {
            let all = LabeledError::new(format!("{count} extensions cannot be watched"))
                .with_code(Code::LoadFailed.as_str());
            Err(failed.into_iter().fold(all, |mut all, (error, span)| {
                all = all.with_label("this one", span);
                all.inner.push(ShellError::LabeledError(Box::new(error)));
                all
            }))
        }
    }
}

/// Returns everything that is watched without a name.
fn everything(
    context: &Context<'_>,
    manager: &ExtensionManager,
    kind: Option<ExtensionType>,
) -> Result<Vec<Watched>, LabeledError> {
    let span = context.head();
    let watched = manager
        .watchable(kind)
        .map_err(|error| context.not_loaded(&error, span))?;
    if watched.is_empty() {
        let what = kind.map_or("extension".to_owned(), |kind| kind.to_string());
        return Err(
            LabeledError::new(format!("no {what} is loaded, and none is registered"))
                .with_code(Code::LoadNotFound.as_str())
                .with_label("which one is to be watched?", span)
                .with_help("give its name or its directory: extension watch ./containerd"),
        );
    }
    Ok(watched)
}

/// Returns an event as a row.
fn event_value(event: &WatchEvent, span: Span) -> Value {
    let changed = event
        .changed
        .iter()
        .map(|path| Value::string(safe_text(path), span))
        .collect();
    let errors = event
        .errors
        .iter()
        .map(|finding| finding_value(finding, span))
        .collect();
    let duration = i64::try_from(event.duration.as_nanos()).unwrap_or(i64::MAX);
    Value::record(
        record! {
            "event" => Value::string(event.event.as_str(), span),
            "type" => Value::string(event.kind.as_str(), span),
            "name" => Value::string(&event.name, span),
            "version" => opt_string(event.version.clone(), span),
            "path" => path_value(&event.path, span),
            "changed" => Value::list(changed, span),
            "valid" => Value::bool(event.valid, span),
            "errors" => Value::list(errors, span),
            "duration" => Value::duration(duration, span),
            "time" => date_value(event.time, span),
            "detail" => opt_string(event.detail.clone(), span),
        },
        span,
    )
}
