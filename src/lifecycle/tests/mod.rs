//! Runs with components that are only played.

mod fake;
mod random;
mod runs;
