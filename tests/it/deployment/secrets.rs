//! Secrets of a deployment are nowhere to be found but with the component that needs them.

use std::path::Path;

use serde_json::Value;

use super::lab::{Lab, files};
use crate::support::texts;

/// The password in the settings, and the values of variables.
const CANARIES: [&str; 4] = [
    "canary-settings-81c3",
    "canary-variable-5d0e",
    "canary-required-e7a9",
    "canary-credential-2b46",
];

#[track_caller]
fn has_none(text: &str, context: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{context}: {canary}: {text}");
    }
}

/// A lab whose `web` requires a variable, and whose definition has a password in a file, as a user's has.
fn lab() -> Lab {
    let lab = Lab::new()
        .set("LAB_TOKEN", CANARIES[1])
        .set("WEB_PASSWORD", CANARIES[2])
        .set("METAL_API_KEY", CANARIES[3]);
    lab.shell.file(
        "all/web/metadata.toml",
        "[extension]\nname = \"web\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n\
         [configuration]\nrequired_env = [\"WEB_PASSWORD\"]\noptional_env = [\"LAB\", \"LAB_TOKEN\"]\n",
    );
    let definition = std::fs::read_to_string(lab.shell.home().join("stack.json")).unwrap();
    let mut definition: Value = serde_json::from_str(&definition).unwrap();
    for component in definition["components"].as_array_mut().unwrap() {
        if component["type"] != "server" {
            component["config"]["password"] = CANARIES[0].into();
            component["config"]["peer"] = serde_json::json!({"token": CANARIES[0]});
        }
    }
    lab.shell.file("stack.json", definition.to_string());
    lab
}

/// Looks for secrets in everything that the plugin keeps, and in what `ps` has shown to the operations.
#[track_caller]
fn nothing_kept(lab: &Lab, context: &str) {
    let home = lab.shell.home();
    for folder in ["data", "cache", "config", "share"] {
        for (name, text) in files(&home.join(folder)) {
            for canary in CANARIES {
                assert!(
                    !text.contains(canary),
                    "{context}: {canary} in {folder}/{name}"
                );
            }
        }
    }
    for file in ["errors.log", "lab/data/ps"] {
        let path: &Path = &home.join(file);
        let text = std::fs::read(path).unwrap_or_default();
        has_none(
            &String::from_utf8_lossy(&text),
            &format!("{context}, {file}"),
        );
    }
}

#[test]
fn secrets_of_a_deployment_are_nowhere_to_be_found() {
    let lab = lab();
    let log = format!(
        "$env.config.plugins.provisioning = {{log: {{level: debug, file: '{}'}}}}",
        lab.shell.home().join("errors.log").display()
    );
    let looks = "[(cluster status stack) (cluster status) (cluster history stack) (cluster diff stack stack.json)
        (cluster list-components stack) (cluster plan stack.json) (provisioning audit)] | to json";
    let mut refused = Vec::new();
    for (operation, order) in [
        ("db.install", "leak"),
        ("web.install", "leak"),
        ("metal.create-server", "leak"),
        ("web.status", "leak"),
        ("web.install", "fail-last"),
        ("none", ""),
    ] {
        let context = format!("{operation}: {order}");
        for flags in ["", "--no-rollback"] {
            lab.order(operation, order);
            let ran = lab.run(&format!(
                "{log}; cluster create stack.json --timeout 2sec {flags} | to json"
            ));
            assert_eq!(ran.success, order.is_empty(), "{context}: {}", ran.stderr);
            has_none(&ran.stdout, &context);
            has_none(&ran.stderr, &context);
            if order == "leak" && !operation.ends_with("status") {
                assert!(ran.stderr.contains("***"), "{context}: {}", ran.stderr);
            }
            let error = lab.shell.value(&format!(
                "{log}; try {{ cluster create stack.json --timeout 2sec {flags} | ignore }} catch {{|it| $'($it.details | to json) ($it.rendered)' }}"
            ));
            has_none(&error.to_string(), &context);
            if operation.ends_with("status") {
                // Settings are not kept, so that nobody knows any more that what it says is one of them.
                lab.order(operation, "unready");
            }
            let ran = lab.run(&format!("{log}; {looks}"));
            assert!(ran.success, "{context}: {}", ran.stderr);
            has_none(&ran.stdout, &context);
            has_none(&ran.stderr, &context);
            nothing_kept(&lab, &context);
        }
        lab.free(operation);
        // It needs them once more, and says so instead of going on without.
        if !order.is_empty() {
            let told = lab.fault("cluster resume stack");
            has_none(&told, &context);
            // What was installed, and only not ready, needs none.
            if operation != "web.status" {
                refused.push(told);
                lab.shell.ok("cluster resume stack stack.json | ignore");
            }
        }
        let there = lab.there();
        assert!(there["web.json"].contains(CANARIES[0]), "{there:?}");
        let told = lab.shell.value("cluster component-status stack db");
        assert_eq!(told["status"], "running", "{context}");
        nothing_kept(&lab, &context);
        lab.shell
            .ok(&format!("{log}; cluster delete stack | ignore"));
        nothing_kept(&lab, &context);
    }
    insta::assert_snapshot!("secrets_needed_again", refused[0]);
    let programs = std::fs::read_to_string(lab.shell.home().join("lab/data/ps"));
    assert!(programs.is_err() || !programs.unwrap().is_empty());
    let logged = std::fs::read_to_string(lab.shell.home().join("errors.log")).unwrap();
    assert!(logged.contains("deployment::failed"), "{logged}");
    let audit = lab
        .shell
        .value("provisioning audit --operation deploy | get detail");
    assert!(texts(&audit).iter().any(|it| it.contains("***")), "{audit}");
}

#[test]
fn what_a_component_needs_of_the_environment_is_asked_for_before_anything_runs() {
    let lab = lab().set("WEB_PASSWORD", "");
    let told = lab.fault("cluster create stack.json");
    assert_eq!(
        told,
        "deployment::refused: `stack` cannot be brought there: `web`: `WEB_PASSWORD` is not set, which `web` requires"
    );
    assert!(!lab.has_called());
}

#[test]
fn settings_change_where_secrets_are_not_kept() {
    let lab = lab();
    lab.shell.ok("cluster create stack.json | ignore");
    // With the definition nothing is new.
    assert_eq!(
        lab.shell.value("cluster create stack.json"),
        serde_json::json!([])
    );
    assert_eq!(
        lab.shell.value("cluster diff stack stack.json"),
        serde_json::json!([])
    );
    // Of another password it is told that it is another one.
    let other = "--config {db: {password: 'canary-settings-other'}}";
    let told = lab
        .shell
        .ok(&format!("cluster diff stack stack.json {other} | to json"));
    assert!(
        told.contains("password") && !told.contains("canary"),
        "{told}"
    );
    lab.shell
        .ok(&format!("cluster create stack.json {other} | ignore"));
    assert!(lab.there()["db.json"].contains("canary-settings-other"));
    nothing_kept(&lab, "changed");
}
