//! `extension validate --fix`: what is certain is written.

use std::path::PathBuf;

use nu_protocol::{
    IntoPipelineData as _, LabeledError, ListStream, PipelineData, Signals, Signature, Spanned,
    Value, record,
};
use provisioning::validation::{FixError, Mended};

use super::report::report_value;
use super::validate::Plan;
use crate::shell::{Context, invalid, labeled, path_value};

/// What `--fix` asks for.
pub(super) struct Mending {
    is_preview: bool,
}

/// `--fix` and `--check`.
pub(super) fn flags(signature: Signature) -> Signature {
    signature
        .switch(
            "fix",
            "Write what is certain, such as today's form of an old signature.",
            None,
        )
        .switch(
            "check",
            "With --fix: change nothing, and show what would be changed.",
            None,
        )
}

impl Mending {
    /// Reads the flags; nothing without `--fix`.
    pub(super) fn of(context: &Context<'_>) -> Result<Option<Self>, LabeledError> {
        let call = context.call;
        let is_preview = call.has_flag("check")?;
        if !call.has_flag("fix")? {
            return match is_preview {
                false => Ok(None),
                true => Err(invalid(
                    "--check goes with --fix",
                    "nothing is changed anyway",
                    call.head,
                )
                .with_help("extension validate PATH --fix --check")),
            };
        }
        if call.get_flag_value("format").is_some() {
            return Err(invalid(
                "--fix and --format do not go together",
                "two results",
                call.head,
            )
            .with_help("mend first, and validate again for the text"));
        }
        Ok(Some(Self { is_preview }))
    }

    /// Mends each extension, and returns its report with what was changed.
    pub(super) fn run(
        self,
        plan: Plan,
        paths: Vec<Spanned<PathBuf>>,
        many: bool,
        signals: &Signals,
    ) -> Result<PipelineData, LabeledError> {
        if let ([path], false) = (paths.as_slice(), many) {
            return Ok(self.mend(&plan, path)?.into_pipeline_data());
        }
        let head = plan.head;
        let rows = paths.into_iter().map(move |path| {
            self.mend(&plan, &path)
                .unwrap_or_else(|error| Value::error(error.into(), path.span))
        });
        Ok(PipelineData::list_stream(
            ListStream::new(rows, head, signals.clone()),
            None,
        ))
    }

    fn mend(&self, plan: &Plan, path: &Spanned<PathBuf>) -> Result<Value, LabeledError> {
        let mended = plan
            .validator
            .fix(&path.item, &plan.options(), self.is_preview)
            .map_err(|error| match error {
                FixError::Validation(error) => plan.error(error, path.span),
                error => labeled(&error, "this extension", path.span),
            })?;
        if let Some(failure) = plan.failure(&mended.report, path.span) {
            return Err(failure);
        }
        Ok(value(&mended, plan))
    }
}

fn value(mended: &Mended, plan: &Plan) -> Value {
    let span = plan.head;
    let fixed = mended
        .files
        .iter()
        .map(|file| {
            let codes = file
                .codes
                .iter()
                .map(|code| Value::string(code.as_str(), span))
                .collect();
            Value::record(
                record! {
                    "file" => path_value(&file.path, span),
                    "codes" => Value::list(codes, span),
                    "diff" => Value::string(&file.diff, span),
                },
                span,
            )
        })
        .collect();
    let report = report_value(&mended.report, span);
    match report {
        Value::Record { val, .. } => {
            let mut record = val.into_owned();
            record.push("fixed", Value::list(fixed, span));
            Value::record(record, span)
        }
        other => other,
    }
}
