use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{Example, LabeledError, PipelineData, Signature, Type, Value, record};

use super::definition;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster create`
pub(super) struct Create;

impl PluginCommand for Create {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster create"
    }

    fn signature(&self) -> Signature {
        let signature = definition::flags(Signature::of(self.name()))
            .switch(
                "check",
                "Change nothing: return what would be done, and what is in the way.",
                None,
            )
            .switch(
                "wait",
                "In the end, wait until all components are ready at the same time.",
                Some('w'),
            )
            .switch(
                "keep-going",
                "Do what does not need what has failed all the same; nothing is taken back then.",
                Some('k'),
            );
        work::flags(work::rollback_flag(signature)).input_output_types(vec![
            (Type::Nothing, work::rows_or_check()),
            (Type::table(), work::rows_or_check()),
            (Type::List(Box::new(Type::Any)), work::rows_or_check()),
            (Type::record(), work::rows_or_check()),
            (Type::Any, work::rows_or_check()),
        ])
    }

    fn description(&self) -> &str {
        "Bring a cluster up, wave by wave, or to what its definition says now."
    }

    fn extra_description(&self) -> &str {
        "What `cluster plan` shows is done. The components of a wave run at the same time, up to --jobs; the next wave begins when all of them \
         report that they are ready: `status` is asked again and again, at longer and longer intervals. What is as it should be is left \
         alone, what is not wanted any more is removed. Rows {time, wave, component, operation, status, duration, message} come as \
         things happen.\n\n\
         Each step is written down before it starts and after it ends. When one fails, what this call has done is taken back, the last \
         first, and the error says what could not be. After Ctrl-C, a kill or a power cut, `cluster status` tells what was in flight; \
         `cluster resume` goes on and `cluster rollback` takes back, after asking the components what is really there. Whoever wants no \
         more rows interrupts it too. Secret settings are not kept in the journal.\n\n\
         --config changes settings for this deployment: {nginx: {port: 8081}}. With --check, each component that would be installed is \
         asked what is in the way, by its own --check, and a record {action, cluster, check_mode, would_create, plan, \
         requirements_check: {met, issues}} is returned."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["deploy", "apply", "up", "install", "rollout"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Bring a server up",
                example: "extension register extensions/providers/local | ignore; let told = [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site; cluster delete site | ignore; $told | select component operation status | last",
                result: Some(Value::test_record(
                    record! { "component" => Value::test_string("web"), "operation" => Value::test_string("list-servers"), "status" => Value::test_string("ready") },
                )),
            },
            Example {
                description: "What would be done, and what is in the way",
                example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site --check | select would_create requirements_check.issues",
                result: Some(Value::test_record(
                    record! { "would_create" => Value::test_bool(true), "requirements_check.issues" => Value::test_list(vec![]) },
                )),
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
        let wanted = definition::read(&context, input, self.name(), 0)?;
        let work = Work::read(&context)?;
        let name = wanted.definition.name().to_owned();
        let job = Job {
            name,
            operation: "create",
            waits: call.has_flag("wait")?,
            places: wanted.places,
        };
        let definition = wanted.definition;
        if call.has_flag("check")? {
            let mut plan = work.ask(|engine| engine.plan(&definition));
            if let Ok(plan) = &mut plan {
                work.ask_for_obstacles(plan);
            }
            return work.check(&job, plan);
        }
        work.begin(&context, job, move |engine| engine.create(&definition))
    }
}
