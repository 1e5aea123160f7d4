//! Rule `version`: the platform is one that the extension works with, and every constraint makes sense (VAL-05, GAP-31..36).

use semver::{Version, VersionReq};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{CONTRACT_VERSION, Directory, Host, Interrupted, dependencies};
use crate::metadata::Metadata;

use super::constraint::is_satisfiable;
use super::declared::{Declared, Part};
use super::{Rule, Validator};

/// The rule.
pub(super) struct Versions;

/// Whether a finding on the metadata belongs to this rule.
pub(super) fn is_about_versions(finding: &Diagnostic) -> bool {
    is_code_of_versions(finding.code)
}

/// Whether findings on the metadata with this code belong to this rule.
pub(super) fn is_code_of_versions(code: Code) -> bool {
    matches!(code, Code::InvalidVersion | Code::PaddedVersion)
}

impl Rule for Versions {
    fn name(&self) -> &'static str {
        "version"
    }

    fn description(&self) -> &'static str {
        "Versions and constraints can be read and satisfied, also by this Nushell, Nickel and provisioning API"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let mut findings: Vec<Diagnostic> = directory
            .findings()
            .filter(|finding| is_about_versions(finding))
            .cloned()
            .collect();
        let Some(metadata) = &directory.reading.metadata else {
            // Which must not look like success.
            findings.push(
                Diagnostic::error(
                    Code::VersionUnknown,
                    "the versions cannot be checked, because the metadata have errors",
                )
                .with_file(&directory.path)
                .with_help("see them with: extension validate PATH --rule structure"),
            );
            return Ok(findings);
        };
        let host = &validator.host;
        let compatibility = &metadata.compatibility;
        let mut compare = |key: &str,
                           tool: &str,
                           constraint: &Option<VersionReq>,
                           version: &Version,
                           help: &str| {
            let Some(constraint) = constraint else { return };
            // No version at all would fit: that is told below.
            if Host::fits(constraint, version) || !is_satisfiable(constraint) {
                return;
            }
            let finding = Diagnostic::error(
                Code::VersionIncompatible,
                format!("the extension needs {tool} {constraint}, and this is {version}"),
            )
            .with_help(help);
            findings.push(
                match metadata.document.at(&format!("compatibility.{key}")) {
                    Some(node) => finding.with_label(
                        &node.source,
                        node.span,
                        format!("{version} does not fit"),
                    ),
                    None => finding,
                },
            );
        };
        compare(
            "provisioning_version",
            "the provisioning API",
            &compatibility.provisioning,
            &host.provisioning,
            "use a version of the extension made for this API, or another version of the plugin",
        );
        compare(
            "nushell_version",
            "Nushell",
            &compatibility.nushell,
            &host.nushell,
            "use another version of the extension or of Nushell",
        );
        compare(
            "nickel_version",
            "Nickel",
            &compatibility.nickel,
            &host.nickel,
            "use another version of the extension or of the plugin, which has Nickel built in",
        );
        if let (Some(contract), Some(node)) = (
            &compatibility.contract,
            metadata.document.at("compatibility.contract_version"),
        ) && *contract > CONTRACT_VERSION
        {
            findings.push(
                Diagnostic::error(
                    Code::VersionIncompatible,
                    format!(
                        "the extension was made for version {contract} of the interface contract, and this plugin knows {CONTRACT_VERSION}"
                    ),
                )
                .with_label(&node.source, node.span, "newer than this plugin")
                .with_help("use a newer version of the plugin"),
            );
        }
        if let (Some(_), Some(node)) = (
            &compatibility.kcl,
            metadata.document.at("compatibility.kcl_version"),
        ) {
            findings.push(
                Diagnostic::warning(
                    Code::VersionNotChecked,
                    "`compatibility.kcl_version` is not checked: KCL is not used here",
                )
                .with_label(&node.source, node.span, "about KCL")
                .with_help("write the schemas in Nickel and give `nickel_version`"),
            );
        }
        findings.extend(impossible_compatibility(metadata));
        // What is wrong with the version schema is told by the rule `dependency`.
        let (needed, _) = dependencies(directory, &validator.evaluator)?;
        findings.extend(
            needed
                .iter()
                .filter(|dependency| !is_satisfiable(&dependency.constraint))
                .map(|dependency| {
                    let finding = impossible(&dependency.constraint);
                    Declared::find(dependency, directory).label(finding, Part::Versions, NONE_FITS)
                }),
        );
        Ok(findings)
    }
}

const NONE_FITS: &str = "no version fits";

/// Constraints on the platform that no version satisfies, whatever the platform is.
fn impossible_compatibility(metadata: &Metadata) -> impl Iterator<Item = Diagnostic> {
    let compatibility = &metadata.compatibility;
    [
        ("provisioning_version", &compatibility.provisioning),
        ("nushell_version", &compatibility.nushell),
        ("nickel_version", &compatibility.nickel),
        ("kcl_version", &compatibility.kcl),
    ]
    .into_iter()
    .filter_map(|(key, constraint)| {
        let constraint = constraint.as_ref().filter(|it| !is_satisfiable(it))?;
        let node = metadata.document.at(&format!("compatibility.{key}"))?;
        Some(impossible(constraint).with_label(&node.source, node.span, NONE_FITS))
    })
}

fn impossible(constraint: &VersionReq) -> Diagnostic {
    Diagnostic::error(
        Code::VersionImpossible,
        format!("no version can satisfy `{constraint}`"),
    )
    .with_help(
        "all parts of a constraint have to hold at once; write a range such as \">=1.6, <2\"",
    )
}

#[cfg(test)]
mod tests;
