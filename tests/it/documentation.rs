//! `extension docs`: the pages of the examples are what their files say.

use std::path::PathBuf;

use serde_json::json;

use crate::support::{Shell, examples, texts};

/// Returns the directories of the examples.
fn all() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = ["bundles", "clusters", "providers", "taskservs"]
        .iter()
        .flat_map(|kind| examples().join("extensions").join(kind).read_dir().unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

#[test]
fn the_pages_of_the_examples_are_up_to_date() {
    let shell = Shell::in_examples();
    for path in all() {
        if std::env::var_os("UPDATE_DOCS").is_some() {
            shell.ok(&format!(
                "extension docs '{}' --save --force | ignore",
                path.display()
            ));
        }
        let error = shell.error(&format!("extension docs '{}' --check", path.display()));
        assert_eq!(
            error,
            json!("no error"),
            "make it again with: UPDATE_DOCS=1 cargo test --test it documentation::"
        );
    }
}

#[test]
fn a_page_is_made_checked_and_mended() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/nulib/mod.nu",
        "# Installs it.\nexport def install []: nothing -> record { {} }\n",
    );
    let code = |line: &str| shell.error(line)["code"].clone();
    assert_eq!(code("extension docs app --check"), "docs::stale");
    assert_eq!(
        shell.value("extension docs app --save | get changed"),
        json!(true)
    );
    assert_eq!(
        shell.value("cd app; extension docs --save | get changed"),
        json!(false)
    );
    assert_eq!(shell.ok("extension docs app --check | describe"), "nothing");
    let text = std::fs::read_to_string(shell.home().join("app/API.md")).unwrap();
    assert_eq!(shell.ok("extension docs app | str trim"), text.trim());
    shell.file(
        "app/nulib/mod.nu",
        "# Puts it there.\nexport def install []: nothing -> record { {} }\n",
    );
    insta::assert_snapshot!(shell.fails("extension docs app --check"));
    shell.file("app/API.md", "# By hand\n");
    assert_eq!(code("extension docs app --save"), "docs::hand-written");
    assert_eq!(code("extension docs app --check"), "docs::hand-written");
    assert_eq!(
        shell.value("extension docs app --save --force | get changed"),
        json!(true)
    );
    assert!(
        std::fs::read_to_string(shell.home().join("app/API.md"))
            .unwrap()
            .starts_with("# By hand\n")
    );
    assert_eq!(
        code("extension docs app --format markdwon"),
        "input::invalid"
    );
}

#[test]
fn info_has_the_operations_as_data() {
    let shell = Shell::in_examples();
    let operations = shell.value(
        "extension register extensions/taskservs/containerd | ignore
        extension info containerd | get operations",
    );
    let names: Vec<&str> = operations
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names[..2], ["install", "uninstall"]);
    insta::assert_json_snapshot!(operations[0]);
    let same = shell.value("extension docs extensions/taskservs/containerd --format record | get extensions.0.operations");
    assert_eq!(same, operations);
    let files = shell
        .value("extension docs extensions/taskservs/containerd --format record | get schemas.file");
    assert!(texts(&files).contains(&"schemas/settings.ncl"), "{files}");
}
