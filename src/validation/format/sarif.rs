//! SARIF 2.1.0, the format of code scanning.
//!
//! Rules are the codes that were found, with their explanations. Places are relative to the base where they are below it.
//! Columns count characters. The fingerprint of a finding stays the same when lines move.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic, Edit, Examples, Label, Severity, safe_text};
use crate::validation::{Finding, Report};

use super::Document;
use super::place::{Artifact, Region, file_uri};

/// Where the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What `uriBaseId` calls the base.
const BASE: &str = "BASE";

/// What the fingerprints are called, with the version of how they are made.
const FINGERPRINT: &str = "finding/v1";

pub(super) fn write(document: &Document<'_>) -> String {
    let findings = || {
        document
            .reports
            .iter()
            .flat_map(|report| report.findings.iter().map(move |finding| (report, finding)))
    };
    let codes: BTreeSet<Code> = findings()
        .map(|(_, finding)| finding.diagnostic.code)
        .collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = findings()
        .map(|(report, finding)| result(finding, report, document, &codes, &mut seen))
        .collect();
    let mut base = file_uri(document.base);
    if !base.ends_with('/') {
        base.push('/');
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {BASE: {"uri": base}},
            "results": results,
        }],
    });
    // Values of JSON can always be written.
    serde_json::to_string_pretty(&log).unwrap_or_default()
}

/// A code, with its explanation as text and as Markdown.
fn rule(code: Code) -> Value {
    let mut rule = json!({
        "id": code.as_str(),
        "shortDescription": {"text": code.summary()},
    });
    let Some(explanation) = code.explanation() else {
        return rule;
    };
    rule["fullDescription"] = json!({"text": explanation.text});
    let (text, markdown) = match &explanation.examples {
        Examples::Shown { wrong, right } => (
            format!(
                "{}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}",
                explanation.text
            ),
            format!(
                "{}\n\nWrong:\n\n```\n{wrong}\n```\n\nRight:\n\n```\n{right}\n```\n",
                explanation.text
            ),
        ),
        Examples::NotShown(_) => (explanation.text.to_owned(), explanation.text.to_owned()),
    };
    rule["help"] = json!({"text": text, "markdown": markdown});
    rule
}

fn result(
    finding: &Finding,
    report: &Report,
    document: &Document<'_>,
    codes: &[Code],
    seen: &mut BTreeMap<String, usize>,
) -> Value {
    let diagnostic = &finding.diagnostic;
    let level = match diagnostic.severity {
        _ if document.deny_warnings => "error",
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut message = safe_text(&diagnostic.message).into_owned();
    if let Some(help) = &diagnostic.help {
        // Writing to a String cannot fail.
        let _ = write!(message, "\nhelp: {}", safe_text(help));
    }
    let artifact = Artifact::of_finding(diagnostic, report, document.base);
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "ruleIndex": codes.iter().position(|code| *code == diagnostic.code),
        "level": level,
        "message": {"text": message},
        "locations": [location(&artifact, diagnostic.labels.first())],
        "partialFingerprints": {FINGERPRINT: fingerprint(diagnostic, &artifact, seen)},
        "properties": {"rule": finding.rule},
    });
    if let Some(name) = &report.name {
        result["properties"]["extension"] = safe_text(name).into();
    }
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .skip(1)
        .map(|label| {
            let artifact = Artifact::of_source(&label.source, report, document.base);
            location(&artifact, Some(label))
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if !diagnostic.fix.is_empty() {
        result["fixes"] = json!([fix(diagnostic, report, document)]);
    }
    result
}

fn location(artifact: &Artifact, label: Option<&Label>) -> Value {
    let mut location =
        json!({"physicalLocation": {"artifactLocation": artifact_location(artifact)}});
    if let Some(label) = label {
        location["physicalLocation"]["region"] = region(Region::of(&label.source, label.span));
        if !label.text.is_empty() {
            location["message"] = json!({"text": safe_text(&label.text)});
        }
    }
    location
}

fn artifact_location(artifact: &Artifact) -> Value {
    match artifact {
        Artifact::Below(_) => json!({"uri": artifact.uri(), "uriBaseId": BASE}),
        Artifact::Elsewhere(_) => json!({"uri": artifact.uri()}),
    }
}

fn region(region: Region) -> Value {
    json!({
        "startLine": region.start.line,
        "startColumn": region.start.column,
        "endLine": region.end.line,
        "endColumn": region.end.column,
    })
}

/// The edits of a finding: together they are one way to solve it.
fn fix(diagnostic: &Diagnostic, report: &Report, document: &Document<'_>) -> Value {
    let mut files: BTreeMap<Artifact, Vec<&Edit>> = BTreeMap::new();
    for edit in &diagnostic.fix {
        let artifact = Artifact::of_source(&edit.source, report, document.base);
        files.entry(artifact).or_default().push(edit);
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(artifact, edits)| {
            let replacements: Vec<Value> = edits.into_iter().map(replacement).collect();
            json!({
                "artifactLocation": artifact_location(&artifact),
                "replacements": replacements,
            })
        })
        .collect();
    let mut fix = Map::new();
    if let Some(help) = &diagnostic.help {
        fix.insert("description".to_owned(), json!({"text": safe_text(help)}));
    }
    fix.insert("artifactChanges".to_owned(), changes.into());
    Value::Object(fix)
}

fn replacement(edit: &Edit) -> Value {
    let mut replacement = json!({"deletedRegion": region(Region::of(&edit.source, edit.span))});
    if !edit.replacement.is_empty() {
        // Not made harmless: this is what is to be written.
        replacement["insertedContent"] = json!({"text": edit.replacement});
    }
    replacement
}

/// Returns what tells a finding from the others, whatever its line is: code, file and message; then the number among those
/// for which all of this is the same. What is underlined is left out: it may be a secret, and can be guessed from a hash.
fn fingerprint(
    diagnostic: &Diagnostic,
    artifact: &Artifact,
    seen: &mut BTreeMap<String, usize>,
) -> String {
    let mut hash = Sha256::new();
    for part in [
        diagnostic.code.as_str(),
        &artifact.path(),
        &diagnostic.message,
    ] {
        hash.update(part.as_bytes());
        // No part holds this byte, so that none runs into the next.
        hash.update([0xFF]);
    }
    let mut text = String::new();
    for byte in hash.finalize().iter().take(16) {
        let _ = write!(text, "{byte:02x}");
    }
    let number = seen.entry(text.clone()).or_default();
    *number += 1;
    format!("{text}:{number}")
}
