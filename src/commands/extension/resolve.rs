use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, SyntaxShape, Type,
    Value, record,
};
use provisioning::extension::ExtensionType;
use provisioning::resolver::{Avoided, Candidate, Chosen, Lock, Order, Preference};
use provisioning::validation::Environment;
use semver::Version;

use super::asked::{Asked, lock_of, offline_flag};
use crate::commands::choice::Choice;
use crate::shell::{
    Context, Provisioning, SignatureExt as _, environment, invalid, labeled, path_value,
};

/// `extension resolve`
pub(super) struct Resolve;

impl PluginCommand for Resolve {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension resolve"
    }

    fn signature(&self) -> Signature {
        offline_flag(Signature::of(self.name()))
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
            .switch(
                "prefer-locked",
                "Choose what the locks of the directories say, or that of the current one, where it fits.",
                None,
            )
            .switch(
                "locked",
                "Choose what the lock of the directory says, and fail when it is not up to date.",
                None,
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
         taskserv when there is one, or else the only type there is. Packages of the system and environment variables that an \
         extension needs are told in `requirements`, and nothing is installed; higher versions that do not themselves work with this \
         platform in `avoided`. When there is no such choice, the error tells who needs \
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
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let asked = Asked::read(&context, call.rest(0)?, input, kind)?;
        if asked.requests.is_empty() {
            return Err(
                invalid("nothing was asked for", "which extensions?", call.head)
                    .with_help("extension resolve containerd@^1.7"),
            );
        }
        let order = if call.has_flag("lowest")? {
            Order::Lowest
        } else {
            Order::Highest
        };
        let locked = if call.has_flag("locked")? {
            Some(only_directory(&asked)?)
        } else {
            None
        };
        let keep = match (locked, call.has_flag("prefer-locked")?) {
            (Some(directory), _) => lock_of(directory, asked.span)?.versions(),
            (None, true) => kept(&context, &asked)?,
            (None, false) => BTreeMap::new(),
        };
        let choice = Choice::new(&context, &asked.paths)?;
        let chosen = choice.of_asked(&asked.requests, &Preference { keep, order }, asked.span)?;
        if let Some(directory) = locked {
            let lock = lock_of(directory, asked.span)?;
            choice.check_lock(&lock, &chosen, directory, asked.span)?;
        }
        let environment = environment(engine);
        let rows = chosen
            .iter()
            .map(|one| row(one, &environment, call.head))
            .collect();
        Ok(Value::list(rows, call.head).into_pipeline_data())
    }
}

/// The one directory that `--locked` is about.
fn only_directory(asked: &Asked) -> Result<&Path, LabeledError> {
    match asked.paths.as_slice() {
        [one] if !asked.has_names => Ok(one),
        _ => Err(invalid(
            "--locked is about the lock of one extension",
            "not one directory",
            asked.span,
        )
        .with_help("extension resolve PATH --locked")),
    }
}

/// The versions in the locks of the directories or, when only names are given, in that of the current directory.
fn kept(
    context: &Context<'_>,
    asked: &Asked,
) -> Result<BTreeMap<(ExtensionType, String), Version>, LabeledError> {
    let here = [PathBuf::from(context.directory()?)];
    let directories = match asked.paths.as_slice() {
        [] => &here[..],
        paths => paths,
    };
    let mut all = BTreeMap::new();
    for directory in directories {
        // Without a lock there is nothing to prefer.
        let lock = Lock::read(directory)
            .map_err(|error| labeled(&error, "the lock of this", asked.span))?
            .unwrap_or_default();
        for (key, version) in lock.versions() {
            // The first lock that says something counts.
            all.entry(key).or_insert(version);
        }
    }
    Ok(all)
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
            ("requirements", Type::table()),
            ("avoided", Type::table()),
        ]
        .into(),
    )
}

fn row(chosen: &Chosen, environment: &Environment, span: Span) -> Value {
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
            "requirements" => requirements(&chosen.candidate, environment, span),
            "avoided" => avoided(&chosen.avoided, span),
        },
        span,
    )
}

/// What an extension needs besides extensions, and whether it is there.
fn requirements(candidate: &Candidate, environment: &Environment, span: Span) -> Value {
    let packages = candidate.system_packages.iter().map(|name| {
        let met = environment.has_program(name);
        (
            "system_package",
            name,
            met,
            "a program of that name on PATH",
        )
    });
    let variables = candidate.required_env.iter().map(|name| {
        let met = environment.has_variable(name);
        (
            "required_env",
            name,
            met,
            "an environment variable with a value",
        )
    });
    let rows = packages.chain(variables).map(|(kind, name, met, checked)| {
        Value::record(
            record! {
                "kind" => Value::string(kind, span),
                "name" => Value::string(name, span),
                "met" => Value::bool(met, span),
                "checked" => Value::string(checked, span),
            },
            span,
        )
    });
    Value::list(rows.collect(), span)
}

/// Higher versions that do not work with this platform.
fn avoided(versions: &[Avoided], span: Span) -> Value {
    let rows = versions.iter().map(|avoided| {
        Value::record(
            record! {
                "version" => Value::string(avoided.version.to_string(), span),
                "reason" => Value::string(avoided.to_string(), span),
            },
            span,
        )
    });
    Value::list(rows.collect(), span)
}
