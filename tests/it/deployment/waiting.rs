//! Components that take their time, or all of it.

use std::collections::BTreeMap;

use serde_json::json;

use super::lab::Lab;
use crate::support::texts;

#[test]
fn an_operation_that_hangs_is_ended_and_everything_taken_back() {
    let lab = Lab::new();
    lab.order("db.install", "hang");
    let told = lab.fault("cluster create stack.json --timeout 1sec");
    assert_eq!(
        told,
        "deployment::failed: `db` of `stack` has failed: `install` has not ended within 1 s"
    );
    assert_eq!(lab.there(), BTreeMap::new());
    lab.is_quiet("after the time");
    lab.is_consistent("after the time");
    // Those of a provider, too.
    lab.order("metal.create-server", "hang");
    let told = lab.fault("cluster create stack.json --timeout 1sec");
    assert_eq!(
        told,
        "deployment::failed: `box` of `stack` has failed: `create-server` has not ended within 1 s"
    );
    lab.is_quiet("after the time");
    lab.is_consistent("after the time");
}

#[test]
fn what_is_never_ready_fails_and_is_taken_back() {
    let lab = Lab::new();
    lab.order("db.status", "unready");
    let told = lab.fault("cluster create stack.json --timeout 1500ms");
    assert_eq!(
        told,
        "deployment::failed: `db` of `stack` has failed: it was not ready within 1.5s: db starts"
    );
    lab.free("db.status");
    assert_eq!(lab.there(), BTreeMap::new());
    lab.is_consistent("taken back");
}

#[test]
fn what_gives_no_answer_is_not_ready() {
    let lab = Lab::new();
    lab.order("db.status", "hang");
    let told = lab.fault("cluster create stack.json --timeout 1500ms --no-rollback");
    assert_eq!(
        told,
        "deployment::failed: `db` of `stack` has failed: it was not ready within 1.5s: `status` has not ended within 1.5 s"
    );
    lab.is_quiet("after the time");
    lab.free("db.status");
    lab.shell.ok("cluster resume stack | ignore");
    lab.is_consistent("resumed");
}

#[test]
fn in_the_end_all_are_ready_at_the_same_time_when_that_is_asked_for() {
    let lab = Lab::new();
    let ready = "cluster component-status stack cache | get status";
    lab.order("cache.status", "dip");
    lab.shell.ok("cluster create stack.json | ignore");
    assert_eq!(lab.shell.value(ready), "not-ready");
    lab.shell.ok("cluster delete stack | ignore");
    lab.order("cache.status", "dip");
    lab.shell.ok("cluster create stack.json --wait | ignore");
    assert_eq!(lab.shell.value(ready), "running");
    lab.is_consistent("waited for");
}

#[test]
fn what_is_done_and_does_not_work_is_nothing_to_go_on_with() {
    let lab = Lab::new();
    lab.order("cache.status", "sink");
    let error = lab
        .shell
        .error("cluster create stack.json --wait --timeout 3sec");
    assert_eq!(error["code"], "deployment::failed");
    assert_eq!(error["msg"], "`cache` of `stack` has failed: cache starts");
    assert_eq!(
        error["help"],
        "see what is the matter: cluster status stack"
    );
    assert_eq!(
        lab.shell.error("cluster resume stack")["code"],
        "deployment::finished"
    );
}

#[test]
fn the_status_says_what_is_the_matter() {
    let lab = Lab::new();
    let status = || {
        let told = lab.shell.value(
            "let it = cluster status stack; [$it.status $it.healthy ...($it.components | each {|one| $'($one.component) ($one.status)' })]",
        );
        told.as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().map_or(it.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let error = lab.shell.error("cluster status stack");
    assert_eq!(error["code"], "deployment::not-found");
    lab.shell.ok("cluster create stack.json | ignore");
    assert_eq!(
        status(),
        "running, true, box running, cache running, db running, app running, web running"
    );
    lab.order("cache.status", "unready");
    lab.order("db.status", "fail");
    lab.lose("web.json");
    assert_eq!(
        status(),
        "degraded, false, box running, cache not-ready, db unknown, app running, web absent"
    );
    let messages = lab
        .shell
        .value("cluster status stack | get components.message | compact");
    assert_eq!(
        messages,
        json!([
            "cache starts",
            "db does not answer ([HOME]/all/db/nulib/mod.nu:100)"
        ])
    );
    lab.order("app.status", "unready");
    lab.lose("box.server");
    assert_eq!(
        status(),
        "stopped, false, box absent, cache not-ready, db unknown, app not-ready, web absent"
    );
    lab.obey();
    // What is lost is made again, and nothing else.
    lab.calls();
    lab.shell.ok("cluster create stack.json | ignore");
    assert_eq!(lab.calls(), ["metal create-server", "web install"]);
    lab.is_consistent("made again");
    lab.order("db.uninstall", "fail");
    lab.fault("cluster delete stack");
    assert_eq!(
        status(),
        "unfinished, false, box running, cache running, db uncertain"
    );
    let unfinished = lab.shell.value(
        "cluster status stack | get unfinished | select operation direction outcome message",
    );
    assert_eq!(
        unfinished,
        json!({"operation": "delete", "direction": "forward", "outcome": "failed",
            "message": "`db`: db was told to fail ([HOME]/all/db/nulib/mod.nu:16)"})
    );
    lab.free("db.uninstall");
    lab.shell.ok("cluster resume stack | ignore");
    assert_eq!(status(), "absent, false");
    let all = lab
        .shell
        .value("cluster status | select name status components");
    assert_eq!(
        all,
        json!([{"name": "stack", "status": "absent", "components": 0}])
    );
}

#[test]
fn a_component_tells_in_its_own_words_how_it_is() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.order("db.status", "unready");
    assert_eq!(
        lab.shell.value("cluster component-status stack db"),
        json!({
            "component": "db", "type": "taskserv", "version": "1.0.0", "status": "not-ready", "healthy": false,
            "message": "db starts",
            "details": {"installed": true, "ready": false, "version": "1.0.0", "message": "db starts"},
        })
    );
    lab.order("db.status", "fail");
    let told = lab
        .shell
        .value("cluster component-status stack db | select status details");
    assert_eq!(told, json!({"status": "unknown", "details": null}));
}

#[test]
fn names_are_offered() {
    let lab = Lab::new();
    lab.shell
        .ok("cluster create stack.json | ignore; cluster create stack.json --name other --config {} | ignore");
    let offered = |line: &str| {
        let all = lab
            .shell
            .value(&format!("\"{line}\" | commandline complete | each {{|it| if ($it | describe) == string {{ $it }} else {{ $it.value }} }}"));
        texts(&all)
            .into_iter()
            .map(|it| it.trim().to_owned())
            .collect::<Vec<_>>()
    };
    for command in [
        "status",
        "delete",
        "scale",
        "upgrade",
        "resume",
        "rollback",
        "history",
        "diff",
        "list-components",
        "component-status",
        "restart-component",
    ] {
        assert_eq!(
            offered(&format!("cluster {command} ")),
            ["other", "stack"],
            "{command}"
        );
        assert_eq!(
            offered(&format!("cluster {command} st")),
            ["stack"],
            "{command}"
        );
    }
    for command in ["component-status", "restart-component"] {
        assert_eq!(
            offered(&format!("cluster {command} stack ")),
            ["app", "box", "cache", "db", "web"],
            "{command}"
        );
        assert_eq!(
            offered(&format!("cluster {command} stack d")),
            ["db"],
            "{command}"
        );
    }
}
