//! Where the components of a command come from: a file, a registered cluster, or the pipeline.

use nu_protocol::{LabeledError, PipelineData, Record, Span, Spanned, Value};
use provisioning::diagnostic::{Code, did_you_mean};
use provisioning::extension::{ExtensionType, Layout};
use provisioning::metadata::{VersionRequest, check_name};
use provisioning::nickel::{Program, is_readable_format};
use provisioning::registry::nothing_registered;

use crate::shell::{Context, Nickel, labeled, real_span};

/// The field of a record that holds the components.
const COMPONENTS: &str = "components";

/// Components as they were given.
pub(super) struct Input {
    /// A row for each.
    pub(super) rows: Vec<Value>,
    /// The name of the cluster, where there is one.
    pub(super) name: Option<String>,
    /// What to underline when a row has no place of its own: the file or the input.
    pub(super) at: Span,
}

/// Reads the components: the argument at this position names a file or a registered cluster; without it they come from the
/// pipeline.
pub(super) fn read(
    context: &Context<'_>,
    input: PipelineData,
    command: &str,
    position: usize,
) -> Result<Input, LabeledError> {
    let head = context.head();
    let field = context.field_flag("field")?;
    let file: Option<Spanned<String>> = context.call.opt(position)?;
    let registered = file.as_ref().map(|file| file.item.clone());
    let no_input = matches!(
        input,
        PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
    );
    let (value, at) = match file {
        // With a file the input is not looked at: the body of `each {|it| ... $it }` has the item as its input too.
        Some(file) => (from_file(context, &file, command)?, file.span),
        None if no_input => {
            return Err(LabeledError::new("there are no components")
                .with_code(Code::ClusterNoComponents.as_str())
                .with_label("neither a file nor input", head)
                .with_help(format!(
                    "open cluster.ncl | {command}, or {command} cluster.ncl"
                )));
        }
        None => {
            let value = input.into_value(head)?;
            let at = real_span(value.span(), head);
            (value, at)
        }
    };
    let (name, rows) = rows(value, field.as_ref(), at)?;
    let name = name.or_else(|| registered.filter(|name| check_name(name).is_ok()));
    Ok(Input { rows, name, at })
}

/// Reads the components of the registered cluster of that name.
pub(super) fn registered(
    context: &Context<'_>,
    name: &Spanned<String>,
    version: &VersionRequest,
) -> Result<Input, LabeledError> {
    let program = registered_cluster(context, name, version, "no such cluster is registered")?;
    let nickel = Nickel::new(context)?;
    let value = nickel.evaluate(&program, &[], None, "this cluster", name.span)?;
    let (_, rows) = rows(value, None, name.span)?;
    Ok(Input {
        rows,
        name: Some(name.item.clone()),
        at: name.span,
    })
}

/// Evaluates a file, or the cluster schema of a registered cluster.
fn from_file(
    context: &Context<'_>,
    file: &Spanned<String>,
    command: &str,
) -> Result<Value, LabeledError> {
    let path = context.path(file)?.item;
    let nickel = Nickel::new(context)?;
    let program = if path.is_file() {
        if !is_readable_format(&path) {
            return Err(LabeledError::new(format!(
                "`{}` is of a format that is not read",
                path.display()
            ))
            .with_code(Code::InputPath.as_str())
            .with_label("not .ncl, .json, .yaml or .toml", file.span)
            .with_help(format!("open it in the pipeline: open FILE | {command}")));
        }
        nickel.with_imports(Program::file(path))
    } else if check_name(&file.item).is_ok() {
        registered_cluster(
            context,
            file,
            &VersionRequest::Latest,
            "neither a file nor a registered cluster",
        )?
    } else {
        return Err(
            LabeledError::new(format!("`{}` does not exist", path.display()))
                .with_code(Code::InputPath.as_str())
                .with_label("no such file", file.span),
        );
    };
    nickel.evaluate(&program, &[], None, "this file", file.span)
}

