//! Every command and every flag, where nothing goes wrong.

use serde_json::{Value, json};

use super::lab::{Lab, files};
use crate::support::texts;

/// Columns of a plan that fit into a line.
const SHORT: &str = "each {|it| $'($it.component) ($it.operation) ($it.action): ($it.reason)' }";

#[test]
fn a_cluster_comes_up_in_waves_and_goes_down_in_reverse() {
    let lab = Lab::new();
    let rows = lab.shell.value(
        "cluster create stack.json | where status in [done ready]
         | each {|it| $'($it.wave) ($it.component) ($it.operation) ($it.status)' }",
    );
    let mut rows = texts(&rows);
    // Those of the first wave run at the same time.
    rows[..4].sort_unstable();
    assert_eq!(
        rows,
        [
            "0 box create-server done",
            "0 box list-servers ready",
            "0 cache install done",
            "0 cache status ready",
            "1 db install done",
            "1 db status ready",
            "2 app install done",
            "2 app status ready",
            "3 web install done",
            "3 web status ready",
        ]
    );
    lab.is_consistent("created");
    lab.calls();
    let rows = lab
        .shell
        .value("cluster delete stack --jobs 1 | where status == done | get component");
    assert_eq!(texts(&rows), ["web", "app", "db", "cache", "box"]);
    assert_eq!(
        lab.calls(),
        [
            "web uninstall",
            "app uninstall",
            "db uninstall",
            "cache uninstall",
            "metal delete-server"
        ]
    );
    lab.is_consistent("deleted");
    lab.is_quiet("after all");
}

#[test]
fn creating_twice_changes_nothing_the_second_time() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.calls();
    let before = lab.there();
    assert_eq!(lab.shell.value("cluster create stack.json"), json!([]));
    assert_eq!(lab.calls(), [""; 0]);
    assert_eq!(lab.there(), before);
    assert_eq!(lab.shell.value("cluster history stack | length"), 1);
}

#[test]
fn rows_can_be_kept_in_a_variable() {
    let lab = Lab::new();
    let kept = lab.shell.value(
        "let first = cluster create stack.json
         let second = cluster create stack.json
         let checked = cluster create stack.json --check
         let restarted = cluster restart-component stack db
         let deleted = cluster delete stack
         [($first | length) ($second | length) $checked.would_create ($restarted | length) ($deleted | length)]",
    );
    assert_eq!(kept, json!([15, 0, false, 3, 10]));
}

#[test]
fn with_one_job_one_component_is_worked_on_at_a_time() {
    let lab = Lab::new();
    lab.order("metal.create-server", "slow");
    lab.order("cache.install", "slow");
    let most = |flags: &str| {
        let rows = lab.shell.value(&format!(
            "let rows = cluster create stack.json {flags} | where wave == 0 | get component; cluster delete stack | ignore; $rows"
        ));
        let rows: Vec<String> = texts(&rows).into_iter().map(str::to_owned).collect();
        rows.chunk_by(|a, b| a == b).count()
    };
    // All of one, then all of the other.
    assert_eq!(most("--jobs 1"), 2);
    assert!(most("--jobs 2") > 2);
}

#[test]
fn a_plan_says_what_is_done_and_why() {
    let lab = Lab::new();
    let plan = |definition: &str| {
        let rows = lab.shell.value(&format!(
            "{definition} | cluster plan --name stack | {SHORT}"
        ));
        texts(&rows).join("\n")
    };
    let now = "open stack.json";
    insta::assert_snapshot!("plan_create", plan(now));
    assert_eq!(lab.names(), [""; 0]);
    // What is there already is not made again from nothing.
    lab.shell.ok("extension call db install {port: 1} | ignore");
    insta::assert_snapshot!("plan_adopt", plan(now));
    lab.shell.ok("cluster create stack.json | ignore");
    insta::assert_snapshot!("plan_none", plan(now));
    let other = "open stack.json | get components | where name != web
        | update config {|it| if $it.name == box { {provider: metal, plan: large} } else { $it.config | upsert replicas 7 } }
        | upsert version {|it| if $it.name == db { '2.0.0' } else { $it.version? } }";
    insta::assert_snapshot!("plan_update", plan(other));
    lab.lose("cache.json");
    lab.order("app.status", "unready");
    lab.order("web.status", "fail");
    insta::assert_snapshot!("plan_after_trouble", plan(now));
    lab.free("web.status");
    let destroy = lab
        .shell
        .value(&format!("cluster plan stack --destroy | {SHORT}"));
    insta::assert_snapshot!("plan_destroy", texts(&destroy).join("\n"));
}

