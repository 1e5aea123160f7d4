//! `extension validate --format`: all reports as one text.

use std::path::PathBuf;
use std::str::FromStr as _;

use nu_protocol::{
    Completion, Flag, IntoPipelineData as _, LabeledError, PipelineData, Signature, Spanned,
    SyntaxShape, Value,
};
use provisioning::diagnostic::{Code, did_you_mean};
use provisioning::store::replace_file;
use provisioning::validation::{Document, Format, Report};

use crate::shell::{Context, invalid};

/// A text about all reports, and where it goes.
pub(super) struct Output {
    format: Format,
    file: Option<Spanned<PathBuf>>,
}

/// `--format` and `--output`.
pub(super) fn flags(signature: Signature) -> Signature {
    signature
        .param(
            Flag::new("format")
                .short('f')
                .arg(SyntaxShape::String)
                .desc("Return all reports as one text: sarif, junit or github.")
                .completion(Completion::new_list(&Format::WORDS)),
        )
        .named(
            "output",
            SyntaxShape::Filepath,
            "Write the text of --format to this file as well, also when --strict raises an error.",
            Some('o'),
        )
}

impl Output {
    /// Reads the flags; nothing without `--format`.
    pub(super) fn of(context: &Context<'_>) -> Result<Option<Self>, LabeledError> {
        let format: Option<Spanned<String>> = context.call.get_flag("format")?;
        let file: Option<Spanned<String>> = context.call.get_flag("output")?;
        let Some(given) = format else {
            return match file {
                None => Ok(None),
                Some(file) => Err(invalid(
                    "without a format there is no text to write",
                    "this would not be written",
                    file.span,
                )
                .with_help(format!("add --format {}", Format::WORDS.join(", or ")))),
            };
        };
        let Ok(format) = Format::from_str(&given.item) else {
            let help = did_you_mean(&given.item, Format::WORDS)
                .unwrap_or_else(|| format!("one of: {}", Format::WORDS.join(", ")));
            return Err(invalid(
                format!("`{}` is not a format of reports", given.item),
                "not a format",
                given.span,
            )
            .with_help(help));
        };
        if file.is_none() && context.call.has_flag("strict")? {
            return Err(invalid(
                "the text would be lost when --strict raises an error",
                "returned only without an error",
                given.span,
            )
            .with_help("write it to a file as well: --output report.txt"));
        }
        let file = file.map(|file| context.path(&file)).transpose()?;
        Ok(Some(Self { format, file }))
    }

    /// Writes the text, and returns it unless there is an error to raise.
    pub(super) fn write(
        &self,
        context: &Context<'_>,
        reports: &[Report],
        deny_warnings: bool,
        failure: Option<LabeledError>,
    ) -> Result<PipelineData, LabeledError> {
        let given = PathBuf::from(context.directory()?);
        // The paths of reports are canonical.
        let base = dunce::canonicalize(&given).unwrap_or(given);
        let text = self.format.write(&Document {
            reports,
            base: &base,
            deny_warnings,
        });
        if let Some(file) = &self.file {
            replace_file(&file.item, format!("{text}\n").as_bytes()).map_err(|error| {
                LabeledError::new(format!("cannot write `{}`: {error}", file.item.display()))
                    .with_code(Code::InputPath.as_str())
                    .with_label("this file", file.span)
            })?;
        }
        match failure {
            Some(failure) => Err(failure),
            None => Ok(Value::string(text, context.head()).into_pipeline_data()),
        }
    }
}
