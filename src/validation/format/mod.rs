//! Reports in the formats of other programs: SARIF for code scanning, JUnit for test reports, workflow commands for GitHub.
//!
//! Several reports give one document. Text out of extensions is made harmless here as it is everywhere: what a terminal
//! could interpret is written as `\u{..}`.

mod github;
mod junit;
mod place;
mod sarif;

use std::path::Path;
use std::str::FromStr;

use super::Report;

/// A format of another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// SARIF 2.1.0, which code scanning reads.
    Sarif,
    /// JUnit XML, which shows checks as tests.
    Junit,
    /// Workflow commands, which GitHub Actions shows beside the lines of a change.
    Github,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 3] = [Format::Sarif, Format::Junit, Format::Github];

    /// The words for them, for completion and messages.
    pub const WORDS: [&'static str; 3] = ["sarif", "junit", "github"];

    /// Returns the word for the format.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Github => "github",
        }
    }

    /// Returns the reports as one document. It does not end in a line break.
    pub fn write(self, document: &Document<'_>) -> String {
        match self {
            Format::Sarif => sarif::write(document),
            Format::Junit => junit::write(document),
            Format::Github => github::write(document),
        }
    }
}

impl FromStr for Format {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Format::ALL
            .into_iter()
            .find(|format| format.as_str() == word)
            .ok_or(())
    }
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The reports, in the order in which they are written.
    pub reports: &'a [Report],
    /// The directory in which relative paths start: that of the repository, usually.
    pub base: &'a Path,
    /// Whether a warning counts as a failure.
    pub deny_warnings: bool,
}

#[cfg(test)]
mod tests;
