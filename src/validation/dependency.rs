//! Rule `dependency`: what the extension needs is there (VAL-04, GAP-30..34, X-21).

use std::collections::BTreeSet;
use std::sync::Arc;

use semver::{BuildMetadata, Prerelease, Version, VersionReq};

use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean, is_unsafe_char};
use crate::extension::{Directory, Extension, ExtensionType, Interrupted, dependencies};
use crate::metadata::{Dependency, Metadata, Node};

use super::constraint::is_satisfiable;
use super::declared::{Declared, Part};
use super::{Available, Rule, Validator};

/// The rule.
pub(super) struct Dependencies;

/// Most versions that a message lists.
const MAX_VERSIONS: usize = 8;

impl Rule for Dependencies {
    fn name(&self) -> &'static str {
        "dependency"
    }

    fn description(&self) -> &'static str {
        "The extensions, programs and environment variables that the extension needs are there"
    }

    fn check(
        &self,
        directory: &Directory,
        validator: &Validator,
    ) -> Result<Vec<Diagnostic>, Interrupted> {
        let Some(metadata) = &directory.reading.metadata else {
            // Which must not look like success.
            return Ok(vec![
                Diagnostic::error(
                    Code::DependencyNotChecked,
                    "the dependencies cannot be checked, because the metadata have errors",
                )
                .with_file(&directory.path)
                .with_help("see them with: extension validate PATH --rule structure"),
            ]);
        };
        let (needed, problems) = dependencies(directory, &validator.evaluator)?;
        let mut findings: Vec<Diagnostic> = problems.into_iter().map(unknown).collect();
        let search = Search {
            user: &metadata.name,
            own: Own::of(directory, metadata),
            available: &validator.available,
        };
        for dependency in &needed {
            findings.extend(search.check(dependency, &Declared::find(dependency, directory)));
            // A search that was ended has not found what it might have.
            if validator.evaluator.limits().interrupt.is_triggered() {
                return Err(Interrupted);
            }
        }
        environment(metadata, validator, &mut findings);
        findings.extend(unread(directory, metadata));
        Ok(findings)
    }
}

/// What the version schema lists cannot be told. What is wrong with the schema itself is a matter of another rule.
fn unknown(problem: Diagnostic) -> Diagnostic {
    if problem.code == Code::InvalidValue {
        return problem;
    }
    let mut finding = Diagnostic::warning(
        Code::DependencyNotChecked,
        "the dependencies in the version schema are not known, because it cannot be evaluated",
    )
    .with_help("see why with: nickel eval FILE --field taskserv_version");
    finding.file = problem.file().map(Into::into);
    finding
}

/// Lists in which something cannot be read, and was not checked: what is wrong there is told by the rule `structure`.
fn unread(directory: &Directory, metadata: &Metadata) -> impl Iterator<Item = Diagnostic> {
    [
        "dependencies.extensions",
        "dependencies.system_packages",
        "configuration.required_env",
    ]
    .into_iter()
    .filter_map(|path| {
        let node = metadata.document.at(path)?;
        let inside = |finding: &Diagnostic| {
            finding.is_error()
                && finding.labels.first().is_some_and(|label| {
                    Arc::ptr_eq(&label.source, &node.source)
                        && (node.span.start..=node.span.end).contains(&label.span.start)
                })
        };
        directory.reading.findings.iter().any(inside).then(|| {
            Diagnostic::warning(
                Code::DependencyNotChecked,
                format!("a part of `{path}` cannot be read, and was not checked"),
            )
            .with_label(&node.source, node.span, "in here")
            .with_help("see what is wrong with: extension validate PATH --rule structure")
        })
    })
}

/// The extensions of the directory itself.
struct Own<'a> {
    directory: &'a Directory,
    metadata: &'a Metadata,
    /// Those of a bundle, or the one there is.
    members: Vec<(Option<ExtensionType>, &'a str)>,
}

impl<'a> Own<'a> {
    fn of(directory: &'a Directory, metadata: &'a Metadata) -> Self {
        let kind = match directory.extensions.as_slice() {
            [one] => Some(one.kind),
            _ => metadata.kind,
        };
        let members = if metadata.kind.is_none() && !metadata.provides.is_empty() {
            metadata
                .provides
                .iter()
                .map(|provided| (Some(provided.kind), provided.name.as_str()))
                .collect()
        } else {
            vec![(kind, metadata.name.as_str())]
        };
        Self {
            directory,
            metadata,
            members,
        }
    }

    fn fitting(&self, dependency: &Dependency) -> Vec<Option<ExtensionType>> {
        self.members
            .iter()
            .filter(|(kind, name)| {
                *name == dependency.name
                    && kind
                        .zip(dependency.kind)
                        .is_none_or(|(own, wanted)| own == wanted)
            })
            .map(|(kind, _)| *kind)
            .collect()
    }
}

/// An extension of the wanted name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    kind: ExtensionType,
    version: Version,
}

/// What was found on the way.
#[derive(Default)]
struct Seen<'a> {
    candidates: BTreeSet<Candidate>,
    /// What is in a bundle of the wanted name.
    bundle: BTreeSet<String>,
    names: BTreeSet<&'a str>,
    /// Why a place could not be looked at.
    problem: Option<&'a str>,
}

struct Search<'a> {
    user: &'a str,
    own: Own<'a>,
    available: &'a Available,
}

