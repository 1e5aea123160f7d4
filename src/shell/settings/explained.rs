//! Every setting with every source that was looked at.

use std::collections::HashSet;
use std::path::PathBuf;

use nu_protocol::{LabeledError, ShellError};
use provisioning::configuration::{
    AutoUpdate, Fault, LogLevel, Notation, Said, Shown, Spec, Values,
};
use provisioning::diagnostic::safe_text;
use provisioning::nickel::{DEFAULT_MEMORY, DEFAULT_TIMEOUT, Isolation};

use super::{
    AUDIT_KEEP, CACHE_LIMIT, CACHE_SIZE, Origin, RUNNER_TIMEOUT, Setting, Settings, faults, given,
};

/// A setting with every source that was looked at.
pub(crate) struct Explained {
    pub(crate) spec: &'static Spec,
    /// The sources in their order; the default is the last.
    pub(crate) candidates: Vec<Candidate>,
}

/// What one source says of a setting.
pub(crate) struct Candidate {
    pub(crate) origin: Origin,
    /// What the setting is called there.
    pub(crate) name: Option<String>,
    /// What it says; nothing when it does not.
    pub(crate) value: Option<Shown>,
}

impl Explained {
    /// Returns the source that is used: the first that says something.
    pub(crate) fn used(&self) -> usize {
        let first = self.candidates.iter().position(|one| one.value.is_some());
        first.unwrap_or(self.candidates.len().saturating_sub(1))
    }
}

/// A setting, or what was taken for one, whatever is wrong with it.
pub(crate) struct Told {
    pub(crate) name: String,
    /// What it is for, if there is such a setting.
    pub(crate) about: Option<&'static str>,
    /// The sources in their order, as far as they can be read.
    pub(crate) explained: Option<Explained>,
    /// What is wrong, and the source that says it.
    pub(crate) error: Option<(Option<Origin>, String)>,
}