/// Returns the schema of the registered cluster with that name. Its imports stay inside the extension:
/// the user has named the cluster, not what its files name.
fn registered_cluster(
    context: &Context<'_>,
    name: &Spanned<String>,
    version: &VersionRequest,
    label: &str,
) -> Result<Program, LabeledError> {
    let data_dir = context.settings().data_dir()?.value;
    let row = context
        .plugin
        .with_existing_registry(&data_dir, |registry| {
            registry.find(&name.item, Some(ExtensionType::Cluster), version)
        })
        .and_then(|found| found.ok_or_else(|| nothing_registered(&name.item)))
        .map_err(|error| labeled(&error, label, name.span))?;
    let schema = Layout::of(&row.path).schema_directory().join("cluster.ncl");
    Ok(Program::file(schema).within(row.path))
}

/// Finds the list of components: the value itself, its field `components`, or that of the only cluster in it; and its name.
fn rows(
    value: Value,
    field: Option<&Spanned<Vec<String>>>,
    at: Span,
) -> Result<(Option<String>, Vec<Value>), LabeledError> {
    let mut value = value;
    if let Some(field) = field {
        for name in &field.item {
            value = member(value, name, field.span)?;
        }
    }
    let record = match value {
        Value::List { vals, .. } => return Ok((None, vals.into_owned())),
        Value::Record { val, .. } => val.into_owned(),
        Value::Error { error, .. } => return Err((*error).into()),
        other => {
            return Err(no_components(
                format!("components are a list, and this is {}", other.get_type()),
                at,
                "a list of records, or a record with `components`",
            ));
        }
    };
    if let Some(found) = record.get(COMPONENTS) {
        return match found {
            Value::List { vals, .. } => Ok((name_of(&record), vals.clone().into_owned())),
            other => Err(no_components(
                format!("`components` is {}, not a list", other.get_type()),
                real_span(other.span(), at),
                "a list of records",
            )),
        };
    }
    only_cluster(record, at)
}

fn name_of(record: &Record) -> Option<String> {
    let name = record.get("name")?.as_str().ok()?;
    Some(name.to_owned())
}

/// A file usually gives its cluster a name: `{buildkit_cluster: {components: [...]}}`.
fn only_cluster(record: Record, at: Span) -> Result<(Option<String>, Vec<Value>), LabeledError> {
    let mut clusters: Vec<(String, Option<String>, Vec<Value>)> = record
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::Record { val, .. } => match val.get(COMPONENTS) {
                Some(Value::List { vals, .. }) => {
                    Some((name, name_of(&val), vals.clone().into_owned()))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    match clusters.len() {
        1 => {
            let (_, name, rows) = clusters.remove(0);
            Ok((name, rows))
        }
        0 => Err(no_components(
            "no list of components was found".to_owned(),
            at,
            "a record with `components`, or a file that gives one; name its field with --field",
        )),
        _ => {
            let names: Vec<&str> = clusters.iter().map(|(name, ..)| name.as_str()).collect();
            Err(no_components(
                format!("there are several clusters: {}", names.join(", ")),
                at,
                &format!(
                    "say which one: --field {}",
                    names.first().copied().unwrap_or_default()
                ),
            ))
        }
    }
}

fn no_components(message: String, span: Span, help: &str) -> LabeledError {
    LabeledError::new(message)
        .with_code(Code::ClusterNoComponents.as_str())
        .with_label("no components here", span)
        .with_help(help)
}

fn member(value: Value, name: &str, span: Span) -> Result<Value, LabeledError> {
    let Value::Record { val, .. } = value else {
        return Err(LabeledError::new(format!(
            "there is no field `{name}`: the value is {}",
            value.get_type()
        ))
        .with_code(Code::InputInvalid.as_str())
        .with_label("no such field", span));
    };
    let record = val.into_owned();
    if let Some(found) = record.get(name) {
        return Ok(found.clone());
    }
    let known: Vec<&str> = record.columns().map(String::as_str).collect();
    let help = did_you_mean(name, known.iter().copied())
        .unwrap_or_else(|| format!("fields: {}", known.join(", ")));
    Err(LabeledError::new(format!("there is no field `{name}`"))
        .with_code(Code::InputInvalid.as_str())
        .with_label("no such field", span)
        .with_help(help))
}
