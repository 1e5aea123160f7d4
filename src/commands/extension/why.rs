use std::collections::HashMap;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::resolver::Needs;

use super::needs::{Extensions, not_there};
use crate::shell::{Context, Provisioning, SignatureExt as _, complete_name_argument};

/// `extension why`
pub(super) struct Why;

impl PluginCommand for Why {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension why"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .required("name", SyntaxShape::String, "Name of an extension.")
            .type_flag("Type of the extension that is named.")
            .named(
                "for",
                SyntaxShape::String,
                "Only what this extension needs it for: a name or a directory.",
                Some('f'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                        ("needed_by", Type::String),
                        ("constraint", Type::String),
                        ("origin", Type::String),
                        ("chain", Type::list(Type::String)),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Show who needs an extension, in which versions, and where that is written."
    }

    fn extra_description(&self) -> &str {
        "A row for each extension that needs it itself. `chain` is the shortest way from one that no other needs, or from that \
         of --for, to the one that is asked about. With --for, versions are those that `extension resolve` chooses."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["dependents", "reason", "needed", "dependencies"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Why is containerd there?",
            example: "extension why containerd | select needed_by constraint",
            result: Some(Value::test_list(vec![
                Value::test_record(record! {
                    "needed_by" => Value::test_string("taskserv buildkit 0.12.0"),
                    "constraint" => Value::test_string(">=1.6.0"),
                }),
                Value::test_record(record! {
                    "needed_by" => Value::test_string("cluster buildkit 1.0.0"),
                    "constraint" => Value::test_string(">=1.7.0"),
                }),
            ])),
        }]
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let name: Spanned<String> = call.req(0)?;
        let root: Option<Spanned<String>> = call.get_flag("for")?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let extensions = Extensions::of(&context, root.as_ref(), None)?;
        let (needs, roots) = extensions.chosen()?;
        let places = needs.called(&name.item, kind);
        if places.is_empty() {
            let all = extensions.all()?;
            if all.called(&name.item, kind).is_empty() {
                return Err(not_there(&all, &name));
            }
        }
        let before = needs.shortest(&roots);
        let rows = places
            .iter()
            .flat_map(|place| rows(&needs, &before, *place, call.head));
        Ok(Value::list(rows.collect(), call.head).into_pipeline_data())
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_argument(plugin, engine, &argument)
    }
}

/// A row for each extension that needs the one at a place.
fn rows(
    needs: &Needs,
    before: &HashMap<usize, Option<usize>>,
    place: usize,
    span: Span,
) -> Vec<Value> {
    let shown = |place: usize| {
        let extension = &needs.extensions[place].candidate.extension;
        format!(
            "{} {} {}",
            extension.kind, extension.name, extension.version
        )
    };
    let one = &needs.extensions[place];
    let extension = &one.candidate.extension;
    one.needed_by
        .iter()
        .map(|(by, at)| {
            let dependency = &needs.extensions[*by].needs[*at].dependency;
            let mut chain = vec![place, *by];
            while let Some(Some(earlier)) = chain.last().and_then(|last| before.get(last)) {
                chain.push(*earlier);
            }
            let chain = chain.iter().rev();
            Value::record(
                record! {
                    "type" => Value::string(extension.kind.as_str(), span),
                    "name" => Value::string(&extension.name, span),
                    "version" => Value::string(extension.version.to_string(), span),
                    "needed_by" => Value::string(shown(*by), span),
                    "constraint" => Value::string(dependency.constraint.to_string(), span),
                    "origin" => Value::string(&dependency.origin, span),
                    "chain" => Value::list(chain.map(|place| Value::string(shown(*place), span)).collect(), span),
                },
                span,
            )
        })
        .collect()
}
