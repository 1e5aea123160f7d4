//! Workers as others see them: killed, interrupted, shared, confined; and the same answers wherever Nickel runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use provisioning::diagnostic::Explain as _;
use provisioning::nickel::{
    Evaluator, Input, Interrupt, Isolation, Limits, NickelError, Program, is_readable_format,
};
use serde_json::{Value, json};

use crate::processes::{Named, Process, assert_gone, processes, until, watched};
use crate::support::{examples, repository};

const LOOP: &str = "let rec f = fun x => f (x + 1) in f 1";
const ONE_STEP: &str = "std.number.pow 7 1000000000";

fn text(text: impl Into<String>) -> Program {
    Program::new(Input::Text {
        text: text.into(),
        name: "input.ncl".to_owned(),
        directory: PathBuf::from("/nowhere"),
    })
}

fn timed(evaluator: &Evaluator, timeout: Duration) -> Evaluator {
    evaluator.clone().limited(Limits {
        timeout,
        ..Limits::default()
    })
}

fn evaluate(evaluator: &Evaluator, program: &str) -> Result<Value, NickelError> {
    evaluator.evaluate(&text(program), &[], None)
}

/// Waits until a worker is at work.
fn busy(named: &Named) -> Process {
    let found = until(
        || {
            named
                .workers()
                .into_iter()
                .filter(Process::is_at_work)
                .collect()
        },
        |found| !found.is_empty(),
    );
    found.into_iter().next().unwrap()
}

#[test]
fn an_interrupt_is_answered_at_once_and_leaves_no_process() {
    let named = Named::new();
    let evaluator = named.evaluator().isolated(Isolation::Worker);
    let ((), seen) = watched(
        || named.workers(),
        || {
            for program in [LOOP, ONE_STEP] {
                // Once in three a busy machine may not let us answer in time.
                let took = (0..3)
                    .map(|_| interrupted(&named, &evaluator, program))
                    .min();
                assert!(
                    took < Some(Duration::from_millis(100)),
                    "{program}: {took:?}"
                );
            }
        },
    );
    assert_eq!(evaluate(&evaluator, "1 + 1").unwrap(), 2);
    drop(evaluator);
    assert_gone(&seen);
}

/// Interrupts an evaluation that is going on, and returns how long the answer has taken.
fn interrupted(named: &Named, evaluator: &Evaluator, program: &str) -> Duration {
    let interrupt = Interrupt::default();
    let limited = evaluator.clone().limited(Limits {
        timeout: Duration::from_secs(60),
        memory: 4 << 30,
        interrupt: interrupt.clone(),
        ..Limits::default()
    });
    std::thread::scope(|scope| {
        let evaluation = scope.spawn(|| (evaluate(&limited, program), Instant::now()));
        busy(named);
        let start = Instant::now();
        interrupt.trigger();
        let (outcome, end) = evaluation.join().unwrap();
        assert!(
            matches!(outcome, Err(NickelError::Interrupted)),
            "{outcome:?}"
        );
        end - start
    })
}

#[test]
fn a_worker_killed_while_it_waits_is_replaced_unnoticed() {
    let named = Named::new();
    let evaluator = named.evaluator().isolated(Isolation::Worker);
    for round in 0..3 {
        assert_eq!(evaluate(&evaluator, &format!("{round}")).unwrap(), round);
        let workers = named.workers();
        assert!(!workers.is_empty());
        workers.iter().for_each(Process::kill);
        // Nobody has asked for them yet.
        let is_killed = |process: &Process| workers.iter().any(|worker| worker.id == process.id);
        until(
            || processes(is_killed),
            |left| left.iter().all(Process::has_ended),
        );
    }
    assert_eq!(evaluate(&evaluator, "\"alive\"").unwrap(), "alive");
}

#[test]
fn a_worker_killed_at_work_is_an_error_of_that_call_only() {
    let named = Named::new();
    let evaluator = named.evaluator().isolated(Isolation::Worker);
    let ((), seen) = watched(
        || named.workers(),
        || {
            for program in [LOOP, ONE_STEP] {
                let patient = evaluator.clone().limited(Limits {
                    timeout: Duration::from_secs(60),
                    memory: 4 << 30,
                    ..Limits::default()
                });
                std::thread::scope(|scope| {
                    let evaluation = scope.spawn(|| evaluate(&patient, program));
                    busy(&named).kill();
                    let outcome = evaluation.join().unwrap();
                    let error = outcome.unwrap_err();
                    assert_eq!(error.code().as_str(), "nickel::limit");
                    assert!(error.to_string().contains("ended from outside"), "{error}");
                });
                assert_eq!(evaluate(&evaluator, "1 + 1").unwrap(), 2);
            }
        },
    );
    drop(evaluator);
    assert_gone(&seen);
}

