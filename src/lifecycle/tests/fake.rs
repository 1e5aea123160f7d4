//! Components that are played: what they hold is in memory, and they fail when they are told to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::lifecycle::{
    Arguments, Component, ComponentType, Definition, Engine, Event, Failure, Operation, Operator,
    Options, Pace,
};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Trouble {
    /// It does nothing and fails.
    Before,
    /// It does its work and fails.
    After,
    /// Ctrl-C comes while it does its work.
    Interrupt,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) version: Option<String>,
    pub(super) config: Value,
}

#[derive(Default)]
pub(super) struct Fake {
    /// What is there.
    pub(super) held: Mutex<BTreeMap<String, Held>>,
    /// Every call that changes something: component and operation.
    pub(super) calls: Mutex<Vec<(String, &'static str)>>,
    /// What goes wrong at the next call of an operation of a component.
    pub(super) troubles: Mutex<HashMap<(String, Operation), Vec<Trouble>>>,
    /// Questions until a component is ready.
    pub(super) slow: Mutex<HashMap<String, usize>>,
    /// Components that have ended by themselves.
    pub(super) dead: Mutex<HashSet<String>>,
    /// Operations that nothing has.
    pub(super) lacks: Vec<Operation>,
    pub(super) stopped: AtomicBool,
    /// How many work now, and have worked at the same time.
    working: AtomicUsize,
    pub(super) most: AtomicUsize,
}

impl Fake {
    pub(super) fn trouble(&self, component: &str, operation: Operation, trouble: Trouble) {
        let mut troubles = self.troubles.lock().unwrap();
        let all = troubles.entry((component.to_owned(), operation));
        all.or_default().insert(0, trouble);
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.held.lock().unwrap().keys().cloned().collect()
    }

    pub(super) fn take_calls(&self) -> Vec<String> {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        calls
            .into_iter()
            .map(|(component, operation)| format!("{operation} {component}"))
            .collect()
    }

    fn change(&self, component: &Component, operation: Operation, arguments: &Arguments) {
        let mut held = self.held.lock().unwrap();
        let name = component.name.clone();
        let config = arguments.config.clone().unwrap_or_default();
        match operation {
            Operation::Install => {
                let version = arguments.version.clone();
                held.insert(name, Held { version, config });
            }
            Operation::Uninstall => drop(held.remove(&name)),
            Operation::Configure => held.get_mut(&name).unwrap().config = config,
            Operation::Upgrade => {
                held.get_mut(&name)
                    .unwrap()
                    .version
                    .clone_from(&arguments.version);
            }
            Operation::Restart => {
                assert!(held.contains_key(&name));
                self.dead.lock().unwrap().remove(&name);
            }
            Operation::Status => unreachable!(),
        }
    }
}

impl Operator for Fake {
    fn offers(&self, component: &Component, operation: Operation) -> Result<bool, Failure> {
        if component.name == "nowhere" {
            return Err(Failure::new("no taskserv called `nowhere` is registered"));
        }
        Ok(!self.lacks.contains(&operation))
    }

    fn call(
        &self,
        component: &Component,
        operation: Operation,
        arguments: &Arguments,
        _: &dyn Fn() -> bool,
    ) -> Result<Value, Failure> {
        if operation == Operation::Status {
            let held = self.held.lock().unwrap();
            let Some(there) = held.get(&component.name) else {
                return Ok(json!({"installed": false}));
            };
            if self.dead.lock().unwrap().contains(&component.name) {
                return Ok(json!({"installed": true, "running": false, "ready": false}));
            }
            let mut slow = self.slow.lock().unwrap();
            let left = slow.entry(component.name.clone()).or_default();
            let ready = *left == 0;
            *left = left.saturating_sub(1);
            return Ok(json!({"installed": true, "ready": ready, "version": there.version}));
        }
        let now = self.working.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let name = component.name.clone();
        let call = (name.clone(), operation.name(component.kind));
        self.calls.lock().unwrap().push(call);
        let trouble = self
            .troubles
            .lock()
            .unwrap()
            .get_mut(&(name, operation))
            .and_then(Vec::pop);
        if trouble != Some(Trouble::Before) {
            self.change(component, operation, arguments);
        }
        self.working.fetch_sub(1, Ordering::SeqCst);
        match trouble {
            None => Ok(Value::Null),
            Some(Trouble::Interrupt) => {
                self.stopped.store(true, Ordering::SeqCst);
                Err(Failure::interrupted())
            }
            Some(_) => {
                // Careless, as programs are.
                let secret = component.config["admin"]["password"].as_str();
                let with = secret.map_or(String::new(), |secret| format!(" with {secret}"));
                Err(Failure::new(format!("it does not work{with}")))
            }
        }
    }
}

/// A data directory with components that are played.
pub(super) struct World {
    pub(super) home: tempfile::TempDir,
    pub(super) fake: Fake,
    pub(super) options: Options,
    pub(super) events: Mutex<Vec<Event>>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            fake: Fake::default(),
            options: Options {
                jobs: 3,
                pace: Pace {
                    first: Duration::ZERO,
                    most: Duration::ZERO,
                    budget: Duration::from_secs(60),
                },
                ..Options::default()
            },
            events: Mutex::default(),
        }
    }

    /// Runs work with an engine. Nobody has pressed Ctrl-C before it.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Engine<'_>) -> T) -> T {
        self.fake.stopped.store(false, Ordering::SeqCst);
        work(&Engine {
            data_dir: self.home.path(),
            operator: &self.fake,
            options: self.options,
            events: &|event| self.events.lock().unwrap().push(event.clone()),
            stop: &|| self.fake.stopped.load(Ordering::SeqCst),
        })
    }
}

pub(super) fn component(name: &str, version: &str, needs: &[&str]) -> Component {
    Component {
        name: name.to_owned(),
        kind: ComponentType::Taskserv,
        version: Some(version.to_owned()),
        config: json!({"port": 80}),
        dependencies: needs.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// `db`, `cache`; `app` needs both; `web` needs `app`.
pub(super) fn stack() -> Definition {
    let components = vec![
        component("db", "1.0.0", &[]),
        component("cache", "1.0.0", &[]),
        component("app", "1.0.0", &["db", "cache"]),
        component("web", "1.0.0", &["app"]),
    ];
    Definition::new("stack", components).unwrap()
}
