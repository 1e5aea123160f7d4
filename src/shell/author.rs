//! Who works at this shell, and in which year.

use std::path::PathBuf;

use chrono::{Datelike as _, Local};
use nu_protocol::{LabeledError, Value};
use provisioning::scaffold::default_author;

use super::Context;

impl Context<'_> {
    /// Returns who makes an extension, when nobody says it: the user of Git's configuration, which is read from its files.
    pub(crate) fn author(&self) -> Result<String, LabeledError> {
        let directory = |name: &str| -> Result<Option<PathBuf>, LabeledError> {
            Ok(match self.engine.get_env_var(name)? {
                Some(Value::String { val, .. }) => Some(PathBuf::from(val)),
                _ => None,
            })
        };
        let home = directory("HOME")?
            .or_else(dirs::home_dir)
            .filter(|path| path.is_absolute());
        let config = directory("XDG_CONFIG_HOME")?
            .filter(|path| path.is_absolute())
            .or_else(|| home.as_ref().map(|home| home.join(".config")));
        let files: Vec<PathBuf> = [
            config.map(|config| config.join("git/config")),
            home.map(|home| home.join(".gitconfig")),
        ]
        .into_iter()
        .flatten()
        .collect();
        Ok(default_author(&files))
    }
}

/// Returns the year that it is here.
pub(crate) fn this_year() -> i32 {
    Local::now().year()
}
