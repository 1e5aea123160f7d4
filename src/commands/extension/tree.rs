use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::resolver::{Direction, MAX_DEPTH, Needs, Tree, drawn_trees};

use super::needs::Extensions;
use crate::shell::{
    Context, Provisioning, SignatureExt as _, complete_name_argument, invalid, path_value,
};

/// `extension tree`
pub(super) struct Show;

impl PluginCommand for Show {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension tree"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "name",
                SyntaxShape::String,
                "Name or directory of an extension; otherwise every extension that no other one needs.",
            )
            .type_flag("Type of the extension that is named; without a name, only extensions of this type.")
            .named(
                "depth",
                SyntaxShape::Int,
                "Show only so many steps.",
                Some('d'),
            )
            .switch("inverted", "Show who needs it instead of what it needs.", Some('i'))
            .switch("text", "Return a drawing instead of records.", None)
            .input_output_types(vec![
                (Type::Nothing, Type::table()),
                (Type::Nothing, Type::String),
            ])
    }

    fn description(&self) -> &str {
        "Show what an extension needs, and what that needs, as a tree."
    }

    fn extra_description(&self) -> &str {
        "With a name, versions are chosen as `extension resolve` does; where there is no choice, and in trees of everything, \
         each extension is connected with the highest version that fits, and what is not there is part of the tree. \
         `standing` is whole; repeated or circular, when it was shown before; cut, at --depth; missing, version or \
         ambiguous, when nothing satisfies the dependency; platform, when it does not work here; conflict, when the same tree \
         needs it in another version too. Each row has `dependencies` or, inverted, `needed_by`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["dependencies", "dependents", "graph", "requirements"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What does an extension need?",
                example: "extension tree buildkit --type cluster --text",
                result: Some(Value::test_string(
                    "cluster buildkit 1.0.0\n\
                     ├── taskserv containerd 1.7.0 (>=1.7.0)\n\
                     ├── taskserv buildkit 0.12.0 (>=0.12.0)\n\
                     │   └── taskserv containerd 1.7.0 (>=1.6.0)\n\
                     └── taskserv registry 2.8.0 (>=2.8.0)",
                )),
            },
            Example {
                description: "Who needs it?",
                example: "extension tree containerd --inverted | get 0.needed_by.name",
                result: Some(Value::test_list(vec![
                    Value::test_string("buildkit"),
                    Value::test_string("buildkit"),
                ])),
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
        let name: Option<Spanned<String>> = call.opt(0)?;
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let depth = depth(&context)?;
        let direction = if call.has_flag("inverted")? {
            Direction::NeededBy
        } else {
            Direction::Needs
        };
        let extensions = Extensions::of(&context, name.as_ref(), kind)?;
        let (needs, roots) = match (&name, direction) {
            (None, Direction::Needs) => {
                let needs = extensions.all()?;
                let roots = needs.roots(kind);
                (needs, roots)
            }
            (None, Direction::NeededBy) => {
                let needs = extensions.all()?;
                let roots = needs.leaves(kind);
                (needs, roots)
            }
            (Some(_), Direction::Needs) => extensions.chosen()?,
            (Some(_), Direction::NeededBy) => {
                let needs = extensions.all()?;
                let roots = extensions.places(&needs);
                if roots.is_empty() {
                    return Err(extensions.not_there(&needs));
                }
                (needs, roots)
            }
        };
        let trees = needs.trees(&roots, direction, depth, extensions.host());
        if call.has_flag("text")? {
            let text = drawn_trees(&needs, &trees);
            return Ok(Value::string(text, call.head).into_pipeline_data());
        }
        let rows = trees
            .iter()
            .map(|tree| row(&needs, tree, direction, call.head));
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

fn depth(context: &Context<'_>) -> Result<Option<usize>, LabeledError> {
    let Some(given) = context.call.get_flag::<Spanned<i64>>("depth")? else {
        return Ok(None);
    };
    match usize::try_from(given.item) {
        Ok(depth) if depth <= MAX_DEPTH => Ok(Some(depth)),
        _ => Err(invalid(
            format!("trees are from 0 to {MAX_DEPTH} steps deep"),
            "not such a depth",
            given.span,
        )),
    }
}

fn row(needs: &Needs, tree: &Tree, direction: Direction, span: Span) -> Value {
    let text = |text: &str| Value::string(text, span);
    let extension = tree
        .extension
        .map(|place| &needs.extensions[place].candidate.extension);
    let dependency = tree.dependency.as_ref();
    let children = tree
        .children
        .iter()
        .map(|child| row(needs, child, direction, span))
        .collect();
    let key = match direction {
        Direction::Needs => "dependencies",
        Direction::NeededBy => "needed_by",
    };
    let kind = extension
        .map(|extension| extension.kind)
        .or_else(|| dependency.and_then(|dependency| dependency.kind));
    let name = extension
        .map(|extension| &extension.name)
        .or_else(|| dependency.map(|dependency| &dependency.name));
    Value::record(
        record! {
            "type" => kind.map_or(Value::nothing(span), |kind| text(kind.as_str())),
            "name" => name.map_or(Value::nothing(span), |name| text(name)),
            "version" => extension.map_or(Value::nothing(span), |extension| text(&extension.version.to_string())),
            "constraint" => dependency.map_or(Value::nothing(span), |dependency| text(&dependency.constraint.to_string())),
            "origin" => dependency.map_or(Value::nothing(span), |dependency| text(&dependency.origin)),
            "path" => extension.map_or(Value::nothing(span), |extension| path_value(&extension.path, span)),
            "standing" => text(tree.standing()),
            key => Value::list(children, span),
        },
        span,
    )
}
