use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, FromValue as _, IntoPipelineData as _, LabeledError, PipelineData, ShellError,
    Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::extension::Directory;
use provisioning::metadata::Dependency;
use provisioning::resolver::{Chosen, Order, Request, ResolveError, resolve};
use semver::{Comparator, Op, Version, VersionReq};

use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, catalog, invalid, labeled, path_value,
};

/// `extension resolve`
pub(super) struct Resolve;

impl PluginCommand for Resolve {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension resolve"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .rest(
                "extension",
                SyntaxShape::String,
                "Names with versions, such as containerd@^1.7, or directories of extensions.",
            )
            .type_flag("Type of the extensions that are named.")
            .switch(
                "lowest",
                "Choose the lowest versions that fit, and not the highest.",
                Some('l'),
            )
            .input_output_types(vec![
                (Type::Nothing, rows()),
                (Type::String, rows()),
                (Type::List(Box::new(Type::String)), rows()),
                (Type::table(), rows()),
                // With arguments any input will do, such as that of the body of `each`.
                (Type::Any, Type::Any),
            ])
    }

    fn description(&self) -> &str {
        "Choose versions of extensions and of everything that they need."
    }

    fn extra_description(&self) -> &str {
        "Every constraint is satisfied at once, also those on Nushell, Nickel and the provisioning API. Extensions are taken \
         from the directories that are named, the registry, and where `extension discover` looks. A name without a type is a \
         taskserv when there is one, or else the only type there is. When there is no such choice, the error tells who needs \
         what, where that is written, and edits after which there is one: each was tried."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["dependencies", "versions", "solve", "requirements"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What a taskserv needs",
                example: "extension resolve buildkit | select type name version constraint",
                result: Some(Value::test_list(vec![
                    Value::test_record(record! {
                        "type" => Value::test_string("taskserv"),
                        "name" => Value::test_string("buildkit"),
                        "version" => Value::test_string("0.12.0"),
                        "constraint" => Value::test_string("*"),
                    }),
                    Value::test_record(record! {
                        "type" => Value::test_string("taskserv"),
                        "name" => Value::test_string("containerd"),
                        "version" => Value::test_string("1.7.0"),
                        "constraint" => Value::test_string(">=1.6.0"),
                    }),
                ])),
            },
            Example {
                description: "Whether several extensions can be used together",
                example: "[extensions/taskservs/registry containerd@^1] | extension resolve | get name",
                result: Some(Value::test_list(vec![
                    Value::test_string("containerd"),
                    Value::test_string("registry"),
                ])),
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
        let given: Vec<Spanned<String>> = call.rest(0)?;
        let given = if given.is_empty() {
            from_pipeline(input, call.head)?
        } else {
            given
        };
        if given.is_empty() {
            return Err(
                invalid("nothing was asked for", "which extensions?", call.head)
                    .with_help("extension resolve containerd@^1.7"),
            );
        }
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let mut asked = Asked::default();
        for given in &given {
            asked.add(&context, given, kind)?;
        }
        let nickel = Nickel::new(&context)?;
        let catalog = catalog(&context, &nickel, &asked.paths)?;
        let order = if call.has_flag("lowest")? {
            Order::Lowest
        } else {
            Order::Highest
        };
        let interrupted = || engine.signals().interrupted();
        let host = context.host()?;
        let chosen = resolve(
            &asked.requests,
            &catalog,
            &host,
            &order.into(),
            &interrupted,
        )
        .map_err(|error| match error {
            ResolveError::Interrupted => {
                LabeledError::from(ShellError::Interrupted { span: call.head })
            }
            error => {
                let span = given
                    .iter()
                    .fold(given[0].span, |all, given| all.merge(given.span));
                labeled(&error, "cannot be resolved", span)
            }
        })?;
        let rows = chosen.iter().map(|one| row(one, call.head)).collect();
        Ok(Value::list(rows, call.head).into_pipeline_data())
    }
}

fn rows() -> Type {
    Type::Table(
        [
            ("type", Type::String),
            ("name", Type::String),
            ("version", Type::String),
            ("path", Type::String),
            ("requested_by", Type::table()),
            ("constraint", Type::String),
        ]
        .into(),
    )
}

