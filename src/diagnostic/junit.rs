//! JUnit XML, which programs that build and test show as a report.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use super::safe_text;

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Suites {
    /// What made it.
    pub name: String,
    /// Its parts.
    pub suites: Vec<Suite>,
}

/// A part of a report.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// What else there is to know of it.
    pub properties: Vec<(String, String)>,
    /// What was tried.
    pub cases: Vec<Case>,
}

/// One thing that was tried.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// What it belongs to.
    pub class: String,
    /// Its name.
    pub name: String,
    /// The file that it stands in, where that is known.
    pub file: Option<String>,
    /// What it took.
    pub time: Duration,
    /// Why it has failed.
    pub failure: Option<Failure>,
    /// Whether it was left out.
    pub is_skipped: bool,
    /// What it has printed.
    pub output: String,
}

/// Why something has failed.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// The kind, such as a code.
    pub kind: String,
    /// In one sentence.
    pub message: String,
    /// In full.
    pub text: String,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    skipped: usize,
    time: Duration,
}

impl Counts {
    fn of(suite: &Suite) -> Self {
        let mut counts = Self::default();
        for case in &suite.cases {
            counts.tests += 1;
            counts.failures += usize::from(case.failure.is_some());
            counts.skipped += usize::from(case.is_skipped);
            counts.time += case.time;
        }
        counts
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

impl Suites {
    /// Returns the document. It does not end in a line break.
    pub fn write(&self) -> String {
        let mut total = Counts::default();
        let mut suites = String::new();
        for suite in &self.suites {
            let counts = Counts::of(suite);
            total.tests += counts.tests;
            total.failures += counts.failures;
            total.time += counts.time;
            suite.write(counts, &mut suites);
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuites name=\"{}\" {}>\n{suites}</testsuites>",
            attribute(&self.name),
            total.attributes()
        )
    }
}

// Writing to a String cannot fail.
impl Suite {
    fn write(&self, counts: Counts, xml: &mut String) {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" {} skipped=\"{}\">\n    <properties>",
            attribute(&self.name),
            counts.attributes(),
            counts.skipped
        );
        for (name, value) in &self.properties {
            let _ = writeln!(
                xml,
                "      <property name=\"{}\" value=\"{}\"/>",
                attribute(name),
                attribute(value)
            );
        }
        xml.push_str("    </properties>\n");
        for case in &self.cases {
            case.write(xml);
        }
        xml.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn write(&self, xml: &mut String) {
        let mut content = String::new();
        if let Some(failure) = &self.failure {
            let _ = writeln!(
                content,
                "      <failure type=\"{}\" message=\"{}\">{}</failure>",
                attribute(&failure.kind),
                attribute(&failure.message),
                text(&failure.text)
            );
        }
        if self.is_skipped {
            content.push_str("      <skipped/>\n");
        }
        if !self.output.is_empty() {
            let _ = writeln!(
                content,
                "      <system-out>{}</system-out>",
                text(&self.output)
            );
        }
        let _ = write!(
            xml,
            "    <testcase classname=\"{}\" name=\"{}\"",
            attribute(&self.class),
            attribute(&self.name)
        );
        if let Some(file) = &self.file {
            let _ = write!(xml, " file=\"{}\"", attribute(file));
        }
        let _ = write!(xml, " time=\"{}\"", seconds(self.time));
        if content.is_empty() {
            xml.push_str("/>\n");
        } else {
            let _ = write!(xml, ">\n{content}    </testcase>\n");
        }
    }
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
