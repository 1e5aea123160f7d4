//! Components of a cluster: in which order they are deployed, what stands in the way, and pictures of it.
//!
//! The order is that of the source's resolver (CTP-44): waves of components whose dependencies are all in earlier
//! waves, in declaration order inside a wave. Unlike the source, every fault is told at once and told apart.

mod cycle;
mod fault;
pub mod picture;
mod taskservs;
mod version;
mod waves;

pub use fault::Fault;
pub use taskservs::{Completed, Offer, Request, Taskservs, leave_open};
pub use version::ComponentVersion;
pub use waves::{Placement, Resolution, resolve, reversed, sort};

use semver::VersionReq;

/// What a component needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// Name of another component.
    pub name: String,
    /// Versions of it that will do, when that was said (GAP-69).
    pub constraint: Option<VersionReq>,
}

/// The part of a component that decides its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: ComponentVersion,
    /// Whether it is deployed (CSC-24).
    pub enabled: bool,
    /// What it needs, in the order of declaration.
    pub needs: Vec<Need>,
}

impl Component {
    /// Returns an enabled component with the given dependencies.
    pub fn new(name: impl Into<String>, needs: &[&str]) -> Self {
        Self {
            name: name.into(),
            version: ComponentVersion::Missing,
            enabled: true,
            needs: needs
                .iter()
                .map(|name| Need {
                    name: (*name).to_owned(),
                    constraint: None,
                })
                .collect(),
        }
    }
}
