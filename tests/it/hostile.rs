//! Nothing that a file or a value holds takes the plugin down: each answers in time, within its memory, with a code
//! that says what is wrong, and the next one works.

mod bombs;
mod case;
mod code;
mod data;
mod files;
mod formats;
mod nesting;
mod schemas;
mod shell;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use provisioning::nickel::{Evaluator, Isolation, Limits};

use crate::processes::{Named, assert_gone, peak, watched};
use case::{Case, outcome};

/// Memory of an evaluation, in bytes.
const MEMORY: u64 = 192 << 20;

/// What a worker may use beyond: what it is itself, and what the kernel lets it have.
const RESERVE: u64 = (256 + 96) << 20;

/// How much later than its time limit an answer may come on a machine that is busy with other tests.
const SLACK: Duration = Duration::from_secs(4);

/// Returns an evaluator as it is in these tests.
fn limited(evaluator: &Evaluator, timeout: Duration) -> Evaluator {
    evaluator.clone().limited(Limits {
        timeout,
        memory: MEMORY,
        ..Limits::default()
    })
}

/// Runs cases and returns what is wrong with their outcomes.
fn run(evaluator: &Evaluator, cases: &[Case]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..evaluator.parallelism() {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { return };
                    let evaluator = limited(evaluator, case.timeout);
                    let directory = home.path().join(at.to_string());
                    let program = case.write(&directory);
                    let start = Instant::now();
                    let code = outcome(&evaluator, &program, &case.ask);
                    let took = start.elapsed();
                    if std::env::var_os("HOSTILE_SHOWN").is_some() {
                        eprintln!("{took:>8.2?} {code:<28} {}", case.name);
                    }
                    let report = |what: String| {
                        wrong.lock().unwrap().push(format!("{}: {what}", case.name));
                    };
                    if !case.codes.contains(&code.as_str()) {
                        report(format!("{code} after {took:?}, not {:?}", case.codes));
                    }
                    if took > case.timeout + SLACK {
                        report(format!("{took:?}"));
                    }
                    // A text that nobody has evaluated before.
                    let good = Case::new("good", format!("{at} + 0"));
                    let good = good.write(&directory.join("good"));
                    let patient = limited(&evaluator, Duration::from_secs(20));
                    match patient.evaluate(&good, &[], None) {
                        Ok(value) if value == at => {}
                        other => report(format!("the next evaluation gives {other:?}")),
                    }
                    let _ = std::fs::remove_dir_all(&directory);
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// Runs cases in workers: time, memory, code, the next evaluation, and nothing left behind.
#[track_caller]
fn prove(isolation: Isolation, cases: &[Case]) {
    let named = Named::new();
    let evaluator = named.evaluator().isolated(isolation);
    let (wrong, seen) = watched(|| named.workers(), || run(&evaluator, cases));
    let peak = peak(&seen);
    if std::env::var_os("HOSTILE_SHOWN").is_some() {
        eprintln!("peak {} MiB", peak >> 20);
    }
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
    assert!(peak > 0, "no worker was seen");
    assert!(
        peak < MEMORY + RESERVE,
        "a worker has used {} MiB",
        peak >> 20
    );
    drop(evaluator);
    assert_gone(&seen);
    assert_eq!(named.workers(), [], "workers are left");
}

#[test]
fn programs_that_are_nested_without_an_end_are_told_so() {
    prove(Isolation::Auto, &nesting::cases());
}

#[test]
fn programs_that_compute_without_an_end_are_ended() {
    prove(Isolation::Auto, &bombs::cases());
}

#[test]
fn files_that_are_no_programs_are_told_so() {
    prove(Isolation::Worker, &files::cases());
}

#[test]
fn data_files_that_are_bombs_are_refused() {
    prove(Isolation::Worker, &formats::cases());
}

#[test]
fn contracts_that_blow_up_for_certain_data_are_ended() {
    prove(Isolation::Auto, &data::cases());
}

#[test]
fn what_cannot_take_a_process_down_is_told_in_this_process_too() {
    let evaluator = Evaluator::default();
    let cases: Vec<Case> = nesting::cases()
        .into_iter()
        .chain(bombs::cases())
        .chain(files::cases())
        .chain(formats::cases())
        .chain(data::cases())
        .filter(|case| case.is_tame)
        .collect();
    assert!(cases.len() > 20, "{}", cases.len());
    let wrong = run(&evaluator, &cases);
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}
