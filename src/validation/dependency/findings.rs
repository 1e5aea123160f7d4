//! What is told of an extension that is not there as it is needed.

use std::collections::BTreeSet;

use semver::{BuildMetadata, Prerelease, Version, VersionReq};

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::extension::ExtensionType;
use crate::metadata::Dependency;
use crate::validation::declared::{Declared, Part};

use super::search::{Search, Seen};

/// Most versions that a message lists.
const MAX_VERSIONS: usize = 8;

impl Search<'_> {
    /// A name that stands for extensions of several types does not say which is meant.
    pub(super) fn ambiguity(
        &self,
        dependency: &Dependency,
        declared: &Declared,
        own: &[Option<ExtensionType>],
        seen: &Seen<'_>,
    ) -> Option<Diagnostic> {
        let kinds: BTreeSet<ExtensionType> = self
            .of_wanted_type(dependency, seen)
            .map(|candidate| candidate.kind)
            .chain(own.iter().copied().flatten())
            .collect();
        let first = kinds.first()?;
        if kinds.len() == 1 {
            return None;
        }
        let finding = Diagnostic::warning(
            Code::DependencyAmbiguous,
            format!(
                "`{}` needs `{}`, which is the name of a {}",
                self.user,
                dependency.name,
                join(kinds.iter().map(ToString::to_string), "and of a")
            ),
        )
        .with_help(format!("say which: {}", written(dependency, *first)));
        Some(declared.label(finding, Part::Name, "which of them?"))
    }

    pub(super) fn itself(&self, dependency: &Dependency, declared: &Declared) -> Diagnostic {
        let finding = Diagnostic::error(
            Code::DependencyItself,
            format!("`{}` depends on itself", self.user),
        )
        .with_help(format!(
            "remove it; if another extension is meant that is called `{}` too, give its type",
            dependency.name
        ));
        declared.label(finding, Part::Name, "the extension itself")
    }

    pub(super) fn missing(
        &self,
        dependency: &Dependency,
        declared: &Declared,
        seen: &Seen<'_>,
    ) -> Diagnostic {
        let help = if seen.bundle.is_empty() {
            did_you_mean(&dependency.name, seen.names.iter().copied()).unwrap_or_else(|| {
                "register it with `extension register PATH`, or put it where `extension discover` finds it".to_owned()
            })
        } else {
            format!(
                "`{}` is a bundle; depend on what it holds: {}",
                dependency.name,
                join(seen.bundle.iter().cloned(), "and")
            )
        };
        let finding = Diagnostic::error(
            Code::DependencyMissing,
            format!(
                "`{}` needs {}, which is neither registered nor found",
                self.user,
                wanted(dependency)
            ),
        )
        .with_help(help);
        declared.label(finding, Part::Name, "not there")
    }

    pub(super) fn other_type(
        &self,
        dependency: &Dependency,
        declared: &Declared,
        seen: &Seen<'_>,
    ) -> Diagnostic {
        let kinds: BTreeSet<ExtensionType> = seen
            .candidates
            .iter()
            .map(|candidate| candidate.kind)
            .collect();
        let found = join(kinds.iter().map(ToString::to_string), "and a");
        let finding = Diagnostic::error(
            Code::DependencyType,
            format!(
                "`{}` needs {}, and `{}` is a {found}",
                self.user,
                wanted(dependency),
                dependency.name
            ),
        );
        let finding = match kinds.first() {
            Some(kind) => finding.with_help(format!("write {}", written(dependency, *kind))),
            None => finding,
        };
        declared.label(finding, Part::Type, format!("it is a {found}"))
    }

    pub(super) fn versions(
        &self,
        dependency: &Dependency,
        declared: &Declared,
        seen: &Seen<'_>,
    ) -> Diagnostic {
        let versions: BTreeSet<&Version> = self
            .of_wanted_type(dependency, seen)
            .map(|candidate| &candidate.version)
            .collect();
        let hidden = versions.len().saturating_sub(MAX_VERSIONS);
        let mut shown: Vec<String> = versions
            .iter()
            .skip(hidden)
            .map(ToString::to_string)
            .collect();
        if hidden > 0 {
            shown.insert(0, format!("{hidden} lower ones"));
        }
        let release = |version: &Version| Version {
            pre: Prerelease::EMPTY,
            build: BuildMetadata::EMPTY,
            ..version.clone()
        };
        let only_before = versions.iter().rev().find(|version| {
            !version.pre.is_empty() && dependency.constraint.matches(&release(version))
        });
        let help = match only_before {
            Some(version) => {
                format!("a pre-release only fits a constraint that names one, such as >={version}")
            }
            None => {
                "get a version that fits, or change the constraint; what there is: extension discover"
                    .to_owned()
            }
        };
        let label = match shown.as_slice() {
            [one] => format!("{one} does not fit"),
            _ => "none of them fits".to_owned(),
        };
        let verb = if versions.len() == 1 { "is" } else { "are" };
        let finding = Diagnostic::error(
            Code::DependencyVersion,
            format!(
                "`{}` needs {} {}, and there {verb} {}",
                self.user,
                wanted(dependency),
                dependency.constraint,
                join(shown, "and")
            ),
        )
        .with_help(help);
        declared.label(finding, Part::Versions, label)
    }
}

pub(super) fn wanted(dependency: &Dependency) -> String {
    match dependency.kind {
        Some(kind) => format!("the {kind} `{}`", dependency.name),
        None => format!("`{}`", dependency.name),
    }
}

/// The dependency as it is written with a type.
fn written(dependency: &Dependency, kind: ExtensionType) -> String {
    let name = &dependency.name;
    if dependency.constraint == VersionReq::STAR {
        format!("{{ name = \"{name}\", type = \"{kind}\" }}")
    } else {
        let constraint = &dependency.constraint;
        format!("{{ name = \"{name}\", version = \"{constraint}\", type = \"{kind}\" }}")
    }
}

fn join(items: impl IntoIterator<Item = String>, last: &str) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    match items.pop() {
        Some(end) if !items.is_empty() => format!("{} {last} {end}", items.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}
