use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::lifecycle::Alteration;

use super::named::completes_deployments;
use super::places::Places;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster restart-component`
pub(super) struct RestartComponent;

impl PluginCommand for RestartComponent {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster restart-component"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .required("component", SyntaxShape::String, "The component.");
        work::flags(signature).input_output_types(vec![
            (Type::Nothing, work::columns()),
            (Type::Any, work::columns()),
        ])
    }

    fn description(&self) -> &str {
        "Restart a component of a deployment, and wait until it is ready."
    }

    fn extra_description(&self) -> &str {
        "Calls its operation `restart` (`reboot-server` of a server). Rows come as `cluster create` gives them."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["reboot", "reload"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Restart a server",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let told = cluster restart-component site web; cluster delete site | ignore; $told | where status == done | select component operation",
            result: Some(Value::test_list(vec![Value::test_record(
                record! { "component" => Value::test_string("web"), "operation" => Value::test_string("reboot-server") },
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
        let component: Spanned<String> = call.req(1)?;
        let work = Work::read(&context)?;
        let mut places = Places::of(name.span);
        places.add(&component.item, component.span);
        let job = Job {
            name: name.item.clone(),
            operation: "restart",
            waits: false,
            places,
        };
        let components = vec![component.item];
        work.begin(&context, job, move |engine| {
            engine.alter(&name.item, &components, &Alteration::Restart)
        })
    }
}
