//! A process that brings a deployment up, changes it and takes it down is killed again and again: whoever comes next knows what was
//! in flight, and goes on or takes it back; then what is recorded is what is there.
//!
//! This program starts itself as the worker, so it has no test harness. Components are files in a folder, which are half there
//! while an operation works on them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use provisioning::lifecycle::{
    Arguments, Component, ComponentType, Definition, Engine, Failure, LifecycleError, Operation,
    Operator, Options, Outcome, Pace, Recorded, RunOutcome,
};
use serde_json::{Value, json};

const KILLS: usize = 200;
const WORKER: &str = "PROVISIONING_TEST_WORKER";
const FROM: &str = "PROVISIONING_TEST_FROM";
/// How long an operation works.
const WORK: Duration = Duration::from_micros(700);
/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    match std::env::var(WORKER) {
        Ok(home) => {
            let from: u64 = std::env::var(FROM).unwrap().parse().unwrap();
            work_for_ever(home.as_ref(), from);
        }
        Err(_) => kill_workers(),
    }
}

/// Components as files.
struct Files {
    folder: PathBuf,
    /// The number of the call that fails.
    fails_at: u64,
    calls: AtomicU64,
}

impl Files {
    fn new(home: &Path, fails_at: u64) -> Self {
        let folder = home.join("there");
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            folder,
            fails_at,
            calls: AtomicU64::new(0),
        }
    }

    /// Returns what is there; nothing of it may be half there.
    fn whole(&self) -> BTreeMap<String, Value> {
        let entries = self.folder.read_dir().unwrap().map(|entry| entry.unwrap());
        let read = |path: PathBuf| {
            assert_eq!(path.extension().unwrap(), "json", "{}", path.display());
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        };
        entries.map(|entry| read(entry.path())).collect()
    }
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

impl Operator for Files {
    fn offers(&self, _: &Component, _: Operation) -> Result<bool, Failure> {
        Ok(true)
    }

    fn call(
        &self,
        component: &Component,
        operation: Operation,
        arguments: &Arguments,
        _: &dyn Fn() -> bool,
    ) -> Result<Value, Failure> {
        let file = self.folder.join(format!("{}.json", component.name));
        let half = self.folder.join(format!("{}.half", component.name));
        if operation == Operation::Status {
            let there = std::fs::read_to_string(&file).ok();
            let there: Value =
                there.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
            return Ok(json!({
                "installed": half.exists() || file.exists(),
                "ready": !half.exists(),
                "version": there["version"],
            }));
        }
        std::fs::write(&half, "").unwrap();
        let new = self.folder.join(format!("{}.new", component.name));
        let _ = std::fs::remove_file(&new);
        spin(WORK);
        let mut there = match std::fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => json!({"version": null, "config": null}),
        };
        if matches!(operation, Operation::Install | Operation::Upgrade) {
            there["version"] = arguments.version.clone().into();
        }
        if matches!(operation, Operation::Install | Operation::Configure) {
            there["config"] = arguments.config.clone().unwrap();
        }
        if operation == Operation::Uninstall {
            let _ = std::fs::remove_file(&file);
        } else {
            // In its place as a whole, but half done until the other file is gone.
            std::fs::write(&new, there.to_string()).unwrap();
            std::fs::rename(&new, &file).unwrap();
        }
        spin(WORK);
        std::fs::remove_file(&half).unwrap();
        if self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.fails_at {
            return Err(Failure::new("it was told to"));
        }
        Ok(Value::Null)
    }
}

