//! Random graphs, random changes of them and random failures: what is recorded is what is there.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::fake::{Trouble, World, component};
use crate::lifecycle::{
    Component, Definition, LifecycleError, OnFailure, Operation, Recorded, RunOutcome, history,
};

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// What is done next.
#[derive(Clone, Debug)]
enum Act {
    Create(Vec<(bool, u8, u8, u8)>),
    Delete,
    Resume,
    RollBack,
}

#[derive(Clone, Debug)]
struct Turn {
    act: Act,
    keep: bool,
    keep_going: bool,
    troubles: Vec<(usize, Operation, Trouble)>,
    /// Somebody takes one away behind our back.
    theft: Option<usize>,
}

/// Components that may be there, with version, settings and what they need of those before them.
fn definition(parts: &[(bool, u8, u8, u8)]) -> Definition {
    let mut components: Vec<Component> = Vec::new();
    for (name, (is_there, version, config, needs)) in NAMES.iter().zip(parts) {
        if !is_there {
            continue;
        }
        let before = components.iter().enumerate();
        let needs: Vec<String> = before
            .filter(|(at, _)| needs >> at & 1 == 1)
            .map(|(_, one)| one.name.clone())
            .collect();
        let mut one = component(name, &format!("{version}.0.0"), &[]);
        one.config = json!({"port": config});
        one.dependencies = needs;
        components.push(one);
    }
    Definition::new("random", components).unwrap()
}

fn act() -> impl Strategy<Value = Act> {
    let part = (prop::bool::weighted(0.7), 1..3_u8, 0..2_u8, any::<u8>());
    prop_oneof![
        4 => prop::collection::vec(part, NAMES.len()).prop_map(Act::Create),
        1 => Just(Act::Delete),
        2 => Just(Act::Resume),
        2 => Just(Act::RollBack),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let operation = prop_oneof![
        Just(Operation::Install),
        Just(Operation::Uninstall),
        Just(Operation::Configure),
        Just(Operation::Upgrade),
    ];
    let trouble = prop_oneof![
        Just(Trouble::Before),
        Just(Trouble::After),
        Just(Trouble::Interrupt)
    ];
    (
        act(),
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::collection::vec((0..NAMES.len(), operation, trouble), 0..5),
        prop::option::weighted(0.1, 0..NAMES.len()),
    )
        .prop_map(|(act, keep, keep_going, troubles, theft)| Turn {
            act,
            keep,
            keep_going,
            troubles,
            theft,
        })
}

type Shown = BTreeMap<String, (Option<String>, serde_json::Value)>;

fn shown(all: &[Recorded]) -> Shown {
    let of = |one: &Recorded| {
        let component = one.component.clone();
        (component.name, (component.version, component.config))
    };
    all.iter().map(of).collect()
}

fn held(world: &World) -> Shown {
    let held = world.fake.held.lock().unwrap();
    let of = |(name, one): (&String, &super::fake::Held)| {
        (name.clone(), (one.version.clone(), one.config.clone()))
    };
    held.iter().map(of).collect()
}

fn recorded(world: &World) -> Vec<Recorded> {
    match world.with(|engine| crate::lifecycle::state(engine.data_dir, "random")) {
        Ok(state) => state.components,
        Err(LifecycleError::NotFound { .. }) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

fn play(world: &mut World, turn: &Turn) {
    world.options.keep_going = turn.keep_going;
    world.options.on_failure = if turn.keep {
        OnFailure::Keep
    } else {
        OnFailure::RollBack
    };
    world.fake.troubles.lock().unwrap().clear();
    for (at, operation, trouble) in &turn.troubles {
        world.fake.trouble(NAMES[*at], *operation, *trouble);
    }
    if let Some(at) = turn.theft {
        world.fake.held.lock().unwrap().remove(NAMES[at]);
    }
    let before = recorded(world);
    let wanted = match &turn.act {
        Act::Create(parts) => Some(definition(parts)),
        _ => None,
    };
    let result = world.with(|engine| match (&turn.act, &wanted) {
        (Act::Create(_), Some(definition)) => engine.create(definition),
        (Act::Delete, _) => engine.delete("random"),
        (Act::RollBack, _) => engine.rollback("random"),
        _ => engine.resume("random", None),
    });
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(LifecycleError::NotFound { .. } | LifecycleError::Finished { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    let (now, there) = (recorded(world), held(world));
    // What is there is recorded; what is recorded for certain is there, unless it was taken behind our back.
    for name in there.keys() {
        assert!(
            now.iter().any(|one| one.component.name == *name),
            "{name} is there and not recorded: {turn:?}"
        );
    }
    for one in now.iter().filter(|one| one.certain) {
        let name = &one.component.name;
        let expected = shown(std::slice::from_ref(one));
        let is_stolen = turn.theft.is_some_and(|at| NAMES[at] == name);
        assert!(
            is_stolen || there.get(name) == expected.get(name),
            "{name}: {:?} {expected:?} {turn:?}",
            there.get(name)
        );
    }
    match outcome.outcome {
        RunOutcome::Done => {
            assert!(now.iter().all(|one| one.certain));
            assert_eq!(shown(&now), there);
            if let Some(definition) = &wanted {
                let goal: Vec<Recorded> =
                    definition.components().iter().map(Recorded::of).collect();
                assert_eq!(there, shown(&goal));
            }
        }
        RunOutcome::RolledBack if wanted.is_some() && turn.theft.is_none() => {
            assert_eq!(shown(&now), shown(&before));
            assert!(outcome.not_undone.is_empty());
        }
        RunOutcome::RolledBack => {}
        RunOutcome::Failed => assert!(!outcome.failures.is_empty()),
        RunOutcome::Incomplete => assert!(!outcome.not_undone.is_empty()),
        RunOutcome::Interrupted => {}
        RunOutcome::Superseded => panic!("a run does not end like that by itself"),
    }
    consistent(world);
}

/// Nobody holds it, nothing is in flight, and only the last run may be unfinished.
fn consistent(world: &World) {
    let state = world.with(|engine| crate::lifecycle::state(engine.data_dir, "random"));
    let Ok(state) = state else { return };
    assert_eq!(state.deployment.holder, None);
    assert!(state.in_flight.is_empty());
    let history = world.with(|engine| history(engine.data_dir, "random").unwrap());
    for (at, (run, steps)) in history.iter().enumerate() {
        let outcome = run.outcome.unwrap();
        assert!(outcome.is_final() || at == 0);
        assert!(steps.iter().all(|step| step.outcome.is_some()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_runs_the_journal_is_consistent_and_what_is_recorded_is_there(
        turns in prop::collection::vec(turn(), 1..7),
        last in prop::collection::vec((any::<bool>(), 1..3_u8, 0..2_u8, any::<u8>()), NAMES.len()),
    ) {
        let mut world = World::new();
        for turn in &turns {
            play(&mut world, turn);
        }
        // Whatever has happened, the next run that nothing goes wrong with brings what is wanted, and does it once.
        world.fake.troubles.lock().unwrap().clear();
        let wanted = definition(&last);
        let outcome = world.with(|engine| engine.create(&wanted).unwrap());
        prop_assert_eq!(outcome.outcome, RunOutcome::Done);
        let goal: Vec<Recorded> = wanted.components().iter().map(Recorded::of).collect();
        prop_assert_eq!(held(&world), shown(&goal));
        world.fake.take_calls();
        world.with(|engine| engine.create(&wanted).unwrap());
        prop_assert_eq!(world.fake.take_calls(), Vec::<String>::new());
        consistent(&world);
    }
}
