//! `template`: templates in Jinja's language with data, and what is wrong with them.

mod check;
mod render;

use super::Command;
use super::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "template",
            description: "Render templates with data, and check them without.",
            search_terms: &["jinja", "j2", "configuration", "file"],
        }),
        Box::new(check::Check),
        Box::new(render::Render),
    ]
}
