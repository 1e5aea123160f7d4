use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, PipelineMetadata, Record, Signature, Span, Spanned,
    SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, did_you_mean};
use provisioning::extension::{ExtensionType, Layout};
use provisioning::graph::resolve;
use provisioning::metadata::{VersionRequest, check_name};
use provisioning::nickel::{Program, is_readable_format};
use provisioning::registry::nothing_registered;

use super::{components, faults};
use crate::shell::{Context, Nickel, Provisioning, SignatureExt as _, labeled, real_span};

/// `cluster resolve-deps`
pub(super) struct ResolveDeps;

/// The field of a record that holds the components.
const COMPONENTS: &str = "components";

impl PluginCommand for ResolveDeps {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster resolve-deps"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "file",
                SyntaxShape::Filepath,
                "File with the components (.ncl, .json, .yaml, .toml), or the name of a registered cluster.",
            )
            .field_flag("Field that holds the cluster or the components, such as buildkit_cluster.")
            .switch("all", "Keep disabled components and treat them as enabled.", Some('a'))
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::table(), Type::table()),
                (Type::List(Box::new(Type::Any)), Type::table()),
                (Type::record(), Type::table()),
                (Type::Any, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "Order the components of a cluster by their dependencies."
    }

    fn extra_description(&self) -> &str {
        "Rows come back unchanged, in the order of deployment, with the columns `wave` (components of one wave do not \
         depend on each other) and `order`, which take the place of columns of that name. Within a wave the order is that of declaration. A component has a `name` and \
         may have `dependencies` (names, or records {name, version}) and `enabled`; disabled ones are left out. Unknown \
         names, circles, duplicates, disabled dependencies and versions that do not fit are all reported at once."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "topological",
            "sort",
            "order",
            "dependencies",
            "waves",
            "components",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let row = |name: &str, dependencies: &[&str], wave: i64, order: i64| {
            Value::test_record(record! {
                "name" => Value::test_string(name),
                "dependencies" => Value::test_list(dependencies.iter().copied().map(Value::test_string).collect()),
                "wave" => Value::test_int(wave),
                "order" => Value::test_int(order),
            })
        };
        vec![
            Example {
                description: "Order a list of components",
                example: "[{name: app, dependencies: [db]}, {name: db, dependencies: []}] | cluster resolve-deps",
                result: Some(Value::test_list(vec![
                    row("db", &[], 0, 0),
                    row("app", &["db"], 1, 1),
                ])),
            },
            Example {
                description: "Order the components of a Nickel file",
                example: "cluster resolve-deps extensions/clusters/buildkit/schemas/cluster.ncl | select name wave",
                result: Some(Value::test_list(
                    [("containerd", 0), ("registry", 0), ("buildkit", 1)]
                        .into_iter()
                        .map(|(name, wave)| {
                            Value::test_record(record! {
                                "name" => Value::test_string(name),
                                "wave" => Value::test_int(wave),
                            })
                        })
                        .collect(),
                )),
            },
            Example {
                description: "The same from the pipeline",
                example: "open extensions/clusters/buildkit/schemas/cluster.ncl | cluster resolve-deps --field buildkit_cluster | get name",
                result: Some(Value::test_list(
                    ["containerd", "registry", "buildkit"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
                )),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let all = call.has_flag("all")?;
        let field = context.field_flag("field")?;
        let file: Option<Spanned<String>> = call.opt(0)?;
        let no_input = matches!(
            input,
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
        );
        let (value, at) = match file {
            // With a file the input is not looked at: the body of `each {|it| ... $it }` has the item as its input too.
            Some(file) => (from_file(&context, &file)?, file.span),
            None if no_input => {
                return Err(LabeledError::new("there are no components")
                    .with_code(Code::ClusterNoComponents.as_str())
                    .with_label("neither a file nor input", call.head)
                    .with_help("open cluster.ncl | cluster resolve-deps, or cluster resolve-deps cluster.ncl"));
            }
            None => {
                let value = input.into_value(call.head)?;
                let at = real_span(value.span(), call.head);
                (value, at)
            }
        };
        let rows = rows(value, field.as_ref(), at)?;
        let (components, places) = components::read(&rows, at)?;
        engine.signals().check(&call.head)?;
        let placed =
            resolve(&components, all).map_err(|found| faults::error(&found, &places, at))?;
        let mut rows: Vec<Option<Value>> = rows.into_iter().map(Some).collect();
        let ordered = placed
            .into_iter()
            .filter_map(|placement| {
                let row = rows.get_mut(placement.row)?.take()?;
                Some(with_place(row, placement.wave, placement.order, call.head))
            })
            .collect();
        let metadata = PipelineMetadata::default().with_table_width_priority_columns(
            call.head,
            ["name", "wave", "order", "type", "version"],
        );
        Ok(PipelineData::value(
            Value::list(ordered, call.head),
            metadata,
        ))
    }
}

fn with_place(row: Value, wave: usize, order: usize, head: Span) -> Value {
    let span = row.span();
    let Value::Record { val, .. } = row else {
        return row;
    };
    let mut record = val.into_owned();
    for (key, number) in [("wave", wave), ("order", order)] {
        record.insert(
            key,
            Value::int(i64::try_from(number).unwrap_or(i64::MAX), head),
        );
    }
    Value::record(record, span)
}

/// Evaluates a file, or the cluster schema of a registered cluster.
fn from_file(context: &Context<'_>, file: &Spanned<String>) -> Result<Value, LabeledError> {
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
            .with_help("open it in the pipeline: open FILE | cluster resolve-deps"));
        }
        nickel.with_imports(Program::file(path))
    } else if check_name(&file.item).is_ok() {
        registered_cluster(context, file)?
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
) -> Result<Program, LabeledError> {
    let data_dir = context.settings().data_dir()?.value;
    let row = context
        .plugin
        .with_existing_registry(&data_dir, |registry| {
            registry.find(
                &name.item,
                Some(ExtensionType::Cluster),
                &VersionRequest::Latest,
            )
        })
        .and_then(|found| found.ok_or_else(|| nothing_registered(&name.item)))
        .map_err(|error| labeled(&error, "neither a file nor a registered cluster", name.span))?;
    let schema = Layout::of(&row.path).schema_directory().join("cluster.ncl");
    Ok(Program::file(schema).within(row.path))
}

