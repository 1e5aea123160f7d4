//! The platform that extensions run on.

use semver::{BuildMetadata, Prerelease, Version, VersionReq};

/// Level of the provisioning API: what `compatibility.provisioning_version` is compared with (GAP-34).
///
/// It says which operations, records and conventions extensions can count on, and changes apart from releases.
pub const API_LEVEL: Version = Version::new(2, 0, 0);

/// Version of the interface contracts: the lists of operations that providers, taskservs and clusters implement.
pub const CONTRACT_VERSION: Version = Version::new(1, 0, 0);

/// The versions that an extension's constraints are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The running Nushell.
    pub nushell: Version,
    /// The Nickel language that is built in.
    pub nickel: Version,
    /// The provisioning API.
    pub provisioning: Version,
}

impl Host {
    /// Returns this program's host with the given Nushell.
    pub fn with_nushell(nushell: Version) -> Self {
        Self {
            nushell,
            nickel: crate::nickel::NICKEL_VERSION,
            provisioning: API_LEVEL,
        }
    }

    /// Whether a version of the platform fits a constraint.
    ///
    /// A nightly build counts as the release it leads to; by the letter of semantic versioning it would fit nothing.
    pub fn fits(constraint: &VersionReq, version: &Version) -> bool {
        let release = Version {
            pre: Prerelease::EMPTY,
            build: BuildMetadata::EMPTY,
            ..version.clone()
        };
        constraint.matches(&release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nightly_counts_as_its_release() {
        let nightly = Version::parse("0.116.0-nightly.3").unwrap();
        assert!(Host::fits(
            &VersionReq::parse(">=0.107.0").unwrap(),
            &nightly
        ));
        assert!(!Host::fits(
            &VersionReq::parse(">=0.117.0").unwrap(),
            &nightly
        ));
    }
}
