//! `cluster`: components and their order.

mod components;
mod faults;
mod graph;
mod input;
mod plan;
mod resolve_deps;

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
    ]
}
