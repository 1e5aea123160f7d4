//! What commands about versions are asked for.

use std::path::{Path, PathBuf};

use nu_protocol::{
    FromValue as _, IntoSpanned as _, LabeledError, PipelineData, Signature, Span, Spanned, Value,
};
use provisioning::extension::{Directory, ExtensionType};
use provisioning::metadata::Dependency;
use provisioning::resolver::{Lock, LockError, Request, exactly};

use crate::shell::{Context, invalid, labeled};

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
