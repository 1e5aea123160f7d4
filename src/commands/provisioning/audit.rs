use std::collections::VecDeque;
use std::path::PathBuf;

use ::provisioning::audit::{
    BrokenChain, Filter, Operation, Record, SEALED, Verification, first_of_last, page, verify,
};
use ::provisioning::diagnostic::did_you_mean;
use ::provisioning::registry::{KeptRegistry, RegistryError};
use ::provisioning::store;
use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    Completion, DynamicSuggestion, Example, Flag, IntoPipelineData as _, LabeledError, ListStream,
    PipelineData, PipelineMetadata, ShellError, Signature, Span, Spanned, SyntaxShape, Type, Value,
    record,
};

use crate::shell::{
    Context, Provisioning, SignatureExt as _, complete_name_flag, invalid, labeled, opt_date,
    opt_string,
};

/// How many records are read at a time.
const PAGE: usize = 500;

/// What is seen first in a narrow terminal.
const IMPORTANT: [&str; 6] = [
    "time",
    "user",
    "operation",
    "extension",
    "version",
    "outcome",
];

/// The words of `--operation`.
const OPERATIONS: [&str; Operation::ALL.len() + 1] = {
    let mut words = [SEALED; Operation::ALL.len() + 1];
    let mut at = 0;
    while at < Operation::ALL.len() {
        words[at] = Operation::ALL[at].as_str();
        at += 1;
    }
    words
};

/// `provisioning audit`
pub(super) struct Audit;

