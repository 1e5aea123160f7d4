use ::provisioning::extension::{API_LEVEL, CONTRACT_VERSION};
use ::provisioning::nickel::NICKEL_VERSION;
use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Type, Value, record,
};

use crate::shell::{Context, LINKED_NUSHELL, Provisioning, SignatureExt as _};

/// `provisioning version`
pub(super) struct Version;

impl PluginCommand for Version {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning version"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name()).input_output_type(
            Type::Nothing,
            Type::Record(
                [
                    ("plugin", Type::String),
                    ("api", Type::String),
                    ("contract", Type::String),
                    ("nushell", Type::String),
                    ("nushell_linked", Type::String),
                    ("nickel", Type::String),
                ]
                .into(),
            ),
        )
    }

    fn description(&self) -> &str {
        "Show the versions of the plugin and of everything that extensions are checked against."
    }

    fn extra_description(&self) -> &str {
        "`api` is the level of the provisioning API that `compatibility.provisioning_version` is compared with, \
         `contract` the version of the interface contracts, `nushell` the running shell, `nushell_linked` the one the \
         plugin was built for, `nickel` the language that is built in."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["compatibility", "nickel", "nushell"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Which Nickel is built in",
            example: "provisioning version | get nickel",
            result: Some(Value::test_string(NICKEL_VERSION.to_string())),
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
        let span = context.head();
        let text = |version: &dyn std::fmt::Display| Value::string(version.to_string(), span);
        Ok(Value::record(
            record! {
                "plugin" => text(&env!("CARGO_PKG_VERSION")),
                "api" => text(&API_LEVEL),
                "contract" => text(&CONTRACT_VERSION),
                "nushell" => text(&context.nushell_version()?),
                "nushell_linked" => text(&LINKED_NUSHELL),
                "nickel" => text(&NICKEL_VERSION),
            },
            span,
        )
        .into_pipeline_data())
    }
}
