//! Why a template has no result.

use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Explain};

/// Why a template has no result.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The template, or one that it uses, or the data, have these faults.
    #[error("{}", summary(.0))]
    Faults(Vec<Diagnostic>),
    /// The template does not come to an end within a limit.
    #[error("rendering goes over the limit of {0}")]
    Limit(String),
    /// The file or its directory cannot be read.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The caller did not want it any more.
    #[error("interrupted")]
    Interrupted,
    /// No process could be started, or the program has a fault.
    #[error("the template cannot be rendered: {0}")]
    Internal(String),
}

fn summary(faults: &[Diagnostic]) -> String {
    match faults {
        [one] => one.message.clone(),
        many => format!("the template has {} faults", many.len()),
    }
}

impl Explain for TemplateError {
    fn code(&self) -> Code {
        match self {
            TemplateError::Faults(faults) => faults
                .first()
                .map_or(Code::TemplateFailed, |first| first.code),
            TemplateError::Limit(_) => Code::TemplateLimit,
            TemplateError::Unreadable { .. } => Code::TemplateUnreadable,
            TemplateError::Interrupted => Code::InputInvalid,
            TemplateError::Internal(_) => Code::TemplateInternal,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            TemplateError::Limit(_) => Some(
                "look for loops over very long lists, texts that double, and macros or includes that call themselves".to_owned(),
            ),
            TemplateError::Internal(_) => Some("the plugin goes on working; please report this".to_owned()),
            _ => None,
        }
    }

    fn details(&self) -> &[Diagnostic] {
        match self {
            TemplateError::Faults(faults) => faults,
            _ => &[],
        }
    }
}
