//! `configuration`: settings, and the paths that stand in them (TRB-03).

use std::path::PathBuf;

use super::row::{Findings, Row, count};

const CHECK: &str = "configuration";

/// What is known of the settings.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// How many settings there are.
    pub settings: usize,
    /// How many of them somebody has set.
    pub set: usize,
    /// The file with settings.
    pub file: Option<PathBuf>,
    /// What is wrong with settings.
    pub faults: Vec<SettingFault>,
    /// The directories that somebody has set.
    pub paths: Vec<ConfiguredPath>,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// What, in a sentence.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// A directory that somebody has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredPath {
    /// The setting or the variable that it stands in.
    pub setting: String,
    /// The directory.
    pub path: PathBuf,
    /// What shows where it was set.
    pub see: String,
}

pub(super) fn check(configuration: &Configuration) -> Row {
    let mut findings = Findings::of(CHECK);
    for fault in &configuration.faults {
        let see = || "provisioning config".to_owned();
        findings.error(&fault.message, fault.help.clone().unwrap_or_else(see));
    }
    for ConfiguredPath { setting, path, see } in &configuration.paths {
        let shown = path.display();
        match path.metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => findings.warning(format!("`{shown}` of {setting} is no directory"), see),
            Err(_) => findings.warning(format!("`{shown}` of {setting} is not there"), see),
        }
    }
    let set = match configuration.set {
        0 => "all as they come".to_owned(),
        set => format!("{set} set"),
    };
    findings.fact(format!(
        "{}, {set}",
        count(configuration.settings, "setting", "settings")
    ));
    if let Some(file) = &configuration.file {
        findings.fact(format!("file `{}`", file.display()));
    }
    findings.into_row()
}
