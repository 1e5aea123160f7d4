//! Constraints of every kind.

use super::super::tests::{lines, metadata, tree, validator};
use super::super::{Options, Validator};
use crate::diagnostic::render;

fn findings(rest: &str, schema: &str) -> (Vec<String>, String) {
    let text = format!("{}{rest}", metadata("app", "taskserv"));
    let (_home, root) = tree(
        "app",
        &[("metadata.toml", &text), ("schemas/version.ncl", schema)],
    );
    let options = Options {
        kind: None,
        rules: &["version".to_owned()],
        deny_warnings: false,
    };
    let report = Validator::validate(&validator(), &root, &options).unwrap();
    let shown = report
        .findings
        .iter()
        .map(|finding| render(&finding.diagnostic))
        .collect::<Vec<_>>()
        .join("\n\n")
        .replace(&root.display().to_string(), "[ROOT]");
    (
        lines(&root, &report).lines().map(str::to_owned).collect(),
        shown,
    )
}

#[test]
fn constraints_that_nothing_satisfies_are_told_wherever_they_stand() {
    let (_, shown) = findings(
        "[compatibility]\nprovisioning_version = \">3, <2\"\nnushell_version = \"=0.1.0, =0.2.0\"\nnickel_version = \">=1.15\"\n[dependencies]\nextensions = [\"one >=2, <1\", { name = \"two\", version = \"^1, ^2\" }]\n",
        "{ taskserv_version = { dependencies = [{ name = \"three\", version = \"<0.0.0\" }] } }",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn constraints_that_make_sense_are_left_alone() {
    for constraint in [
        "*",
        "1",
        "14.0",
        ">=1.6, <2",
        ">=1.0.0-rc.1",
        "=2.0.0-alpha",
        "~1.2",
        "1.*",
    ] {
        let (found, _) = findings(
            &format!(
                "[dependencies]\nextensions = [\"db {constraint}\", {{ name = \"web\", version = \"{constraint}\" }}]\n"
            ),
            "{}",
        );
        assert_eq!(found, [""; 0], "{constraint}");
    }
    for constraint in ["*", ">=0.100", "0.115", ">=0.115.0-rc.1, <1", "0.*"] {
        let (found, _) = findings(
            &format!("[compatibility]\nnushell_version = \"{constraint}\"\n"),
            "{}",
        );
        assert_eq!(found, [""; 0], "{constraint}");
    }
}

#[test]
fn the_contract_version_is_a_version_of_ours_or_before() {
    for (version, found) in [
        ("1.0.0", None),
        ("0.9.0", None),
        ("1", Some("version warning metadata::padded-version")),
        ("1.0.1", Some("version error version::incompatible")),
        ("2.0.0-rc.1", Some("version error version::incompatible")),
        ("v1.0.0", Some("version error metadata::invalid-version")),
        (">=1", Some("version error metadata::invalid-version")),
    ] {
        let (lines, _) = findings(
            &format!("[compatibility]\ncontract_version = \"{version}\"\n"),
            "{}",
        );
        let codes: Vec<&str> = lines
            .iter()
            .filter_map(|line| Some(line.rsplit_once(' ')?.0))
            .collect();
        assert_eq!(codes, found.into_iter().collect::<Vec<_>>(), "{version}");
    }
}
