//! What is there and what is not, with real trees.

use std::path::Path;

use semver::Version;

use super::super::tests::{tree, validator};
use super::super::{Available, Environment, Options, RULES};
use super::*;
use crate::diagnostic::render;
use crate::extension::{Extension, ExtensionType};
use crate::nickel::Evaluator;
use crate::nushell::Inspector;

fn extension(kind: ExtensionType, name: &str, version: &str) -> Extension {
    Extension {
        kind,
        name: name.to_owned(),
        version: Version::parse(version).unwrap(),
        // A directory that is there.
        path: std::env::temp_dir(),
        package: None,
        description: None,
        dependencies: Vec::new(),
    }
}

fn metadata(kind: &str, rest: &str) -> String {
    format!("[extension]\nname = \"app\"\n{kind}version = \"1.0.0\"\n{rest}")
}

const TASKSERV: &str = "type = \"taskserv\"\n";

fn with(available: Vec<Extension>) -> Validator {
    Validator {
        available: Available::these(available),
        environment: Environment::new([], []),
        ..validator()
    }
}

/// The findings of this rule as people read them.
fn shown(root: &Path, validator: &Validator) -> String {
    let options = Options {
        kind: None,
        rules: &["dependency".to_owned()],
        deny_warnings: false,
    };
    let report = validator.validate(root, &options).unwrap();
    report
        .findings
        .iter()
        .map(|finding| render(&finding.diagnostic))
        .collect::<Vec<_>>()
        .join("\n\n")
        .replace(&root.display().to_string(), "[ROOT]")
}

fn codes(list: &str, available: Vec<Extension>) -> Vec<&'static str> {
    let text = metadata(
        TASKSERV,
        &format!("[dependencies]\nextensions = [{list}]\n"),
    );
    let (_home, root) = tree("app", &[("metadata.toml", &text)]);
    let directory = Directory::open(&root, None).unwrap();
    Dependencies
        .check(&directory, &with(available))
        .unwrap()
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

use ExtensionType::{Cluster, Provider, Taskserv};

#[test]
fn everything_that_is_missing_is_told_at_once_on_its_text() {
    let text = metadata(
        TASKSERV,
        r#"[dependencies]
extensions = [
    "containrd >=1.6.0",
    "containerd >=2, <3",
    { name = "registry", version = "^9", type = "taskserv" },
    { name = "etcd", type = "provider" },
    "buildkit",
    "app",
    "stack",
    "  nowhere@1.2  ",
]
"#,
    );
    let (_home, root) = tree("app", &[("metadata.toml", &text)]);
    let mut bundled = extension(Provider, "cloud", "1.0.0");
    bundled.package = Some("stack".to_owned());
    let available = vec![
        extension(Taskserv, "containerd", "1.7.0"),
        extension(Taskserv, "containerd", "1.6.0"),
        extension(Taskserv, "registry", "9.0.0-rc.1"),
        extension(Taskserv, "etcd", "3.5.0"),
        extension(Taskserv, "buildkit", "0.12.0"),
        extension(Cluster, "buildkit", "1.0.0"),
        bundled,
    ];
    insta::assert_snapshot!(shown(&root, &with(available)));
}

#[test]
fn what_fits_has_no_findings() {
    for (list, version) in [
        ("\"db\"", "0.1.0"),
        ("\"db >=1.6\"", "1.6.0"),
        ("\"db@1.6\"", "1.9.0"),
        ("\"db *\"", "3.0.0"),
        ("{ name = \"db\", version = \"\" }", "1.0.0"),
        ("{ name = \"db\", type = \"taskserv\" }", "1.0.0"),
        // Nothing was said of the version: what there is will do.
        ("\"db\"", "2.0.0-rc.1"),
        ("\"db >=2.0.0-rc.1\"", "2.0.0-rc.2"),
        // Told by the rule `version`.
        ("\"db >=2, <1\"", "1.0.0"),
    ] {
        let found = codes(list, vec![extension(Taskserv, "db", version)]);
        assert!(found.is_empty(), "{list} {version}: {found:?}");
    }
}

