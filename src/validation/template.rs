//! Rule `template`: the templates of an extension can be rendered, as far as that can be told without data.

use super::{Rule, Validator, secret};
use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, Interrupted};
use crate::template::{self, Checker, Root};

/// The rule.
pub(super) struct Templates;

/// After so many findings, no more are looked for.
const ENOUGH: usize = 1_000;

impl Rule for Templates {
    fn name(&self) -> &'static str {
        "template"
    }

    fn description(&self) -> &'static str {
        "Templates parse, and the filters, functions and templates that they use are there"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let interrupt = &validator.evaluator.limits().interrupt;
        let templates = directory.layout.base.join("templates");
        // A link is told by the rule `security`, and not followed.
        let is_directory = templates
            .symlink_metadata()
            .is_ok_and(|found| found.is_dir());
        let Some(root) = Root::new(&templates, secret::masked_template)
            .ok()
            .filter(|_| is_directory)
        else {
            return Ok(Vec::new());
        };
        let mut checker = Checker::new(root);
        let mut findings = Vec::new();
        for file in template::Templates::below(&templates) {
            if interrupt.is_triggered() {
                return Err(Interrupted);
            }
            let relative = file.strip_prefix(&templates).unwrap_or(&file);
            let name = relative.to_string_lossy().replace('\\', "/");
            findings.extend(checker.check(&name).findings);
            if findings.len() > ENOUGH {
                break;
            }
        }
        Ok(findings)
    }
}

/// Whether the rule reports a code; the others are raised by commands.
pub(super) fn is_told(code: Code) -> bool {
    !matches!(
        code,
        Code::TemplateUndefined
            | Code::TemplateUnused
            | Code::TemplateFailed
            | Code::TemplateWrite
            | Code::TemplateInternal
    )
}
