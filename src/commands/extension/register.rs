use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, ShellError, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::audit::{Entry, Operation};
use provisioning::diagnostic::Code;
use provisioning::extension::{Directory, ExtensionType, dependencies};
use provisioning::nickel::Evaluator;
use provisioning::registry::{Batch, Registered, Registration, RegistryError};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, date_value, findings_value, invalid, is_list,
    labeled, labeled_all, opt_string, path_value, requirements_value,
};

/// `extension register`
pub(super) struct Register;

fn columns() -> [(&'static str, Type); 9] {
    [
        ("name", Type::String),
        ("type", Type::String),
        ("version", Type::String),
        ("path", Type::String),
        ("registered_at", Type::Date),
        ("replaced", Type::Bool),
        ("dependencies", Type::table()),
        ("provides", Type::table()),
        ("warnings", Type::table()),
    ]
}

impl PluginCommand for Register {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension register"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "path",
                SyntaxShape::Directory,
                "Directory of the extension.",
            )
            .type_flag("Type of the extension, where its metadata do not say it.")
            .switch(
                "force",
                "Take the place of another directory that is registered as the same.",
                Some('f'),
            )
            .input_output_types(vec![
                (Type::Nothing, Type::Record(columns().into())),
                (Type::String, Type::Record(columns().into())),
                (
                    Type::List(Box::new(Type::String)),
                    Type::Table(columns().into()),
                ),
                (Type::table(), Type::Table(columns().into())),
                // With an argument any input will do, such as that of the body of `each`.
                (Type::Any, Type::Any),
            ])
    }

    fn description(&self) -> &str {
        "Register an extension by its directory."
    }

    fn extra_description(&self) -> &str {
        "Reads the metadata and refuses an extension whose metadata have errors; `extension validate` shows all of them. \
         Registering a directory again refreshes it. A bundle is registered with everything it provides, which the \
         column `provides` lists; with --type only what it provides of that type. `warnings` has what `extension validate` would warn of in the metadata. Paths can also come from the pipeline, one row comes out for each, and all are registered or none."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["add", "install", "provider", "taskserv", "cluster"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Register one extension",
                example: "extension register extensions/taskservs/containerd | select name type version replaced",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "type" => Value::test_string("taskserv"),
                    "version" => Value::test_string("1.7.0"),
                    "replaced" => Value::test_bool(false),
                })),
            },
            Example {
                description: "Register everything that is found",
                example: "extension discover | where error == null | get path | uniq | sort | extension register | get name",
                result: Some(Value::test_list(
                    [
                        "custom-cloud",
                        "buildkit",
                        "cache-stack",
                        "local",
                        "buildkit",
                        "containerd",
                        "docker-registry",
                        "legacy-etcd",
                        "nginx",
                        "redis",
                        "registry",
                    ]
                    .into_iter()
                    .map(Value::test_string)
                    .collect(),
                )),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let kind = context.kind_flag()?;
        let force = call.has_flag("force")?;
        let argument: Option<Spanned<String>> = call.opt(0)?;
        let single = argument.is_some() || !is_list(&input);
        let paths = context.paths(argument.into_iter().collect(), input)?;
        if paths.is_empty() && single {
            return Err(invalid("no path was given", "which directory?", call.head)
                .with_help("extension register extensions/taskservs/containerd"));
        }
        let settings = context.settings();
        let data_dir = settings.data_dir()?.value;
        let log = context.log(&settings)?;
        let nickel = Nickel::new(&context)?;
        let directories =
            open_all(&context, nickel.evaluator(), &paths, kind.as_ref()).map_err(|refused| {
                // Why it was refused matters more than that it cannot be written down; and no registry is made for it.
                let _ = plugin.with_existing_registry(&data_dir, |registry| {
                    registry.audited_by(log.clone()).record(&refused.entries)
                });
                refused.error
            })?;
        engine.signals().check(&call.head)?;
        let batches: Vec<Batch<'_>> = directories
            .iter()
            .map(|(directory, took)| Batch {
                extensions: &directory.extensions,
                took: *took,
                only: kind
                    .as_ref()
                    .filter(|_| directory.is_bundle())
                    .map(|kind| kind.item),
            })
            .collect();
        let registrations = plugin
            .with_registry(&data_dir, |registry| {
                registry.audited_by(log.clone()).register(&batches, force)
            })
            .map_err(|error| {
                let at = match &error {
                    RegistryError::Taken { refused, .. } => directories
                        .iter()
                        .position(|(directory, _)| directory.path == *refused),
                    _ => None,
                };
                let span = at
                    .and_then(|at| paths.get(at))
                    .map_or(call.head, |path| path.span);
                labeled(&error, "this extension", span)
            })?;
        let mut rows: Vec<Value> = directories
            .iter()
            .zip(&registrations)
            .map(|((directory, _), registration)| row(directory, registration, call.head))
            .collect();
        let value = match (single, rows.len()) {
            (true, 1) => rows.remove(0),
            _ => Value::list(rows, call.head),
        };
        Ok(value.into_pipeline_data())
    }
}

