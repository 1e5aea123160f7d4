//! The parts of a test run: what became of each and how long it took.

use std::time::{Duration, Instant};

use crate::{
    error::{Error, Result},
    output,
    tally::Tally,
};

/// What became of the parts that have run so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    parts: Vec<Part>,
}

/// One part of a test run.
#[derive(Debug)]
struct Part {
    name: String,
    passed: bool,
    tally: Option<Tally>,
    duration: Duration,
}

impl Report {
    /// Runs a part. Its failure is reported and remembered, and does not stop the parts after it.
    pub(crate) fn part(
        &mut self,
        name: &str,
        run: impl FnOnce() -> Result<Option<Tally>>,
    ) -> Result<()> {
        output::stage(name)?;
        let start = Instant::now();
        let result = run();
        if let Err(error) = &result {
            output::error(error);
        }
        self.record(name, result, start.elapsed())
    }

    /// Remembers how a part ended.
    fn record(
        &mut self,
        name: &str,
        result: Result<Option<Tally>>,
        duration: Duration,
    ) -> Result<()> {
        let passed = result.is_ok();
        let tally = match result {
            Ok(tally) | Err(Error::Suite { tally, .. }) => tally,
            // Nobody reads any more: there is no point in going on.
            Err(error @ Error::Output(_)) => return Err(error),
            Err(_) => None,
        };
        self.parts.push(Part {
            name: name.to_owned(),
            passed,
            tally,
            duration,
        });
        Ok(())
    }

    /// Tells whether every part passed, and there was at least one.
    pub(crate) fn passed(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| part.passed)
    }

    /// Returns one line per part, and a last one for them all; `verdict` words how a part ended.
    pub(crate) fn summary(&self, verdict: fn(bool) -> String) -> String {
        let width = |text: fn(&Part) -> String| {
            let lengths = self.parts.iter().map(|part| text(part).chars().count());
            lengths.max().unwrap_or_default()
        };
        let tally = |part: &Part| part.tally.map(|it| it.to_string()).unwrap_or_default();
        let (names, tallies) = (width(|part| part.name.clone()), width(tally));
        let mut lines: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                format!(
                    "{}  {:names$}  {:tallies$}  {:>9}",
                    verdict(part.passed),
                    part.name,
                    tally(part),
                    seconds(part.duration)
                )
            })
            .collect();
        let failed = self.parts.iter().filter(|part| !part.passed).count();
        let total = self.parts.iter().map(|part| part.duration).sum();
        lines.push(format!(
            "{} of {} parts passed in {}",
            self.parts.len() - failed,
            self.parts.len(),
            seconds(total)
        ));
        lines.join("\n")
    }
}

/// Returns a duration as people read it: `12.3 s`.
fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, tally: Option<Tally>, milliseconds: u64) -> Part {
        Part {
            name: name.into(),
            passed: tally.is_none_or(|tally| tally.failed == 0),
            tally,
            duration: Duration::from_millis(milliseconds),
        }
    }

    #[test]
    fn summary_has_a_line_per_part_and_a_last_one() {
        let tally = Some(Tally {
            passed: 9,
            failed: 1,
        });
        let report = Report {
            parts: vec![
                part("cargo test", None, 61_500),
                part("nu/tests/run.nu", tally, 240),
            ],
        };
        assert_eq!(
            report.summary(|passed| if passed { "passed" } else { "FAILED" }.into()),
            "passed  cargo test                              61.5 s\n\
             FAILED  nu/tests/run.nu  9 passed, 1 failed      0.2 s\n\
             1 of 2 parts passed in 61.7 s"
        );
        assert!(!report.passed());
    }

    #[test]
    fn failed_part_is_remembered_and_later_ones_still_count() -> Result<()> {
        let mut report = Report::default();
        let tally = Tally {
            passed: 2,
            failed: 1,
        };
        let failure = Error::Suite {
            script: "one".into(),
            detail: "made to fail".into(),
            tally: Some(tally),
        };
        report.record("one", Err(failure), Duration::ZERO)?;
        report.record("two", Ok(None), Duration::ZERO)?;
        let passed: Vec<bool> = report.parts.iter().map(|part| part.passed).collect();
        assert_eq!(passed, [false, true]);
        assert_eq!(report.parts[0].tally, Some(tally));
        assert!(!report.passed());
        Ok(())
    }

    #[test]
    fn closed_standard_output_ends_the_run() {
        let closed = Error::Output(std::io::ErrorKind::BrokenPipe.into());
        let mut report = Report::default();
        assert!(report.record("one", Err(closed), Duration::ZERO).is_err());
    }

    #[test]
    fn nothing_run_is_nothing_passed() {
        assert!(!Report::default().passed());
    }
}
