//! Operations that a module does not export, and where they may be.

use std::path::Path;

use super::Offered;
use crate::diagnostic::{Code, Diagnostic, closest};
use crate::extension::{Contract, Operation};
use crate::nushell::{Command, Mismatch, Place};

impl Offered<'_> {
    pub(super) fn missing(&self, missing: &[&Mismatch], contract: &Contract) -> Vec<Diagnostic> {
        let names: Vec<&str> = missing
            .iter()
            .map(|mismatch| mismatch.command.as_str())
            .collect();
        // What was imported from a module that was not read would be told again, one by one.
        if self.module.lacks_imports && !names.is_empty() {
            let kind = self.extension.kind;
            let what = match names.as_slice() {
                [only] => format!("the operation `{only}` of a {kind} is not exported"),
                all => format!(
                    "{} operations of a {kind} are not exported: {}",
                    all.len(),
                    all.join(", ")
                ),
            };
            return vec![
                Diagnostic::error(Code::InterfaceMissingOperation, what)
                    .with_file(&self.module.path)
                    .with_help(
                        "what was imported could not be read, and may hold them; mend the imports first",
                    ),
            ];
        }
        names
            .iter()
            .filter_map(|name| contract.command(name))
            .map(|operation| self.missing_operation(operation, contract, &names))
            .collect()
    }

    fn missing_operation(
        &self,
        operation: &Operation,
        contract: &Contract,
        missing: &[&str],
    ) -> Diagnostic {
        let name = operation.name;
        let finding = Diagnostic::error(
            Code::InterfaceMissingOperation,
            format!("the operation `{name}` is not exported"),
        );
        // `export use create.nu` without `*` puts the module's name in front.
        let suffix = format!(" {name}");
        let mut commands = self.module.commands.iter();
        if let Some(command) = commands.find(|command| command.name.ends_with(&suffix)) {
            let group = command.name.trim_end_matches(&suffix);
            let from = match self.file_of(command.place) {
                Some(file) if file != file_name(&self.module.path) => file,
                // A module that is written within the file.
                _ => group.to_owned(),
            };
            let finding = self.labeled(finding, command.place, "defined here");
            return finding.with_help(format!(
                "it is exported as `{}`: write `export use {from} *`",
                command.name
            ));
        }
        // Defined, but not given on.
        if let Some(inner) = self.module.inner.iter().find(|inner| inner.name == name) {
            let advice = inner.advice.clone();
            return self
                .labeled(finding, Some(inner.place), "defined, and not exported")
                .with_help(advice.unwrap_or_else(|| format!("write `export def {name}`")));
        }
        // A name of the guide's dialect.
        let exported = self.module.commands.iter();
        let exported = exported.map(|command| (&command.name, command.place));
        let inner = self.module.inner.iter();
        let inner = inner.map(|inner| (&inner.name, Some(inner.place)));
        if let Some((dialect, place)) = exported.chain(inner).find(|(other, _)| {
            !is_private(other)
                && contract
                    .meant_by(other, &self.extension.name)
                    .is_some_and(|meant| meant.name == name)
        }) {
            return self
                .labeled(finding, place, format!("means `{name}`").as_str())
                .with_help(format!("rename `{dialect}`: {}", operation.usage()));
        }
        match self.alike(name, contract, missing) {
            Some(command) => self
                .labeled(finding, command.place, "not the name of an operation")
                .with_help(format!(
                    "did you mean `{}`? rename it: {}",
                    command.name,
                    operation.usage()
                )),
            None => finding
                .with_file(&self.module.path)
                .with_help(format!("write: export def {} {{ ... }}", operation.usage())),
        }
    }

    /// Returns the exported command that was meant to be an operation: one that is closer to no other missing one.
    fn alike(&self, name: &str, contract: &Contract, missing: &[&str]) -> Option<&Command> {
        let commands = self.module.commands.iter();
        let strangers = commands
            .map(|command| command.name.as_str())
            .filter(|other| contract.command(other).is_none() && !is_private(other))
            .filter(|other| closest(other, missing.iter().copied()).first() == Some(&name));
        let meant = *closest(name, strangers).first()?;
        let mut commands = self.module.commands.iter();
        commands.find(|command| command.name == meant)
    }

    /// Returns the file of a place, as the module would name it.
    fn file_of(&self, place: Option<Place>) -> Option<String> {
        let file = &self.inspected.inspection.files.get(place?.file)?.path;
        let directory = self.module.path.parent()?;
        match file.strip_prefix(directory) {
            Ok(relative) => Some(relative.display().to_string()),
            Err(_) => Some(file_name(file)),
        }
    }
}

/// Whether a command is one for the module itself, as its name says.
fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
