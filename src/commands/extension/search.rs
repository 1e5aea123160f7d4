use std::collections::BTreeMap;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    DynamicSuggestion, Example, LabeledError, PipelineData, PipelineMetadata, Signature, Spanned,
    SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::safe_text;
use provisioning::extension::ExtensionType;
use provisioning::install::kept;
use provisioning::remote::{Entry, Release};
use semver::Version;

use super::remotes::{complete_remote, registered, remotes, some};
use crate::shell::{
    Context, Provisioning, SignatureExt as _, date_value, filesize_value, labeled, opt_string,
    requirements_value,
};

/// `extension search`
pub(super) struct Search;

/// Shown first when a terminal is too narrow for all columns.
const IMPORTANT: [&str; 5] = ["type", "name", "version", "installed", "description"];

impl PluginCommand for Search {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension search"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .optional(
                "text",
                SyntaxShape::String,
                "What to look for in names, descriptions and keywords; everything otherwise.",
            )
            .type_flag("Only packages with an extension of this type.")
            .named(
                "from",
                SyntaxShape::String,
                "Only what this remote has.",
                Some('f'),
            )
            .switch(
                "all",
                "A row for each version, also for those that were withdrawn.",
                Some('a'),
            )
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("version", Type::String),
                        ("installed", Type::Any),
                        ("description", Type::Any),
                        ("remote", Type::String),
                        ("published", Type::Date),
                        ("size", Type::Filesize),
                        ("provides", Type::list(Type::String)),
                        ("dependencies", Type::table()),
                        ("signed_by", Type::Any),
                        ("yanked", Type::Any),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Look for extensions in the remotes."
    }

    fn extra_description(&self) -> &str {
        "Remotes are named by the setting `remotes`. A package has one row, with the highest version that may be installed; \
         those whose name is the text come first, then those whose name holds it. `installed` is the highest version that is \
         registered here, `signed_by` the number of the key, `yanked` why a version was withdrawn. Nothing is fetched."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["find", "remote", "registry", "available", "catalog"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Publish a package and find it",
            example: "let d = mktemp --directory; $env.config.plugins.provisioning = {remotes: {local: $'file://($d)'}}; extension build extensions/taskservs/containerd --out $d | extension publish $in.path | ignore; extension search container | select name version",
            result: Some(Value::test_list(vec![Value::test_record(record! {
                "name" => Value::test_string("containerd"),
                "version" => Value::test_string("1.7.0"),
            })])),
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
        let text: Option<Spanned<String>> = call.opt(0)?;
        let text = text.map(|text| text.item.to_lowercase());
        let kind = context.kind_flag()?.map(|kind| kind.item);
        let from: Option<Spanned<String>> = call.get_flag("from")?;
        let all = call.has_flag("all")?;
        let head = call.head;
        let remotes = remotes(&context)?;
        let here = kept(&registered(&context)?);
        let mut rows: Vec<(usize, Value)> = Vec::new();
        for remote in some(&remotes, from.as_ref(), head)? {
            let failed = |error| labeled(&error, "reads the remote", head);
            for id in remote.packages().map_err(failed)? {
                engine.signals().check(&head)?;
                let Some(history) = remote.history(&id).map_err(failed)? else {
                    continue;
                };
                let Some(shown) = history.shown() else {
                    continue;
                };
                let rank = match &text {
                    Some(text) => rank(&shown.release, text),
                    None => Some(0),
                };
                let (Some(rank), true) = (rank, has(&shown.release, kind)) else {
                    continue;
                };
                let mut add = |entry: &Entry| {
                    rows.push((rank, row(entry, remote.name(), &here, head)));
                };
                if all {
                    history.releases.values().rev().for_each(&mut add);
                } else if shown.yanked.is_none() {
                    add(shown);
                }
            }
        }
        // Packages of a rank stay sorted as they were.
        rows.sort_by_key(|(rank, _)| *rank);
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        let metadata =
            PipelineMetadata::default().with_table_width_priority_columns(head, IMPORTANT);
        Ok(PipelineData::value(Value::list(rows, head), metadata))
    }

    #[expect(deprecated, reason = "the hook is experimental in Nushell 0.115")]
    fn get_dynamic_completion(
        &self,
        _plugin: &Provisioning,
        engine: &EngineInterface,
        _call: DynamicCompletionCall,
        argument: ArgType,
        _experimental: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete_remote(engine, &argument, "from")
    }
}

/// Returns how well a release fits to a text, the best first; none when it does not.
fn rank(release: &Release, text: &str) -> Option<usize> {
    let names: Vec<String> = release
        .extensions()
        .into_iter()
        .map(|one| one.name)
        .chain([release.name.clone()])
        .collect();
    if names.iter().any(|name| name == text) {
        return Some(0);
    }
    if names.iter().any(|name| name.contains(text)) {
        return Some(1);
    }
    let words = release.keywords.iter().chain(&release.description);
    words
        .map(|word| word.to_lowercase())
        .any(|word| word.contains(text))
        .then_some(2)
}

fn has(release: &Release, kind: Option<ExtensionType>) -> bool {
    kind.is_none_or(|kind| release.extensions().iter().any(|one| one.kind == kind))
}

fn row(
    entry: &Entry,
    remote: &str,
    here: &BTreeMap<(ExtensionType, String), Version>,
    span: nu_protocol::Span,
) -> Value {
    let release = &entry.release;
    let text = |text: &str| Value::string(safe_text(text), span);
    let extensions = release.extensions();
    let installed = extensions
        .iter()
        .filter_map(|one| here.get(&(one.kind, one.name.clone())))
        .max();
    let provides = release
        .provides
        .iter()
        .map(|one| Value::string(format!("{} {}", one.kind, one.name), span));
    let yanked = entry.yanked.as_ref().map(|mark| {
        let reason = mark.reason.clone();
        reason.unwrap_or_else(|| "no reason was given".to_owned())
    });
    Value::record(
        record! {
            "type" => text(release.kind.as_str()),
            "name" => text(&release.name),
            "version" => Value::string(release.version.to_string(), span),
            "installed" => opt_string(installed.map(ToString::to_string), span),
            "description" => opt_string(release.description.as_deref().map(|text| safe_text(text).into_owned()), span),
            "remote" => Value::string(remote, span),
            "published" => date_value(release.published, span),
            "size" => filesize_value(release.size, span),
            "provides" => Value::list(provides.collect(), span),
            "dependencies" => requirements_value(&release.dependencies, span),
            "signed_by" => opt_string(release.signed_by.clone(), span),
            "yanked" => opt_string(yanked.map(|reason| safe_text(&reason).into_owned()), span),
        },
        span,
    )
}
