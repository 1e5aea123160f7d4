//! What needs what, for the commands that show it.

use nu_protocol::{LabeledError, Spanned};
use provisioning::diagnostic::did_you_mean;
use provisioning::extension::ExtensionType;
use provisioning::resolver::{Needs, Preference, ResolveError};

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
        let asked = match name {
            None => None,
            Some(name) => {
                let input = nu_protocol::PipelineData::empty();
                let asked = Asked::read(context, vec![name.clone()], input, kind)?;
                Some((asked, name))
            }
        };
        let paths = asked.as_ref().map_or(&[][..], |(asked, _)| &asked.paths);
        Ok(Self {
            choice: Choice::new(context, paths)?,
            asked,
        })
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
            .flat_map(|request| {
                let mut places = needs.called(&request.name, request.kind);
                places.retain(|place| {
                    let version = &needs.extensions[*place].candidate.extension.version;
                    request.constraint.matches(version) || request.constraint.comparators.is_empty()
                });
                places
            })
            .collect()
    }

    /// Connects what was chosen for the extension that is asked for or, without a choice, everything; and says where the
    /// extension is.
    pub(super) fn chosen(&self) -> Result<(Needs, Vec<usize>), LabeledError> {
        let Some((asked, name)) = &self.asked else {
            let needs = self.all()?;
            let roots = needs.roots();
            return Ok((needs, roots));
        };
        match self.choice.of(&asked.requests, &Preference::default()) {
            Ok(chosen) => {
                let needs = Needs::of(chosen.into_iter().map(|one| one.candidate));
                let roots = asked_for(&needs, asked);
                Ok((needs, roots))
            }
            Err(error @ ResolveError::Conflict(_)) => {
                let needs = self.all()?;
                // Only the highest: a tree for each version says the same again and again.
                let mut places = self.places(&needs);
                places.dedup_by_key(|place| needs.extensions[*place].candidate.extension.kind);
                match places.is_empty() {
                    true if needs.called(&name.item, None).is_empty() => {
                        Err(not_there(&needs, name))
                    }
                    true => Err(self.choice.unresolved(&error, asked.span)),
                    false => Ok((needs, places)),
                }
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

/// Says that there is no extension of a name.
pub(super) fn not_there(needs: &Needs, name: &Spanned<String>) -> LabeledError {
    let known = needs
        .extensions
        .iter()
        .map(|one| one.candidate.extension.name.as_str());
    let help = did_you_mean(&name.item, known)
        .unwrap_or_else(|| "see what there is with: extension tree".to_owned());
    invalid(
        format!("there is no extension called `{}`", name.item),
        "neither registered nor found",
        name.span,
    )
    .with_help(help)
}