#[test]
fn what_only_looks_changes_nothing() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.calls();
    let before = lab.there();
    // All files of the plugin, too, but those that the audit is written to and the database keeps beside itself.
    let data = || {
        let mut all = files(&lab.shell.data());
        all.retain(|name, _| !name.starts_with("registry.db"));
        all
    };
    let kept = data();
    let history = lab.shell.value("cluster history stack");
    for code in [
        "cluster plan stack.json",
        "cluster plan stack --destroy",
        "cluster create stack.json --check",
        "cluster create stack.json --check --config {web: {port: 81}}",
        "[{name: web, type: taskserv}] | cluster create --name stack --check",
        "cluster delete stack --check",
        "cluster delete stack --check --keep-data --force",
        "cluster scale stack 5 --check",
        "cluster upgrade stack 2.0.0 --component db --check",
        "cluster status stack",
        "cluster status",
        "cluster component-status stack db",
        "cluster list-components stack",
        "cluster diff stack stack.json",
        "cluster history stack",
    ] {
        lab.shell.ok(&format!("{code} | ignore"));
        assert_eq!(lab.calls(), [""; 0], "{code}");
        assert_eq!(lab.there(), before, "{code}");
        assert_eq!(data(), kept, "{code}");
    }
    assert_eq!(lab.shell.value("cluster history stack"), history);
    // For a deployment that there is not, none is made.
    lab.shell
        .ok("cluster create stack.json --name other --check | ignore");
    assert_eq!(
        lab.shell.value("cluster status | get name"),
        json!(["stack"])
    );
}

#[test]
fn checks_say_whether_there_is_work_and_what_is_in_the_way() {
    let lab = Lab::new();
    let checked = |code: &str, would: &str| {
        let told = lab.shell.value(code);
        let plan = told["plan"].as_array().unwrap().len();
        let issues = told["requirements_check"]["issues"].clone();
        (told[would].clone(), plan, issues)
    };
    let nothing = json!([]);
    let create = "cluster create stack.json --check";
    assert_eq!(
        checked(create, "would_create"),
        (json!(true), 5, nothing.clone())
    );
    lab.shell.ok("cluster create stack.json | ignore");
    assert_eq!(
        checked(create, "would_create"),
        (json!(false), 5, nothing.clone())
    );
    assert_eq!(
        checked("cluster delete stack --check", "would_delete"),
        (json!(true), 5, nothing.clone())
    );
    assert_eq!(
        checked("cluster scale stack 2 --check", "would_scale"),
        (json!(false), 1, nothing.clone())
    );
    assert_eq!(
        checked("cluster scale stack 3 --check", "would_scale"),
        (json!(true), 1, nothing)
    );
    let (would, _, issues) = checked(
        "cluster create stack.json --check --config {web: {port: x}}",
        "would_create",
    );
    assert_eq!(would, false);
    let issues = texts(&issues).join("\n");
    assert!(
        issues.starts_with("web: ") && issues.contains("port"),
        "{issues}"
    );
}

#[test]
fn settings_of_a_call_take_the_place_of_those_of_the_definition() {
    let lab = Lab::new();
    lab.shell.ok(
        "cluster create stack.json --config {web: {port: 8080, tls: {on: true}}, box: {plan: large}} | ignore",
    );
    assert_eq!(
        lab.shell.value("open lab/there/web.json | get config"),
        json!({"port": 8080, "tls": {"on": true}})
    );
    assert_eq!(
        lab.shell
            .value("open --raw lab/there/box.server | from json | get plan"),
        "large"
    );
    lab.is_consistent("with settings");
    let changes = lab.shell.value("cluster diff stack stack.json");
    assert_eq!(
        changes,
        json!([
            {"component": "box", "change": "changed", "fields": [{"field": "config.plan", "recorded": "large", "wanted": "small"}]},
            {"component": "web", "change": "changed", "fields": [
                {"field": "config.port", "recorded": 8080, "wanted": 80},
                {"field": "config.tls.on", "recorded": true, "wanted": null},
            ]},
        ])
    );
}

