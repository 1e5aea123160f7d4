//! JUnit XML: a suite for each extension, a case for each rule.
//!
//! A rule that finds errors has failed. What it only warns of stands in the output of its case.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, render, safe_text};
use crate::validation::{Check, Report};

use super::Document;

pub(super) fn write(document: &Document<'_>) -> String {
    let mut suites = String::new();
    let mut total = Counts::default();
    for report in document.reports {
        let (suite, counts) = suite(report, document.deny_warnings);
        suites.push_str(&suite);
        total.add(counts);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"extension validate\" {}>\n{suites}</testsuites>",
        total.attributes()
    )
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    time: Duration,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.time += other.time;
    }

    fn attributes(self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{}\"",
            self.tests,
            self.failures,
            seconds(self.time)
        )
    }
}

fn suite(report: &Report, deny_warnings: bool) -> (String, Counts) {
    let folder = || {
        report
            .path
            .file_name()
            .unwrap_or(report.path.as_os_str())
            .to_string_lossy()
            .into_owned()
    };
    let name = report.name.clone().unwrap_or_else(folder);
    // Two extensions of one name differ in their types.
    let class = match report.kind {
        Some(kind) => format!("{kind}.{name}"),
        None => name,
    };
    let mut counts = Counts::default();
    let mut cases = String::new();
    for check in &report.checks {
        let (case, has_failed) = case(report, check, &class, deny_warnings);
        cases.push_str(&case);
        counts.add(Counts {
            tests: 1,
            failures: usize::from(has_failed),
            time: check.duration,
        });
    }
    let mut properties = format!(
        "      <property name=\"path\" value=\"{}\"/>\n",
        attribute(&report.path.to_string_lossy())
    );
    if let Some(version) = &report.version {
        // Writing to a String cannot fail.
        let _ = writeln!(
            properties,
            "      <property name=\"version\" value=\"{}\"/>",
            attribute(&version.to_string())
        );
    }
    let suite = format!(
        "  <testsuite name=\"{}\" {} skipped=\"0\">\n    <properties>\n{properties}    </properties>\n{cases}  </testsuite>\n",
        attribute(&class),
        counts.attributes()
    );
    (suite, counts)
}

/// Returns the case of a rule, and whether it has failed.
fn case(report: &Report, check: &Check, class: &str, deny_warnings: bool) -> (String, bool) {
    let (failing, passing): (Vec<&Diagnostic>, Vec<&Diagnostic>) = report
        .findings
        .iter()
        .filter(|finding| finding.rule == check.rule)
        .map(|finding| &finding.diagnostic)
        .partition(|diagnostic| deny_warnings || diagnostic.is_error());
    let mut content = String::new();
    if let Some(first) = failing.first() {
        let message = match failing.as_slice() {
            [one] => one.message.clone(),
            all => format!("{} findings, the first: {}", all.len(), first.message),
        };
        let _ = writeln!(
            content,
            "      <failure type=\"{}\" message=\"{}\">{}</failure>",
            attribute(first.code.as_str()),
            attribute(&message),
            text(&rendered(&failing))
        );
    }
    if !passing.is_empty() {
        let _ = writeln!(
            content,
            "      <system-out>{}</system-out>",
            text(&rendered(&passing))
        );
    }
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        attribute(class),
        attribute(check.rule),
        seconds(check.duration)
    );
    let case = if content.is_empty() {
        format!("{head}/>\n")
    } else {
        format!("{head}>\n{content}    </testcase>\n")
    };
    (case, !failing.is_empty())
}

fn rendered(findings: &[&Diagnostic]) -> String {
    let texts: Vec<String> = findings.iter().map(|finding| render(finding)).collect();
    texts.join("\n\n")
}

fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}

/// Returns what a text is written as between tags.
fn text(text: &str) -> String {
    escaped(text, false)
}

/// Returns what a text is written as in an attribute, where a parser would make spaces of line breaks.
fn attribute(text: &str) -> String {
    escaped(text, true)
}

fn escaped(text: &str, in_attribute: bool) -> String {
    let text: Cow<'_, str> = safe_text(text);
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            // `]]>` may not stand in a text.
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\n' if in_attribute => xml.push_str("&#10;"),
            '\t' if in_attribute => xml.push_str("&#9;"),
            // The control characters, which XML cannot hold even as references, are gone already; these are left.
            '\u{FFFE}' | '\u{FFFF}' => {
                let _ = write!(xml, "\\u{{{:x}}}", u32::from(c));
            }
            c => xml.push(c),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether XML 1.0 can hold a character.
    fn is_xml(c: char) -> bool {
        matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
    }

    #[test]
    fn what_xml_cannot_hold_is_spelled_out() {
        assert_eq!(
            text("<a b=\"c\">&]]> \u{0}\u{1b}\u{ffff}\n"),
            "&lt;a b=&quot;c&quot;&gt;&amp;]]&gt; \\u{0}\\u{1b}\\u{ffff}\n"
        );
        assert_eq!(attribute("a\n\tb"), "a&#10;&#9;b");
    }

    proptest! {
        #[test]
        fn nothing_ends_its_text(given in any::<String>()) {
            for xml in [text(&given), attribute(&given)] {
                prop_assert!(xml.chars().all(|c| is_xml(c) && !"<>\"".contains(c)));
            }
            prop_assert!(!attribute(&given).contains(['\n', '\t', '\r']));
        }
    }
}
