use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Type, Value,
};
use provisioning::graph::picture::{Detail, of_components};

use super::components::text_of;
use super::given::{self, Given};
use crate::commands::drawing::{self, Drawing};
use crate::shell::{Context, Provisioning, SignatureExt as _, invalid};

/// `cluster graph`
pub(super) struct Graph;

impl PluginCommand for Graph {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "cluster graph"
    }

    fn signature(&self) -> Signature {
        drawing::flags(given::flags(Signature::of(self.name())))
            .named(
                "focus",
                SyntaxShape::String,
                "Only this component, what it needs, and what needs it.",
                None,
            )
            .switch(
                "strict",
                "Raise an error when the components cannot be ordered.",
                None,
            )
            .input_output_types(vec![
                (Type::Nothing, Type::String),
                (Type::table(), Type::String),
                (Type::List(Box::new(Type::Any)), Type::String),
                (Type::record(), Type::String),
                (Type::Any, Type::String),
            ])
    }

    fn description(&self) -> &str {
        "Draw the components of a cluster: what needs what, in which wave, and what is wrong."
    }

    fn extra_description(&self) -> &str {
        "Takes what `cluster resolve-deps` takes. Waves follow each other from the top to the bottom of text, and from left to \
         right elsewhere; arrows lead from what is needed to what needs it. The critical path, which is the longest way \
         through the waves, is drawn thicker (`◆` in text). What is wrong is drawn red, with a sentence below the picture: \
         circles (double lines in text), names that do not exist, versions that do not fit; --strict raises an error \
         instead.\n\n\
         In text, each component has a line, and a lane at its left begins where it is and has a branch to each one that \
         needs it: above a branch is what comes in, below what goes out; lanes that only cross are not connected. A column \
         `state` or `status` of the rows is shown too, and --color state colours by it. With --save the picture goes to a \
         file, and the path of that is returned. svg is light or dark as its reader wants it, and has titles for screen \
         readers; dot is for Graphviz, mermaid for Markdown."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "draw",
            "picture",
            "diagram",
            "visualize",
            "svg",
            "dot",
            "mermaid",
            "critical path",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "Which component waits for which?",
                example: "cluster graph extensions/clusters/buildkit/schemas/cluster.ncl",
                result: Some(Value::test_string(
                    "  wave 0\n\
                     ╭─◆ containerd  taskserv 1.7.0\n\
                     │ ● registry    application 2.8.0\n\
                     │ wave 1\n\
                     ╰─◆ buildkit    taskserv 0.12.0\n\
                     \n\
                     ◆ critical path: containerd → buildkit",
                )),
            },
            Example {
                description: "What is wrong, as a picture",
                example: "[{name: web, dependencies: [api]}, {name: api, dependencies: [web db]}] | cluster graph",
                result: Some(Value::test_string(
                    "      wave 0\n\
                     ╔═╤═══✗ web\n\
                     ║ │ ╭─✗ db   missing\n\
                     ║ │ │ wave 1\n\
                     ╚═╧═╧═✗ api\n\
                     \n\
                     ✗ Circular dependency detected in cluster components: web -> api -> web\n\
                     ✗ `api` depends on `db`, which no component is called",
                )),
            },
            Example {
                description: "A part of it for Graphviz",
                example: "cluster graph extensions/clusters/buildkit/schemas/cluster.ncl --focus buildkit --depth 1 --format dot | lines | where $it =~ '->' | str trim",
                result: Some(Value::test_list(vec![Value::test_string(
                    "n0 -> n1 [penwidth=2.5];",
                )])),
            },
            Example {
                description: "Write a drawing for a document",
                example: "cluster graph extensions/clusters/buildkit/schemas/cluster.ncl --save ($nu.temp-dir | path join buildkit.svg) | path basename",
                result: Some(Value::test_string("buildkit.svg")),
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
        let drawing = Drawing::of(&context)?;
        let focus: Option<Spanned<String>> = call.get_flag("focus")?;
        if let (None, Some(depth)) = (&focus, call.get_flag_value("depth")) {
            return Err(invalid(
                "without a focus there is nothing to be away from",
                "how far from what?",
                depth.span(),
            )
            .with_help("add --focus NAME"));
        }
        let mut given = Given::read(&context, input, self.name())?;
        let details: Vec<Detail> = given
            .rows
            .iter()
            .enumerate()
            .map(|(row, value)| Detail {
                kind: text_of(value, "type"),
                version: text_of(value, "version"),
                state: text_of(value, "state").or_else(|| text_of(value, "status")),
                is_implied: row >= given.given,
            })
            .collect();
        let known = std::mem::take(&mut given.faults);
        let title = match call.opt::<Spanned<String>>(0)? {
            Some(file) => format!("Components of {}", file.item),
            None => "Components".to_owned(),
        };
        let (picture, faults) =
            of_components(&title, &given.components, &details, given.all, known);
        if !faults.is_empty() && call.has_flag("strict")? {
            return Err(given.error(&faults));
        }
        let picture = match &focus {
            Some(name) => drawing.focused(picture, name)?,
            None => picture,
        };
        engine.signals().check(&call.head)?;
        drawing.write(&context, &picture)
    }
}
