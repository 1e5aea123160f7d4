use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, Type, Value, record,
};
use provisioning::diagnostic::{Code, Diagnostic};
use provisioning::documentation::{Documentation, DocumentationError};
use provisioning::extension::{Directory, Extension, Schema};
use provisioning::metadata::{Dependency, VersionRequest};
use provisioning::registry::{Registered, nothing_registered};

use super::docs::{operation_value, surroundings};
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, complete_name_argument, date_value,
    fields_value, findings_value, labeled, labeled_all, metadata_value, opt_string, path_value,
};

/// `extension info`
pub(super) struct Info;

impl PluginCommand for Info {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension info"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .name_argument()
            .type_flag("Type of the extension, where several have the name.")
            .version_flag(
                "This version, or the highest in this range; the highest of all otherwise.",
            )
            .input_output_type(
                Type::Nothing,
                Type::Record(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                        ("path", Type::String),
                        ("package", Type::Any),
                        ("layout", Type::String),
                        ("registered_at", Type::Date),
                        ("dependencies", Type::table()),
                        ("operations", Type::table()),
                        ("schemas", Type::table()),
                        ("metadata", Type::record()),
                        ("warnings", Type::table()),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Show everything that a registered extension says about itself."
    }

    fn extra_description(&self) -> &str {
        "The metadata are read from the extension's files, not from the registry, so that an edit is seen at once. Each \
         row of `dependencies` says in `source` where it is declared. `operations` has a row for each command that the extension exports, with its parameters, \
         flags and examples, as `extension docs --format record` has them. `schemas` has a row {file, fields} for each Nickel schema, with the fields as `nickel query` lists them. `warnings` says what is wrong with the metadata, and whether \
         the files are still what was registered."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["metadata", "describe", "show", "dependencies"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What a taskserv needs",
                example: "extension register extensions/taskservs/buildkit | ignore; extension info buildkit | get dependencies | select name version",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "version" => Value::test_string(">=1.6.0"),
                })])),
            },
            Example {
                description: "What its schemas define",
                example: "extension register extensions/providers/local | ignore; extension info local --type provider | get schemas | where file =~ contracts | get 0.fields.name",
                result: Some(Value::test_list(
                    ["Hostname", "PortRange", "Command", "FirewallRule"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
                )),
            },
            Example {
                description: "A value of its metadata",
                example: "extension register extensions/providers/local | ignore; extension info local --type provider | get metadata.capabilities.server_management",
                result: Some(Value::test_bool(true)),
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
        let name: Spanned<String> = call.req(0)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let version = context.version_flag()?;
        let request = version
            .as_ref()
            .map_or(VersionRequest::Latest, |version| version.item.clone());
        let data_dir = context.settings().data_dir()?.value;
        let at = version.map_or(name.span, |version| version.span);
        let row = plugin
            .with_existing_registry(&data_dir, |registry| {
                registry.find(&name.item, kind, &request)
            })
            .and_then(|found| found.ok_or_else(|| nothing_registered(&name.item)))
            .map_err(|error| {
                let about_version = matches!(
                    error,
                    provisioning::registry::RegistryError::NoSuchVersion { .. }
                );
                labeled(
                    &error,
                    if about_version {
                        "this version"
                    } else {
                        "this name"
                    },
                    if about_version { at } else { name.span },
                )
            })?;
        info(&context, &row, &name).map(Value::into_pipeline_data)
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
        complete_name_argument(plugin, engine, &argument)
    }
}

