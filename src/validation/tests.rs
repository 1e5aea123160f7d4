//! Validation of real trees.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::diagnostic::render;
use crate::extension::{Contract, Kind};

pub(super) fn validator() -> Validator {
    Validator::new(
        Host::with_nushell(semver::Version::new(0, 115, 1)),
        Evaluator::default(),
        Inspector::default(),
    )
}

/// A directory called `name` with the given files; a name that ends in `/` is a folder.
pub(super) fn tree(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap().join(name);
    fs::create_dir_all(&root).unwrap();
    for (file, content) in files {
        let path = root.join(file);
        if file.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
    (home, root)
}

pub(super) fn report(root: &Path, rules: &[&str]) -> Report {
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    validator().validate(root, &options).unwrap()
}

/// The findings, one a line, without the temporary directory.
pub(super) fn lines(root: &Path, report: &Report) -> String {
    let root = format!("{}/", root.display());
    report
        .findings
        .iter()
        .map(|finding| {
            let diagnostic = &finding.diagnostic;
            let place = diagnostic
                .location()
                .map(|at| format!(":{}:{}", at.line, at.column))
                .unwrap_or_default();
            format!(
                "{} {} {} {}{place}",
                finding.rule,
                diagnostic.severity,
                diagnostic.code,
                diagnostic.file().unwrap_or_default(),
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
        .replace(&root, "")
}

pub(super) fn metadata(name: &str, kind: &str) -> String {
    format!("[extension]\nname = \"{name}\"\ntype = \"{kind}\"\nversion = \"1.0.0\"\n")
}

/// A module that offers everything of a type.
pub(super) fn module(kind: ExtensionType) -> String {
    let contract = Contract::of(kind);
    let all = contract.operations.iter().chain(contract.helpers);
    let definitions: Vec<String> = all
        .map(|operation| {
            let body = match operation.output {
                "record" => "{}",
                "string" => "\"\"",
                "nothing" => "",
                _ => "[]",
            };
            format!("{} {body} }}", operation.signature())
        })
        .collect();
    definitions.join("\n\n")
}
const README: &str = "# a\nWhat it is.\n## Installation\n## Usage\n";
const API: &str = "# a API\n## Overview\n## Installation\n## Configuration\n## API Reference\n## Examples\n## Troubleshooting\n";

const DOCS: [(&str, &str); 5] = [
    ("README.md", README),
    ("API.md", API),
    ("EXAMPLES.md", "# Examples\n"),
    ("CHANGELOG.md", "# Changes\n"),
    ("tests/unit_tests.nu", ""),
];

const PARTS: [(&str, &str); 2] = [("templates/config.j2", ""), ("generate/generate.nu", "")];

#[test]
fn a_complete_extension_of_each_type_has_no_findings() {
    for (kind, schema) in [
        ("provider", "settings.ncl"),
        ("taskserv", "version.ncl"),
        ("cluster", "cluster.ncl"),
    ] {
        let metadata = metadata("a", kind);
        let schema = format!("schemas/{schema}");
        let module = module(kind.parse().unwrap());
        let mut files = vec![
            ("metadata.toml", metadata.as_str()),
            (schema.as_str(), "{}"),
            ("nulib/mod.nu", module.as_str()),
        ];
        files.extend(DOCS);
        files.extend(PARTS);
        if kind == "provider" {
            files.extend([
                ("nulib/create.nu", ""),
                ("nulib/delete.nu", ""),
                ("nulib/utils.nu", ""),
            ]);
        }
        let (_home, root) = tree("a", &files);
        let report = report(&root, &[]);
        assert_eq!(lines(&root, &report), "", "{kind}");
        assert!(report.valid);
        assert!(
            report
                .checks
                .iter()
                .all(|check| check.status == Status::Passed)
        );
    }
}

#[test]
fn everything_missing_from_a_bare_provider_is_named() {
    let (_home, root) = tree("a", &[("metadata.toml", &metadata("a", "provider"))]);
    let report = report(&root, &[]);
    assert!(!report.valid);
    insta::assert_snapshot!(lines(&root, &report));
}

#[test]
fn a_bundle_needs_a_module_for_each_type_it_provides() {
    let (_home, root) = tree(
        "pack",
        &[
            (
                "extension.toml",
                "[extension]\nname = \"pack\"\nversion = \"1.0.0\"\n[provides]\nproviders = [\"cloud\"]\ntaskservs = [\"db\"]\n",
            ),
            ("nulib/providers/mod.nu", ""),
            ("schemas/cloud.ncl", "{}"),
            ("README.md", README),
            ("docs/API.md", API),
            ("CHANGELOG.md", "1.0.0"),
            ("examples/one.nu", ""),
            ("templates/a.j2", ""),
            ("tests/a.nu", ""),
        ],
    );
    let report = report(&root, &["structure"]);
    assert_eq!(report.kind, Some(Kind::Bundle));
    assert_eq!(
        lines(&root, &report),
        "structure error structure::missing nulib/taskservs/mod.nu"
    );
}

#[test]
fn a_package_keeps_its_parts_below_src() {
    let module = module(ExtensionType::Taskserv);
    let mut files = vec![
        (
            "extension.toml",
            "[extension]\nname = \"a\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
        ),
        ("src/schemas/version.ncl", "{}"),
        ("src/nulib/mod.nu", module.as_str()),
        ("src/templates/a.j2", ""),
        ("src/generate/generate.nu", ""),
        ("LICENSE", "MIT"),
    ];
    files.extend(DOCS);
    let (_home, root) = tree("a-1.0.0", &files);
    assert_eq!(lines(&root, &report(&root, &[])), "");
}

#[test]
fn documents_and_folders_that_say_nothing_are_told() {
    let metadata = format!(
        "{}[build]\ninclude = [\"nulib/**\", \"assets/*.png\", \"NOTICE\", \"**/*.nu\", \"schemas\"]\n",
        metadata("a", "taskserv")
    );
    let (_home, root) = tree(
        "a",
        &[
            ("metadata.toml", &metadata),
            ("schemas/version.ncl", "{}"),
            ("nulib/mod.nu", ""),
            ("README.md", "Only a few words.\n"),
            ("docs/API.md", "# a API\n\n## Overview\n\n## Operations\n"),
            ("examples/", ""),
            ("CHANGELOG.md", " \n\t\n"),
            ("tests/deep/er/", ""),
            ("templates/", ""),
            ("generate/README.md", "Nothing yet."),
        ],
    );
    let shown: Vec<String> = report(&root, &["structure"])
        .findings
        .iter()
        .map(|finding| render(&finding.diagnostic))
        .collect();
    insta::assert_snapshot!(
        shown
            .join("\n\n")
            .replace(&format!("{}/", root.display()), "")
    );
}

#[cfg(unix)]
#[test]
fn documents_outside_of_the_extension_are_not_read() {
    let (home, root) = tree("a", &[("metadata.toml", &metadata("a", "template"))]);
    fs::write(home.path().join("secret.md"), "").unwrap();
    std::os::unix::fs::symlink(home.path().join("secret.md"), root.join("README.md")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", root.join("API.md")).unwrap();
    let lines = lines(&root, &report(&root, &["structure"]));
    assert!(
        !lines.contains("README") && !lines.contains("API"),
        "{lines}"
    );
}

#[test]
fn kcl_schemas_are_accepted_with_a_warning() {
    let metadata = format!(
        "{}[compatibility]\nkcl_version = \">=0.11.0\"\n",
        metadata("a", "taskserv")
    );
    let module = module(ExtensionType::Taskserv);
    let mut files = vec![
        ("metadata.toml", metadata.as_str()),
        ("kcl.mod", ""),
        ("kcl/settings.k", ""),
        ("nulib/mod.nu", module.as_str()),
    ];
    files.extend(DOCS);
    files.extend(PARTS);
    let (_home, root) = tree("a", &files);
    let report = report(&root, &[]);
    assert!(report.valid);
    assert_eq!(
        lines(&root, &report),
        "structure warning structure::legacy-kcl kcl\nversion warning version::not-checked metadata.toml:6:15"
    );
}

#[test]
fn a_template_needs_neither_operations_nor_schemas() {
    let metadata = metadata("a", "template");
    let mut files = vec![("metadata.toml", metadata.as_str()), ("templates/x.j2", "")];
    files.extend(DOCS);
    let (_home, root) = tree("a", &files);
    assert_eq!(lines(&root, &report(&root, &[])), "");
}

#[test]
fn the_directory_should_have_the_extensions_name() {
    for (directory, found) in [("other", true), ("a", false), ("a-1.0.0", false)] {
        let (_home, root) = tree(directory, &[("metadata.toml", &metadata("a", "template"))]);
        let lines = lines(&root, &report(&root, &["structure"]));
        assert_eq!(
            lines.contains("structure::name-mismatch"),
            found,
            "{directory}"
        );
    }
}

#[test]
fn versions_of_the_platform_are_compared() {
    let (_home, root) = tree(
        "a",
        &[(
            "metadata.toml",
            &format!(
                "{}[compatibility]\nprovisioning_version = \">=3.0.0\"\nnushell_version = \">=0.107.0\"\nnickel_version = \"<1.18\"\n",
                metadata("a", "provider")
            ),
        )],
    );
    let report = report(&root, &["version"]);
    assert_eq!(
        lines(&root, &report),
        "version error version::incompatible metadata.toml:6:24\nversion error version::incompatible metadata.toml:8:18"
    );
    assert_eq!(report.checks.len(), 1);
}

#[test]
fn unreadable_metadata_fail_every_rule() {
    let (_home, root) = tree("a", &[("metadata.toml", "[extension\n")]);
    // Files can be looked at without knowing what they belong to.
    for rule in RULE_NAMES
        .iter()
        .filter(|rule| !["security", "template"].contains(rule))
    {
        let report = report(&root, &[rule]);
        assert!(!report.valid, "{rule}");
        assert_eq!(report.name, None);
    }
    let (_home, empty) = tree("b", &[]);
    assert_eq!(
        lines(&empty, &report(&empty, &["structure"]))
            .lines()
            .count(),
        1
    );
}

#[test]
fn warnings_can_be_denied() {
    let (_home, root) = tree("a", &[("metadata.toml", &metadata("a", "template"))]);
    let options = |deny_warnings| Options {
        kind: None,
        rules: &[],
        deny_warnings,
    };
    assert!(validator().validate(&root, &options(false)).unwrap().valid);
    assert!(!validator().validate(&root, &options(true)).unwrap().valid);
}

#[test]
fn the_list_of_names_is_the_list_of_rules() {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name()).collect();
    assert_eq!(names, RULE_NAMES);
    assert!(RULES.iter().all(|rule| !rule.description().is_empty()));
}
