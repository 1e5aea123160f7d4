//! What others have left: runs that were killed or have failed, and secrets that are not kept.

use serde_json::json;

use super::fake::{Held, Trouble, World, component, stack};
use crate::diagnostic::Explain as _;
use crate::lifecycle::journal::{Beginning, Journal};
use crate::lifecycle::{
    Definition, Holder, LifecycleError, OnFailure, Operation, Recorded, RunOutcome, StepOutcome,
    diff, history,
};
use crate::store::Lock;

#[test]
fn a_second_run_is_refused_while_the_first_one_is_there_and_the_dead_are_not_waited_for() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    let directory = world.home.path();
    let lock = Lock::take_now(&directory.join("deployments/stack.lock"), "a run").unwrap();
    let mut journal = Journal::open(directory).unwrap();
    let me = Holder::this_process();
    journal.hold("stack", &me).unwrap();
    let error = world.with(|engine| engine.delete("stack").unwrap_err());
    assert!(
        matches!(&error, LifecycleError::Held { holder: Some(holder), .. } if holder.pid == me.pid)
    );
    assert!(error.to_string().starts_with(&format!(
        "another process works on `stack`: process {}, since ",
        me.pid
    )));
    // What the system has taken from a process that was killed; its name is still there.
    drop(lock);
    let dead = Holder {
        boot: Some("an earlier start".to_owned()),
        ..me
    };
    journal.hold("stack", &dead).unwrap();
    let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "stack").unwrap());
    assert!(!state.deployment.holder.unwrap().is_alive());
    let outcome = world.with(|engine| engine.delete("stack").unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "stack").unwrap());
    assert!(state.deployment.holder.is_none());
}

/// Leaves what a process leaves that was killed while it installed `db`.
fn killed_while_installing(world: &World) {
    let mut journal = Journal::open(world.home.path()).unwrap();
    journal.hold("stack", &Holder::this_process()).unwrap();
    let goal: Vec<Recorded> = stack().components().iter().map(Recorded::of).collect();
    let run = journal.begin_run("stack", "create", &goal).unwrap();
    let beginning = Beginning {
        run,
        wave: 0,
        component: "db",
        operation: "install",
        undoes: false,
        before: None,
        after: Some(&goal[0]),
    };
    journal.begin_step(&beginning).unwrap();
}

#[test]
fn what_was_in_flight_is_known_and_what_has_become_of_it_is_asked() {
    for happened in [true, false] {
        let world = World::new();
        killed_while_installing(&world);
        if happened {
            let there = Held {
                version: Some("1.0.0".to_owned()),
                config: json!({"port": 80}),
            };
            world
                .fake
                .held
                .lock()
                .unwrap()
                .insert("db".to_owned(), there);
        }
        let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "stack").unwrap());
        assert_eq!(state.in_flight.len(), 1);
        assert_eq!(
            (
                state.in_flight[0].component.as_str(),
                state.in_flight[0].operation.as_str()
            ),
            ("db", "install")
        );
        let outcome = world.with(|engine| engine.rollback("stack").unwrap());
        assert_eq!(outcome.outcome, RunOutcome::RolledBack);
        let calls = world.fake.take_calls();
        assert_eq!(calls.len(), usize::from(happened), "{calls:?}");
        assert!(world.fake.names().is_empty());
        let history = world.with(|engine| history(engine.data_dir, "stack").unwrap());
        assert_eq!(history[0].1[0].outcome, Some(StepOutcome::Lost));
    }
    let world = World::new();
    killed_while_installing(&world);
    let outcome = world.with(|engine| engine.resume("stack", None).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.names(), ["app", "cache", "db", "web"]);
}

#[test]
fn a_new_run_takes_the_place_of_one_that_was_not_finished() {
    let world = World::new();
    killed_while_installing(&world);
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    let history = world.with(|engine| history(engine.data_dir, "stack").unwrap());
    assert_eq!(history[1].0.outcome, Some(RunOutcome::Superseded));
}

#[test]
fn secrets_are_not_kept_and_asked_for_again() {
    let canary = "canary-7f3a91";
    let mut world = World::new();
    world.options.on_failure = OnFailure::Keep;
    let mut db = component("db", "1.0.0", &[]);
    db.config = json!({"port": 80, "admin": {"password": canary}});
    let definition = Definition::new("stack", vec![db.clone()]).unwrap();
    world
        .fake
        .trouble("db", Operation::Install, Trouble::Before);
    let outcome = world.with(|engine| engine.create(&definition).unwrap());
    assert_eq!(outcome.failures[0].message, "it does not work with ***");
    let error = world.with(|engine| engine.resume("stack", None).unwrap_err());
    assert_eq!(
        error.to_string(),
        "`stack` cannot be brought there: `db`: secret settings are not kept, and it takes `admin.password`"
    );
    assert_eq!(
        error.help().as_deref(),
        Some("give the definition with them: cluster create, or cluster resume NAME FILE")
    );
    let other = Definition::new("stack", vec![component("db", "1.0.0", &[])]).unwrap();
    let error = world.with(|engine| engine.resume("stack", Some(&other)).unwrap_err());
    assert_eq!(
        error.to_string(),
        "the unfinished run of `stack` is for another definition: `db` differs"
    );
    let outcome = world.with(|engine| engine.resume("stack", Some(&definition)).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.held.lock().unwrap()["db"].config, db.config);
    // Another secret is another setting.
    db.config = json!({"port": 80, "admin": {"password": "another"}});
    let changed = Definition::new("stack", vec![db]).unwrap();
    let plan = world.with(|engine| engine.plan(&changed).unwrap());
    assert_eq!(plan.rows[0].reason, "its settings differ");
    let differences = world.with(|engine| diff(engine.data_dir, &changed).unwrap());
    assert_eq!(differences[0].fields[0].path, "config.admin.password");
    for entry in std::fs::read_dir(world.home.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let holds = bytes
                .windows(canary.len())
                .any(|part| part == canary.as_bytes());
            assert!(!holds, "{}", path.display());
        }
    }
}
