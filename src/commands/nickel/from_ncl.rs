use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, Type, Value,
    record,
};

use crate::shell::{
    Context, Nickel, NickelFlags, Provisioning, SignatureExt as _, data_value, piped_program,
};

/// `from ncl`
pub(super) struct FromNcl;

impl PluginCommand for FromNcl {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "from ncl"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .nickel_flags()
            .input_output_type(Type::String, Type::Any)
    }

    fn description(&self) -> &str {
        "Convert Nickel text to native data."
    }

    fn extra_description(&self) -> &str {
        "Makes `open` work on .ncl files. Relative imports start in the directory of the file that was opened, or in the \
         current directory for text from elsewhere."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["nickel", "open", "parse", "convert"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Evaluate a text",
                example: "\"{ replicas = 1 + 2, mode = 'fast }\" | from ncl",
                result: Some(Value::test_record(record! {
                    "replicas" => Value::test_int(3),
                    "mode" => Value::test_string("fast"),
                })),
            },
            Example {
                description: "Open a Nickel file",
                example: "open extensions/clusters/buildkit/schemas/cluster.ncl | get buildkit_cluster.components.name",
                result: Some(Value::test_list(
                    ["containerd", "buildkit", "registry"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
                )),
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
        let flags = NickelFlags::of(&context)?;
        let Spanned {
            item: program,
            span,
        } = piped_program(&context, input)?;
        let program = program.with_import_paths(flags.import_paths.clone());
        // What is known already needs no settings, which take time to ask for.
        if let Some(known) = plugin.nickel().cached(&program, &[], None) {
            return Ok(data_value(known, span).into_pipeline_data());
        }
        let nickel = Nickel::with_flags(&context, flags)?;
        let program = nickel.with_imports(program);
        nickel
            .evaluate(&program, &[], None, "this text", span)
            .map(Value::into_pipeline_data)
    }
}
