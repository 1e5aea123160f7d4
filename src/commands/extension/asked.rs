//! What commands about versions are asked for, and what they choose from.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nu_protocol::{
    FromValue as _, IntoSpanned as _, LabeledError, PipelineData, ShellError, Signature, Span,
    Spanned, Value,
};
use provisioning::extension::{Directory, ExtensionType, Host};
use provisioning::metadata::Dependency;
use provisioning::nickel::Interrupt;
use provisioning::resolver::{
    Catalog, Chosen, Lock, LockChange, LockError, Preference, Request, ResolveError, Stop, exactly,
    resolve,
};

use crate::shell::{Context, Nickel, catalog, invalid, labeled};

/// Longest search for versions.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Names and paths of extensions.
pub(super) struct Asked {
    pub(super) requests: Vec<Request>,
    /// Directories that were named.
    pub(super) paths: Vec<PathBuf>,
    /// Whether names were given too.
    pub(super) has_names: bool,
    /// All of the user's text.
    pub(super) span: Span,
}

impl Asked {
    /// Reads the arguments or, when there are none, the pipeline.
    pub(super) fn read(
        context: &Context<'_>,
        arguments: Vec<Spanned<String>>,
        input: PipelineData,
        kind: Option<ExtensionType>,
    ) -> Result<Self, LabeledError> {
        let given = if arguments.is_empty() {
            from_pipeline(input, context.head())?
        } else {
            arguments
        };
        let mut spans = given.iter().map(|given| given.span);
        let first = spans.next().unwrap_or(context.head());
        let mut asked = Self {
            requests: Vec::new(),
            paths: Vec::new(),
            has_names: false,
            span: spans.fold(first, |all, span| all.merge(span)),
        };
        for given in &given {
            asked.add(context, given, kind)?;
        }
        Ok(asked)
    }

    /// Asks for the extensions in one directory.
    pub(super) fn directory(directory: &Directory, span: Span) -> Self {
        let requests = directory.extensions.iter().map(|extension| Request {
            name: extension.name.clone(),
            kind: Some(extension.kind),
            constraint: exactly(&extension.version),
        });
        Self {
            requests: requests.collect(),
            paths: vec![directory.path.clone()],
            has_names: false,
            span,
        }
    }

    fn add(
        &mut self,
        context: &Context<'_>,
        given: &Spanned<String>,
        kind: Option<ExtensionType>,
    ) -> Result<(), LabeledError> {
        if is_path(&given.item) {
            let path = context.path(given)?;
            let directory = open(&path, &given.item, kind)?;
            let more = Self::directory(&directory, given.span);
            self.requests.extend(more.requests);
            self.paths.extend(more.paths);
            return Ok(());
        }
        let dependency = Dependency::read(&given.item, "").map_err(|reason| {
            invalid(
                format!("`{}` cannot be read: {reason}", given.item),
                "neither a name nor a path",
                given.span,
            )
            .with_help(
                "such as containerd, containerd@^1.7, 'containerd >=1.6, <2' or ./containerd",
            )
        })?;
        self.has_names = true;
        self.requests.push(Request {
            name: dependency.name,
            kind: dependency.kind.or(kind),
            constraint: dependency.constraint,
        });
        Ok(())
    }
}

/// Whether a text is a path and no name.
pub(super) fn is_path(text: &str) -> bool {
    text.contains(['/', '\\']) || text.starts_with(['.', '~'])
}

/// Opens a directory that has to hold an extension.
pub(super) fn open(
    path: &Spanned<PathBuf>,
    given: &str,
    kind: Option<ExtensionType>,
) -> Result<Directory, LabeledError> {
    let directory = Directory::open(&path.item, kind)
        .map_err(|error| labeled(&error, "this path", path.span))?;
    if directory.extensions.is_empty() {
        return Err(invalid(
            format!("`{given}` holds no extension that can be used"),
            "this path",
            path.span,
        )
        .with_help("see why with: extension validate PATH"));
    }
    Ok(directory)
}

/// Opens the directory of an argument or flag, or else the current one.
pub(super) fn open_given_or_here(
    context: &Context<'_>,
    given: Option<Spanned<String>>,
) -> Result<(Directory, Span), LabeledError> {
    let given = given.unwrap_or_else(|| ".".to_owned().into_spanned(context.head()));
    let path = context.path(&given)?;
    Ok((open(&path, &given.item, None)?, given.span))
}

