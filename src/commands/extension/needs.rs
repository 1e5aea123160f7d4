//! What needs what, for the commands that show it.

use std::path::PathBuf;

use nu_protocol::{LabeledError, Spanned};
use provisioning::diagnostic::{did_you_mean, safe_text};
use provisioning::extension::{ExtensionType, Host};
use provisioning::resolver::{Needs, Preference, Request, ResolveError};

use super::asked::Asked;
use crate::commands::choice::Choice;
use crate::shell::{Context, invalid};

/// The extensions there are, and the one that is asked for.
pub(super) struct Extensions<'a> {
    choice: Choice<'a>,
    asked: Option<(Asked, &'a Spanned<String>)>,
}

impl<'a> Extensions<'a> {
    /// Looks for every extension, beginning with the named one when that is a path.
    pub(super) fn of(
        context: &'a Context<'a>,
        name: Option<&'a Spanned<String>>,
        kind: Option<ExtensionType>,
    ) -> Result<Self, LabeledError> {
        Self::with(context, name, kind, &[])
    }

    /// Looks for every extension as [`Extensions::of`] does, in these directories too.
    pub(super) fn with(
        context: &'a Context<'a>,
        name: Option<&'a Spanned<String>>,
        kind: Option<ExtensionType>,
        more: &[PathBuf],
    ) -> Result<Self, LabeledError> {
        let asked = match name {
            None => None,
            Some(name) => Some((one(context, name, kind)?, name)),
        };
        let mut paths = more.to_vec();
        if let Some((asked, _)) = &asked {
            paths.extend_from_slice(&asked.paths);
        }
        Ok(Self {
            choice: Choice::new(context, &paths)?,
            asked,
        })
    }

    /// Returns the platform.
    pub(super) fn host(&self) -> &Host {
        &self.choice.host
    }

    /// Connects every extension there is.
    pub(super) fn all(&self) -> Result<Needs, LabeledError> {
        let all = self.choice.catalog.all();
        let all = all.map_err(|error| self.choice.unresolved(&error.into(), self.choice.head()))?;
        Ok(Needs::of(all))
    }

    /// Returns where the extension that is asked for is, in each version that will do, the highest first.
    pub(super) fn places(&self, needs: &Needs) -> Vec<usize> {
        let requests = self.asked.iter().flat_map(|(asked, _)| &asked.requests);
        requests
            .flat_map(|request| fitting(needs, request))
            .collect()
    }

    /// Says that what is asked for is not there.
    pub(super) fn not_there(&self, needs: &Needs) -> LabeledError {
        let requests = self.asked.iter().flat_map(|(asked, name)| {
            let requests = asked.requests.iter();
            requests.map(move |request| (request, *name))
        });
        match requests.last() {
            Some((request, name)) => not_there(needs, request, name),
            None => invalid("there are no extensions", "of these", self.choice.head()),
        }
    }

    /// Connects what was chosen for the extension that is asked for or, without a choice, everything; and says where the
    /// extension is.
    pub(super) fn chosen(&self) -> Result<(Needs, Vec<usize>), LabeledError> {
        let Some((asked, _)) = &self.asked else {
            let needs = self.all()?;
            let roots = needs.roots(None);
            return Ok((needs, roots));
        };
        match self.choice.of(&asked.requests, &Preference::default()) {
            Ok(chosen) => {
                let needs = Needs::of(chosen.into_iter().map(|one| one.candidate));
                let roots = asked_for(&needs, asked);
                Ok((needs, roots))
            }
            Err(ResolveError::Conflict(_)) => {
                let needs = self.all()?;
                // Only the highest: a tree for each version says the same again and again.
                let mut places = self.places(&needs);
                places.dedup_by_key(|place| needs.extensions[*place].candidate.extension.kind);
                if places.is_empty() {
                    return Err(self.not_there(&needs));
                }
                Ok((needs, places))
            }
            Err(other) => Err(self.choice.unresolved(&other, asked.span)),
        }
    }
}

/// Where the extensions are that were asked for; of a name without a type, the type that was chosen.
fn asked_for(needs: &Needs, asked: &Asked) -> Vec<usize> {
    let mut places: Vec<usize> = asked
        .requests
        .iter()
        .filter_map(|request| {
            let places = needs.called(&request.name, request.kind);
            let meant = |place: &&usize| {
                let extension = &needs.extensions[**place].candidate.extension;
                extension.kind == ExtensionType::Taskserv
            };
            places.iter().find(meant).or(places.first()).copied()
        })
        .collect();
    places.dedup();
    places
}

/// Reads one name or path.
pub(super) fn one(
    context: &Context<'_>,
    name: &Spanned<String>,
    kind: Option<ExtensionType>,
) -> Result<Asked, LabeledError> {
    let input = nu_protocol::PipelineData::empty();
    Asked::read(context, vec![name.clone()], input, kind)
}

/// Returns where an extension is that is asked for, in each version that will do, the highest first.
pub(super) fn fitting(needs: &Needs, request: &Request) -> Vec<usize> {
    let mut places = needs.called(&request.name, request.kind);
    places.retain(|place| {
        let version = &needs.extensions[*place].candidate.extension.version;
        request.constraint.matches(version) || request.constraint.comparators.is_empty()
    });
    places
}

/// Says that an extension is not there: of that name, of that type, or in a version that will do.
pub(super) fn not_there(needs: &Needs, request: &Request, given: &Spanned<String>) -> LabeledError {
    let name = &request.name;
    let of_name = needs.called(name, None);
    if of_name.is_empty() {
        let known = needs
            .extensions
            .iter()
            .map(|one| one.candidate.extension.name.as_str());
        let help = did_you_mean(name, known)
            .unwrap_or_else(|| "see what there is with: extension tree".to_owned());
        return invalid(
            format!("there is no extension called `{name}`"),
            "neither registered nor found",
            given.span,
        )
        .with_help(help);
    }
    let of_kind = needs.called(name, request.kind);
    let (message, label, there) = match request.kind {
        Some(kind) if of_kind.is_empty() => (
            format!("there is no {kind} called `{name}`"),
            "there as another type",
            of_name,
        ),
        _ => (
            format!("there is no `{name}` {}", request.constraint),
            "not in such a version",
            of_kind,
        ),
    };
    let there: Vec<String> = there
        .iter()
        .take(MAX_SHOWN)
        .map(|place| {
            let extension = &needs.extensions[*place].candidate.extension;
            format!("the {} {name} {}", extension.kind, extension.version)
        })
        .collect();
    invalid(message, label, given.span)
        .with_help(safe_text(&format!("there is {}", there.join(", "))))
}

/// Most versions that are told.
const MAX_SHOWN: usize = 10;
