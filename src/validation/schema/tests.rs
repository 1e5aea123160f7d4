//! What is found in schema files, one fixture for each row of the inventory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Severity, render};
use crate::extension::{Directory, Host};
use crate::nickel::{Evaluator, Interrupt, Limits};
use crate::validation::{Options, RULES, Report, Validator};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas")
}

fn validator() -> Validator {
    Validator::new(
        Host::with_nushell(semver::Version::new(0, 115, 1)),
        Evaluator::default(),
    )
}

/// An extension `a` of that type with these schemas.
fn tree(kind: &str, schemas: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap().join("a");
    fs::create_dir_all(root.join("schemas")).unwrap();
    fs::write(
        root.join("metadata.toml"),
        format!("[extension]\nname = \"a\"\ntype = \"{kind}\"\nversion = \"1.0.0\"\n"),
    )
    .unwrap();
    for (name, text) in schemas {
        let path = root.join("schemas").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    (home, root)
}

fn report(root: &Path) -> Report {
    let rules = ["schema".to_owned()];
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    validator().validate(root, &options).unwrap()
}

/// Everything found, as people read it.
fn shown(root: &Path) -> String {
    let report = report(root);
    let all: Vec<String> = report
        .findings
        .iter()
        .map(|finding| render(&finding.diagnostic))
        .collect();
    all.join("\n\n")
        .replace(&format!("{}/", root.display()), "")
}

/// What is found in one schema, as people read it.
fn found(kind: &str, file: &str, text: &str) -> String {
    let (_home, root) = tree(kind, &[(file, text)]);
    shown(&root)
}

/// The codes of what is found, one a line, with severity and place.
fn codes(kind: &str, schemas: &[(&str, &str)]) -> Vec<String> {
    let (_home, root) = tree(kind, schemas);
    report(&root)
        .findings
        .iter()
        .map(|finding| {
            let found = &finding.diagnostic;
            let mark = match found.severity {
                Severity::Error => "",
                Severity::Warning => "warning ",
            };
            let file = found.file().unwrap_or_default();
            let file = file.rsplit('/').next().unwrap_or_default();
            match found.location() {
                Some(at) => format!("{mark}{} {file}:{}:{}", found.code, at.line, at.column),
                None => format!("{mark}{} {file}", found.code),
            }
        })
        .collect()
}

#[test]
fn every_row_of_the_inventory_is_told() {
    let mut files: Vec<PathBuf> = fixtures()
        .join("ncl")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 15, "{files:?}");
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let (kind, own) = match name.as_str() {
            "ncl-10" => ("taskserv", "version.ncl"),
            "ncl-09" | "ncl-11" | "ncl-13" => ("cluster", "cluster.ncl"),
            _ => ("provider", "settings.ncl"),
        };
        insta::with_settings!({ description => text.clone(), omit_expression => true }, {
            insta::assert_snapshot!(name, found(kind, own, &text));
        });
    }
}
