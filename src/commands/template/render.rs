use std::path::Path;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, ShellError, SignalAction,
    Signature, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, DataPath, Step};
use provisioning::nickel::{Interrupt, Program, is_readable_format};
use provisioning::store::{open_file, replace_file};
use provisioning::template::{Rendered, Root, TemplateError};
use provisioning::validation::masked_template;
use serde_json::Value as Data;

use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, filesize_value, invalid, labeled, path_value,
    real_span, span_at, to_text_data,
};

/// `template render`
pub(super) struct Render;

impl PluginCommand for Render {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "template render"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("file", SyntaxShape::Filepath, "The template.")
            .named(
                "data",
                SyntaxShape::OneOf(vec![SyntaxShape::Record([].into()), SyntaxShape::Filepath]),
                "The data: a record, or a Nickel, JSON, YAML or TOML file; without it, the record of the pipeline.",
                Some('d'),
            )
            .named(
                "output",
                SyntaxShape::Filepath,
                "Write the text to this file, as a whole or not at all, and return {path, size, changed}.",
                Some('o'),
            )
            .switch(
                "strict",
                "Raise an error also for data that the template does not use.",
                Some('s'),
            )
            .input_output_types(vec![
                (Type::Nothing, Type::Any),
                (Type::record(), Type::Any),
                (Type::Any, Type::Any),
            ])
    }

    fn description(&self) -> &str {
        "Render a template in Jinja's language with data."
    }

    fn extra_description(&self) -> &str {
        "A variable that is not defined is an error; `default(...)` and `is defined` deal with those that may be missing. A \
         template includes, imports and extends others of its `templates/` directory only, or of its own directory outside \
         of one, by their path in it. File sizes and durations become texts that Nushell reads as the same, such as 10GB \
         and 1hr 30min; dates RFC 3339; for numbers, convert them before: `into int`. The line break at the end of a \
         template stays. Rendering is limited: 10 seconds, 20 million steps, 512 MiB of memory, 32 MiB of output."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["jinja", "j2", "configuration", "format"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "The configuration of a taskserv",
                example: "{description: registry, command: /usr/bin/registry} | template render extensions/taskservs/registry/templates/service.j2 | lines | find --no-highlight ExecStart",
                result: Some(Value::test_list(vec![Value::test_string(
                    "ExecStart=/usr/bin/registry",
                )])),
            },
            Example {
                description: "A file, written only when it is another one",
                example: "'size = {{ size }}' | save -f /tmp/size.j2; template render /tmp/size.j2 --data {size: 1536KiB} --output /tmp/size.conf | ignore; open --raw /tmp/size.conf",
                result: Some(Value::test_string("size = 1536KiB")),
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
        let file: Spanned<String> = call.req(0)?;
        let path = context.path(&file)?;
        let output: Option<Spanned<String>> = call.get_flag("output")?;
        let output = output.map(|output| context.path(&output)).transpose()?;
        let given = Given::of(&context, input)?;
        let (root, name) = Root::of(&path.item, masked_template).map_err(|error| {
            let error = TemplateError::Unreadable {
                path: path.item.clone(),
                reason: error.to_string(),
            };
            labeled(&error, "this file", path.span)
        })?;
        let interrupt = Interrupt::default();
        let raised = interrupt.clone();
        let _guard = engine.register_signal_handler(Box::new(move |action| {
            if let SignalAction::Interrupt = action {
                raised.trigger();
            }
        }))?;
        let rendered = plugin
            .renderer()
            .render(&root, &name, &given.data, &interrupt)
            .map_err(|error| match error {
                TemplateError::Interrupted => ShellError::Interrupted { span: call.head }.into(),
                error => labeled(&error, "this template", path.span),
            })?;
        if call.has_flag("strict")? {
            given.all_is_used(&rendered, &context)?;
        }
        match output {
            None => Ok(Value::string(rendered.text, call.head).into_pipeline_data()),
            Some(output) => {
                let changed = write(&output.item, &rendered.text).map_err(|error| {
                    LabeledError::new(format!("cannot write `{}`: {error}", output.item.display()))
                        .with_code(Code::TemplateWrite.as_str())
                        .with_label("this file", output.span)
                })?;
                let row = record! {
                    "path" => path_value(&output.item, call.head),
                    "size" => filesize_value(rendered.text.len() as u64, call.head),
                    "changed" => Value::bool(changed, call.head),
                };
                Ok(Value::record(row, call.head).into_pipeline_data())
            }
        }
    }
}

