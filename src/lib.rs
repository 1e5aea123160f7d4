//! The provisioning library: extensions for infrastructure, and everything that can be known of them without running
//! them.
//!
//! It knows nothing of Nushell's plugin API; the plugin is one user of it.

pub mod diagnostic;
pub mod extension;
pub mod graph;
pub mod metadata;
pub mod nickel;
pub mod registry;
pub mod store;
pub mod validation;
