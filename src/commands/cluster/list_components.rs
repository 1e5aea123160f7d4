use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value, record,
};
use provisioning::diagnostic::Code;
use provisioning::lifecycle::{Component, in_order, state};
use provisioning::nushell::from_json;

use super::definition;
use super::named::completes_deployments;
use super::outcome::not_done;
use super::values::int;
use crate::shell::{Context, Provisioning, SignatureExt as _, opt_string};

/// `cluster list-components`
pub(super) struct ListComponents;

impl PluginCommand for ListComponents {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster list-components"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "cluster",
                SyntaxShape::Filepath,
                "A deployment, a file with the components (.ncl, .json, .yaml, .toml), or a registered cluster.",
            )
            .field_flag("Field that holds the cluster or the components.")
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::table(), Type::table()),
                (Type::List(Box::new(Type::Any)), Type::table()),
                (Type::record(), Type::table()),
                (Type::Any, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "List the components of a deployment, or of a cluster, in the order in which they are deployed."
    }

    fn extra_description(&self) -> &str {
        "Rows {name, type, version, dependencies, wave, order, config}: of what is deployed under that name, otherwise of the file, the registered \
         cluster or the input. Disabled components are left out; secret settings of what is deployed are not kept, and so not shown."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["components", "order", "waves"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "The components of a cluster",
            example: "cluster list-components extensions/clusters/buildkit/schemas/cluster.ncl | select name wave order",
            result: Some(Value::test_list(vec![
                Value::test_record(
                    record! { "name" => Value::test_string("containerd"), "wave" => Value::test_int(0), "order" => Value::test_int(0) },
                ),
                Value::test_record(
                    record! { "name" => Value::test_string("registry"), "wave" => Value::test_int(0), "order" => Value::test_int(1) },
                ),
                Value::test_record(
                    record! { "name" => Value::test_string("buildkit"), "wave" => Value::test_int(1), "order" => Value::test_int(2) },
                ),
            ])),
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
        let head = call.head;
        let name: Option<Spanned<String>> = call.opt(0)?;
        let data_dir = context.settings().data_dir()?.value;
        let deployed = name
            .as_ref()
            .and_then(|name| state(&data_dir, &name.item).ok());
        let is_known = deployed.is_some();
        let components: Vec<Component> = match deployed.filter(|it| !it.components.is_empty()) {
            Some(state) => state
                .components
                .into_iter()
                .map(|one| one.component)
                .collect(),
            None => match definition::components(&context, input, self.name()) {
                // Of a deployment that was taken down nothing is there, which is no error.
                Err(error) if is_known && is_not_found(&error) => Vec::new(),
                given => given?,
            },
        };
        let placed = in_order(&components).map_err(|error| not_done(&error, head))?;
        let rows = placed.into_iter().filter_map(|(wave, order, row)| {
            let component = components.get(row)?;
            let needs = component.dependencies.iter();
            Some(Value::record(
                record! {
                    "name" => Value::string(&component.name, head),
                    "type" => Value::string(component.kind.as_str(), head),
                    "version" => opt_string(component.version.clone(), head),
                    "dependencies" => Value::list(needs.map(|it| Value::string(it, head)).collect(), head),
                    "wave" => int(wave, head),
                    "order" => int(order, head),
                    "config" => from_json(component.config.clone(), head),
                },
                head,
            ))
        });
        Ok(Value::list(rows.collect(), head).into_pipeline_data())
    }
}

fn is_not_found(error: &LabeledError) -> bool {
    error.code.as_deref() == Some(Code::RegistryNotFound.as_str())
}
