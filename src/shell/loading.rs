//! The extension manager for a running command, and what it loads as values.

use std::num::NonZeroUsize;
use std::sync::Arc;

use nu_protocol::{LabeledError, Record, ShellError, Span, Type, Value, record};
use provisioning::diagnostic::safe_text;
use provisioning::manager::{Config, Extension, ExtensionManager, HostSource, Key, LoadError};

use super::{Context, Nickel, data_value, date_value, labeled, opt_string};

impl Context<'_> {
    /// Returns the manager under the settings of this call, and the evaluator whose Ctrl-C ends it. It takes many questions
    /// to the shell: what is in memory is looked for first.
    pub(crate) fn manager(&self) -> Result<(ExtensionManager, Nickel), LabeledError> {
        self.tell_of_updates()?;
        let nickel = Nickel::new(self)?;
        let validator = self.validator(&nickel)?;
        let settings = self.settings();
        let size = settings.cache_size()?.value;
        let config = Config {
            data_dir: settings.data_dir()?.value,
            extension_dirs: settings.extension_dirs()?.value,
            cache_dir: Some(settings.cache_dir()?.value),
            cache_limit: settings.cache_limit()?.value,
            cache_size: NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN),
            auto_load: settings.auto_load()?.value,
            jobs: settings.jobs()?.value,
            lib_dirs: validator.lib_dirs,
            host: HostSource::Known(validator.host),
            audit: Some(self.log(&settings)?),
            log: settings.log()?.value,
        };
        let manager = self
            .plugin
            .manager()
            .configured(config)
            .reading_with(validator.evaluator, validator.inspector);
        manager.trim();
        self.plugin.was_used(&manager);
        Ok((manager, nickel))
    }

    /// Returns the manager for work with what is kept, in memory and on disk: nothing can be read with it.
    pub(crate) fn memory(&self) -> Result<ExtensionManager, LabeledError> {
        let settings = self.settings();
        let size = settings.cache_size()?.value;
        let config = Config {
            data_dir: settings.data_dir()?.value,
            cache_dir: Some(settings.cache_dir()?.value),
            cache_limit: settings.cache_limit()?.value,
            cache_size: NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN),
            audit: Some(self.log(&settings)?),
            ..self.plugin.manager().config().clone()
        };
        let manager = self.plugin.manager().configured(config);
        manager.trim();
        Ok(manager)
    }

    /// Keeps the plugin from being stopped while something is loaded, unless `keep_alive` is off.
    pub(crate) fn keep_alive(&self) -> Result<(), LabeledError> {
        if !self.plugin.is_kept() && self.settings().keep_alive()?.value {
            self.plugin.keep(self.engine, true)?;
        }
        Ok(())
    }

    /// Lets the plugin be stopped again when nothing is loaded any more.
    pub(crate) fn release(&self) -> Result<(), LabeledError> {
        if self.plugin.is_kept() && self.plugin.manager().is_empty() {
            self.plugin.keep(self.engine, false)?;
        }
        Ok(())
    }

    /// Returns the error for what could not be loaded.
    pub(crate) fn not_loaded(&self, error: &LoadError, span: Span) -> LabeledError {
        match error {
            LoadError::Interrupted => ShellError::Interrupted { span: self.head() }.into(),
            error => labeled(error, "asked for here", span),
        }
    }
}

/// The columns of a loaded extension.
pub(crate) fn extension_columns() -> [(&'static str, Type); 7] {
    [
        ("metadata", Type::record()),
        ("path", Type::String),
        ("loaded_at", Type::Date),
        ("operations", Type::record()),
        ("schemas", Type::record()),
        ("fingerprint", Type::String),
        ("dependencies", Type::table()),
    ]
}

/// Returns a loaded extension as `{metadata, path, loaded_at, operations, schemas, fingerprint, dependencies}`.
pub(crate) fn extension_value(extension: &Arc<Extension>, span: Span) -> Value {
    Value::record(
        record! {
            "metadata" => extension_metadata_value(extension, span),
            "path" => Value::string(&extension.path, span),
            "loaded_at" => date_value(extension.loaded_at, span),
            "operations" => operations_value(extension, span),
            "schemas" => data_value(serde_json::Value::Object(extension.schemas.clone()), span),
            "fingerprint" => Value::string(&extension.fingerprint, span),
            "dependencies" => needed_value(extension, span),
        },
        span,
    )
}

/// Returns what an extension says about itself as
/// `{name, version, description, extension_type, dependencies, author, repository}` (LOAD-14..21).
fn extension_metadata_value(extension: &Extension, span: Span) -> Value {
    let metadata = &extension.metadata;
    let text = |text: &str| Value::string(safe_text(text), span);
    Value::record(
        record! {
            "name" => text(&metadata.name),
            "version" => text(&metadata.version),
            "description" => text(&metadata.description),
            "extension_type" => text(metadata.extension_type.as_str()),
            "dependencies" => Value::list(
                metadata.dependencies.iter().map(|name| text(name)).collect(),
                span,
            ),
            "author" => opt_string(metadata.author.clone(), span),
            "repository" => opt_string(metadata.repository.clone(), span),
        },
        span,
    )
}

/// Returns the signature of each operation by its name. A record of texts: what is loaded is sent to the shell each time, and each
/// value takes its time.
fn operations_value(extension: &Extension, span: Span) -> Value {
    let operations: Record = extension
        .operations
        .iter()
        .map(|one| {
            let signature = Value::string(safe_text(&one.signature()), span);
            (safe_text(&one.name).into_owned(), signature)
        })
        .collect();
    Value::record(operations, span)
}

fn needed_value(extension: &Extension, span: Span) -> Value {
    let rows = extension
        .dependencies
        .iter()
        .map(|needed| {
            Value::record(
                record! {
                    "name" => Value::string(&needed.name, span),
                    "version" => Value::string(needed.version.to_string(), span),
                    "type" => opt_string(needed.kind.map(|kind| kind.to_string()), span),
                    "source" => opt_string(Some(needed.origin.clone()), span),
                },
                span,
            )
        })
        .collect();
    Value::list(rows, span)
}

/// The columns of a row for a loaded extension.
pub(crate) fn loaded_columns() -> [(&'static str, Type); 7] {
    [
        ("type", Type::String),
        ("name", Type::String),
        ("version", Type::String),
        ("path", Type::String),
        ("package", Type::Any),
        ("loaded_at", Type::Date),
        ("fingerprint", Type::String),
    ]
}

/// Returns a row for a loaded extension.
pub(crate) fn loaded_value(extension: &Extension, span: Span) -> Value {
    let metadata = &extension.metadata;
    Value::record(
        record! {
            "type" => Value::string(extension.kind().as_str(), span),
            "name" => Value::string(&metadata.name, span),
            "version" => Value::string(&metadata.version, span),
            "path" => Value::string(&extension.path, span),
            "package" => opt_string(extension.package.clone(), span),
            "loaded_at" => date_value(extension.loaded_at, span),
            "fingerprint" => Value::string(&extension.fingerprint, span),
        },
        span,
    )
}

/// Returns what tells a loaded extension from others as `{type, name, version}`.
pub(crate) fn loaded_key_value(key: &Key, span: Span) -> Value {
    Value::record(
        record! {
            "type" => Value::string(key.kind.as_str(), span),
            "name" => Value::string(&key.name, span),
            "version" => Value::string(key.version.to_string(), span),
        },
        span,
    )
}
