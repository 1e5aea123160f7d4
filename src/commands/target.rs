//! Which extension is to be loaded: named, or given by its directory.

use std::path::PathBuf;
use std::sync::Arc;

use nu_protocol::{
    FromValue as _, IntoSpanned as _, LabeledError, PipelineData, ShellError, Span, Spanned, Value,
};
use provisioning::diagnostic::Code;
use provisioning::extension::ExtensionType;
use provisioning::manager::{Config, Extension, ExtensionManager, LoadError, Wanted};
use provisioning::metadata::VersionRequest;
use semver::Version;

use super::names::{is_path, name_and_version};
use crate::shell::{Context, Nickel, invalid, real_span};

/// An extension that is asked for.
pub(super) struct Target {
    what: What,
    /// The user's text.
    pub(super) span: Span,
}

enum What {
    Named(Wanted),
    In {
        path: PathBuf,
        kind: Option<ExtensionType>,
        name: Option<String>,
        version: Option<VersionRequest>,
    },
}

impl Target {
    /// Reads a name, a name with a version (`kubernetes@1.28.0`), or a path.
    pub(super) fn read(
        context: &Context<'_>,
        text: &Spanned<String>,
        kind: Option<ExtensionType>,
        version: Option<&Spanned<VersionRequest>>,
    ) -> Result<Self, LabeledError> {
        let span = text.span;
        if is_path(&text.item) {
            let what = What::In {
                path: context.path(text)?.item,
                kind,
                name: None,
                version: version.map(|version| version.item.clone()),
            };
            return Ok(Self { what, span });
        }
        let (name, version) = name_and_version(text, version)?;
        let wanted = Wanted {
            kind,
            name,
            version: version.unwrap_or(VersionRequest::Latest),
        };
        Ok(Self {
            what: What::Named(wanted),
            span,
        })
    }

    /// Reads texts as [`Target::read`] does, and rows with `name`, and maybe `type`, `version` and `path`.
    pub(super) fn from_pipeline(
        context: &Context<'_>,
        input: PipelineData,
        kind: Option<ExtensionType>,
        version: Option<&Spanned<VersionRequest>>,
    ) -> Result<Vec<Self>, LabeledError> {
        if matches!(
            input,
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)
        ) {
            return Ok(Vec::new());
        }
        input
            .into_iter()
            .map(|value| match value {
                Value::Error { error, .. } => Err((*error).into()),
                Value::Record { .. } => Self::row(context, &value, kind, version),
                value => {
                    let span = real_span(value.span(), context.head());
                    let text = String::from_value(value)?.into_spanned(span);
                    Self::read(context, &text, kind, version)
                }
            })
            .collect()
    }

    fn row(
        context: &Context<'_>,
        row: &Value,
        kind: Option<ExtensionType>,
        version: Option<&Spanned<VersionRequest>>,
    ) -> Result<Self, LabeledError> {
        let span = real_span(row.span(), context.head());
        // What `extension load` returns has these in `metadata`.
        let field = |name: &str| {
            let record = row.as_record().ok()?;
            let within = || record.get("metadata")?.as_record().ok()?.get(name);
            let value = record.get(name).or_else(within)?;
            Some(value.as_str().ok()?.to_owned())
        };
        let kind = match field("type").or_else(|| field("extension_type")) {
            Some(word) => Some(word.parse().map_err(|_| {
                invalid(
                    format!("`{word}` is not a type of extension"),
                    "this row",
                    span,
                )
                .with_help(format!("one of: {}", ExtensionType::WORDS.join(", ")))
            })?),
            None => kind,
        };
        let version =
            match (field("version"), version) {
                (Some(_), Some(version)) => {
                    return Err(invalid(
                        "two versions are asked for",
                        "another one here",
                        version.span,
                    )
                    .with_label("one version here", span));
                }
                (Some(text), None) => Some(VersionRequest::read(&text).map_err(|reason| {
                    invalid(format!("`{text}` is not a version"), reason, span)
                })?),
                (None, version) => version.map(|version| version.item.clone()),
            };
        let what = match (field("path"), field("name")) {
            (Some(path), name) => What::In {
                path: context.path(&path.into_spanned(span))?.item,
                kind,
                name,
                version,
            },
            (None, Some(name)) => What::Named(Wanted {
                kind,
                name,
                version: version.unwrap_or(VersionRequest::Latest),
            }),
            (None, None) => {
                return Err(invalid(
                    "an extension is a name or a path, and this row has neither",
                    "no column `name` or `path`",
                    span,
                ));
            }
        };
        Ok(Self { what, span })
    }

    /// Returns a target that is named in parts.
    pub(super) fn named(wanted: Wanted, span: Span) -> Self {
        let what = What::Named(wanted);
        Self { what, span }
    }

    /// Whether the place of the registry matters.
    fn is_named(&self) -> bool {
        matches!(self.what, What::Named(_))
    }

    /// Returns the extension if it is in memory, unchanged, with what it needs if that is wanted.
    fn loaded(
        &self,
        manager: &ExtensionManager,
        with_needs: bool,
    ) -> Result<Option<Arc<Extension>>, LoadError> {
        match &self.what {
            What::Named(wanted) => manager.loaded(wanted, with_needs),
            What::In {
                path,
                kind,
                name,
                version,
            } => {
                let is_it = |extension: &Arc<Extension>| {
                    version.as_ref().is_none_or(|version| {
                        Version::parse(&extension.metadata.version)
                            .is_ok_and(|found| version.accepts(&found))
                    })
                };
                let found = manager.loaded_directory(path, *kind, name.as_deref(), with_needs);
                Ok(found.filter(is_it))
            }
        }
    }

    /// Loads the extension.
    fn load(
        &self,
        manager: &ExtensionManager,
        with_needs: bool,
    ) -> Result<Arc<Extension>, LoadError> {
        match &self.what {
            What::Named(wanted) => manager.load(wanted, with_needs),
            What::In {
                path,
                kind,
                name,
                version,
            } => manager.load_directory(path, *kind, name.as_deref(), version.as_ref(), with_needs),
        }
    }
}

