use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, ShellError,
    Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::audit::{Entry, Operation};
use provisioning::diagnostic::Explain as _;
use provisioning::extension::{Directory, ExtensionType};
use provisioning::install::{Here, InstallError, Installer, Step, kept, plan, plan_locked};
use provisioning::nickel::Evaluator;
use provisioning::registry::{Installed, Registered};
use provisioning::remote::{RemoteSource, Remotes};
use provisioning::resolver::{Lock, Preference, Request};

use super::asked::{Asked, lock_of, open_given_or_here};
use super::packages::{allow_flag, policy, trust};
use super::remotes::{complete_remote, registered, remotes, some};
use super::yank::record_entry;
use crate::commands::choice::Choice;
use crate::shell::{
    Context, Provisioning, SignatureExt as _, filesize_value, invalid, labeled, opt_string,
    path_value,
};

/// `extension install`
pub(super) struct Install;

impl PluginCommand for Install {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension install"
    }

    fn signature(&self) -> Signature {
        allow_flag(Signature::of(self.name()))
            .rest(
                "name",
                SyntaxShape::String,
                "Names, with versions if need be: redis, redis@1.0.0, 'redis >=1.0, <2'.",
            )
            .type_flag("Type of the extensions, where several have the name.")
            .named(
                "from",
                SyntaxShape::String,
                "Only from this remote.",
                Some('f'),
            )
            .switch(
                "locked",
                "Exactly what the lock of an extension names, with exactly those files.",
                Some('l'),
            )
            .named(
                "path",
                SyntaxShape::Directory,
                "Without names: the extension whose needs are installed; the current directory otherwise.",
                Some('p'),
            )
            .switch("check", "Show what would be done, and do nothing.", Some('c'))
            .input_output_type(Type::Nothing, step_rows())
    }

    fn description(&self) -> &str {
        "Install extensions from remotes, with everything that they need, or nothing."
    }

    fn extra_description(&self) -> &str {
        "Versions are chosen first, from what is registered and what the remotes have; what is registered stays as long as it \
         fits. Then everything is fetched, its digests and signatures are verified, and it is registered as a whole. A \
         version that is replaced goes, unless something else needs it. Without names, what the extension in the current \
         directory needs is installed. The packages lie in the data directory; `extension uninstall` removes them.\n\n\
         Settings: `remotes`, `trusted_keys`, `require_signature`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["add", "remote", "download", "package", "fetch"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Install a taskserv with what it needs",
            example: "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; extension build extensions/taskservs/containerd --out $d | extension publish $in.path | ignore; extension install containerd@^1 | select name version action",
            result: Some(Value::test_list(vec![Value::test_record(record! {
                "name" => Value::test_string("containerd"),
                "version" => Value::test_string("1.7.0"),
                "action" => Value::test_string("install"),
            })])),
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
        let wanted = Wanted::read(&context)?;
        let from: Option<Spanned<String>> = call.get_flag("from")?;
        let remotes = remotes(&context)?;
        let choice = Choice::new(&context, &wanted.asked.paths)?;
        let setup = Setup::new(&context, choice, &remotes, from.as_ref(), wanted.asked.span)?;
        let steps = match &wanted.lock {
            Some(lock) => plan_locked(lock, &setup.source, setup.here())
                .map_err(|error| setup.failed(&error))?,
            None => {
                let preference = Preference {
                    keep: kept(&setup.registered),
                    ..Preference::default()
                };
                let requests = &wanted.asked.requests;
                let chosen = setup.choose(requests, &preference)?;
                let own = |kind: ExtensionType, name: &str| {
                    !wanted.is_own
                        && requests.iter().any(|request| {
                            request.name == name && request.kind.is_none_or(|one| one == kind)
                        })
                };
                let mut steps = plan(&chosen, &own, &setup.source, setup.here());
                // The extension whose needs are installed is where its author works.
                steps.retain(|step| {
                    step.found.is_some()
                        || !wanted
                            .own
                            .iter()
                            .any(|(kind, name)| step.kind == kind.as_str() && step.name == *name)
                });
                steps
            }
        };
        setup.execute(steps, call.has_flag("check")?)
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

/// What is to be installed.
struct Wanted {
    asked: Asked,
    /// Whether the needs of an extension are, and not the extension itself.
    is_own: bool,
    own: Vec<(ExtensionType, String)>,
    lock: Option<Lock>,
}

impl Wanted {
    fn read(context: &Context<'_>) -> Result<Self, LabeledError> {
        let call = context.call;
        let names: Vec<Spanned<String>> = call.rest(0)?;
        let path: Option<Spanned<String>> = call.get_flag("path")?;
        let is_locked = call.has_flag("locked")?;
        if let (Some(name), true) = (names.first(), path.is_some() || is_locked) {
            return Err(invalid(
                "--locked and --path are about what an extension needs",
                "a name as well",
                name.span,
            )
            .with_help("leave out the names, or the flags"));
        }
        if !names.is_empty() {
            let kind = context.kind_flag()?.map(|kind| kind.item);
            return Ok(Self {
                asked: Asked::read(context, names, PipelineData::empty(), kind)?,
                is_own: false,
                own: Vec::new(),
                lock: None,
            });
        }
        let (directory, span): (Directory, Span) = open_given_or_here(context, path)?;
        let lock = match is_locked {
            true => Some(lock_of(&directory.path, span)?),
            false => None,
        };
        Ok(Self {
            asked: Asked::directory(&directory, span),
            is_own: true,
            own: directory
                .extensions
                .iter()
                .map(|one| (one.kind, one.name.clone()))
                .collect(),
            lock,
        })
    }
}

/// What installing and updating need.
pub(super) struct Setup<'a> {
    context: &'a Context<'a>,
    choice: Choice<'a>,
    pub(super) source: RemoteSource<'a>,
    pub(super) installed: Vec<Installed>,
    pub(super) registered: Vec<Registered>,
    span: Span,
}

