//! What is written down of what was done.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Shell, examples, texts};

/// Does something to the records as somebody does who owns the file.
fn change(shell: &Shell, sql: &str) {
    for trigger in ["changed", "removed", "replaced"] {
        shell.ok(&format!(
            "open data/registry.db | query db 'DROP TRIGGER IF EXISTS audit_is_not_{trigger}' | ignore"
        ));
    }
    shell.ok(&format!(
        "open data/registry.db | query db r#'{sql}'# | ignore"
    ));
}

/// A shell in which something was registered so often.
fn registered(times: usize) -> Shell {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok(&format!(
        "1..{times} | each {{ extension register app }} | ignore"
    ));
    shell
}

fn outcomes(shell: &Shell) -> Value {
    shell.value("provisioning audit | select operation type extension version outcome detail")
}

#[test]
fn where_nothing_was_done_there_is_nothing_and_it_is_valid() {
    let shell = Shell::new();
    assert_eq!(shell.value("provisioning audit"), json!([]));
    assert_eq!(shell.value("provisioning audit --last 3"), json!([]));
    assert_eq!(
        shell.value("provisioning audit --verify --strict"),
        json!({"valid": true, "rows": 0, "first": null, "last": null, "broken": null})
    );
    assert!(!shell.data().exists(), "looking does not create");
}

#[test]
fn what_is_done_and_what_is_refused_is_written_down() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.extension("other/app", "taskserv", "1.0.0");
    shell.file("bad/metadata.toml", "[extension]\nname = 3\n");
    shell.ok("extension register app | ignore");
    shell.fails("extension register other/app");
    shell.ok("extension register other/app --force | ignore");
    shell.fails("[app bad nowhere] | extension register");
    shell.extension("other/app", "taskserv", "1.1.0");
    shell.ok("extension register other/app | ignore");
    shell.fails("extension unregister app --version 3.0.0");
    shell.ok("extension unregister app");
    let row = |operation: &str, version: Option<&str>, outcome: &str, detail: Option<&str>| {
        let is_known = version.is_some();
        let name = is_known || operation == "unregister";
        json!({
            "operation": operation,
            "type": is_known.then_some("taskserv"),
            "extension": name.then_some("app"),
            "version": version,
            "outcome": outcome,
            "detail": detail,
        })
    };
    let (first, second) = (Some("1.0.0"), Some("1.1.0"));
    assert_eq!(
        outcomes(&shell),
        json!([
            row("register", first, "ok", Some("[HOME]/app")),
            row(
                "register",
                first,
                "registry::taken",
                Some("[HOME]/other/app")
            ),
            row(
                "register",
                first,
                "ok",
                Some("[HOME]/other/app in place of [HOME]/app")
            ),
            row("register", None, "registry::invalid", Some("[HOME]/bad")),
            row("register", None, "input::path", Some("[HOME]/nowhere")),
            row("register", second, "ok", Some("[HOME]/other/app")),
            row(
                "unregister",
                first,
                "ok",
                Some("[HOME]/other/app has it no longer")
            ),
            row("unregister", None, "registry::not-found", None),
            row("unregister", second, "ok", Some("[HOME]/other/app")),
        ])
    );
    assert_eq!(
        shell.value("provisioning audit --verify | get valid"),
        json!(true)
    );
}

#[test]
fn a_lock_is_written_down_when_it_is_written() {
    let shell = Shell::new();
    shell.ok(&format!(
        "cp --recursive '{}' .",
        examples().join("extensions").display()
    ));
    shell.ok("cd extensions/clusters/buildkit; extension lock | ignore; rm provisioning.lock; extension lock --check | ignore; extension lock | ignore; extension lock | ignore");
    let rows = shell.value(
        "provisioning audit | select operation type extension version outcome detail digest",
    );
    let expected = shell.value(
        "open --raw extensions/clusters/buildkit/provisioning.lock | hash sha256 | $'sha256:($in)'",
    );
    assert_eq!(
        rows,
        json!([{
            "operation": "lock",
            "type": "cluster",
            "extension": "buildkit",
            "version": "1.0.0",
            "outcome": "ok",
            "detail": "[HOME]/extensions/clusters/buildkit/provisioning.lock",
            "digest": expected,
        }])
    );
}

