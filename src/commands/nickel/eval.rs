use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value,
};
use provisioning::nickel::Request;

use crate::shell::{Context, Provisioning, SignatureExt as _, evaluation};

/// `nickel eval`
pub(super) struct Eval;

impl PluginCommand for Eval {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel eval"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required(
                "file",
                SyntaxShape::Filepath,
                "Nickel file; JSON, YAML and TOML files are read too.",
            )
            .field_flag("Only the value of this field, such as a.b or a.\"b.c\".")
            .input_output_type(Type::Nothing, Type::Any)
    }

    fn description(&self) -> &str {
        "Evaluate a Nickel file and return its value as native data."
    }

    fn extra_description(&self) -> &str {
        "Evaluates for export: contracts are checked, fields that are not exported are left out. Whole numbers become \
         int, other numbers float, enum tags string. Every fault is reported at once, with file, line and column."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "export", "evaluate", "configuration"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "One field of a file",
            example: "nickel eval extensions/clusters/buildkit/schemas/cluster.ncl --field buildkit_cluster.resources.min_nodes",
            result: Some(Value::test_int(1)),
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
        let file: Spanned<String> = call.req(0)?;
        let path = context.path(&file)?;
        let field = context
            .field_flag()?
            .map(|field| field.item)
            .unwrap_or_default();
        let request = Request::file(path.item).with_field(field);
        evaluation(&context, request, "this file", file.span).map(Value::into_pipeline_data)
    }
}