/// Loads extensions, and what they need if that is wished or else set. An error has a label on the version when that is to
/// blame, and on the user's text otherwise.
pub(super) fn load_all(
    context: &Context<'_>,
    targets: &[Target],
    wish: Option<bool>,
    version: Option<Span>,
) -> Result<Vec<Arc<Extension>>, LabeledError> {
    let failed = |error: &LoadError, target: &Target| {
        let span = match (error, version) {
            (LoadError::VersionMismatch { .. }, Some(version)) => version,
            _ => target.span,
        };
        context.not_loaded(error, span)
    };
    // What is in memory needs no settings but the place of the registry.
    let mut memory = context.plugin.manager().clone();
    if targets.iter().any(Target::is_named) {
        memory = memory.configured(Config {
            data_dir: context.settings().data_dir()?.value,
            ..memory.config().clone()
        });
    }
    let mut reading: Option<(ExtensionManager, Nickel)> = None;
    let mut loaded = Vec::with_capacity(targets.len());
    let mut errors: Vec<LabeledError> = Vec::new();
    for target in targets {
        context.engine.signals().check(&context.head())?;
        match target.loaded(&memory, wish.unwrap_or(true)) {
            Ok(Some(extension)) => {
                loaded.push(extension);
                continue;
            }
            Ok(None) => {}
            // It is told by whoever looks everywhere.
            Err(LoadError::Interrupted) => return Err(failed(&LoadError::Interrupted, target)),
            Err(_) => {}
        }
        let (manager, _) = match &reading {
            Some(reading) => reading,
            None => reading.insert(context.manager()?),
        };
        let with_needs = wish.unwrap_or(manager.config().auto_load);
        match target.load(manager, with_needs) {
            Ok(extension) => loaded.push(extension),
            Err(error @ LoadError::Interrupted) => return Err(failed(&error, target)),
            Err(error) => errors.push(failed(&error, target)),
        }
    }
    if reading.is_some() {
        context.keep_alive()?;
    }
    match errors.len() {
        0 => Ok(loaded),
        1 => Err(errors.remove(0)),
        count => {
            let mut all = LabeledError::new(format!("{count} extensions cannot be loaded"))
                .with_code(Code::LoadFailed.as_str())
                .with_label("the others are loaded", context.head());
            let inner = errors.into_iter();
            all.inner
                .extend(inner.map(|error| ShellError::LabeledError(Box::new(error))));
            Err(all)
        }
    }
}
