use std::path::{Path, PathBuf};

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Completion, Example, Flag, IntoPipelineData as _, LabeledError, PipelineData, PositionalArg,
    ShellError, Signature, Span, Spanned, SyntaxShape, Type, Value, record,
};
use provisioning::diagnostic::{Code, Diagnostic, safe_text};
use provisioning::extension::ExtensionType;
use provisioning::scaffold::{
    About, Draft, Fault, License, Scaffold, ScaffoldError, Wanted, document,
};

use super::docs::surroundings;
use crate::commands::names::is_path;
use crate::shell::{
    Context, Nickel, Provisioning, SignatureExt as _, filesize_value, finding_value, invalid,
    labeled, path_value, this_year,
};

/// `extension new`
pub(in crate::commands) struct New;

/// The directory of the user's own scaffolds, below that of the data.
const SCAFFOLDS: &str = "scaffolds";

impl PluginCommand for New {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension new"
    }

    fn signature(&self) -> Signature {
        Signature::of(self.name())
            .param(
                PositionalArg::new("type", SyntaxShape::String)
                    .desc("Type of the extension.")
                    .completion(Completion::new_list(&ExtensionType::WORDS))
                    .required(),
            )
            .required("name", SyntaxShape::String, "Name of the extension, and of its directory.")
            .named(
                "path",
                SyntaxShape::Directory,
                "Make its directory in this one; in the current one otherwise.",
                Some('p'),
            )
            .named(
                "description",
                SyntaxShape::String,
                "What it is for, in one line.",
                Some('d'),
            )
            .named(
                "author",
                SyntaxShape::String,
                "Who makes it; the user of Git's configuration otherwise.",
                Some('a'),
            )
            .param(
                Flag::new("license")
                    .short('l')
                    .arg(SyntaxShape::String)
                    .desc("Its license, as an SPDX expression, or none; MIT otherwise.")
                    .completion(Completion::new_list(&License::OFFERED)),
            )
            .switch(
                "bundle",
                "Make a package that can hold several extensions, with this one in it.",
                Some('b'),
            )
            .named(
                "from",
                SyntaxShape::String,
                "Take the files from this directory, or from the scaffold of this name; our own otherwise.",
                None,
            )
            .switch(
                "force",
                "Write into a directory that is not empty, over files of the same names.",
                Some('f'),
            )
            .switch("check", "Return what would be made, and make nothing.", Some('c'))
            .input_output_type(
                Type::Nothing,
                Type::Record(
                    [
                        ("name", Type::String),
                        ("type", Type::String),
                        ("path", Type::String),
                        ("written", Type::Bool),
                        ("files", Type::table()),
                        ("warnings", Type::table()),
                        ("next", Type::List(Box::new(Type::String))),
                    ]
                    .map(|(name, kind)| (name.to_owned(), kind))
                    .to_vec()
                    .into(),
                ),
            )
    }

    fn description(&self) -> &str {
        "Make a new extension, complete and valid, to be filled in."
    }

    fn extra_description(&self) -> &str {
        "It has every operation of the interface: what can work at once works, --check included, and the rest says in which \
         file it is to be written. Schemas, templates, tests and documents are there as well, so that `extension validate`, \
         `extension test` and `extension build` have nothing to say against it. `next` lists these commands, `files` each \
         file with its size and the action: create, replace, or keep, where it is the same already.\n\n\
         --from takes a directory with the files of an extension, or the name of one in `scaffolds` below the data \
         directory. Files that end in .tmpl are templates and lose that ending, and names such as {{ name }} are replaced in \
         paths too; what lies in _parts is for templates to include. They are given name, snake_name, type, types, version, \
         description, author, license, license_text, year, bundle, env, platform {provisioning, nushell, nickel, contract}, \
         operations [{name, purpose, signature, usage, parameters, flags, output, since, required}], and in toml, nushell, \
         nickel and markdown the description and the author in the quotes of that language.\n\n\
         A new directory is there as a whole or not at all."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "scaffold", "create", "init", "generate", "author", "template",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "A provider, in the current directory",
                example: "cd ~; extension new provider hetzner --description 'Servers at Hetzner' | select name type written",
                result: Some(Value::test_record(record! {
                    "name" => Value::test_string("hetzner"),
                    "type" => Value::test_string("provider"),
                    "written" => Value::test_bool(true),
                })),
            },
            Example {
                description: "There is nothing to be said against it",
                example: "extension new taskserv cache --path ~/taskservs | extension validate $in.path | select errors warnings",
                result: Some(Value::test_record(record! {
                    "errors" => Value::test_list(Vec::new()),
                    "warnings" => Value::test_list(Vec::new()),
                })),
            },
            Example {
                description: "Which schemas would a cluster have?",
                example: "extension new cluster shop --path ~/clusters --check | get files.path | where $it starts-with schemas",
                result: Some(Value::test_list(
                    [
                        "schemas/cluster.ncl",
                        "schemas/contracts.ncl",
                        "schemas/main.ncl",
                    ]
                    .map(Value::test_string)
                    .to_vec(),
                )),
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
        let asked = Asked::of(&context)?;
        let nickel = Nickel::new(&context)?;
        let interrupt = &nickel.evaluator().limits().interrupt;
        let failed = |error: ScaffoldError, label: &str, span: Span| match error {
            ScaffoldError::Interrupted => ShellError::Interrupted { span: call.head }.into(),
            error => labeled(&error, label, span),
        };
        let with = surroundings(&context, &nickel)?;
        let (scaffold, from) = match &asked.from {
            Some(from) => (Scaffold::at(&from.item), from.span),
            None => (Scaffold::own(asked.wanted.kind), call.head),
        };
        let files = scaffold
            .and_then(|scaffold| scaffold.files(&asked.wanted, plugin.renderer(), interrupt))
            .and_then(|mut files| {
                let name = &asked.wanted.name;
                document(&mut files, name, &with).map(|()| files)
            })
            .map_err(|error| failed(error, "this scaffold", from))?;
        engine.signals().check(&call.head)?;
        let target = asked.wanted.directory(&asked.parent.item);
        let place = asked.parent.span;
        let draft = Draft::of(&target, files, call.has_flag("force")?)
            .map_err(|error| failed(error, "here", place))?;
        let warnings = asked.warnings(&context)?;
        let is_check = call.has_flag("check")?;
        if !is_check {
            draft
                .write()
                .map_err(|error| failed(error, "here", place))?;
        }
        Ok(row(&asked.wanted, &draft, &warnings, !is_check, call.head).into_pipeline_data())
    }
}

