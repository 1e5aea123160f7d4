//! Running code of extensions for a command: with which Nushell, and in which environment.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nu_protocol::{LabeledError, Value};
use provisioning::nushell::runner::Runner;

use super::surroundings::search_path;
use super::{Context, invalid};
use crate::shell::settings::Origin;

/// The name that is looked for when nothing says another.
const NAME: &str = "nu";

impl Context<'_> {
    /// Returns what runs code: the Nushell of the setting `runner.nu`, or the shell's own, or the one of the `PATH`.
    pub(crate) fn runner(&self) -> Result<Runner, LabeledError> {
        let setting = self.settings().runner_nu()?;
        let program = match (setting.value, own_shell()) {
            (None, Some(own)) => own,
            (None, None) => self.in_path(Path::new(NAME), setting.origin)?,
            (Some(path), _) if path.is_absolute() => path,
            (Some(name), _) => self.in_path(&name, setting.origin)?,
        };
        Runner::new(program).map_err(|error| LabeledError::new(error.to_string()))
    }

    fn in_path(&self, name: &Path, origin: Origin) -> Result<PathBuf, LabeledError> {
        let file = format!("{}{}", name.display(), std::env::consts::EXE_SUFFIX);
        let directories = search_path(self.engine)?;
        let mut all = directories.iter().map(|directory| directory.join(&file));
        all.find(|path| path.is_absolute() && path.is_file())
            .ok_or_else(|| {
                let said = match origin {
                    Origin::Default => String::new(),
                    _ => ", which the setting `runner.nu` names".to_owned(),
                };
                invalid(
                    format!("there is no `{}` in the PATH{said}", name.display()),
                    "needs a Nushell to run code with",
                    self.head(),
                )
                .with_code(provisioning::diagnostic::Code::RunStart.as_str())
                .with_help(
                    "say which one: $env.config.plugins.provisioning.runner.nu = $nu.current-exe",
                )
            })
    }

    /// Returns one variable of the shell as programs see it.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        let value = self.engine.get_env_var(name).ok()??;
        as_programs_see(name, value)
    }

    /// Returns the variables of the shell as programs see them. Which of them code sees is another question.
    pub(crate) fn variables(&self) -> Result<Vec<(OsString, OsString)>, LabeledError> {
        let all: HashMap<String, Value> = self.engine.get_env_vars()?;
        Ok(all
            .into_iter()
            .filter_map(|(name, value)| {
                let text = as_programs_see(&name, value)?;
                Some((name.into(), text))
            })
            .collect())
    }
}

/// Returns a variable as programs see it; none when it has a value that they cannot see.
fn as_programs_see(name: &str, value: Value) -> Option<OsString> {
    match value {
        Value::List { vals, .. } if name.eq_ignore_ascii_case("path") => {
            let paths = vals.iter().filter_map(|value| value.as_str().ok());
            std::env::join_paths(paths.map(nu_path::expand_tilde)).ok()
        }
        Value::List { .. } | Value::Record { .. } | Value::Closure { .. } => None,
        value => value.coerce_into_string().ok().map(Into::into),
    }
}

/// Returns the program of the shell that has started this plugin.
#[cfg(target_os = "linux")]
pub(super) fn own_shell() -> Option<PathBuf> {
    let shell = rustix::process::getppid()?.as_raw_pid();
    let program = std::fs::read_link(format!("/proc/{shell}/exe")).ok()?;
    // One that was replaced on disk has another name now.
    program.is_file().then_some(program)
}

/// The system does not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn own_shell() -> Option<PathBuf> {
    None
}
