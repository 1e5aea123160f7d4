//! Runs with components that are only played.

mod fake;
mod left;
mod random;
mod runs;
