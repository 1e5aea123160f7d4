//! Rule `interface`: the module exports the operations of the extension's type, and can be called as they are (VAL-03,
//! PIF, TIF, CIF, GAP-25..28).

use std::sync::Arc;

use super::code::{Inspected, inspect};
use super::{Rule, Validator};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::extension::{Contract, Directory, Extension, Interrupted, Kind, Schema, schemas};
use crate::nickel::Field;
use crate::nushell::{CommandKind, Mismatch, MismatchKind, Module, Place};

mod missing;

/// The rule.
pub(super) struct Interface;

impl Rule for Interface {
    fn name(&self) -> &'static str {
        "interface"
    }

    fn description(&self) -> &'static str {
        "The code is valid Nushell, and the module exports every operation of its type as it will be called"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let inspected = inspect(directory, validator)?;
        let mut findings: Vec<Diagnostic> = inspected
            .findings
            .iter()
            .filter(|finding| !is_about_security(finding))
            .cloned()
            .collect();
        if directory.kind().is_none() {
            // Which must not look like success.
            findings.push(
                Diagnostic::error(
                    Code::InterfaceNotChecked,
                    "the operations cannot be checked, because the metadata do not tell the type",
                )
                .with_file(&directory.path)
                .with_help("see what is wrong with: extension validate PATH --rule structure"),
            );
            return Ok(findings);
        }
        let mut schemas = Schemas {
            directory,
            validator,
            known: None,
        };
        for (extension, path) in &inspected.modules {
            let module = inspected
                .inspection
                .modules
                .iter()
                .find(|module| module.path == *path && module.is_found);
            if let Some(module) = module {
                let offered = Offered {
                    directory,
                    extension,
                    module,
                    inspected: &inspected,
                };
                offered.check(&mut schemas, &mut findings)?;
            } else if path.is_dir() {
                let finding = Diagnostic::error(
                    Code::NushellUnreadable,
                    "the module is a directory, and has to be a file",
                );
                findings.push(
                    finding
                        .with_file(path)
                        .with_help("take the directory away, and write a file of that name"),
                );
            } else if path.symlink_metadata().is_ok() && !findings.iter().any(Diagnostic::is_error)
            {
                // Nor must this.
                findings.push(
                    Diagnostic::error(
                        Code::InterfaceNotChecked,
                        "the operations cannot be checked, because the module was not read",
                    )
                    .with_file(path)
                    .with_help("see what is wrong with: extension validate PATH --rule security"),
                );
            }
        }
        Ok(findings)
    }
}

/// Whether a finding on the code belongs to rule `security`.
pub(super) fn is_about_security(finding: &Diagnostic) -> bool {
    finding.code.as_str().starts_with("security::")
}

/// The described schemas, which are evaluated only when a question needs them.
struct Schemas<'a> {
    directory: &'a Directory,
    validator: &'a Validator,
    known: Option<Vec<Schema>>,
}

impl Schemas<'_> {
    /// Whether some record of the schemas has all of these fields, each with a value.
    fn guarantee(&mut self, fields: &[(String, String)]) -> Result<bool, Interrupted> {
        if self.known.is_none() {
            let (known, _) = schemas(self.directory, &self.validator.evaluator)?;
            self.known = Some(known);
        }
        let has = |record: &[Field]| {
            fields.iter().all(|(name, kind)| {
                record.iter().any(|field| {
                    field.name == *name
                        && !field.is_optional
                        && (field.is_required || field.has_value)
                        && fits(field, kind)
                })
            })
        };
        fn any(fields: &[Field], has: &dyn Fn(&[Field]) -> bool) -> bool {
            has(fields) || fields.iter().any(|field| any(&field.fields, has))
        }
        let known = self.known.iter().flatten();
        Ok(known.into_iter().any(|schema| any(&schema.fields, &has)))
    }
}

/// Whether what a schema says of a field can be passed as a Nushell type. What it does not say may be anything.
fn fits(field: &Field, kind: &str) -> bool {
    let kind = kind.split('<').next().unwrap_or(kind);
    let contracts = field.type_text().unwrap_or_default();
    let says = |word: &str| {
        contracts
            .split(|c: char| !c.is_alphanumeric())
            .any(|found| found == word)
    };
    match kind {
        "any" => true,
        "string" => says("String") || !field.tags.is_empty(),
        "int" => ["Integer", "Nat", "PosNat"].iter().any(|word| says(word)),
        "float" | "number" => says("Number"),
        "bool" => says("Bool"),
        "list" | "table" => says("Array"),
        "record" => !field.fields.is_empty() || contracts.contains('{'),
        _ => false,
    }
}

/// A module, and the extension it belongs to.
struct Offered<'a> {
    directory: &'a Directory,
    extension: &'a Extension,
    module: &'a Module,
    inspected: &'a Inspected,
}

