//! Settings: where each value comes from.
//!
//! An environment variable wins over the plugin's configuration (`$env.config.plugins.provisioning`), which wins over the
//! file that `config_file` names, which wins over the default. Settings are asked for one by one, because each question to
//! the shell takes time.

mod explained;
mod faults;
mod given;
mod loading;
mod origin;
mod trust;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nu_plugin::EngineInterface;
use nu_protocol::{LabeledError, Span, Value};
use provisioning::configuration::{ConfigurationFile, KeptFile, Notation, Said, Spec, Values};
use provisioning::diagnostic::Code;
use provisioning::manager::{DEFAULT_CACHE_LIMIT, DEFAULT_CACHE_SIZE};
use provisioning::nickel::{DEFAULT_MEMORY, DEFAULT_TIMEOUT, Isolation};

use super::{labeled, real_span};

pub(crate) use explained::{Candidate, Explained, Told};
pub(crate) use origin::{Origin, Setting};

/// How many loaded extensions are kept in memory.
const CACHE_SIZE: usize = DEFAULT_CACHE_SIZE.get();
/// Most that the cache on disk takes, in bytes.
const CACHE_LIMIT: u64 = DEFAULT_CACHE_LIMIT;
/// Rows of the audit that are kept.
const AUDIT_KEEP: usize = provisioning::audit::DEFAULT_KEEP;
/// Longest time of one operation.
const RUNNER_TIMEOUT: Duration = Duration::from_secs(600);

/// The file that was read last.
static KEPT_FILE: KeptFile = KeptFile::new();

/// Finds a setting in what a source says.
type Pick<T> = fn(&Values) -> Option<&Said<T>>;

