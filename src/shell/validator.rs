//! What extensions are validated with, as the user's shell has it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use nu_protocol::{LabeledError, PluginRegistryFile, PluginRegistryItemData, Value};
use provisioning::nushell::{Declaration, Inspector};
use provisioning::validation::Validator;

use super::{Context, Nickel};

/// The plugin's name in the user's plugin registry.
const OWN_NAME: &str = "provisioning";

/// The inspector that knows the commands of this plugin and of those that the user has added.
pub(crate) struct Inspectors {
    plain: Inspector,
    kept: Mutex<Option<(Registry, Inspector)>>,
}

/// The user's plugin registry, and what tells whether it has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Registry {
    path: Option<PathBuf>,
    state: Option<(u64, SystemTime)>,
}

impl Registry {
    fn at(path: Option<PathBuf>) -> Self {
        let state = path.as_deref().and_then(|path| {
            let file = path.metadata().ok()?;
            Some((file.len(), file.modified().ok()?))
        });
        Self { path, state }
    }
}

impl Inspectors {
    pub(crate) fn new(plain: Inspector) -> Self {
        Self {
            plain,
            kept: Mutex::default(),
        }
    }

    fn get(&self, registry: Option<PathBuf>) -> Inspector {
        let registry = Registry::at(registry);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((known, inspector)) if *known == registry => inspector.clone(),
            _ => {
                let mut declarations: Vec<Declaration> = crate::commands::all()
                    .iter()
                    .map(|command| Declaration::new(command.signature()))
                    .collect();
                declarations.extend(registry.path.as_deref().map(others).unwrap_or_default());
                let inspector = self.plain.knowing(declarations);
                *kept = Some((registry, inspector.clone()));
                inspector
            }
        }
    }
}

/// Returns the commands of other plugins; none when the registry cannot be read.
fn others(path: &Path) -> Vec<Declaration> {
    let Ok(file) = File::open(path) else {
        return Vec::new();
    };
    let Ok(registry) = PluginRegistryFile::read_from(file, None) else {
        return Vec::new();
    };
    registry
        .plugins
        .into_iter()
        .filter(|plugin| plugin.name != OWN_NAME)
        .flat_map(|plugin| match plugin.data {
            PluginRegistryItemData::Valid { commands, .. } => commands,
            PluginRegistryItemData::Invalid => Vec::new(),
        })
        .map(|command| Declaration::new(command.sig))
        .collect()
}

impl Context<'_> {
    /// Returns what extensions are validated with; Ctrl-C ends it as long as `nickel` lives.
    pub(crate) fn validator(&self, nickel: &Nickel) -> Result<Validator, LabeledError> {
        let config = self.config_directory()?;
        let registry = config.as_ref().map(|config| config.join("plugin.msgpackz"));
        let inspector = self.plugin.inspectors().get(registry);
        inspector.warm_up();
        let mut validator = Validator::new(self.host()?, nickel.evaluator().clone(), inspector);
        validator.lib_dirs = self.lib_dirs(config)?;
        Ok(validator)
    }

    /// Returns where the shell looks for modules.
    pub(crate) fn module_directories(&self) -> Result<Vec<PathBuf>, LabeledError> {
        let config = self.config_directory()?;
        self.lib_dirs(config)
    }

    /// Returns Nushell's configuration directory.
    fn config_directory(&self) -> Result<Option<PathBuf>, LabeledError> {
        let given = match self.engine.get_env_var("XDG_CONFIG_HOME")? {
            Some(Value::String { val, .. }) if Path::new(&val).is_absolute() => Some(val.into()),
            _ => dirs::config_dir(),
        };
        Ok(given.map(|directory: PathBuf| directory.join("nushell")))
    }

    /// Returns the directories of `NU_LIB_DIRS`, and the one that Nushell itself looks into. Only those that are there.
    fn lib_dirs(&self, config: Option<PathBuf>) -> Result<Vec<PathBuf>, LabeledError> {
        let mut all: Vec<PathBuf> = match self.engine.get_env_var("NU_LIB_DIRS")? {
            Some(Value::List { vals, .. }) => vals
                .iter()
                .filter_map(|value| value.as_str().ok())
                .map(nu_path::expand_tilde)
                .collect(),
            Some(Value::String { val, .. }) => std::env::split_paths(&val).collect(),
            _ => Vec::new(),
        };
        all.extend(config.map(|config| config.join("scripts")));
        let mut real: Vec<PathBuf> = Vec::new();
        for directory in all {
            // One that depends on where the shell is would mean another one inside of an extension.
            if !directory.is_absolute() {
                continue;
            }
            if let Ok(directory) = directory.canonicalize()
                && directory.is_dir()
                && !real.contains(&directory)
            {
                real.push(directory);
            }
        }
        Ok(real)
    }
}
