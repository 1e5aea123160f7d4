//! What a deployment is to be, read from a call.

use nu_protocol::{LabeledError, PipelineData, Signature, Span, Spanned, SyntaxShape, Value};
use provisioning::diagnostic::{Code, did_you_mean, safe_text};
use provisioning::graph::resolve;
use provisioning::lifecycle::{Component, ComponentType, Definition};
use provisioning::metadata::VersionRequest;
use provisioning::nushell::to_json;
use serde_json::{Map, Value as Data};

use super::components::{self, text_of};
use super::places::Places;
use super::{faults, input};
use crate::shell::{Context, SignatureExt as _, invalid, labeled, real_span};

/// The field of a server component that lists several servers.
const SERVERS: &str = "servers";

/// The argument and the flags that say what is to be deployed.
pub(super) fn flags(signature: Signature) -> Signature {
    signature
        .optional(
            "cluster",
            SyntaxShape::Filepath,
            "File with the components (.ncl, .json, .yaml, .toml), or the name of a registered cluster.",
        )
        .field_flag("Field that holds the cluster or the components, such as buildkit_cluster.")
        .named(
            "name",
            SyntaxShape::String,
            "Name of the deployment (default: the `name` of the cluster).",
            Some('n'),
        )
        .named(
            "config",
            SyntaxShape::Record(vec![].into()),
            "Settings that take the place of the components' own, as {COMPONENT: {SETTING: VALUE}}.",
            Some('c'),
        )
}

/// A component that cannot be deployed.
struct Unfit {
    message: String,
    label: String,
    span: Span,
    help: Option<String>,
}

/// What is to be deployed, and where that is written.
pub(super) struct Wanted {
    pub(super) definition: Definition,
    pub(super) places: Places,
}

/// Reads what is to be deployed; the argument at this position says where it is.
pub(super) fn read(
    context: &Context<'_>,
    input: PipelineData,
    command: &str,
    position: usize,
) -> Result<Wanted, LabeledError> {
    let input = input::read(context, input, command, position)?;
    let name = name(context, &input, command)?;
    of_rows(context, &input, name.item, name.span)
}

/// As [`read`], for a deployment whose name is given.
pub(super) fn read_for(
    context: &Context<'_>,
    input: PipelineData,
    command: &str,
    position: usize,
    name: &Spanned<String>,
) -> Result<Wanted, LabeledError> {
    let input = input::read(context, input, command, position)?;
    of_rows(context, &input, name.item.clone(), name.span)
}

/// Returns what the registered cluster of a deployment's name says.
pub(super) fn registered(
    context: &Context<'_>,
    name: &Spanned<String>,
    version: Option<&Spanned<String>>,
) -> Result<Definition, LabeledError> {
    let request = match version {
        None => VersionRequest::Latest,
        Some(version) => VersionRequest::read(&version.item).map_err(|reason| {
            invalid(
                format!("`{}` is not a version", version.item),
                reason,
                version.span,
            )
        })?,
    };
    let input = input::registered(context, name, &request)?;
    Ok(of_rows(context, &input, name.item.clone(), name.span)?.definition)
}

/// Returns the components of a file, a registered cluster or the input.
pub(super) fn components(
    context: &Context<'_>,
    input: PipelineData,
    command: &str,
) -> Result<Vec<Component>, LabeledError> {
    let input = input::read(context, input, command, 0)?;
    // Its name is of no interest here.
    let listed = of_rows(context, &input, "listed".to_owned(), input.at)?;
    Ok(listed.definition.components().to_vec())
}

