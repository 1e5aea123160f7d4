use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::nickel::{Input, Program};

use crate::shell::{
    Context, Nickel, NickelFlags, Provisioning, SignatureExt as _, complete_field_flag, data_value,
    invalid, piped_program, to_data,
};

/// `nickel eval`
pub(super) struct Eval;

impl PluginCommand for Eval {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel eval"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .rest(
                "file",
                SyntaxShape::Filepath,
                "Nickel files, merged when there are several; JSON, YAML and TOML files are read too. Without a file, the \
                 text of the pipeline.",
            )
            .field_flag("Only the value of this field, such as a.b or a.\"b.c\".")
            .named(
                "override",
                SyntaxShape::Record([].into()),
                "Values that win over those of the file, but for those that it forces.",
                Some('o'),
            )
            .nickel_flags()
            .input_output_types(vec![
                (Type::Nothing, Type::Any),
                (Type::String, Type::Any),
                (Type::Any, Type::Any),
            ])
    }

    fn description(&self) -> &str {
        "Evaluate Nickel and return its value as native data."
    }

    fn extra_description(&self) -> &str {
        "Evaluates for export: contracts are checked, fields that are not exported are left out. Whole numbers become \
         int, other numbers float, enum tags string; a whole number beyond 64 bits that a float does not hold exactly and an \
         enum variant with an argument are errors, because data cannot hold them. Every fault is reported at once, with file, line and column. A file \
         may import what lies below its extension or its directory, and below import paths."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "export", "evaluate", "configuration"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "One field of a file",
                example: "nickel eval extensions/clusters/buildkit/schemas/cluster.ncl --field buildkit_cluster.resources.min_nodes",
                result: Some(Value::test_int(1)),
            },
            Example {
                description: "A text, with one of its values replaced: what depends on it follows",
                example: "'{ replicas = 2, total = replicas * 3 }' | nickel eval --override {replicas: 5}",
                result: Some(Value::test_record(record! {
                    "replicas" => Value::test_int(5),
                    "total" => Value::test_int(15),
                })),
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
        let field = context
            .field_flag("field")?
            .map(|field| field.item)
            .unwrap_or_default();
        let overrides = match call.get_flag_value("override") {
            Some(value @ Value::Record { .. }) => Some(to_data(&value, call.head)?),
            Some(other) => {
                return Err(invalid(
                    "--override is not a record",
                    "give a record such as {port: 8080}",
                    other.span(),
                ));
            }
            None => None,
        };
        let flags = NickelFlags::of(&context)?;
        let files: Vec<Spanned<String>> = call.rest(0)?;
        let (program, label, span) = match files.as_slice() {
            [] => match &input {
                PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _) => {
                    return Err(invalid(
                        "there is nothing to evaluate",
                        "name a file, or pipe a Nickel text in",
                        call.head,
                    ));
                }
                _ => {
                    let program = piped_program(&context, input)?;
                    (program.item, "this text", program.span)
                }
            },
            [first, rest @ ..] => {
                let span = rest
                    .iter()
                    .fold(first.span, |span, file| span.merge(file.span));
                let inputs = files
                    .iter()
                    .map(|file| Ok(Input::File(context.path(file)?.item)))
                    .collect::<Result<_, LabeledError>>()?;
                let label = if rest.is_empty() {
                    "this file"
                } else {
                    "these files"
                };
                (Program::merged(inputs), label, span)
            }
        };
        let program = program.with_import_paths(flags.import_paths.clone());
        // What is known already needs no settings, which take time to ask for.
        if let Some(known) = plugin.nickel().cached(&program, &field, overrides.as_ref()) {
            return Ok(data_value(known, span).into_pipeline_data());
        }
        let nickel = Nickel::with_flags(&context, flags)?;
        let program = nickel.with_imports(program);
        nickel
            .evaluate(&program, &field, overrides.as_ref(), label, span)
            .map(Value::into_pipeline_data)
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