#[test]
fn a_number_is_changed_where_it_stands() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.calls();
    lab.shell.ok("cluster scale stack 5 | ignore");
    assert_eq!(lab.calls(), ["app configure"]);
    assert_eq!(
        lab.shell.value("open lab/there/app.json | get config"),
        json!({"replicas": 5})
    );
    lab.shell
        .ok("cluster scale stack 81 --component web --setting port | ignore");
    assert_eq!(lab.calls(), ["web configure"]);
    lab.is_consistent("scaled");
    // Nothing to do.
    assert_eq!(lab.shell.value("cluster scale stack 5"), json!([]));
    // Who cannot be changed is given back what it had.
    lab.order("app.configure", "fail");
    let told = lab.fault("cluster scale stack 9");
    assert!(told.starts_with("deployment::failed: "), "{told}");
    lab.free("app.configure");
    assert_eq!(
        lab.shell.value("open lab/there/app.json | get config"),
        json!({"replicas": 5})
    );
    lab.is_consistent("given back");
}

#[test]
fn another_version_comes_by_upgrade() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.calls();
    lab.shell
        .ok("cluster upgrade stack 2.0.0 --component db | ignore");
    assert_eq!(lab.calls(), ["db upgrade"]);
    assert_eq!(
        lab.shell.value("open lab/there/db.json | get version"),
        "2.0.0"
    );
    lab.is_consistent("upgraded");
    assert_eq!(
        lab.shell
            .value("cluster upgrade stack 2.0.0 --component db"),
        json!([])
    );
    // A registered cluster of the deployment's name, in the version that is asked for or the highest.
    let cluster = |directory: &str, version: &str, db: &str, port: u32| {
        lab.shell.file(
            &format!("{directory}/metadata.toml"),
            format!("[extension]\nname = \"stack\"\ntype = \"cluster\"\nversion = \"{version}\"\n"),
        );
        let schema = format!(
            "{{ stack = {{ components = [
                {{ name = \"db\", type = \"taskserv\", version = \"{db}\", config = {{ port = {port} }} }},
                {{ name = \"web\", type = \"taskserv\", config = {{ port = {port} }}, dependencies = [\"db\"] }},
            ] }} }}"
        );
        lab.shell
            .file(&format!("{directory}/schemas/cluster.ncl"), schema);
        lab.shell
            .ok(&format!("extension register {directory} | ignore"));
    };
    lab.shell.ok("cluster delete stack | ignore");
    cluster("one", "1.0.0", "1.0.0", 1);
    lab.shell
        .ok("cd all; cluster create stack --name stack | ignore");
    lab.is_consistent("of a registered cluster");
    cluster("two", "2.0.0", "2.0.0", 2);
    lab.calls();
    assert_eq!(lab.shell.value("cluster upgrade stack 1.0.0"), json!([]));
    let checked = lab
        .shell
        .value("cluster upgrade stack --check | get would_upgrade");
    assert_eq!(checked, true);
    lab.shell.ok("cluster upgrade stack | ignore");
    assert_eq!(lab.calls(), ["db upgrade", "db configure", "web configure"]);
    lab.is_consistent("of the next version");
    lab.shell.ok("cluster upgrade stack 1.0.0 | ignore");
    assert_eq!(lab.calls(), ["db upgrade", "db configure", "web configure"]);
    lab.is_consistent("of the version before");
}

#[test]
fn one_component_is_started_anew() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.calls();
    lab.shell.ok("cluster restart-component stack app | ignore");
    lab.shell.ok("cluster restart-component stack box | ignore");
    assert_eq!(lab.calls(), ["app restart", "metal reboot-server"]);
    lab.is_consistent("restarted");
    lab.order("db.restart", "fail");
    let told = lab.fault("cluster restart-component stack db");
    assert!(told.starts_with("deployment::failed: "), "{told}");
    lab.free("db.restart");
    lab.shell.ok("cluster resume stack | ignore");
    lab.is_consistent("restarted after all");
}

#[test]
fn data_stay_when_that_is_asked_for() {
    let lab = Lab::new();
    lab.shell
        .ok("cluster create stack.json | ignore; cluster delete stack --keep-data | ignore");
    assert!(lab.has_data("db") && lab.has_data("web"));
    lab.is_consistent("deleted");
    let lab = Lab::new();
    lab.shell
        .ok("cluster create stack.json | ignore; cluster delete stack | ignore");
    assert!(!lab.has_data("db"));
}

