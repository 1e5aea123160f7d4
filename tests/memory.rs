//! Evaluations leave nothing behind. A program of its own, because the memory of the whole process is measured.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;

use provisioning::nickel::{Evaluator, Input, Program};
use provisioning::worker::used_memory;
use serde_json::json;

/// Memory that may come and go with the allocator's and the engine's own tables, in bytes.
const SLACK: u64 = 6 << 20;

fn text(text: &str) -> Program {
    Program::new(Input::Text {
        text: text.to_owned(),
        name: "input.ncl".to_owned(),
        directory: PathBuf::from("/nowhere"),
    })
}

/// Runs something often, and returns by how much the memory of the process has grown in the second half.
fn growth(times: usize, mut work: impl FnMut(usize)) -> Option<u64> {
    for at in 0..times {
        work(at);
    }
    let half = used_memory()?;
    for at in times..2 * times {
        work(at);
    }
    Some(used_memory()?.saturating_sub(half))
}

#[test]
fn evaluations_and_checks_leave_no_memory_behind() {
    evaluations_under_contracts_leave_no_memory_behind();
    checks_of_many_rows_leave_no_memory_behind();
}

fn evaluations_under_contracts_leave_no_memory_behind() {
    // Recursive records refer to themselves: without being taken apart, each evaluation would leave more than 10 KiB.
    let evaluator = Evaluator::default();
    let program = text(
        "let Server = { name | String, port | Number | default = 80, url = \"%{name}:%{std.to_string port}\" } in
         { n | Number, servers | Array Server = std.array.generate (fun i => { name = \"s%{std.to_string i}\" }) 2 }",
    );
    // 10,000 in all.
    let times = 5_000;
    let grown = growth(times, |at| {
        // Another override each time: no result is known.
        let overrides = json!({"n": at});
        let value = evaluator.evaluate(&program, &[], Some(&overrides)).unwrap();
        assert_eq!(value["n"], json!(at));
    });
    if let Some(grown) = grown {
        assert!(
            grown < SLACK,
            "{grown} bytes more after {times} evaluations"
        );
    }
}

fn checks_of_many_rows_leave_no_memory_behind() {
    let evaluator = Evaluator::default();
    let schema = text(
        "{ S = { id | Number, name | String, inner | { a | Number | default = 1 } | default = {} } }",
    );
    let times = 50;
    let grown = growth(times, |at| {
        let rows = (0..100)
            .map(|row| json!({"id": row + at, "name": "x"}))
            .collect();
        let checked = evaluator.check(&schema, &["S".to_owned()], rows).unwrap();
        assert!(checked.iter().all(|row| row.faults.is_empty()));
    });
    if let Some(grown) = grown {
        assert!(grown < SLACK, "{grown} bytes more after {times} checks");
    }
}
