use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    DataSource, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Type, Value,
    record,
};
use provisioning::nickel::{Input, Request};

use crate::shell::{Context, Provisioning, SignatureExt as _, evaluation, real_span};

/// `from ncl`
pub(super) struct FromNcl;

impl PluginCommand for FromNcl {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "from ncl"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name()).input_output_type(Type::String, Type::Any)
    }

    fn description(&self) -> &str {
        "Convert Nickel text to native data."
    }

    fn extra_description(&self) -> &str {
        "Makes `open` work on .ncl files. Relative imports start in the directory of the file that was opened, or in the \
         current directory for text from elsewhere."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["nickel", "open", "parse", "convert"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Evaluate a text",
                example: "\"{ replicas = 1 + 2, mode = 'fast }\" | from ncl",
                result: Some(Value::test_record(record! {
                    "replicas" => Value::test_int(3),
                    "mode" => Value::test_string("fast"),
                })),
            },
            Example {
                description: "Open a Nickel file",
                example: "open extensions/clusters/buildkit/schemas/cluster.ncl | get buildkit_cluster.components.name",
                result: Some(Value::test_list(
                    ["containerd", "buildkit", "registry"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
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
        let opened = match input.metadata_ref().map(|metadata| &metadata.data_source) {
            Some(DataSource::FilePath(path)) => Some(path.clone()),
            _ => None,
        };
        let span = real_span(input.span().unwrap_or(call.head), call.head);
        let text = input.collect_string("", &nu_protocol::Config::default())?;
        let current = PathBuf::from(engine.get_current_dir()?);
        let (directory, name) = match opened {
            Some(path) => {
                let path = current.join(path);
                let name = path.file_name().map_or_else(
                    || "input.ncl".to_owned(),
                    |name| name.to_string_lossy().into_owned(),
                );
                (path.parent().map_or(current, PathBuf::from), name)
            }
            None => (current, "<input>".to_owned()),
        };
        let request = Request::new(Input::Text {
            text,
            name,
            directory,
        });
        evaluation(&context, request, "this text", span).map(Value::into_pipeline_data)
    }
}