fn of_rows(
    context: &Context<'_>,
    input: &input::Input,
    name: String,
    named_at: Span,
) -> Result<Wanted, LabeledError> {
    let at = input.at;
    let read = components::read(&input.rows, at)?;
    if let Err(faults) = resolve(&read.components, false) {
        return Err(faults::error(&faults, &read.places, at));
    }
    let mut overrides = overrides(context)?;
    let mut all = Vec::new();
    let mut unfit = Vec::new();
    let mut places = Places::of(at);
    for (row, component) in input.rows.iter().zip(&read.components) {
        let given = overrides
            .iter()
            .position(|(name, _)| name.item == component.name);
        let given = given.map(|at| overrides.swap_remove(at));
        if !component.enabled {
            continue;
        }
        // What is said in the call itself is what was thought of last.
        let place = given.as_ref().map_or(row.span(), |(name, _)| name.span);
        let given = given.map(|(_, settings)| settings);
        let needs = component
            .needs
            .iter()
            .map(|need| need.name.clone())
            .collect();
        match parts(row, component.name.clone(), needs, given, at) {
            Ok(parts) => {
                for part in &parts {
                    places.add(&part.name, real_span(place, at));
                }
                all.push((component.name.clone(), parts));
            }
            Err(problem) => unfit.push(problem),
        }
    }
    let names: Vec<&str> = read.components.iter().map(|it| it.name.as_str()).collect();
    unfit.extend(overrides.iter().map(|(name, _)| {
        Unfit {
            message: format!("--config names `{}`, which is no component", name.item),
            label: "no such component".to_owned(),
            span: name.span,
            help: did_you_mean(&name.item, names.iter().copied())
                .or_else(|| Some(format!("components: {}", names.join(", ")))),
        }
    }));
    if !unfit.is_empty() {
        return Err(told(&unfit, at));
    }
    let definition = Definition::new(name, apart(all))
        .map_err(|error| labeled(&error, "this deployment", named_at))?;
    Ok(Wanted { definition, places })
}

/// Returns the name of the deployment.
fn name(
    context: &Context<'_>,
    input: &input::Input,
    command: &str,
) -> Result<Spanned<String>, LabeledError> {
    if let Some(name) = context.call.get_flag::<Spanned<String>>("name")? {
        return Ok(name);
    }
    let span = input.at;
    match &input.name {
        Some(name) => Ok(Spanned {
            item: name.clone(),
            span,
        }),
        None => Err(LabeledError::new("the deployment has no name")
            .with_code(Code::DeploymentName.as_str())
            .with_label("no `name` beside these components", span)
            .with_help(format!("say it: {command} --name NAME"))),
    }
}

/// Reads `--config`.
fn overrides(context: &Context<'_>) -> Result<Vec<(Spanned<String>, Data)>, LabeledError> {
    let Some(given) = context.call.get_flag_value("config") else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for (name, value) in given.as_record()? {
        let span = real_span(value.span(), given.span());
        if !matches!(value, Value::Record { .. }) {
            let message = format!("`{name}` in --config is {}", value.get_type());
            return Err(invalid(message, "settings are a record", span)
                .with_help("write {COMPONENT: {SETTING: VALUE}}"));
        }
        let name = Spanned {
            item: name.clone(),
            span,
        };
        all.push((name, to_json(value)));
    }
    Ok(all)
}

/// Returns what is deployed for one row: itself, or the servers that it lists.
fn parts(
    row: &Value,
    name: String,
    dependencies: Vec<String>,
    given: Option<Data>,
    at: Span,
) -> Result<Vec<Component>, Unfit> {
    let unfit = |message: String, label: &str, span: Span, help: Option<String>| Unfit {
        message,
        label: label.to_owned(),
        span: real_span(span, at),
        help,
    };
    let field = |name: &str| row.as_record().ok().and_then(|record| record.get(name));
    let words = || ComponentType::ALL.map(ComponentType::as_str);
    let kind = match field("type") {
        Some(Value::String { val, .. }) => val.parse().map_err(|()| {
            unfit(
                format!("`{name}` is of the type `{val}`, which nobody can deploy"),
                "no such type",
                field("type").map_or(row.span(), Value::span),
                did_you_mean(val, words())
                    .or_else(|| Some(format!("one of: {}", words().join(", ")))),
            )
        })?,
        _ => {
            return Err(unfit(
                format!("`{name}` has no type"),
                "no `type` here",
                row.span(),
                Some(format!("one of: {}", words().join(", "))),
            ));
        }
    };
    let mut config = match field("config") {
        None | Some(Value::Nothing { .. }) => Data::Object(Map::new()),
        Some(value @ Value::Record { .. }) => to_json(value),
        Some(other) => {
            return Err(unfit(
                format!("`config` of `{name}` is {}, not a record", other.get_type()),
                "not a record",
                other.span(),
                None,
            ));
        }
    };
    if let Some(given) = given {
        merge(&mut config, given);
    }
    let component = |name: String, config: Data| Component {
        name,
        kind,
        version: text_of(row, "version"),
        config,
        dependencies: dependencies.clone(),
    };
    let servers = match config.as_object_mut() {
        Some(fields) if kind.is_of_provider() => fields.remove(SERVERS),
        _ => None,
    };
    let Some(servers) = servers else {
        return Ok(vec![component(name, config)]);
    };
    let wrong = || {
        unfit(
            format!("`servers` of `{name}` is not a list of names or settings"),
            "no list of servers",
            row.span(),
            Some("write servers: [web-1, web-2], or a list of records with `hostname`".to_owned()),
        )
    };
    let Data::Array(servers) = servers else {
        return Err(wrong());
    };
    let server = |server: &Data| {
        let mut config = config.clone();
        match server {
            Data::String(text) => merge(&mut config, serde_json::json!({ "hostname": text })),
            Data::Object(_) => merge(&mut config, server.clone()),
            _ => return Err(wrong()),
        }
        let own = ["hostname", "name"]
            .iter()
            .find_map(|field| server.get(*field));
        let own = server
            .as_str()
            .or_else(|| own?.as_str())
            .ok_or_else(wrong)?;
        Ok(component(format!("{name}/{own}"), config))
    };
    servers.iter().map(server).collect()
}

