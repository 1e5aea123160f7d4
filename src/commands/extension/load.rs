use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, IntoPipelineData as _, LabeledError, PipelineData, Signature,
    Spanned, SyntaxShape, Type, Value, record,
};

use crate::commands::target::{Target, load_all};
use crate::shell::{
    Context, Provisioning, SignatureExt as _, complete_name_argument, extension_columns,
    extension_value, invalid, is_list,
};

/// `extension load`
pub(super) struct Load;

impl PluginCommand for Load {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension load"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "name",
                SyntaxShape::String,
                "Name of an extension, also with a version as in kubernetes@1.28.0, or the path of its directory.",
            )
            .type_flag("Type of the extension, where several have the name.")
            .version_flag(
                "This version, or the highest in this range; the highest of all otherwise.",
            )
            .switch(
                "with-dependencies",
                "Load what it needs as well, also where the setting `auto_load` is off.",
                Some('d'),
            )
            .switch(
                "no-dependencies",
                "Do not load what it needs.",
                None,
            )
            .input_output_types(vec![
                (Type::Nothing, Type::Record(extension_columns().into())),
                (Type::String, Type::Record(extension_columns().into())),
                (Type::record(), Type::Record(extension_columns().into())),
                (
                    Type::List(Box::new(Type::String)),
                    Type::Table(extension_columns().into()),
                ),
                (Type::table(), Type::Table(extension_columns().into())),
                // With an argument any input will do, such as that of the body of `each`.
                (Type::Any, Type::Any),
            ])
    }

    fn description(&self) -> &str {
        "Load an extension: read and check everything of it without running it, and keep it."
    }

    fn extra_description(&self) -> &str {
        "Registered extensions are found by their names, others in the directories of the setting `extension_dirs`. What is \
         loaded stays in memory and is looked at on each use: after a change of its files it is read again. `operations` \
         has the signature of each command of its module by its name, those of its type first, `schemas` the values of its \
         Nickel schemas by file, `fingerprint` a digest of its files, `dependencies` what it needs, which is loaded too \
         unless `auto_load` is off. An extension with errors is not loaded: the error has all of them."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["read", "cache", "metadata", "operations"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "How a taskserv is installed",
                example: "extension register extensions/taskservs/containerd | ignore; extension load containerd --version 1.7.0 | get operations.install",
                result: Some(Value::test_string(
                    "[config: record = {}, --check, --version: string]: nothing -> record",
                )),
            },
            Example {
                description: "What it can do",
                example: "extension load extensions/taskservs/containerd | get operations | transpose name signature | get name | first 3",
                result: Some(Value::test_list(
                    ["install", "uninstall", "configure"]
                        .into_iter()
                        .map(Value::test_string)
                        .collect(),
                )),
            },
            Example {
                description: "A value of its schemas, without registering it",
                example: "extension load extensions/taskservs/containerd | get schemas.version.taskserv_version.name",
                result: Some(Value::test_string("containerd")),
            },
            Example {
                description: "What it needs is loaded with it",
                example: "extension load buildkit --type cluster | ignore; extension loaded | select type name",
                result: Some(Value::test_list(
                    [
                        ("taskserv", "buildkit"),
                        ("taskserv", "containerd"),
                        ("taskserv", "registry"),
                        ("cluster", "buildkit"),
                    ]
                    .into_iter()
                    .map(|(kind, name)| {
                        Value::test_record(record! {
                            "type" => Value::test_string(kind),
                            "name" => Value::test_string(name),
                        })
                    })
                    .collect(),
                )),
            },
        ]
    }

    #[expect(
        deprecated,
        reason = "the marker says that this may change with Nushell, which is pinned"
    )]
    fn get_dynamic_completion(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        arg_type: ArgType<'_>,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_name_argument(plugin, engine, &arg_type)
    }

    fn run(
        &self,
        plugin: &Provisioning,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let context = Context::new(plugin, engine, call);
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let version = context.version_flag()?;
        let argument: Option<Spanned<String>> = call.opt(0)?;
        let single = argument.is_some() || !is_list(&input);
        let targets = match &argument {
            Some(text) => vec![Target::read(&context, text, kind, version.as_ref())?],
            None => Target::from_pipeline(&context, input, kind, version.as_ref())?,
        };
        if targets.is_empty() && single {
            return Err(invalid("no extension was named", "which one?", call.head)
                .with_help("extension load containerd"));
        }
        let wish = match (
            call.has_flag("with-dependencies")?,
            call.has_flag("no-dependencies")?,
        ) {
            (true, true) => {
                return Err(invalid(
                    "--with-dependencies and --no-dependencies contradict each other",
                    "one of them",
                    call.head,
                ));
            }
            (true, false) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        let version = version.map(|version| version.span);
        let mut values: Vec<Value> = load_all(&context, &targets, wish, version)?
            .iter()
            .map(|extension| extension_value(extension, call.head))
            .collect();
        let value = match (single, values.len()) {
            (true, 1) => values.remove(0),
            _ => Value::list(values, call.head),
        };
        Ok(value.into_pipeline_data())
    }
}