#[test]
fn a_worker_is_confined() {
    let named = Named::new();
    let evaluator = named.evaluator().isolated(Isolation::Worker);
    evaluate(&evaluator, "1").unwrap();
    let worker = named.workers().into_iter().next().unwrap();
    let proc = Path::new("/proc").join(worker.id.to_string());
    assert_eq!(std::fs::read(proc.join("environ")).unwrap(), b"");
    assert_eq!(
        std::fs::read_link(proc.join("cwd")).unwrap(),
        Path::new("/")
    );
    assert_eq!(worker.status("NoNewPrivs").as_deref(), Some("1"));
    let limits = std::fs::read_to_string(proc.join("limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let soft = line[name.len()..].split_whitespace().next().unwrap();
        soft.parse::<u64>().ok()
    };
    assert_eq!(limit("Max core file size"), Some(0));
    assert!(limit("Max data size").is_some(), "{limits}");
    assert!(limit("Max cpu time").is_some(), "{limits}");
    for pipe in 0..3 {
        let target = std::fs::read_link(proc.join(format!("fd/{pipe}"))).unwrap();
        let target = target.display().to_string();
        assert!(target.starts_with("pipe:"), "{target}");
    }
}

#[test]
fn a_program_that_loops_for_certain_data_is_ended_in_this_process_too() {
    const TIMEOUT: Duration = Duration::from_millis(500);
    let named = Named::new();
    let evaluator = timed(&named.evaluator(), TIMEOUT).isolated(Isolation::InProcess);
    let patient = timed(&evaluator, Duration::from_secs(20));
    let contract = text(format!(
        "fun label value => if value == 7 then {LOOP} else if value == 9 then (let rec x = {{ y = x }} in x) else value"
    ));
    let check = |evaluator: &Evaluator, value: u32| {
        let rows = evaluator.check(&contract, &[], vec![json!(value)])?;
        Ok::<_, NickelError>(rows.into_iter().next().unwrap())
    };
    for _ in 0..2 {
        for value in 0..5 {
            assert_eq!(check(&patient, value).unwrap().value, json!(value));
        }
        let start = Instant::now();
        let outcome = check(&evaluator, 7);
        let took = start.elapsed();
        assert!(
            matches!(outcome, Err(NickelError::Timeout(_))),
            "{outcome:?}"
        );
        assert!(took < TIMEOUT + Duration::from_secs(1), "{took:?}");
        let endless = check(&patient, 9).unwrap();
        assert_eq!(endless.faults[0].code.as_str(), "nickel::limit");
        assert_eq!(check(&patient, 1).unwrap().value, json!(1));
    }
}

/// Lists files that can be evaluated, those of a directory and of what lies below.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if is_readable_format(&path) {
            found.push(path);
        }
    }
}

#[test]
fn the_answers_are_the_same_wherever_nickel_runs() {
    let mut all = Vec::new();
    files(&examples(), &mut all);
    let mut own = Vec::new();
    files(&repository().join("tests/nickel/conformance"), &mut own);
    own.sort();
    // Every file of one kind has its turn elsewhere: these are enough to see a difference.
    all.extend(own.into_iter().step_by(3));
    assert!(all.len() > 50, "{}", all.len());
    let told = |evaluator: &Evaluator, path: &PathBuf| match evaluator.evaluate(
        &Program::file(path),
        &[],
        None,
    ) {
        Ok(value) => value.to_string(),
        Err(error) => format!("{error:?}"),
    };
    let named = Named::new();
    let evaluators = [Isolation::InProcess, Isolation::Worker, Isolation::Auto]
        .map(|isolation| timed(&named.evaluator(), Duration::from_secs(20)).isolated(isolation));
    for path in &all {
        let [here, there, either] = evaluators.each_ref().map(|evaluator| told(evaluator, path));
        assert_eq!(here, there, "{}", path.display());
        assert_eq!(here, either, "{}", path.display());
    }
}
