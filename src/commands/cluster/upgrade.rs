use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value,
};
use provisioning::lifecycle::{Alteration, state};

use super::definition;
use super::named::completes_deployments;
use super::outcome::not_done;
use super::places::Places;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _, invalid};

/// `cluster upgrade`
pub(super) struct Upgrade;

impl PluginCommand for Upgrade {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster upgrade"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .optional(
                "version",
                SyntaxShape::String,
                "The version: of the registered cluster, or of the component with --component.",
            )
            .named(
                "component",
                SyntaxShape::String,
                "Only this component.",
                None,
            )
            .named(
                "config",
                SyntaxShape::Record(vec![].into()),
                "Settings that take the place of the components' own, as {COMPONENT: {SETTING: VALUE}}.",
                Some('c'),
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
        "Bring a deployment to another version of its cluster, or one component to another version."
    }

    fn extra_description(&self) -> &str {
        "Without --component, the cluster of the deployment's name is looked for among the registered ones, in that version or the highest, and the \
         deployment becomes what it says; what --config said when it was created has to be said again. With --component, that component goes to the version: by its operation `upgrade`, or `install` \
         when it has none. What fails is taken back."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["update", "version", "rollout"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "A name that does not exist is told",
            example: "try { cluster upgrade site } catch {|e| $e.details.code }",
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
        let version: Option<Spanned<String>> = call.opt(1)?;
        let component: Option<Spanned<String>> = call.get_flag("component")?;
        let data_dir = context.settings().data_dir()?.value;
        state(&data_dir, &name.item).map_err(|error| not_done(&error, name.span))?;
        if let Some(component) = component {
            let Some(version) = version else {
                return Err(
                    invalid("to which version?", "no version for it", component.span).with_help(
                        format!(
                            "cluster upgrade {} VERSION --component {}",
                            name.item, component.item
                        ),
                    ),
                );
            };
            let mut places = Places::of(name.span);
            places.add(&component.item, component.span);
            let components = vec![component.item];
            let what = Alteration::Version(version.item);
            let work = Work::read(&context)?;
            let job = Job {
                name: name.item.clone(),
                operation: "upgrade",
                waits: false,
                places,
            };
            if call.has_flag("check")? {
                let plan =
                    work.ask(|engine| engine.plan_alteration(&name.item, &components, &what));
                return work.check(&job, plan);
            }
            return work.begin(&context, job, move |engine| {
                engine.alter(&name.item, &components, &what)
            });
        }
        let wanted = definition::registered(&context, &name, version.as_ref())?;
        let work = Work::read(&context)?;
        let job = Job {
            name: name.item.clone(),
            operation: "upgrade",
            waits: false,
            places: Places::of(name.span),
        };
        if call.has_flag("check")? {
            let plan = work.ask(|engine| engine.plan(&wanted));
            return work.check(&job, plan);
        }
        work.begin(&context, job, move |engine| engine.upgrade(&wanted))
    }
}