/// Puts parts in the place of their components: who needs one of these needs all of its parts.
fn apart(all: Vec<(String, Vec<Component>)>) -> Vec<Component> {
    let names: Vec<(String, Vec<String>)> = all
        .iter()
        .map(|(name, parts)| {
            (
                name.clone(),
                parts.iter().map(|it| it.name.clone()).collect(),
            )
        })
        .collect();
    let of = |name: String| match names.iter().find(|(known, _)| *known == name) {
        Some((_, parts)) => parts.clone(),
        None => vec![name],
    };
    let mut components: Vec<Component> = all.into_iter().flat_map(|(_, parts)| parts).collect();
    for component in &mut components {
        let needs = std::mem::take(&mut component.dependencies);
        component.dependencies = needs.into_iter().flat_map(of).collect();
    }
    components
}

/// Puts settings over others, field by field.
fn merge(below: &mut Data, above: Data) {
    match (below, above) {
        (Data::Object(fields), Data::Object(more)) => {
            for (name, value) in more {
                merge(fields.entry(name).or_insert(Data::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

fn told(all: &[Unfit], at: Span) -> LabeledError {
    let messages: Vec<&str> = all
        .iter()
        .take(faults::MAX_NAMES)
        .map(|it| it.message.as_str())
        .collect();
    let mut error = LabeledError::new(safe_text(&messages.join("; ")))
        .with_code(Code::DeploymentComponent.as_str());
    for problem in all.iter().take(faults::MAX_LABELS) {
        error = error.with_label(safe_text(&problem.label), real_span(problem.span, at));
    }
    match all.iter().find_map(|problem| problem.help.as_deref()) {
        Some(help) => error.with_help(safe_text(help)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_put_over_others_field_by_field() {
        let mut below = json!({"port": 1, "tls": {"on": true, "key": "a"}});
        merge(&mut below, json!({"tls": {"key": "b"}, "more": [1]}));
        assert_eq!(
            below,
            json!({"port": 1, "tls": {"on": true, "key": "b"}, "more": [1]})
        );
    }

    #[test]
    fn who_needs_servers_needs_each_of_them() {
        let row = Value::test_record(nu_protocol::record! {
            "name" => Value::test_string("web"),
            "type" => Value::test_string("infrastructure"),
            "config" => Value::test_record(nu_protocol::record! {
                "provider" => Value::test_string("local"),
                "servers" => Value::test_list(vec![
                    Value::test_string("a"),
                    Value::test_record(nu_protocol::record! {"hostname" => Value::test_string("b")}),
                ]),
            }),
        });
        let Ok(web) = parts(&row, "web".to_owned(), Vec::new(), None, Span::test_data()) else {
            panic!("it can be deployed");
        };
        let app = Component {
            name: "app".to_owned(),
            dependencies: vec!["web".to_owned()],
            ..web[0].clone()
        };
        let all = apart(vec![("web".to_owned(), web), ("app".to_owned(), vec![app])]);
        let told: Vec<_> = all
            .iter()
            .map(|it| {
                (
                    it.name.as_str(),
                    it.config["hostname"].as_str(),
                    it.dependencies.len(),
                )
            })
            .collect();
        assert_eq!(told[0], ("web/a", Some("a"), 0));
        assert_eq!(told[1], ("web/b", Some("b"), 0));
        assert_eq!((told[2].0, told[2].2), ("app", 2));
    }
}
