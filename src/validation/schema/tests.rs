//! What is found in schema files, one fixture for each row of the inventory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Severity, render};
use crate::extension::Host;
use crate::nickel::{Evaluator, Interrupt, Limits};
use crate::validation::{Options, Report, ValidationError, Validator};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas")
}

fn validator() -> Validator {
    Validator::new(
        Host::with_nushell(semver::Version::new(0, 115, 1)),
        Evaluator::default(),
        crate::nushell::Inspector::default(),
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

#[test]
fn schemas_that_are_right_give_no_findings() {
    let files: Vec<(String, String)> = ["contracts", "settings", "version", "cluster"]
        .iter()
        .map(|name| {
            let name = format!("{name}.ncl");
            let text = fs::read_to_string(fixtures().join("right").join(&name)).unwrap();
            (name, text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    for kind in ["provider", "taskserv", "cluster"] {
        assert_eq!(codes(kind, &files), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn the_mistakes_of_one_file_do_not_hide_those_of_another() {
    let found = codes(
        "provider",
        &[
            ("a.ncl", "{ a | Number = \"x\" }"),
            ("b.ncl", "{ b = "),
            (
                "deep/er/c.ncl",
                "{ c : Number = \"x\", d | Number = \"x\" }",
            ),
            ("d.ncl", "{ d = import \"nowhere.ncl\" }"),
            (
                "e.ncl",
                "{ A = { n | String, m | Number | default = \"x\" }, e | A = {}, f | A = {} }",
            ),
            ("f.ncl", "{ f = nobody }"),
            ("settings.ncl", "{ fine = true }"),
        ],
    );
    assert_eq!(
        found,
        [
            "nickel::contract a.ncl:1:16",
            "schema::unbalanced b.ncl:1:1",
            "nickel::import d.ncl:1:7",
            "nickel::type c.ncl:1:16",
            "nickel::contract c.ncl:1:34",
            "nickel::contract e.ncl:1:44",
            "nickel::missing-definition e.ncl:1:59",
            "nickel::missing-definition e.ncl:1:71",
            "nickel::unbound f.ncl:1:7",
        ]
    );
}

#[test]
fn names_that_are_not_known_hide_nothing() {
    let text = "{\n  a = one,\n  b | Two = three,\n  c | Number = \"x\",\n  d : Number = \"y\",\n  e = one\n}";
    assert_eq!(
        codes("provider", &[("settings.ncl", text)]),
        [
            "nickel::unbound settings.ncl:2:7",
            "nickel::unbound settings.ncl:3:7",
            "nickel::unbound settings.ncl:3:13",
            "nickel::contract settings.ncl:4:16",
            "nickel::type settings.ncl:5:16",
            "nickel::unbound settings.ncl:6:7",
        ]
    );
}

#[test]
fn every_import_that_cannot_be_read_is_told() {
    let text =
        "{\n  a = import \"a.ncl\",\n  b = import \"b.json\",\n  c = import \"../../c.ncl\"\n}";
    assert_eq!(
        codes("provider", &[("settings.ncl", text)]),
        [
            "nickel::import settings.ncl:2:7",
            "nickel::import settings.ncl:3:7",
            "nickel::import settings.ncl:4:7",
        ]
    );
}

#[test]
fn every_fault_of_syntax_that_the_parser_recovers_from_is_told() {
    let text = "{\n a = 1,\n b = if x then 2,\n c = [1, = ],\n d = let x = in 3,\n}";
    assert_eq!(
        codes("provider", &[("settings.ncl", text)]),
        [
            "nickel::parse settings.ncl:3:17",
            "nickel::parse settings.ncl:4:10",
            "nickel::parse settings.ncl:5:14",
        ]
    );
}

#[test]
fn what_comes_of_a_type_that_does_not_fit_is_not_told_again() {
    let text = "{ a : Number = std.string.length 3, b | Number = \"x\" }";
    assert_eq!(
        codes("provider", &[("settings.ncl", text)]),
        [
            "nickel::type settings.ncl:1:34",
            "nickel::contract settings.ncl:1:50"
        ]
    );
}

#[test]
fn a_fault_is_told_where_it_stands_and_not_by_everyone_who_imports_it() {
    let schemas = [
        ("a.ncl", "{ b = import \"z.ncl\", own | Number = \"x\" }"),
        ("m.ncl", "let z = import \"z.ncl\" in { n = z.n, all = z }"),
        ("z.ncl", "{ n | Number = \"x\" }"),
    ];
    assert_eq!(
        codes("provider", &schemas),
        ["nickel::contract a.ncl:1:38", "nickel::contract z.ncl:1:16"]
    );
    // Two values that lack the same part are two faults.
    let lacking = [
        ("c.ncl", "{ C | not_exported = { n | String } }"),
        ("x.ncl", "let c = import \"c.ncl\" in { x | c.C = {} }"),
        ("y.ncl", "let c = import \"c.ncl\" in { y | c.C = {} }"),
    ];
    assert_eq!(
        codes("provider", &lacking),
        [
            "nickel::missing-definition x.ncl:1:39",
            "nickel::missing-definition y.ncl:1:39"
        ]
    );
    let broken = [
        ("a.ncl", "{ b = import \"z.ncl\" }"),
        ("m.ncl", "{ b = import \"a.ncl\" }"),
        ("z.ncl", "{ n = = 1 }"),
    ];
    assert_eq!(codes("provider", &broken), ["nickel::parse z.ncl:1:7"]);
}

#[test]
fn components_of_a_cluster_are_resolved_where_they_stand() {
    let text = r#"{
  my_cluster = {
    name = "a",
    components = [
      { name = "web", dependencies = ["dbs", "cache"] },
      { name = "db", dependencies = ["web", { name = "web", version = ">=2" }], version = "1.0" },
      { name = "web", version = "1.0.0" },
      { name = "cache", enabled = false },
      { name = "x", dependencies = ["y"] },
      { name = "y", dependencies = ["x"] },
    ],
  },
}
"#;
    insta::assert_snapshot!(found("cluster", "cluster.ncl", text));
}

#[test]
fn what_is_no_component_is_told_and_the_rest_is_resolved() {
    let text = r#"let list = [{ name = "c", dependencies = ["c"] }] in
{
  one = {
    components = [
      1,
      {},
      { name = "" },
      { name = "a", dependencies = "b" },
      { name = "b", enabled = "yes", dependencies = [] },
      { name = "d", dependencies = [{ version = "1" }] },
      { name = "e", dependencies = [{ name = "a", version = "one" }] },
      { name = "f", dependencies = ["nobody"] },
    ],
  },
  two = { components = list },
}
"#;
    insta::assert_snapshot!(found("cluster", "cluster.ncl", text));
}

#[test]
fn a_taskserv_says_what_its_metadata_say() {
    let text = r#"{
  taskserv_version = {
    name = "b",
    version = "v2",
    dependencies = ["containerd >=1.6", "Bad Name", { version = "1" }, { name = "a", type = "thing" }, 3],
  },
}
"#;
    insta::assert_snapshot!(found("taskserv", "version.ncl", text));
    let other = "{ taskserv_version = { name = \"a\", version = \"1.1\" } }";
    assert_eq!(
        codes("taskserv", &[("version.ncl", other)]),
        ["warning schema::mismatch version.ncl:1:46"]
    );
    // Somebody else's file.
    assert_eq!(codes("cluster", &[("version.ncl", other)]), [""; 0]);
}

#[test]
fn values_of_secrets_are_not_shown() {
    let text = "{ S = { password | String = \"hunter2\", user | String, api_key | Number = \"hunter2\" } }";
    let shown = found("provider", "settings.ncl", text);
    assert!(
        shown.contains("fixed-value") && shown.contains("nickel::contract"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn legal_nickel_is_left_alone() {
    for text in [
        "fun { a, b ? 1, .. } => a + b",
        "{ f = fun { check, size ? 3 } => check, g = match { { a } => a, _ => 1 } }",
        "{ a : Number = 3, b : { c : String } = { c = \"x\" }, d : Array String = [] }",
        "{ A = { b | String, c = b, d | String = \"%{b}!\" }, schema = 1, check = true }",
        "{ a | [| 'x, 'y |] = 'x, b | std.array.NonEmpty = [1] }",
        "{ limits | { .. } = { cpu = 1 }, any | { _ : Dyn } = {} }",
        "{ x | optional, y | default = null, z = null, n | Dyn = null }",
        "let F = Dyn in { a | F = 1, \"a b\" | String = m%\"text\"%, c = \"%{std.to_string \"}\"}{\" }",
        "{ Fixed = { port | Number = 80 } }",
        "let port = Number in let port | port = 80 in { server = { size = port } }",
        "# schema X {\n{ doc = \"name?: str\" }",
    ] {
        assert_eq!(
            codes("provider", &[("settings.ncl", text)]),
            [""; 0],
            "{text}"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_out_are_told_and_not_followed() {
    let (home, root) = tree("provider", &[("settings.ncl", "{}"), ("real.ncl", "{ = }")]);
    fs::write(home.path().join("secret.ncl"), "{ hunter2 = = }").unwrap();
    let link = |to: &Path, name: &str| {
        std::os::unix::fs::symlink(to, root.join("schemas").join(name)).unwrap();
    };
    link(&home.path().join("secret.ncl"), "out.ncl");
    link(Path::new("/etc"), "etc");
    link(Path::new("real.ncl"), "same.ncl");
    link(Path::new("nowhere.ncl"), "gone.ncl");
    link(Path::new("."), "again");
    let shown = shown(&root);
    assert!(!shown.contains("hunter2"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn an_interrupt_ends_the_check() {
    let (_home, root) = tree("provider", &[("settings.ncl", "{}")]);
    let interrupt = Interrupt::default();
    interrupt.trigger();
    let mut validator = validator();
    validator.evaluator = validator.evaluator.limited(Limits {
        interrupt,
        ..Limits::default()
    });
    let rules = ["schema".to_owned()];
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    assert!(matches!(
        validator.validate(&root, &options),
        Err(ValidationError::Interrupted(_))
    ));
}

#[test]
fn a_schema_of_kcl_that_parses_as_a_call_is_told() {
    for text in [
        "schema Settings {\n  name: str\n}\n",
        "{\n  a = 1,\n  b = schema Settings { name | String },\n}\n",
    ] {
        let found = found("provider", "settings.ncl", text);
        assert!(
            found.contains("schema::kcl-schema") != text.contains("b ="),
            "{found}"
        );
    }
}

#[test]
fn a_contract_of_the_standard_library_is_told_where_the_author_broke_it() {
    let (_home, root) = tree(
        "provider",
        &[("settings.ncl", "{\n  x = std.array.at 5 [1]\n}")],
    );
    let report = report(&root);
    let finding = report
        .findings
        .iter()
        .map(|finding| &finding.diagnostic)
        .find(|finding| finding.code == Code::NickelContract)
        .unwrap();
    assert!(finding.file().unwrap().ends_with("settings.ncl"));
    assert_eq!(finding.location().unwrap().line, 2);
}
