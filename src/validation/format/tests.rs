//! Documents about made-up reports, held against the rules of their formats.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::diagnostic::{Code, Diagnostic, Source, Span};
use crate::extension::{ExtensionType, Kind};
use crate::validation::{Check, Finding, Status};

const BASE: &str = if cfg!(windows) { r"C:\work" } else { "/srv" };

fn path(relative: &str) -> PathBuf {
    relative
        .split('/')
        .fold(PathBuf::from(BASE), |path, part| path.join(part))
}

/// A report with one finding of each kind that formats have to tell apart.
fn faulty() -> Report {
    let root = path("my ext/100%");
    let shown = |file: &str| root.join(file).display().to_string();
    let metadata = Arc::new(Source::new(
        shown("metadata.toml"),
        "[extension]\nname = \"Ünd\"\nversion = \"1\"\n",
    ));
    let manifest = Arc::new(Source::new(
        shown("manifest.toml"),
        "[extension]\nname = \"other\"\n",
    ));
    let outside = Arc::new(Source::new(
        Path::new(BASE)
            .with_file_name("elsewhere")
            .join("a, b.nu")
            .display()
            .to_string(),
        "use std log\ndef a [] -> string {\n}\n",
    ));
    let findings = [
        (
            "structure",
            Diagnostic::error(Code::Conflict, "two <names> & \"one\" extension")
                .with_label(&metadata, Span::new(19, 25), "this")
                .with_label(&manifest, Span::new(19, 26), "and that, 100%")
                .with_help("keep one of them"),
        ),
        (
            "structure",
            Diagnostic::warning(Code::StructureRecommended, "`README.md` is missing")
                .with_file(root.join("README.md")),
        ),
        (
            "structure",
            Diagnostic::error(
                Code::UnknownType,
                "hostile\n::error::\u{1b}[31m ]]> \u{202e}\u{ffff}",
            ),
        ),
        (
            "version",
            Diagnostic::warning(Code::PaddedVersion, "`1` was read as 1.0.0")
                .with_label(&metadata, Span::new(36, 39), "")
                .with_help("write \"1.0.0\"")
                .with_edit(&metadata, Span::new(37, 38), "1.0.0"),
        ),
        (
            "version",
            Diagnostic::error(Code::NickelParse, "over two lines")
                .with_label(&outside, Span::new(12, 34), "from here on")
                .with_edit(&outside, Span::new(8, 11), "")
                .with_edit(&metadata, Span::new(0, 0), "# é\n"),
        ),
    ];
    Report {
        name: None,
        kind: Some(Kind::Single(ExtensionType::Taskserv)),
        version: Some(semver::Version::new(1, 0, 0)),
        path: root,
        valid: false,
        findings: findings
            .into_iter()
            .map(|(rule, diagnostic)| Finding { rule, diagnostic })
            .collect(),
        checks: vec![
            check("structure", Status::Failed, 3),
            check("version", Status::Failed, 2),
        ],
    }
}

fn sound() -> Report {
    Report {
        name: Some("app".to_owned()),
        kind: Some(Kind::Bundle),
        version: None,
        path: path("app"),
        valid: true,
        findings: Vec::new(),
        checks: vec![check("structure", Status::Passed, 0)],
    }
}

fn check(rule: &'static str, status: Status, findings: usize) -> Check {
    Check {
        rule,
        status,
        findings,
        duration: Duration::from_micros(1500),
    }
}

fn written(format: Format, deny_warnings: bool) -> String {
    format.write(&Document {
        reports: &[faulty(), sound()],
        base: Path::new(BASE),
        deny_warnings,
    })
}

/// The schema that is checked in; its README says where it comes from.
fn schema_faults(document: &Value) -> Option<String> {
    let text = include_str!("../../../tests/fixtures/sarif/sarif-schema-2.1.0.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("sarif.json", schema).unwrap();
    let mut schemas = boon::Schemas::new();
    let index = compiler.compile("sarif.json", &mut schemas).unwrap();
    let faults = schemas.validate(document, index).err()?.to_string();
    Some(faults)
}

#[test]
fn sarif_keeps_to_its_schema() {
    for reports in [&[][..], &[sound()], &[faulty(), sound(), faulty()]] {
        let text = Format::Sarif.write(&Document {
            reports,
            base: Path::new(BASE),
            deny_warnings: false,
        });
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema_faults(&document), None);
        let broken: Value =
            serde_json::from_str(&text.replace("\"version\": \"2.1.0\"", "\"version\": 2"))
                .unwrap();
        assert!(schema_faults(&broken).is_some());
    }
}

#[test]
fn every_code_has_a_rule_that_keeps_to_the_schema() {
    let mut report = sound();
    report.findings = Code::ALL
        .iter()
        .map(|code| Finding {
            rule: "structure",
            diagnostic: Diagnostic::error(*code, code.summary()),
        })
        .collect();
    let text = Format::Sarif.write(&Document {
        reports: &[report],
        base: Path::new(BASE),
        deny_warnings: false,
    });
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema_faults(&document), None);
    let run = &document["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].is_string(), "{rule}");
    }
}

#[cfg(unix)]
#[test]
fn the_documents_can_be_read() {
    let version = format!("ersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let sarif = written(Format::Sarif, false).replace(&version, "ersion\": \"[VERSION]\"");
    // The explanations have tests of their own.
    let mut sarif: Value = serde_json::from_str(&sarif).unwrap();
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array_mut()
        .unwrap()
    {
        rule.as_object_mut().unwrap().retain(|key, _| key == "id");
    }
    insta::assert_json_snapshot!("sarif", sarif);
    insta::assert_snapshot!("junit", written(Format::Junit, false));
    insta::assert_snapshot!("github", written(Format::Github, false));
}

#[test]
fn a_denied_warning_is_an_error_in_every_format() {
    assert!(!written(Format::Github, true).contains("::warning"));
    assert!(!written(Format::Sarif, true).contains("\"warning\""));
    assert!(!written(Format::Junit, true).contains("<system-out>"));
    assert!(written(Format::Junit, true).contains("3 findings, the first: two"));
}

#[test]
fn fingerprints_differ_and_do_not_depend_on_lines() {
    let prints = |reports: &[Report]| -> Vec<String> {
        let text = Format::Sarif.write(&Document {
            reports,
            base: Path::new(BASE),
            deny_warnings: false,
        });
        let document: Value = serde_json::from_str(&text).unwrap();
        let results = document["runs"][0]["results"].as_array().unwrap();
        results
            .iter()
            .map(|result| result["partialFingerprints"]["finding/v1"].to_string())
            .collect()
    };
    let before = prints(&[faulty(), faulty()]);
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(distinct.len(), before.len());
    let mut moved = faulty();
    for finding in &mut moved.findings {
        for label in &mut finding.diagnostic.labels {
            label.source = Arc::new(Source::new(
                label.source.name(),
                format!("\n\n{}", label.source.text()),
            ));
            label.span = Span::new(label.span.start + 2, label.span.end + 2);
        }
    }
    assert_eq!(prints(&[moved]), prints(&[faulty()]));
}

#[test]
fn words_are_those_of_the_formats() {
    assert_eq!(Format::ALL.map(Format::as_str), Format::WORDS);
    assert!("SARIF".parse::<Format>().is_err());
}
