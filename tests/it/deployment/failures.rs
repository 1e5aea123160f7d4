//! Each step of `create` and of `delete` fails, in each way in which it may: everything is taken back, or can be gone on with.

use std::collections::BTreeMap;

use super::lab::{CREATE, DELETE, Lab};

/// Ways in which an operation may fail: before anything, in the middle, after everything, and by dying.
const WAYS: [&str; 4] = ["fail-first", "fail", "fail-last", "crash"];

/// What a provider of servers does of them.
fn ways(operation: &str) -> &'static [&'static str] {
    if operation.starts_with("metal") {
        &["fail", "fail-last", "crash"]
    } else {
        &WAYS
    }
}

#[test]
fn a_step_of_create_that_fails_takes_everything_back() {
    let lab = Lab::new();
    for (component, operation) in CREATE {
        for way in ways(operation) {
            let context = format!("{operation}: {way}");
            lab.order(operation, way);
            let told = lab.fault("cluster create stack.json");
            assert!(
                told.starts_with(&format!(
                    "deployment::failed: `{component}` of `stack` has failed: "
                )),
                "{context}: {told}"
            );
            assert_eq!(lab.there(), BTreeMap::new(), "{context}");
            lab.is_consistent(&context);
            lab.free(operation);
        }
    }
    let outcomes = lab
        .shell
        .value("cluster history stack | get outcome | uniq -c");
    assert_eq!(
        outcomes,
        serde_json::json!([{"value": "rolled-back", "count": 19}])
    );
    lab.is_quiet("after all");
}

#[test]
fn a_step_of_an_update_that_fails_gives_back_what_was_there() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    let before = lab.there();
    lab.is_consistent("created");
    // Another version, other settings, another server, and one that is not wanted any more.
    let update = "open stack.json | get components | where name != web
        | update config {|it| if $it.name == box { {provider: metal, plan: large} } else { $it.config | upsert replicas 7 } }
        | upsert version {|it| if $it.name == db { '2.0.0' } else { $it.version? } }
        | cluster create --name stack";
    for (operation, ways) in [
        ("metal.create-server", &["fail", "fail-last"][..]),
        ("cache.configure", &WAYS),
        ("db.upgrade", &WAYS),
        ("db.configure", &WAYS),
        ("app.configure", &WAYS),
        ("web.uninstall", &WAYS),
    ] {
        for way in ways {
            let context = format!("{operation}: {way}");
            lab.order(operation, way);
            let told = lab.fault(update);
            lab.free(operation);
            // Where the server itself could not be made, it cannot be made again either, until that is mended.
            if operation == "metal.create-server" {
                assert!(
                    told.starts_with("deployment::incomplete: "),
                    "{context}: {told}"
                );
                lab.shell.ok("cluster rollback stack | ignore");
            } else {
                assert!(
                    told.starts_with("deployment::failed: "),
                    "{context}: {told}"
                );
            }
            assert_eq!(lab.there(), before, "{context}");
            lab.is_consistent(&context);
        }
    }
}

#[test]
fn what_is_left_with_no_rollback_is_gone_on_with_or_taken_back() {
    let lab = Lab::new();
    for (at, (component, operation)) in CREATE.into_iter().enumerate() {
        for (way, end) in [(at, "resume"), (at + 1, "rollback")] {
            let ways = ways(operation);
            let way = ways[way % ways.len()];
            {
                let context = format!("{operation}: {way}, {end}");
                lab.order(operation, way);
                let told = lab.fault("cluster create stack.json --no-rollback");
                assert!(
                    told.starts_with(&format!("deployment::failed: `{component}`")),
                    "{context}: {told}"
                );
                assert_eq!(lab.status(), "unfinished", "{context}");
                // It fails once more, and stays what it is.
                if way == "fail" && end == "resume" {
                    let told = lab.fault("cluster resume stack --no-rollback");
                    assert!(
                        told.starts_with("deployment::failed: "),
                        "{context}: {told}"
                    );
                }
                lab.free(operation);
                lab.shell.ok(&format!("cluster {end} stack | ignore"));
                lab.is_consistent(&context);
                assert_eq!(
                    lab.names().len(),
                    if end == "resume" { 5 } else { 0 },
                    "{context}"
                );
                if end == "resume" {
                    lab.shell.ok("cluster delete stack | ignore");
                }
            }
        }
    }
}

#[test]
fn a_step_of_delete_that_fails_is_gone_on_with() {
    let lab = Lab::new();
    for (at, (component, operation)) in DELETE.into_iter().enumerate() {
        for way in [at, at + 2] {
            let way = ways(operation)[way % ways(operation).len()];
            let context = format!("{operation}: {way}");
            lab.shell.ok("cluster create stack.json | ignore");
            lab.order(operation, way);
            let told = lab.fault("cluster delete stack");
            assert!(
                told.starts_with(&format!("deployment::failed: `{component}`")),
                "{context}: {told}"
            );
            assert_eq!(lab.status(), "unfinished", "{context}");
            let left = lab.names();
            assert!(
                way == "fail-last" || left.iter().any(|it| it.starts_with(component)),
                "{context}: {left:?}"
            );
            lab.free(operation);
            lab.shell.ok("cluster resume stack | ignore");
            assert_eq!(lab.names(), [""; 0], "{context}");
            lab.is_consistent(&context);
        }
    }
    lab.is_quiet("after all");
}

#[test]
fn a_delete_that_has_failed_can_be_taken_back() {
    let lab = Lab::new();
    lab.shell.ok("cluster create stack.json | ignore");
    let before = lab.there();
    for (_, operation) in DELETE {
        lab.order(operation, "fail");
        let told = lab.fault("cluster delete stack");
        assert!(told.starts_with("deployment::failed: "), "{told}");
        lab.free(operation);
        lab.shell.ok("cluster rollback stack | ignore");
        assert_eq!(lab.there(), before, "{operation}");
        lab.is_consistent(operation);
    }
}