/// What is asked for.
struct Asked {
    wanted: Wanted,
    /// Where its directory is made, with what the user has written of it.
    parent: Spanned<PathBuf>,
    from: Option<Spanned<PathBuf>>,
    /// The license, as far as it was named.
    license: Option<Span>,
}

impl Asked {
    /// Reads the arguments; everything that is wrong with texts is told at once.
    fn of(context: &Context<'_>) -> Result<Self, LabeledError> {
        let call = context.call;
        let kind = context.kind(Some(call.req(0)?))?;
        let name: Spanned<String> = call.req(1)?;
        let description: Option<Spanned<String>> = call.get_flag("description")?;
        let author: Option<Spanned<String>> = call.get_flag("author")?;
        let license: Option<Spanned<String>> = call.get_flag("license")?;
        let wanted = Wanted {
            kind: kind.map_or(ExtensionType::Template, |kind| kind.item),
            name: name.item.clone(),
            is_bundle: call.has_flag("bundle")?,
            description: description.as_ref().map(|text| text.item.clone()),
            author: match &author {
                Some(author) => author.item.clone(),
                None => context.author()?,
            },
            license: match &license {
                Some(license) => read_license(license)?,
                None => License::default(),
            },
            year: this_year(),
            host: context.host()?,
        };
        let span_of = |about| {
            let text = match about {
                About::Name => Some(&name),
                About::Description => description.as_ref(),
                About::Author => author.as_ref(),
            };
            text.map_or(context.head(), |text| text.span)
        };
        if let Some(error) = unusable(&wanted.faults(), span_of) {
            return Err(error);
        }
        let parent = match call.get_flag::<Spanned<String>>("path")? {
            Some(path) => context.path(&path)?,
            None => Spanned {
                item: context.directory()?.into(),
                span: name.span,
            },
        };
        Ok(Self {
            wanted,
            parent,
            from: scaffold_path(context)?,
            license: license.map(|license| license.span),
        })
    }

