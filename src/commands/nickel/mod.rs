//! `nickel`, `from ncl` and `to ncl`: Nickel files as data, and data against Nickel contracts.

mod apply;
mod checking;
mod described;
mod diff;
mod doc;
mod eval;
mod from_ncl;
mod query;
mod to_ncl;
mod typecheck;
mod validate;

use super::Command;
use super::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "nickel",
            description: "Evaluate Nickel configuration, describe it, and hold data against it.",
            search_terms: &["ncl", "configuration", "contract", "schema"],
        }),
        Box::new(apply::Apply),
        Box::new(diff::Diff),
        Box::new(doc::Doc),
        Box::new(eval::Eval),
        Box::new(query::Query),
        Box::new(typecheck::Typecheck),
        Box::new(validate::Validate),
        Box::new(from_ncl::FromNcl),
        Box::new(to_ncl::ToNcl),
    ]
}
