use std::time::Instant;

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Example, IntoPipelineData as _, LabeledError, PipelineData, Signature, Span, SyntaxShape, Type,
    Value, record,
};
use provisioning::audit::{Entry, Operation};
use provisioning::diagnostic::Explain as _;
use provisioning::extension::Directory;
use provisioning::resolver::{Chosen, Lock, LockChange, LockError, Order, Preference, verify};

use super::asked::{Asked, lock_of, offline_flag, open_given_or_here};
use crate::commands::choice::Choice;
use crate::shell::{Context, Provisioning, SignatureExt as _, invalid};

/// `extension lock`
pub(super) struct Write;

impl PluginCommand for Write {
    type Plugin = Provisioning;

    fn name(&self) -> &str {
        "extension lock"
    }

    fn signature(&self) -> Signature {
        offline_flag(Signature::of(self.name()))
            .optional(
                "path",
                SyntaxShape::Directory,
                "Directory of an extension; the current one otherwise.",
            )
            .switch(
                "lowest",
                "Of what is not locked yet, choose the lowest versions that fit.",
                Some('l'),
            )
            .switch(
                "check",
                "Show what would change, and write nothing.",
                Some('c'),
            )
            .switch(
                "locked",
                "Fail when something would change, and write nothing.",
                None,
            )
            .switch(
                "verify",
                "Compare every file of what is locked with what is there.",
                None,
            )
            .input_output_types(vec![
                (Type::Nothing, lock_rows()),
                // With --verify.
                (Type::Nothing, Type::table()),
            ])
    }

    fn description(&self) -> &str {
        "Write down which versions an extension is used with, so that everybody uses the same."
    }

    fn extra_description(&self) -> &str {
        "Writes `provisioning.lock` beside the metadata: for the extension and everything it needs the version and, but for \
         its own files, which change while you work, a digest of every file. It belongs into version control: the same \
         extensions give the same bytes on every machine. Versions that are locked stay as long as they fit; `extension \
         update` raises them. `change` is added, removed, version, contents (the same version with other files), dependencies \
         or none. The digest of an extension is the SHA-256 of what `sha256sum` prints for its files, sorted by path; what \
         packages leave out and nobody uses where it lies does not count."
    }

    fn search_terms(&self) -> Vec<&str> {
        vec![
            "lockfile",
            "reproducible",
            "freeze",
            "digest",
            "checksum",
            "pin",
        ]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        vec![
            Example {
                description: "What is a cluster used with?",
                example: "extension lock extensions/clusters/buildkit --check | select type name version change",
                result: Some(Value::test_list(vec![
                    example_row("taskserv", "buildkit", "0.12.0"),
                    example_row("taskserv", "containerd", "1.7.0"),
                    example_row("taskserv", "registry", "2.8.0"),
                    example_row("cluster", "buildkit", "1.0.0"),
                ])),
            },
            Example {
                description: "Has anything changed since it was locked? An error names the files",
                example: "extension lock extensions/clusters/buildkit --verify | get verified | all {}",
                result: Some(Value::test_bool(true)),
            },
            Example {
                description: "In CI, make sure that the lock was not forgotten",
                example: "extension lock extensions/clusters/buildkit --locked | length",
                result: Some(Value::test_int(4)),
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
        let (directory, span) = open_given_or_here(&context, call.opt(0)?)?;
        if call.has_flag("verify")? {
            for other in ["check", "locked", "lowest"] {
                if call.has_flag(other)? {
                    return Err(invalid(
                        format!("--verify changes nothing, so --{other} says nothing more"),
                        "leave one of them away",
                        call.head,
                    ));
                }
            }
            return verified(&context, &directory, span);
        }
        let asked = Asked::directory(&directory, span);
        let before = match call.has_flag("locked")? {
            true => Some(lock_of(&directory.path, span)?),
            false => read(&directory, span)?,
        };
        let preference = Preference {
            keep: before.as_ref().map(Lock::versions).unwrap_or_default(),
            order: if call.has_flag("lowest")? {
                Order::Lowest
            } else {
                Order::Highest
            },
        };
        let choice = Choice::new(&context, &asked.paths)?;
        let chosen = choice.of_asked(&asked.requests, &preference, span)?;
        if let (Some(before), true) = (&before, call.has_flag("locked")?) {
            choice.check_lock(before, &chosen, &directory.path, span)?;
        }
        let relock = Relock {
            choice: &choice,
            directory: &directory,
            before: before.unwrap_or_default(),
            span,
        };
        let is_check = call.has_flag("check")? || call.has_flag("locked")?;
        let changes = relock.write(&chosen, is_check)?;
        let rows = changes.iter().map(|change| row(change, call.head));
        Ok(Value::list(rows.collect(), call.head).into_pipeline_data())
    }
}

/// Reads the lock of a directory, if it has one.
fn read(directory: &Directory, span: Span) -> Result<Option<Lock>, LabeledError> {
    match Lock::read(&directory.path) {
        Ok(lock) => Ok(lock),
        Err(error) => Err(crate::shell::labeled(&error, "the lock of this", span)),
    }
}

/// One extension's lock, about to be written anew.
pub(super) struct Relock<'a> {
    pub(super) choice: &'a Choice<'a>,
    pub(super) directory: &'a Directory,
    pub(super) before: Lock,
    pub(super) span: Span,
}

impl Relock<'_> {
    /// Writes what was chosen, unless it is only to be checked or is there already. Returns what has become of every
    /// extension.
    pub(super) fn write(
        &self,
        chosen: &[Chosen],
        is_check: bool,
    ) -> Result<Vec<LockChange>, LabeledError> {
        let path = &self.directory.path;
        let now = self.choice.lock(chosen, path, self.span)?;
        let changes = self.before.changes_to(&now, chosen, &self.choice.catalog);
        // A text that says the same in another way is written anew as well.
        let is_there = || {
            std::fs::read(Lock::path(path)).is_ok_and(|bytes| bytes == now.to_string().as_bytes())
        };
        let is_done = is_check || (now == self.before && is_there());
        if !is_done {
            let record = self.choice.recorder()?;
            let start = Instant::now();
            let written = now.write(path);
            let entry = self.entry(&now).took(start.elapsed());
            record(match &written {
                Ok(()) => entry,
                Err(error) => entry.failed(error.code()),
            });
            written.map_err(|error| self.choice.unlocked(&error, self.span))?;
        }
        Ok(changes)
    }

