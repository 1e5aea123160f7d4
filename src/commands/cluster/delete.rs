use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value, record,
};

use super::named::completes_deployments;
use super::places::Places;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster delete`
pub(super) struct Delete;

impl PluginCommand for Delete {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster delete"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .switch(
                "check",
                "Change nothing: return what would be removed.",
                None,
            )
            .switch(
                "keep-going",
                "Go on with what nothing that has failed needs.",
                Some('k'),
            )
            .switch(
                "force",
                "Go on when a component cannot be removed, and have it removed while it is in use.",
                Some('f'),
            )
            .switch(
                "keep-data",
                "Leave the data of the components in place.",
                None,
            );
        work::flags(signature).input_output_types(vec![
            (Type::Nothing, work::rows_or_check()),
            (Type::Any, work::rows_or_check()),
        ])
    }

    fn description(&self) -> &str {
        "Take a deployment down, in the reverse of the order in which it came up."
    }

    fn extra_description(&self) -> &str {
        "What is recorded of the deployment is removed, each component before what it needs; rows come as `cluster create` gives them. Nothing \
         is taken back when something fails: `cluster resume` goes on when the reason is gone. What was there before the deployment was \
         is removed too, because it was made part of it. The history stays."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["destroy", "down", "remove", "uninstall", "teardown"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Take a server down",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; cluster delete site | where status == done | select component operation",
            result: Some(Value::test_list(vec![Value::test_record(
                record! { "component" => Value::test_string("web"), "operation" => Value::test_string("delete-server") },
            )])),
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
            operation: "delete",
            waits: false,
            places: Places::of(name.span),
        };
        if call.has_flag("check")? {
            let plan = work.ask(|engine| engine.plan_removal(&name.item));
            return work.check(&job, plan);
        }
        work.begin(&context, job, move |engine| engine.delete(&name.item))
    }
}