#[test]
fn rows_have_native_types_and_say_who() {
    let shell = registered(1);
    let types = shell.value(
        "provisioning audit | first | items {|key, value| {$key: ($value | describe)} } | into record",
    );
    assert_eq!(
        types,
        json!({
            "id": "int", "time": "datetime", "user": "string", "host": "string", "pid": "int",
            "operation": "string", "type": "string", "extension": "string", "version": "string",
            "digest": "nothing", "outcome": "string", "duration": "duration", "count": "int",
            "detail": "string", "hash": "string",
        })
    );
    // The process is that of the shell, and the user is the one that the system knows.
    assert_eq!(
        shell.value("extension register app | ignore; provisioning audit --last 1 | get 0 | [($in.pid == $nu.pid) ($in.user == (^id -un | str trim)) ($in.time > (date now) - 1min) ($in.duration > 0sec)]"),
        json!([true, true, true, true])
    );
}

#[test]
fn some_rows_are_asked_for() {
    let shell = registered(3);
    shell.extension("db", "taskserv", "1.0.0");
    shell.ok("extension register db | ignore; extension unregister app");
    let ids = |flags: &str| shell.value(&format!("provisioning audit {flags} | get id"));
    assert_eq!(ids(""), json!([1, 2, 3, 4, 5]));
    assert_eq!(ids("--last 2"), json!([4, 5]));
    assert_eq!(ids("--last 0"), json!([]));
    assert_eq!(ids("--operation register --last 2"), json!([3, 4]));
    assert_eq!(ids("--extension app"), json!([1, 2, 3, 5]));
    assert_eq!(ids("--extension app --operation unregister"), json!([5]));
    assert_eq!(ids("--operation sealed"), json!([]));
    assert_eq!(ids("--since 1hr"), json!([1, 2, 3, 4, 5]));
    assert_eq!(ids("--since ((date now) + 1hr)"), json!([]));
    assert_eq!(
        shell.value("let third = (provisioning audit | get 2.time); provisioning audit --since $third | get id"),
        json!([3, 4, 5])
    );
    assert_eq!(
        shell.value("provisioning audit | first 2 | get id"),
        json!([1, 2])
    );
}

