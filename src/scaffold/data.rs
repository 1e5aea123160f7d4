//! What templates of scaffolds are given.

use semver::Version;
use serde_json::{Value, json};

use super::{FIRST_VERSION, Wanted, escape};
use crate::extension::{Contract, ExtensionType, Operation, Parameter};

/// Returns the data of a scaffold's templates.
pub(super) fn data(wanted: &Wanted, contract: &Contract) -> Value {
    let name = &wanted.name;
    let description = match &wanted.description {
        Some(text) => text.trim().to_owned(),
        None => usual_description(wanted.kind, name),
    };
    let license = wanted.license.expression();
    let types = wanted.kind.provides_key();
    // A package has a folder of modules for each type.
    let (nulib, up) = if wanted.is_bundle {
        (format!("nulib/{types}"), "../../")
    } else {
        ("nulib".to_owned(), "../")
    };
    let operations: Vec<Value> = contract
        .operations
        .iter()
        .map(|it| operation(it, true))
        .chain(contract.helpers.iter().map(|it| operation(it, false)))
        .collect();
    json!({
        "name": name,
        "snake_name": name.replace('-', "_"),
        "type": wanted.kind.as_str(),
        "types": types,
        "version": FIRST_VERSION,
        "description": description,
        "author": wanted.author.trim(),
        "license": license,
        "license_known": license.is_some() && wanted.license.unknown().is_empty(),
        "license_text": wanted.license.text(wanted.year, wanted.author.trim()),
        "year": wanted.year,
        "bundle": wanted.is_bundle,
        "nulib": nulib,
        "up": up,
        "env": variable(name),
        "platform": {
            "provisioning": at_least(&wanted.host.provisioning),
            "nushell": at_least(&wanted.host.nushell),
            "nickel": at_least(&wanted.host.nickel),
            "contract": contract.version.to_string(),
        },
        "operations": operations,
        "toml": quoted(wanted, &description, escape::quoted),
        "nushell": quoted(wanted, &description, escape::quoted),
        "nickel": quoted(wanted, &description, escape::nickel),
        "markdown": quoted(wanted, &description, escape::markdown),
    })
}

/// The texts that are the author's, as they stand in files of some language.
fn quoted(wanted: &Wanted, description: &str, quote: fn(&str) -> String) -> Value {
    json!({
        "description": quote(description),
        "author": quote(wanted.author.trim()),
        "license": quote(wanted.license.expression().unwrap_or_default()),
    })
}

fn usual_description(kind: ExtensionType, name: &str) -> String {
    match kind {
        ExtensionType::Provider => format!("Servers at {name}"),
        ExtensionType::Taskserv => format!("The service {name}, installed and configured"),
        ExtensionType::Cluster => format!("The cluster {name} and its components"),
        ExtensionType::Template => format!("Configuration of {name} that others can use"),
    }
}

/// Returns what the names of environment variables begin with.
fn variable(name: &str) -> String {
    let name = name.replace('-', "_").to_ascii_uppercase();
    // They do not begin with a digit.
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("X_{name}"),
        false => name,
    }
}

/// Returns the constraint for a release and those after it.
fn at_least(version: &Version) -> String {
    format!(">={}.{}.0", version.major, version.minor)
}

fn operation(operation: &Operation, is_required: bool) -> Value {
    let flags: Vec<Value> = operation
        .flags
        .iter()
        .map(|flag| json!({"name": flag.name, "type": flag.kind, "description": flag.purpose}))
        .collect();
    json!({
        "name": operation.name,
        "purpose": operation.purpose,
        "signature": operation.signature(),
        "usage": operation.usage(),
        "parameters": operation.parameters.iter().map(parameter).collect::<Vec<Value>>(),
        "flags": flags,
        "output": operation.output,
        "since": operation.since.to_string(),
        "required": is_required,
    })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "type": parameter.kind,
        "default": parameter.default,
        "required": parameter.default.is_none(),
        "description": parameter.purpose,
        "sample": sample(parameter.kind),
    })
}

/// Returns a value of a Nushell type, to call an operation with.
fn sample(kind: &str) -> &'static str {
    let bare = kind.split('<').next().unwrap_or(kind);
    match bare {
        "string" | "any" => "one",
        "int" | "number" => "1",
        "float" => "1.5",
        "bool" => "true",
        "duration" => "1sec",
        "filesize" => "1kb",
        "datetime" => "2026-01-01",
        "record" => "{}",
        "list" | "table" => "[]",
        _ => "null",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_parameter_has_a_sample() {
        for kind in ExtensionType::ALL {
            let contract = Contract::of(kind);
            for operation in contract.operations.iter().chain(contract.helpers) {
                for parameter in operation.parameters {
                    assert_ne!(sample(parameter.kind), "null", "{}", parameter.kind);
                }
            }
        }
    }

    #[test]
    fn variables_begin_with_a_letter() {
        assert_eq!(variable("my-cloud"), "MY_CLOUD");
        assert_eq!(variable("7zip"), "X_7ZIP");
    }
}