    /// Returns what the user should know of what is made.
    fn warnings(&self, context: &Context<'_>) -> Result<Vec<Diagnostic>, LabeledError> {
        let wanted = &self.wanted;
        let mut warnings = Vec::new();
        let settings = context.settings();
        let directory = settings.data_dir()?.value;
        let registered = context
            .plugin
            .with_existing_registry(&directory, |registry| registry.list(Some(wanted.kind)))
            .map_err(|error| labeled(&error, "reads the registry", context.head()))?
            .unwrap_or_default();
        let target = wanted.directory(&self.parent.item);
        for row in registered
            .iter()
            .filter(|row| row.name == wanted.name && row.path != target)
        {
            let message = format!(
                "a {} `{}` is registered already, in version {}",
                row.kind, row.name, row.version
            );
            warnings.push(
                Diagnostic::warning(Code::ScaffoldRegistered, message)
                    .with_file(&row.path)
                    .with_help("choose another name, unless this is to be another version of it"),
            );
        }
        let folder = self.parent.item.file_name().and_then(|name| name.to_str());
        let other = folder
            .and_then(ExtensionType::from_folder)
            .filter(|other| *other != wanted.kind && !wanted.is_bundle);
        if let (Some(folder), Some(other)) = (folder, other) {
            let message = format!(
                "`{folder}` holds {}, and this is a {}",
                other.provides_key(),
                wanted.kind
            );
            warnings.push(
                Diagnostic::warning(Code::StructureName, message)
                    .with_file(&self.parent.item)
                    .with_help(format!("make it in `{}`", wanted.kind.provides_key())),
            );
        }
        if self.license.is_some() {
            for (name, meant) in wanted.license.unknown() {
                let message = format!("the text of the license `{name}` is not known here");
                warnings.push(
                    Diagnostic::warning(Code::ScaffoldLicense, message)
                        .with_file(target.join("LICENSE"))
                        .with_help(meant.unwrap_or_else(|| "put it into LICENSE".to_owned())),
                );
            }
        }
        Ok(warnings)
    }
}

fn read_license(given: &Spanned<String>) -> Result<License, LabeledError> {
    License::read(&given.item).map_err(|reason| {
        invalid(
            format!("`{}` is not a license", given.item),
            reason,
            given.span,
        )
        .with_help("an SPDX expression such as MIT or 'MIT OR Apache-2.0', or none")
    })
}

/// Returns where the scaffold of `--from` is: a path, or a name below the data directory.
fn scaffold_path(context: &Context<'_>) -> Result<Option<Spanned<PathBuf>>, LabeledError> {
    let Some(from) = context.call.get_flag::<Spanned<String>>("from")? else {
        return Ok(None);
    };
    if is_path(&from.item) || from.item.is_empty() {
        return context.path(&from).map(Some);
    }
    let directory = context.settings().data_dir()?.value;
    Ok(Some(Spanned {
        item: directory.join(SCAFFOLDS).join(&from.item),
        span: from.span,
    }))
}

/// Returns the error for what cannot be used, with a label on each.
fn unusable(faults: &[Fault], span_of: impl Fn(About) -> Span) -> Option<LabeledError> {
    let first = faults.first()?;
    let message = match faults {
        [one] => one.message.clone(),
        many => format!(
            "{} things cannot be used: {}",
            many.len(),
            many.iter()
                .map(|fault| fault.message.as_str())
                .collect::<Vec<&str>>()
                .join("; ")
        ),
    };
    let mut error = LabeledError::new(safe_text(&message)).with_code(first.code.as_str());
    for fault in faults {
        error = error.with_label(safe_text(&fault.label), span_of(fault.about));
    }
    let help: Vec<&str> = faults
        .iter()
        .filter_map(|fault| fault.help.as_deref())
        .collect();
    Some(match help.is_empty() {
        true => error,
        false => error.with_help(help.join("; ")),
    })
}

fn row(
    wanted: &Wanted,
    draft: &Draft,
    warnings: &[Diagnostic],
    is_written: bool,
    span: Span,
) -> Value {
    let files = draft.files().iter().map(|planned| {
        Value::record(
            record! {
                "path" => Value::string(&planned.file.path, span),
                "size" => filesize_value(planned.file.contents.len() as u64, span),
                "action" => Value::string(planned.action.as_str(), span),
            },
            span,
        )
    });
    let warnings = warnings.iter().map(|warning| finding_value(warning, span));
    let path = argument(draft.target());
    let next = ["validate", "test", "build", "register"]
        .map(|verb| Value::string(format!("extension {verb} {path}"), span));
    Value::record(
        record! {
            "name" => Value::string(&wanted.name, span),
            "type" => Value::string(wanted.kind.as_str(), span),
            "path" => path_value(draft.target(), span),
            "written" => Value::bool(is_written, span),
            "files" => Value::list(files.collect(), span),
            "warnings" => Value::list(warnings.collect(), span),
            "next" => Value::list(next.to_vec(), span),
        },
        span,
    )
}

/// Returns a path as it is written on a command line.
fn argument(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%".contains(c);
    if text.chars().all(is_plain) {
        return text.into_owned();
    }
    serde_json::Value::from(safe_text(&text)).to_string()
}
