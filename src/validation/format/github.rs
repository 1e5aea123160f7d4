//! Workflow commands of GitHub Actions: one line for each finding.
//!
//! `::error file=a/metadata.toml,line=2,endLine=2,col=8,endColumn=9,title=metadata::invalid-name::message`

use crate::diagnostic::safe_text;
use crate::validation::{Finding, Report};

use super::Document;
use super::place::{Artifact, Region};

pub(super) fn write(document: &Document<'_>) -> String {
    let lines: Vec<String> = document
        .reports
        .iter()
        .flat_map(|report| {
            report
                .findings
                .iter()
                .map(|finding| command(finding, report, document))
        })
        .collect();
    lines.join("\n")
}

fn command(finding: &Finding, report: &Report, document: &Document<'_>) -> String {
    let diagnostic = &finding.diagnostic;
    // A denied warning is what fails the run, so it has to look like it.
    let level = if diagnostic.is_error() || document.deny_warnings {
        "error"
    } else {
        "warning"
    };
    let file = Artifact::of_finding(diagnostic, report, document.base).path();
    let mut properties = vec![("file", file)];
    if let Some(label) = diagnostic.labels.first() {
        let region = Region::of(&label.source, label.span);
        properties.push(("line", region.start.line.to_string()));
        properties.push(("endLine", region.end.line.to_string()));
        // Columns are only understood within one line.
        if region.start.line == region.end.line {
            properties.push(("col", region.start.column.to_string()));
            properties.push(("endColumn", region.end.column.to_string()));
        }
    }
    properties.push(("title", diagnostic.code.to_string()));
    let properties: Vec<String> = properties
        .into_iter()
        .map(|(name, value)| format!("{name}={}", property(&value)))
        .collect();
    let mut text = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    format!("::{level} {}::{}", properties.join(","), data(&text))
}

/// Escapes what would end the command.
fn data(text: &str) -> String {
    safe_text(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes what would end a property, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_command_and_start_another() {
        assert_eq!(
            data("50%\n::error::x\r\u{1b}[2J"),
            "50%25%0A::error::x\\u{d}\\u{1b}[2J"
        );
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
