use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, FromValue as _, LabeledError, ListStream, PipelineData, PipelineMetadata, Signature,
    Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::Code;
use provisioning::extension::{DEFAULT_DEPTH, Discovery, Extension, Found, discover};

use crate::shell::{
    Context, Provisioning, SignatureExt as _, fault_injection, invalid, labeled, opt_string,
    panic_error, path_value,
};

/// `extension discover`
pub(super) struct Discover;

/// Rows that may wait for the reader before the search does.
const BUFFER: usize = 64;

impl PluginCommand for Discover {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension discover"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .type_argument("Only extensions of this type.")
            .named(
                "root",
                SyntaxShape::OneOf(vec![
                    SyntaxShape::List(Box::new(SyntaxShape::Directory)),
                    SyntaxShape::Directory,
                ]),
                "Directory to search, or a list of them, in place of the setting `extension_dirs`.",
                Some('r'),
            )
            .named(
                "depth",
                SyntaxShape::Int,
                "How many levels below each root to search (default 6).",
                Some('d'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::Any),
                        ("name", Type::String),
                        ("version", Type::Any),
                        ("path", Type::String),
                        ("package", Type::Any),
                        ("registered", Type::Bool),
                        ("error", Type::Any),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Find extensions on disk; rows come as they are found."
    }

    fn extra_description(&self) -> &str {
        "Patterns of .gitignore, .ignore and .extignore are respected, hidden directories are left out, links are not \
         followed. A directory whose metadata cannot be used has a row with the reason in `error`. The order is that of \
         the search: sort the rows if it matters."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["find", "search", "scan", "available"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "The taskservs below a directory",
                example: "extension discover taskserv --root extensions/taskservs | select name version registered | sort-by name | first",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("buildkit"),
                    "version" => Value::test_string("0.12.0"),
                    "registered" => Value::test_bool(false),
                })),
            },
            Example {
                description: "What is not registered yet",
                example: "extension discover | where not registered | length",
                result: Some(Value::test_int(13)),
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
        let discovery = Discovery {
            kind: context.kind(call.opt(0)?)?.map(|kind| kind.item),
            roots: roots(&context)?,
            depth: depth(call)?,
            jobs: context.settings().jobs()?.value,
        };
        let registered = registered(&context)?;
        let (sender, receiver) = mpsc::sync_channel::<Result<Found, LabeledError>>(BUFFER);
        let name = self.name().to_owned();
        std::thread::Builder::new()
            .name("discover".to_owned())
            .spawn(move || {
                let search = AssertUnwindSafe(|| {
                    fault_injection("the search of extension discover");
                    // Ends when nobody reads any more.
                    discover(&discovery, &|found| sender.send(Ok(found)).is_ok());
                });
                // A stream that just ends would look complete.
                if let Err(panic) = catch_unwind(search) {
                    let _ = sender.send(Err(panic_error(&name, panic.as_ref(), span)));
                }
            })
            .map_err(|error| {
                LabeledError::new(format!("the search cannot start: {error}"))
                    .with_label("here", span)
            })?;
        let rows = receiver.into_iter().flat_map(move |found| match found {
            Ok(found) => rows(found, &registered, span),
            Err(error) => vec![Value::error(error.into(), span)],
        });
        let stream = ListStream::new(rows, span, engine.signals().clone());
        let metadata = PipelineMetadata::default().with_path_columns(vec!["path".to_owned()]);
        Ok(PipelineData::list_stream(stream, metadata))
    }
}

/// The given directories, which have to be there, or the configured ones, which need not.
fn roots(context: &Context<'_>) -> Result<Vec<PathBuf>, LabeledError> {
    let Some(value) = context.call.get_flag_value("root") else {
        return Ok(context.settings().extension_dirs()?.value);
    };
    let given: Vec<Spanned<String>> = match value {
        Value::List { vals, .. } => vals
            .into_owned()
            .into_iter()
            .map(Spanned::<String>::from_value)
            .collect::<Result<_, _>>()?,
        value => vec![Spanned::<String>::from_value(value)?],
    };
    given
        .iter()
        .map(|given| {
            let path = context.path(given)?;
            if path.item.is_dir() {
                Ok(path.item)
            } else {
                Err(
                    LabeledError::new(format!("`{}` is not a directory", path.item.display()))
                        .with_code(Code::InputPath.as_str())
                        .with_label("cannot be searched", given.span),
                )
            }
        })
        .collect()
}

fn depth(call: &EvaluatedCall) -> Result<usize, LabeledError> {
    let Some(given) = call.get_flag::<Spanned<i64>>("depth")? else {
        return Ok(DEFAULT_DEPTH);
    };
    usize::try_from(given.item)
        .map_err(|_| invalid("the depth is negative", "give 0 or more", given.span))
}

/// Type, name, version and path of everything that is registered.
type Known = HashSet<(String, String, String, PathBuf)>;

fn registered(context: &Context<'_>) -> Result<Known, LabeledError> {
    let directory = context.settings().data_dir()?.value;
    let rows = context
        .plugin
        .with_existing_registry(&directory, |registry| registry.list(None))
        .map_err(|error| labeled(&error, "reads the registry", context.head()))?
        .unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.kind.to_string(),
                row.name,
                row.version.to_string(),
                row.path,
            )
        })
        .collect())
}

fn rows(found: Found, registered: &Known, span: Span) -> Vec<Value> {
    if found.extensions.is_empty() {
        let name = found
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        return vec![Value::record(
            record! {
                "type" => Value::nothing(span),
                "name" => opt_string(name, span),
                "version" => Value::nothing(span),
                "path" => path_value(&found.path, span),
                "package" => Value::nothing(span),
                "registered" => Value::bool(false, span),
                "error" => opt_string(found.problem, span),
            },
            span,
        )];
    }
    found
        .extensions
        .into_iter()
        .map(|extension| row(extension, registered, span))
        .collect()
}

fn row(extension: Extension, registered: &Known, span: Span) -> Value {
    let key = (
        extension.kind.to_string(),
        extension.name,
        extension.version.to_string(),
        extension.path,
    );
    let is_registered = registered.contains(&key);
    let (kind, name, version, path) = key;
    Value::record(
        record! {
            "type" => Value::string(kind, span),
            "name" => Value::string(name, span),
            "version" => Value::string(version, span),
            "path" => path_value(&path, span),
            "package" => opt_string(extension.package, span),
            "registered" => Value::bool(is_registered, span),
            "error" => Value::nothing(span),
        },
        span,
    )
}
