//! Runs, one after the other.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;

use super::fake::{Held, Trouble, World, component, stack};
use crate::diagnostic::Explain as _;
use crate::lifecycle::{
    Action, Change, ComponentType, Definition, EventStatus, LifecycleError, OnFailure, Operation,
    Outcome, Plan, RunOutcome, diff, history, names,
};

fn rows(plan: &Plan) -> Vec<String> {
    plan.rows
        .iter()
        .map(|row| {
            let (action, operations) = (row.action.as_str(), row.operations().join("+"));
            format!(
                "{} {} {action} [{operations}] {}",
                row.wave, row.component, row.reason
            )
        })
        .collect()
}

fn left(outcome: &Outcome) -> Vec<String> {
    let told = |one: &crate::lifecycle::Problem| format!("{}: {}", one.component, one.message);
    outcome.not_undone.iter().map(told).collect()
}

#[test]
fn a_plan_says_what_would_be_done_and_changes_nothing() {
    let world = World::new();
    let plan = world.with(|engine| engine.plan(&stack()).unwrap());
    assert_eq!(
        rows(&plan),
        [
            "0 db create [install] it is not there",
            "0 cache create [install] it is not there",
            "1 app create [install] it is not there",
            "2 web create [install] it is not there",
        ]
    );
    assert!(world.fake.take_calls().is_empty());
    assert_eq!(std::fs::read_dir(world.home.path()).unwrap().count(), 0);
}

#[test]
fn creating_goes_wave_by_wave_and_twice_changes_nothing() {
    let world = World::new();
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    let mut calls = world.fake.take_calls();
    calls[..2].sort();
    assert_eq!(
        calls,
        ["install cache", "install db", "install app", "install web"]
    );
    let again = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!((again.run, again.outcome), (None, RunOutcome::Done));
    assert!(again.rows.iter().all(|row| row.action == Action::None));
    assert!(world.fake.take_calls().is_empty());
    assert_eq!(
        world
            .with(|engine| history(engine.data_dir, "stack").unwrap())
            .len(),
        1
    );
}

#[test]
fn the_next_wave_begins_when_the_one_before_is_ready() {
    let world = World::new();
    world.fake.slow.lock().unwrap().insert("db".to_owned(), 5);
    world.with(|engine| engine.create(&stack()).unwrap());
    let events = world.events.lock().unwrap();
    let at = |component: &str, status: EventStatus| {
        let found = events
            .iter()
            .position(|event| event.component == component && event.status == status);
        found.unwrap()
    };
    assert!(at("db", EventStatus::Waiting) < at("db", EventStatus::Ready));
    assert!(at("db", EventStatus::Ready) < at("app", EventStatus::Started));
    assert!(at("cache", EventStatus::Ready) < at("app", EventStatus::Started));
}

#[test]
fn what_is_never_ready_fails_when_its_time_is_over_and_is_taken_back() {
    let mut world = World::new();
    world.options.pace.budget = Duration::ZERO;
    world
        .fake
        .slow
        .lock()
        .unwrap()
        .insert("app".to_owned(), usize::MAX);
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::RolledBack);
    assert_eq!(
        outcome.failures[0].message,
        "it was not ready within 0ns: it does not say why"
    );
    assert!(world.fake.names().is_empty());
}

#[test]
fn nothing_is_waited_for_any_more_when_something_has_failed() {
    let world = World::new();
    // Nobody would live to see it.
    let never = ("db".to_owned(), usize::MAX);
    world.fake.slow.lock().unwrap().extend([never]);
    world
        .fake
        .trouble("cache", Operation::Install, Trouble::Before);
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::RolledBack);
    assert_eq!(outcome.failures.len(), 1);
    assert!(world.fake.names().is_empty());
}

