//! What a machine has to have: programs and environment variables.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity, is_unsafe_char};
use crate::metadata::{Metadata, Node};
use crate::validation::Validator;

/// Adds what is missing.
pub(super) fn surroundings(
    metadata: &Metadata,
    validator: &Validator,
    findings: &mut Vec<Diagnostic>,
) {
    let severity = if validator.strict_environment {
        Severity::Error
    } else {
        Severity::Warning
    };
    let user = &metadata.name;
    let mut lacks = |node: &Node, code, message, label: &str, help: String| {
        let mut finding = Diagnostic::warning(code, message)
            .with_label(&node.source, node.span, label)
            .with_help(help);
        finding.severity = severity;
        findings.push(finding);
    };
    for (name, node) in named(metadata, "dependencies.system_packages") {
        if !validator.environment.has_program(name) {
            lacks(
                node,
                Code::DependencyProgram,
                format!(
                    "no program called `{name}` was found, and `{user}` needs that system package"
                ),
                "not on PATH",
                "install it; if its programs have other names, name one of them instead".to_owned(),
            );
        }
    }
    for (name, node) in named(metadata, "configuration.required_env") {
        if !validator.environment.has_variable(name) {
            lacks(
                node,
                Code::DependencyVariable,
                format!("the environment variable `{name}` has no value, and `{user}` needs one"),
                "not set, or empty",
                format!("$env.{name} = \"...\""),
            );
        }
    }
}

/// The names in a list of the metadata, each once. What is no name at all is told by the rule `structure`.
fn named<'a>(metadata: &'a Metadata, path: &str) -> Vec<(&'a str, &'a Node)> {
    let mut known = BTreeSet::new();
    metadata
        .document
        .at(path)
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|node| Some((node.as_str()?.trim(), node)))
        .filter(|(name, _)| !name.is_empty() && !name.chars().any(is_unsafe_char))
        .filter(|(name, _)| known.insert(*name))
        .collect()
}
