use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, ListStream, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::extension::Directory;
use provisioning::nickel::Interrupt;
use provisioning::package::{Built, Draft, Plan, Policy, Signer};
use provisioning::validation::Validator;

use super::asked::open_given_or_here;
use super::packages::{allow_flag, failure, password, path_or, policy};
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, available, diagnostic_columns, environment,
    filesize_value, invalid, path_value,
};

/// `extension build`
pub(in crate::commands) struct Build;

impl PluginCommand for Build {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension build"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .optional(
                "path",
                SyntaxShape::Directory,
                "Directory of an extension; the current one otherwise.",
            )
            .named(
                "out",
                SyntaxShape::Directory,
                "Put the package into this directory; `dist` in the current one otherwise.",
                Some('o'),
            )
            .switch("check", "Do everything but write.", Some('c'))
            .switch(
                "list",
                "List what would be packed and what would be left out, with the reasons, and build nothing.",
                Some('l'),
            )
            .switch(
                "no-validate",
                "Do not validate the extension first; the package says so.",
                None,
            )
            .named(
                "sign",
                SyntaxShape::Filepath,
                "Sign the package with this secret key.",
                Some('s'),
            );
        allow_flag(signature).input_output_types(vec![
            (Type::Nothing, Type::Record(built_columns().into())),
            // With --list.
            (Type::Nothing, Type::Table(listed_columns().into())),
            // Any input will do, such as that of the body of `each`.
            (Type::Any, Type::Any),
        ])
    }

    fn description(&self) -> &str {
        "Build a package of an extension: one file, the same bytes on every machine."
    }

    fn extra_description(&self) -> &str {
        "Validates the extension with all rules, then writes `<name>-<version>.tar.gz`: gzip and tar, in one folder, the files \
         sorted, without owners and times; the same files give the same bytes. In it, `provisioning-package.json` lists every \
         file with its size and its SHA-256. `digest` is that of the package, `contents` that of the extension, as in locks.\n\n\
         Metadata, README, LICENSE and CHANGELOG are always in. Of the rest, what a pattern of `include` in [build] matches, \
         where there is `include`, and no pattern of `exclude`; patterns are those of `.gitignore`. Neither version control \
         nor `provisioning.lock` nor packages of the extension itself are in it. --list shows each file with the reason.\n\n\
         Refused, all at once: links, pipes and devices; names that mean something else on another system; secrets by their \
         names, and instructions for agents, which would be obeyed where the package is installed. The last two can be taken \
         in with --allow, and whoever reads the package has to allow them as well.\n\n\
         --sign writes a signature in minisign's format beside the package; `extension keygen` makes keys. A key with a \
         password takes it from $env.PROVISIONING_KEY_PASSWORD."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "package", "pack", "archive", "tar", "dist", "sign", "release",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What would the package of a taskserv be?",
                example: "extension build extensions/taskservs/containerd --check | select name version validated",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("containerd"),
                    "version" => Value::test_string("1.7.0"),
                    "validated" => Value::test_bool(true),
                })),
            },
            Example {
                description: "Which files are always in it",
                example: "extension build extensions/taskservs/containerd --list | where reason == 'always in' | get path",
                result: Some(Value::test_list(
                    ["CHANGELOG.md", "README.md", "metadata.toml"]
                        .map(Value::test_string)
                        .to_vec(),
                )),
            },
            Example {
                description: "Build it and look at the result",
                example: "extension build extensions/taskservs/containerd --out (mktemp --directory) | extension verify $in.path | get name",
                result: Some(Value::test_string("containerd")),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let policy = policy(&context)?;
        let (directory, span) = open_given_or_here(&context, call.opt(0)?)?;
        if call.has_flag("list")? {
            return list(&context, &directory, &policy, span);
        }
        let signer = signer(&context)?;
        let out = path_or(&context, call.get_flag("out")?, "dist")?;
        let stop = context.stop()?;
        let nickel = match call.has_flag("no-validate")? {
            true => None,
            false => Some(Nickel::new(&context)?),
        };
        let validator = nickel
            .as_ref()
            .map(|nickel| {
                Ok::<_, LabeledError>(Validator {
                    available: available(&context, vec![directory.path.clone()], None),
                    environment: environment(engine),
                    ..context.validator(nickel)?
                })
            })
            .transpose()?;
        let failed = |error| failure(&context, &error, "this extension", span);
        let draft =
            Draft::of(&directory, validator.as_ref(), &policy, stop.interrupt()).map_err(failed)?;
        let built = if call.has_flag("check")? {
            draft.check(&out)
        } else {
            draft.write(&out, signer.as_ref())
        }
        .map_err(failed)?;
        Ok(built_value(&draft, &built, call.head).into_pipeline_data())
    }
}

