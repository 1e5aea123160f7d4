use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::safe_text;
use provisioning::manager::Available;

use super::{is_json, output_flag, written};
use crate::shell::{Context, Provisioning, SignatureExt as _, opt_string, path_value};

/// `provisioning module discover`
pub(super) struct Discover;

impl PluginCommand for Discover {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning module discover"
    }

    fn signature(&self) -> Signature {
        output_flag(
            Signature::of(self.name())
                .type_argument("Only extensions of this type.")
                .named(
                    "name",
                    SyntaxShape::String,
                    "Only extensions of this name.",
                    Some('n'),
                ),
        )
        // A table, or with --output json a text.
        .input_output_type(Type::Nothing, Type::Any)
    }

    fn description(&self) -> &str {
        "List what is registered or found, with what its metadata say."
    }

    fn extra_description(&self) -> &str {
        "Returns a table {type, name, version, description, author, repository, dependencies, path, package, registered, \
         loaded}, sorted, or that as a text with --output json. A name that nothing has is an error. `extension discover` \
         streams, and tells what cannot be used."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["extension", "find", "metadata", "available"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Which taskservs there are",
                example: "provisioning module discover taskserv | where author != null | select name version | first",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("buildkit"),
                    "version" => Value::test_string("0.12.0"),
                })),
            },
            Example {
                description: "The metadata of one, for a program that reads JSON",
                example: "provisioning module discover taskserv --name buildkit --output json | from json | get 0.dependencies",
                result: Some(Value::test_list(vec![Value::test_string("containerd")])),
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
        let is_json = is_json(&context)?;
        let kind = context.kind(call.opt(0)?)?.map(|kind| kind.item);
        let name: Option<Spanned<String>> = call.get_flag("name")?;
        let (manager, _nickel) = context.manager()?;
        let span = name.as_ref().map_or(call.head, |name| name.span);
        let rows = manager
            .available(kind, name.as_ref().map(|name| name.item.as_str()))
            .map_err(|error| context.not_loaded(&error, span))?
            .iter()
            .map(|one| row(one, call.head))
            .collect();
        written(Value::list(rows, call.head), is_json, call.head)
    }
}

fn row(available: &Available, span: Span) -> Value {
    let extension = &available.extension;
    let needs = extension
        .dependencies
        .iter()
        .map(|one| Value::string(safe_text(&one.name), span))
        .collect();
    Value::record(
        record! {
            "type" => Value::string(extension.kind.as_str(), span),
            "name" => Value::string(&extension.name, span),
            "version" => Value::string(extension.version.to_string(), span),
            "description" => opt_string(extension.description.clone(), span),
            "author" => opt_string(available.author.clone(), span),
            "repository" => opt_string(available.repository.clone(), span),
            "dependencies" => Value::list(needs, span),
            "path" => path_value(&extension.path, span),
            "package" => opt_string(extension.package.clone(), span),
            "registered" => Value::bool(available.is_registered, span),
            "loaded" => Value::bool(available.is_loaded, span),
        },
        span,
    )
}
