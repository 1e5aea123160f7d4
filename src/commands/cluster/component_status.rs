use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::lifecycle::{self, LifecycleError, Observed};
use provisioning::nushell::to_json;

use super::named::completes_deployments;
use super::outcome::not_done;
use super::values::component_value;
use super::work::{self, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster component-status`
pub(super) struct ComponentStatus;

impl PluginCommand for ComponentStatus {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster component-status"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .required("component", SyntaxShape::String, "The component.");
        work::flags(signature).input_output_types(vec![
            (Type::Nothing, Type::record()),
            (Type::Any, Type::record()),
        ])
    }

    fn description(&self) -> &str {
        "Tell how one component of a deployment is, in its own words."
    }

    fn extra_description(&self) -> &str {
        "Returns {component, type, version, status, healthy, message, details}; `details` is what its operation `status` returns, or what its \
         provider lists of a server."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["health", "ready"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "How a server is",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let status = cluster component-status site web; cluster delete site | ignore; $status | select status details.hostname",
            result: Some(Value::test_record(
                record! { "status" => Value::test_string("running"), "details.hostname" => Value::test_string("web") },
            )),
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
        let data_dir = context.settings().data_dir()?.value;
        let one = lifecycle::component(&data_dir, &name.item, &component.item);
        let one = one.map_err(|error| match &error {
            LifecycleError::UnknownComponent { .. } => not_done(&error, component.span),
            _ => not_done(&error, name.span),
        })?;
        let work = Work::read(&context)?;
        let answer = work.operator().status(&one.component, &|| work.is_over());
        let told = answer.as_ref().map(to_json);
        let told = told.as_ref().map_err(|failure| *failure);
        let observed = Observed::of_answer(&one.component, told);
        let mut status = component_value(&one, &observed, call.head);
        if let Value::Record { val, .. } = &mut status {
            let details = answer.unwrap_or_else(|_| Value::nothing(call.head));
            val.to_mut().push("details", details);
        }
        Ok(status.into_pipeline_data())
    }
}
