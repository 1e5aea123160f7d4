use std::collections::HashMap;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::resolver::Needs;

use super::needs::{Extensions, fitting, not_there, one};
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
            .required(
                "name",
                SyntaxShape::String,
                "Name or directory of an extension.",
            )
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
                        ("type", Type::one_of([Type::String, Type::Nothing])),
                        ("name", Type::String),
                        ("version", Type::one_of([Type::String, Type::Nothing])),
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
        "A row for each extension that needs it itself; `version` is the one it gets, or nothing when no version that is there \
         satisfies it. `chain` is the shortest way from one that no other needs, or from that \
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
        let about = one(&context, &name, kind)?;
        let extensions = Extensions::with(&context, root.as_ref(), None, &about.paths)?;
        let (needs, roots) = extensions.chosen()?;
        let before = needs.shortest(&roots);
        let mut rows = Vec::new();
        for request in &about.requests {
            let mut wanted: Vec<Wanted> = Vec::new();
            for place in fitting(&needs, request) {
                let needed_by = needs.extensions[place].needed_by.iter();
                wanted.extend(needed_by.map(|by| (Some(place), *by)));
            }
            // Whom nothing satisfies needs it no less.
            let unmet = needs.unmet(&request.name, request.kind);
            wanted.extend(unmet.into_iter().map(|by| (None, by)));
            // Without a choice, there is more than what the one of --for needs.
            wanted.retain(|(_, (by, _))| root.is_none() || before.contains_key(by));
            if wanted.is_empty() {
                let all = extensions.all()?;
                let is_needed = !all.unmet(&request.name, request.kind).is_empty();
                if fitting(&all, request).is_empty() && !is_needed {
                    return Err(not_there(&all, request, &name));
                }
            }
            let found = wanted.iter();
            rows.extend(found.map(|wanted| row(&needs, &before, *wanted, call.head)));
        }
        Ok(Value::list(rows, call.head).into_pipeline_data())
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

/// The place of an extension, unless it is not there, and who needs it: a place and the one of the need.
type Wanted = (Option<usize>, (usize, usize));

/// A row for one that needs it.
fn row(
    needs: &Needs,
    before: &HashMap<usize, Option<usize>>,
    (place, (by, at)): Wanted,
    span: Span,
) -> Value {
    let text = |text: &str| Value::string(text, span);
    let shown = |place: usize| {
        let extension = &needs.extensions[place].candidate.extension;
        format!(
            "{} {} {}",
            extension.kind, extension.name, extension.version
        )
    };
    let dependency = &needs.extensions[by].needs[at].dependency;
    let extension = place.map(|place| &needs.extensions[place].candidate.extension);
    let kind = extension.map_or(dependency.kind, |extension| Some(extension.kind));
    let mut chain = vec![by];
    while let Some(Some(earlier)) = chain.last().and_then(|last| before.get(last)) {
        chain.push(*earlier);
    }
    let end = match (place, kind) {
        (Some(place), _) => shown(place),
        (None, Some(kind)) => format!("{kind} {}", dependency.name),
        (None, None) => dependency.name.clone(),
    };
    let chain = chain.iter().rev().map(|place| shown(*place));
    let chain = chain.chain([end]).map(|one| text(&one)).collect();
    Value::record(
        record! {
            "type" => kind.map_or(Value::nothing(span), |kind| text(kind.as_str())),
            "name" => text(&dependency.name),
            "version" => extension.map_or(Value::nothing(span), |extension| text(&extension.version.to_string())),
            "needed_by" => text(&shown(by)),
            "constraint" => text(&dependency.constraint.to_string()),
            "origin" => text(&dependency.origin),
            "chain" => Value::list(chain, span),
        },
        span,
    )
}
