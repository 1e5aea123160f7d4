//! Who did what to the registry and to extensions, and how it went (SEC-04, SEC-09).
//!
//! Records are only ever appended. Each holds a hash over itself and the hash of the one before it, and the head of the chain
//! holds the last of them, so that a record that was changed, removed or moved is told ([`verify`]). Triggers in the database
//! refuse changes; they are there against accidents. Whoever owns the file can write a chain of their own.
//!
//! When there are more records than are to be kept, the oldest give way to one that says what they were (`seal.rs`).

mod entry;
mod log;
mod record;
mod seal;
mod verify;
mod who;

pub use entry::{Entry, Operation};
pub use log::{DEFAULT_KEEP, Log, MIN_KEEP};
pub use record::{Filter, Record, first_of_last, page};
pub use seal::SEALED;
pub use verify::{Broken, BrokenChain, Fault, Verification, verify};
pub use who::who_is_here;

#[cfg(test)]
mod tests;
