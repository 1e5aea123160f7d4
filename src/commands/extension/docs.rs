use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Completion, Example, Flag, IntoPipelineData as _, LabeledError, PipelineData, ShellError,
    Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::did_you_mean;
use provisioning::documentation::{
    Documentation, DocumentationError, Documented, OperationFacts, Page, Surroundings,
};
use provisioning::nushell::{Flag as DeclaredFlag, Parameter};

use super::asked::open;
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, fields_value, invalid, labeled, opt_string,
    path_value,
};

/// `extension docs`
pub(super) struct Docs;

/// The words of `--format`.
const FORMATS: [&str; 2] = ["markdown", "record"];

impl PluginCommand for Docs {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension docs"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "path",
                SyntaxShape::Directory,
                "Directory of the extension; the current one otherwise.",
            )
            .type_flag("Type of the extension, where its metadata do not tell.")
            .param(
                Flag::new("format")
                    .short('f')
                    .arg(SyntaxShape::String)
                    .desc("Return a text (markdown, the default) or data (record).")
                    .completion(Completion::new_list(&FORMATS)),
            )
            .switch(
                "check",
                "Raise an error, with the difference, when API.md is not up to date.",
                Some('c'),
            )
            .switch(
                "save",
                "Write API.md, and return {path, changed}.",
                Some('s'),
            )
            .switch(
                "force",
                "With --save, put the generated parts into an API.md that was written by hand.",
                None,
            )
            .input_output_type(Type::Nothing, Type::Any)
    }

    fn description(&self) -> &str {
        "Write the documentation of an extension from what its files say."
    }

    fn extra_description(&self) -> &str {
        "Six sections: Overview, Installation, Configuration, API Reference, Examples, Troubleshooting. They are made from the \
         metadata, the contract of the type, the signatures of the exported commands with their comments and @example, \
         and the fields of the schemas. What is generated stands between markers; what is written around them stays, and \
         without a change in the files not a byte differs. An extension with errors is not documented. Nothing of it is run."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["API.md", "documentation", "markdown", "reference"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "The sections of the documentation",
                example: "extension docs extensions/taskservs/containerd | lines | where $it starts-with '## '",
                result: Some(Value::test_list(
                    [
                        "## Overview",
                        "## Installation",
                        "## Configuration",
                        "## API Reference",
                        "## Examples",
                        "## Troubleshooting",
                    ]
                    .map(Value::test_string)
                    .to_vec(),
                )),
            },
            Example {
                description: "The same as data",
                example: "extension docs extensions/taskservs/containerd --format record | get extensions.0.operations | first 2 | get name",
                result: Some(Value::test_list(
                    ["install", "uninstall"].map(Value::test_string).to_vec(),
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
        let head = call.head;
        let is_record = is_record(call.get_flag("format")?)?;
        let given: Option<Spanned<String>> = call.opt(0)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let path = match &given {
            Some(given) => context.path(given)?,
            None => Spanned {
                item: PathBuf::from(context.directory()?),
                span: head,
            },
        };
        let shown = given.map_or_else(|| ".".to_owned(), |given| given.item);
        let directory = open(&path, &shown, kind)?;
        let nickel = Nickel::new(&context)?;
        let failed = |error: DocumentationError| match error {
            DocumentationError::Interrupted => ShellError::Interrupted { span: head }.into(),
            error => labeled(&error, "this extension", path.span),
        };
        let with = surroundings(&context, &nickel)?;
        let docs = Documentation::of(&directory, &with).map_err(failed)?;
        if is_record {
            return Ok(docs_value(&docs, head).into_pipeline_data());
        }
        let page = Page::of(&directory.path, &docs).map_err(failed)?;
        if call.has_flag("check")? {
            page.check().map_err(failed)?;
            return Ok(Value::nothing(head).into_pipeline_data());
        }
        if call.has_flag("save")? {
            let changed = page.save(call.has_flag("force")?).map_err(failed)?;
            let row = record! {
                "path" => path_value(&page.path, head),
                "changed" => Value::bool(changed, head),
            };
            return Ok(Value::record(row, head).into_pipeline_data());
        }
        Ok(Value::string(page.text, head).into_pipeline_data())
    }
}

fn is_record(given: Option<Spanned<String>>) -> Result<bool, LabeledError> {
    match given {
        None => Ok(false),
        Some(given) => match given.item.as_str() {
            "markdown" => Ok(false),
            "record" => Ok(true),
            other => Err(invalid(
                format!("`{other}` is not a format of documentation"),
                "not a format",
                given.span,
            )
            .with_help(
                did_you_mean(other, FORMATS)
                    .unwrap_or_else(|| format!("one of: {}", FORMATS.join(", "))),
            )),
        },
    }
}

/// Returns what documentation is made with.
pub(super) fn surroundings(
    context: &Context<'_>,
    nickel: &Nickel,
) -> Result<Surroundings, LabeledError> {
    let validator = context.validator(nickel)?;
    Ok(Surroundings {
        evaluator: validator.evaluator,
        inspector: validator.inspector,
        lib_dirs: validator.lib_dirs,
    })
}

fn docs_value(docs: &Documentation, span: Span) -> Value {
    let list = |values: Vec<Value>| Value::list(values, span);
    let texts = |all: &[String]| list(all.iter().map(|text| Value::string(text, span)).collect());
    let metadata = &docs.metadata;
    let schemas = docs.schemas.iter().map(|schema| {
        let row = record! {
            "file" => path_value(&schema.file, span),
            "fields" => fields_value(&schema.fields, span),
        };
        Value::record(row, span)
    });
    let row = record! {
        "name" => Value::string(&docs.name, span),
        "version" => Value::string(metadata.version.to_string(), span),
        "description" => opt_string(metadata.description.clone(), span),
        "extensions" => list(docs.extensions.iter().map(|it| documented_value(it, span)).collect()),
        "dependencies" => list(docs.dependencies.iter().map(|needed| super::info::dependency(needed, span)).collect()),
        "system_packages" => texts(&metadata.system_packages),
        "required_env" => texts(&metadata.required_env),
        "optional_env" => texts(&metadata.optional_env),
        "schemas" => list(schemas.collect()),
    };
    Value::record(row, span)
}

fn documented_value(it: &Documented, span: Span) -> Value {
    let operations = it.operations.iter().map(|it| operation_value(it, span));
    let row = record! {
        "type" => Value::string(it.extension.kind.as_str(), span),
        "name" => Value::string(&it.extension.name, span),
        "version" => Value::string(it.extension.version.to_string(), span),
        "module" => it.module.as_ref().map_or_else(|| Value::nothing(span), |module| path_value(module, span)),
        "operations" => Value::list(operations.collect(), span),
    };
    Value::record(row, span)
}

/// Returns an exported command as
/// `{name, description, required, parameters, flags, types, examples}`.
pub(super) fn operation_value(operation: &OperationFacts, span: Span) -> Value {
    let list = |values: Vec<Value>| Value::list(values, span);
    let text = |text: &str| opt_string(Some(text.to_owned()), span);
    let command = &operation.command;
    let parameter = |it: &Parameter, is_rest: bool| {
        let row = record! {
            "name" => text(&it.name),
            "type" => text(&it.kind),
            "required" => Value::bool(it.required, span),
            "rest" => Value::bool(is_rest, span),
            "default" => opt_string(it.default.clone(), span),
            "description" => text(&it.description),
        };
        Value::record(row, span)
    };
    let flag = |it: &DeclaredFlag| {
        let row = record! {
            "name" => text(&it.name),
            "short" => opt_string(it.short.map(String::from), span),
            "type" => opt_string(it.kind.clone(), span),
            "default" => opt_string(it.default.clone(), span),
            "description" => text(&it.description),
        };
        Value::record(row, span)
    };
    let parameters = command.parameters.iter().map(|it| parameter(it, false));
    let rest = command.rest.iter().map(|it| parameter(it, true));
    let types = command.types.iter().map(|(input, output)| {
        Value::record(
            record! { "input" => text(input), "output" => text(output) },
            span,
        )
    });
    let examples = operation.examples.iter().map(|it| {
        Value::record(
            record! { "description" => text(&it.description), "example" => text(&it.code) },
            span,
        )
    });
    let row = record! {
        "name" => text(&command.name),
        "description" => text(operation.description()),
        "required" => Value::bool(operation.is_required, span),
        "parameters" => list(parameters.chain(rest).collect()),
        "flags" => list(command.flags.iter().map(flag).collect()),
        "types" => list(types.collect()),
        "examples" => list(examples.collect()),
    };
    Value::record(row, span)
}
