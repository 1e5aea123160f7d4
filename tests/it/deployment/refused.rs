//! What cannot be done is told on the user's own words, before anything runs.

use serde_json::json;

use super::lab::Lab;

#[test]
fn what_is_wrong_with_a_definition_is_underlined_and_nothing_runs() {
    let lab = Lab::new();
    for (name, code) in [
        ("no_type", "[{name: db}] | cluster create --name stack"),
        (
            "an_unknown_type",
            "[{name: db, type: taskserv} {name: web, type: taskserver}] | cluster create --name stack",
        ),
        (
            "an_unknown_component",
            "[{name: databse, type: taskserv}] | cluster create --name stack",
        ),
        (
            "an_unknown_version",
            "[{name: db, type: taskserv, version: '3.0.0'}] | cluster create --name stack",
        ),
        (
            "no_provider",
            "[{name: box, type: server, config: {plan: small}}] | cluster create --name stack",
        ),
        (
            "an_unknown_provider",
            "[{name: box, type: server, config: {provider: metall}}] | cluster plan --name stack",
        ),
        (
            "servers_that_are_no_list",
            "[{name: box, type: server, config: {provider: metal, servers: 3}}] | cluster create --name stack",
        ),
        (
            "an_unknown_need",
            "[{name: db, type: taskserv, dependencies: [cahce]} {name: cache, type: taskserv}] | cluster create --name stack",
        ),
        ("no_name", "[{name: db, type: taskserv}] | cluster create"),
        (
            "a_bad_name",
            "[{name: db, type: taskserv}] | cluster create --name '../stack'",
        ),
        (
            "settings_of_nobody",
            "cluster create stack.json --config {wbe: {port: 1}}",
        ),
        (
            "settings_that_are_none",
            "cluster create stack.json --config {web: 81}",
        ),
        (
            "settings_against_the_contract",
            "cluster create stack.json --config {web: {port: '80'}, db: {replicas: many, port: x}}",
        ),
        ("no_jobs", "cluster create stack.json --jobs 0"),
        ("no_time", "cluster create stack.json --timeout 0sec"),
        ("no_definition", "cluster create nowhere.json"),
        (
            "plan_of_a_file",
            "cluster plan stack.json --config {web: {port: x}}",
        ),
    ] {
        insta::assert_snapshot!(format!("refused_{name}"), lab.shell.fails(code));
        assert_eq!(lab.calls(), [""; 0], "{code}");
        assert_eq!(lab.names(), [""; 0], "{code}");
    }
    // Nothing of it is a deployment.
    assert_eq!(lab.shell.value("cluster status"), json!([]));
}

#[test]
fn what_is_wrong_with_a_name_is_underlined() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.calls();
    for (name, code) in [
        ("deployment", "cluster status stak"),
        ("deployment_to_delete", "cluster delete stak"),
        ("deployment_to_resume", "cluster resume stak"),
        ("component", "cluster component-status stack dbb"),
        (
            "component_to_restart",
            "cluster restart-component stack dbb",
        ),
        (
            "component_to_scale",
            "cluster scale stack 3 --component dbb",
        ),
        (
            "component_to_upgrade",
            "cluster upgrade stack 2.0.0 --component dbb",
        ),
        ("version", "cluster upgrade stack 7.0.0 --component db"),
        ("no_version", "cluster upgrade stack --component db"),
        ("no_cluster", "cluster upgrade stack"),
        ("setting", "cluster scale stack 3 --setting workers"),
        ("number", "cluster scale stack -1"),
        ("finished", "cluster resume stack"),
        ("finished_to_take_back", "cluster rollback stack"),
        ("nothing_to_destroy", "cluster plan --destroy"),
        ("diff", "cluster diff stack"),
        (
            "component_to_check",
            "cluster scale stack 3 --component dbb --check",
        ),
        (
            "upgrade_to_check",
            "cluster upgrade stack 2.0.0 --component dbb --check",
        ),
    ] {
        insta::assert_snapshot!(format!("unknown_{name}"), lab.shell.fails(code));
        assert_eq!(lab.calls(), [""; 0], "{code}");
    }
    lab.is_consistent("after all");
}

#[test]
fn what_has_failed_is_told_with_what_to_do() {
    let lab = Lab::new();
    lab.order("db.install", "fail");
    let told = lab.shell.fails("cluster create stack.json --quiet");
    insta::assert_snapshot!("failed_create", told);
    let told = lab
        .shell
        .fails("cluster create stack.json --quiet --no-rollback");
    insta::assert_snapshot!("failed_and_kept", told);
    let told = lab
        .shell
        .fails("cluster resume stack stack.json --config {db: {port: 1}}");
    insta::assert_snapshot!("resumed_with_another_definition", told);
    lab.order("cache.uninstall", "fail-first");
    insta::assert_snapshot!(
        "failed_rollback",
        lab.shell.fails("cluster rollback stack --quiet")
    );
    lab.free("cache.uninstall");
    lab.shell.ok("cluster rollback stack | ignore");
    lab.is_consistent("taken back");
    lab.order("cache.install", "fail");
    let told = lab.fault("cluster create stack.json --quiet --keep-going");
    insta::assert_snapshot!("failed_several", told);
}
