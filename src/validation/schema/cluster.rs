//! The components of a cluster, resolved as when it is deployed (CSC-05, CSC-20..25).

use serde_json::Value;

use super::own::{Described, MAX_FINDINGS, shown, step};
use crate::diagnostic::{Code, Diagnostic, Step};
use crate::graph::{Component, ComponentVersion, Fault, Need, resolve};
use crate::metadata::read_constraint;

/// Most places of one fault that are underlined.
const MAX_LABELS: usize = 10;

/// Returns what is wrong with the components of a cluster.
pub(super) fn faults(cluster: &Described<'_>) -> Vec<Diagnostic> {
    let Some(rows) = cluster.value.get("components").and_then(Value::as_array) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let mut components = Vec::new();
    // Where in the list each component stands.
    let mut places = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match component(row) {
            Ok(component) => {
                components.push(component);
                places.push(at);
            }
            // Nickel tells what is wrong with it.
            Err(None) => {}
            Err(Some(Unreadable { message, below })) => {
                let mut path = vec![step("components"), Step::Index(at)];
                path.extend(below);
                let finding = Diagnostic::error(
                    Code::ClusterInvalid,
                    format!("component {} {message}", at + 1),
                )
                .with_help("a component is `{ name = \"app\", dependencies = [\"db\"], enabled = true }`; only the name is required");
                findings.push(cluster.label(finding, &path, "not a component"));
            }
        }
    }
    let is_complete = components.len() == rows.len();
    let faults = resolve(&components, false).err().unwrap_or_default();
    findings.extend(
        faults
            .iter()
            // A component that cannot be read may be the one that is missing.
            .filter(|fault| is_complete || !matches!(fault, Fault::UnknownDependency { .. }))
            .map(|fault| told(cluster, fault, &places)),
    );
    findings.truncate(MAX_FINDINGS);
    findings
}

struct Unreadable {
    message: String,
    below: Vec<Step>,
}

fn told(cluster: &Described<'_>, fault: &Fault, places: &[usize]) -> Diagnostic {
    let help = match fault {
        Fault::DisabledDependency {
            component,
            dependency,
            ..
        } => format!("enable `{dependency}`, or disable `{component}` too"),
        fault => fault.help(),
    };
    let mut finding = Diagnostic::error(fault.code(), fault.message()).with_help(help);
    let row = |row: &usize| {
        let at = places.get(*row).copied().unwrap_or(*row);
        vec![step("components"), Step::Index(at)]
    };
    match fault {
        Fault::UnknownDependency { row: at, need, .. }
        | Fault::DisabledDependency { row: at, need, .. }
        | Fault::VersionMismatch { row: at, need, .. } => {
            let label = match fault {
                Fault::UnknownDependency { .. } => "no such component".to_owned(),
                Fault::VersionMismatch { found, .. } => found.told(),
                _ => "disabled".to_owned(),
            };
            let mut path = row(at);
            path.extend([step("dependencies"), Step::Index(*need)]);
            cluster.label(finding, &path, &label)
        }
        Fault::DuplicateName { rows, component } => {
            for at in rows.iter().take(MAX_LABELS) {
                let mut path = row(at);
                path.push(step("name"));
                finding = cluster.label(finding, &path, &format!("called `{component}`"));
            }
            finding
        }
        Fault::Cycle { rows, path, .. } => {
            for (at, place) in rows.iter().enumerate().take(MAX_LABELS) {
                let next = path
                    .get((at + 1) % path.len().max(1))
                    .cloned()
                    .unwrap_or_default();
                let mut path = row(place);
                path.push(step("dependencies"));
                finding = cluster.label(finding, &path, &format!("needs `{next}`"));
            }
            finding
        }
        // Told only when extensions are looked for, which `cluster resolve-deps` does when asked.
        Fault::MissingTaskserv { row: at, .. }
        | Fault::TaskservVersion { row: at, .. }
        | Fault::TaskservPlatform { row: at, .. } => {
            cluster.label(finding, &row(at), "its taskserv is not there")
        }
    }
}

/// Reads a component; without a reason, something in it could not be evaluated.
fn component(row: &Value) -> Result<Component, Option<Unreadable>> {
    let refused = |message: String, below: &[Step]| {
        Some(Unreadable {
            message,
            below: below.to_vec(),
        })
    };
    let fields = match row {
        Value::Object(fields) => fields,
        Value::Null => return Err(None),
        _ => return Err(refused("is not a record".to_owned(), &[])),
    };
    let name = match fields.get("name") {
        Some(Value::String(name)) if !name.is_empty() => shown(name),
        Some(Value::Null) => return Err(None),
        Some(Value::String(_)) => {
            return Err(refused("has an empty name".to_owned(), &[step("name")]));
        }
        Some(_) => {
            return Err(refused(
                "has a name that is no text".to_owned(),
                &[step("name")],
            ));
        }
        None => return Err(refused("has no `name`".to_owned(), &[])),
    };
    let enabled = match fields.get("enabled") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(enabled)) => *enabled,
        Some(_) => {
            let message = format!("(`{name}`) has an `enabled` that is neither true nor false");
            return Err(refused(message, &[step("enabled")]));
        }
    };
    let needs = match fields.get("dependencies") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            let mut needs = Vec::new();
            for (at, item) in items.iter().enumerate() {
                needs.push(need(item).map_err(|reason| {
                    let below = [step("dependencies"), Step::Index(at)];
                    reason.and_then(|reason| {
                        refused(format!("(`{name}`) has a dependency that {reason}"), &below)
                    })
                })?);
            }
            needs
        }
        Some(_) => {
            let message = format!("(`{name}`) has dependencies that are not a list");
            return Err(refused(message, &[step("dependencies")]));
        }
    };
    Ok(Component {
        // A version that cannot be compared is fine as long as nobody asks for a range of it.
        version: match fields.get("version") {
            None => ComponentVersion::Missing,
            Some(Value::String(text)) if text.is_empty() => ComponentVersion::Missing,
            Some(Value::String(text)) => ComponentVersion::read(&shown(text)),
            Some(Value::Number(number)) if number.is_f64() => {
                ComponentVersion::Number(number.to_string())
            }
            Some(Value::Number(number)) => ComponentVersion::read(&number.to_string()),
            // It could not be evaluated.
            Some(Value::Null) => ComponentVersion::Open,
            Some(other) => ComponentVersion::Unreadable(shown(&other.to_string())),
        },
        name,
        enabled,
        needs,
    })
}

/// A dependency is a name or `{ name, version }` (GAP-69).
fn need(item: &Value) -> Result<Need, Option<String>> {
    let name = match item {
        Value::String(name) => Some(name),
        Value::Object(fields) => match fields.get("name") {
            Some(Value::String(name)) => Some(name),
            Some(Value::Null) => return Err(None),
            _ => None,
        },
        Value::Null => return Err(None),
        _ => None,
    };
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(Some("is neither a name nor a record with one".to_owned()));
    };
    let constraint = match item.get("version") {
        None | Some(Value::Null) => None,
        Some(version) => {
            let written = version
                .as_str()
                .ok_or_else(|| Some("has a version that is no text".to_owned()))?;
            Some(read_constraint(written).map_err(|reason| {
                Some(format!(
                    "has the version `{}`, which is not a constraint: {reason}",
                    shown(written)
                ))
            })?)
        }
    };
    Ok(Need {
        name: shown(name),
        constraint,
    })
}
