//! Settings: what they are, where each value comes from.
//!
//! An environment variable wins over the plugin's configuration (`$env.config.plugins.provisioning`), which wins over
//! the default. Settings are asked for one by one, because each question to the shell takes time.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use nu_plugin::EngineInterface;
use nu_protocol::{Filesize, FromValue, LabeledError, Span, Spanned, Value};
use provisioning::diagnostic::{Code, did_you_mean};
use provisioning::nickel::Isolation;

use super::MIN_MEMORY;

/// The environment variable that names the data directory.
const DATA_DIR_VARIABLE: &str = "PROVISIONING_DATA_DIR";

/// The keys of the plugin's configuration.
const KEYS: &[&str] = &["data_dir", "extension_dirs", "jobs", "nickel"];
/// The keys of its `nickel` table.
const NICKEL_KEYS: &[&str] = &["import_paths", "isolation", "memory", "packages", "timeout"];

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An environment variable.
    Environment,
    /// `$env.config.plugins.provisioning`.
    PluginConfig,
    /// Nobody has said anything.
    Default,
}

impl Origin {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Origin::Environment => "environment",
            Origin::PluginConfig => "plugin config",
            Origin::Default => "default",
        }
    }
}

/// A setting with where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// `$env.config.plugins.provisioning`. Values keep their spans, so that a bad one is underlined where the user wrote it.
#[derive(Clone, Debug, Default, FromValue)]
struct PluginConfig {
    data_dir: Option<Spanned<PathBuf>>,
    extension_dirs: Option<Spanned<Vec<PathBuf>>>,
    jobs: Option<Spanned<i64>>,
    nickel: Option<NickelConfig>,
}

/// `$env.config.plugins.provisioning.nickel`.
#[derive(Clone, Debug, Default, FromValue)]
struct NickelConfig {
    timeout: Option<Spanned<Duration>>,
    memory: Option<Spanned<Filesize>>,
    import_paths: Option<Spanned<Vec<PathBuf>>>,
    packages: Option<Spanned<HashMap<String, PathBuf>>>,
    isolation: Option<Spanned<String>>,
}

