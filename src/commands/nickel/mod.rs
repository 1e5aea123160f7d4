//! `nickel` and `from ncl`: Nickel files as data.

mod eval;
mod from_ncl;

use super::Command;
use super::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "nickel",
            description: "Evaluate Nickel configuration in-process.",
            search_terms: &["ncl", "configuration", "contract", "schema"],
        }),
        Box::new(eval::Eval),
        Box::new(from_ncl::FromNcl),
    ]
}
