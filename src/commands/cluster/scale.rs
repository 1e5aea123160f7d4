use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value,
};
use provisioning::lifecycle::Alteration;

use super::named::completes_deployments;
use super::places::Places;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _, invalid};

/// `cluster scale`
pub(super) struct Scale;

impl PluginCommand for Scale {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster scale"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .required("replicas", SyntaxShape::Int, "How many.")
            .named(
                "component",
                SyntaxShape::String,
                "Only this component; otherwise each that has the setting.",
                None,
            )
            .named(
                "setting",
                SyntaxShape::String,
                "The setting that says how many (default: replicas).",
                None,
            )
            .switch(
                "check",
                "Change nothing: return what would be done, and what is in the way.",
                None,
            );
        work::flags(work::rollback_flag(signature)).input_output_types(vec![
            (Type::Nothing, work::rows_or_check()),
            (Type::Any, work::rows_or_check()),
        ])
    }

    fn description(&self) -> &str {
        "Change how many there are of the components of a deployment."
    }

    fn extra_description(&self) -> &str {
        "The setting is changed with the component's operation `configure`, and what had it before gets it back when something fails. Write the \
         new number into the definition too: the next `cluster create` does what that says. Rows come as `cluster create` gives them."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["replicas", "workers", "resize"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "A name that does not exist has a suggestion",
            example: "try { cluster scale site 3 } catch {|e| $e.details.code }",
            result: Some(Value::test_string("deployment::not-found")),
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
        let replicas: Spanned<i64> = call.req(1)?;
        if replicas.item < 0 {
            return Err(invalid(
                "there cannot be fewer than none",
                "less than 0",
                replicas.span,
            ));
        }
        let mut places = Places::of(name.span);
        let component: Option<Spanned<String>> = call.get_flag("component")?;
        if let Some(component) = &component {
            places.add(&component.item, component.span);
        }
        let components: Vec<String> = component.into_iter().map(|it| it.item).collect();
        let what = Alteration::Setting {
            name: call
                .get_flag("setting")?
                .unwrap_or_else(|| "replicas".to_owned()),
            value: replicas.item.into(),
        };
        let work = Work::read(&context)?;
        let job = Job {
            name: name.item.clone(),
            operation: "scale",
            waits: false,
            places,
        };
        if call.has_flag("check")? {
            let plan = work.ask(|engine| engine.plan_alteration(&name.item, &components, &what));
            return work.check(&job, plan);
        }
        work.begin(&context, job, move |engine| {
            engine.alter(&name.item, &components, &what)
        })
    }
}
