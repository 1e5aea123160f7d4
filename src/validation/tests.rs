//! Validation of real trees.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::extension::Kind;

fn validator() -> Validator {
    Validator::new(
        Host::with_nushell(semver::Version::new(0, 115, 1)),
        Evaluator::default(),
    )
}

/// A directory called `name` with the given files; a name that ends in `/` is a folder.
fn tree(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
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

fn report(root: &Path, rules: &[&str]) -> Report {
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    validator().validate(root, &options).unwrap()
}

/// The findings, one a line, without the temporary directory.
fn lines(root: &Path, report: &Report) -> String {
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

fn metadata(name: &str, kind: &str) -> String {
    format!("[extension]\nname = \"{name}\"\ntype = \"{kind}\"\nversion = \"1.0.0\"\n")
}

const DOCS: [(&str, &str); 5] = [
    ("README.md", ""),
    ("API.md", ""),
    ("EXAMPLES.md", ""),
    ("CHANGELOG.md", ""),
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
        let mut files = vec![
            ("metadata.toml", metadata.as_str()),
            (schema.as_str(), "{}"),
            ("nulib/mod.nu", ""),
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
            ("README.md", ""),
            ("docs/API.md", ""),
            ("CHANGELOG.md", ""),
            ("examples/", ""),
            ("templates/", ""),
            ("tests/", ""),
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
    let mut files = vec![
        (
            "extension.toml",
            "[extension]\nname = \"a\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
        ),
        ("src/schemas/version.ncl", "{}"),
        ("src/nulib/mod.nu", ""),
        ("src/templates/", ""),
        ("src/generate/", ""),
    ];
    files.extend(DOCS);
    let (_home, root) = tree("a-1.0.0", &files);
    assert_eq!(lines(&root, &report(&root, &[])), "");
}

#[test]
fn kcl_schemas_are_accepted_with_a_warning() {
    let metadata = format!(
        "{}[compatibility]\nkcl_version = \">=0.11.0\"\n",
        metadata("a", "taskserv")
    );
    let mut files = vec![
        ("metadata.toml", metadata.as_str()),
        ("kcl.mod", ""),
        ("kcl/settings.k", ""),
        ("nulib/mod.nu", ""),
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
    for rule in RULE_NAMES {
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
