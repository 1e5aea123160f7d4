//! The configuration of an operation, under the contract of its extension.

use nu_protocol::{Record, Span, Value};
use serde_json::Value as Data;

use super::arguments::Bound;
use super::error::CallError;
use crate::diagnostic::Code;
use crate::extension::{Directory, ExtensionType, schemas};
use crate::manager::{Extension, Operation};
use crate::nickel::{Checked, Evaluator, NickelError, Program};
use crate::nushell::{Parameter, TypeText, from_json, to_json};

/// The name of the parameter that takes a configuration.
const CONFIG: &str = "config";
/// Deepest nesting of a configuration.
const MAX_DEPTH: usize = 100;
/// Operations that change or take away what is there: what their configuration does not name stays as it is.
const PARTIAL: [&str; 3] = ["configure", "delete", "uninstall"];

/// Applies the contract of an extension to the configuration among the arguments: defaults are filled in, and everything that
/// breaks it is told.
///
/// The contract is the one that the comment beside the parameter names (`# See ServerConfig in schemas/settings.ncl`), otherwise
/// the one that is called as the type has it: `ServerConfig` for `create-server`, `ServiceConfig` for the operations of taskservs,
/// `ClusterInput` for those of clusters. An extension without such a contract takes what its operation takes.
pub(super) fn apply(
    extension: &Extension,
    operation: &Operation,
    directory: &Directory,
    evaluator: &Evaluator,
    head: Span,
    bound: &mut Bound,
) -> Result<(), CallError> {
    let is_config = |parameter: &&Parameter| {
        parameter.name == CONFIG && TypeText::read(&parameter.kind).is_record()
    };
    let mut parameters = operation.parameters.iter().enumerate();
    let Some((at, parameter)) = parameters.find(|(_, parameter)| is_config(parameter)) else {
        return Ok(());
    };
    let is_partial = PARTIAL.contains(&operation.name.as_str());
    let is_empty_default = parameter
        .default
        .as_deref()
        .is_some_and(|text| text.trim() == "{}");
    let given = match bound.positional.get(at) {
        Some(value) => value.clone(),
        // What is not said is an empty configuration, where it is the next argument.
        None if !is_partial && is_empty_default && at == bound.positional.len() => {
            Value::record(Record::new(), head)
        }
        None => return Ok(()),
    };
    let names = names(parameter, extension.kind(), &operation.name);
    let Some((file, contract)) = contract(directory, evaluator, &names)? else {
        return Ok(());
    };
    let program = Program::file(file).within(&directory.path);
    let data = to_json(&given);
    let mut rows = evaluator
        .check(&program, std::slice::from_ref(&contract), vec![data])
        .map_err(CallError::Schema)?;
    let Some(mut checked) = rows.pop() else {
        return Err(CallError::Schema(NickelError::Internal(
            "the configuration was not checked".to_owned(),
        )));
    };
    if is_partial {
        checked.faults.retain(|fault| {
            !matches!(
                fault.code,
                Code::NickelMissingDefinition | Code::NickelMissingField
            )
        });
    }
    if !checked.faults.is_empty() {
        return Err(CallError::Configuration {
            operation: operation.name.clone(),
            contract,
            given,
            checked: Box::new(checked),
        });
    }
    if !is_partial {
        let Checked { value, .. } = checked;
        let value = filled(given, value, MAX_DEPTH);
        match bound.positional.get_mut(at) {
            Some(place) => *place = value,
            None => bound.positional.push(value),
        }
    }
    Ok(())
}

/// Returns the names that a contract may have, the first that there is counts.
fn names(parameter: &Parameter, kind: ExtensionType, operation: &str) -> Vec<String> {
    let words = parameter
        .description
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_uppercase()));
    let own = match (kind, operation) {
        (ExtensionType::Provider, "create-server") => Some("ServerConfig"),
        (ExtensionType::Taskserv, "install" | "configure" | "uninstall") => Some("ServiceConfig"),
        (ExtensionType::Cluster, "create" | "delete") => Some("ClusterInput"),
        _ => None,
    };
    words.chain(own).map(str::to_owned).collect()
}

/// Returns the file with one of the contracts, and its name: `main.ncl` before the others.
fn contract(
    directory: &Directory,
    evaluator: &Evaluator,
    names: &[String],
) -> Result<Option<(std::path::PathBuf, String)>, CallError> {
    if names.is_empty() {
        return Ok(None);
    }
    let (mut schemas, _) = schemas(directory, evaluator).map_err(|_| CallError::Interrupted)?;
    schemas.sort_by_key(|schema| {
        schema
            .file
            .file_name()
            .is_none_or(|name| name != "main.ncl")
    });
    Ok(names.iter().find_map(|name| {
        let has = |schema: &&crate::extension::Schema| {
            schema.fields.iter().any(|field| field.name == *name)
        };
        let schema = schemas.iter().find(has)?;
        Some((schema.file.clone(), name.clone()))
    }))
}

/// Returns what was given with what the contract has added. What it has left as it was keeps its type, such as a duration.
fn filled(given: Value, checked: Data, depth: usize) -> Value {
    let span = given.span();
    if depth == 0 || to_json(&given) == checked {
        return given;
    }
    match (given, checked) {
        (Value::Record { val, .. }, Data::Object(fields)) => {
            let mut known = val.into_owned();
            let fields = fields.into_iter().map(|(name, data)| {
                let value = match known.remove(&name) {
                    Some(value) => filled(value, data, depth - 1),
                    None => from_json(data, span),
                };
                (name, value)
            });
            let mut record: Record = fields.collect();
            // What the contract leaves out was not meant for it.
            record.extend(known);
            Value::record(record, span)
        }
        (Value::List { vals, .. }, Data::Array(items)) if vals.len() == items.len() => {
            let pairs = vals.into_owned().into_iter().zip(items);
            let items = pairs.map(|(value, data)| filled(value, data, depth - 1));
            Value::list(items.collect(), span)
        }
        (_, checked) => from_json(checked, span),
    }
}

#[cfg(test)]
mod tests {
    use nu_protocol::record;
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_filled_in_and_given_values_keep_their_types() {
        let given = Value::test_record(record! {
            "timeout" => Value::test_duration(5),
            "network" => Value::test_record(record! { "port" => Value::test_int(1) }),
        });
        let checked = json!({
            "level": "info", "timeout": 5, "network": {"port": 1, "public": true},
        });
        assert_eq!(
            filled(given, checked, MAX_DEPTH),
            Value::test_record(record! {
                "level" => Value::test_string("info"),
                "timeout" => Value::test_duration(5),
                "network" => Value::test_record(record! {
                    "port" => Value::test_int(1),
                    "public" => Value::test_bool(true),
                }),
            })
        );
    }

    #[test]
    fn a_comment_names_the_contract_before_the_type_does() {
        let parameter = Parameter {
            name: CONFIG.to_owned(),
            kind: "record".to_owned(),
            required: true,
            default: None,
            description: "See StackInput in schemas/cluster.ncl".to_owned(),
            place: None,
        };
        assert_eq!(
            names(&parameter, ExtensionType::Cluster, "create"),
            ["See", "StackInput", "ClusterInput"]
        );
    }
}
