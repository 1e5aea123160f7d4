//! What commands have in common that publish to remotes or install from them.

use nu_plugin::EngineInterface;
use nu_protocol::engine::ArgType;
use nu_protocol::{DynamicSuggestion, LabeledError, Span, Spanned};
use provisioning::configuration::masked_url;
use provisioning::registry::Registered;
use provisioning::remote::{Remote, Remotes};

use crate::shell::{Context, Settings, labeled};

/// Returns the remotes of the settings.
pub(super) fn remotes(context: &Context<'_>) -> Result<Remotes, LabeledError> {
    Ok(Remotes::of(&context.settings().remotes()?.value))
}

/// Returns the remote that is named, or the only one.
pub(super) fn one<'r>(
    remotes: &'r Remotes,
    given: Option<&Spanned<String>>,
    head: Span,
) -> Result<&'r dyn Remote, LabeledError> {
    match given {
        Some(name) => remotes
            .named(&name.item)
            .map_err(|error| labeled(&error, "no such remote", name.span)),
        None => remotes
            .only()
            .map_err(|error| labeled(&error, "which remote?", head)),
    }
}

/// Returns the remote that is named, or all; there has to be one.
pub(super) fn some<'r>(
    remotes: &'r Remotes,
    given: Option<&Spanned<String>>,
    head: Span,
) -> Result<Vec<&'r dyn Remote>, LabeledError> {
    if given.is_some() || remotes.names().is_empty() {
        return Ok(vec![one(remotes, given, head)?]);
    }
    Ok(remotes.all().collect())
}

/// Returns what is registered; nothing when there is no registry yet.
pub(super) fn registered(context: &Context<'_>) -> Result<Vec<Registered>, LabeledError> {
    let directory = context.settings().data_dir()?.value;
    let rows = context
        .plugin
        .with_existing_registry(&directory, |registry| registry.list(None))
        .map_err(|error| labeled(&error, "reads the registry", context.head()))?;
    Ok(rows.unwrap_or_default())
}

/// Completes a flag with the names of the remotes; nothing for other arguments.
pub(super) fn complete_remote(
    engine: &EngineInterface,
    argument: &ArgType<'_>,
    flag: &str,
) -> Option<Vec<DynamicSuggestion>> {
    match argument {
        ArgType::Flag(name) if name == flag => {}
        _ => return None,
    }
    let urls = Settings::new(engine, Span::unknown()).remotes().ok()?.value;
    let suggestions = urls.into_iter().map(|(name, url)| DynamicSuggestion {
        value: name,
        description: Some(masked_url(&url)),
        ..DynamicSuggestion::default()
    });
    Some(suggestions.collect())
}
