//! Work that is interrupted, and work that two want to do.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::lab::Lab;
use crate::processes::{processes, until};
use crate::support::PLUGIN;

/// Starts code in a process group of its own, as a terminal does.
fn start(lab: &Lab, code: &str) -> Child {
    lab.shell
        .command(code)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

/// Interrupts it as a terminal does; returns what it has written to standard error.
fn interrupt(running: Child) -> String {
    let since = Instant::now();
    let signalled = std::process::Command::new("kill")
        .args(["-INT", "--", &format!("-{}", running.id())])
        .status()
        .unwrap();
    assert!(signalled.success());
    let output = running.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!(
        since.elapsed() < Duration::from_secs(10),
        "{:?}",
        since.elapsed()
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn ctrl_c_ends_the_operation_and_the_run_goes_on_later() {
    let lab = Lab::new();
    for (order, end) in [
        ("db.install hang", "resume"),
        ("db.install hang", "rollback"),
        ("metal.create-server hang", "resume"),
        ("db.status unready", "resume"),
        ("db.status hang", "rollback"),
    ] {
        let context = format!("{order}, {end}");
        let (operation, word) = order.split_once(' ').unwrap();
        // Before its installation it has to answer, or it is not even planned.
        let is_asked = operation == "db.status";
        lab.order(if is_asked { "db.install" } else { operation }, "slow");
        if !is_asked {
            lab.order(operation, word);
        }
        lab.calls();
        let running = start(&lab, "cluster create stack.json | ignore");
        if is_asked {
            lab.running("db.install");
            lab.order(operation, word);
            lab.calls();
        }
        lab.running(operation);
        interrupt(running);
        lab.is_quiet(&context);
        lab.free(operation);
        let run = lab
            .shell
            .value("cluster status stack | get unfinished | select operation direction outcome");
        assert_eq!(
            run,
            json!({"operation": "create", "direction": "forward", "outcome": "interrupted"}),
            "{context}"
        );
        lab.shell.ok(&format!("cluster {end} stack | ignore"));
        lab.is_consistent(&context);
        assert_eq!(
            lab.names().len(),
            if end == "resume" { 5 } else { 0 },
            "{context}"
        );
        lab.shell.ok("try { cluster delete stack | ignore }");
        lab.is_consistent(&context);
    }
}

#[test]
fn ctrl_c_ends_a_removal_that_goes_on_later() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    lab.order("db.uninstall", "hang");
    let running = start(&lab, "cluster delete stack | ignore");
    lab.running("db.uninstall");
    interrupt(running);
    lab.is_quiet("interrupted");
    lab.free("db.uninstall");
    assert_eq!(lab.status(), "unfinished");
    lab.shell.ok("cluster resume stack | ignore");
    assert_eq!(lab.names(), [""; 0]);
    lab.is_consistent("deleted");
}

#[test]
fn ctrl_c_while_taking_back_leaves_what_can_be_taken_back() {
    let lab = Lab::new();
    lab.order("web.install", "fail");
    lab.order("db.uninstall", "hang");
    let running = start(&lab, "cluster create stack.json | ignore");
    lab.running("db.uninstall");
    interrupt(running);
    lab.is_quiet("interrupted");
    lab.free("web.install");
    lab.free("db.uninstall");
    let run = lab
        .shell
        .value("cluster status stack | get unfinished | select direction outcome");
    assert_eq!(run, json!({"direction": "back", "outcome": "interrupted"}));
    lab.shell.ok("cluster rollback stack | ignore");
    assert_eq!(lab.names(), [""; 0]);
    lab.is_consistent("taken back");
}

#[test]
fn ctrl_c_ends_a_call_of_an_operation() {
    let lab = Lab::new();
    lab.order("db.install", "hang");
    for code in [
        "extension call db install {port: 1}",
        "extension call db install {port: 1} --events | ignore",
    ] {
        lab.calls();
        let running = start(&lab, code);
        lab.running("db.install");
        interrupt(running);
        lab.is_quiet(code);
    }
    let outcomes = lab
        .shell
        .value("provisioning audit --operation call | get outcome | uniq");
    assert_eq!(outcomes, json!(["call::interrupted"]));
}

#[test]
fn whoever_wants_no_more_rows_ends_the_run() {
    let lab = Lab::new();
    lab.order("db.install", "hang");
    lab.shell
        .ok("cluster create stack.json | where component == db | first | ignore");
    lab.is_quiet("after the first row");
    lab.free("db.install");
    assert_eq!(lab.status(), "unfinished");
    lab.shell.ok("cluster rollback stack | ignore");
    lab.is_consistent("taken back");
}

#[test]
fn of_two_runs_the_second_is_refused_until_the_first_is_gone() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    let change = "cluster create stack.json --config {web: {port: 81}}";
    lab.order("web.configure", "hang");
    lab.calls();
    let mut first = start(&lab, &format!("{change} | ignore"));
    lab.running("web.configure");
    let status = lab.shell.value("cluster status stack");
    assert_eq!(status["status"], "working");
    let pid = status["held_by"]["pid"].as_u64().unwrap();
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    assert_eq!(program, std::path::Path::new(PLUGIN));
    let in_flight = lab
        .shell
        .value("cluster status stack | get in_flight | select component operation outcome");
    assert_eq!(
        in_flight,
        json!([{"component": "web", "operation": "configure", "outcome": null}])
    );
    for code in [
        "cluster create stack.json",
        "cluster delete stack",
        "cluster delete stack --force",
        "cluster scale stack 3",
        "cluster upgrade stack 2.0.0 --component db",
        "cluster restart-component stack db",
        "cluster resume stack",
        "cluster rollback stack",
    ] {
        let told = lab.fault(code);
        let expected =
            format!("deployment::held: another process works on `stack`: process {pid}, since ");
        assert!(told.starts_with(&expected), "{code}: {told}");
    }
    // Another deployment is none of its business.
    lab.shell
        .ok("[{name: cache, type: taskserv, version: '1.0.0', config: {port: 6379}}] | cluster create --name other | ignore");
    // Who only looks is not refused.
    lab.shell
        .ok("cluster plan stack.json; cluster create stack.json --check; cluster history stack; cluster diff stack stack.json | ignore");
    let plugin = processes(|process| u64::from(process.id) == pid);
    plugin[0].kill();
    first.wait().unwrap();
    lab.free("web.configure");
    let left = until(|| lab.processes(), <[crate::processes::Process]>::is_empty);
    assert_eq!(left, [], "processes are left");
    assert_eq!(lab.status(), "unfinished");
    lab.shell.ok(&format!("{change} | ignore"));
    lab.is_consistent("taken over");
    assert_eq!(
        lab.shell.value("open lab/there/web.json | get config.port"),
        81
    );
    assert_eq!(
        lab.shell
            .value("cluster history stack | get outcome | first 2"),
        json!(["done", "superseded"])
    );
}
