use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, Spanned,
    SyntaxShape, Type, Value,
};
use provisioning::diagnostic::{closest, did_you_mean};
use provisioning::extension::{Directory, ExtensionType};
use provisioning::install::{InstallError, kept, plan};
use provisioning::registry::Installed;
use provisioning::resolver::{Chosen, Exact, Preference, Request, WhatChanged, raise};
use semver::VersionReq;

use super::asked::{Asked, lock_of, offline_flag, open_given_or_here};
use super::install::{Setup, failed};
use super::lock::{Relock, row};
use super::remotes::remotes;
use crate::commands::choice::Choice;
use crate::shell::{Context, Provisioning, SignatureExt as _, invalid};

/// `extension update`
pub(super) struct Update;

impl PluginCommand for Update {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension update"
    }

    fn signature(&self) -> Signature {
        offline_flag(Signature::of(self.name()))
            .rest(
                "name",
                SyntaxShape::String,
                "Names of locked or installed extensions; all of them otherwise.",
            )
            .named(
                "path",
                SyntaxShape::Directory,
                "Directory of the extension whose lock it is; the current one otherwise.",
                Some('p'),
            )
            .named(
                "from",
                SyntaxShape::String,
                "Update what is installed, only from this remote.",
                Some('f'),
            )
            .switch(
                "installed",
                "Update what is installed, also in the directory of an extension with a lock.",
                Some('i'),
            )
            .switch(
                "check",
                "Show what would change, and write nothing.",
                Some('c'),
            )
            .input_output_type(Type::Nothing, Type::table())
    }

    fn description(&self) -> &str {
        "Raise versions, of a lock or of what is installed, as far as everything else allows."
    }

    fn extra_description(&self) -> &str {
        "In the directory of an extension its lock is updated, from what is on this machine: rows are those of `extension lock`. \
         Elsewhere, or with --installed, it is what was installed from remotes, rows are those of `extension install`, and \
         what is replaced goes unless something else needs it. Without names, every version is chosen anew. With names, the \
         others stay as long as they fit together with the new ones. What cannot be raised, and why, says \
         `extension outdated`."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["upgrade", "lockfile", "newer", "bump"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![Example {
            description: "What would be raised?",
            example: "extension update containerd --path extensions/clusters/buildkit --check",
            result: Some(Value::test_list(Vec::new())),
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
        let names: Vec<Spanned<String>> = call.rest(0)?;
        let path: Option<Spanned<String>> = call.get_flag("path")?;
        if is_about_installed(&context, path.as_ref())? {
            return update_installed(&context, &names);
        }
        let (directory, span) = open_given_or_here(&context, path)?;
        let before = lock_of(&directory.path, span)?;
        let keep = before.versions();
        let mut raised = Vec::new();
        for name in &names {
            let of_name = keep.keys().filter(|(_, locked)| *locked == name.item);
            let known = raised.len();
            raised.extend(of_name.cloned());
            if known == raised.len() {
                let locked = keep.keys().map(|(_, name)| name.as_str());
                let help = did_you_mean(&name.item, locked)
                    .unwrap_or_else(|| "see what is with: extension lock PATH --check".to_owned());
                return Err(invalid(
                    format!("nothing called `{}` is locked", name.item),
                    "no such name",
                    name.span,
                )
                .with_help(help));
            }
        }
        let asked = Asked::directory(&directory, span);
        let choice = Choice::new(&context, &asked.paths)?;
        let chosen = if names.is_empty() {
            choice.of(&asked.requests, &Preference::default())
        } else {
            let (catalog, host) = (&choice.catalog, &choice.host);
            raise(
                &asked.requests,
                &raised,
                &keep,
                catalog,
                host,
                &choice.stop(),
            )
        };
        let chosen = chosen.map_err(|error| choice.unresolved(&error, span))?;
        let relock = Relock {
            choice: &choice,
            directory: &directory,
            before,
            span,
        };
        let rows = relock
            .write(&chosen, call.has_flag("check")?)?
            .into_iter()
            // That others need other versions now is a consequence.
            .filter(|change| change.is_change() && change.what != WhatChanged::Dependencies)
            .map(|change| row(&change, call.head));
        Ok(Value::list(rows.collect(), call.head).into_pipeline_data())
    }
}

/// Whether what is installed is to be updated, and not a lock.
fn is_about_installed(
    context: &Context<'_>,
    path: Option<&Spanned<String>>,
) -> Result<bool, LabeledError> {
    let asks = context.call.has_flag("installed")? || context.call.get_flag_value("from").is_some();
    if let (Some(path), true) = (path, asks) {
        return Err(invalid(
            "--path is about a lock, --installed and --from are about what is installed",
            "one of them",
            path.span,
        ));
    }
    if asks || path.is_some() {
        return Ok(asks);
    }
    let here = Directory::open(context.directory()?.as_ref(), None);
    Ok(!here.is_ok_and(|directory| directory.is_usable()))
}

fn update_installed(
    context: &Context<'_>,
    names: &[Spanned<String>],
) -> Result<PipelineData, LabeledError> {
    let (call, head) = (context.call, context.head());
    let from: Option<Spanned<String>> = call.get_flag("from")?;
    let remotes = remotes(context)?;
    let choice = Choice::new(context, &[])?;
    let span = names
        .iter()
        .map(|name| name.span)
        .reduce(Span::merge)
        .unwrap_or(head);
    let setup = Setup::new(context, choice, &remotes, from.as_ref(), span)?;
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut keep = kept(&setup.registered);
    let mut targets: Vec<&Installed> = Vec::new();
    for name in names {
        let known = targets.len();
        targets.extend(setup.installed.iter().filter(|one| one.name == name.item));
        if targets.len() == known {
            let error = InstallError::NotInstalled {
                name: name.item.clone(),
                registered: setup.registered.iter().any(|row| row.name == name.item),
                close: closest(
                    &name.item,
                    setup.installed.iter().map(|one| one.name.as_str()),
                )
                .into_iter()
                .map(str::to_owned)
                .collect(),
            };
            return Err(failed(&error, name.span, head));
        }
    }
    if names.is_empty() {
        targets.extend(setup.installed.iter().filter(|one| one.requested));
        keep.clear();
    }
    let rows_of = |one: &Installed| {
        let path = one.path.clone();
        setup.registered.iter().filter(move |row| row.path == path)
    };
    for row in targets.iter().flat_map(|one| rows_of(one)) {
        keep.remove(&(row.kind, row.name.clone()));
    }
    for target in targets {
        context.engine.signals().check(&head)?;
        let requests: Vec<Request> = rows_of(target)
            .map(|row| Request {
                name: row.name.clone(),
                kind: Some(row.kind),
                constraint: VersionReq::STAR,
            })
            .collect();
        let preference = Preference {
            keep: keep.clone(),
            ..Preference::default()
        };
        for one in setup.choose(&requests, &preference)? {
            let is_known = |known: &Chosen| Exact::of(known) == Exact::of(&one);
            if !chosen.iter().any(is_known) {
                chosen.push(one);
            }
        }
    }
    let asked = |kind: ExtensionType, name: &str| {
        let mut requested = setup.installed.iter().filter(|one| one.requested);
        requested.any(|one| rows_of(one).any(|row| row.kind == kind && row.name == name))
    };
    let mut steps = plan(&chosen, &asked, &setup.source, setup.here());
    steps.retain(|step| step.found.is_some());
    setup.execute(steps, call.has_flag("check")?)
}