/// Reads names and paths from the pipeline: texts, or rows with a `path` or a `name`.
fn from_pipeline(input: PipelineData, head: Span) -> Result<Vec<Spanned<String>>, LabeledError> {
    if matches!(
        input,
        PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
    ) {
        return Ok(Vec::new());
    }
    input
        .into_iter()
        .map(|value| {
            let span = value.span();
            let text = match &value {
                Value::Record { val, .. } => val.get("path").or_else(|| val.get("name")),
                other => Some(other),
            };
            text.and_then(|text| Spanned::<String>::from_value(text.clone()).ok())
                .ok_or_else(|| {
                    invalid(
                        format!(
                            "an extension is a name or a path, and this is {}",
                            value.get_type()
                        ),
                        "neither",
                        crate::shell::real_span(span, head),
                    )
                })
        })
        .collect()
}

/// What versions are chosen from, and the platform they are for.
pub(super) struct Choice<'a> {
    context: &'a Context<'a>,
    nickel: Nickel,
    pub(super) catalog: Catalog,
    pub(super) host: Host,
}

impl<'a> Choice<'a> {
    /// Looks for every extension; those of these directories come first.
    pub(super) fn new(context: &'a Context<'a>, paths: &[PathBuf]) -> Result<Self, LabeledError> {
        let nickel = Nickel::new(context)?;
        let catalog = catalog(context, &nickel, paths)?;
        let host = context.host()?;
        Ok(Self {
            context,
            nickel,
            catalog,
            host,
        })
    }

    /// Returns the span of the command's name.
    pub(super) fn head(&self) -> Span {
        self.context.head()
    }

    /// Returns the flag that Ctrl-C raises.
    pub(super) fn interrupt(&self) -> &Interrupt {
        &self.nickel.evaluator().limits().interrupt
    }

    /// Returns what a search has to ask whether to stop.
    pub(super) fn stop(&self) -> impl Fn() -> Option<Stop> {
        let (interrupt, deadline) = (self.interrupt(), Instant::now() + TIMEOUT);
        move || {
            if interrupt.is_triggered() {
                Some(Stop::Interrupted)
            } else {
                (Instant::now() > deadline).then_some(Stop::TimedOut)
            }
        }
    }

    /// Chooses, or returns why not.
    pub(super) fn of(
        &self,
        requests: &[Request],
        preference: &Preference,
    ) -> Result<Vec<Chosen>, ResolveError> {
        resolve(
            requests,
            &self.catalog,
            &self.host,
            preference,
            &self.stop(),
        )
    }

    /// Chooses; why not becomes an error with a label on what was asked for.
    pub(super) fn of_asked(
        &self,
        asked: &Asked,
        preference: &Preference,
    ) -> Result<Vec<Chosen>, LabeledError> {
        self.of(&asked.requests, preference)
            .map_err(|error| self.unresolved(&error, asked.span))
    }

    /// Returns the error for why nothing was chosen.
    pub(super) fn unresolved(&self, error: &ResolveError, span: Span) -> LabeledError {
        match error {
            ResolveError::Interrupted => self.interrupted(),
            error => labeled(error, "cannot be resolved", span),
        }
    }

    /// Returns the lock of a choice.
    pub(super) fn lock(
        &self,
        chosen: &[Chosen],
        directory: &Path,
        span: Span,
    ) -> Result<Lock, LabeledError> {
        Lock::of(chosen, directory, self.interrupt()).map_err(|error| self.unlocked(&error, span))
    }

    /// Fails when the lock of a directory would have to change for a choice.
    pub(super) fn check_lock(
        &self,
        lock: &Lock,
        chosen: &[Chosen],
        directory: &Path,
        span: Span,
    ) -> Result<(), LabeledError> {
        let now = self.lock(chosen, directory, span)?;
        let mut changes = lock.changes_to(&now, chosen, &self.catalog);
        changes.retain(LockChange::is_change);
        if changes.is_empty() {
            return Ok(());
        }
        let error = LockError::stale(Lock::path(directory), changes);
        Err(self.unlocked(&error, span))
    }

    /// Returns the error for what is wrong with a lock.
    pub(super) fn unlocked(&self, error: &LockError, span: Span) -> LabeledError {
        match error {
            LockError::Interrupted => self.interrupted(),
            error => labeled(error, "the lock of this", span),
        }
    }

    fn interrupted(&self) -> LabeledError {
        ShellError::Interrupted {
            span: self.context.head(),
        }
        .into()
    }
}

/// Reads the lock of an extension, which has to have one.
pub(super) fn lock_of(directory: &Path, span: Span) -> Result<Lock, LabeledError> {
    Lock::read(directory)
        .and_then(|lock| lock.ok_or_else(|| LockError::NotFound(Lock::path(directory))))
        .map_err(|error| labeled(&error, "the lock of this", span))
}

/// `--offline`, which every command takes that will look elsewhere one day.
pub(super) fn offline_flag(signature: Signature) -> Signature {
    signature.switch(
        "offline",
        "Look only on this machine, which is where everything comes from so far.",
        None,
    )
}