#[test]
fn a_failure_takes_back_what_the_run_did_and_nothing_else() {
    for trouble in [Trouble::Before, Trouble::After] {
        let world = World::new();
        let first = Definition::new("stack", vec![component("db", "1.0.0", &[])]).unwrap();
        world.with(|engine| engine.create(&first).unwrap());
        world.fake.take_calls();
        world.fake.trouble("web", Operation::Install, trouble);
        let outcome = world.with(|engine| engine.create(&stack()).unwrap());
        assert_eq!(outcome.outcome, RunOutcome::RolledBack);
        assert_eq!(outcome.failures[0].component, "web");
        assert_eq!(world.fake.names(), ["db"]);
        let calls = world.fake.take_calls();
        let undone: Vec<&str> = calls[3..].iter().map(String::as_str).collect();
        if trouble == Trouble::Before {
            assert_eq!(undone, ["uninstall app", "uninstall cache"]);
        } else {
            assert_eq!(
                undone,
                ["uninstall web", "uninstall app", "uninstall cache"]
            );
        }
        let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "stack").unwrap());
        assert_eq!(state.components.len(), 1);
        assert!(state.unfinished.is_none());
    }
}

#[test]
fn an_update_that_fails_goes_back_to_the_earlier_version_and_settings() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    let before = world.fake.held.lock().unwrap().clone();
    world.fake.take_calls();
    let mut components = stack().components().to_vec();
    components[0].version = Some("2.0.0".to_owned());
    components[0].config = json!({"port": 81});
    components[2].config = json!({"port": 82});
    let next = Definition::new("stack", components).unwrap();
    let plan = world.with(|engine| engine.plan(&next).unwrap());
    assert_eq!(
        rows(&plan),
        [
            "0 db update [upgrade+configure] 1.0.0 is there, and its settings differ",
            "0 cache none [] it is as recorded",
            "1 app update [configure] its settings differ",
            "2 web none [] it is as recorded",
        ]
    );
    world
        .fake
        .trouble("app", Operation::Configure, Trouble::After);
    let outcome = world.with(|engine| engine.create(&next).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::RolledBack);
    assert_eq!(*world.fake.held.lock().unwrap(), before);
    let calls = world.fake.take_calls();
    assert_eq!(
        calls,
        [
            "upgrade db",
            "configure db",
            "configure app",
            // Nobody knows how far it came: the whole of it is done again.
            "install app",
            "upgrade db",
            "configure db",
        ]
    );
}

#[test]
fn what_was_there_before_the_deployment_is_not_removed_by_a_rollback() {
    let world = World::new();
    let stranger = Held {
        version: Some("1.0.0".to_owned()),
        config: json!({}),
    };
    world
        .fake
        .held
        .lock()
        .unwrap()
        .insert("db".to_owned(), stranger);
    let plan = world.with(|engine| engine.plan(&stack()).unwrap());
    assert_eq!(
        rows(&plan)[0],
        "0 db update [install] it is there, but not by this deployment"
    );
    world
        .fake
        .trouble("app", Operation::Install, Trouble::Before);
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::RolledBack);
    assert_eq!(
        left(&outcome),
        ["db: it was there before the deployment, and is left as it is now"]
    );
    assert_eq!(world.fake.names(), ["db"]);
}

#[test]
fn what_cannot_be_taken_back_keeps_what_it_needs_and_is_told() {
    let world = World::new();
    world
        .fake
        .trouble("web", Operation::Install, Trouble::Before);
    world
        .fake
        .trouble("app", Operation::Uninstall, Trouble::Before);
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Incomplete);
    let mut told = left(&outcome);
    told[1..].sort();
    assert_eq!(
        told,
        [
            "app: it does not work",
            "cache: it stays, because `app` needs it",
            "db: it stays, because `app` needs it",
        ]
    );
    assert_eq!(world.fake.names(), ["app", "cache", "db"]);
    let again = world.with(|engine| engine.rollback("stack").unwrap());
    assert_eq!(again.outcome, RunOutcome::RolledBack);
    assert!(world.fake.names().is_empty());
}

