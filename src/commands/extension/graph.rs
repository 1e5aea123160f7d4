use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type,
    Value,
};
use provisioning::extension::Extension;
use provisioning::graph::Offer;
use provisioning::graph::picture::of_offers;

use super::asked::open;
use crate::commands::drawing::{self, Drawing};
use crate::commands::names::is_path;
use crate::shell::{
    Context, Provisioning, SignatureExt as _, complete_name_argument, invalid, offers,
};

/// `extension graph`
pub(super) struct Graph;

impl PluginCommand for Graph {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension graph"
    }

    fn signature(&self) -> Signature {
        drawing::flags(Signature::of(self.name()))
            .optional(
                "name",
                SyntaxShape::String,
                "Only this extension (a name or a directory), what it needs, and what needs it.",
            )
            .input_output_type(Type::Nothing, Type::String)
    }

    fn description(&self) -> &str {
        "Draw which extensions need which, of those that are registered or found."
    }

    fn extra_description(&self) -> &str {
        "Each extension is drawn in every version that is registered or that `extension discover` finds; it is connected with \
         the highest version that fits of what it needs. What is not there, or in no version that fits, is drawn red, with a \
         sentence below the picture. Dependencies are those of the metadata and, of what is registered, those of the version \
         schema too. `cluster graph --help` says how pictures are read, and what the formats are for."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["draw", "picture", "diagram", "dependencies", "svg", "dot"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What does an extension need, and what needs it?",
                example: "extension graph containerd",
                result: Some(Value::test_string(
                    "    wave 0\n\
                     ╭───◆ containerd  taskserv 1.7.0\n\
                     │   wave 1\n\
                     ├─┬─◆ buildkit    taskserv 0.12.0\n\
                     │ │ wave 2\n\
                     ╰─┴─◆ buildkit    cluster 1.0.0\n\
                     \n\
                     ◆ critical path: containerd (taskserv) → buildkit (taskserv) → buildkit (cluster)",
                )),
            },
            Example {
                description: "All extensions, for a document in Markdown",
                example: "extension graph --format mermaid | lines | where $it =~ '-->' | length",
                result: Some(Value::test_int(7)),
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
        let drawing = Drawing::of(&context)?;
        let name: Option<Spanned<String>> = call.opt(0)?;
        if let (None, Some(depth)) = (&name, call.get_flag_value("depth")) {
            return Err(invalid(
                "without a name there is nothing to be away from",
                "how far from what?",
                depth.span(),
            )
            .with_help("give the name of an extension"));
        }
        let mut offers = offers(&context)?;
        let picture = match &name {
            None => of_offers("Extensions", &offers),
            Some(name) if is_path(&name.item) => {
                let path = context.path(name)?;
                let given = open(&path, &name.item, None)?.extensions;
                add(&mut offers, &given);
                let picture = of_offers("Extensions", &offers);
                // The picture begins with a node for each of them.
                let nodes: Vec<usize> = (0..offers.len())
                    .filter(|at| given.iter().any(|given| is_it(&offers[*at], given)))
                    .collect();
                drawing.around(&picture, &nodes)
            }
            Some(name) => drawing.focused(of_offers("Extensions", &offers), name)?,
        };
        engine.signals().check(&call.head)?;
        drawing.write(&context, &picture)
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

/// Adds the extensions of a directory to those that there are; what is there already gives way.
fn add(offers: &mut Vec<Offer>, given: &[Extension]) {
    offers.retain(|offer| !given.iter().any(|given| is_it(offer, given)));
    offers.extend(given.iter().map(|extension| Offer {
        kind: extension.kind,
        name: extension.name.clone(),
        version: extension.version.clone(),
        dependencies: extension.dependencies.clone(),
    }));
    offers.sort_by(|one, two| {
        (one.kind.as_str(), &one.name, &one.version).cmp(&(
            two.kind.as_str(),
            &two.name,
            &two.version,
        ))
    });
}

fn is_it(offer: &Offer, extension: &Extension) -> bool {
    (offer.kind, &offer.name, &offer.version)
        == (extension.kind, &extension.name, &extension.version)
}
