use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, ShellError,
    Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::audit::{Entry, Operation};
use provisioning::diagnostic::{Code, Explain};
use provisioning::package::{Archive, PackageError};
use provisioning::remote::{Change, PackageKind, Published, Remote, RemoteError, Upload};

use super::packages::{allow_flag, policy, trust};
use super::remotes::{complete_remote, one, remotes};
use super::yank::record_entry;
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, filesize_value, labeled, opt_string,
    path_value,
};

/// `extension publish`
pub(in crate::commands) struct Publish;

impl PluginCommand for Publish {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension publish"
    }

    fn signature(&self) -> Signature {
        allow_flag(Signature::of(self.name()))
            .required(
                "archive",
                SyntaxShape::Filepath,
                "A package that `extension build` has made.",
            )
            .named(
                "to",
                SyntaxShape::String,
                "The remote; the only one otherwise.",
                Some('t'),
            )
            .switch("check", "Only say what would be done.", Some('c'))
            .input_output_type(
                Type::Nothing,
                Type::Record(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                        ("remote", Type::String),
                        ("status", Type::String),
                        ("size", Type::Filesize),
                        ("digest", Type::String),
                        ("signed_by", Type::Any),
                        ("validated", Type::Bool),
                        ("archive", Type::String),
                        ("index_file", Type::String),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Publish a package to a remote."
    }

    fn extra_description(&self) -> &str {
        "The package is verified first, with its signature beside it (`.minisig`), which is published too. A version that is \
         published stays as it is: the same bytes again are `unchanged`, others are an error. `status` is `published` or \
         `unchanged`, with --check `would publish` or `unchanged`. The archive is in its place before the index names it.\n\n\
         Settings: `remotes`, `trusted_keys`, `require_signature`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["upload", "release", "push", "remote", "registry"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Build and publish",
            example: "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; extension build extensions/taskservs/containerd --out $d | extension publish $in.path | get status",
            result: Some(Value::test_string("published")),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let given: Spanned<String> = call.req(0)?;
        let path = context.path(&given)?;
        let to: Option<Spanned<String>> = call.get_flag("to")?;
        let check = call.has_flag("check")?;
        let remotes = remotes(&context)?;
        let remote = one(&remotes, to.as_ref(), call.head)?;
        let nickel = Nickel::new(&context)?;
        let interrupt = &nickel.evaluator().limits().interrupt;
        let (policy, trust) = (policy(&context)?, trust(&context)?);
        let archive =
            Archive::open(&path.item, &policy, &trust, interrupt).map_err(|error| match error {
                PackageError::Interrupted => interrupted(call.head),
                error => labeled(&error, "this package", path.span),
            })?;
        let refused = |error: RemoteError| match error {
            RemoteError::Interrupted => interrupted(call.head),
            error => labeled(&error, "this package", path.span),
        };
        let upload = Upload::of(&archive, nickel.evaluator(), interrupt).map_err(refused)?;
        let outcome = remote.publish(&upload, check, &|| interrupt.is_triggered());
        let is_same = matches!(&outcome, Ok(done) if done.change == Change::Unchanged);
        if !check && !is_same {
            let failure = outcome.as_ref().err().map(Explain::code);
            record_entry(&context, entry(&upload, remote, failure))?;
        }
        let published = outcome.map_err(refused)?;
        let validated = archive.manifest().validated;
        let row = row(&upload, remote, &published, check, validated, call.head);
        Ok(row.into_pipeline_data())
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        _plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_remote(engine, &argument, "to")
    }
}

fn interrupted(span: Span) -> LabeledError {
    ShellError::Interrupted { span }.into()
}

fn entry(upload: &Upload, remote: &dyn Remote, failure: Option<Code>) -> Entry {
    let release = &upload.release;
    let kind = match release.kind {
        PackageKind::Single(kind) => Some(kind),
        PackageKind::Bundle => None,
    };
    let entry = Entry::new(Operation::Publish)
        .named(kind, &release.name)
        .versioned(&release.version.to_string())
        .digest(&release.digest)
        .detail(&format!("to {}", remote.name()));
    match failure {
        Some(code) => entry.failed(code),
        None => entry,
    }
}

fn row(
    upload: &Upload,
    remote: &dyn Remote,
    published: &Published,
    check: bool,
    validated: bool,
    span: Span,
) -> Value {
    let release = &upload.release;
    let status = match (published.change, check) {
        (Change::Unchanged, _) => "unchanged",
        (Change::Published, true) => "would publish",
        (Change::Published, false) => "published",
    };
    Value::record(
        record! {
            "type" => Value::string(release.kind.as_str(), span),
            "name" => Value::string(&release.name, span),
            "version" => Value::string(release.version.to_string(), span),
            "remote" => Value::string(remote.name(), span),
            "status" => Value::string(status, span),
            "size" => filesize_value(release.size, span),
            "digest" => Value::string(&release.digest, span),
            "signed_by" => opt_string(release.signed_by.clone(), span),
            "validated" => Value::bool(validated, span),
            "archive" => path_value(&published.archive, span),
            "index_file" => path_value(&published.index, span),
        },
        span,
    )
}
