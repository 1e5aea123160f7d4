use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned, SyntaxShape,
    Type, Value,
};
use provisioning::diagnostic::did_you_mean;
use provisioning::resolver::{Preference, WhatChanged, raise};

use super::asked::{Asked, lock_of, offline_flag, open_given_or_here};
use super::lock::{Relock, lock_rows, row};
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
                "Names of locked extensions; all of them otherwise.",
            )
            .named(
                "path",
                SyntaxShape::Directory,
                "Directory of the extension whose lock it is; the current one otherwise.",
                Some('p'),
            )
            .switch(
                "check",
                "Show what would change, and write nothing.",
                Some('c'),
            )
            .input_output_type(Type::Nothing, lock_rows())
    }

    fn description(&self) -> &str {
        "Raise locked versions as far as everything else allows."
    }

    fn extra_description(&self) -> &str {
        "Without names, every version is chosen anew. With names, the others stay as long as they fit together with the new \
         ones. Returns what has changed, as `extension lock` does. What cannot be raised, and why, says `extension outdated`."
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
        let (directory, span) = open_given_or_here(&context, call.get_flag("path")?)?;
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
