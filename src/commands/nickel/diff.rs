use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::nickel::{Program, differences};

use crate::shell::{Context, Nickel, Provisioning, SignatureExt as _, data_value};

/// `nickel diff`
pub(super) struct Diff;

impl PluginCommand for Diff {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel diff"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required(
                "left",
                SyntaxShape::Filepath,
                "The one file; JSON, YAML and TOML files are read too.",
            )
            .required("right", SyntaxShape::Filepath, "The other file.")
            .field_flag("Only the value of this field in both.")
            .nickel_flags()
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("path", Type::String),
                        ("change", Type::String),
                        ("left", Type::Any),
                        ("right", Type::Any),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Evaluate two Nickel files and list the values in which they differ."
    }

    fn extra_description(&self) -> &str {
        "`change` is added, removed or changed. The order of fields does not count; items of lists are compared by their \
         place."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "compare", "difference", "drift"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "In what two versions of a configuration differ",
            example: "'{ a = 1, b = [1, 2] }' | save -f /tmp/one.ncl; {a: 1, b: [1 3]} | save -f /tmp/two.json; nickel diff /tmp/one.ncl /tmp/two.json",
            result: Some(Value::test_list(vec![Value::test_record(record! {
                "path" => Value::test_string("b[1]"),
                "change" => Value::test_string("changed"),
                "left" => Value::test_int(2),
                "right" => Value::test_int(3),
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
        let field = context
            .field_flag("field")?
            .map(|field| field.item)
            .unwrap_or_default();
        let nickel = Nickel::new(&context)?;
        let evaluated = |file: Spanned<String>| {
            let path = context.path(&file)?;
            let program = nickel.with_imports(Program::file(path.item));
            nickel.explained(
                nickel.evaluator().evaluate(&program, &field, None),
                "this file",
                file.span,
            )
        };
        let left = evaluated(call.req(0)?)?;
        let right = evaluated(call.req(1)?)?;
        let head = call.head;
        let side = |value: Option<serde_json::Value>| {
            value.map_or_else(|| Value::nothing(head), |value| data_value(value, head))
        };
        let rows = differences(&left, &right)
            .into_iter()
            .map(|difference| {
                Value::record(
                    record! {
                        "path" => Value::string(difference.path.to_string(), head),
                        "change" => Value::string(difference.change.as_str(), head),
                        "left" => side(difference.left),
                        "right" => side(difference.right),
                    },
                    head,
                )
            })
            .collect();
        Ok(Value::list(rows, head).into_pipeline_data())
    }
}
