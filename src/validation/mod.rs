//! Checking an extension without running anything of it: one file or folder per rule.

mod available;
mod code;
mod constraint;
mod declared;
mod dependency;
mod environment;
mod fix;
mod format;
mod interface;
mod lazy;
mod parallel;
mod report;
mod schema;
mod secret;
pub(crate) mod security;
mod structure;
mod template;
mod text;
mod version;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::diagnostic::{Code, Diagnostic, Explain};
use crate::extension::{Directory, DirectoryError, ExtensionType, Host, Interrupted};
use crate::nickel::Evaluator;
use crate::nushell::Inspector;

pub use available::Available;
pub use environment::Environment;
pub use fix::{FixError, Fixed, Mended};
pub use format::{Document, Format};
pub use parallel::Reports;
pub use report::{Check, Finding, Report, Status};
pub use secret::{masked, masked_template};

/// One of the checks an extension goes through.
pub trait Rule: Sync {
    /// Returns the name used in reports and after `--rule`.
    fn name(&self) -> &'static str;

    /// Returns what the rule checks, in one sentence.
    fn description(&self) -> &'static str;

    /// Returns everything found. Never runs extension code and never touches the network.
    ///
    /// # Errors
    /// The check was ended from outside.
    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted>;
}

/// Every rule, in the order in which they run (VAL-01..05).
pub const RULES: &[&dyn Rule] = &[
    &structure::Structure,
    &schema::Schemas,
    &interface::Interface,
    &dependency::Dependencies,
    &version::Versions,
    &security::Security,
    &template::Templates,
];

/// The names of the rules, for completion and messages.
pub const RULE_NAMES: &[&str] = &[
    "structure",
    "schema",
    "interface",
    "dependency",
    "version",
    "security",
    "template",
];

/// Returns the rule that reports a finding on the metadata.
pub fn rule_of_metadata(finding: &Diagnostic) -> &'static str {
    if version::is_about_versions(finding) {
        "version"
    } else {
        "structure"
    }
}

/// Returns the rule that reports a code; none for codes that commands raise.
pub fn rule_of(code: Code) -> Option<&'static str> {
    let (area, _) = code.as_str().split_once("::")?;
    match area {
        "metadata" if version::is_code_of_versions(code) => Some("version"),
        "metadata" => Some("structure"),
        "nushell" => Some("interface"),
        "template" if !template::is_told(code) => None,
        "cluster" | "nickel" => Some("schema"),
        area => RULE_NAMES.iter().copied().find(|rule| *rule == area),
    }
}

/// What to validate.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The type the caller takes the extension for.
    pub kind: Option<ExtensionType>,
    /// Names of the rules to run; empty for all.
    pub rules: &'a [String],
    /// Whether a warning makes the extension invalid.
    pub deny_warnings: bool,
}

/// What extensions are validated with.
#[derive(Clone, Debug)]
pub struct Validator {
    /// The platform that constraints are compared with.
    pub host: Host,
    /// Evaluates the schemas. Its interrupt ends the validation.
    pub evaluator: Evaluator,
    /// Parses the Nushell code.
    pub inspector: Inspector,
    /// Directories in which Nushell modules are looked for, besides that of the file that uses them (`NU_LIB_DIRS`).
    pub lib_dirs: Vec<PathBuf>,
    /// Extensions that others may depend on: those that are registered, and those that were discovered.
    pub available: Available,
    /// Programs and environment variables.
    pub environment: Environment,
    /// Whether a missing program or environment variable is an error, and not a warning.
    pub strict_environment: bool,
    /// Whether code that no module uses, such as tests, is left alone.
    pub modules_only: bool,
}

impl Validator {
    /// Returns a validator that knows no other extensions and uses the environment of this process.
    pub fn new(host: Host, evaluator: Evaluator, inspector: Inspector) -> Self {
        Self {
            host,
            evaluator,
            inspector,
            lib_dirs: Vec::new(),
            available: Available::default(),
            environment: Environment::of_this_process(),
            strict_environment: false,
            modules_only: false,
        }
    }

    /// Validates the extension in a directory.
    ///
    /// # Errors
    /// The path is not a directory, or the validation was ended from outside; everything else is in the report.
    pub fn validate(&self, path: &Path, options: &Options<'_>) -> Result<Report, ValidationError> {
        let directory = Directory::open(path, options.kind)?;
        let mut findings = Vec::new();
        let mut checks = Vec::new();
        let selected = RULES.iter().filter(|rule| {
            options.rules.is_empty() || options.rules.iter().any(|name| name == rule.name())
        });
        for rule in selected {
            let start = Instant::now();
            let found = rule.check(&directory, self)?;
            checks.push(Check {
                rule: rule.name(),
                status: Status::of(&found),
                findings: found.len(),
                duration: start.elapsed(),
            });
            findings.extend(found.into_iter().map(|diagnostic| Finding {
                rule: rule.name(),
                diagnostic,
            }));
        }
        Ok(Report::new(
            &directory,
            findings,
            checks,
            options.deny_warnings,
        ))
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ValidationError {
    /// The path is not a directory that can be looked at.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The validation was ended from outside.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The validation itself has failed, as it should not.
    #[error("the validation has a fault: {0}")]
    Fault(String),
}

impl Explain for ValidationError {
    fn code(&self) -> Code {
        match self {
            ValidationError::Directory(error) => error.code(),
            ValidationError::Interrupted(_) => Code::InputInvalid,
            ValidationError::Fault(_) => Code::PluginPanic,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            ValidationError::Directory(error) => error.help(),
            ValidationError::Interrupted(_) => None,
            ValidationError::Fault(_) => {
                Some("the plugin goes on working; please report this".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests;
