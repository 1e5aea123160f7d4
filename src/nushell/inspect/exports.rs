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
        .map(|(name, id)| (String::from_utf8_lossy(name).into_owned(), *id))
        .chain(module.main.map(|id| ("main".to_owned(), id)))
        .map(|(name, id)| command(set, name, set.get_decl(id), definitions, texts))
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
        examples: declared
            .examples()
            .iter()
            .map(|example| (example.description.to_owned(), example.example.to_owned()))
            .collect(),
    }
}

fn kind_of(shape: &SyntaxShape) -> String {
    shape.to_string()
}

fn variable(set: &StateWorkingSet<'_>, texts: &Texts, id: Option<VarId>) -> Option<Place> {
    texts.place(set.get_variable(id?).declaration_span)
}

/// Returns a default value as Nushell text, such that Nushell reads the same value from it.
fn written(value: &Value) -> String {
    match value {
        Value::String { val, .. } => quoted(val),
        Value::List { vals, .. } => {
            let items: Vec<String> = vals.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record { val, .. } => {
            let fields: Vec<String> = val
                .iter()
                .map(|(key, value)| format!("{}: {}", key_text(key), written(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Nothing { .. } => "null".to_owned(),
        Value::Float { val, .. } => format!("{val:?}"),
        Value::Filesize { val, .. } => in_units(val.get(), &FILESIZES),
        Value::Duration { val, .. } => in_units(*val, &DURATIONS),
        Value::Date { val, .. } => val.to_rfc3339(),
        Value::Binary { val, .. } => {
            let bytes: String = val.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x[{bytes}]")
        }
        other => other.to_expanded_string(" ", &nu_protocol::Config::default()),
    }
}

/// Units of file sizes, largest first: those of ten before those of two.
const FILESIZES: [(&str, i64); 11] = [
    ("pb", 1_000_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("gb", 1_000_000_000),
    ("mb", 1_000_000),
    ("kb", 1_000),
    ("pib", 1 << 50),
    ("tib", 1 << 40),
    ("gib", 1 << 30),
    ("mib", 1 << 20),
    ("kib", 1 << 10),
    ("b", 1),
];

/// Units of durations, largest first.
const DURATIONS: [(&str, i64); 8] = [
    ("wk", 604_800_000_000_000),
    ("day", 86_400_000_000_000),
    ("hr", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("sec", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Returns a number in the first unit of which it is a multiple.
fn in_units(number: i64, units: &[(&str, i64)]) -> String {
    let fits = |(_, size): &&(&str, i64)| number != 0 && number % size == 0;
    match units.iter().find(fits).or(units.last()) {
        Some((unit, size)) => format!("{}{unit}", number / size),
        None => number.to_string(),
    }
}

fn key_text(key: &str) -> String {
    let is_word = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if is_word { key.to_owned() } else { quoted(key) }
}

/// Returns a text in quotes, with Nushell's escapes.
pub(in crate::nushell) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter if letter.is_control() => {
                quoted.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