impl PluginCommand for Audit {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning audit"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .named(
                "since",
                SyntaxShape::OneOf(vec![SyntaxShape::Duration, SyntaxShape::DateTime]),
                "Only what was done since then, or in so much time until now.",
                Some('s'),
            )
            .param(
                Flag::new("operation")
                    .short('o')
                    .arg(SyntaxShape::String)
                    .desc("Only this operation.")
                    .completion(Completion::new_list(&OPERATIONS)),
            )
            .named(
                "extension",
                SyntaxShape::String,
                "Only what was done to extensions of this name.",
                Some('e'),
            )
            .named("last", SyntaxShape::Int, "Only the last ones, so many.", Some('l'))
            .switch(
                "verify",
                "Look at every record, and say whether one of them was changed, removed or exchanged.",
                None,
            )
            .switch(
                "strict",
                "With --verify, fail when one was.",
                None,
            )
            .input_output_types(vec![
                (Type::Nothing, rows()),
                // With --verify.
                (Type::Nothing, verification()),
            ])
    }

    fn description(&self) -> &str {
        "List what was done to extensions, by whom and how it went."
    }

    fn extra_description(&self) -> &str {
        "The oldest comes first. `outcome` is ok, or the code of the error. `pid` is the process of the shell. What happens often is \
         not written down each time: `count` says how often it was done. Texts that look like keys or tokens are not kept. There \
         is a limit to how many records are kept; when there are more, the oldest give way to one whose operation is `sealed`, \
         and which says what they were. Each record holds a hash over itself and the hash of the one before it, which --verify \
         goes after: it returns one record with `valid`, and in `broken` the first place where something is wrong. That tells of \
         changes by programs and people who do not know of it; whoever may write the file can write other hashes as well."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["log", "history", "who", "security", "tamper"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What was done in the last hour?",
                example: "extension register extensions/taskservs/containerd | ignore; provisioning audit --since 1hr | select operation type extension version outcome",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "operation" => Value::test_string("register"),
                    "type" => Value::test_string("taskserv"),
                    "extension" => Value::test_string("containerd"),
                    "version" => Value::test_string("1.7.0"),
                    "outcome" => Value::test_string("ok"),
                })])),
            },
            Example {
                description: "Is it as it was written?",
                example: "extension register extensions/taskservs/containerd | ignore; provisioning audit --verify | select valid rows broken",
                result: Some(Value::test_record(record! {
                    "valid" => Value::test_bool(true),
                    "rows" => Value::test_int(1),
                    "broken" => Value::test_nothing(),
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
        let directory = context.settings().data_dir()?.value;
        let is_strict = call.has_flag("strict")?;
        if call.has_flag("verify")? {
            for other in ["since", "operation", "extension", "last"] {
                if let Some(given) = call.get_flag_value(other) {
                    return Err(invalid(
                        format!("--verify looks at every record, so --{other} cannot be given"),
                        "leave one of them away",
                        given.span(),
                    ));
                }
            }
            return verified(&context, directory, is_strict);
        }
        if is_strict {
            return Err(invalid(
                "--strict is about what --verify finds",
                "needs --verify",
                call.head,
            ));
        }
        let filter = Filter {
            since: context.since_flag()?,
            operation: operation(call)?,
            name: call.get_flag("extension")?,
        };
        let reader = Reader::new(plugin.registry(), directory, filter, last(call)?)
            .map_err(|error| labeled(&error, "reads the registry", call.head))?;
        let head = call.head;
        let rows = reader.map(move |record| match record {
            Ok(record) => row(record, head),
            Err(error) => Value::error(
                ShellError::from(labeled(&error, "reads the registry", head)),
                head,
            ),
        });
        let stream = ListStream::new(rows, head, engine.signals().clone());
        let metadata =
            PipelineMetadata::default().with_table_width_priority_columns(head, IMPORTANT);
        Ok(PipelineData::list_stream(stream, metadata))
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_flag(plugin, engine, &argument, "extension")
    }
}

fn rows() -> Type {
    Type::Table(
        [
            ("id", Type::Int),
            ("time", Type::Date),
            ("user", Type::String),
            ("host", Type::String),
            ("pid", Type::Int),
            ("operation", Type::String),
            ("type", Type::Any),
            ("extension", Type::Any),
            ("version", Type::Any),
            ("digest", Type::Any),
            ("outcome", Type::String),
            ("duration", Type::Duration),
            ("count", Type::Int),
            ("detail", Type::Any),
            ("hash", Type::String),
        ]
        .into(),
    )
}

fn verification() -> Type {
    Type::Record(
        [
            ("valid", Type::Bool),
            ("rows", Type::Int),
            ("first", Type::Any),
            ("last", Type::Any),
            ("broken", Type::Any),
        ]
        .into(),
    )
}

fn operation(call: &EvaluatedCall) -> Result<Option<String>, LabeledError> {
    let Some(given) = call.get_flag::<Spanned<String>>("operation")? else {
        return Ok(None);
    };
    if OPERATIONS.contains(&given.item.as_str()) {
        return Ok(Some(given.item));
    }
    let help = did_you_mean(&given.item, OPERATIONS)
        .unwrap_or_else(|| format!("one of: {}", OPERATIONS.join(", ")));
    Err(invalid(
        format!("`{}` is not an operation", given.item),
        "not an operation",
        given.span,
    )
    .with_help(help))
}

fn last(call: &EvaluatedCall) -> Result<Option<usize>, LabeledError> {
    let Some(given) = call.get_flag::<Spanned<i64>>("last")? else {
        return Ok(None);
    };
    let last = usize::try_from(given.item)
        .map_err(|_| invalid("--last is negative", "give 0 or more", given.span))?;
    Ok(Some(last))
}

/// The records that are wanted, read a few at a time: the database is free for others in between.
struct Reader {
    registry: KeptRegistry,
    directory: PathBuf,
    filter: Filter,
    after: i64,
    read: VecDeque<Record>,
    is_done: bool,
}

impl Reader {
    /// Begins. What is wrong with the database is told before the first row.
    fn new(
        registry: KeptRegistry,
        directory: PathBuf,
        filter: Filter,
        last: Option<usize>,
    ) -> Result<Self, RegistryError> {
        let mut reader = Self {
            registry,
            directory,
            filter,
            after: i64::MIN,
            read: VecDeque::new(),
            is_done: false,
        };
        if let Some(last) = last {
            let filter = &reader.filter;
            let after = reader
                .registry
                .with_existing(&reader.directory, |registry| {
                    Ok(first_of_last(registry.store(), filter, last)?)
                })?;
            reader.after = after.unwrap_or(i64::MIN);
        }
        reader.fill()?;
        Ok(reader)
    }

    fn fill(&mut self) -> Result<(), RegistryError> {
        let (filter, after) = (&self.filter, self.after);
        let found = self.registry.with_existing(&self.directory, |registry| {
            Ok(page(registry.store(), filter, after, PAGE)?)
        })?;
        self.read = found.unwrap_or_default().into();
        self.is_done = self.read.len() < PAGE;
        self.after = self.read.back().map_or(self.after, |record| record.id);
        Ok(())
    }
}

impl Iterator for Reader {
    type Item = Result<Record, RegistryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.is_empty()
            && !self.is_done
            && let Err(error) = self.fill()
        {
            self.is_done = true;
            return Some(Err(error));
        }
        self.read.pop_front().map(Ok)
    }
}

fn row(record: Record, span: Span) -> Value {
    let text = |text: String| opt_string(Some(text), span);
    let detail = record.detail_text();
    Value::record(
        record! {
            "id" => Value::int(record.id, span),
            "time" => opt_date(record.time, span),
            "user" => text(record.user),
            "host" => text(record.host),
            "pid" => Value::int(record.pid, span),
            "operation" => text(record.operation),
            "type" => opt_string(record.kind, span),
            "extension" => opt_string(record.name, span),
            "version" => opt_string(record.version, span),
            "digest" => opt_string(record.digest, span),
            "outcome" => text(record.outcome),
            "duration" => Value::duration(record.nanoseconds, span),
            "count" => Value::int(record.count, span),
            "detail" => opt_string(detail, span),
            "hash" => text(record.hash),
        },
        span,
    )
}

/// `--verify`.
fn verified(
    context: &Context<'_>,
    directory: PathBuf,
    is_strict: bool,
) -> Result<PipelineData, LabeledError> {
    let head = context.head();
    let signals = context.engine.signals();
    let stop = || signals.interrupted();
    let found = context
        .plugin
        .with_existing_registry(&directory, |registry| Ok(verify(registry.store(), &stop)?))
        .map_err(|error| labeled(&error, "reads the registry", head))?
        // Where there is no registry, nothing was done.
        .unwrap_or_else(|| Some(Verification::default()));
    let Some(found) = found else {
        return Err(ShellError::Interrupted { span: head }.into());
    };
    if let (true, Some(broken)) = (is_strict, &found.broken) {
        let error = BrokenChain {
            file: directory.join(store::FILE_NAME),
            broken: broken.clone(),
        };
        return Err(labeled(&error, "found by this", head));
    }
    let broken = match &found.broken {
        None => Value::nothing(head),
        Some(broken) => Value::record(
            record! {
                "id" => broken.id.map_or_else(|| Value::nothing(head), |id| Value::int(id, head)),
                "time" => opt_date(broken.time, head),
                "what" => Value::string(broken.fault.as_str(), head),
                "message" => Value::string(broken.to_string(), head),
            },
            head,
        ),
    };
    Ok(Value::record(
        record! {
            "valid" => Value::bool(found.is_valid(), head),
            "rows" => Value::int(i64::try_from(found.rows).unwrap_or(i64::MAX), head),
            "first" => opt_date(found.first, head),
            "last" => opt_date(found.last, head),
            "broken" => broken,
        },
        head,
    )
    .into_pipeline_data())
}
