//! Completion of names of registered extensions.

use nu_plugin::{DynamicCompletionCall, EngineInterface};
use nu_protocol::ast::Expr;
use nu_protocol::engine::ArgType;
use nu_protocol::{DynamicSuggestion, Span};
use provisioning::diagnostic::safe_text;
use provisioning::extension::Contract;
use provisioning::registry::Registered;

use super::{Provisioning, Settings};

/// Completes the first argument of a command with the names that are registered; nothing for other arguments.
pub(crate) fn complete_name_argument(
    plugin: &Provisioning,
    engine: &EngineInterface,
    argument: &ArgType<'_>,
) -> Option<Vec<DynamicSuggestion>> {
    match argument {
        ArgType::Positional(0) => names(plugin, engine),
        _ => None,
    }
}

/// Completes the second argument of a command with the operations of the extension that the first one names: those that its module
/// exports when it is loaded, otherwise those of its type, because a completion reads nothing.
pub(crate) fn complete_operation_argument(
    plugin: &Provisioning,
    engine: &EngineInterface,
    call: &DynamicCompletionCall,
    argument: &ArgType<'_>,
) -> Option<Vec<DynamicSuggestion>> {
    if !matches!(argument, ArgType::Positional(1)) {
        return None;
    }
    let (Expr::String(name) | Expr::RawString(name)) = &call.call.positional_iter().next()?.expr
    else {
        return None;
    };
    let name = name.split('@').next().unwrap_or(name);
    let offered = |value: &str, description: &str| DynamicSuggestion {
        value: safe_text(value).into_owned(),
        description: Some(safe_text(description.lines().next().unwrap_or_default()).into_owned()),
        ..DynamicSuggestion::default()
    };
    let loaded = plugin.manager().list_loaded_extensions();
    if let Some(extension) = loaded.iter().rev().find(|one| one.metadata.name == name) {
        let operations = extension.operations.iter();
        return Some(
            operations
                .map(|operation| offered(&operation.name, &operation.description))
                .collect(),
        );
    }
    let rows = registered(plugin, engine)?;
    let kind = rows.iter().find(|row| row.name == name)?.kind;
    let operations = Contract::of(kind).operations.iter();
    Some(
        operations
            .map(|operation| offered(operation.name, operation.purpose))
            .collect(),
    )
}

/// Completes a flag of a command with the names that are registered; nothing for other arguments.
pub(crate) fn complete_name_flag(
    plugin: &Provisioning,
    engine: &EngineInterface,
    argument: &ArgType<'_>,
    flag: &str,
) -> Option<Vec<DynamicSuggestion>> {
    match argument {
        ArgType::Flag(name) if name == flag => names(plugin, engine),
        _ => None,
    }
}

/// Returns the names that are registered, each once, with type, version and description; none when that cannot be told,
/// because a completion has nobody to report an error to.
fn names(plugin: &Provisioning, engine: &EngineInterface) -> Option<Vec<DynamicSuggestion>> {
    let rows = registered(plugin, engine)?;
    let mut suggestions: Vec<DynamicSuggestion> = Vec::new();
    for row in rows {
        let description = description(&row);
        match suggestions.iter_mut().find(|known| known.value == row.name) {
            // Sorted by version, so that the highest is the one described.
            Some(known) => known.description = Some(description),
            None => suggestions.push(DynamicSuggestion {
                value: row.name,
                description: Some(description),
                ..DynamicSuggestion::default()
            }),
        }
    }
    Some(suggestions)
}

fn registered(plugin: &Provisioning, engine: &EngineInterface) -> Option<Vec<Registered>> {
    let directory = Settings::new(engine, Span::unknown())
        .data_dir()
        .ok()?
        .value;
    let rows = plugin
        .with_existing_registry(&directory, |registry| registry.list(None))
        .ok()
        .flatten();
    Some(rows.unwrap_or_default())
}

fn description(row: &Registered) -> String {
    let mut text = format!("{} {}", row.kind, row.version);
    if let Some(description) = &row.description {
        text = format!("{text}: {}", safe_text(description));
    }
    text
}