fn info(
    context: &Context<'_>,
    row: &Registered,
    name: &Spanned<String>,
) -> Result<Value, LabeledError> {
    let span = context.head();
    let gone = || {
        LabeledError::new(format!(
            "`{}` is registered from `{}`, where it no longer is",
            row.name,
            row.path.display()
        ))
        .with_code(Code::RegistryGone.as_str())
        .with_label("this extension", name.span)
        .with_help(format!(
            "forget it with: extension unregister {} --type {}",
            row.name, row.kind
        ))
    };
    let directory = Directory::open(&row.path, None).map_err(|_| gone())?;
    if directory.reading.files.is_empty() {
        return Err(gone());
    }
    let Some(metadata) = &directory.reading.metadata else {
        return Err(labeled_all(
            Code::RegistryInvalid,
            format!("the metadata of `{}` cannot be read", row.name),
            directory.findings().filter(|finding| finding.is_error()),
            "this extension",
            name.span,
        )
        .with_help(
            "correct the file; see everything that is wrong with: extension validate PATH",
        ));
    };
    let nickel = Nickel::new(context)?;
    let with = surroundings(context, &nickel)?;
    let docs = Documentation::of(&directory, &with).map_err(|error| match error {
        DocumentationError::Interrupted => nu_protocol::ShellError::Interrupted { span }.into(),
        error => labeled(&error, "this extension", name.span),
    })?;
    let of_this = docs.extensions.iter().filter(|it| {
        let extension = &it.extension;
        extension.kind == row.kind && extension.name == row.name
    });
    let operations = of_this.flat_map(|it| &it.operations);
    let stale = stale(row, &directory);
    let findings = stale
        .iter()
        .chain(directory.findings())
        .chain(&docs.findings);
    Ok(Value::record(
        record! {
            "type" => Value::string(row.kind.as_str(), span),
            "name" => Value::string(&row.name, span),
            "version" => Value::string(row.version.to_string(), span),
            "path" => path_value(&directory.path, span),
            "package" => opt_string(row.package.clone(), span),
            "layout" => Value::string(directory.layout.kind.as_str(), span),
            "registered_at" => date_value(row.registered_at, span),
            "dependencies" => Value::list(docs.dependencies.iter().map(|needed| dependency(needed, span)).collect(), span),
            "operations" => Value::list(operations.map(|it| operation_value(it, span)).collect(), span),
            "schemas" => Value::list(docs.schemas.iter().map(|schema| self::schema(&directory, schema, span)).collect(), span),
            "metadata" => metadata_value(&metadata.document, span),
            "warnings" => findings_value(findings, span),
        },
        span,
    ))
}

/// Says so when the files no longer are what was registered.
fn stale(row: &Registered, directory: &Directory) -> Option<Diagnostic> {
    let same = |extension: &Extension| {
        extension.kind == row.kind && extension.name == row.name && extension.version == row.version
    };
    if directory.extensions.iter().any(same) {
        return None;
    }
    let now: Vec<String> = directory
        .extensions
        .iter()
        .map(|extension| {
            format!(
                "{} `{}` {}",
                extension.kind, extension.name, extension.version
            )
        })
        .collect();
    Some(
        Diagnostic::warning(
            Code::RegistryStale,
            format!(
                "registered as {} `{}` {}, and the files say {}",
                row.kind,
                row.name,
                row.version,
                if now.is_empty() {
                    "nothing of the kind".to_owned()
                } else {
                    now.join(", ")
                }
            ),
        )
        .with_file(&row.path)
        .with_help("register the directory again"),
    )
}

fn schema(directory: &Directory, schema: &Schema, span: nu_protocol::Span) -> Value {
    Value::record(
        record! {
            "file" => path_value(&directory.path.join(&schema.file), span),
            "fields" => fields_value(&schema.fields, span),
        },
        span,
    )
}

/// Returns something that is needed as `{name, version, type, source}`.
pub(super) fn dependency(dependency: &Dependency, span: nu_protocol::Span) -> Value {
    Value::record(
        record! {
            "name" => Value::string(&dependency.name, span),
            "version" => Value::string(dependency.constraint.to_string(), span),
            "type" => opt_string(dependency.kind.map(|kind| kind.to_string()), span),
            "source" => Value::string(&dependency.origin, span),
        },
        span,
    )
}