#[test]
fn what_was_done_can_be_kept_and_gone_on_with() {
    let mut world = World::new();
    world.options.on_failure = OnFailure::Keep;
    world
        .fake
        .trouble("app", Operation::Install, Trouble::Before);
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert_eq!(world.fake.names(), ["cache", "db"]);
    world.fake.take_calls();
    let resumed = world.with(|engine| engine.resume("stack", None).unwrap());
    assert_eq!(
        (resumed.run, resumed.outcome),
        (outcome.run, RunOutcome::Done)
    );
    assert_eq!(world.fake.take_calls(), ["install app", "install web"]);
    let error = world.with(|engine| engine.resume("stack", None).unwrap_err());
    assert_eq!(error.to_string(), "nothing is unfinished in `stack`");
}

#[test]
fn keeping_going_does_what_does_not_need_what_has_failed() {
    let mut world = World::new();
    world.options.keep_going = true;
    world
        .fake
        .trouble("db", Operation::Install, Trouble::Before);
    let mut components = stack().components().to_vec();
    components.push(component("metrics", "1.0.0", &["cache"]));
    let definition = Definition::new("stack", components).unwrap();
    let outcome = world.with(|engine| engine.create(&definition).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert_eq!(world.fake.names(), ["cache", "metrics"]);
    let skipped: Vec<String> = world
        .events
        .lock()
        .unwrap()
        .iter()
        .filter(|event| event.status == EventStatus::Skipped)
        .map(|event| event.component.clone())
        .collect();
    assert_eq!(skipped, ["app", "web"]);
}

#[test]
fn ctrl_c_before_anything_is_done_leaves_nothing() {
    let world = World::new();
    let outcome = world.with(|engine| {
        world.fake.stopped.store(true, Ordering::SeqCst);
        engine.create(&stack()).unwrap()
    });
    assert_eq!(
        (outcome.run, outcome.outcome),
        (None, RunOutcome::Interrupted)
    );
    assert!(
        world
            .with(|engine| names(engine.data_dir).unwrap())
            .is_empty()
    );
}

#[test]
fn ctrl_c_ends_a_run_that_can_go_on_or_be_taken_back() {
    for resume in [true, false] {
        let world = World::new();
        world
            .fake
            .trouble("app", Operation::Install, Trouble::Interrupt);
        let outcome = world.with(|engine| engine.create(&stack()).unwrap());
        assert_eq!(outcome.outcome, RunOutcome::Interrupted);
        let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "stack").unwrap());
        assert!(state.deployment.holder.is_none());
        assert!(state.in_flight.is_empty());
        assert!(state.unfinished.is_some());
        let app = &state.components[0];
        assert!(app.component.name == "app" && !app.certain);
        if resume {
            world.fake.take_calls();
            let outcome = world.with(|engine| engine.resume("stack", None).unwrap());
            assert_eq!(outcome.outcome, RunOutcome::Done);
            assert_eq!(world.fake.take_calls(), ["install app", "install web"]);
        } else {
            let outcome = world.with(|engine| engine.rollback("stack").unwrap());
            assert_eq!(outcome.outcome, RunOutcome::RolledBack);
            assert!(world.fake.names().is_empty());
        }
    }
}

#[test]
fn what_is_not_wanted_any_more_goes_last_and_in_reverse() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    world.fake.take_calls();
    let less = Definition::new("stack", stack().components()[..2].to_vec()).unwrap();
    let outcome = world.with(|engine| engine.create(&less).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.take_calls(), ["uninstall web", "uninstall app"]);
}

