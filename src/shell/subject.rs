//! What `provisioning doctor` looks at, as the shell and the settings say it. Whatever cannot be read is left out: the settings
//! are looked at as well, and tell why.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nu_protocol::{HandlerGuard, LabeledError, ShellError, Value};
use provisioning::configuration::Shown;
use provisioning::doctor::{Configuration, ConfiguredPath, Nushell, Plugin, SettingFault, Subject};
use provisioning::manager::DEFAULT_CACHE_LIMIT;
use provisioning::nickel::Interrupt;
use provisioning::worker;

use super::surroundings::search_path;
use super::{Context, Explained, LINKED_NUSHELL, Settings};
use crate::shell::settings::Origin;

/// Longest time that a Nushell may take to tell its version.
const NUSHELL_TIMEOUT: Duration = Duration::from_secs(5);

impl Context<'_> {
    /// Returns what there is to look at; Ctrl-C ends the looking as long as the guard lives.
    pub(crate) fn subject(&self) -> Result<(Subject, HandlerGuard), LabeledError> {
        let interrupt = Interrupt::default();
        let raised = interrupt.clone();
        let guard = self
            .engine
            .register_signal_handler(Box::new(move |_| raised.trigger()))?;
        if self.engine.signals().interrupted() {
            interrupt.trigger();
        }
        let settings = self.settings();
        let subject = Subject {
            nushell: self.nushell(&settings)?,
            plugin: Plugin {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                linked: LINKED_NUSHELL,
                shell: self.nushell_version().unwrap_or(LINKED_NUSHELL),
                worker: worker::this_program().map_err(|error| error.to_string()),
            },
            data_dir: settings.data_dir().ok().map(|given| given.value),
            cache_dir: settings.cache_dir().ok().map(|given| given.value),
            cache_limit: settings
                .cache_limit()
                .map_or(DEFAULT_CACHE_LIMIT, |given| given.value),
            audit_keep: settings
                .audit_keep()
                .map_or(provisioning::audit::DEFAULT_KEEP, |given| given.value),
            configuration: self.configuration(&settings)?,
            log: settings.log().ok().map(|given| given.value),
            interrupt,
        };
        Ok((subject, guard))
    }

    fn nushell(&self, settings: &Settings<'_>) -> Result<Option<Nushell>, LabeledError> {
        let (Ok(program), Ok(timeout)) = (settings.runner_nu(), settings.runner_timeout()) else {
            return Ok(None);
        };
        Ok(Some(Nushell {
            program: program.value.or_else(super::runner::own_shell),
            search_path: search_path(self.engine)?,
            timeout: timeout.value.min(NUSHELL_TIMEOUT),
        }))
    }

    fn configuration(&self, settings: &Settings<'_>) -> Result<Configuration, LabeledError> {
        let mut configuration = Configuration::default();
        match settings.explained() {
            Ok(explained) => {
                configuration.settings = explained.len();
                for one in &explained {
                    describe(one, &mut configuration);
                }
            }
            Err(error) => configuration.faults = faults(error),
        }
        if let Ok(remotes) = settings.remotes() {
            for (name, url) in remotes.value {
                let setting = format!("the remote `{name}`");
                configuration
                    .paths
                    .extend(directory_of(&url).map(|path| ConfiguredPath {
                        setting,
                        path,
                        see: see("remotes"),
                    }));
            }
        }
        configuration.paths.extend(self.lib_dirs_that_were_set()?);
        Ok(configuration)
    }

    /// Returns the directories of `NU_LIB_DIRS`, but for those that Nushell itself puts there, which need not be there.
    fn lib_dirs_that_were_set(&self) -> Result<Vec<ConfiguredPath>, LabeledError> {
        let given = match self.engine.get_env_var("NU_LIB_DIRS")? {
            Some(Value::List { vals, .. }) => vals.into_owned(),
            _ => Vec::new(),
        };
        let paths = given.iter().filter_map(|value| value.as_str().ok());
        let is_from_nushell = |path: &PathBuf| {
            path.ends_with("nushell/scripts") || path.ends_with("nushell/completions")
        };
        Ok(paths
            .map(nu_path::expand_tilde)
            // One that depends on where the shell is is looked for nowhere.
            .filter(|path| path.is_absolute() && !is_from_nushell(path))
            .map(|path| ConfiguredPath {
                setting: "`NU_LIB_DIRS`".to_owned(),
                path,
                see: "$env.NU_LIB_DIRS".to_owned(),
            })
            .collect())
    }
}

/// Adds what a setting says.
fn describe(explained: &Explained, configuration: &mut Configuration) {
    let Some(used) = explained.candidates.get(explained.used()) else {
        return;
    };
    if used.origin == Origin::Default {
        return;
    }
    configuration.set += 1;
    let name = explained.spec.name;
    let mut add = |setting: String, path: &Path| {
        configuration.paths.push(ConfiguredPath {
            setting,
            path: path.to_owned(),
            see: see(name),
        });
    };
    match &used.value {
        Some(Shown::Path(file)) if name == "config_file" => {
            configuration.file = Some(file.clone());
        }
        Some(Shown::Paths(paths)) => {
            for path in paths {
                add(format!("`{name}`"), path);
            }
        }
        Some(Shown::NamedPaths(paths)) => {
            for (key, path) in paths {
                add(format!("`{name}.{key}`"), path);
            }
        }
        _ => {}
    }
}

/// Returns the command that shows where a setting was made.
fn see(setting: &str) -> String {
    format!("provisioning config --explain | where setting == '{setting}'")
}

/// Returns the directory of a `file:` URL. One with escapes is left to whoever uses it.
fn directory_of(url: &str) -> Option<PathBuf> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    (!path.contains('%')).then(|| PathBuf::from(path))
}

/// Returns everything that is wrong with settings; an error with several holds them.
fn faults(error: LabeledError) -> Vec<SettingFault> {
    if error.inner.is_empty() {
        return vec![SettingFault {
            // Findings in a file show its lines below.
            message: error.msg.lines().next().unwrap_or_default().to_owned(),
            help: error.help,
        }];
    }
    let inner = error.inner.into_iter().map(|inner| match inner {
        ShellError::LabeledError(inner) => *inner,
        other => LabeledError::from(other),
    });
    inner.flat_map(faults).collect()
}