#[test]
fn removing_by_force_goes_on_past_what_cannot_be_removed() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.order("app.uninstall", "fail-first");
    let told = lab.fault("cluster delete stack --force");
    assert!(
        told.starts_with("deployment::failed: `app` of `stack` has failed"),
        "{told}"
    );
    assert_eq!(lab.names(), ["app.json"]);
    assert_eq!(lab.status(), "unfinished");
    lab.free("app.uninstall");
    lab.shell.ok("cluster delete stack | ignore");
    lab.is_consistent("deleted");
}

#[test]
fn what_nothing_that_failed_needs_is_done_all_the_same() {
    let lab = Lab::new();
    lab.order("cache.install", "fail-first");
    let told = lab.fault("cluster create stack.json --keep-going");
    assert!(
        told.starts_with("deployment::failed: `cache` of `stack` has failed"),
        "{told}"
    );
    assert_eq!(lab.names(), ["box.server", "db.json"]);
    let skipped = lab
        .shell
        .value("cluster history stack | get 0.steps | get component | uniq | sort");
    assert_eq!(texts(&skipped), ["box", "cache", "db"]);
    lab.free("cache.install");
    lab.shell.ok("cluster resume stack | ignore");
    lab.is_consistent("resumed");
    // The same for removing.
    lab.order("db.uninstall", "fail-first");
    lab.fault("cluster delete stack --keep-going");
    assert_eq!(lab.names(), ["box.server", "db.json"]);
    lab.free("db.uninstall");
    lab.shell.ok("cluster resume stack | ignore");
    lab.is_consistent("deleted");
}

#[test]
fn several_servers_of_one_component_are_several_components() {
    let lab = Lab::new();
    let servers = "[{name: web, type: infrastructure, config: {provider: metal, plan: small, servers: [a {hostname: b, plan: large}]}}
         {name: cache, type: taskserv, dependencies: [web]}]";
    lab.shell
        .ok(&format!("{servers} | cluster create --name stack | ignore"));
    assert_eq!(lab.names(), ["a.server", "b.server", "cache.json"]);
    let listed = lab.shell.value(
        "cluster list-components stack | each {|it| $'($it.wave) ($it.name) ($it.dependencies | str join \" \")' } | sort",
    );
    assert_eq!(
        texts(&listed),
        ["0 web/a ", "0 web/b ", "1 cache web/a web/b"]
    );
    assert_eq!(
        lab.shell
            .value("cluster component-status stack web/b | get details.hostname"),
        "b"
    );
    // One is taken out, and the other stays as it is.
    lab.calls();
    lab.shell.ok(&format!(
        "{servers} | update 0.config.servers [a] | cluster create --name stack | ignore"
    ));
    assert_eq!(lab.calls(), ["metal delete-server"]);
    assert_eq!(lab.names(), ["a.server", "cache.json"]);
    lab.shell.ok("cluster delete stack | ignore");
    assert_eq!(lab.names(), [""; 0]);
}

#[test]
fn the_history_tells_each_run_with_its_steps() {
    let lab = Lab::new();
    lab.order("db.install", "fail");
    lab.fault("cluster create stack.json --jobs 1");
    lab.free("db.install");
    lab.shell
        .ok("cluster create stack.json | ignore; cluster delete stack | ignore");
    let runs = lab
        .shell
        .value("cluster history stack | select operation direction outcome message");
    let row = |operation: &str, direction: &str, outcome: &str, message: Value| json!({"operation": operation, "direction": direction, "outcome": outcome, "message": message});
    assert_eq!(
        runs,
        json!([
            row("delete", "forward", "done", Value::Null),
            row("create", "forward", "done", Value::Null),
            row(
                "create",
                "back",
                "rolled-back",
                json!("`db`: db was told to fail ([HOME]/all/db/nulib/mod.nu:16)")
            ),
        ])
    );
    let steps = lab.shell.value(
        "cluster history stack | last | get steps | each {|it| $'($it.component) ($it.operation) ($it.undoes) ($it.outcome)' }",
    );
    assert_eq!(
        texts(&steps),
        [
            "box create-server false done",
            "cache install false done",
            "db install false failed",
            "db uninstall true done",
            "cache uninstall true done",
            "box delete-server true done",
        ]
    );
}