#[test]
fn what_cannot_be_asked_for_is_told() {
    let shell = Shell::new();
    insta::assert_snapshot!(
        [
            "provisioning audit --operation regster",
            "provisioning audit --last -1",
            "provisioning audit --since -1hr",
            "provisioning audit --verify --last 3",
            "provisioning audit --strict",
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn a_change_is_told_at_its_record() {
    let shell = registered(4);
    shell.value("provisioning audit --verify | get valid");
    change(&shell, "UPDATE audit SET user = \"nobody\" WHERE id = 3");
    assert_eq!(
        shell.value("provisioning audit --verify | select valid rows broken.id broken.what broken.message | values"),
        json!([false, 4, 3, "changed", "record 3 was changed after it was written"])
    );
    assert_eq!(
        shell.value("provisioning audit --verify | get broken.time | describe"),
        json!("datetime")
    );
    insta::assert_snapshot!(shell.fails("provisioning audit --verify --strict"));
    // The help can be followed.
    assert_eq!(
        shell.value("provisioning audit | where id in 2..4 | get user | last 2 | first"),
        json!("nobody")
    );
    let shell = registered(4);
    change(&shell, "DELETE FROM audit WHERE id > 2");
    assert_eq!(
        shell.value("provisioning audit --verify | get broken | select id what"),
        json!({"id": 2, "what": "removed-after"})
    );
    // What is written afterwards is listed, and the place stays known.
    shell.ok("extension register app | ignore");
    assert_eq!(
        shell.value("provisioning audit --verify | get broken | select id what"),
        json!({"id": 5, "what": "removed-before"})
    );
}

#[test]
fn a_registration_that_cannot_be_written_down_does_not_happen() {
    let shell = registered(1);
    shell.extension("db", "taskserv", "1.0.0");
    change(&shell, "DROP TRIGGER audit_head_is_not_removed");
    change(&shell, "DELETE FROM audit_head");
    assert_eq!(
        shell.error("extension register db")["code"],
        "store::corrupt"
    );
    assert_eq!(texts(&shell.value("extension list | get name")), ["app"]);
    // What is refused anyway is refused for its own reason.
    assert_eq!(
        shell.error("extension register nowhere")["code"],
        "input::path"
    );
    assert_eq!(
        shell.error("extension unregister nothing")["code"],
        "registry::not-found"
    );
}

#[test]
fn shells_that_work_at_the_same_time_make_one_chain() {
    let shell = Shell::new();
    for n in 0..24 {
        shell.extension(&format!("all/e{n}"), "taskserv", "1.0.0");
    }
    let shells: Vec<_> = (0..4)
        .map(|part| {
            let code = format!(
                "{}..{} | each {{|n| extension register $'all/e($n)'; extension unregister $'e($n)'; try {{ extension unregister $'e($n)' }} }} | ignore",
                part * 6,
                part * 6 + 5
            );
            shell
                .command(&code)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for started in shells {
        let output = started.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let verified = shell.value("provisioning audit --verify");
    assert_eq!(verified["broken"], json!(null));
    assert_eq!(verified["rows"], json!(72));
    assert_eq!(
        shell.value("provisioning audit | group-by outcome | items {|outcome, rows| [$outcome ($rows | length)] } | sort"),
        json!([["ok", 48], ["registry::not-found", 24]])
    );
    assert_eq!(
        shell.value("provisioning audit | get pid | uniq | length"),
        json!(4)
    );
}

#[test]
fn secrets_are_not_written_down() {
    let token = "ghp_0aZ9bY8cX7dW6eV5fU4gT3hS2iR1jQ0kPlOm";
    let shell = Shell::new();
    shell.extension(&format!("{token}/app"), "taskserv", "1.0.0");
    shell.ok(&format!("extension register {token}/app | ignore"));
    shell.fails(&format!("extension register {token}/nothing"));
    shell.fails(&format!("extension unregister {token}"));
    let rows = shell.value("provisioning audit | update time null | update host null");
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert!(!rows.to_string().contains(&token[4..]), "{rows}");
    // Nor do they stand anywhere in the tables.
    let raw = shell.ok("open data/registry.db | get audit | to json --raw");
    assert!(raw.contains("****") && !raw.contains(&token[4..]), "{raw}");
}

#[test]
fn old_records_give_way_as_the_settings_say_and_the_chain_stays_valid() {
    let shell = Shell::new().with("PROVISIONING_AUDIT_KEEP", "100");
    for n in 0..30 {
        shell.extension(&format!("all/e{n}"), "taskserv", "1.0.0");
    }
    shell.ok("1..5 | each { ls all | get name | extension register | ignore } | ignore");
    assert_eq!(
        shell.value("provisioning audit --verify | select valid rows"),
        json!({"valid": true, "rows": 101})
    );
    assert_eq!(
        shell.value("provisioning audit | first | select id operation count outcome"),
        json!({"id": 50, "operation": "sealed", "count": 50, "outcome": "ok"})
    );
    let detail = shell.ok("provisioning audit | first | get detail");
    assert!(detail.starts_with("50 records from 20"), "{detail}");
    assert!(detail.ends_with(": register ok 50"), "{detail}");
    // More than are read at a time.
    let shell = registered(1);
    shell.ok("1..12 | each { 1..50 | each { 'app' } | extension register | ignore } | ignore");
    assert_eq!(
        shell.value("provisioning audit | get id"),
        json!((1..=601).collect::<Vec<u32>>())
    );
}

#[test]
fn what_was_taken_away_is_broken_and_following_the_advice_helps() {
    for (sql, what) in [
        ("DROP TABLE audit", "table"),
        ("DROP TABLE audit_head", "head"),
        ("DROP TRIGGER audit_is_not_removed", "triggers"),
    ] {
        let shell = registered(1);
        shell.ok(&format!(
            "open data/registry.db | query db '{sql}' | ignore"
        ));
        let found = shell.value("provisioning audit --verify");
        assert_eq!(found["valid"], false, "{sql}");
        assert_eq!(found["broken"]["what"], what, "{sql}");
        let shown = shell.fails("provisioning audit --verify --strict");
        assert!(shown.contains("audit::broken"), "{shown}");
    }
    // Nothing is done that cannot be written down, and what to do about it is told.
    let shell = registered(1);
    shell.ok("open data/registry.db | query db 'DROP TABLE audit' | ignore");
    let shown = shell.fails("extension unregister app");
    assert!(shown.contains("store::corrupt"), "{shown}");
    shell.ok("mv data/registry.db data/registry.db.damaged");
    assert_eq!(shell.value("provisioning audit --verify")["valid"], true);
}