impl<'a> Setup<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        mut choice: Choice<'a>,
        remotes: &'a Remotes,
        from: Option<&Spanned<String>>,
        span: Span,
    ) -> Result<Self, LabeledError> {
        let chosen = some(remotes, from, context.head())?;
        // What merely lies somewhere is not installed.
        let here = std::mem::take(&mut choice.catalog).without_discovered();
        let source = RemoteSource::new(here, chosen)
            .map_err(|error| labeled(&error, "reads the remotes", context.head()))?;
        Ok(Self {
            installed: installed(context)?,
            registered: registered(context)?,
            context,
            choice,
            source,
            span,
        })
    }

    pub(super) fn here(&self) -> Here<'_> {
        Here {
            installed: &self.installed,
            registered: &self.registered,
        }
    }

    /// Chooses versions of what is here and of what the remotes have.
    pub(super) fn choose(
        &self,
        requests: &[Request],
        preference: &Preference,
    ) -> Result<Vec<provisioning::resolver::Chosen>, LabeledError> {
        self.choice
            .of_source(requests, &self.source, preference)
            .map_err(|error| {
                let mut told = self.choice.unresolved(&error, self.span);
                // That a version is there and withdrawn is what one would not guess.
                let withdrawn = requests
                    .iter()
                    .find_map(|request| self.source.withdrawn(&request.name, &request.constraint));
                let is_told = |withdrawn: &String| {
                    let help = told.help.as_deref().unwrap_or_default();
                    help.contains(withdrawn.as_str())
                };
                if let Some(withdrawn) = withdrawn.filter(|withdrawn| !is_told(withdrawn)) {
                    told.help = Some(match told.help {
                        Some(help) => format!("{withdrawn}; {help}"),
                        None => withdrawn,
                    });
                }
                told
            })
    }

    pub(super) fn failed(&self, error: &InstallError) -> LabeledError {
        failed(error, self.span, self.context.head())
    }

    /// Does what the steps say, and returns them as rows.
    pub(super) fn execute(
        &self,
        steps: Vec<Step<'_>>,
        check: bool,
    ) -> Result<PipelineData, LabeledError> {
        let head = self.context.head();
        let is_change = steps.iter().any(|step| step.found.is_some());
        let is_asked = steps.iter().any(|step| step.requested);
        if !check && (is_change || is_asked) {
            let outcome = with_installer(self.context, self.choice.evaluator(), |installer| {
                installer.install(&steps)
            })?;
            if let Err(error) = outcome {
                let step = steps.iter().find(|step| step.found.is_some());
                if let Some(step) = step.filter(|_| !matches!(error, InstallError::Interrupted)) {
                    let entry = Entry::new(Operation::Install)
                        .named(step.kind.parse().ok(), &step.name)
                        .versioned(&step.version.to_string())
                        .failed(error.code());
                    record_entry(self.context, entry)?;
                }
                return Err(self.failed(&error));
            }
        }
        let after = match check {
            true => Vec::new(),
            false => installed(self.context)?,
        };
        let rows = steps.iter().map(|step| row(step, &after, head)).collect();
        Ok(Value::list(rows, head).into_pipeline_data())
    }
}