fn engine<T>(home: &Path, files: &Files, work: impl FnOnce(&Engine<'_>) -> T) -> T {
    work(&Engine {
        data_dir: &home.join("data"),
        operator: files,
        options: Options {
            jobs: 2,
            pace: Pace {
                first: Duration::from_millis(1),
                most: Duration::from_millis(1),
                budget: PATIENCE,
            },
            ..Options::default()
        },
        events: &|_| {},
        stop: &|| false,
    })
}

/// Two waves of two and one of one, in another version and with other settings each time.
fn definition(number: u64) -> Definition {
    let one = |name: &str, needs: &[&str], config: u64| Component {
        name: name.to_owned(),
        kind: ComponentType::Taskserv,
        version: Some(format!("{}.0.0", number % 3 + 1)),
        config: json!({"port": config}),
        dependencies: needs.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut components = vec![
        one("db", &[], number),
        one("cache", &[], 1),
        one("app", &["db", "cache"], number),
        one("web", &["app"], 2),
    ];
    if number.is_multiple_of(2) {
        components.push(one("metrics", &["db"], number));
    }
    Definition::new("stack", components).unwrap()
}

fn work_for_ever(home: &Path, from: u64) {
    let mut output = std::io::stdout().lock();
    for number in from.. {
        writeln!(output, "{number}").unwrap();
        output.flush().unwrap();
        // Every third one fails on its way and is taken back.
        let fails_at = if number.is_multiple_of(3) { 4 } else { 0 };
        let files = Files::new(home, fails_at);
        engine(home, &files, |engine| {
            until_free(|| engine.create(&definition(number)));
            if number % 4 == 3 {
                until_free(|| engine.delete("stack"));
            }
        });
    }
}

/// Who kills looks now and then whether it would be refused; that is not what is shown here.
fn until_free(run: impl Fn() -> Result<Outcome, LifecycleError>) {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match run() {
            Err(LifecycleError::Held { .. }) => {}
            result => {
                result.unwrap();
                return;
            }
        }
    }
    panic!("nobody lets go of it");
}

fn shown(all: &[Recorded]) -> BTreeMap<String, Value> {
    let of = |one: &Recorded| {
        assert!(one.certain, "{one:?}");
        let there = json!({"version": one.component.version, "config": one.component.config});
        (one.component.name.clone(), there)
    };
    all.iter().map(of).collect()
}

/// Starts a run while another process has one, until that is seen.
fn is_refused(home: &Path, files: &Files, pid: u32) {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE);
        match engine(home, files, |engine| engine.resume("stack", None)) {
            Err(LifecycleError::Held { holder, .. }) => {
                // It may just have been given up, or not yet have been written.
                if let Some(holder) = holder.filter(|holder| holder.pid == pid) {
                    assert!(holder.is_alive());
                    return;
                }
            }
            Err(LifecycleError::Finished { .. } | LifecycleError::NotFound { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn kill_workers() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let files = Files::new(home, 0);
    let (mut from, mut in_flight, mut resumed, mut rolled_back) = (1, 0, 0, 0);
    for round in 0..KILLS {
        let mut worker = Command::new(std::env::current_exe().unwrap())
            .env(WORKER, home)
            .env(FROM, from.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(worker.stdout.take().unwrap())
            .lines()
            .map(|line| line.unwrap().parse::<u64>().unwrap());
        // A run that changes, one that is taken back, or one that takes down.
        let (phase, mut last) = (round as u64 % 4, 0);
        while last % 4 != phase || last == 0 {
            last = lines.next().unwrap();
        }
        if round % 10 == 0 {
            is_refused(home, &files, worker.id());
        }
        spin(Duration::from_micros((round as u64 * 997) % 60_000));
        worker.kill().unwrap();
        last = lines.last().unwrap_or(last);
        worker.wait().unwrap();
        from = last + 1;

        let state = engine(home, &files, |engine| {
            provisioning::lifecycle::state(engine.data_dir, "stack")
        });
        let Ok(state) = state else { continue };
        if let Some(holder) = &state.deployment.holder {
            assert!(!holder.is_alive(), "{round}: {holder:?}");
        }
        in_flight += state.in_flight.len();
        let result = engine(home, &files, |engine| {
            if round % 2 == 0 {
                engine.resume("stack", None)
            } else {
                engine.rollback("stack")
            }
        });
        match result {
            Ok(outcome) if round % 2 == 0 => {
                assert_eq!(outcome.outcome, RunOutcome::Done, "{round}: {outcome:?}");
                let goal = state.unfinished.unwrap().goal;
                assert_eq!(files.whole(), shown(&goal), "{round}");
                resumed += 1;
            }
            Ok(outcome) => {
                assert_eq!(
                    outcome.outcome,
                    RunOutcome::RolledBack,
                    "{round}: {outcome:?}"
                );
                rolled_back += 1;
            }
            // Killed between two runs.
            Err(LifecycleError::Finished { .. }) => assert!(state.unfinished.is_none()),
            Err(error) => panic!("{round}: {error}"),
        }
        let now = engine(home, &files, |engine| {
            provisioning::lifecycle::state(engine.data_dir, "stack").unwrap()
        });
        assert!(now.unfinished.is_none() && now.in_flight.is_empty());
        assert_eq!(now.deployment.holder, None);
        assert_eq!(files.whole(), shown(&now.components), "{round}");
    }
    // Some were killed in the middle of a step, or this would show nothing.
    assert!(in_flight > 0 && resumed > 0 && rolled_back > 0);
    println!(
        "{KILLS} workers killed, {in_flight} steps in flight, {resumed} runs gone on with, {rolled_back} taken back"
    );
}
