//! What a module exports.

use nu_protocol::engine::{Command as Declared, CommandType, StateWorkingSet};
use nu_protocol::{Module as Parsed, PositionalArg, SyntaxShape, Value, VarId};

use super::definitions::Definitions;
use super::outcome::{Command, CommandKind, Flag, Parameter, Place};
use super::texts::Texts;

/// Returns the exported commands, sorted by name.
pub(super) fn commands(
    set: &StateWorkingSet<'_>,
    module: &Parsed,
    definitions: &Definitions,
    texts: &Texts,
) -> Vec<Command> {
    let mut all: Vec<Command> = module
        .decls
        .iter()
        .map(|(name, id)| {
            let name = String::from_utf8_lossy(name).into_owned();
            command(set, name, set.get_decl(*id), definitions, texts)
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn command(
    set: &StateWorkingSet<'_>,
    name: String,
    declared: &dyn Declared,
    definitions: &Definitions,
    texts: &Texts,
) -> Command {
    let signature = declared.signature();
    let kind = match declared.command_type() {
        CommandType::Alias => CommandKind::Alias,
        CommandType::External => CommandKind::External,
        _ => CommandKind::Definition,
    };
    let place = declared
        .block_id()
        .and_then(|body| definitions.get(body))
        .map(|definition| definition.name_span)
        .or_else(|| declared.decl_span())
        .and_then(|span| texts.place(span));
    let positional = |required: bool| {
        move |argument: &PositionalArg| Parameter {
            name: argument.name.clone(),
            kind: kind_of(&argument.shape),
            required,
            default: argument.default_value.as_ref().map(written),
            description: argument.desc.clone(),
            place: variable(set, texts, argument.var_id),
        }
    };
    Command {
        name,
        kind,
        place,
        description: signature.description.clone(),
        parameters: signature
            .required_positional
            .iter()
            .map(positional(true))
            .chain(signature.optional_positional.iter().map(positional(false)))
            .collect(),
        rest: signature.rest_positional.as_ref().map(positional(false)),
        flags: signature
            .named
            .iter()
            .filter(|flag| flag.long != "help")
            .map(|flag| Flag {
                name: flag.long.clone(),
                short: flag.short,
                kind: flag.arg.as_ref().map(kind_of),
                default: flag.default_value.as_ref().map(written),
                description: flag.desc.clone(),
                place: variable(set, texts, flag.var_id),
            })
            .collect(),
        types: signature
            .input_output_types
            .iter()
            .map(|(input, output)| (input.to_string(), output.to_string()))
            .collect(),
    }
}

fn kind_of(shape: &SyntaxShape) -> String {
    shape.to_type().to_string()
}

fn variable(set: &StateWorkingSet<'_>, texts: &Texts, id: Option<VarId>) -> Option<Place> {
    texts.place(set.get_variable(id?).declaration_span)
}

/// Returns a default value as Nushell text.
fn written(value: &Value) -> String {
    match value {
        Value::String { val, .. } => format!("{val:?}"),
        Value::List { vals, .. } => {
            let items: Vec<String> = vals.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record { val, .. } => {
            let fields: Vec<String> = val
                .iter()
                .map(|(key, value)| format!("{key}: {}", written(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Nothing { .. } => "null".to_owned(),
        other => other.to_expanded_string(" ", &nu_protocol::Config::default()),
    }
}
