//! Runs with components that are only played.

mod alterations;
mod fake;
mod left;
mod random;
mod runs;