/// Why nothing is registered, and what is written down about it.
struct Refused {
    error: LabeledError,
    entries: Vec<Entry>,
}

/// Looks at every directory before anything is written, so that all is registered or nothing. Returns how long each took.
fn open_all(
    context: &Context<'_>,
    evaluator: &Evaluator,
    paths: &[Spanned<PathBuf>],
    kind: Option<&Spanned<ExtensionType>>,
) -> Result<Vec<(Directory, Duration)>, Refused> {
    let interrupted = || Refused {
        error: ShellError::Interrupted {
            span: context.head(),
        }
        .into(),
        entries: Vec::new(),
    };
    let mut directories = Vec::with_capacity(paths.len());
    let mut refused: Vec<LabeledError> = Vec::new();
    let mut entries = Vec::new();
    for path in paths {
        if context.engine.signals().interrupted() {
            return Err(interrupted());
        }
        let start = Instant::now();
        match open(evaluator, path, kind) {
            Ok(directory) => directories.push((directory, start.elapsed())),
            Err(Refusal::Interrupted) => return Err(interrupted()),
            Err(Refusal::Invalid(error)) => {
                let code = error.code.as_deref().and_then(Code::from_text);
                entries.push(
                    Entry::new(Operation::Register)
                        .failed(code.unwrap_or(Code::RegistryInvalid))
                        .took(start.elapsed())
                        .detail(&path.item.to_string_lossy()),
                );
                refused.push(*error);
            }
        }
    }
    let error = match refused.len() {
        0 => return Ok(directories),
        1 => refused.remove(0),
        count => {
            let mut error = LabeledError::new(format!(
                "{count} extensions cannot be registered, and none was"
            ))
            .with_code(Code::RegistryInvalid.as_str())
            .with_label("nothing was registered", context.head());
            error.inner.extend(
                refused
                    .into_iter()
                    .map(|error| ShellError::LabeledError(Box::new(error))),
            );
            error
        }
    };
    Err(Refused { error, entries })
}

/// Why a directory is not registered.
enum Refusal {
    Interrupted,
    Invalid(Box<LabeledError>),
}

fn open(
    evaluator: &Evaluator,
    path: &Spanned<PathBuf>,
    kind: Option<&Spanned<ExtensionType>>,
) -> Result<Directory, Refusal> {
    let invalid = |error: LabeledError| Refusal::Invalid(Box::new(error));
    let mut directory = Directory::open(&path.item, kind.map(|kind| kind.item))
        .map_err(|error| invalid(labeled(&error, "this path", path.span)))?;
    if !directory.is_usable() {
        let disagrees = directory
            .identity_findings
            .iter()
            .any(|finding| finding.code == Code::Conflict);
        let error = labeled_all(
            Code::RegistryInvalid,
            format!("`{}` cannot be registered", directory.path.display()),
            directory.findings().filter(|finding| finding.is_error()),
            "its metadata have errors",
            path.span,
        );
        return Err(invalid(match kind {
            Some(kind) if disagrees => {
                error.with_label(format!("taken for a {} here", kind.item), kind.span)
            }
            _ => error.with_help("see everything that is wrong with: extension validate PATH"),
        }));
    }
    let (needed, findings) =
        dependencies(&directory, evaluator).map_err(|_| Refusal::Interrupted)?;
    directory.reading.findings.extend(findings);
    for extension in &mut directory.extensions {
        extension.dependencies.clone_from(&needed);
    }
    Ok(directory)
}

/// The row of one directory; a bundle is described by its package.
fn row(directory: &Directory, registration: &Registration, span: Span) -> Value {
    let first = registration.rows.first();
    let text = |text: Option<String>| opt_string(text, span);
    let provides = registration
        .rows
        .iter()
        .filter(|row| row.package.is_some())
        .map(|row| provided(row, span))
        .collect();
    Value::record(
        record! {
            "name" => text(directory.reading.name.clone()),
            "type" => text(directory.kind().map(|kind| kind.to_string())),
            "version" => text(directory.reading.version.as_ref().map(ToString::to_string)),
            "path" => path_value(&directory.path, span),
            "registered_at" => first.map_or_else(|| Value::nothing(span), |row| date_value(row.registered_at, span)),
            "replaced" => Value::bool(registration.replaced, span),
            "dependencies" => requirements_value(first.map(|row| row.dependencies.as_slice()).unwrap_or_default(), span),
            "provides" => Value::list(provides, span),
            "warnings" => findings_value(directory.findings(), span),
        },
        span,
    )
}

fn provided(row: &Registered, span: Span) -> Value {
    Value::record(
        record! {
            "type" => Value::string(row.kind.as_str(), span),
            "name" => Value::string(&row.name, span),
            "version" => Value::string(row.version.to_string(), span),
        },
        span,
    )
}