/// Reads names and paths from the pipeline: texts, or rows with a `path` or a `name`.
fn from_pipeline(input: PipelineData, head: Span) -> Result<Vec<Spanned<String>>, LabeledError> {
    if matches!(
        input,
        PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
    ) {
        return Ok(Vec::new());
    }
    input
        .into_iter()
        .map(|value| {
            let span = value.span();
            let text = match &value {
                Value::Record { val, .. } => val.get("path").or_else(|| val.get("name")),
                other => Some(other),
            };
            text.and_then(|text| Spanned::<String>::from_value(text.clone()).ok())
                .ok_or_else(|| {
                    invalid(
                        format!(
                            "an extension is a name or a path, and this is {}",
                            value.get_type()
                        ),
                        "neither",
                        if span == Span::unknown() { head } else { span },
                    )
                })
        })
        .collect()
}

/// What is asked for.
#[derive(Default)]
struct Asked {
    requests: Vec<Request>,
    /// Directories that were named.
    paths: Vec<PathBuf>,
}

impl Asked {
    fn add(
        &mut self,
        context: &Context<'_>,
        given: &Spanned<String>,
        kind: Option<provisioning::extension::ExtensionType>,
    ) -> Result<(), LabeledError> {
        let is_path = given.item.contains(['/', '\\']) || given.item.starts_with('.');
        if !is_path {
            let dependency = Dependency::read(&given.item, "").map_err(|reason| {
                invalid(
                    format!("`{}` cannot be read: {reason}", given.item),
                    "neither a name nor a path",
                    given.span,
                )
                .with_help(
                    "such as containerd, containerd@^1.7, 'containerd >=1.6, <2' or ./containerd",
                )
            })?;
            self.requests.push(Request {
                name: dependency.name,
                kind: dependency.kind.or(kind),
                constraint: dependency.constraint,
            });
            return Ok(());
        }
        let path = context.path(given)?;
        let directory = Directory::open(&path.item, kind)
            .map_err(|error| labeled(&error, "this path", given.span))?;
        if directory.extensions.is_empty() {
            return Err(invalid(
                format!("`{}` holds no extension that can be used", given.item),
                "this path",
                given.span,
            )
            .with_help("see why with: extension validate PATH"));
        }
        self.requests
            .extend(directory.extensions.iter().map(|extension| Request {
                name: extension.name.clone(),
                kind: Some(extension.kind),
                constraint: exactly(&extension.version),
            }));
        self.paths.push(directory.path);
        Ok(())
    }
}

fn exactly(version: &Version) -> VersionReq {
    VersionReq {
        comparators: vec![Comparator {
            op: Op::Exact,
            major: version.major,
            minor: Some(version.minor),
            patch: Some(version.patch),
            pre: version.pre.clone(),
        }],
    }
}

fn row(chosen: &Chosen, span: Span) -> Value {
    let extension = &chosen.candidate.extension;
    let text = |text: &str| Value::string(text, span);
    let requested_by = chosen
        .requested_by
        .iter()
        .map(|by| {
            let (kind, name, version) = match &by.extension {
                Some((kind, name, version)) => (
                    text(kind.as_str()),
                    text(name),
                    Value::string(version.to_string(), span),
                ),
                None => (
                    Value::nothing(span),
                    Value::nothing(span),
                    Value::nothing(span),
                ),
            };
            Value::record(
                record! {
                    "type" => kind,
                    "name" => name,
                    "version" => version,
                    "constraint" => Value::string(by.constraint.to_string(), span),
                    "origin" => text(&by.origin),
                },
                span,
            )
        })
        .collect();
    let mut constraints: Vec<String> = chosen
        .requested_by
        .iter()
        .map(|by| by.constraint.to_string())
        .filter(|constraint| constraint != "*")
        .collect();
    constraints.sort();
    constraints.dedup();
    let constraint = match constraints.as_slice() {
        [] => "*".to_owned(),
        all => all.join(", "),
    };
    Value::record(
        record! {
            "type" => text(extension.kind.as_str()),
            "name" => text(&extension.name),
            "version" => Value::string(extension.version.to_string(), span),
            "path" => path_value(&extension.path, span),
            "requested_by" => Value::list(requested_by, span),
            "constraint" => Value::string(constraint, span),
        },
        span,
    )
}