impl Search<'_> {
    fn check(&self, dependency: &Dependency, declared: &Declared) -> Option<Diagnostic> {
        let own = self.own.fitting(dependency);
        let is_bundle = self.own.members.len() > 1;
        let mut seen = Seen::default();
        if is_bundle {
            // The one of the bundle is as good as any other.
            let namesakes = self
                .own
                .members
                .iter()
                .filter(|(_, name)| *name == dependency.name);
            seen.candidates.extend(namesakes.filter_map(|(kind, _)| {
                Some(Candidate {
                    kind: (*kind)?,
                    version: self.own.metadata.version.clone(),
                })
            }));
            if self.is_met(dependency, &seen) {
                return self.ambiguity(dependency, declared, &own, &seen);
            }
        }
        for place in self.available.places() {
            match place {
                Ok(extensions) => self.look(dependency, extensions, &mut seen),
                Err(reason) => seen.problem = seen.problem.or(Some(reason)),
            }
            if self.is_met(dependency, &seen) {
                break;
            }
        }
        // Another extension of that name may be meant, as long as there is one.
        let others = self
            .of_wanted_type(dependency, &seen)
            .any(|candidate| !own.contains(&Some(candidate.kind)));
        let names_own = if is_bundle {
            dependency.name == self.user && own.is_empty()
        } else {
            !own.is_empty()
        };
        if names_own && !others {
            return Some(self.itself(dependency, declared));
        }
        if self.is_met(dependency, &seen) {
            return self.ambiguity(dependency, declared, &own, &seen);
        }
        Some(if let Some(reason) = seen.problem {
            let finding = Diagnostic::warning(
                Code::DependencyNotChecked,
                format!(
                    "whether {} is there cannot be told: {reason}",
                    wanted(dependency)
                ),
            );
            declared.label(finding, Part::Name, "not checked")
        } else if self.of_wanted_type(dependency, &seen).next().is_some() {
            self.versions(dependency, declared, &seen)
        } else if seen.candidates.is_empty() {
            self.missing(dependency, declared, &seen)
        } else {
            self.other_type(dependency, declared, &seen)
        })
    }

    fn look<'a>(&self, dependency: &Dependency, extensions: &'a [Extension], seen: &mut Seen<'a>) {
        let others = extensions
            .iter()
            .filter(|extension| extension.path != self.own.directory.path);
        for extension in others {
            seen.names.insert(&extension.name);
            if extension.package.as_deref() == Some(&dependency.name) {
                seen.bundle
                    .insert(format!("{} `{}`", extension.kind, extension.name));
            }
            // What is registered may be gone.
            if extension.name == dependency.name && extension.path.is_dir() {
                seen.candidates.insert(Candidate {
                    kind: extension.kind,
                    version: extension.version.clone(),
                });
            }
        }
    }

    fn of_wanted_type<'s>(
        &self,
        dependency: &Dependency,
        seen: &'s Seen<'_>,
    ) -> impl Iterator<Item = &'s Candidate> {
        let kind = dependency.kind;
        seen.candidates
            .iter()
            .filter(move |candidate| kind.is_none_or(|kind| kind == candidate.kind))
    }

    fn is_met(&self, dependency: &Dependency, seen: &Seen<'_>) -> bool {
        self.of_wanted_type(dependency, seen)
            .any(|candidate| fits(&dependency.constraint, &candidate.version))
    }

    /// A name that stands for extensions of several types does not say which is meant.
    fn ambiguity(
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

    fn itself(&self, dependency: &Dependency, declared: &Declared) -> Diagnostic {
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

    fn missing(&self, dependency: &Dependency, declared: &Declared, seen: &Seen<'_>) -> Diagnostic {
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

    fn other_type(
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

    fn versions(
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

/// Whether a version will do.
///
/// Any version does when nothing was said, even a pre-release. That no version at all can fit is told by the rule
/// `version`; here it is only asked whether the extension is there.
fn fits(constraint: &VersionReq, version: &Version) -> bool {
    *constraint == VersionReq::STAR || constraint.matches(version) || !is_satisfiable(constraint)
}

fn wanted(dependency: &Dependency) -> String {
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

/// Programs and environment variables.
fn environment(metadata: &Metadata, validator: &Validator, findings: &mut Vec<Diagnostic>) {
    let severity = if validator.strict_environment {
        Severity::Error
    } else {
        Severity::Warning
    };
    let user = &metadata.name;
    let mut lacks = |node: &Node, code, message, label: &str, help: String| {
        let mut finding = Diagnostic::warning(code, message)
            .with_label(&node.source, node.span, label)
            .with_help(help);
        finding.severity = severity;
        findings.push(finding);
    };
    for (name, node) in named(metadata, "dependencies.system_packages") {
        if !validator.environment.has_program(name) {
            lacks(
                node,
                Code::DependencyProgram,
                format!(
                    "no program called `{name}` was found, and `{user}` needs that system package"
                ),
                "not on PATH",
                "install it; if its programs have other names, name one of them instead".to_owned(),
            );
        }
    }
    for (name, node) in named(metadata, "configuration.required_env") {
        if !validator.environment.has_variable(name) {
            lacks(
                node,
                Code::DependencyVariable,
                format!("the environment variable `{name}` has no value, and `{user}` needs one"),
                "not set, or empty",
                format!("$env.{name} = \"...\""),
            );
        }
    }
}

/// The names in a list of the metadata, each once. What is no name at all is told by the rule `structure`.
fn named<'a>(metadata: &'a Metadata, path: &str) -> Vec<(&'a str, &'a Node)> {
    let mut known = BTreeSet::new();
    metadata
        .document
        .at(path)
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|node| Some((node.as_str()?.trim(), node)))
        .filter(|(name, _)| !name.is_empty() && !name.chars().any(is_unsafe_char))
        .filter(|(name, _)| known.insert(*name))
        .collect()
}

#[cfg(test)]
mod tests;
