//! What extensions are validated against besides themselves: other extensions, programs, environment variables.
//!
//! Everything is asked for when the first rule needs it, which may be after the command has returned its stream.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use nu_plugin::EngineInterface;
use nu_protocol::{LabeledError, ShellError, Span, Value};
use provisioning::diagnostic::Code;
use provisioning::extension::{
    DEFAULT_DEPTH, Directory, Discovery, Extension, ExtensionType, Found, discover,
};
use provisioning::registry::{KeptRegistry, Registered};
use provisioning::resolver::{Catalog, Origin};
use provisioning::validation::{Available, Environment};

use super::{Context, Nickel, Settings};

/// Returns the extensions that others may depend on: those that are registered, those that are validated with them, and
/// those that `extension discover` finds.
pub(crate) fn available(
    context: &Context<'_>,
    together: Vec<PathBuf>,
    kind: Option<ExtensionType>,
) -> Available {
    let head = context.head();
    let (registry, engine) = (context.plugin.registry(), context.engine.clone());
    let registered = move || registered(&registry, &engine, head);
    let together = move || {
        Ok(together
            .iter()
            .filter_map(|path| Directory::open(path, kind).ok())
            .flat_map(|directory| directory.extensions)
            .collect())
    };
    let engine = context.engine.clone();
    Available::default()
        .or_in(registered)
        .or_in(together)
        .or_in(move || discovered(&engine, head))
}

fn registered(
    registry: &KeptRegistry,
    engine: &EngineInterface,
    head: Span,
) -> Result<Vec<Extension>, String> {
    let directory = Settings::new(engine, head)
        .data_dir()
        .map_err(|error| error.msg)?
        .value;
    let rows = registry
        .with_existing(&directory, |registry| registry.list(None))
        .map_err(|error| error.to_string())?;
    let extension = |row: Registered| Extension {
        kind: row.kind,
        name: row.name,
        version: row.version,
        path: row.path,
        package: row.package,
        description: row.description,
        dependencies: Vec::new(),
    };
    Ok(rows.into_iter().flatten().map(extension).collect())
}

/// Returns the extensions that are found in the configured directories.
pub(super) fn discovered(engine: &EngineInterface, head: Span) -> Result<Vec<Extension>, String> {
    let found = search(engine, head)?;
    Ok(found
        .into_iter()
        .flat_map(|found| found.extensions)
        .collect())
}

/// Returns every directory with metadata that is found in the configured directories.
fn search(engine: &EngineInterface, head: Span) -> Result<Vec<Found>, String> {
    let settings = Settings::new(engine, head);
    let found = Mutex::new(Vec::new());
    let discovery = Discovery {
        roots: settings.extension_dirs().map_err(|error| error.msg)?.value,
        kind: None,
        depth: DEFAULT_DEPTH,
        jobs: settings.jobs().map_err(|error| error.msg)?.value,
    };
    discover(&discovery, &|directory| match found.lock() {
        Ok(mut found) => {
            found.push(directory);
            !engine.signals().interrupted()
        }
        Err(_) => false,
    });
    if engine.signals().interrupted() {
        return Err("the search was interrupted".to_owned());
    }
    found
        .into_inner()
        .map_err(|_| "the search failed".to_owned())
}

/// Returns the extensions that versions are chosen from: those of the given directories, those that are registered, and those
/// that `extension discover` finds. What is there and cannot be used is known by its name.
pub(crate) fn catalog(
    context: &Context<'_>,
    nickel: &Nickel,
    given: &[PathBuf],
) -> Result<Catalog, LabeledError> {
    let (engine, head) = (context.engine, context.head());
    let failed = |reason: String| {
        if engine.signals().interrupted() {
            return ShellError::Interrupted { span: head }.into();
        }
        LabeledError::new(reason)
            .with_code(Code::ResolveSource.as_str())
            .with_label("asked by this", head)
    };
    let registered = registered(&context.plugin.registry(), engine, head).map_err(failed)?;
    let settings = Settings::new(engine, head);
    let roots = settings.extension_dirs()?.value;
    let found = search(engine, head).map_err(failed)?;
    let mut seen = BTreeSet::new();
    let mut all: Vec<(Extension, Origin)> = Vec::new();
    let mut unusable: Vec<(String, String)> = Vec::new();
    let useless = |path: &Path, reason: &str| {
        let path = path.display();
        format!("it is there and cannot be used ({path}: {reason}); see: extension validate {path}")
    };
    for path in given {
        if seen.insert(path.clone())
            && let Ok(directory) = Directory::open(path, None)
        {
            let extensions = directory.extensions.into_iter();
            all.extend(extensions.map(|one| (one, Origin::Given)));
        }
    }
    // What is registered may say something else by now.
    for row in &registered {
        if !seen.insert(row.path.clone()) {
            continue;
        }
        match Directory::open(&row.path, None) {
            Ok(directory) if directory.is_usable() => {
                let extensions = directory.extensions.into_iter();
                all.extend(extensions.map(|one| (one, Origin::Registered)));
            }
            Ok(_) => unusable.push((
                row.name.clone(),
                useless(&row.path, "its metadata have errors"),
            )),
            Err(error) => unusable.push((row.name.clone(), useless(&row.path, &error.to_string()))),
        }
    }
    for found in found {
        if seen.contains(&found.path) {
            continue;
        }
        if let Some(problem) = &found.problem {
            let text = useless(&found.path, problem);
            let names = Directory::open(&found.path, None).map(|directory| directory.extensions);
            let names = names.unwrap_or_default().into_iter().map(|one| one.name);
            let folder = found
                .path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            unusable.extend(names.chain(folder).map(|name| (name, text.clone())));
        }
        let extensions = found.extensions.into_iter();
        all.extend(extensions.map(|one| (one, Origin::Discovered)));
    }
    let mut places = vec!["the registry".to_owned()];
    places.extend(roots.iter().map(|root| root.display().to_string()));
    let catalog = Catalog::of_extensions(all, nickel.evaluator().clone());
    Ok(catalog.besides(unusable).looked_in(places))
}

/// Returns the programs and the environment variables of the shell, whose environment is not the plugin's.
pub(crate) fn environment(engine: &EngineInterface) -> Environment {
    let (for_variables, for_path) = (engine.clone(), engine.clone());
    // A shell that does not answer is gone; nobody will read what is found.
    Environment::asked(
        move |name| has_variable(&for_variables, name).unwrap_or_default(),
        move || search_path(&for_path).unwrap_or_default(),
    )
}

fn has_variable(engine: &EngineInterface, name: &str) -> Result<bool, ShellError> {
    Ok(match engine.get_env_var(name)? {
        None | Some(Value::Nothing { .. }) => false,
        Some(Value::String { val, .. }) => !val.is_empty(),
        Some(Value::List { vals, .. }) => !vals.is_empty(),
        Some(_) => true,
    })
}

pub(super) fn search_path(engine: &EngineInterface) -> Result<Vec<PathBuf>, ShellError> {
    let value = match engine.get_env_var("PATH")? {
        None => engine.get_env_var("Path")?,
        known => known,
    };
    Ok(match value {
        Some(Value::String { val, .. }) => std::env::split_paths(&val).collect(),
        Some(Value::List { vals, .. }) => vals
            .into_iter()
            .filter_map(|value| value.coerce_into_string().ok())
            .map(|path| nu_path::expand_tilde(&path))
            .collect(),
        _ => Vec::new(),
    })
}
