//! Versions of Nushell: reading one, and telling which fit a plugin.

use std::{fmt, str::FromStr};

/// A version such as `0.115.1`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    /// What follows `-`, as in `0.115.2-nightly.3`; build metadata is dropped.
    pre: Option<String>,
}

/// All versions that speak one plugin protocol: `0.115.x`, or `1.x` once Nushell gets there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    major: u64,
    minor: u64,
}

/// The text is no version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoVersion;

impl Version {
    /// Returns the versions compatible with this one.
    pub(crate) fn line(&self) -> Line {
        Line {
            major: self.major,
            minor: self.minor,
        }
    }
}

impl Line {
    /// Tells whether a Nushell of that version runs a plugin of this line.
    ///
    /// Nushell compares with a caret rule, under which a pre-release fits nothing but itself.
    pub(crate) fn accepts(self, version: &Version) -> bool {
        version.pre.is_none()
            && version.major == self.major
            && (self.major > 0 || version.minor == self.minor)
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let text = text
            .split_once('+')
            .map_or(text, |(version, _build)| version);
        let (numbers, pre) = match text.split_once('-') {
            Some((_, "")) => return Err(NoVersion),
            Some((numbers, pre)) => (numbers, Some(pre.to_owned())),
            None => (text, None),
        };
        let mut parts = numbers.split('.').map(number);
        let mut next = || parts.next().unwrap_or(Err(NoVersion));
        let (major, minor, patch) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(NoVersion);
        }
        Ok(Self {
            major,
            minor,
            patch,
            pre,
        })
    }
}

/// Reads digits, and nothing but digits.
fn number(text: &str) -> Result<u64, NoVersion> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| NoVersion)
    } else {
        Err(NoVersion)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        match &self.pre {
            Some(pre) => write!(f, "-{pre}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.major {
            0 => write!(f, "0.{}.x", self.minor),
            major => write!(f, "{major}.x"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(found: &str, wanted: &str) -> Result<bool, NoVersion> {
        Ok(Version::from_str(wanted)?.line().accepts(&found.parse()?))
    }

    #[test]
    fn same_minor_is_compatible_before_one() -> Result<(), NoVersion> {
        assert!(fits("0.115.1", "0.115.1")?);
        assert!(fits("0.115.0", "0.115.1")?);
        assert!(fits("0.115.9", "0.115.1")?);
        assert!(!fits("0.114.1", "0.115.1")?);
        assert!(!fits("0.116.0", "0.115.1")?);
        assert!(!fits("1.115.1", "0.115.1")?);
        Ok(())
    }

    #[test]
    fn same_major_is_compatible_after_one() -> Result<(), NoVersion> {
        assert!(fits("1.4.0", "1.2.0")?);
        assert!(!fits("2.0.0", "1.2.0")?);
        assert!(!fits("0.2.0", "1.2.0")?);
        Ok(())
    }

    #[test]
    fn pre_release_is_never_compatible() -> Result<(), NoVersion> {
        assert!(!fits("0.115.2-nightly.1", "0.115.1")?);
        Ok(())
    }

    #[test]
    fn build_metadata_does_not_matter() -> Result<(), NoVersion> {
        assert!(fits("0.115.1+abc-1", "0.115.1")?);
        Ok(())
    }

    #[test]
    fn text_that_is_no_version_is_refused() {
        for text in [
            "",
            "nu",
            "0.115",
            "0.115.1.2",
            "0.115.x",
            "+1.2.3",
            "1.2.3-",
            "1.-2.3",
        ] {
            assert_eq!(Version::from_str(text), Err(NoVersion), "{text:?}");
        }
        assert_eq!(
            Version::from_str("0.115.99999999999999999999"),
            Err(NoVersion)
        );
    }

    #[test]
    fn versions_and_lines_print_as_they_are_written() -> Result<(), NoVersion> {
        for text in ["0.115.1", "1.2.3-rc.1"] {
            assert_eq!(Version::from_str(text)?.to_string(), text);
        }
        assert_eq!(Version::from_str("0.115.1")?.line().to_string(), "0.115.x");
        assert_eq!(Version::from_str("1.2.3")?.line().to_string(), "1.x");
        Ok(())
    }
}
