//! Nickel for a running command: its settings and flags, its Ctrl-C, its errors.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use nu_protocol::{
    DataSource, IntoSpanned as _, LabeledError, PipelineData, ShellError, Span, Spanned, Value,
};
use provisioning::nickel::{Evaluator, Input, Limits, NickelError, Program};

use super::stop::Stop;
use super::{Context, data_value, invalid, labeled, real_span};

/// An evaluator under the settings and flags of a call. Ctrl-C ends its evaluations for as long as it lives.
pub(crate) struct Nickel {
    evaluator: Evaluator,
    head: Span,
    import_paths: Vec<PathBuf>,
    packages: BTreeMap<String, PathBuf>,
    _stop: Stop,
}

impl Nickel {
    /// Asks for settings and flags.
    pub(crate) fn new(context: &Context<'_>) -> Result<Self, LabeledError> {
        Self::with_flags(context, NickelFlags::of(context)?)
    }

    /// Asks for settings, where the flags were read already.
    pub(crate) fn with_flags(
        context: &Context<'_>,
        flags: NickelFlags,
    ) -> Result<Self, LabeledError> {
        let settings = context.settings();
        let evaluator = context
            .plugin
            .nickel()
            .isolated(settings.nickel_isolation()?.value);
        evaluator.warm_up();
        let stop = context.stop()?;
        let limits = Limits {
            timeout: match flags.timeout {
                Some(timeout) => timeout,
                None => settings.nickel_timeout()?.value,
            },
            memory: match flags.memory {
                Some(memory) => memory,
                None => settings.nickel_memory()?.value,
            },
            steps: None,
            interrupt: stop.interrupt().clone(),
        };
        let mut import_paths = flags.import_paths;
        import_paths.extend(settings.nickel_import_paths()?.value);
        Ok(Self {
            evaluator: evaluator.limited(limits),
            head: context.head(),
            import_paths,
            packages: settings.nickel_packages()?.value,
            _stop: stop,
        })
    }

    /// Returns the evaluator.
    pub(crate) fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Lets a program that the user has named import from the configured places too.
    pub(crate) fn with_imports(&self, program: Program) -> Program {
        program
            .with_import_paths(self.import_paths.clone())
            .with_packages(self.packages.clone())
    }

    /// Evaluates a program of the user's; faults get a label on the text that named it.
    pub(crate) fn evaluate(
        &self,
        program: &Program,
        field: &[String],
        overrides: Option<&serde_json::Value>,
        label: &str,
        span: Span,
    ) -> Result<Value, LabeledError> {
        let data = self.explained(
            self.evaluator.evaluate(program, field, overrides),
            label,
            span,
        )?;
        Ok(data_value(data, span))
    }

    /// Turns why there is no result into an error, with a label on the text that named the program.
    pub(crate) fn explained<T>(
        &self,
        result: Result<T, NickelError>,
        label: &str,
        span: Span,
    ) -> Result<T, LabeledError> {
        result.map_err(|error| self.error(&error, label, span))
    }

    /// Returns the error for why there is no result.
    pub(crate) fn error(&self, error: &NickelError, label: &str, span: Span) -> LabeledError {
        match error {
            NickelError::Interrupted => ShellError::Interrupted { span: self.head }.into(),
            error => labeled(error, label, span),
        }
    }
}

/// Returns the program of a text from the pipeline. Its imports start in the directory of the file that was opened, or
/// in the current directory for text from elsewhere.
pub(crate) fn piped_program(
    context: &Context<'_>,
    input: PipelineData,
) -> Result<Spanned<Program>, LabeledError> {
    let opened = match input.metadata_ref().map(|metadata| &metadata.data_source) {
        Some(DataSource::FilePath(path)) => Some(path.clone()),
        _ => None,
    };
    let span = real_span(input.span().unwrap_or(context.head()), context.head());
    let text = match input {
        PipelineData::Value(Value::String { val, .. }, _) => val,
        PipelineData::Value(Value::Error { error, .. }, _) => return Err((*error).into()),
        PipelineData::ByteStream(stream, _) => stream.into_string()?,
        other => {
            return Err(invalid(
                format!("Nickel is read from text, and this is {}", other.get_type()),
                "not a text",
                span,
            )
            .with_help("data are held against contracts by: nickel validate SCHEMA"));
        }
    };
    // Where imports start takes time to ask for, and does not matter to a text without any.
    let imports = text.contains("import");
    let (directory, name) = match opened {
        Some(path) => {
            let path = if path.is_absolute() {
                path
            } else {
                PathBuf::from(context.directory()?).join(path)
            };
            let name = path.file_name().map_or_else(
                || "input.ncl".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            );
            let directory = path.parent().unwrap_or(&path).to_owned();
            (directory, name)
        }
        None if imports => (PathBuf::from(context.directory()?), "<input>".to_owned()),
        None => (PathBuf::from("/"), "<input>".to_owned()),
    };
    let program = Program::new(Input::Text {
        text,
        name,
        directory,
    });
    Ok(program.into_spanned(span))
}

/// The flags of [`super::SignatureExt::nickel_flags`].
pub(crate) struct NickelFlags {
    timeout: Option<Duration>,
    memory: Option<u64>,
    pub(crate) import_paths: Vec<PathBuf>,
}

impl NickelFlags {
    pub(crate) fn of(context: &Context<'_>) -> Result<Self, LabeledError> {
        let timeout = match context.call.get_flag_value("timeout") {
            None => None,
            Some(given) => {
                let span = given.span();
                let nanoseconds = u64::try_from(given.as_duration()?).unwrap_or_default();
                if nanoseconds == 0 {
                    return Err(invalid(
                        "the timeout is zero or less",
                        "give a duration such as 10sec",
                        span,
                    ));
                }
                Some(Duration::from_nanos(nanoseconds))
            }
        };
        let memory = match context.call.get_flag_value("max-memory") {
            None => None,
            Some(given) => Some(
                u64::try_from(given.as_filesize()?.get())
                    .ok()
                    .filter(|bytes| *bytes >= MIN_MEMORY)
                    .ok_or_else(|| {
                        invalid(
                            "so little memory is not enough for any evaluation",
                            "give a file size such as 256MiB, and at least 1MiB",
                            given.span(),
                        )
                    })?,
            ),
        };
        let import_paths = match context.call.get_flag_value("import-path") {
            None => Vec::new(),
            Some(given) => import_paths(context, given)?,
        };
        Ok(Self {
            timeout,
            memory,
            import_paths,
        })
    }
}

/// Least memory of an evaluation, in bytes.
const MIN_MEMORY: u64 = 1 << 20;

/// Reads `--import-path`: a directory or a list of directories.
fn import_paths(context: &Context<'_>, given: Value) -> Result<Vec<PathBuf>, LabeledError> {
    let values = match given {
        Value::List { vals, .. } => vals.into_owned(),
        one => vec![one],
    };
    values
        .into_iter()
        .map(|value| {
            let given = Spanned {
                span: value.span(),
                item: value.coerce_into_string()?,
            };
            let path = context.path(&given)?;
            if path.item.is_dir() {
                Ok(path.item)
            } else {
                Err(invalid(
                    format!("`{}` is not a directory", path.item.display()),
                    "imports are looked for in directories",
                    given.span,
                ))
            }
        })
        .collect()
}
