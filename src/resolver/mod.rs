//! Versions: which extensions of which version satisfy every constraint at once, and why there are none when there are none.
//!
//! The search is PubGrub's, which ends with a proof when there is no solution; [`explain`] puts the proof into sentences about
//! the user's own files, and looks for the smallest edit that helps.

mod error;
mod explain;
mod known;
mod lock;
mod needs;
mod outdated;
mod question;
mod solve;
mod source;
mod suggest;
mod versions;

pub use error::{Change, Conflict, Fact, ResolveError, Suggestion};
pub use lock::{Deviation, Exact, Lock, LockChange, LockError, Locked, WhatChanged, verify};
pub use needs::{
    Direction, MAX_DEPTH, Need, Needing, Needs, Standing, Tree, Unmet, Wrong, drawn_trees, unfit,
};
pub use outdated::{Outdated, outdated, raise};
pub use question::{Avoided, Chosen, Order, Preference, Request, RequestedBy, Stop, Tool};
pub use source::{Candidate, Catalog, Origin, Source, SourceError};
pub use versions::{Versions, exactly};

use crate::extension::Host;

/// Chooses one version of each extension that is asked for and of everything that these need, so that every constraint is
/// satisfied, also those on the platform. Sorted by type and name.
///
/// # Errors
/// There is no such choice, and why; or the search was stopped: `stop` is asked again and again.
pub fn resolve(
    requests: &[Request],
    source: &dyn Source,
    host: &Host,
    preference: &Preference,
    stop: &dyn Fn() -> Option<Stop>,
) -> Result<Vec<Chosen>, ResolveError> {
    let problem = solve::Problem::new(source, host, requests, preference, stop);
    problem
        .solve()
        .map_err(|unsolved| explain::error(unsolved, &problem))
}

/// As [`resolve`], for questions whose answer nobody acts upon: a conflict comes without suggestions, which take time.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_without_advice(
    requests: &[Request],
    source: &dyn Source,
    host: &Host,
    preference: &Preference,
    stop: &dyn Fn() -> Option<Stop>,
) -> Result<Vec<Chosen>, ResolveError> {
    let mut problem = solve::Problem::new(source, host, requests, preference, stop);
    problem.is_advised = false;
    problem
        .solve()
        .map_err(|unsolved| explain::error(unsolved, &problem))
}

#[cfg(test)]
mod tests;
