use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::closest;
use provisioning::install::{Here, InstallError, Removal, removal};
use provisioning::registry::{Installed, Registered};

use super::install::{failed, installed, with_installer};
use super::remotes::registered;
use crate::commands::names::name_and_version;
use crate::shell::{Context, Nickel, Provisioning, Settings, SignatureExt as _, path_value};

/// `extension uninstall`
pub(super) struct Uninstall;

impl PluginCommand for Uninstall {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension uninstall"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required(
                "name",
                SyntaxShape::String,
                "Name of an installed package, such as redis or redis@1.0.0.",
            )
            .type_flag("Type of the package, where several have the name.")
            .version_flag("Only this version, or the versions in this range.")
            .switch("force", "Even if something else needs it.", Some('f'))
            .switch(
                "check",
                "Show what would be removed, and remove nothing.",
                Some('c'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                        ("unused", Type::Bool),
                        ("path", Type::String),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Remove an installed extension with its files."
    }

    fn extra_description(&self) -> &str {
        "What was installed only because it was needed goes too, when nothing else needs it (`unused`). What something else \
         needs is not removed without --force. An extension that was registered from a directory of your own is forgotten \
         with `extension unregister`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["remove", "delete", "package"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "What would go?",
            example: "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; extension build extensions/taskservs/containerd --out $d | extension publish $in.path | ignore; extension install containerd | ignore; extension uninstall containerd --check | get name",
            result: Some(Value::test_list(vec![Value::test_string("containerd")])),
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
        let flag = context.version_flag()?;
        let (name, version) = name_and_version(&given, flag.as_ref())?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let (installed, registered) = (installed(&context)?, registered(&context)?);
        let here = Here {
            installed: &installed,
            registered: &registered,
        };
        let chosen: Vec<Installed> = installed
            .iter()
            .filter(|one| one.name == name)
            .filter(|one| kind.is_none_or(|kind| one.kind == kind.as_str()))
            .filter(|one| {
                let wanted = version.as_ref();
                wanted.is_none_or(|wanted| wanted.accepts(&one.version))
            })
            .cloned()
            .collect();
        let refused = |error: &InstallError| failed(error, given.span, call.head);
        check(&chosen, &name, here).map_err(|error| refused(&error))?;
        let removals =
            removal(&chosen, here, call.has_flag("force")?).map_err(|error| refused(&error))?;
        if !call.has_flag("check")? {
            let paths: Vec<_> = removals
                .iter()
                .map(|one| one.package.path.clone())
                .collect();
            let nickel = Nickel::new(&context)?;
            with_installer(&context, nickel.evaluator(), |installer| {
                installer.uninstall(&paths)
            })?
            .map_err(|error| refused(&error))?;
        }
        let rows = removals.iter().map(|one| row(one, call.head)).collect();
        Ok(Value::list(rows, call.head).into_pipeline_data())
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_installed(plugin, engine, &argument)
    }
}

/// There has to be one package.
fn check(chosen: &[Installed], name: &str, here: Here<'_>) -> Result<(), InstallError> {
    let kinds: std::collections::BTreeSet<&str> =
        chosen.iter().map(|one| one.kind.as_str()).collect();
    if kinds.len() > 1 {
        let packages = chosen
            .iter()
            .map(|one| format!("{} {}", one.kind, one.version));
        return Err(InstallError::Ambiguous {
            name: name.to_owned(),
            packages: packages.collect(),
        });
    }
    if chosen.is_empty() {
        let names = here.installed.iter().map(|one| one.name.as_str());
        let is_it = |row: &Registered| {
            row.name == name && here.installed.iter().all(|one| one.path != row.path)
        };
        return Err(InstallError::NotInstalled {
            name: name.to_owned(),
            registered: here.registered.iter().any(is_it),
            close: closest(name, names)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        });
    }
    Ok(())
}

/// Completes the first argument with the names of what is installed.
pub(super) fn complete_installed(
    plugin: &Provisioning,
    engine: &EngineInterface,
    argument: &ArgType<'_>,
) -> Option<Vec<DynamicSuggestion>> {
    let ArgType::Positional(0) = argument else {
        return None;
    };
    let directory = Settings::new(engine, Span::unknown())
        .data_dir()
        .ok()?
        .value;
    let rows = plugin
        .with_existing_registry(&directory, |registry| registry.installed())
        .ok()
        .flatten()?;
    let suggestions = rows.into_iter().map(|row| DynamicSuggestion {
        description: Some(format!("{} {} from {}", row.kind, row.version, row.remote)),
        value: row.name,
        ..DynamicSuggestion::default()
    });
    Some(suggestions.collect())
}

fn row(removal: &Removal, span: Span) -> Value {
    let package = &removal.package;
    Value::record(
        record! {
            "type" => Value::string(&package.kind, span),
            "name" => Value::string(&package.name, span),
            "version" => Value::string(package.version.to_string(), span),
            "unused" => Value::bool(removal.unused, span),
            "path" => path_value(&package.path, span),
        },
        span,
    )
}
