//! What a source has, sorted once for the solver, which asks for the same again and again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use semver::Version;

use super::source::{Candidate, Source, SourceError, meant};
use super::versions::plain;
use crate::extension::ExtensionType;

/// A version of an extension.
pub(super) struct Offer {
    /// The version without build metadata, which do not tell versions apart.
    pub(super) version: Version,
    pub(super) candidate: Arc<Candidate>,
}

/// Everything of one name.
pub(super) struct Named {
    pub(super) all: Vec<Arc<Candidate>>,
    /// What the name means without a type, or the types it could mean.
    pub(super) meant: Result<Option<ExtensionType>, Vec<ExtensionType>>,
    /// Of each type, the versions from the lowest to the highest.
    kinds: Vec<(ExtensionType, Vec<Offer>)>,
}

impl Named {
    fn of(all: Vec<Arc<Candidate>>) -> Self {
        let mut kinds: Vec<(ExtensionType, Vec<Offer>)> = Vec::new();
        for candidate in &all {
            let kind = candidate.extension.kind;
            let offer = Offer {
                version: plain(&candidate.extension.version),
                candidate: Arc::clone(candidate),
            };
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, offers)) => offers.push(offer),
                None => kinds.push((kind, vec![offer])),
            }
        }
        for (_, offers) in &mut kinds {
            // Of several builds of a version, the one counts that was named, or registered, or else the last one.
            offers.sort_by(|a, b| {
                let of = |offer: &Offer| offer.candidate.extension.version.clone();
                a.version
                    .cmp(&b.version)
                    .then(a.candidate.origin.cmp(&b.candidate.origin))
                    .then_with(|| of(b).cmp(&of(a)))
            });
            offers.dedup_by(|later, first| later.version == first.version);
        }
        Self {
            meant: meant(&all),
            all,
            kinds,
        }
    }

    /// Returns the versions of a type, the lowest first.
    pub(super) fn of_kind(&self, kind: Option<ExtensionType>) -> &[Offer] {
        kind.and_then(|kind| self.kinds.iter().find(|(known, _)| *known == kind))
            .map_or(&[], |(_, offers)| offers)
    }

    /// Returns the candidate of a version.
    pub(super) fn candidate(
        &self,
        kind: Option<ExtensionType>,
        version: &Version,
    ) -> Option<&Arc<Candidate>> {
        let offers = self.of_kind(kind);
        let at = offers
            .binary_search_by(|offer| offer.version.cmp(version))
            .ok()?;
        Some(&offers[at].candidate)
    }
}

/// What a source has, as far as it was asked for.
pub(super) struct Known<'a> {
    source: &'a dyn Source,
    names: RefCell<HashMap<Arc<str>, Rc<Named>>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self {
            source,
            names: RefCell::default(),
        }
    }

    /// Returns everything of a name.
    ///
    /// # Errors
    /// The source cannot be looked into.
    pub(super) fn named(&self, name: &str) -> Result<Rc<Named>, SourceError> {
        if let Some(known) = self.names.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(Named::of(self.source.named(name)?));
        self.names
            .borrow_mut()
            .insert(Arc::from(name), Rc::clone(&found));
        Ok(found)
    }
}
