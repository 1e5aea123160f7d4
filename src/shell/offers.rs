//! The extensions that there are: those that are registered, and those that `extension discover` finds.

use std::collections::HashSet;

use nu_protocol::{LabeledError, ShellError};
use provisioning::diagnostic::Code;
use provisioning::extension::ExtensionType;
use provisioning::graph::Offer;
use provisioning::metadata::Dependency;
use provisioning::registry::Registered;
use semver::Version;

use super::surroundings::discovered;
use super::{Context, labeled};

/// Returns every extension that is registered and still on disk, or that is found, sorted by type, name and version, and
/// each once: what is registered comes before what is found.
pub(crate) fn offers(context: &Context<'_>) -> Result<Vec<Offer>, LabeledError> {
    let head = context.head();
    let directory = context.settings().data_dir()?.value;
    let registered = context
        .plugin
        .with_existing_registry(&directory, |registry| registry.list(None))
        .map_err(|error| labeled(&error, "reads the registry", head))?
        .unwrap_or_default();
    let found = discovered(context.engine, head).map_err(|reason| {
        if context.engine.signals().interrupted() {
            return ShellError::Interrupted { span: head }.into();
        }
        LabeledError::new(format!("extensions cannot be looked for: {reason}"))
            .with_code(Code::InputInvalid.as_str())
            .with_label("looks for extensions", head)
    })?;
    let found = found.into_iter().map(|extension| Offer {
        kind: extension.kind,
        name: extension.name,
        version: extension.version,
        dependencies: extension.dependencies,
    });
    let mut known: HashSet<(ExtensionType, String, Version)> = HashSet::new();
    let mut all: Vec<Offer> = registered
        .into_iter()
        .filter(|row| row.path.is_dir())
        .map(offer)
        .chain(found)
        .filter(|offer| known.insert((offer.kind, offer.name.clone(), offer.version.clone())))
        .collect();
    all.sort_by(|one, two| {
        (one.kind.as_str(), &one.name, &one.version).cmp(&(
            two.kind.as_str(),
            &two.name,
            &two.version,
        ))
    });
    Ok(all)
}

fn offer(row: Registered) -> Offer {
    let origin = row.path.display().to_string();
    let dependencies = row
        .dependencies
        .into_iter()
        .map(|requirement| Dependency {
            name: requirement.name,
            constraint: requirement.version,
            kind: requirement.kind,
            origin: origin.clone(),
            node: None,
        })
        .collect();
    Offer {
        kind: row.kind,
        name: row.name,
        version: row.version,
        dependencies,
    }
}
