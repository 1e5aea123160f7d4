//! Rule `security`: nothing in the extension reaches out of it, deceives, or gives secrets away (SEC-06, SEC-07, SEC-10).
//!
//! Imports of Nickel that leave the extension are told by the rule `schema`, which reads them anyway.

pub(crate) mod instructions;
mod links;
pub(crate) mod names;
mod permissions;
mod secrets;

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, safe_text};
use crate::extension::tree::{Kind, MAX_ENTRIES, Tree, Unseen, one_line};
use crate::extension::{Directory, Interrupted, Packing};

use super::code::inspect;
use super::interface::is_about_security;
use super::{Rule, Validator};

/// The rule.
pub(super) struct Security;

/// Most findings of one kind that are told one by one: what follows is counted.
const MAX_ALIKE: usize = 100;

impl Rule for Security {
    fn name(&self) -> &'static str {
        "security"
    }

    fn description(&self) -> &'static str {
        "Links, names and permissions of the files are harmless, no file holds a secret or instructs an agent, and no code comes from elsewhere"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let interrupt = &validator.evaluator.limits().interrupt;
        let tree = Tree::walk(&directory.path, &Packing::of(directory), interrupt)?;
        let mut findings = Vec::new();
        findings.extend(limited(links::check(&tree)));
        findings.extend(limited(special_files(&tree)));
        findings.extend(limited(names::check(&tree)));
        findings.extend(limited(permissions::check(&tree)));
        let search = secrets::check(&tree, interrupt)?;
        findings.extend(limited(search.findings));
        findings.extend(limited(instructions::check(&tree)));
        let code = inspect(directory, validator)?.findings.into_iter();
        findings.extend(limited(code.filter(is_about_security).collect()));
        findings.extend(limited([unseen(&tree), search.problems].concat()));
        Ok(findings)
    }
}

/// What could not be looked at, which must not look as if it were harmless.
fn unseen(tree: &Tree) -> Vec<Diagnostic> {
    let not_checked = |message: String, path: &Path| {
        Diagnostic::warning(Code::SecurityNotChecked, message).with_file(one_line(path))
    };
    tree.unseen
        .iter()
        .map(|unseen| match unseen {
            Unseen::TooMany(directory) => not_checked(
                format!("the extension holds more than {MAX_ENTRIES} files, and the rest was not looked at"),
                directory,
            ),
            Unseen::Unreadable(path, reason) => {
                let relative = path.strip_prefix(&tree.root).unwrap_or(path);
                let shown = if relative.as_os_str().is_empty() {
                    "the directory".to_owned()
                } else {
                    format!("`{}`", one_line(relative))
                };
                not_checked(format!("{shown} was not looked at: {reason}"), path)
            }
        })
        .collect()
}

/// Pipes and devices wait for others or never end; a package cannot carry them.
fn special_files(tree: &Tree) -> Vec<Diagnostic> {
    tree.packed()
        .filter_map(|entry| {
            let Kind::Special(what) = entry.kind else {
                return None;
            };
            Some(
                Diagnostic::error(
                    Code::SecuritySpecialFile,
                    format!("`{}` is {what}", entry.shown()),
                )
                .with_file(entry.place())
                .with_help("an extension holds regular files, directories and links to them"),
            )
        })
        .collect()
}

/// Keeps a tree of a hundred thousand bad names from becoming a report of as many lines.
fn limited(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let hidden = findings.len().saturating_sub(MAX_ALIKE);
    if hidden > 0 {
        // An error must not be hidden behind warnings.
        findings.sort_by_key(|finding| finding.severity);
        let more = findings.split_off(MAX_ALIKE);
        if let Some(first) = more.into_iter().next() {
            let mut rest = first;
            rest.message = format!(
                "{}; {} more of this kind are not listed",
                safe_text(&rest.message),
                hidden - 1
            );
            findings.push(rest);
        }
    }
    findings
}

#[cfg(test)]
mod tests;