/// Finds the list of components: the value itself, its field `components`, or that of the only cluster in it.
fn rows(
    value: Value,
    field: Option<&Spanned<Vec<String>>>,
    at: Span,
) -> Result<Vec<Value>, LabeledError> {
    let mut value = value;
    if let Some(field) = field {
        for name in &field.item {
            value = member(value, name, field.span)?;
        }
    }
    let record = match value {
        Value::List { vals, .. } => return Ok(vals.into_owned()),
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
            Value::List { vals, .. } => Ok(vals.clone().into_owned()),
            other => Err(no_components(
                format!("`components` is {}, not a list", other.get_type()),
                real_span(other.span(), at),
                "a list of records",
            )),
        };
    }
    only_cluster(record, at)
}

/// A file usually gives its cluster a name: `{buildkit_cluster: {components: [...]}}`.
fn only_cluster(record: Record, at: Span) -> Result<Vec<Value>, LabeledError> {
    let mut clusters: Vec<(String, Vec<Value>)> = record
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::Record { val, .. } => match val.get(COMPONENTS) {
                Some(Value::List { vals, .. }) => Some((name, vals.clone().into_owned())),
                _ => None,
            },
            _ => None,
        })
        .collect();
    match clusters.len() {
        1 => Ok(clusters.remove(0).1),
        0 => Err(no_components(
            "no list of components was found".to_owned(),
            at,
            "a record with `components`, or a file that gives one; name its field with --field",
        )),
        _ => {
            let names: Vec<&str> = clusters.iter().map(|(name, _)| name.as_str()).collect();
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
