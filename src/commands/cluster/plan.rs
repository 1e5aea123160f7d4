use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, Type, Value,
    record,
};
use provisioning::lifecycle::LifecycleError;

use super::definition;
use super::outcome::not_done_at;
use super::places::Places;
use super::values::plan_value;
use super::work::{self, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _, invalid};

/// The columns of a plan.
fn columns() -> Type {
    let columns = [
        ("wave", Type::Int),
        ("component", Type::String),
        ("type", Type::String),
        ("version", Type::Any),
        ("operation", Type::Any),
        ("action", Type::String),
        ("reason", Type::String),
    ];
    Type::Table(columns.into())
}

/// `cluster plan`
pub(super) struct Plan;

impl PluginCommand for Plan {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster plan"
    }

    fn signature(&self) -> Signature {
        let signature = definition::flags(Signature::of(self.name())).switch(
            "destroy",
            "What `cluster delete` would do with the deployment of that name.",
            Some('d'),
        );
        work::flags(signature).input_output_types(vec![
            (Type::Nothing, columns()),
            (Type::table(), columns()),
            (Type::List(Box::new(Type::Any)), columns()),
            (Type::record(), columns()),
            (Type::Any, columns()),
        ])
    }

    fn description(&self) -> &str {
        "Show what creating or deleting a deployment would do. Nothing is changed."
    }

    fn extra_description(&self) -> &str {
        "Compares what is wanted, what is recorded of the deployment, and what each component says of itself (its operation `status`). A row for \
         each component, wave by wave: {wave, component, type, version, operation, action, reason}; `action` is create, update, none or \
         delete, `operation` what would be called. What is given to an operation is held against its signature and the contract of its \
         extension: everything that would be refused is an error now.\n\n\
         A component is {name, type, version?, config?, dependencies?, enabled?}. `taskserv` and `application` are the registered taskserv \
         of that name; `server` and `infrastructure` are servers of the provider that config.provider names: one, or those that \
         config.servers lists. Nickel files compute settings from each other; --config puts others in their place."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["dry run", "preview", "diff", "deployment"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What would be done, in which order",
                example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster plan --name site | select wave component operation action reason",
                result: Some(Value::test_list(vec![Value::test_record(
                    record! { "wave" => Value::test_int(0), "component" => Value::test_string("web"), "operation" => Value::test_string("create-server"), "action" => Value::test_string("create"), "reason" => Value::test_string("it is not there") },
                )])),
            },
            Example {
                description: "What would be removed",
                example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let plan = cluster plan site --destroy | select component operation action; cluster delete site | ignore; $plan",
                result: Some(Value::test_list(vec![Value::test_record(
                    record! { "component" => Value::test_string("web"), "operation" => Value::test_string("delete-server"), "action" => Value::test_string("delete") },
                )])),
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
        let (plan, name, places) = if call.has_flag("destroy")? {
            let name = match call.opt::<Spanned<String>>(0)? {
                Some(name) => name,
                None => {
                    return Err(invalid("which deployment?", "no name", head)
                        .with_help("cluster plan NAME --destroy"));
                }
            };
            let work = Work::read(&context)?;
            let plan = work.ask(|engine| engine.plan_removal(&name.item));
            (plan, name.item, Places::of(name.span))
        } else {
            let wanted = definition::read(&context, input, self.name(), 0)?;
            let work = Work::read(&context)?;
            let plan = work.ask(|engine| engine.plan(&wanted.definition));
            (plan, wanted.definition.name().to_owned(), wanted.places)
        };
        let plan = plan.map_err(|error| not_done_at(&error, &places))?;
        if !plan.problems.is_empty() {
            let problems = plan.problems;
            let error = LifecycleError::Refused { name, problems };
            return Err(not_done_at(&error, &places));
        }
        Ok(plan_value(&plan, head).into_pipeline_data())
    }
}
