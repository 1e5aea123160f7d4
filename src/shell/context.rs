//! What a running command has at hand.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{FromValue, IntoSpanned as _, LabeledError, PipelineData, Span, Spanned, Value};
use provisioning::audit::Log;
use provisioning::diagnostic::{Code, did_you_mean};
use provisioning::extension::{ExtensionType, Host};
use provisioning::metadata::VersionRequest;
use semver::Version;

use super::{Provisioning, Settings, invalid};

/// One call of a command.
pub(crate) struct Context<'a> {
    pub(crate) plugin: &'a Provisioning,
    pub(crate) engine: &'a EngineInterface,
    pub(crate) call: &'a EvaluatedCall,
    directory: OnceCell<String>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        plugin: &'a Provisioning,
        engine: &'a EngineInterface,
        call: &'a EvaluatedCall,
    ) -> Self {
        Self {
            plugin,
            engine,
            call,
            directory: OnceCell::new(),
        }
    }

    /// Returns the span of the command's name.
    pub(crate) fn head(&self) -> Span {
        self.call.head
    }

    /// Returns the settings as they are for this call.
    pub(crate) fn settings(&self) -> Settings<'a> {
        Settings::new(self.engine, self.call.head)
    }

    /// Returns a path the user gave as an absolute one: `~` is expanded, and a relative path starts in the *shell's*
    /// directory; the plugin's own is that of its executable.
    pub(crate) fn path(&self, given: &Spanned<String>) -> Result<Spanned<PathBuf>, LabeledError> {
        if given.item.is_empty() {
            return Err(invalid("the path is empty", "give a path", given.span)
                .with_code(Code::InputPath.as_str()));
        }
        // The shell is only asked where it is when that matters: each question takes time.
        let is_whole = given.item.starts_with('~') || Path::new(&given.item).is_absolute();
        let directory = if is_whole { "/" } else { self.directory()? };
        Ok(nu_path::expand_path_with(&given.item, directory, true).into_spanned(given.span))
    }

    /// Returns the shell's current directory, which is asked for once.
    pub(crate) fn directory(&self) -> Result<&str, LabeledError> {
        if self.directory.get().is_none() {
            let _ = self.directory.set(self.engine.get_current_dir()?);
        }
        Ok(self.directory.get().map_or("", String::as_str))
    }

    /// Returns the paths of the arguments or, when there are none, those of the pipeline, each as [`Context::path`] does.
    ///
    /// The pipeline may hold a path, a list of paths, or rows with a `path` column or, as `ls` gives them, a `name` column. With an argument it is not looked at:
    /// the body of `each {|it| command $it }` has the item as its input too.
    pub(crate) fn paths(
        &self,
        given: Vec<Spanned<String>>,
        input: PipelineData,
    ) -> Result<Vec<Spanned<PathBuf>>, LabeledError> {
        if !given.is_empty() {
            return given.iter().map(|given| self.path(given)).collect();
        }
        let mut all = Vec::new();
        for value in input {
            let value = match value {
                Value::Error { error, .. } => return Err((*error).into()),
                value => value,
            };
            let values = match value {
                Value::List { vals, .. } => vals.into_owned(),
                value => vec![value],
            };
            for value in values {
                all.push(self.path_in(value)?);
            }
        }
        all.iter().map(|given| self.path(given)).collect()
    }

    fn path_in(&self, value: Value) -> Result<Spanned<String>, LabeledError> {
        let span = super::real_span(value.span(), self.head());
        let text = match &value {
            Value::Record { val, .. } => val.get("path").or_else(|| val.get("name")),
            value => Some(value),
        };
        match text {
            Some(Value::String { val, .. } | Value::Glob { val, .. }) => {
                // What programs print ends in a line break.
                let path = val.trim_end_matches(['\r', '\n']);
                Ok(path.to_owned().into_spanned(span))
            }
            _ => Err(invalid(
                match &value {
                    Value::Record { .. } => "a path is needed, and this row has none".to_owned(),
                    value => format!("a path is needed, and this is {}", value.get_type()),
                },
                "neither a path nor a row with a `path` or `name` column",
                span,
            )),
        }
    }

    /// Returns the value of a flag or argument read by `read`, with the user's text underlined when it cannot be read.
    fn parsed<T>(
        &self,
        given: Option<Spanned<String>>,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<Spanned<T>>, LabeledError> {
        given
            .map(|given| match read(&given.item) {
                Ok(value) => Ok(value.into_spanned(given.span)),
                Err(help) => Err(invalid(
                    format!("`{}` is not {what}", given.item),
                    format!("not {what}"),
                    given.span,
                )
                .with_help(help)),
            })
            .transpose()
    }

    /// Returns the type that a flag or an argument gives.
    pub(crate) fn kind(
        &self,
        given: Option<Spanned<String>>,
    ) -> Result<Option<Spanned<ExtensionType>>, LabeledError> {
        self.parsed(given, "a type of extension", |word| {
            ExtensionType::from_str(word).map_err(|_| {
                did_you_mean(word, ExtensionType::WORDS)
                    .unwrap_or_else(|| format!("one of: {}", ExtensionType::WORDS.join(", ")))
            })
        })
    }

    /// Returns the type of `--type`.
    pub(crate) fn kind_flag(&self) -> Result<Option<Spanned<ExtensionType>>, LabeledError> {
        self.kind(self.call.get_flag("type")?)
    }

    /// Returns the request of `--version`.
    pub(crate) fn version_flag(&self) -> Result<Option<Spanned<VersionRequest>>, LabeledError> {
        self.parsed(
            self.call.get_flag("version")?,
            "a version or a range of versions",
            |text| {
                VersionRequest::read(text)
                    .map_err(|reason| format!("{reason}; such as 1.28.0, '>=1.28' or latest"))
            },
        )
    }

    /// Returns the time of `--since`, which may be given as a duration until now.
    pub(crate) fn since_flag(&self) -> Result<Option<DateTime<Utc>>, LabeledError> {
        let bad = |message: String, label: &str, span| {
            Err(invalid(message, label, span)
                .with_help("give a duration such as 2hr, or a time such as 2026-01-31"))
        };
        match self.call.get_flag_value("since") {
            None => Ok(None),
            Some(Value::Date { val, .. }) => Ok(Some(val.to_utc())),
            Some(Value::Duration {
                val, internal_span, ..
            }) => {
                let duration = chrono::Duration::nanoseconds(val);
                match Utc::now().checked_sub_signed(duration) {
                    Some(time) if val >= 0 => Ok(Some(time)),
                    _ => bad(
                        "--since is negative".to_owned(),
                        "not in the past",
                        internal_span,
                    ),
                }
            }
            Some(other) => bad(
                format!("--since is {}", other.get_type()),
                "neither a duration nor a time",
                other.span(),
            ),
        }
    }

    /// Returns the path of `--field`, or of another flag that is such a path.
    pub(crate) fn field_flag(
        &self,
        flag: &str,
    ) -> Result<Option<Spanned<Vec<String>>>, LabeledError> {
        self.parsed(
            self.call.get_flag(flag)?,
            "a path of fields",
            provisioning::nickel::field_path,
        )
    }

    /// Returns a flag that is a duration longer than nothing.
    pub(crate) fn duration_flag(&self, flag: &str) -> Result<Option<Duration>, LabeledError> {
        let Some(given) = self.call.get_flag_value(flag) else {
            return Ok(None);
        };
        match u64::try_from(given.as_duration()?) {
            Ok(nanoseconds @ 1..) => Ok(Some(Duration::from_nanos(nanoseconds))),
            _ => Err(invalid(
                format!("--{flag} is zero or less"),
                "give a duration such as 5sec",
                given.span(),
            )),
        }
    }

    /// Returns the longest time that an operation may take: that of `--timeout`, or of the settings.
    pub(crate) fn runner_timeout(&self) -> Result<Duration, LabeledError> {
        match self.duration_flag("timeout")? {
            Some(timeout) => Ok(timeout),
            None => Ok(self.settings().runner_timeout()?.value),
        }
    }

    /// Returns how this call is written down: as done by the shell's process.
    pub(crate) fn log(&self, settings: &Settings<'_>) -> Result<Log, LabeledError> {
        let log = Log::new(settings.audit_keep()?.value);
        Ok(match parent_process() {
            Some(shell) => log.on_behalf_of(shell),
            None => log,
        })
    }

    /// Returns the platform that constraints are compared with.
    pub(crate) fn host(&self) -> Result<Host, LabeledError> {
        Ok(Host::with_nushell(self.nushell_version()?))
    }

    /// Returns the version of the running Nushell; that of the protocol when the shell does not tell (GAP-36).
    pub(crate) fn nushell_version(&self) -> Result<Version, LabeledError> {
        let told = self
            .engine
            .get_env_var("NU_VERSION")?
            .map(String::from_value)
            .transpose()?;
        Ok(told
            .and_then(|text| Version::parse(&text).ok())
            .unwrap_or(LINKED_NUSHELL))
    }
}

/// Returns the process that has started this one.
#[cfg(unix)]
fn parent_process() -> Option<u32> {
    let parent = rustix::process::getppid()?;
    u32::try_from(parent.as_raw_pid()).ok()
}

#[cfg(not(unix))]
fn parent_process() -> Option<u32> {
    None
}

/// The version of Nushell that the plugin is built for; a test holds it against the lock file.
pub(crate) const LINKED_NUSHELL: Version = Version::new(0, 115, 1);

#[cfg(test)]
mod tests {
    use super::LINKED_NUSHELL;

    #[test]
    fn the_linked_nushell_is_the_one_in_the_lock_file() {
        let lock = include_str!("../../Cargo.lock");
        let package = lock
            .split("[[package]]")
            .find(|package| package.contains("name = \"nu-plugin\"\n"))
            .unwrap();
        assert!(package.contains(&format!("version = \"{LINKED_NUSHELL}\"")));
    }
}