#[test]
fn what_does_not_fit_is_told_apart() {
    for (list, found) in [
        ("\"db >=2\"", "dependency::version"),
        ("\"db >=1.9.0\"", "dependency::version"),
        ("{ name = \"db\", type = \"cluster\" }", "dependency::type"),
        ("\"dc\"", "dependency::missing"),
        ("\"none >=2, <1\"", "dependency::missing"),
        ("\"app\"", "dependency::itself"),
        (
            "{ name = \"app\", type = \"taskserv\" }",
            "dependency::itself",
        ),
        ("{ name = \"app\", type = \"cluster\" }", "dependency::type"),
        ("\"app >=9\"", "dependency::itself"),
        ("\"../db\"", "dependency::not-checked"),
        ("\"db >=x\"", "dependency::not-checked"),
    ] {
        let available = vec![
            extension(Taskserv, "db", "1.7.0"),
            extension(Taskserv, "db", "1.9.0-rc.1"),
            extension(Taskserv, "app", "9.0.0"),
        ];
        assert_eq!(codes(list, available), [found], "{list}");
    }
}

#[test]
fn a_name_of_several_types_is_told_when_no_type_is_given() {
    let both = || {
        vec![
            extension(Taskserv, "db", "1.0.0"),
            extension(Cluster, "db", "1.0.0"),
        ]
    };
    assert_eq!(codes("\"db\"", both()), ["dependency::ambiguous"]);
    assert!(codes("{ name = \"db\", type = \"cluster\" }", both()).is_empty());
    assert!(
        codes(
            "{ name = \"db\", type = \"cluster\" }, { name = \"db\", type = \"taskserv\" }",
            both()
        )
        .is_empty()
    );
    // The extension itself has the name too.
    let other = vec![extension(Cluster, "app", "1.0.0")];
    assert_eq!(codes("\"app\"", other.clone()), ["dependency::ambiguous"]);
    assert!(codes("{ name = \"app\", type = \"cluster\" }", other).is_empty());
}

#[test]
fn extensions_of_one_bundle_count_for_each_other() {
    let text = |dependencies: &str| {
        metadata(
            "",
            &format!(
                "[provides]\nproviders = [\"cloud\"]\ntaskservs = [\"db\"]\n[dependencies]\nextensions = [{dependencies}]\n"
            ),
        )
    };
    for (dependencies, found) in [
        (
            "\"db >=1\", {name = \"cloud\", type = \"provider\"}",
            vec![],
        ),
        ("\"db >=2\"", vec!["dependency::version"]),
        (
            "{name = \"db\", type = \"cluster\"}",
            vec!["dependency::type"],
        ),
        ("\"app\"", vec!["dependency::itself"]),
    ] {
        let (_home, root) = tree("app", &[("extension.toml", &text(dependencies))]);
        for kind in [None, Some(Provider)] {
            let directory = Directory::open(&root, kind).unwrap();
            let findings = Dependencies.check(&directory, &with(Vec::new())).unwrap();
            let codes: Vec<&str> = findings
                .iter()
                .map(|finding| finding.code.as_str())
                .collect();
            assert_eq!(codes, found, "{dependencies}");
        }
    }
}

#[test]
fn the_version_schema_counts_with_its_place() {
    let (_home, root) = tree(
        "app",
        &[
            ("metadata.toml", &metadata(TASKSERV, "")),
            (
                "schemas/version.ncl",
                "{\n  taskserv_version = {\n    token = \"k3y9x8w7v6\", dependencies = [{ name = \"etcd\", version = \">=3.5.0\" }, \"db >=2\", 5],\n  },\n}\n",
            ),
        ],
    );
    insta::assert_snapshot!(shown(
        &root,
        &with(vec![extension(Taskserv, "etcd", "3.4.0")])
    ));
}

