use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::audit::{Entry, Operation, who_is_here};
use provisioning::diagnostic::Explain as _;
use provisioning::nickel::Interrupt;
use provisioning::remote::{Change, PackageId, PackageKind, Remote, RemoteError};
use semver::Version;

use super::remotes::{complete_remote, one, remotes};
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, invalid, labeled, opt_string,
};

/// `extension yank`
pub(super) struct Yank;

/// `extension unyank`
pub(super) struct Unyank;

/// Longest reason, in characters.
const MAX_REASON: usize = 500;

fn signature(name: &str) -> Signature {
    Signature::of(name)
        .required("name", SyntaxShape::String, "Name of the package.")
        .required("version", SyntaxShape::String, "The version.")
        .named(
            "type",
            SyntaxShape::String,
            "Type of the package, or bundle, where several have the name.",
            Some('t'),
        )
        .named(
            "from",
            SyntaxShape::String,
            "The remote; the only one otherwise.",
            Some('f'),
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
                    ("changed", Type::Bool),
                    ("reason", Type::Any),
                ]
                .into(),
            ),
        )
}

impl PluginCommand for Yank {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension yank"
    }

    fn signature(&self) -> Signature {
        signature(self.name()).named(
            "reason",
            SyntaxShape::String,
            "Why, for whoever asks for the version.",
            Some('r'),
        )
    }

    fn description(&self) -> &str {
        "Withdraw a version from a remote, so that it is not chosen any more."
    }

    fn extra_description(&self) -> &str {
        "The archive stays, for whoever has locked the version, and nothing else can be published in its place. `changed` \
         is false when it was withdrawn before. `extension unyank` takes it back."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["withdraw", "retract", "deprecate", "remote", "unpublish"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Keep everybody from installing a broken version",
            example: "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; extension build extensions/taskservs/containerd --out $d | extension publish $in.path | ignore; extension yank containerd 1.7.0 --reason 'loses data on restart' | get changed",
            result: Some(Value::test_bool(true)),
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
        let Some(reason): Option<Spanned<String>> = call.get_flag("reason")? else {
            return Err(invalid(
                "a version is not withdrawn without a reason",
                "whoever asks for it will want to know why",
                call.head,
            )
            .with_help("such as --reason 'loses data on restart'"));
        };
        let length = reason.item.chars().count();
        if reason.item.trim().is_empty() || length > MAX_REASON {
            return Err(invalid(
                format!("the reason has {length} characters"),
                format!("between 1 and {MAX_REASON}"),
                reason.span,
            ));
        }
        mark(&context, Some(reason.item.trim()))
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
        complete_remote(engine, &argument, "from")
    }
}

impl PluginCommand for Unyank {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension unyank"
    }

    fn signature(&self) -> Signature {
        signature(self.name())
    }

    fn description(&self) -> &str {
        "Let a version be chosen again that was withdrawn."
    }

    fn extra_description(&self) -> &str {
        "`changed` is false when it was not withdrawn."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["restore", "undo", "remote", "yank"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Take a withdrawal back; here there was none",
            example: "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; extension build extensions/taskservs/containerd --out $d | extension publish $in.path | ignore; extension unyank containerd 1.7.0 | get changed",
            result: Some(Value::test_bool(false)),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        mark(&Context::new(plugin, engine, call), None)
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
        complete_remote(engine, &argument, "from")
    }
}

fn mark(context: &Context<'_>, reason: Option<&str>) -> Result<PipelineData, LabeledError> {
    let call = context.call;
    let name: Spanned<String> = call.req(0)?;
    let version: Spanned<String> = call.req(1)?;
    let from: Option<Spanned<String>> = call.get_flag("from")?;
    let exact = Version::parse(&version.item).map_err(|error| {
        invalid(
            format!("`{}` is not a version: {error}", version.item),
            "not a version",
            version.span,
        )
        .with_help("a whole one, such as 1.0.1")
    })?;
    let remotes = remotes(context)?;
    let remote = one(&remotes, from.as_ref(), call.head)?;
    let id = package(context, remote, &name)?;
    let nickel = Nickel::new(context)?;
    let interrupt: &Interrupt = &nickel.evaluator().limits().interrupt;
    let check = call.has_flag("check")?;
    let by = who_is_here();
    let outcome = remote.mark(&id, &exact, reason, &by, check, &|| {
        interrupt.is_triggered()
    });
    if !check {
        let operation = match reason {
            Some(_) => Operation::Yank,
            None => Operation::Unyank,
        };
        let kind = match id.kind {
            PackageKind::Single(kind) => Some(kind),
            PackageKind::Bundle => None,
        };
        let mut entry = Entry::new(operation)
            .named(kind, &id.name)
            .versioned(&version.item)
            .detail(&format!(
                "{}: {}",
                remote.name(),
                reason.unwrap_or_default()
            ));
        if let Err(error) = &outcome {
            entry = entry.failed(error.code());
        }
        record_entry(context, entry)?;
    }
    let change = outcome.map_err(|error| {
        let span = match error {
            RemoteError::NoSuchVersion { .. } => version.span,
            RemoteError::NotFound { .. } => name.span,
            _ => call.head,
        };
        labeled(&error, "in the remote", span)
    })?;
    let head = call.head;
    Ok(Value::record(
        record! {
            "type" => Value::string(id.kind.as_str(), head),
            "name" => Value::string(&id.name, head),
            "version" => Value::string(exact.to_string(), head),
            "remote" => Value::string(remote.name(), head),
            "changed" => Value::bool(change == Change::Published, head),
            "reason" => opt_string(reason.map(str::to_owned), head),
        },
        head,
    )
    .into_pipeline_data())
}

/// Writes down what was done to a remote. It is done by then, and no error would undo it.
pub(super) fn record_entry(context: &Context<'_>, entry: Entry) -> Result<(), LabeledError> {
    let settings = context.settings();
    let directory = settings.data_dir()?.value;
    let log = context.log(&settings)?;
    let _ = context.plugin.with_registry(&directory, |registry| {
        registry.audited_by(log).record(&[entry])
    });
    Ok(())
}

/// Returns the package that a name means, of the type that is given or of the only one.
fn package(
    context: &Context<'_>,
    remote: &dyn Remote,
    name: &Spanned<String>,
) -> Result<PackageId, LabeledError> {
    let given: Option<Spanned<String>> = context.call.get_flag("type")?;
    let kind = given
        .as_ref()
        .map(|given| {
            given.item.parse::<PackageKind>().map_err(|reason| {
                invalid(reason, "no type of package", given.span)
                    .with_help("one of: provider, taskserv, cluster, template, bundle")
            })
        })
        .transpose()?;
    let all = remote
        .packages()
        .map_err(|error| labeled(&error, "reads the remote", context.head()))?;
    let of_name: Vec<&PackageId> = all
        .iter()
        .filter(|id| id.name == name.item && kind.is_none_or(|kind| kind == id.kind))
        .collect();
    match of_name.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let names = all.iter().map(|id| id.name.as_str());
            let error = RemoteError::NotFound {
                remote: remote.name().to_owned(),
                kind: kind.map(|kind| kind.to_string()),
                name: name.item.clone(),
                close: provisioning::diagnostic::closest(&name.item, names)
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
            };
            Err(labeled(&error, "no such package", name.span))
        }
        several => {
            let kinds: Vec<&str> = several.iter().map(|id| id.kind.as_str()).collect();
            Err(invalid(
                format!("`{}` is the name of several packages", name.item),
                "which one?",
                name.span,
            )
            .with_help(format!("say which one with --type: {}", kinds.join(", "))))
        }
    }
}
