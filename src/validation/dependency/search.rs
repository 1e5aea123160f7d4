//! Where an extension that another one needs may be.

use std::collections::BTreeSet;

use semver::{Version, VersionReq};

use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, Extension, ExtensionType};
use crate::metadata::{Dependency, Metadata};
use crate::validation::Available;
use crate::validation::constraint::is_satisfiable;
use crate::validation::declared::{Declared, Part};

use super::findings::wanted;

/// The extensions of the directory itself.
pub(super) struct Own<'a> {
    directory: &'a Directory,
    metadata: &'a Metadata,
    /// Those of a bundle, or the one there is.
    members: Vec<(Option<ExtensionType>, &'a str)>,
}

impl<'a> Own<'a> {
    pub(super) fn of(directory: &'a Directory, metadata: &'a Metadata) -> Self {
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
pub(super) struct Candidate {
    pub(super) kind: ExtensionType,
    pub(super) version: Version,
}

/// What was found on the way.
#[derive(Default)]
pub(super) struct Seen<'a> {
    pub(super) candidates: BTreeSet<Candidate>,
    /// What is in a bundle of the wanted name.
    pub(super) bundle: BTreeSet<String>,
    pub(super) names: BTreeSet<&'a str>,
    /// Why a place could not be looked at.
    problem: Option<&'a str>,
}

pub(super) struct Search<'a> {
    pub(super) user: &'a str,
    pub(super) own: Own<'a>,
    pub(super) available: &'a Available,
}

impl Search<'_> {
    pub(super) fn check(&self, dependency: &Dependency, declared: &Declared) -> Option<Diagnostic> {
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

    pub(super) fn of_wanted_type<'s>(
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
}

/// Whether a version will do.
///
/// Any version does when nothing was said, even a pre-release. That no version at all can fit is told by the rule
/// `version`; here it is only asked whether the extension is there.
fn fits(constraint: &VersionReq, version: &Version) -> bool {
    *constraint == VersionReq::STAR || constraint.matches(version) || !is_satisfiable(constraint)
}