/// Writes a text, unless the file has it; returns whether it was written.
fn write(path: &Path, text: &str) -> std::io::Result<bool> {
    use std::io::Read as _;
    let length = text.len() as u64;
    let is_same = open_file(path).is_ok_and(|file| {
        let mut found = Vec::new();
        file.metadata().is_ok_and(|it| it.len() == length)
            && file.take(length + 1).read_to_end(&mut found).is_ok()
            && found == text.as_bytes()
    });
    if is_same {
        return Ok(false);
    }
    replace_file(path, text.as_bytes())?;
    Ok(true)
}

/// The data, and the value that they were made of.
struct Given {
    data: Data,
    value: Option<Value>,
}

impl Given {
    fn of(context: &Context<'_>, input: PipelineData) -> Result<Self, LabeledError> {
        let flag = context.call.get_flag_value("data");
        let piped = match input {
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _) => None,
            input => Some(input.into_value(context.head())?),
        };
        match (flag, piped) {
            (None, None) => Ok(Self {
                data: Data::Object(serde_json::Map::new()),
                value: None,
            }),
            // In the body of `each` the item is there, whether it is meant or not.
            (
                Some(
                    Value::String {
                        val, internal_span, ..
                    }
                    | Value::Glob {
                        val, internal_span, ..
                    },
                ),
                _,
            ) => {
                let path = Spanned {
                    item: val,
                    span: internal_span,
                };
                Self::read(context, &path)
            }
            (Some(value), _) => Self::from_value(context, value, "--data is no record"),
            (None, Some(value)) => Self::from_value(context, value, "the data are no record"),
        }
    }

    fn from_value(
        context: &Context<'_>,
        value: Value,
        message: &str,
    ) -> Result<Self, LabeledError> {
        let span = real_span(value.span(), context.head());
        match value {
            Value::Record { .. } => Ok(Self {
                data: to_text_data(&value, context.head())?,
                value: Some(value),
            }),
            Value::Error { error, .. } => Err((*error).into()),
            other => {
                let help = match &other {
                    Value::List { .. } => {
                        "one rendering takes one record: each {|row| $row | template render FILE }"
                    }
                    _ => "give a record such as {port: 8080}",
                };
                Err(invalid(message, format!("this is {}", other.get_type()), span).with_help(help))
            }
        }
    }

    fn read(context: &Context<'_>, given: &Spanned<String>) -> Result<Self, LabeledError> {
        let path = context.path(given)?;
        if !is_readable_format(&path.item) {
            return Err(invalid(
                format!("data are not read from `{}`", given.item),
                "neither Nickel nor JSON, YAML or TOML by its name",
                given.span,
            )
            .with_help("read it in Nushell, and pipe the record in"));
        }
        let nickel = Nickel::new(context)?;
        let program = nickel.with_imports(Program::file(&path.item));
        let evaluated = nickel.evaluator().evaluate(&program, &[], None);
        let data = nickel.explained(evaluated, "this file", path.span)?;
        if !data.is_object() {
            return Err(invalid(
                "the data are no record",
                "the value of this file is no record",
                path.span,
            ));
        }
        Ok(Self { data, value: None })
    }

    /// Raises an error for fields that no template has named.
    fn all_is_used(&self, rendered: &Rendered, context: &Context<'_>) -> Result<(), LabeledError> {
        let Some((first, _)) = rendered.unused.first() else {
            return Ok(());
        };
        let message = match rendered.unused.len() {
            1 => format!("no template uses `{first}`"),
            count => format!("{count} fields of the data are not used by any template"),
        };
        let mut error = LabeledError::new(message).with_code(Code::TemplateUnused.as_str());
        let mut helps = Vec::new();
        for (name, close) in &rendered.unused {
            let span = self.value.as_ref().map_or(context.head(), |value| {
                span_at(
                    value,
                    &DataPath(vec![Step::Field(name.clone())]),
                    context.head(),
                )
            });
            error = error.with_label(format!("`{name}` is not used"), span);
            helps.extend(close.clone());
        }
        let help = match helps.is_empty() {
            true => "leave it out, or render without --strict".to_owned(),
            false => helps.join(" "),
        };
        Err(error.with_help(help))
    }
}