/// Reads the key of `--sign`.
fn signer(context: &Context<'_>) -> Result<Option<Signer>, LabeledError> {
    let Some(given) = context.call.get_flag::<Spanned<String>>("sign")? else {
        return Ok(None);
    };
    let path: PathBuf = context.path(&given)?.item;
    let password = password(context)?;
    Signer::open(&path, password.as_deref())
        .map(Some)
        .map_err(|error| failure(context, &error, "this key", given.span))
}

fn built_columns() -> Vec<(String, Type)> {
    [
        ("name", Type::String),
        ("type", Type::String),
        ("version", Type::String),
        ("path", Type::String),
        ("size", Type::Filesize),
        ("digest", Type::String),
        ("contents", Type::String),
        ("files", Type::Int),
        ("unpacked", Type::Filesize),
        ("validated", Type::Bool),
        ("signature", Type::Any),
        ("warnings", Type::table()),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .to_vec()
}

fn built_value(draft: &Draft, built: &Built, span: Span) -> Value {
    let manifest = draft.manifest();
    let warnings = draft
        .warnings
        .iter()
        .map(|(rule, finding)| diagnostic_columns(rule.unwrap_or("package"), finding, span));
    let signature = match &built.signature {
        None => Value::nothing(span),
        Some((path, key)) => Value::record(
            record! { "path" => path_value(path, span), "key" => Value::string(key, span) },
            span,
        ),
    };
    Value::record(
        record! {
            "name" => Value::string(&manifest.name, span),
            "type" => Value::string(&manifest.kind, span),
            "version" => Value::string(manifest.version.to_string(), span),
            "path" => path_value(&built.path, span),
            "size" => filesize_value(built.size, span),
            "digest" => Value::string(&built.digest, span),
            "contents" => Value::string(manifest.contents().digest(), span),
            "files" => Value::int(i64::try_from(manifest.files.len()).unwrap_or(i64::MAX), span),
            "unpacked" => filesize_value(manifest.total(), span),
            "validated" => Value::bool(manifest.validated, span),
            "signature" => signature,
            "warnings" => Value::list(warnings.collect(), span),
        },
        span,
    )
}

fn listed_columns() -> Vec<(String, Type)> {
    [
        ("path", Type::String),
        ("packed", Type::Bool),
        ("size", Type::Any),
        ("digest", Type::Any),
        ("reason", Type::String),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .to_vec()
}

/// `--list`
fn list(
    context: &Context<'_>,
    directory: &Directory,
    policy: &Policy,
    span: Span,
) -> Result<PipelineData, LabeledError> {
    for other in ["check", "no-validate", "sign", "out"] {
        if context.call.get_flag_value(other).is_some() || context.call.has_flag(other)? {
            return Err(invalid(
                format!("--list builds nothing, so --{other} says nothing more"),
                "leave one of them away",
                context.head(),
            ));
        }
    }
    let interrupt = Interrupt::default();
    let plan = Plan::of(directory, policy, &interrupt)
        .map_err(|error| failure(context, &error, "this extension", span))?;
    let head = context.head();
    let row = move |path: &str, packed, size, digest, reason: String| {
        Value::record(
            record! {
                "path" => Value::string(path, head),
                "packed" => Value::bool(packed, head),
                "size" => size,
                "digest" => digest,
                "reason" => Value::string(reason, head),
            },
            head,
        )
    };
    let nothing = Value::nothing(head);
    let left_out = plan.left_out.into_iter().map(|(path, reason)| {
        let nothing = nothing.clone();
        let reason = reason.to_string();
        (path, None, nothing, reason)
    });
    let files = plan.files.into_iter().map(|file| {
        let size = filesize_value(file.size, head);
        let (path, reason) = (file.path.clone(), file.reason.to_string());
        (path, Some(file), size, reason)
    });
    let mut all: Vec<_> = files.chain(left_out).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let rows = all.into_iter().map(move |(path, file, size, reason)| {
        let packed = file.as_ref().is_some_and(|file| !file.is_refused());
        let digest = match file {
            None => Value::nothing(head),
            Some(file) => match file.digest(&interrupt) {
                Ok(digest) => Value::string(digest, head),
                Err(error) => {
                    let error = crate::shell::labeled(&error, "this extension", span);
                    return Value::error(error.into(), head);
                }
            },
        };
        row(&path, packed, size, digest, reason)
    });
    Ok(PipelineData::list_stream(
        ListStream::new(rows, head, context.engine.signals().clone()),
        None,
    ))
}
