use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoInterruptiblePipelineData as _, IntoPipelineData as _,
    LabeledError, PipelineData, ShellError, Signature, Value, record,
};

use super::checking::{Checking, Verdicts};
use crate::shell::{Context, Provisioning, Verdict, complete_field_flag, violations_error};

/// `nickel validate`
pub(super) struct Validate;

impl PluginCommand for Validate {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "nickel validate"
    }

    fn signature(&self) -> Signature {
        Checking::signature(self.name()).switch(
            "strict",
            "Raise an error, with a label on each value that is wrong, instead of returning it.",
            Some('s'),
        )
    }

    fn description(&self) -> &str {
        "Hold data against a Nickel contract and list everything that breaks it."
    }

    fn extra_description(&self) -> &str {
        "Returns {valid, value, errors} for a value, and such a row for each row of a list or table, as they come. \
         `value` has the contract's defaults filled in, and null where there is a fault. `errors` is a table {code, path, \
         message, expected, got, file, line, column, help}: file, line and column say where the contract stands. Values \
         of fields that are named like secrets are not shown. Values that Nickel does not have are given to it as `to \
         ncl` writes them."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["ncl", "contract", "schema", "check"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Which values break a contract, and how",
                example: "{direction: ingress, protocol: tpc, action: 7} | nickel validate extensions/providers/local/schemas/contracts.ncl --contract FirewallRule | get errors | select path got",
                result: Some(Value::test_list(vec![
                    Value::test_record(record! {
                        "path" => Value::test_string("protocol"),
                        "got" => Value::test_string("\"tpc\""),
                    }),
                    Value::test_record(record! {
                        "path" => Value::test_string("action"),
                        "got" => Value::test_string("7"),
                    }),
                ])),
            },
            Example {
                description: "The rows of a table that are wrong",
                example: "[[direction protocol action]; [ingress tcp allow] [egress any deny]] | nickel validate extensions/providers/local/schemas/contracts.ncl --contract FirewallRule | get valid",
                result: Some(Value::test_list(vec![
                    Value::test_bool(true),
                    Value::test_bool(false),
                ])),
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
        let head = call.head;
        let is_strict = call.has_flag("strict")?;
        match Checking::of(&context)?.check(&context, input)? {
            Verdicts::One(verdict) => {
                if is_strict && !verdict.is_valid() {
                    return Err(violations_error(&[*verdict], head));
                }
                Ok(verdict.row(head).into_pipeline_data())
            }
            Verdicts::Rows(rows) if is_strict => {
                // All of them, because the error shows every fault.
                let verdicts: Vec<Verdict> = rows.collect::<Result<_, _>>()?;
                engine.signals().check(&head)?;
                if verdicts.iter().any(|verdict| !verdict.is_valid()) {
                    return Err(violations_error(&verdicts, head));
                }
                let rows = verdicts.iter().map(|verdict| verdict.row(head)).collect();
                Ok(Value::list(rows, head).into_pipeline_data())
            }
            Verdicts::Rows(rows) => Ok(rows
                .map(move |verdict| match verdict {
                    Ok(verdict) => verdict.row(head),
                    Err(error) => Value::error(ShellError::from(error), head),
                })
                .into_pipeline_data(head, engine.signals().clone())),
        }
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
        complete_field_flag(plugin, engine, &call, &argument, "contract")
    }
}
