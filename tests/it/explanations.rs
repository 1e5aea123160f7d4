//! The examples of `extension explain` show what they say, and `docs/diagnostics.md` says the same.

use std::fmt::Write as _;
use std::path::Path;

use provisioning::diagnostic::{Code, Example, Examples};
use provisioning::extension::{Contract, ExtensionType};
use provisioning::validation::rule_of;
use serde_json::Value;

use crate::support::{Shell, repository};

/// A taskserv that has everything it needs; the files of an example are laid over it.
fn app() -> Vec<(String, String)> {
    let text = |path: &str, text: &str| (format!("app/{path}"), text.to_owned());
    vec![
        text(
            "metadata.toml",
            "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
        ),
        text("nulib/mod.nu", "export use operations.nu *\n"),
        (
            "app/nulib/operations.nu".to_owned(),
            Contract::of(ExtensionType::Taskserv).stubs(),
        ),
        text("schemas/version.ncl", "{ app_version = \"1.0.0\" }\n"),
        text("templates/app.conf.j2", "port = {{ port }}\n"),
        text("generate/app.nu", "# Nothing yet\n"),
        text("tests/unit_tests.nu", "# Nothing yet\n"),
        text(
            "README.md",
            "# app\nAn application.\n## Installation\n## Usage\n",
        ),
        text(
            "API.md",
            "# app API\n## Overview\n## Installation\n## Configuration\n## API Reference\n## Examples\n## Troubleshooting\n",
        ),
        text("EXAMPLES.md", "# Examples\n## Install\n"),
        text("CHANGELOG.md", "# Changelog\n## 1.0.0\n"),
    ]
}

fn lay(directory: &Path, example: &Example) {
    for (path, text) in app() {
        write(&directory.join(path), &text);
    }
    for file in example.files() {
        let path = directory.join(file.path);
        match file.text {
            Some(text) => write(&path, text),
            None if path.is_dir() => std::fs::remove_dir_all(path).unwrap(),
            None => std::fs::remove_file(path).unwrap(),
        }
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Returns the codes in what a command has given, or in the error it has raised.
fn codes(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| codes(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "code" => found.push(text.clone()),
                    value => codes(value, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_wrong_example_gives_its_code_and_no_right_one_does() {
    let shell = Shell::new();
    let mut script = String::new();
    let mut expected: Vec<(Code, &str)> = Vec::new();
    for code in Code::ALL {
        let Some(Examples::Shown { wrong, right }) = code.explanation().map(|it| &it.examples)
        else {
            continue;
        };
        for (side, example) in [("wrong", wrong), ("right", right)] {
            let directory = shell.home().join(expected.len().to_string());
            lay(&directory, example);
            // Each in a directory and with a registry of its own, and all of them with one plugin.
            writeln!(
                script,
                "print (do {{ cd '{0}'; $env.PROVISIONING_DATA_DIR = '{0}/registry'; try {{ do {{ {1} }} | to json --raw }} catch {{|error| $error.details | to json --raw }} }})",
                directory.display(),
                example.command()
            )
            .unwrap();
            expected.push((*code, side));
        }
    }
    let path = shell.file("examples.nu", &script);
    let printed = shell.ok(&format!("source '{}'", path.display()));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{printed}");
    let mut wrong = Vec::new();
    for (line, (code, side)) in lines.iter().zip(expected) {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| {
            panic!("{code}, {side}: {error}: {line}");
        });
        let mut found = Vec::new();
        codes(&value, &mut found);
        // What is right does its work, too.
        let is_refused = side == "right" && value.get("msg").is_some();
        if found.iter().any(|found| found == code.as_str()) != (side == "wrong") || is_refused {
            wrong.push(format!("{code}, {side}: {found:?}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns `docs/diagnostics.md` as it should be.
fn document() -> String {
    let mut text = String::from(
        "# Diagnostics\n\n\
         <!-- Made from src/diagnostic/explanation/; to make it again: UPDATE_DOCS=1 cargo test --test it explanations -->\n\n\
         Every error and every finding has a stable code. In a shell, `extension explain CODE` says the same as this page.\n\n\
         The examples are files and command lines to try in a directory with a taskserv `app` that has everything it needs. \
         Each is run as a test: what is wrong gives its code, what is right does not.\n\n\
         | code | rule | what |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let rule = rule_of(*code).unwrap_or_default();
        let anchor = code.as_str().replace(':', "");
        writeln!(
            text,
            "| [`{code}`](#{anchor}) | {rule} | {} |",
            code.summary()
        )
        .unwrap();
    }
    for code in Code::ALL {
        let Some(explanation) = code.explanation() else {
            continue;
        };
        write!(
            text,
            "\n## {code}\n\n{}.\n\n{}\n",
            code.summary(),
            explanation.text
        )
        .unwrap();
        match &explanation.examples {
            Examples::Shown { wrong, right } => {
                for (side, example) in [("Wrong", wrong), ("Right", right)] {
                    write!(text, "\n{side}:\n\n```\n{example}\n```\n").unwrap();
                }
            }
            Examples::NotShown(why) => {
                write!(text, "\nThere is no example: {why}.\n").unwrap();
            }
        }
    }
    text
}

#[test]
fn the_page_of_diagnostics_is_made_from_the_table() {
    let path = repository().join("docs/diagnostics.md");
    let document = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    // Git may have checked it out with other line breaks.
    assert!(
        found.replace("\r\n", "\n") == document,
        "docs/diagnostics.md is stale; make it with: UPDATE_DOCS=1 cargo test --test it explanations"
    );
}

#[test]
fn examples_hold_nothing_that_ends_their_block() {
    for code in Code::ALL {
        if let Some(Examples::Shown { wrong, right }) = code.explanation().map(|it| &it.examples) {
            for example in [wrong, right] {
                assert!(!example.to_string().contains("```"), "{code}");
            }
        }
    }
}

#[test]
fn a_code_is_explained() {
    let shell = Shell::new();
    insta::assert_snapshot!(
        ["metadata::missing-key", "structure::missing", "store::busy"]
            .map(|code| shell.ok(&format!("extension explain {code} | to yaml")))
            .join("\n")
    );
    let all = shell.value("extension explain");
    assert_eq!(all.as_array().unwrap().len(), Code::ALL.len());
    assert_eq!(all[0]["code"], Code::ALL[0].as_str());
}

#[test]
fn a_code_that_is_mistyped_gets_a_suggestion() {
    let shell = Shell::new();
    insta::assert_snapshot!(
        ["structure::mising", "merge", "store", "x"]
            .map(|code| shell.fails(&format!("extension explain {code}")))
            .join("\n\n")
    );
}
