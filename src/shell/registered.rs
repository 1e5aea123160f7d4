//! Completion of names of registered extensions.

use nu_plugin::EngineInterface;
use nu_protocol::engine::ArgType;
use nu_protocol::{DynamicSuggestion, Span};
use provisioning::diagnostic::safe_text;
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
    let directory = Settings::new(engine, Span::unknown())
        .data_dir()
        .ok()?
        .value;
    let rows = plugin
        .with_existing_registry(&directory, |registry| registry.list(None))
        .ok()
        .flatten()
        .unwrap_or_default();
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

fn description(row: &Registered) -> String {
    let mut text = format!("{} {}", row.kind, row.version);
    if let Some(description) = &row.description {
        text = format!("{text}: {}", safe_text(description));
    }
    text
}
