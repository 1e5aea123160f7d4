//! `provisioning`: the plugin itself.

mod audit;
mod config;
mod doctor;
mod extension;
mod module;
mod version;

use super::Command;
use super::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    let mut all: Vec<Command> = vec![
        Box::new(Parent {
            name: "provisioning",
            description: "Infrastructure extensions: providers, taskservs, clusters and templates.",
            search_terms: &["infrastructure", "plugin", "extension"],
        }),
        Box::new(audit::Audit),
        Box::new(config::Config),
        Box::new(doctor::Doctor),
        Box::new(version::Version),
    ];
    all.extend(extension::commands());
    all.extend(module::commands());
    all
}
