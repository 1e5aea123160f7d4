//! Names of loaded extensions, for commands that work on these.

use nu_protocol::engine::ArgType;
use nu_protocol::{DynamicSuggestion, LabeledError, Spanned};
use provisioning::diagnostic::{Code, did_you_mean};

use crate::shell::Provisioning;

/// Returns the error for a name that nothing loaded has.
pub(super) fn not_loaded(plugin: &Provisioning, name: &Spanned<String>) -> LabeledError {
    let loaded = plugin.manager().list_loaded_extensions();
    let names = loaded.iter().map(|one| one.metadata.name.as_str());
    LabeledError::new(format!("`{}` is not loaded", name.item))
        .with_code(Code::LoadNotFound.as_str())
        .with_label("nothing of that name is loaded", name.span)
        .with_help(
            did_you_mean(&name.item, names)
                .unwrap_or_else(|| "see what is with: extension loaded".to_owned()),
        )
}

/// Completes the first argument with the names of what is loaded.
pub(super) fn complete_loaded(
    plugin: &Provisioning,
    argument: &ArgType<'_>,
) -> Option<Vec<DynamicSuggestion>> {
    let ArgType::Positional(0) = argument else {
        return None;
    };
    let loaded = plugin.manager().list_loaded_extensions();
    let mut suggestions: Vec<DynamicSuggestion> = Vec::new();
    for one in loaded {
        if suggestions
            .iter()
            .all(|known| known.value != one.metadata.name)
        {
            suggestions.push(DynamicSuggestion {
                value: one.metadata.name.clone(),
                description: Some(format!("{} {}", one.kind(), one.metadata.version)),
                ..DynamicSuggestion::default()
            });
        }
    }
    Some(suggestions)
}