impl Settings<'_> {
    /// Returns every setting, and what is wrong with it. To be asked of settings that were not asked for anything else.
    pub(crate) fn told(&self) -> Result<Vec<Told>, LabeledError> {
        let config = self.engine.get_plugin_config()?;
        let (values, found) = match &config {
            None => (Values::default(), Vec::new()),
            Some(value) => Values::of_record(&given::given(value), Notation::Nushell),
        };
        let _ = self.config.set(values);
        let file = self.file().err().map(|error| {
            let _ = self.file.set(None);
            texts(&error)
        });
        let mut all = Vec::new();
        for spec in Values::SETTINGS {
            let said: Vec<String> = found
                .iter()
                .filter(|fault| is_about(fault, spec))
                .map(|fault| fault.message(None))
                .collect();
            let explained = self.explain(spec);
            let is_default = explained
                .as_ref()
                .is_ok_and(|one| one.used() + 1 == one.candidates.len());
            let error = if let Err(error) = &explained {
                let of_variable = self.variable(spec).is_err();
                Some((of_variable.then_some(Origin::Environment), texts(error)))
            } else if !said.is_empty() {
                Some((Some(Origin::PluginConfig), said.join("; ")))
            } else if let Some(error) = &file {
                // What it would have said, nobody knows.
                let see = || "see the setting `config_file`".to_owned();
                match spec.name {
                    "config_file" => Some((None, error.clone())),
                    _ if is_default && !spec.toml.is_empty() => Some((Some(Origin::File), see())),
                    _ => None,
                }
            } else {
                None
            };
            all.push(Told {
                name: spec.name.to_owned(),
                about: Some(spec.about),
                explained: explained.ok(),
                error,
            });
        }
        let of_none = found
            .iter()
            .filter(|fault| !Values::SETTINGS.iter().any(|spec| is_about(fault, spec)));
        all.extend(of_none.map(|fault| Told {
            name: safe_text(&fault.name).into_owned(),
            about: None,
            explained: None,
            error: Some((Some(Origin::PluginConfig), fault.message(None))),
        }));
        Ok(all)
    }

    /// Returns every setting with every source that was looked at, or everything that is wrong with any of them.
    pub(crate) fn explained(&self) -> Result<Vec<Explained>, LabeledError> {
        let mut errors = Vec::new();
        errors.extend(self.config().err());
        // Which file it is can only be told when the configuration can be read.
        if errors.is_empty() {
            errors.extend(self.file().err());
        }
        let is_whole = errors.is_empty();
        let mut all = Vec::new();
        for spec in Values::SETTINGS {
            let found = if is_whole {
                self.explain(spec)
            } else {
                // Variables can be wrong besides.
                self.variable(spec).map(|_| Explained {
                    spec,
                    candidates: Vec::new(),
                })
            };
            match found {
                Ok(explained) => all.push(explained),
                Err(error) => errors.push(error),
            }
        }
        // The variable of the file is asked for the file, and for itself.
        let mut told = HashSet::new();
        errors.retain(|error| told.insert(error.msg.clone()));
        if errors.is_empty() {
            Ok(all)
        } else {
            Err(faults::together(
                errors,
                "settings cannot be used",
                self.head,
            ))
        }
    }

    fn explain(&self, spec: &'static Spec) -> Result<Explained, LabeledError> {
        let mut candidates = Vec::new();
        let mut add = |origin, name, said: Option<Said<Shown>>| -> Result<(), LabeledError> {
            let value = match said {
                Some(said) => Some(self.whole(said.value, origin)?),
                None => None,
            };
            candidates.push(Candidate {
                origin,
                name,
                value,
            });
            Ok(())
        };
        if let Some(variable) = spec.variable {
            let said = self
                .variable(spec)?
                .and_then(|values| values.shown(spec.name));
            add(Origin::Environment, Some(variable.to_owned()), said)?;
        }
        let name = format!("$env.config.plugins.provisioning.{}", spec.name);
        add(
            Origin::PluginConfig,
            Some(name),
            self.config()?.shown(spec.name),
        )?;
        if let Some(file) = self.file_for(spec)? {
            let said = file.values().shown(spec.name);
            let name = match &said {
                Some(said) => file.place(said.span),
                None => file.path().display().to_string(),
            };
            add(Origin::File, Some(name), said)?;
        }
        // Where no default can be told, none is needed as long as another source says something.
        let is_said = candidates.iter().any(|one| one.value.is_some());
        let default = match self.default_of(spec) {
            Err(_) if is_said => None,
            default => Some(default?),
        };
        candidates.push(Candidate {
            origin: Origin::Default,
            name: None,
            value: default,
        });
        Ok(Explained { spec, candidates })
    }

    /// Returns a value with its paths as they are meant.
    fn whole(&self, value: Shown, origin: Origin) -> Result<Shown, LabeledError> {
        Ok(match value {
            Shown::Path(path) => Shown::Path(self.absolute(&path, origin)?),
            Shown::Program(path) => Shown::Program(self.program(&path, origin)?),
            Shown::Paths(paths) => {
                Shown::Paths(self.all_absolute(Setting::new(paths, origin))?.value)
            }
            Shown::Keys(keys) => Shown::Keys(self.keys(keys, origin)?),
            Shown::NamedPaths(paths) => Shown::NamedPaths(
                paths
                    .into_iter()
                    .map(|(name, path)| Ok((name, self.absolute(&path, origin)?)))
                    .collect::<Result<_, LabeledError>>()?,
            ),
            other => other,
        })
    }

    fn default_of(&self, spec: &Spec) -> Result<Shown, LabeledError> {
        let path = |setting: Setting<PathBuf>| Shown::Path(setting.value);
        Ok(match spec.name {
            "data_dir" => path(self.default_data_dir()?),
            "cache_dir" => path(self.default_cache_dir()?),
            "extension_dirs" => Shown::Paths(self.default_extension_dirs()?.value),
            "cache_size" => Shown::Whole(CACHE_SIZE),
            "cache_limit" => Shown::Size(CACHE_LIMIT),
            "auto_load" | "keep_alive" => Shown::Flag(true),
            "auto_update" => Shown::Text(AutoUpdate::default().as_str().to_owned()),
            "audit_keep" => Shown::Whole(AUDIT_KEEP),
            "jobs" => Shown::Whole(0),
            "trusted_keys" => Shown::Keys(Vec::new()),
            // Whoever says whom to trust does not want anybody else's.
            "require_signature" => Shown::Flag(!self.trusted_keys()?.value.is_empty()),
            "remotes" | "nickel.packages" => Shown::NamedTexts(Default::default()),
            "nickel.import_paths" => Shown::Paths(Vec::new()),
            "nickel.isolation" => Shown::Text(Isolation::default().as_str().to_owned()),
            "nickel.memory" => Shown::Size(DEFAULT_MEMORY),
            "nickel.timeout" => Shown::Duration(DEFAULT_TIMEOUT),
            "runner.timeout" => Shown::Duration(RUNNER_TIMEOUT),
            "log.level" => Shown::Text(LogLevel::default().as_str().to_owned()),
            // `runner.nu`, `log.file` and `config_file`.
            _ => Shown::Nothing,
        })
    }
}

/// Whether a fault is one of a setting, or of an item or a key in it.
fn is_about(fault: &Fault, spec: &Spec) -> bool {
    fault
        .name
        .strip_prefix(spec.name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Returns what an error says as one text, with everything that it was put together from. Of what shows lines of a file,
/// the first line is the message.
fn texts(error: &LabeledError) -> String {
    if error.inner.is_empty() {
        return error.msg.lines().next().unwrap_or_default().to_owned();
    }
    let inner = error.inner.iter().map(|inner| match inner {
        ShellError::LabeledError(inner) => texts(inner),
        other => other.to_string(),
    });
    inner.collect::<Vec<_>>().join("; ")
}
