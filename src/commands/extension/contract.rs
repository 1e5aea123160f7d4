use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Completion, Example, IntoPipelineData as _, LabeledError, PipelineData, PositionalArg,
    Signature, Span, SyntaxShape, Type, Value, record,
};
use provisioning::extension::{Contract, ExtensionType, Operation};

use crate::shell::{Context, Provisioning, SignatureExt as _, opt_string};

/// `extension contract`
pub(super) struct Show;

impl PluginCommand for Show {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension contract"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .param(
                PositionalArg::new("type", SyntaxShape::String)
                    .desc("Type of extension.")
                    .completion(Completion::new_list(&ExtensionType::WORDS))
                    .required(),
            )
            .switch(
                "nushell",
                "Write the operations as Nushell code to fill in.",
                Some('n'),
            )
            .input_output_type(
                Type::Nothing,
                Type::one_of([
                    Type::Table(
                        [
                            ("operation", Type::String),
                            ("purpose", Type::String),
                            ("parameters", Type::table()),
                            ("flags", Type::table()),
                            ("output", Type::String),
                            ("since", Type::String),
                            ("source", Type::String),
                            ("required", Type::Bool),
                        ]
                        .into(),
                    ),
                    Type::String,
                ]),
            )
    }

    fn description(&self) -> &str {
        "List the operations that an extension of a type has to offer."
    }

    fn extra_description(&self) -> &str {
        "Rows that are not `required` are helpers: commands that extensions of the type usually have besides. `parameters` is \
         a table {name, type, required, default, description}, `flags` one of {name, type, description}, where a switch has \
         no type. `since` is the version of the contract, `source` the row of the documents that it comes from. Templates \
         have no operations. With --nushell, the result is the text of a module in which every operation raises an error \
         until its body is written."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["interface", "operations", "api", "scaffold", "template"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What a cluster has to offer",
                example: "extension contract cluster | where required | get operation",
                result: Some(Value::test_list(
                    [
                        "create",
                        "delete",
                        "status",
                        "scale",
                        "upgrade",
                        "list-components",
                        "component-status",
                        "restart-component",
                    ]
                    .into_iter()
                    .map(Value::test_string)
                    .collect(),
                )),
            },
            Example {
                description: "How one operation is called",
                example: "extension contract taskserv | where operation == upgrade | get parameters.0 | select name type",
                result: Some(Value::test_list(vec![Value::test_record(record! {
                    "name" => Value::test_string("version"),
                    "type" => Value::test_string("string"),
                })])),
            },
            Example {
                description: "Begin a module",
                example: "mkdir ~/backup/nulib; extension contract taskserv --nushell | save ~/backup/nulib/mod.nu; nu-check ~/backup/nulib/mod.nu",
                result: Some(Value::test_bool(true)),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let kind = context.kind(Some(call.req(0)?))?;
        let contract = Contract::of(kind.map_or(ExtensionType::Template, |kind| kind.item));
        let result = if call.has_flag("nushell")? {
            Value::string(contract.stubs(), call.head)
        } else {
            let rows = |operations: &'static [Operation], required| {
                operations
                    .iter()
                    .map(move |operation| row(operation, required, call.head))
            };
            Value::list(
                rows(contract.operations, true)
                    .chain(rows(contract.helpers, false))
                    .collect(),
                call.head,
            )
        };
        Ok(result.into_pipeline_data())
    }
}

fn row(operation: &Operation, required: bool, span: Span) -> Value {
    let text = |text: &str| Value::string(text, span);
    let optional = |text: Option<&str>| opt_string(text.map(str::to_owned), span);
    let parameters = operation
        .parameters
        .iter()
        .map(|parameter| {
            Value::record(
                record! {
                    "name" => text(parameter.name),
                    "type" => text(parameter.kind),
                    "required" => Value::bool(parameter.default.is_none(), span),
                    "default" => optional(parameter.default),
                    "description" => text(parameter.purpose),
                },
                span,
            )
        })
        .collect();
    let flags = operation
        .flags
        .iter()
        .map(|flag| {
            Value::record(
                record! {
                    "name" => text(flag.name),
                    "type" => optional(flag.kind),
                    "description" => text(flag.purpose),
                },
                span,
            )
        })
        .collect();
    Value::record(
        record! {
            "operation" => text(operation.name),
            "purpose" => text(operation.purpose),
            "parameters" => Value::list(parameters, span),
            "flags" => Value::list(flags, span),
            "output" => text(operation.output),
            "since" => Value::string(operation.since.to_string(), span),
            "source" => text(operation.source),
            "required" => Value::bool(required, span),
        },
        span,
    )
}
