use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value,
};

use super::definition;
use super::named::completes_deployments;
use super::places::Places;
use super::work::{self, Job, Work};
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster resume`
pub(super) struct Resume;

impl PluginCommand for Resume {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster resume"
    }

    fn signature(&self) -> Signature {
        let signature = Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .optional(
                "cluster",
                SyntaxShape::Filepath,
                "File with the components, or a registered cluster: what the run was for, when it has secret settings.",
            )
            .field_flag("Field of the file that holds the cluster.")
            .named(
                "config",
                SyntaxShape::Record(vec![].into()),
                "Settings that take the place of the components' own, as {COMPONENT: {SETTING: VALUE}}.",
                Some('c'),
            )
            .switch("keep-going", "Do what does not need what has failed all the same.", Some('k'))
            .switch("force", "Go on when a component cannot be removed.", None)
            .switch("keep-data", "Leave the data of the components that are removed in place.", None);
        work::flags(work::rollback_flag(signature)).input_output_types(vec![
            (Type::Nothing, work::columns()),
            (Type::Any, work::columns()),
        ])
    }

    fn description(&self) -> &str {
        "Go on with work on a deployment that has failed, was interrupted or killed."
    }

    fn extra_description(&self) -> &str {
        "The components are asked what is really there, and what is left is done; what had begun and not ended is done again as a whole. Rows come \
         as `cluster create` gives them. Secret settings are not kept: when they are needed again, give the cluster that the run was for."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["continue", "retry", "recover"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Where nothing is unfinished, there is nothing to go on with",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let code = try { cluster resume site | ignore } catch {|e| $e.details.code }; cluster delete site | ignore; $code",
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
        let wanted = match call.opt::<Spanned<String>>(1)? {
            Some(_) => Some(definition::read_for(
                &context,
                PipelineData::Empty,
                self.name(),
                1,
                &name,
            )?),
            None => None,
        };
        let work = Work::read(&context)?;
        let job = Job {
            name: name.item.clone(),
            operation: "resume",
            waits: false,
            places: Places::of(name.span),
        };
        work.begin(&context, job, move |engine| {
            engine.resume(&name.item, wanted.as_ref().map(|it| &it.definition))
        })
    }
}
