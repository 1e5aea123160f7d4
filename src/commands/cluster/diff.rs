use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::lifecycle::{diff, state};

use super::definition;
use super::named::completes_deployments;
use super::outcome::not_done;
use super::values::difference_value;
use crate::shell::{Context, Provisioning, SignatureExt as _};

/// `cluster diff`
pub(super) struct Diff;

impl PluginCommand for Diff {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster diff"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of the deployment.")
            .optional(
                "cluster",
                SyntaxShape::Filepath,
                "File with the components, or a registered cluster (default: the one of that name, or the input).",
            )
            .field_flag("Field that holds the cluster or the components.")
            .named(
                "config",
                SyntaxShape::Record(vec![].into()),
                "Settings that take the place of the components' own, as {COMPONENT: {SETTING: VALUE}}.",
                Some('c'),
            )
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::table(), Type::table()),
                (Type::List(Box::new(Type::Any)), Type::table()),
                (Type::record(), Type::table()),
                (Type::Any, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "Compare what is recorded of a deployment with a definition. Nobody is asked, and nothing changed."
    }

    fn extra_description(&self) -> &str {
        "Rows {component, change, fields} for what is not the same: `change` is added, removed or changed, `fields` a table {field, recorded, \
         wanted}. Secret settings are not kept: that they differ is told, and not from what."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["compare", "drift", "changes"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "What another definition would change",
            example: "extension register extensions/providers/local | ignore; [{name: web, type: server, config: {provider: local, plan: \"1xCPU-1GB\", zone: local}}] | cluster create --name site | ignore; let changes = [{name: web, type: server, config: {provider: local, plan: \"2xCPU-4GB\", zone: local}}] | cluster diff site; cluster delete site | ignore; $changes | get fields.0",
            result: Some(Value::test_list(vec![Value::test_record(
                record! { "field" => Value::test_string("config.plan"), "recorded" => Value::test_string("1xCPU-1GB"), "wanted" => Value::test_string("2xCPU-4GB") },
            )])),
        }]
    }

    completes_deployments!();

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let name: Spanned<String> = call.req(0)?;
        let data_dir = context.settings().data_dir()?.value;
        state(&data_dir, &name.item).map_err(|error| not_done(&error, name.span))?;
        let has_input = !matches!(
            input,
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
        );
        let wanted = if has_input || call.opt::<Spanned<String>>(1)?.is_some() {
            definition::read_for(&context, input, self.name(), 1, &name)?.definition
        } else {
            definition::registered(&context, &name, None)?
        };
        let all = diff(&data_dir, &wanted).map_err(|error| not_done(&error, name.span))?;
        let rows = all.iter().map(|one| difference_value(one, call.head));
        Ok(Value::list(rows.collect(), call.head).into_pipeline_data())
    }
}
