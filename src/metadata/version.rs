//! Versions and constraints as they stand in metadata.

use std::fmt;

use semver::{Version, VersionReq};

/// A version, and whether it had to be completed (`14.0` is read as `14.0.0`; GAP-32).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadVersion {
    /// The version.
    pub version: Version,
    /// Whether missing numbers were taken as zero.
    pub padded: bool,
}

/// Reads a version; one or two numbers are completed with zeros.
///
/// # Errors
/// The reason, with a way to write it when one is evident.
pub fn read_version(text: &str) -> Result<ReadVersion, String> {
    let problem = match Version::parse(text) {
        Ok(version) => {
            return Ok(ReadVersion {
                version,
                padded: false,
            });
        }
        Err(problem) => problem,
    };
    let (numbers, rest) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let count = numbers.split('.').count();
    if count < 3
        && numbers
            .split('.')
            .all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        && let Ok(version) = Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(3 - count)))
    {
        return Ok(ReadVersion {
            version,
            padded: true,
        });
    }
    if let Some(bare) = text.strip_prefix(['v', 'V'])
        && Version::parse(bare).is_ok()
    {
        return Err(format!("write it without the `v`: `{bare}`"));
    }
    Err(problem.to_string())
}

/// Reads a constraint such as `>=1.6.0`, `^2` or `>=1.2, <2`; a bare version means `^`.
///
/// # Errors
/// The reason, in words.
pub fn read_constraint(text: &str) -> Result<VersionReq, String> {
    if text.contains("||") {
        return Err("`||` is not known; write one range, such as `>=1, <3`".to_owned());
    }
    VersionReq::parse(text).map_err(|problem| problem.to_string())
}

/// A version as asked for on a command line.
///
/// A full version means exactly that one, `latest` the highest that is not a pre-release, anything else is a range
/// (GAP-31).
#[derive(Clone, Debug, PartialEq)]
pub enum VersionRequest {
    /// The highest version; a pre-release only when there is nothing else.
    Latest,
    /// Exactly this version.
    Exact(Version),
    /// The highest version in a range.
    Range(VersionReq),
}

impl VersionRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(VersionRequest::Latest);
        }
        if let Ok(version) = Version::parse(text) {
            return Ok(VersionRequest::Exact(version));
        }
        VersionReq::parse(text)
            .map(VersionRequest::Range)
            .map_err(|problem| problem.to_string())
    }

    /// Returns the best of the versions, or none.
    pub fn select<'a>(
        &self,
        versions: impl IntoIterator<Item = &'a Version>,
    ) -> Option<&'a Version> {
        let versions = versions.into_iter();
        match self {
            // Releases sort above pre-releases of any number; inside each the highest wins.
            VersionRequest::Latest => {
                versions.max_by_key(|version| (version.pre.is_empty(), *version))
            }
            VersionRequest::Exact(wanted) => {
                versions.into_iter().find(|version| *version == wanted)
            }
            VersionRequest::Range(range) => versions.filter(|version| range.matches(version)).max(),
        }
    }

    /// Whether a version fits the request, whatever else there is.
    pub fn accepts(&self, version: &Version) -> bool {
        match self {
            VersionRequest::Latest => true,
            VersionRequest::Exact(wanted) => wanted == version,
            VersionRequest::Range(range) => range.matches(version),
        }
    }
}

/// As it is written on a command line. Exact versions have no `=`.
impl fmt::Display for VersionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VersionRequest::Latest => f.write_str("latest"),
            VersionRequest::Exact(version) => version.fmt(f),
            VersionRequest::Range(range) => range.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_get_a_range_to_write() {
        let reason = read_constraint("^1 || ^2").unwrap_err();
        assert!(reason.contains(">=1, <3"), "{reason}");
    }

    #[test]
    fn short_versions_are_completed() {
        for (text, full) in [
            ("14.0", "14.0.0"),
            ("3", "3.0.0"),
            ("1.2-rc.1", "1.2.0-rc.1"),
        ] {
            let read = read_version(text);
            assert_eq!(
                read.map(|read| (read.version.to_string(), read.padded)),
                Ok((full.to_owned(), true))
            );
        }
    }

    #[test]
    fn a_leading_v_gets_the_form_to_write() {
        assert_eq!(
            read_version("v1.2.3"),
            Err("write it without the `v`: `1.2.3`".to_owned())
        );
        assert!(read_version("latest").is_err());
        assert!(read_version("1.2.3.4").is_err());
        assert!(read_version("1..2").is_err());
    }

    #[test]
    fn latest_is_the_highest_release() {
        let versions: Vec<Version> = ["1.2.0", "2.0.0-rc.1", "1.10.0"]
            .iter()
            .filter_map(|text| Version::parse(text).ok())
            .collect();
        let latest = |versions| {
            VersionRequest::Latest
                .select(versions)
                .map(ToString::to_string)
        };
        assert_eq!(latest(&versions).as_deref(), Some("1.10.0"));
        assert_eq!(
            latest(&versions[1..2].to_vec()).as_deref(),
            Some("2.0.0-rc.1")
        );
    }

    #[test]
    fn a_full_version_is_exact_and_a_partial_one_a_range() {
        let version = Version::new(1, 29, 0);
        assert_eq!(
            VersionRequest::read("1.28.0").map(|r| r.accepts(&version)),
            Ok(false)
        );
        assert_eq!(
            VersionRequest::read("1.28").map(|r| r.accepts(&version)),
            Ok(true)
        );
        assert!(VersionRequest::read(">=").is_err());
    }
}
