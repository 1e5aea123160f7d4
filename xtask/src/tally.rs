//! The closing line of a test script: "12 passed, 0 failed".

use std::fmt;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    /// The number of tests that passed.
    pub(crate) passed: u64,
    /// The number of tests that failed.
    pub(crate) failed: u64,
}

impl Tally {
    /// Reads the closing line of what a script printed, if it has one.
    pub(crate) fn closing(output: &str) -> Option<Self> {
        let plain = without_colours(output);
        let last = plain
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty())?;
        let (passed, failed) = last.trim_end_matches('.').split_once(" passed, ")?;
        Some(Self {
            passed: passed.parse().ok()?,
            failed: failed.strip_suffix(" failed")?.parse().ok()?,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Returns `text` without the terminal's colour codes (`ESC [ ... m`).
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_code, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_line_is_the_last_that_is_not_blank() {
        let output = "ok one\n3 passed, 0 failed\nok two\n\n2 passed, 1 failed\n \n";
        let expected = Tally {
            passed: 2,
            failed: 1,
        };
        assert_eq!(Tally::closing(output), Some(expected));
        assert_eq!(expected.to_string(), "2 passed, 1 failed");
    }

    #[test]
    fn colours_do_not_hide_the_closing_line() {
        let output = "\x1b[32m2 passed\x1b[0m, \x1b[1;31m0 failed\x1b[0m";
        assert_eq!(
            Tally::closing(output),
            Some(Tally {
                passed: 2,
                failed: 0
            })
        );
    }

    #[test]
    fn anything_else_is_no_closing_line() {
        for output in [
            "",
            "ok",
            "all passed, none failed",
            "1 passed",
            "1 passed, 0 failed, 2 skipped",
        ] {
            assert_eq!(Tally::closing(output), None, "{output:?}");
        }
    }
}
