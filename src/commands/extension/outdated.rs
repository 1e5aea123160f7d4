use std::collections::BTreeMap;
use std::path::PathBuf;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, Spanned,
    SyntaxShape, Type, Value, record,
};
use provisioning::extension::{Directory, ExtensionType};
use provisioning::remote::RemoteSource;
use provisioning::resolver::{Outdated, Request, ResolveError, Source, outdated};
use semver::{Version, VersionReq};

use super::asked::{Asked, lock_of, offline_flag, open};
use super::remotes::remotes;
use crate::commands::choice::Choice;
use crate::shell::{Context, Provisioning, SignatureExt as _, labeled};

/// `extension outdated`
pub(super) struct Show;

impl PluginCommand for Show {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension outdated"
    }

    fn signature(&self) -> Signature {
        offline_flag(Signature::of(self.name()))
            .optional(
                "path",
                SyntaxShape::Directory,
                "Directory of an extension with a lock; the current one, or else what is registered.",
            )
            .input_output_type(
                Type::Nothing,
                Type::Table(
                    [
                        ("type", Type::String),
                        ("name", Type::String),
                        ("current", Type::String),
                        ("compatible", Type::Any),
                        ("latest", Type::String),
                        ("held_back_by", Type::list(Type::String)),
                    ]
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Show of which extensions there are newer versions, and what keeps them from being used."
    }

    fn extra_description(&self) -> &str {
        "`current` is the version in the lock or, without one, the highest that is registered; `compatible` the highest that \
         everything else can be used with, which `extension update` takes; `latest` the highest release there is, here or, for what is registered, in the remotes. \
         `held_back_by` says who keeps the latest one from being used. Only what is not the latest is listed."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["newer", "upgrade", "versions", "update"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "Is anything of a cluster out of date?",
            example: "extension outdated extensions/clusters/buildkit | is-empty",
            result: Some(Value::test_bool(true)),
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
        let question = Question::of(&context, call.opt(0)?)?;
        let mut choice = Choice::new(&context, &question.paths)?;
        let remotes = remotes(&context)?;
        // A lock names what is here.
        let looks_at_remotes = question.paths.is_empty() && !call.has_flag("offline")?;
        let here = std::mem::take(&mut choice.catalog);
        let source: Box<dyn Source + '_> = if looks_at_remotes {
            let source = RemoteSource::new(here, remotes.all())
                .map_err(|error| labeled(&error, "reads the remotes", call.head))?;
            Box::new(source)
        } else {
            Box::new(here)
        };
        let stop = choice.stop();
        let mut found = Vec::new();
        for Together { requests, used } in &question.sets {
            match outdated(requests, used, source.as_ref(), &choice.host, &stop) {
                Ok(more) => found.extend(more),
                // What cannot be used at all has its own command, and says nothing about the others.
                Err(ResolveError::Conflict(_)) if question.sets.len() > 1 => {}
                Err(error) => return Err(choice.unresolved(&error, question.span)),
            }
        }
        let rows = found.iter().map(|one| row(one, call.head)).collect();
        Ok(Value::list(rows, call.head).into_pipeline_data())
    }
}

/// What is asked for together, and the versions that are used of everything it needs.
struct Together {
    requests: Vec<Request>,
    used: BTreeMap<(ExtensionType, String), Version>,
}

/// What is looked at.
struct Question {
    sets: Vec<Together>,
    paths: Vec<PathBuf>,
    span: Span,
}

impl Question {
    fn of(context: &Context<'_>, given: Option<Spanned<String>>) -> Result<Self, LabeledError> {
        let directory = match given {
            Some(given) => {
                let path = context.path(&given)?;
                Some((open(&path, &given.item, None)?, given.span))
            }
            None => Directory::open(context.directory()?.as_ref(), None)
                .ok()
                .filter(|directory| !directory.extensions.is_empty())
                .map(|directory| (directory, context.head())),
        };
        let Some((directory, span)) = directory else {
            return Self::registered(context);
        };
        let used = lock_of(&directory.path, span)?.versions();
        let Asked {
            requests, paths, ..
        } = Asked::directory(&directory, span);
        Ok(Self {
            sets: vec![Together { requests, used }],
            paths,
            span,
        })
    }

    /// What is registered need not go together: each is looked at by itself.
    fn registered(context: &Context<'_>) -> Result<Self, LabeledError> {
        let head = context.head();
        let directory = context.settings().data_dir()?.value;
        let rows = context
            .plugin
            .with_existing_registry(&directory, |registry| registry.list(None))
            .map_err(|error| labeled(&error, "reads the registry", head))?
            .unwrap_or_default();
        let mut highest: BTreeMap<(ExtensionType, String), Version> = BTreeMap::new();
        for row in rows {
            let known = highest
                .entry((row.kind, row.name))
                .or_insert_with(|| row.version.clone());
            if *known < row.version {
                *known = row.version;
            }
        }
        let sets = highest.into_iter().map(|((kind, name), version)| Together {
            requests: vec![Request {
                name: name.clone(),
                kind: Some(kind),
                constraint: VersionReq::STAR,
            }],
            used: BTreeMap::from([((kind, name), version)]),
        });
        Ok(Self {
            sets: sets.collect(),
            paths: Vec::new(),
            span: head,
        })
    }
}

fn row(one: &Outdated, span: Span) -> Value {
    let reasons = one
        .held_back_by
        .iter()
        .map(|fact| Value::string(fact.with_place(), span));
    Value::record(
        record! {
            "type" => Value::string(one.kind.as_str(), span),
            "name" => Value::string(&one.name, span),
            "current" => Value::string(one.current.to_string(), span),
            "compatible" => match &one.compatible {
                Some(version) => Value::string(version.to_string(), span),
                None => Value::nothing(span),
            },
            "latest" => Value::string(one.latest.to_string(), span),
            "held_back_by" => Value::list(reasons.collect(), span),
        },
        span,
    )
}
