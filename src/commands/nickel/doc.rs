use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, Type, Value,
};
use provisioning::diagnostic::DataPath;
use provisioning::nickel::{Program, markdown};

use crate::shell::{Context, Nickel, Provisioning, SignatureExt as _, complete_field_flag};

/// `nickel doc`
pub(super) struct Doc;

impl PluginCommand for Doc {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel doc"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("file", SyntaxShape::Filepath, "Nickel file.")
            .field_flag("Only the fields of this field, such as ServerConfig.")
            .nickel_flags()
            .input_output_type(Type::Nothing, Type::String)
    }

    fn description(&self) -> &str {
        "Write the documentation of a Nickel record or contract as Markdown."
    }

    fn extra_description(&self) -> &str {
        "A heading for each field, with its type, default and documentation; `nickel query` has the same as data."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "schema", "documentation", "markdown"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "The first lines on a contract",
            example: "nickel doc extensions/providers/local/schemas/contracts.ncl --field FirewallRule | lines | first 5 | to text --no-newline",
            result: Some(Value::test_string(
                "# FirewallRule\n\n## `direction`\n\n- type: `std.enum.TagOrString | [| 'ingress, 'egress |]`",
            )),
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
        let field = context
            .field_flag("field")?
            .map(|field| field.item)
            .unwrap_or_default();
        let path = context.path(&file)?.item;
        let nickel = Nickel::new(&context)?;
        let title = if field.is_empty() {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default()
        } else {
            DataPath::of_fields(&field).to_string()
        };
        let program = nickel.with_imports(Program::file(path));
        let fields = nickel.explained(
            nickel.evaluator().query(&program, &field),
            "this file",
            file.span,
        )?;
        Ok(Value::string(markdown(&title, &fields), call.head).into_pipeline_data())
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_field_flag(plugin, engine, &call, &argument, "field")
    }
}