#[test]
fn deleting_goes_in_reverse_and_goes_on_after_a_failure() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    world.fake.take_calls();
    let plan = world.with(|engine| engine.plan_removal("stack").unwrap());
    assert_eq!(
        rows(&plan),
        [
            "0 web delete [uninstall] it is not wanted any more",
            "1 app delete [uninstall] it is not wanted any more",
            "2 db delete [uninstall] it is not wanted any more",
            "2 cache delete [uninstall] it is not wanted any more",
        ]
    );
    world
        .fake
        .trouble("app", Operation::Uninstall, Trouble::Before);
    let outcome = world.with(|engine| engine.delete("stack").unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert_eq!(world.fake.names(), ["app", "cache", "db"]);
    // Somebody removes one by hand meanwhile.
    world.fake.held.lock().unwrap().remove("cache");
    world.fake.take_calls();
    let outcome = world.with(|engine| engine.resume("stack", None).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.take_calls(), ["uninstall app", "uninstall db"]);
    let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "stack").unwrap());
    assert!(state.components.is_empty());
    assert_eq!(
        world
            .with(|engine| history(engine.data_dir, "stack").unwrap())
            .len(),
        2
    );
}

#[test]
fn what_differs_from_the_record_is_seen_by_asking() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    {
        let mut held = world.fake.held.lock().unwrap();
        held.remove("cache");
        held.get_mut("app").unwrap().version = Some("0.9.0".to_owned());
    }
    let plan = world.with(|engine| engine.plan(&stack()).unwrap());
    assert_eq!(
        rows(&plan),
        [
            "0 db none [] it is as recorded",
            "0 cache create [install] it is recorded, but it is not there",
            "1 app update [upgrade] 0.9.0 is there",
            "2 web none [] it is as recorded",
        ]
    );
}

#[test]
fn everything_that_is_impossible_is_told_before_anything_is_done() {
    let mut world = World::new();
    world.fake.lacks = vec![Operation::Install];
    let mut components = stack().components().to_vec();
    components.push(component("nowhere", "1.0.0", &[]));
    let definition = Definition::new("stack", components).unwrap();
    let error = world.with(|engine| engine.create(&definition).unwrap_err());
    let LifecycleError::Refused { problems, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(problems.len(), 5);
    assert_eq!(problems[0].message, "it has no operation `install`");
    assert!(error.to_string().contains("no taskserv called `nowhere`"));
    // Nothing of it is left.
    assert!(
        world
            .with(|engine| names(engine.data_dir).unwrap())
            .is_empty()
    );
}

#[test]
fn a_difference_names_fields() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    let mut components = stack().components().to_vec();
    components[0].config = json!({"port": 81});
    components[1].kind = ComponentType::Application;
    components.pop();
    components.push(component("metrics", "1.0.0", &[]));
    let next = Definition::new("stack", components).unwrap();
    let told: Vec<(String, Change, Vec<String>)> = world
        .with(|engine| diff(engine.data_dir, &next).unwrap())
        .into_iter()
        .map(|one| {
            let paths = one.fields.into_iter().map(|field| field.path).collect();
            (one.component, one.change, paths)
        })
        .collect();
    let row = |name: &str, change, paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        (name.to_owned(), change, paths)
    };
    assert_eq!(
        told,
        [
            row("db", Change::Changed, &["config.port"]),
            row("cache", Change::Changed, &["type"]),
            row("metrics", Change::Added, &[]),
            row("web", Change::Removed, &[]),
        ]
    );
}

#[test]
fn names_that_are_not_there_are_told_with_those_that_are() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    let error = world.with(|engine| engine.delete("stak").unwrap_err());
    assert_eq!(error.to_string(), "no deployment is called `stak`");
    assert_eq!(error.help().as_deref(), Some("did you mean `stack`?"));
    assert!(Definition::new("../up", Vec::new()).is_err());
}

#[test]
fn no_more_than_the_jobs_work_at_the_same_time() {
    let world = World::new();
    let names: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
    let components = names.iter().map(|name| component(name, "1.0.0", &[]));
    let wide = Definition::new("wide", components.collect()).unwrap();
    world.with(|engine| engine.create(&wide).unwrap());
    assert_eq!(world.fake.names().len(), 20);
    assert!(world.fake.most.load(Ordering::SeqCst) <= 3);
}