impl Offered<'_> {
    fn check(
        &self,
        schemas: &mut Schemas<'_>,
        findings: &mut Vec<Diagnostic>,
    ) -> Result<(), Interrupted> {
        let contract = Contract::of(self.extension.kind);
        let (missing, others): (Vec<&Mismatch>, Vec<&Mismatch>) = self
            .module
            .mismatches
            .iter()
            .partition(|mismatch| mismatch.kind == MismatchKind::Missing);
        findings.extend(self.missing(&missing, contract));
        for mismatch in others {
            if let MismatchKind::NarrowRecord { fields, .. } = &mismatch.kind
                && schemas.guarantee(fields)?
            {
                continue;
            }
            findings.extend(self.mismatch(mismatch, contract));
        }
        for helper in contract.helpers {
            if !self.exports(helper.name) && !self.module.lacks_imports {
                findings.push(
                    Diagnostic::warning(
                        Code::InterfaceMissingHelper,
                        format!("`{}` is not exported", helper.name),
                    )
                    .with_file(&self.module.path)
                    .with_help(format!(
                        "{}s usually have it: {}",
                        self.extension.kind,
                        helper.usage()
                    )),
                );
            }
        }
        Ok(())
    }

    fn exports(&self, name: &str) -> bool {
        self.module
            .commands
            .iter()
            .any(|command| command.name == name)
    }

    fn source(&self, place: Place) -> Option<&Arc<Source>> {
        self.inspected.sources.get(place.file)
    }

    fn labeled(&self, finding: Diagnostic, place: Option<Place>, label: &str) -> Diagnostic {
        match place.and_then(|place| Some((place, self.source(place)?))) {
            Some((place, source)) => finding.with_label(source, place.span(), label),
            None => finding.with_file(&self.module.path),
        }
    }

    fn mismatch(&self, mismatch: &Mismatch, contract: &Contract) -> Option<Diagnostic> {
        let operation = contract.command(&mismatch.command)?;
        let command = &mismatch.command;
        let what = match self.directory.kind() {
            Some(Kind::Bundle) => format!("the interface of {}s", self.extension.kind),
            _ => "the interface".to_owned(),
        };
        let help = format!("{what}: {}", operation.usage());
        let (finding, label) = match &mismatch.kind {
            MismatchKind::Missing => return None,
            MismatchKind::NotADefinition(kind) => (
                Diagnostic::error(
                    Code::InterfaceNotADefinition,
                    format!(
                        "`{command}` is exported as {}, which cannot be checked",
                        match kind {
                            CommandKind::Alias => "an alias",
                            _ => "an external command",
                        }
                    ),
                ),
                "not a definition".to_owned(),
            ),
            MismatchKind::ParameterType {
                name,
                found,
                wanted,
            } => (
                Diagnostic::error(
                    Code::InterfaceParameterType,
                    format!("`{name}` of `{command}` takes {found}, and gets {wanted}"),
                ),
                format!("gets {wanted}"),
            ),
            MismatchKind::NarrowRecord { name, fields } => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                let finding = Diagnostic::warning(
                    Code::InterfaceNarrowParameter,
                    format!(
                        "`{name}` of `{command}` takes only records with {}, and no schema says that each has them",
                        names.join(", ")
                    ),
                );
                let label = "any record may come".to_owned();
                let finding = self.labeled(finding, mismatch.place, &label);
                return Some(finding.with_help(format!(
                    "write `{name}: record`, or make the fields required in the schema, with these types"
                )));
            }
            MismatchKind::MissingParameter { name, wanted } => (
                Diagnostic::error(
                    Code::InterfaceMissingParameter,
                    format!("`{command}` has no parameter for `{name}`, and gets one"),
                ),
                format!("lacks `{name}: {wanted}`"),
            ),
            MismatchKind::ExtraParameter { name } => (
                Diagnostic::error(
                    Code::InterfaceExtraParameter,
                    format!("`{command}` needs `{name}`, which it does not get"),
                ),
                "make it optional, or give it a default".to_owned(),
            ),
            MismatchKind::MissingFlag { name, wanted } => {
                let flag = flag_text(name, wanted.as_deref());
                (
                    Diagnostic::error(
                        Code::InterfaceMissingFlag,
                        format!("`{command}` has no flag `--{name}`"),
                    ),
                    format!("lacks `{flag}`"),
                )
            }
            MismatchKind::FlagType {
                name,
                found,
                wanted,
            } => (
                Diagnostic::error(
                    Code::InterfaceFlagType,
                    format!(
                        "`--{name}` of `{command}` takes {}, and gets {}",
                        value_text(found.as_deref()),
                        value_text(wanted.as_deref())
                    ),
                ),
                format!("write `{}`", flag_text(name, wanted.as_deref())),
            ),
            MismatchKind::OutputType { found, wanted } => (
                Diagnostic::error(
                    Code::InterfaceOutputType,
                    format!("`{command}` returns {found}, and {wanted} is asked for"),
                ),
                format!("write `nothing -> {wanted}`"),
            ),
            MismatchKind::Untyped { wanted } => (
                Diagnostic::warning(
                    Code::InterfaceUntyped,
                    format!("`{command}` does not say that it returns {wanted}"),
                ),
                format!("write `]: nothing -> {wanted}`"),
            ),
            MismatchKind::InputType { found } => (
                Diagnostic::error(
                    Code::InterfaceInputType,
                    format!("`{command}` wants {found} from the pipeline, and is called without"),
                ),
                "add `nothing -> ...`".to_owned(),
            ),
        };
        Some(
            self.labeled(finding, mismatch.place, &label)
                .with_help(help),
        )
    }
}

fn flag_text(name: &str, kind: Option<&str>) -> String {
    match kind {
        Some(kind) => format!("--{name}: {kind}"),
        None => format!("--{name}"),
    }
}

fn value_text(kind: Option<&str>) -> String {
    match kind {
        Some(kind) => kind.to_owned(),
        None => "no value".to_owned(),
    }
}

#[cfg(test)]
mod tests;
