use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value,
};

use super::named::completes_deployments;
use super::places::Places;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster rollback`
pub(super) struct Rollback;

impl PluginCommand for Rollback {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster rollback"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name()).required(
            "name",
            SyntaxShape::String,
            "Name of the deployment.",
        );
        work::flags(signature).input_output_types(vec![
            (Type::Nothing, work::columns()),
            (Type::Any, work::columns()),
        ])
    }

    fn description(&self) -> &str {
        "Take back work on a deployment that has failed, was interrupted or killed."
    }

    fn extra_description(&self) -> &str {
        "The components are asked what is really there, and each that the run has changed becomes what it was when the run began, the last one \
         first. What cannot be taken back keeps what it needs, and is told. Rows come as `cluster create` gives them."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["undo", "revert", "recover"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Where nothing is unfinished, there is nothing to take back",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let code = try { cluster rollback site | ignore } catch {|e| $e.details.code }; cluster delete site | ignore; $code",
            result: Some(Value::test_string("deployment::finished")),
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
        let work = Work::read(&context)?;
        let job = Job {
            name: name.item.clone(),
            operation: "rollback",
            waits: false,
            places: Places::of(name.span),
        };
        work.begin(&context, job, move |engine| engine.rollback(&name.item))
    }
}
