//! Changes of single components.

use serde_json::json;

use super::fake::{Trouble, World, component, stack};
use crate::diagnostic::Explain as _;
use crate::lifecycle::{
    Action, Alteration, Definition, LifecycleError, Operation, Outcome, RunOutcome, history,
};

fn setting(value: i64) -> Alteration {
    Alteration::Setting {
        name: "replicas".to_owned(),
        value: value.into(),
    }
}

fn alter(world: &World, components: &[&str], what: &Alteration) -> Result<Outcome, LifecycleError> {
    let components: Vec<String> = components.iter().map(|it| (*it).to_owned()).collect();
    world.with(|engine| engine.alter("stack", &components, what))
}

/// A deployment of `app`, which can be scaled, and needs `db`, which cannot.
fn world() -> World {
    let world = World::new();
    let mut app = component("app", "1.0.0", &["db"]);
    app.config = json!({"port": 80, "replicas": 1});
    let definition = Definition::new("stack", vec![component("db", "1.0.0", &[]), app]).unwrap();
    world.with(|engine| engine.create(&definition).unwrap());
    world.fake.take_calls();
    world
}

#[test]
fn a_setting_is_changed_where_it_is_and_given_back_when_that_fails() {
    let world = world();
    assert_eq!(
        alter(&world, &[], &setting(3)).unwrap().outcome,
        RunOutcome::Done
    );
    assert_eq!(world.fake.take_calls(), ["configure app"]);
    let config = || world.fake.held.lock().unwrap()["app"].config.clone();
    assert_eq!(config(), json!({"port": 80, "replicas": 3}));
    // The same again changes nothing.
    assert_eq!(alter(&world, &[], &setting(3)).unwrap().run, None);

    world
        .fake
        .trouble("app", Operation::Configure, Trouble::After);
    let outcome = alter(&world, &["app"], &setting(9)).unwrap();
    assert_eq!(outcome.outcome, RunOutcome::RolledBack);
    assert_eq!(config(), json!({"port": 80, "replicas": 3}));
    let runs = world.with(|engine| history(engine.data_dir, "stack").unwrap());
    assert_eq!(runs[0].0.operation, "scale");

    let unknown = Alteration::Setting {
        name: "workers".to_owned(),
        value: json!(1),
    };
    let error = alter(&world, &[], &unknown).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no component of `stack` has the setting `workers`"
    );
    let error = alter(&world, &["ap"], &setting(1)).unwrap_err();
    assert_eq!(error.to_string(), "`stack` has no component `ap`");
    assert_eq!(error.help().as_deref(), Some("did you mean `app`?"));
}

#[test]
fn one_component_goes_to_another_version() {
    let world = world();
    let what = Alteration::Version("2.0.0".to_owned());
    let plan = world.with(|engine| {
        let components = ["app".to_owned()];
        engine.plan_alteration("stack", &components, &what).unwrap()
    });
    assert_eq!(plan.rows.len(), 1);
    assert_eq!(plan.rows[0].operations(), ["upgrade"]);
    assert!(world.fake.take_calls().is_empty());
    alter(&world, &["app"], &what).unwrap();
    assert_eq!(world.fake.take_calls(), ["upgrade app"]);
    let version = |name: &str| world.fake.held.lock().unwrap()[name].version.clone();
    assert_eq!(version("app").as_deref(), Some("2.0.0"));
    assert_eq!(version("db").as_deref(), Some("1.0.0"));
}

#[test]
fn a_restart_is_a_run_that_only_goes_on() {
    let world = world();
    let outcome = alter(&world, &["db"], &Alteration::Restart).unwrap();
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.take_calls(), ["restart db"]);
    world
        .fake
        .trouble("db", Operation::Restart, Trouble::Before);
    let outcome = alter(&world, &["db"], &Alteration::Restart).unwrap();
    assert_eq!(outcome.outcome, RunOutcome::Failed);
    assert_eq!(world.fake.take_calls(), ["restart db"]);
    // What is not known to be whole is installed again.
    let outcome = world.with(|engine| engine.resume("stack", None).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.take_calls(), ["install db"]);
}

#[test]
fn what_has_ended_by_itself_is_started_again() {
    let world = World::new();
    world.with(|engine| engine.create(&stack()).unwrap());
    world.fake.take_calls();
    world.fake.dead.lock().unwrap().insert("cache".to_owned());
    let plan = world.with(|engine| engine.plan(&stack()).unwrap());
    let row = plan
        .rows
        .iter()
        .find(|row| row.component == "cache")
        .unwrap();
    assert_eq!(
        (row.action, row.reason.as_str()),
        (Action::Update, "it does not run")
    );
    let outcome = world.with(|engine| engine.create(&stack()).unwrap());
    assert_eq!(outcome.outcome, RunOutcome::Done);
    assert_eq!(world.fake.take_calls(), ["restart cache"]);
}

#[test]
fn secrets_that_are_not_kept_stay_needed_after_a_change() {
    let world = World::new();
    let mut app = component("app", "1.0.0", &[]);
    app.config = json!({"replicas": 1, "admin": {"password": "hunter2-hunter2"}});
    let definition = Definition::new("stack", vec![app.clone()]).unwrap();
    world.with(|engine| engine.create(&definition).unwrap());
    world.fake.take_calls();
    assert_eq!(
        alter(&world, &[], &setting(2)).unwrap().outcome,
        RunOutcome::Done
    );
    assert_eq!(world.fake.take_calls(), ["configure app"]);
    // What is recorded is not enough to install it again.
    world.fake.held.lock().unwrap().clear();
    let version = Alteration::Version("2.0.0".to_owned());
    let error = alter(&world, &["app"], &version).unwrap_err();
    assert!(
        error.to_string().contains("secret settings are not kept"),
        "{error}"
    );
    world.with(|engine| engine.create(&definition).unwrap());
    assert_eq!(world.fake.take_calls(), ["install app"]);
}
