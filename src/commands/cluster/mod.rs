//! `cluster`: components, their order, and deployments of them.

mod book;
mod component_status;
mod components;
mod create;
mod definition;
mod delete;
mod diff;
mod faults;
mod given;
mod graph;
mod history;
mod input;
mod list_components;
mod named;
mod outcome;
mod places;
mod plan;
mod resolve_deps;
mod restart_component;
mod resume;
mod rollback;
mod rows;
mod scale;
mod status;
mod upgrade;
mod values;
mod work;

use super::Command;
use super::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "cluster",
            description: "Work with clusters: components that depend on each other.",
            search_terms: &["components", "dependencies", "deployment"],
        }),
        Box::new(resolve_deps::ResolveDeps),
        Box::new(graph::Graph),
        Box::new(list_components::ListComponents),
        Box::new(plan::Plan),
        Box::new(create::Create),
        Box::new(status::Status),
        Box::new(component_status::ComponentStatus),
        Box::new(scale::Scale),
        Box::new(upgrade::Upgrade),
        Box::new(restart_component::RestartComponent),
        Box::new(delete::Delete),
        Box::new(resume::Resume),
        Box::new(rollback::Rollback),
        Box::new(history::History),
        Box::new(diff::Diff),
    ]
}
