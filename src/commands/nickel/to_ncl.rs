use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Type, Value,
};
use provisioning::nickel::to_text;

use crate::shell::{Provisioning, SignatureExt as _, to_data};

/// `to ncl`
pub(super) struct ToNcl;

impl PluginCommand for ToNcl {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "to ncl"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name()).input_output_type(Type::Any, Type::String)
    }

    fn description(&self) -> &str {
        "Convert data to Nickel text."
    }

    fn extra_description(&self) -> &str {
        "`from ncl` gives the same data back, but for two things: a float that is a whole number comes back as int, and \
         values that Nickel does not have come back in the form they were given in. A duration is its nanoseconds, a \
         file size its bytes, binary data a list of bytes; a date is text in the form of RFC 3339, a range a list. \
         `from ncl` refuses texts of more than 150,000 words and signs."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["nickel", "convert", "serialize", "save"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "A record as Nickel",
                example: "{name: web, ports: [80 443], memory: 1KiB} | to ncl",
                result: Some(Value::test_string(
                    "{ name = \"web\", ports = [80, 443], memory = 1024 }",
                )),
            },
            Example {
                description: "There and back again",
                example: "{a: 1, b: [true null 0.5]} | to ncl | from ncl | get b.2",
                result: Some(Value::test_float(0.5)),
            },
        ]
    }

    fn run(
        &self,
        _plugin: &Provisioning,
        _engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let value = input.into_value(call.head)?;
        let data = to_data(&value, call.head)?;
        Ok(Value::string(to_text(&data), call.head).into_pipeline_data())
    }
}
