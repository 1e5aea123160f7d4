use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::lifecycle::{LifecycleError, names, state};

use super::named::completes_deployments;
use super::outcome::not_done;
use super::values::{deployment_value, status_value};
use super::work::{self, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster status`
pub(super) struct Status;

impl PluginCommand for Status {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster status"
    }

    fn signature(&self) -> Signature {
        work::flags(Signature::of(self.name()).optional(
            "name",
            SyntaxShape::String,
            "Name of the deployment; without one, all are listed.",
        ))
        .input_output_types(vec![
            (Type::Nothing, Type::one_of([Type::record(), Type::table()])),
            (Type::Any, Type::one_of([Type::record(), Type::table()])),
        ])
    }

    fn description(&self) -> &str {
        "Tell how a deployment is: ask its components, and say what is unfinished."
    }

    fn extra_description(&self) -> &str {
        "Returns {name, status, healthy, created_at, components, held_by, unfinished, in_flight, last_check}. `status` is running, degraded, stopped \
         or absent; unfinished when a run has failed or was cut off, with the run in `unfinished` and the steps that had begun and not \
         ended in `in_flight`; working while a process is at it, which `held_by` names. A component is running, not-ready, absent, \
         unknown (it gives no answer) or uncertain (its last operation did not come to its end).\n\n\
         Without a name, a table {name, status, components, created_at} of all deployments; nobody is asked then, and status is deployed, \
         unfinished, working or absent."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["health", "ready", "state", "deployments"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "How a deployment is",
                example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let status = cluster status site; cluster delete site | ignore; $status | select status healthy",
                result: Some(Value::test_record(
                    record! { "status" => Value::test_string("running"), "healthy" => Value::test_bool(true) },
                )),
            },
            Example {
                description: "All deployments",
                example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let all = cluster status; cluster delete site | ignore; $all | select name status components",
                result: Some(Value::test_list(vec![Value::test_record(
                    record! { "name" => Value::test_string("site"), "status" => Value::test_string("deployed"), "components" => Value::test_int(1) },
                )])),
            },
        ]
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
        let head = call.head;
        let Some(name) = call.opt::<Spanned<String>>(0)? else {
            let data_dir = context.settings().data_dir()?.value;
            let told = |error: LifecycleError| not_done(&error, head);
            let mut rows = Vec::new();
            for name in names(&data_dir).map_err(told)? {
                let state = state(&data_dir, &name).map_err(told)?;
                rows.push(deployment_value(&state, head));
            }
            return Ok(Value::list(rows, head).into_pipeline_data());
        };
        let work = Work::read(&context)?;
        let health = work.ask(|engine| engine.health(&name.item));
        let (state, observed) = health.map_err(|error| not_done(&error, name.span))?;
        Ok(status_value(&state, &observed, head).into_pipeline_data())
    }
}