#[test]
fn a_version_schema_that_cannot_be_evaluated_is_no_success() {
    let (_home, root) = tree(
        "app",
        &[
            ("metadata.toml", &metadata(TASKSERV, "")),
            ("schemas/version.ncl", "{ taskserv_version = nothing }\n"),
        ],
    );
    insta::assert_snapshot!(shown(&root, &with(Vec::new())));
}

#[test]
fn programs_and_variables_are_warnings_unless_asked_otherwise() {
    let text = metadata(
        TASKSERV,
        "[dependencies]\nsystem_packages = [\"openssl-dev\", \"openssl-dev\", \"../tool\"]\n[configuration]\nrequired_env = [\"APP_KEY\", \"APP_URL\"]\n",
    );
    let (_home, root) = tree("app", &[("metadata.toml", &text)]);
    let mut validator = Validator {
        environment: Environment::new(["APP_URL".to_owned()], []),
        ..validator()
    };
    insta::assert_snapshot!(shown(&root, &validator));
    let is_valid = |validator: &Validator| {
        let options = Options {
            kind: None,
            rules: &["dependency".to_owned()],
            deny_warnings: false,
        };
        validator.validate(&root, &options).unwrap().valid
    };
    assert!(is_valid(&validator));
    validator.strict_environment = true;
    assert!(!is_valid(&validator));
}

#[test]
fn places_are_looked_at_in_their_order_and_only_when_needed() {
    let text = metadata(TASKSERV, "[dependencies]\nextensions = [\"db\"]\n");
    let (_home, root) = tree("app", &[("metadata.toml", &text)]);
    let directory = Directory::open(&root, None).unwrap();
    let first = Available::these(vec![extension(Taskserv, "db", "1.0.0")]);
    let validator = Validator {
        available: first.or_in(|| panic!("everything was found before")),
        ..with(Vec::new())
    };
    assert!(
        Dependencies
            .check(&directory, &validator)
            .unwrap()
            .is_empty()
    );
    // Nothing that others say makes up for a place that cannot be looked at.
    let validator = Validator {
        available: Available::default().or_in(|| Err("the database is damaged".to_owned())),
        ..with(Vec::new())
    };
    insta::assert_snapshot!(shown(&root, &validator));
    let validator = Validator {
        available: validator
            .available
            .or_in(|| Ok(vec![extension(Taskserv, "db", "1.0.0")])),
        ..with(Vec::new())
    };
    assert!(
        Dependencies
            .check(&directory, &validator)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_extension_that_is_registered_and_gone_is_not_there() {
    let mut gone = extension(Taskserv, "db", "1.0.0");
    gone.path = std::env::temp_dir().join("no/such/directory");
    assert_eq!(codes("\"db\"", vec![gone]), ["dependency::missing"]);
}

#[test]
fn the_extension_does_not_count_for_itself() {
    let text = metadata(
        "type = \"cluster\"\n",
        "[dependencies]\nextensions = [\"db\"]\n",
    );
    let (_home, root) = tree("app", &[("metadata.toml", &text)]);
    let mut own = extension(Taskserv, "db", "1.0.0");
    own.path = root.clone();
    let directory = Directory::open(&root, None).unwrap();
    let found = Dependencies.check(&directory, &with(vec![own])).unwrap();
    assert_eq!(found[0].code, Code::DependencyMissing);
}

#[test]
fn a_search_that_was_ended_tells_nothing() {
    let text = metadata(TASKSERV, "[dependencies]\nextensions = [\"db\"]\n");
    let (_home, root) = tree("app", &[("metadata.toml", &text)]);
    let evaluator = Evaluator::default();
    evaluator.limits().interrupt.trigger();
    let validator = Validator::new(validator().host, evaluator, Inspector::default());
    let directory = Directory::open(&root, None).unwrap();
    for rule in RULES
        .iter()
        .filter(|rule| ["dependency", "security"].contains(&rule.name()))
    {
        assert_eq!(rule.check(&directory, &validator).unwrap_err(), Interrupted);
    }
}
