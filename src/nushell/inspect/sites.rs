//! Which call a place belongs to.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use nu_protocol::ast::Expr;

use super::definitions::new_blocks;
use super::outcome::Place;
use super::parse::Found;
use super::walk;

/// The calls of the files that may be shown, those around others first.
pub(super) struct Sites(Vec<Site>);

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site {
    /// From its first word to its last argument.
    pub(super) place: Place,
    /// The signature of what is called, when a file defines it.
    pub(super) signature: Option<Place>,
}

impl Sites {
    pub(super) fn of(found: &Found<'_, '_>) -> Self {
        let mut all = Vec::new();
        for block in new_blocks(found.set) {
            walk::expressions(block, &mut |expression| {
                let Expr::Call(call) = &expression.expr else {
                    return;
                };
                let Some(place) = found.texts.place(expression.span) else {
                    return;
                };
                let body = found.set.get_decl(call.decl_id).block_id();
                let definition = body.and_then(|body| found.definitions.get(body));
                let signature =
                    definition.and_then(|definition| found.texts.place(definition.head));
                all.push(Site { place, signature });
            });
        }
        all.sort_by_key(|Site { place, .. }| (place.file, place.start, Reverse(place.end)));
        Self(all)
    }

    /// Returns the innermost call around each place. What is missing at the end of a call belongs to it.
    pub(super) fn around(&self, places: &BTreeSet<Place>) -> BTreeMap<Place, Site> {
        let mut calls = self.0.iter().copied().peekable();
        let mut open: Vec<Site> = Vec::new();
        let mut around = BTreeMap::new();
        let is_over =
            |site: &Site, file: usize, at: usize| site.place.file != file || site.place.end < at;
        for place in places {
            let has_begun =
                |site: &Site| (site.place.file, site.place.start) <= (place.file, place.start);
            while let Some(next) = calls.next_if(has_begun) {
                let Place { file, start, .. } = next.place;
                while open.pop_if(|last| is_over(last, file, start)).is_some() {}
                open.push(next);
            }
            while open
                .pop_if(|last| is_over(last, place.file, place.start))
                .is_some()
            {}
            if let Some(site) = open.last() {
                around.insert(*place, *site);
            }
        }
        around
    }
}
