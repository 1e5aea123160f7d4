use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, ShellError, Signature, Spanned,
    SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::Code;
use provisioning::manager::Reloaded;

use super::loaded_names::{complete_loaded, not_loaded};
use crate::shell::{Context, Provisioning, SignatureExt as _, loaded_columns, loaded_value};

/// `extension reload`
pub(super) struct Reload;

impl PluginCommand for Reload {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension reload"
    }

    fn signature(&self) -> Signature {
        let columns: Vec<(String, Type)> = loaded_columns()
            .into_iter()
            .chain([("changed", Type::Bool)])
            .map(|(name, kind)| (name.to_owned(), kind))
            .collect();
        Signature::of(self.name())
            .optional(
                "name",
                SyntaxShape::String,
                "Name of a loaded extension; all of them without it.",
            )
            .type_flag("Only extensions of this type.")
            .input_output_type(Type::Nothing, Type::Table(columns.into()))
    }

    fn description(&self) -> &str {
        "Read loaded extensions again, whatever is remembered of them."
    }

    fn extra_description(&self) -> &str {
        "Every loaded version of the name is read. `changed` tells whether its files have changed since it was loaded. What \
         cannot be read any more is no longer loaded, and told when all the others were read. After an edit this is not \
         needed: `extension load` sees it by itself."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["refresh", "cache", "hot"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Read again what is loaded",
            example: "extension load extensions/taskservs/containerd | ignore; extension reload containerd | select name version changed",
            result: Some(Value::test_list(vec![Value::test_record(record! {
                "name" => Value::test_string("containerd"),
                "version" => Value::test_string("1.7.0"),
                "changed" => Value::test_bool(false),
            })])),
        }]
    }

    #[expect(
        deprecated,
        reason = "the marker says that this may change with Nushell, which is pinned"
    )]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        _engine: &EngineInterface,
        _call: nu_plugin::DynamicCompletionCall,
        arg_type: nu_protocol::engine::ArgType<'_>,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<nu_protocol::DynamicSuggestion>> {
        complete_loaded(plugin, &arg_type)
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let name: Option<Spanned<String>> = call.opt(0)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        if let Some(name) = &name
            && !plugin.manager().is_loaded(kind, &name.item, None)
        {
            return Err(not_loaded(plugin, name));
        }
        let (manager, _nickel) = context.manager()?;
        let reloaded = manager.reload(kind, name.as_ref().map(|name| name.item.as_str()));
        let span = name.map_or(call.head, |name| name.span);
        let mut rows = Vec::with_capacity(reloaded.len());
        let mut failed = Vec::new();
        for Reloaded {
            result, is_changed, ..
        } in reloaded
        {
            let extension = match result {
                Ok(extension) => extension,
                Err(error) => {
                    failed.push(context.not_loaded(&error, span));
                    continue;
                }
            };
            let mut row = loaded_value(&extension, call.head);
            if let Value::Record { val: row, .. } = &mut row {
                row.to_mut()
                    .push("changed", Value::bool(is_changed, call.head));
            }
            rows.push(row);
        }
        context.release()?;
        match failed.len() {
            0 => Ok(Value::list(rows, call.head).into_pipeline_data()),
            1 => Err(failed.remove(0)),
            count => {
                let mut error =
                    LabeledError::new(format!("{count} extensions cannot be read any more"))
                        .with_code(Code::LoadFailed.as_str())
                        .with_label("no longer loaded", span);
                error.inner.extend(
                    failed
                        .into_iter()
                        .map(|error| ShellError::LabeledError(Box::new(error))),
                );
                Err(error)
            }
        }
    }
}
