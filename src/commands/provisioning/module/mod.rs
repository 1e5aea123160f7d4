//! `provisioning module`: the names by which the source documents know loading (CLI-05..07).

mod discover;
mod list;
mod load;

use nu_protocol::{
    Completion, Flag, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span,
    SyntaxShape, Value,
};

use crate::commands::Command;
use crate::commands::parent::Parent;
use crate::shell::{Context, invalid, to_data};

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "provisioning module",
            description: "Load, find and list extensions, as the source documents name it.",
            search_terms: &["extension", "load", "discover"],
        }),
        Box::new(load::Load),
        Box::new(discover::Discover),
        Box::new(list::List),
    ]
}

/// What `--output` can be.
const OUTPUTS: [&str; 2] = ["native", "json"];

/// `--output`, for programs that read text.
fn output_flag(signature: Signature) -> Signature {
    signature.param(
        Flag::new("output")
            .short('o')
            .arg(SyntaxShape::String)
            .desc("json for a text in JSON; native, which is what it is otherwise.")
            .completion(Completion::new_list(&OUTPUTS)),
    )
}

/// Whether a text in JSON is wanted.
fn is_json(context: &Context<'_>) -> Result<bool, LabeledError> {
    let given: Option<nu_protocol::Spanned<String>> = context.call.get_flag("output")?;
    match given {
        None => Ok(false),
        Some(given) if given.item == "native" => Ok(false),
        Some(given) if given.item == "json" => Ok(true),
        Some(given) => Err(invalid(
            format!("`{}` is not a kind of output", given.item),
            "not known",
            given.span,
        )
        .with_help(format!("one of: {}", OUTPUTS.join(", ")))),
    }
}

/// Returns a value as it is, or as a text in JSON.
fn written(value: Value, is_json: bool, span: Span) -> Result<PipelineData, LabeledError> {
    if !is_json {
        return Ok(value.into_pipeline_data());
    }
    let data = to_data(&value, span)?;
    let text = serde_json::to_string_pretty(&data)
        .map_err(|error| invalid(error.to_string(), "cannot be written as JSON", span))?;
    Ok(Value::string(text, span).into_pipeline_data())
}