/// The settings of one call.
pub(crate) struct Settings<'a> {
    engine: &'a EngineInterface,
    head: Span,
    config: OnceCell<Values>,
    file: OnceCell<Option<Arc<ConfigurationFile>>>,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(engine: &'a EngineInterface, head: Span) -> Self {
        Self {
            engine,
            head,
            config: OnceCell::new(),
            file: OnceCell::new(),
        }
    }

    /// Returns the directory of the registry.
    pub(crate) fn data_dir(&self) -> Result<Setting<PathBuf>, LabeledError> {
        match self.path("data_dir", |values| values.data_dir.as_ref())? {
            Some(given) => Ok(given),
            None => self.default_data_dir(),
        }
    }

    fn default_data_dir(&self) -> Result<Setting<PathBuf>, LabeledError> {
        self.default_directory("XDG_DATA_HOME", dirs::data_dir, "PROVISIONING_DATA_DIR")
    }

    fn default_cache_dir(&self) -> Result<Setting<PathBuf>, LabeledError> {
        self.default_directory("XDG_CACHE_HOME", dirs::cache_dir, "PROVISIONING_CACHE_DIR")
    }

    /// Returns where extensions are looked for: the configured directories, or `./extensions` and the `extensions`
    /// folder of the data directory. Where there is no `./extensions`, and the current directory lies in a folder of that
    /// name, it is that one: from inside of an extension, the others beside it are found.
    pub(crate) fn extension_dirs(&self) -> Result<Setting<Vec<PathBuf>>, LabeledError> {
        match self.get("extension_dirs", |values| values.extension_dirs.as_ref())? {
            Some(given) => self.all_absolute(given),
            None => self.default_extension_dirs(),
        }
    }

    fn default_extension_dirs(&self) -> Result<Setting<Vec<PathBuf>>, LabeledError> {
        let directories = vec![
            self.nearest_extensions()?,
            self.data_dir()?.value.join("extensions"),
        ];
        Ok(Setting::new(directories, Origin::Default))
    }

    fn nearest_extensions(&self) -> Result<PathBuf, LabeledError> {
        let below = self.absolute(Path::new("extensions"), Origin::Default)?;
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
        self.or("jobs", |values| values.jobs.as_ref(), 0)
    }

    /// Returns the longest time a Nickel evaluation may take.
    pub(crate) fn nickel_timeout(&self) -> Result<Setting<Duration>, LabeledError> {
        self.or(
            "nickel.timeout",
            |values| values.nickel_timeout.as_ref(),
            DEFAULT_TIMEOUT,
        )
    }

    /// Returns the most memory that a Nickel evaluation may use, in bytes.
    pub(crate) fn nickel_memory(&self) -> Result<Setting<u64>, LabeledError> {
        self.or(
            "nickel.memory",
            |values| values.nickel_memory.as_ref(),
            DEFAULT_MEMORY,
        )
    }

    /// Returns the directories in which imports are looked for besides the file's own.
    pub(crate) fn nickel_import_paths(&self) -> Result<Setting<Vec<PathBuf>>, LabeledError> {
        self.all_absolute(self.or(
            "nickel.import_paths",
            |values| values.nickel_import_paths.as_ref(),
            Vec::new(),
        )?)
    }

    /// Returns the directories of packages, by the name that `import name` uses.
    pub(crate) fn nickel_packages(
        &self,
    ) -> Result<Setting<BTreeMap<String, PathBuf>>, LabeledError> {
        let given = self.or(
            "nickel.packages",
            |values| values.nickel_packages.as_ref(),
            BTreeMap::new(),
        )?;
        let packages: Result<BTreeMap<String, PathBuf>, LabeledError> = given
            .value
            .into_iter()
            .map(|(name, path)| Ok((name, self.absolute(&path, given.origin)?)))
            .collect();
        Ok(Setting::new(packages?, given.origin))
    }

    /// Returns where Nickel evaluations run.
    pub(crate) fn nickel_isolation(&self) -> Result<Setting<Isolation>, LabeledError> {
        self.or(
            "nickel.isolation",
            |values| values.nickel_isolation.as_ref(),
            Isolation::default(),
        )
    }

    /// Returns the TOML file with settings.
    pub(crate) fn config_file(&self) -> Result<Setting<Option<PathBuf>>, LabeledError> {
        match self.path("config_file", |values| values.config_file.as_ref())? {
            Some(given) => Ok(given.map(Some)),
            None => Ok(Setting::new(None, Origin::Default)),
        }
    }

    /// Returns what the first source says that says anything, as it is written.
    fn get<T: Clone>(&self, name: &str, pick: Pick<T>) -> Result<Option<Setting<T>>, LabeledError> {
        let spec = Spec::of(name);
        debug_assert!(spec.is_some(), "{name} is no setting");
        if let Some(spec) = spec
            && let Some(values) = self.variable(spec)?
            && let Some(said) = pick(&values)
        {
            return Ok(Some(Setting::new(said.value.clone(), Origin::Environment)));
        }
        if let Some(said) = pick(self.config()?) {
            return Ok(Some(Setting::new(said.value.clone(), Origin::PluginConfig)));
        }
        if let Some(spec) = spec
            && let Some(file) = self.file_for(spec)?
            && let Some(said) = pick(file.values())
        {
            return Ok(Some(Setting::new(said.value.clone(), Origin::File)));
        }
        Ok(None)
    }

    /// Returns what the first source says, or the default.
    fn or<T: Clone>(
        &self,
        name: &str,
        pick: Pick<T>,
        default: T,
    ) -> Result<Setting<T>, LabeledError> {
        Ok(self
            .get(name, pick)?
            .unwrap_or_else(|| Setting::new(default, Origin::Default)))
    }

    /// Returns a path that a source says, as an absolute one.
    fn path(
        &self,
        name: &str,
        pick: Pick<PathBuf>,
    ) -> Result<Option<Setting<PathBuf>>, LabeledError> {
        let Some(given) = self.get(name, pick)? else {
            return Ok(None);
        };
        let path = self.absolute(&given.value, given.origin)?;
        Ok(Some(Setting::new(path, given.origin)))
    }

    /// Returns the folder of the plugin in a directory of the user's.
    fn default_directory(
        &self,
        variable: &str,
        otherwise: fn() -> Option<PathBuf>,
        setting: &str,
    ) -> Result<Setting<PathBuf>, LabeledError> {
        let base = match self.engine.get_env_var(variable)? {
            Some(Value::String { val, .. }) if Path::new(&val).is_absolute() => {
                Some(PathBuf::from(val))
            }
            _ => otherwise(),
        };
        match base {
            Some(base) => Ok(Setting::new(base.join("provisioning"), Origin::Default)),
            None => Err(
                LabeledError::new("no directory for the plugin's data can be told")
                    .with_code(Code::ConfigNoDataDir.as_str())
                    .with_label("needs a directory for data", self.head)
                    .with_help(format!("set $env.{setting}")),
            ),
        }
    }

    fn all_absolute(
        &self,
        given: Setting<Vec<PathBuf>>,
    ) -> Result<Setting<Vec<PathBuf>>, LabeledError> {
        let paths: Result<Vec<PathBuf>, LabeledError> = given
            .value
            .iter()
            .map(|path| self.absolute(path, given.origin))
            .collect();
        Ok(Setting::new(paths?, given.origin))
    }

    /// Returns a program: a name stays as it is, a path becomes absolute.
    fn program(&self, program: &Path, origin: Origin) -> Result<PathBuf, LabeledError> {
        let is_name = program.components().count() == 1 && !program.starts_with("~");
        if is_name && !program.is_absolute() {
            return Ok(program.to_owned());
        }
        self.absolute(program, origin)
    }

    /// Joins a path to the directory that it is meant from: that of the file, or the shell's, which is only asked for when
    /// it matters.
    fn absolute(&self, path: &Path, origin: Origin) -> Result<PathBuf, LabeledError> {
        if path.is_absolute() {
            return Ok(path.to_owned());
        }
        let directory = match self.file.get() {
            _ if path.starts_with("~") => PathBuf::from("/"),
            Some(Some(file)) if origin == Origin::File => file.directory().to_owned(),
            _ => PathBuf::from(self.engine.get_current_dir()?),
        };
        Ok(nu_path::expand_path_with(path, directory, true))
    }

    /// Returns what the environment says of a setting.
    fn variable(&self, spec: &Spec) -> Result<Option<Values>, LabeledError> {
        let Some(name) = spec.variable else {
            return Ok(None);
        };
        match self.engine.get_env_var(name)? {
            None | Some(Value::Nothing { .. }) => Ok(None),
            Some(Value::String { val, .. }) if val.is_empty() => Ok(None),
            Some(value) => Values::of_variable(spec, &given::given(&value))
                .map(Some)
                .map_err(|found| faults::in_variable(name, spec, &found, self.head)),
        }
    }

    /// Returns what the plugin's configuration says.
    fn config(&self) -> Result<&Values, LabeledError> {
        if self.config.get().is_none() {
            let values = match self.engine.get_plugin_config()? {
                None => Values::default(),
                Some(value) => {
                    let (values, found) =
                        Values::of_record(&given::given(&value), Notation::Nushell);
                    if !found.is_empty() {
                        return Err(faults::in_plugin_config(&found, self.head));
                    }
                    values
                }
            };
            return Ok(self.config.get_or_init(|| values));
        }
        Ok(self.config.get_or_init(Values::default))
    }

    /// Returns the file with settings, for one of them.
    ///
    /// What Nickel asks for at each evaluation is worth no further question to the shell: for that, a file counts only when
    /// the plugin's configuration names one.
    fn file_for(&self, spec: &Spec) -> Result<Option<&ConfigurationFile>, LabeledError> {
        // A file does not name another one.
        if spec.toml.is_empty() {
            return Ok(None);
        }
        if spec.name.starts_with("nickel.") && self.config()?.config_file.is_none() {
            return Ok(None);
        }
        self.file()
    }

    fn file(&self) -> Result<Option<&ConfigurationFile>, LabeledError> {
        if self.file.get().is_none() {
            let named = self.config_file()?;
            let file = match named.value {
                None => None,
                Some(path) => {
                    let file = KEPT_FILE.read(&path).map_err(|error| {
                        let said = self
                            .config
                            .get()
                            .and_then(|values| values.config_file.as_ref());
                        let here = match said {
                            Some(said) if named.origin == Origin::PluginConfig => {
                                real_span(Span::new(said.span.start, said.span.end), self.head)
                            }
                            _ => self.head,
                        };
                        labeled(&error, "the settings of this file are needed", here)
                    })?;
                    Some(file)
                }
            };
            let _ = self.file.set(file);
        }
        Ok(self.file.get().and_then(Option::as_deref))
    }
}
