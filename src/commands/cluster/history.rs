use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::lifecycle::history;

use super::named::completes_deployments;
use super::outcome::not_done;
use super::values::history_value;
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster history`
pub(super) struct History;

impl PluginCommand for History {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster history"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::Any, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "List what was done with a deployment, the last run first, with every step."
    }

    fn extra_description(&self) -> &str {
        "Rows {run, operation, direction, outcome, began_at, ended_at, duration, message, steps}; `outcome` is done, failed, rolled-back, \
         rollback-incomplete, interrupted or superseded, and nothing for a run that goes on or was killed. `steps` is a table {wave, \
         component, operation, undoes, outcome, began_at, duration, message}. The last 100 runs are kept."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["log", "journal", "runs", "steps"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "What was done",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; cluster delete site | ignore; cluster history site | select operation outcome",
            result: Some(Value::test_list(vec![
                Value::test_record(
                    record! { "operation" => Value::test_string("delete"), "outcome" => Value::test_string("done") },
                ),
                Value::test_record(
                    record! { "operation" => Value::test_string("create"), "outcome" => Value::test_string("done") },
                ),
            ])),
        }]
    }

    completes_deployments!();

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let name: Spanned<String> = call.req(0)?;
        let data_dir = context.settings().data_dir()?.value;
        let runs = history(&data_dir, &name.item).map_err(|error| not_done(&error, name.span))?;
        let rows = runs
            .iter()
            .map(|(run, steps)| history_value(run, steps, call.head));
        Ok(Value::list(rows.collect(), call.head).into_pipeline_data())
    }
}