/// Returns what was installed; nothing when there is no registry yet.
pub(super) fn installed(context: &Context<'_>) -> Result<Vec<Installed>, LabeledError> {
    let directory = context.settings().data_dir()?.value;
    let rows = context
        .plugin
        .with_existing_registry(&directory, |registry| registry.installed())
        .map_err(|error| labeled(&error, "reads the registry", context.head()))?;
    Ok(rows.unwrap_or_default())
}

pub(super) fn failed(error: &InstallError, span: Span, head: Span) -> LabeledError {
    match error {
        InstallError::Interrupted => ShellError::Interrupted { span: head }.into(),
        error => labeled(error, "nothing was changed", span),
    }
}

/// Runs work with what installs under the settings of this call.
pub(super) fn with_installer<T>(
    context: &Context<'_>,
    evaluator: &Evaluator,
    work: impl FnOnce(&Installer<'_>) -> Result<T, InstallError>,
) -> Result<Result<T, InstallError>, LabeledError> {
    let settings = context.settings();
    let data_dir = settings.data_dir()?.value;
    let registry = context.plugin.registry();
    let installer = Installer {
        data_dir: &data_dir,
        registry: &registry,
        log: context.log(&settings)?,
        policy: policy(context)?,
        trust: trust(context)?,
        evaluator,
        interrupt: &evaluator.limits().interrupt,
    };
    Ok(work(&installer))
}

/// Returns the columns of what is or would be installed.
pub(super) fn step_rows() -> Type {
    Type::Table(
        [
            ("type", Type::String),
            ("name", Type::String),
            ("version", Type::String),
            ("action", Type::String),
            ("replaces", Type::list(Type::String)),
            ("remote", Type::Any),
            ("size", Type::Any),
            ("signed_by", Type::Any),
            ("needed_by", Type::list(Type::String)),
            ("path", Type::Any),
        ]
        .into(),
    )
}

fn row(step: &Step<'_>, installed: &[Installed], span: Span) -> Value {
    let texts = |texts: Vec<String>| {
        let texts = texts.into_iter().map(|text| Value::string(text, span));
        Value::list(texts.collect(), span)
    };
    let release = step.found.as_ref().map(|found| &found.release);
    let path = match release {
        Some(release) => installed
            .iter()
            .find(|one| one.digest == release.digest)
            .map(|one| one.path.clone()),
        None => step.installed.clone(),
    };
    let replaces = step.replaces.iter().map(|old| old.version.to_string());
    Value::record(
        record! {
            "type" => Value::string(&step.kind, span),
            "name" => Value::string(&step.name, span),
            "version" => Value::string(step.version.to_string(), span),
            "action" => Value::string(step.action.as_str(), span),
            "replaces" => texts(replaces.collect()),
            "remote" => opt_string(step.found.as_ref().map(|found| found.remote.name().to_owned()), span),
            "size" => release.map_or_else(|| Value::nothing(span), |release| filesize_value(release.size, span)),
            "signed_by" => opt_string(release.and_then(|release| release.signed_by.clone()), span),
            "needed_by" => texts(step.needed_by.clone()),
            "path" => path.map_or_else(|| Value::nothing(span), |path| path_value(&path, span)),
        },
        span,
    )
}