    /// What is written down about it.
    fn entry(&self, now: &Lock) -> Entry {
        let Directory {
            path,
            reading,
            extensions,
            ..
        } = self.directory;
        let entry = Entry::new(Operation::Lock)
            .digest_of(now.to_string().as_bytes())
            .detail(&Lock::path(path).to_string_lossy());
        match (extensions.as_slice(), &reading.name) {
            ([one], _) => entry.of(one.kind, &one.name, &one.version),
            // A bundle.
            (_, Some(name)) => entry.named(None, name),
            _ => entry,
        }
    }
}

/// `--verify`.
fn verified(
    context: &Context<'_>,
    directory: &Directory,
    span: Span,
) -> Result<PipelineData, LabeledError> {
    let lock = lock_of(&directory.path, span)?;
    let choice = Choice::new(context, &[])?;
    let deviations = verify(&lock, directory, &choice.catalog, choice.interrupt())
        .map_err(|error| choice.unlocked(&error, span))?;
    if !deviations.is_empty() {
        let error = LockError::deviates(Lock::path(&directory.path), deviations);
        return Err(choice.unlocked(&error, span));
    }
    let head = context.head();
    let rows = lock
        .extensions
        .iter()
        .filter_map(|locked| Some((locked, locked.contents.as_ref()?)))
        .map(|(locked, contents)| {
            Value::record(
                record! {
                    "type" => Value::string(locked.exact.kind.as_str(), head),
                    "name" => Value::string(&locked.exact.name, head),
                    "version" => Value::string(locked.exact.version.to_string(), head),
                    "verified" => Value::bool(true, head),
                    "files" => Value::int(i64::try_from(contents.files().len()).unwrap_or(i64::MAX), head),
                },
                head,
            )
        });
    Ok(Value::list(rows.collect(), head).into_pipeline_data())
}

/// The rows of `extension lock` and `extension update`.
pub(super) fn lock_rows() -> Type {
    Type::Table(
        [
            ("type", Type::String),
            ("name", Type::String),
            ("version", Type::Any),
            ("change", Type::String),
            ("from", Type::Any),
            ("why", Type::String),
        ]
        .into(),
    )
}

/// One extension and what has become of it.
pub(super) fn row(change: &LockChange, span: Span) -> Value {
    let version = |version: &Option<semver::Version>| match version {
        Some(version) => Value::string(version.to_string(), span),
        None => Value::nothing(span),
    };
    Value::record(
        record! {
            "type" => Value::string(change.kind.as_str(), span),
            "name" => Value::string(&change.name, span),
            "version" => version(&change.to),
            "change" => Value::string(change.what.as_str(), span),
            "from" => version(&change.from),
            "why" => Value::string(&change.why, span),
        },
        span,
    )
}

fn example_row(kind: &str, name: &str, version: &str) -> Value {
    Value::test_record(record! {
        "type" => Value::test_string(kind),
        "name" => Value::test_string(name),
        "version" => Value::test_string(version),
        "change" => Value::test_string("none"),
    })
}