/// The settings of one call.
pub(crate) struct Settings<'a> {
    engine: &'a EngineInterface,
    head: Span,
    config: OnceCell<PluginConfig>,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(engine: &'a EngineInterface, head: Span) -> Self {
        Self {
            engine,
            head,
            config: OnceCell::new(),
        }
    }

    /// Returns the directory of the registry.
    pub(crate) fn data_dir(&self) -> Result<Setting<PathBuf>, LabeledError> {
        if let Some(given) = self.variable(DATA_DIR_VARIABLE)? {
            return Ok(Setting::new(self.absolute(&given)?, Origin::Environment));
        }
        if let Some(given) = &self.config()?.data_dir {
            if given.item.as_os_str().is_empty() {
                return Err(bad_value(
                    "the data directory is empty",
                    "give a path",
                    given.span,
                ));
            }
            return Ok(Setting::new(
                self.absolute(&given.item)?,
                Origin::PluginConfig,
            ));
        }
        let base = match self.variable("XDG_DATA_HOME")? {
            Some(given) if given.is_absolute() => Some(given),
            _ => dirs::data_dir(),
        };
        match base {
            Some(base) => Ok(Setting::new(base.join("provisioning"), Origin::Default)),
            None => Err(
                LabeledError::new("no directory for the plugin's data can be told")
                    .with_code(Code::ConfigNoDataDir.as_str())
                    .with_label("needs the registry", self.head)
                    .with_help(format!("set $env.{DATA_DIR_VARIABLE}")),
            ),
        }
    }

    /// Returns where extensions are looked for: the configured directories, or `./extensions` and the `extensions`
    /// folder of the data directory. Where there is no `./extensions`, and the current directory lies in a folder of that
    /// name, it is that one: from inside of an extension, the others beside it are found.
    pub(crate) fn extension_dirs(&self) -> Result<Setting<Vec<PathBuf>>, LabeledError> {
        if let Some(given) = &self.config()?.extension_dirs {
            let paths: Result<Vec<PathBuf>, LabeledError> =
                given.item.iter().map(|path| self.absolute(path)).collect();
            return Ok(Setting::new(paths?, Origin::PluginConfig));
        }
        Ok(Setting::new(
            vec![
                self.nearest_extensions()?,
                self.data_dir()?.value.join("extensions"),
            ],
            Origin::Default,
        ))
    }

    fn nearest_extensions(&self) -> Result<PathBuf, LabeledError> {
        let below = self.absolute("extensions")?;
        if below.is_dir() {
            return Ok(below);
        }
        let around = below
            .ancestors()
            .skip(1)
            .find(|path| path.file_name().is_some_and(|name| name == "extensions"))
            .map(PathBuf::from);
        Ok(around.unwrap_or(below))
    }

    /// Returns how many threads a search uses; 0 stands for as many as there are processors.
    pub(crate) fn jobs(&self) -> Result<Setting<usize>, LabeledError> {
        match &self.config()?.jobs {
            None => Ok(Setting::new(0, Origin::Default)),
            Some(given) => match usize::try_from(given.item) {
                Ok(jobs) if jobs <= 256 => Ok(Setting::new(jobs, Origin::PluginConfig)),
                _ => Err(bad_value(
                    format!("{} is not a number of threads", given.item),
                    "between 0 (as many as processors) and 256",
                    given.span,
                )),
            },
        }
    }

    /// Returns the longest time a Nickel evaluation may take.
    pub(crate) fn nickel_timeout(&self) -> Result<Setting<Duration>, LabeledError> {
        match self.nickel(|nickel| nickel.timeout.as_ref())? {
            None => Ok(Setting::new(
                provisioning::nickel::DEFAULT_TIMEOUT,
                Origin::Default,
            )),
            Some(given) if given.item.is_zero() => Err(bad_value(
                "the timeout is zero",
                "give a duration such as 10sec",
                given.span,
            )),
            Some(given) => Ok(Setting::new(given.item, Origin::PluginConfig)),
        }
    }

    /// Returns the most memory that a Nickel evaluation may use, in bytes.
    pub(crate) fn nickel_memory(&self) -> Result<Setting<u64>, LabeledError> {
        match self.nickel(|nickel| nickel.memory.as_ref())? {
            None => Ok(Setting::new(
                provisioning::nickel::DEFAULT_MEMORY,
                Origin::Default,
            )),
            Some(given) => match u64::try_from(given.item.get()) {
                Ok(bytes) if bytes >= MIN_MEMORY => Ok(Setting::new(bytes, Origin::PluginConfig)),
                _ => Err(bad_value(
                    "so little memory is not enough for any evaluation",
                    "give a file size such as 256MiB, and at least 1MiB",
                    given.span,
                )),
            },
        }
    }

    /// Returns the directories in which imports are looked for besides the file's own.
    pub(crate) fn nickel_import_paths(&self) -> Result<Setting<Vec<PathBuf>>, LabeledError> {
        match self.nickel(|nickel| nickel.import_paths.as_ref())? {
            None => Ok(Setting::new(Vec::new(), Origin::Default)),
            Some(given) => Ok(Setting::new(
                given
                    .item
                    .iter()
                    .map(|path| self.absolute(path))
                    .collect::<Result<_, _>>()?,
                Origin::PluginConfig,
            )),
        }
    }

    /// Returns the directories of packages, by the name that `import name` uses.
    pub(crate) fn nickel_packages(
        &self,
    ) -> Result<Setting<BTreeMap<String, PathBuf>>, LabeledError> {
        match self.nickel(|nickel| nickel.packages.as_ref())? {
            None => Ok(Setting::new(BTreeMap::new(), Origin::Default)),
            Some(given) => Ok(Setting::new(
                given
                    .item
                    .iter()
                    .map(|(name, path)| Ok((name.clone(), self.absolute(path)?)))
                    .collect::<Result<_, LabeledError>>()?,
                Origin::PluginConfig,
            )),
        }
    }

    /// Returns where Nickel evaluations run.
    pub(crate) fn nickel_isolation(&self) -> Result<Setting<Isolation>, LabeledError> {
        match self.nickel(|nickel| nickel.isolation.as_ref())? {
            None => Ok(Setting::new(Isolation::default(), Origin::Default)),
            Some(given) => match given.item.parse() {
                Ok(isolation) => Ok(Setting::new(isolation, Origin::PluginConfig)),
                Err(()) => Err(bad_value(
                    format!("`{}` is not a kind of isolation", given.item),
                    did_you_mean(&given.item, Isolation::WORDS)
                        .unwrap_or_else(|| format!("one of: {}", Isolation::WORDS.join(", "))),
                    given.span,
                )),
            },
        }
    }

    /// Returns a setting of the `nickel` table.
    fn nickel<'s, T>(
        &'s self,
        pick: impl FnOnce(&'s NickelConfig) -> Option<&'s Spanned<T>>,
    ) -> Result<Option<&'s Spanned<T>>, LabeledError> {
        Ok(self.config()?.nickel.as_ref().and_then(pick))
    }

    /// Joins a path to the shell's directory, which is only asked for when it matters.
    fn absolute(&self, path: impl AsRef<std::path::Path>) -> Result<PathBuf, LabeledError> {
        let path = path.as_ref();
        if path.is_absolute() {
            return Ok(path.to_owned());
        }
        Ok(nu_path::expand_path_with(
            path,
            self.engine.get_current_dir()?,
            true,
        ))
    }

    /// Returns an environment variable of the caller that is set and not empty.
    fn variable(&self, name: &str) -> Result<Option<PathBuf>, LabeledError> {
        match self.engine.get_env_var(name)? {
            None | Some(Value::Nothing { .. }) => Ok(None),
            Some(Value::String { val, .. }) => {
                Ok(Some(PathBuf::from(val)).filter(|path| !path.as_os_str().is_empty()))
            }
            Some(other) => Err(LabeledError::new(format!(
                "$env.{name} is {}, not a path",
                other.get_type()
            ))
            .with_code(Code::ConfigInvalid.as_str())
            .with_label("needs this setting", self.head)
            .with_help(format!("$env.{name} = '/some/directory'"))),
        }
    }

    fn config(&self) -> Result<&PluginConfig, LabeledError> {
        if self.config.get().is_none() {
            let config = match self.engine.get_plugin_config()? {
                None | Some(Value::Nothing { .. }) => PluginConfig::default(),
                Some(value) => {
                    check_keys(&value, KEYS)?;
                    if let Value::Record { val, .. } = &value
                        && let Some(nickel) = val.get("nickel")
                        && !nickel.is_nothing()
                    {
                        check_keys(nickel, NICKEL_KEYS)?;
                    }
                    PluginConfig::from_value(value)?
                }
            };
            return Ok(self.config.get_or_init(|| config));
        }
        Ok(self.config.get_or_init(PluginConfig::default))
    }
}

fn bad_value(message: impl Into<String>, label: impl Into<String>, span: Span) -> LabeledError {
    LabeledError::new(message)
        .with_code(Code::ConfigInvalid.as_str())
        .with_label(label, span)
        .with_help("this is a setting in $env.config.plugins.provisioning")
}

fn check_keys(value: &Value, known: &[&str]) -> Result<(), LabeledError> {
    let Value::Record { val, .. } = value else {
        return Err(bad_value(
            format!("the settings are {}, not a record", value.get_type()),
            "expected a record",
            value.span(),
        ));
    };
    for (key, value) in val.iter() {
        if !known.contains(&key.as_str()) {
            let hint = did_you_mean(key, known.iter().copied())
                .unwrap_or_else(|| format!("settings here: {}", known.join(", ")));
            return Err(LabeledError::new(format!("unknown setting `{key}`"))
                .with_code(Code::ConfigUnknownKey.as_str())
                .with_label("not a setting of this plugin", value.span())
                .with_help(hint));
        }
    }
    Ok(())
}
