//! What is asked for, and what is answered.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use semver::{Version, VersionReq};

use super::source::Candidate;
use crate::extension::{ExtensionType, Host};

/// Something that is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// Its type; without one, what the name means.
    pub kind: Option<ExtensionType>,
    /// The versions that will do.
    pub constraint: VersionReq,
}

/// Which of the versions that fit is taken.
#[derive(Clone, Debug, Default)]
pub struct Preference {
    /// Versions that are taken if they fit.
    pub keep: BTreeMap<(ExtensionType, String), Version>,
    /// Which of the others.
    pub order: Order,
}

/// Which end of the versions that fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The highest; a pre-release only when nothing else fits.
    #[default]
    Highest,
    /// The lowest.
    Lowest,
}

impl From<Order> for Preference {
    fn from(order: Order) -> Self {
        Self {
            keep: BTreeMap::new(),
            order,
        }
    }
}

/// One extension that was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The extension.
    pub candidate: Arc<Candidate>,
    /// Who needs it, and which versions of it; sorted. Nobody, when only the caller asked for it.
    pub requested_by: Vec<RequestedBy>,
    /// Higher versions that everybody would take, and that do not work with this platform; the highest first.
    pub avoided: Vec<Avoided>,
}

/// A version that does not work with this platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avoided {
    /// The version.
    pub version: Version,
    /// The part of the platform.
    pub tool: Tool,
    /// The versions of it that would do.
    pub constraint: VersionReq,
    /// The version of it that there is.
    pub found: Version,
}

impl fmt::Display for Avoided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            tool,
            constraint,
            found,
        } = self;
        let tool = tool.as_str();
        write!(
            f,
            "{version} needs {tool} {constraint}, and this is {found}"
        )
    }
}

/// Who needs an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedBy {
    /// The extension that needs it; none for the caller.
    pub extension: Option<(ExtensionType, String, Version)>,
    /// The versions that will do.
    pub constraint: VersionReq,
    /// Where that is written.
    pub origin: String,
}

/// A part of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// The running Nushell.
    Nushell,
    /// The Nickel that is built in.
    Nickel,
    /// The provisioning API.
    Provisioning,
}

impl Tool {
    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Tool::Nushell => "Nushell",
            Tool::Nickel => "Nickel",
            Tool::Provisioning => "the provisioning API",
        }
    }

    pub(super) fn version(self, host: &Host) -> &Version {
        match self {
            Tool::Nushell => &host.nushell,
            Tool::Nickel => &host.nickel,
            Tool::Provisioning => &host.provisioning,
        }
    }
}

/// Why a search is stopped before it has an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The caller has lost interest.
    Interrupted,
    /// It takes too long: some problems have no answer that can be found in time.
    TimedOut,
}
