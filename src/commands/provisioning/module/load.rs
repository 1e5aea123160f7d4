use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Completion, Example, LabeledError, PipelineData, PositionalArg, Signature, Spanned,
    SyntaxShape, Type, Value,
};
use provisioning::extension::ExtensionType;
use provisioning::manager::Wanted;
use provisioning::metadata::VersionRequest;

use super::{is_json, output_flag, written};
use crate::commands::target::{Target, load_all};
use crate::shell::{Context, Provisioning, SignatureExt as _, extension_value};

/// `provisioning module load`
pub(super) struct Load;

impl PluginCommand for Load {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "provisioning module load"
    }

    fn signature(&self) -> Signature {
        output_flag(
            Signature::of(self.name())
                .param(
                    PositionalArg::new("type", SyntaxShape::String)
                        .desc("Type of the extension.")
                        .completion(Completion::new_list(&ExtensionType::WORDS))
                        .required(),
                )
                .required("name", SyntaxShape::String, "Name of the extension.")
                .version_flag(
                    "This version, or the highest in this range; the highest of all otherwise.",
                ),
        )
        // A record, or with --output json a text.
        .input_output_type(Type::Nothing, Type::Any)
    }

    fn description(&self) -> &str {
        "Load an extension by its type and name: `extension load` by its name in the source documents."
    }

    fn extra_description(&self) -> &str {
        "Returns {metadata, path, loaded_at, operations, schemas, fingerprint, dependencies}, or that as a text with --output \
         json."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["extension", "taskserv", "provider", "cluster"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Load a taskserv",
                example: "provisioning module load taskserv containerd --version 1.7.0 | get metadata.version",
                result: Some(Value::test_string("1.7.0")),
            },
            Example {
                description: "For a program that reads JSON",
                example: "provisioning module load taskserv containerd --output json | from json | get metadata.name",
                result: Some(Value::test_string("containerd")),
            },
        ]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let is_json = is_json(&context)?;
        let kind = context.kind(call.opt(0)?)?.map(|kind| kind.item);
        let name: Spanned<String> = call.req(1)?;
        let version = context.version_flag()?;
        let span = version.as_ref().map(|version| version.span);
        let wanted = Wanted {
            kind,
            name: name.item,
            version: version.map_or(VersionRequest::Latest, |version| version.item),
        };
        let target = Target::named(wanted, name.span);
        let loaded = load_all(&context, &[target], None, span)?;
        let value = loaded
            .first()
            .map_or(Value::nothing(call.head), |extension| {
                extension_value(extension, call.head)
            });
        written(value, is_json, call.head)
    }
}
