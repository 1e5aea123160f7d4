//! Commands that only group others: they print their help.

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{IntoPipelineData as _, LabeledError, PipelineData, Signature, Type, Value};

use crate::shell::{Provisioning, SignatureExt as _};

/// A group of commands.
pub(super) struct Parent {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) search_terms: &'static [&'static str],
}

impl PluginCommand for Parent {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name).input_output_type(Type::Nothing, Type::String)
    }

    fn description(&self) -> &str {
        self.description
    }

    fn extra_description(&self) -> &str {
        "Use one of its subcommands."
    }

    fn search_terms(&self) -> Vec<&str> {
        self.search_terms.to_vec()
    }

    fn run(
        &self,
        _plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        Ok(Value::string(engine.get_help()?, call.head).into_pipeline_data())
    }
}
