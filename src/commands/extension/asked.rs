//! What commands about versions are asked for.

use std::path::{Path, PathBuf};

use nu_protocol::{
    FromValue as _, IntoSpanned as _, LabeledError, PipelineData, Signature, Span, Spanned, Value,
};
use provisioning::diagnostic::Code;
use provisioning::extension::{Directory, ExtensionType};
use provisioning::metadata::Dependency;
use provisioning::resolver::{Lock, LockError, Request, exactly};
use semver::Version;

use crate::commands::names::is_path;
use crate::shell::{Context, invalid, labeled, labeled_all};

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
            let plain = |text| Given {
                text,
                kind: None,
                version: None,
            };
            arguments.into_iter().map(plain).collect()
        };
        let mut spans = given.iter().map(|given| given.text.span);
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
        given: &Given,
        kind: Option<ExtensionType>,
    ) -> Result<(), LabeledError> {
        let (text, span) = (&given.text.item, given.text.span);
        if is_path(text) {
            let path = context.path(&given.text)?;
            let directory = open(&path, text, kind)?;
            let more = Self::directory(&directory, span);
            self.requests.extend(more.requests);
            self.paths.extend(more.paths);
            return Ok(());
        }
        let dependency = match &given.version {
            None => Dependency::read(text, ""),
            // The very one that a row is about.
            Some(version) => match Version::parse(version) {
                Ok(version) => Dependency::new(text, &format!("={version}"), given.kind, ""),
                Err(_) => Dependency::new(text, version, given.kind, ""),
            },
        };
        let dependency = dependency.map_err(|reason| {
            invalid(
                format!("`{text}` cannot be read: {reason}"),
                "neither a name nor a path",
                span,
            )
            .with_help(
                "such as containerd, containerd@^1.7, 'containerd >=1.6, <2' or ./containerd",
            )
        })?;
        self.has_names = true;
        self.requests.push(Request {
            name: dependency.name,
            kind: dependency.kind.or(given.kind).or(kind),
            constraint: dependency.constraint,
        });
        Ok(())
    }
}

/// Opens a directory that has to hold an extension.
pub(super) fn open(
    path: &Spanned<PathBuf>,
    given: &str,
    kind: Option<ExtensionType>,
) -> Result<Directory, LabeledError> {
    let directory = Directory::open(&path.item, kind)
        .map_err(|error| labeled(&error, "this path", path.span))?;
    if !directory.is_usable() {
        let errors = directory.findings().filter(|finding| finding.is_error());
        return Err(labeled_all(
            Code::InputPath,
            format!("`{given}` holds no extension that can be used"),
            errors,
            "this path",
            path.span,
        )
        .with_help("see everything with: extension validate PATH"));
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

/// A name or a path, with what a row says beside it.
struct Given {
    text: Spanned<String>,
    kind: Option<ExtensionType>,
    version: Option<String>,
}

/// Reads names and paths from the pipeline: texts, or rows with a `path`, or with a `name` and maybe `version` and `type`.
fn from_pipeline(input: PipelineData, head: Span) -> Result<Vec<Given>, LabeledError> {
    if matches!(
        input,
        PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
    ) {
        return Ok(Vec::new());
    }
    input.into_iter().map(|value| given(&value, head)).collect()
}

fn given(value: &Value, head: Span) -> Result<Given, LabeledError> {
    let span = crate::shell::real_span(value.span(), head);
    let row = match value {
        Value::Record { val, .. } => Some(val),
        _ => None,
    };
    let field = |name: &str| {
        let text = row?.get(name)?.as_str().ok()?;
        Some(text.to_owned())
    };
    let text = match row {
        Some(row) => row.get("path").or_else(|| row.get("name")),
        None => Some(value),
    };
    let text = text
        .and_then(|text| Spanned::<String>::from_value(text.clone()).ok())
        .ok_or_else(|| {
            invalid(
                format!(
                    "an extension is a name or a path, and this is {}",
                    value.get_type()
                ),
                "neither",
                span,
            )
        })?;
    // Rows of `ls` have a type, too: that of a file.
    let kind = field("type").filter(|_| !is_path(&text.item)).map(|word| {
        word.parse().map_err(|_| {
            invalid(
                format!("`{word}` is not a type of extension"),
                "this row",
                span,
            )
            .with_help(format!("one of: {}", ExtensionType::WORDS.join(", ")))
        })
    });
    Ok(Given {
        text,
        kind: kind.transpose()?,
        version: field("version"),
    })
}

/// Reads the lock of an extension, which has to have one.
pub(super) fn lock_of(directory: &Path, span: Span) -> Result<Lock, LabeledError> {
    Lock::read(directory)
        .and_then(|lock| lock.ok_or_else(|| LockError::NotFound(Lock::path(directory))))
        .map_err(|error| labeled(&error, "the lock of this", span))
}

/// `--offline`, which every command about versions takes.
pub(super) fn offline_flag(signature: Signature) -> Signature {
    signature.switch(
        "offline",
        "Look only on this machine, and not in the remotes.",
        None,
    )
}
