//! Commands that only group others: they print their help.

use ::provisioning::diagnostic::closest;
use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    IntoPipelineData as _, LabeledError, PipelineData, Signature, SyntaxShape, Type, Value,
};

use crate::shell::{Provisioning, SignatureExt as _, invalid};

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
        Signature::of(self.name)
            .rest("subcommand", SyntaxShape::Any, "One of the subcommands.")
            .input_output_type(Type::Nothing, Type::String)
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
        let Some(word) = call.positional.first() else {
            return Ok(Value::string(engine.get_help()?, call.head).into_pipeline_data());
        };
        let name = word.coerce_string().unwrap_or_default();
        let known: Vec<String> = super::all()
            .iter()
            .filter_map(|command| Some(command.name().strip_prefix(self.name)?.trim().to_owned()))
            .filter(|name| !name.is_empty())
            .collect();
        let close = closest(&name, known.iter().map(String::as_str));
        Err(invalid(
            format!("there is no command `{} {name}`", self.name),
            "not a subcommand",
            word.span(),
        )
        .with_help(match close.first() {
            Some(close) => format!("did you mean `{} {close}`?", self.name),
            None => format!("subcommands: {}", known.join(", ")),
        }))
    }
}
