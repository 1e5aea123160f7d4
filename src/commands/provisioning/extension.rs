//! `provisioning extension`: commands of `extension` by their names in the source documents.

use crate::commands::Command;
use crate::commands::extension::Test;
use crate::commands::parent::Parent;

pub(super) fn commands() -> Vec<Command> {
    vec![
        Box::new(Parent {
            name: "provisioning extension",
            description: "Work on extensions, as the source documents name it.",
            search_terms: &["author", "test"],
        }),
        Box::new(Test {
            name: "provisioning extension test",
        }),
    ]
}
