//! `plugin`: the plugin against the running shell (GAP-36), and its worker processes.

use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

use super::program::is_same_release;
use super::row::{Findings, Row};
use crate::nickel::{Evaluator, Input, Interrupt, Isolation, Limits, Program};

const CHECK: &str = "plugin";
/// Longest time until a worker has to have answered.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The plugin itself.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// Its version.
    pub version: String,
    /// The Nushell that it is built for.
    pub linked: Version,
    /// The Nushell that is running.
    pub shell: Version,
    /// The program that is started as a worker, or why it cannot be told.
    pub worker: Result<PathBuf, String>,
}

pub(super) fn check(plugin: &Plugin, interrupt: &Interrupt) -> Row {
    let mut findings = Findings::of(CHECK);
    let Plugin {
        version,
        linked,
        shell,
        ..
    } = plugin;
    findings.fact(format!(
        "{version} for Nushell {linked}, in Nushell {shell}"
    ));
    if !is_same_release(linked, shell) {
        findings.error(
            format!("{version} is built for Nushell {linked}, and this shell is {shell}"),
            format!(
                "install the plugin for Nushell {}.{}, then: plugin add nu_plugin_provisioning",
                shell.major, shell.minor
            ),
        );
    }
    match work(plugin, interrupt) {
        Ok(()) => findings.fact("its workers start"),
        Err(reason) => findings.error(
            format!("a worker process cannot be used: {reason}"),
            "$env.config.plugins.provisioning.nickel.isolation = 'in-process'",
        ),
    }
    findings.into_row()
}

/// Lets a new worker do a sum.
fn work(plugin: &Plugin, interrupt: &Interrupt) -> Result<(), String> {
    let limits = Limits {
        timeout: TIMEOUT,
        interrupt: interrupt.clone(),
        ..Limits::default()
    };
    let evaluator = Evaluator::with_worker(plugin.worker.clone()?)
        .isolated(Isolation::Worker)
        .limited(limits);
    let sum = Program::new(Input::Text {
        text: "1 + 1".to_owned(),
        name: "doctor".to_owned(),
        directory: PathBuf::from("/"),
    });
    match evaluator.evaluate(&sum, &[], None) {
        Ok(value) if value == 2 => Ok(()),
        Ok(_) => Err("it gives wrong results".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
