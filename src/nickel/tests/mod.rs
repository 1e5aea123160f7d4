//! The evaluator as a whole.

mod check;
mod describe;
mod imports;
mod schemas;
mod texts;

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::diagnostic::{Explain as _, render};

use super::*;

/// Engines are kept, as in the plugin.
static EVALUATOR: LazyLock<Evaluator> = LazyLock::new(Evaluator::default);

fn text(text: &str) -> Program {
    Program::new(Input::Text {
        text: text.to_owned(),
        name: "input.ncl".to_owned(),
        directory: PathBuf::from("/nowhere"),
    })
}

fn evaluate(program: &Program) -> Result<Value, NickelError> {
    EVALUATOR.evaluate(program, &[], None)
}

/// Returns an evaluator that gives up early.
fn with_timeout(timeout: Duration) -> Evaluator {
    EVALUATOR.clone().limited(Limits {
        timeout,
        ..Limits::default()
    })
}

fn shown(program: &Program) -> String {
    explained(&evaluate(program).unwrap_err())
}

fn explained(error: &NickelError) -> String {
    let details: Vec<String> = error.details().iter().map(render).collect();
    if details.is_empty() {
        error.to_string()
    } else {
        details.join("\n\n")
    }
}

fn codes(program: &Program) -> Vec<&'static str> {
    codes_of(&evaluate(program).unwrap_err())
}

fn codes_of(error: &NickelError) -> Vec<&'static str> {
    match error.details() {
        [] => vec![error.code().as_str()],
        details => details
            .iter()
            .map(|finding| finding.code.as_str())
            .collect(),
    }
}

#[test]
fn values_come_out_as_data_in_their_order() {
    let value = evaluate(&text(
        "{ z = 1 + 1, a = 1.5, big = 9007199254740993, s = \"x%{\"y\"}\", t = 'Tag, n = null, l = [true, { k = 1 }], hidden | not_exported = 1, maybe | optional | Number }",
    ))
    .unwrap();
    assert_eq!(
        value.to_string(),
        r#"{"z":2,"a":1.5,"big":9007199254740993,"s":"xy","t":"Tag","n":null,"l":[true,{"k":1}]}"#
    );
}

#[test]
fn one_field_can_be_asked_for() {
    let request = text("{ a = { \"b.c\" | default = 3 }, broken = 1 + \"x\" }");
    let field = |path: &str| EVALUATOR.evaluate(&request, &field_path(path).unwrap(), None);
    assert_eq!(field("a.\"b.c\"").unwrap(), json!(3));
    assert_eq!(
        codes_of(&field("a.nope").unwrap_err()),
        ["nickel::missing-field"]
    );
    assert!(field_path("a..b").is_err());
    assert!(field_path("a.\"b").is_err());
}

#[test]
fn numbers_that_do_not_fit_are_reported_not_changed() {
    assert_eq!(
        codes(&text("{ a = 9223372036854775808 }")),
        ["nickel::export"]
    );
    assert_eq!(codes(&text("1e300")), ["nickel::export"]);
    assert_eq!(
        evaluate(&text("-9223372036854775808")).unwrap(),
        json!(i64::MIN)
    );
}

#[test]
fn faults_are_shown_where_they_stand_and_all_at_once() {
    insta::assert_snapshot!(shown(&text(
        "{\n  port | Number = \"80\",\n  name | String,\n  size | std.contract.from_validator (fun v => if v < 10 then 'Ok else 'Error { message = \"too big\" }) = 12,\n  f = fun x => x,\n}"
    )));
}

#[test]
fn syntax_and_types_are_shown_where_they_stand() {
    insta::assert_snapshot!(shown(&text("{\n  a = [1,\n  b = 2\n}")));
    insta::assert_snapshot!(shown(&text(
        "let f : Number -> Number = fun x => x ++ \"a\" in f 1"
    )));
}

#[test]
fn data_formats_are_read_too() {
    let home = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a.json", "{\"a\": [1, 2.5]}"),
        ("a.yaml", "a:\n  - 1\n  - 2.5\n"),
        ("a.toml", "a = [1, 2.5]\n"),
        ("a.ncl", "{ a = [1, 2.5] }"),
    ] {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert_eq!(
            evaluate(&Program::file(&path)).unwrap(),
            json!({"a": [1, 2.5]}),
            "{name}"
        );
    }
}

#[test]
fn an_evaluation_without_end_is_ended_by_the_clock_or_from_outside() {
    let endless = text("let rec f = fun x => f (x + 1) in f 1");
    assert!(matches!(
        with_timeout(Duration::from_millis(200)).evaluate(&endless, &[], None),
        Err(NickelError::Timeout(_))
    ));

    let interrupt = Interrupt::default();
    let evaluator = EVALUATOR.clone().limited(Limits {
        interrupt: interrupt.clone(),
        ..Limits::default()
    });
    let start = Instant::now();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| evaluator.evaluate(&endless, &[], None));
        interrupt.trigger();
        assert!(matches!(
            running.join().unwrap(),
            Err(NickelError::Interrupted)
        ));
    });
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn steps_are_a_bound_that_no_machine_changes() {
    let bounded = |steps| {
        let limits = Limits {
            steps: Some(steps),
            ..Limits::default()
        };
        let work = text("std.array.fold_left (fun a b => a + b) 0 (std.array.range 0 2000)");
        Evaluator::default()
            .limited(limits)
            .evaluate(&work, &[], None)
    };
    assert!(matches!(bounded(2_000), Err(NickelError::Steps(2_000))));
    assert_eq!(bounded(1_000_000).unwrap(), json!(1_999_000));
}

#[test]
fn a_step_that_does_not_end_is_left_behind() {
    let power = text("std.number.pow 7 1000000000 % 10");
    let start = Instant::now();
    let result = with_timeout(Duration::from_millis(200)).evaluate(&power, &[], None);
    assert!(matches!(result, Err(NickelError::Timeout(_))));
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(evaluate(&text("1")).unwrap(), json!(1));
}

#[test]
fn data_that_grow_without_end_are_ended() {
    let evaluator = EVALUATOR.clone().limited(Limits {
        memory: 64 << 20,
        ..Limits::default()
    });
    let growing = text("std.array.length (std.array.generate (fun x => x) 100000000)");
    assert!(matches!(
        evaluator.evaluate(&growing, &[], None),
        Err(NickelError::Memory(_))
    ));
}

#[test]
fn deep_input_is_an_error_and_the_next_one_works() {
    let deep = |n: usize| text(&format!("{}1{}", "[".repeat(n), "]".repeat(n)));
    assert_eq!(codes(&deep(2_000)), ["nickel::limit"]);
    assert_eq!(codes(&text(&"[".repeat(200_000))), ["nickel::limit"]);
    assert_eq!(
        codes(&text("let rec x = { y = x } in x")),
        ["nickel::limit"]
    );
    assert_eq!(codes(&text("{ a = 1e1000000000 }")), ["nickel::limit"]);
    assert_eq!(codes(&text("{ a = a }")), ["nickel::recursion"]);
    assert_eq!(evaluate(&text("1")).unwrap(), json!(1));
}

#[test]
fn a_long_chain_of_thunks_is_freed_without_overflowing() {
    // Ends normally, and leaves `0 + 1 + 1 + ...` behind, each sum holding the one before.
    let count = if cfg!(debug_assertions) {
        200_000
    } else {
        1_500_000
    };
    let chain = format!(
        "let rec f = fun n acc => if n == 0 then 1 else f (n - 1) (acc + 1) in f {count} 0"
    );
    assert_eq!(evaluate(&text(&chain)).unwrap(), json!(1));
    let endless = text("let rec f = fun x => f (x + 1) in f 1");
    assert!(
        with_timeout(Duration::from_secs(2))
            .evaluate(&endless, &[], None)
            .is_err()
    );
}

#[test]
fn dangerous_files_are_refused_before_they_are_parsed() {
    let home = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("deep.json", "[".repeat(100_000)),
        ("huge.json", "[1e99999]".to_owned()),
        ("huge.yaml", "a: 1e99999\n".to_owned()),
    ] {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        assert_eq!(codes(&Program::file(&path)), ["nickel::limit"], "{name}");
    }
    assert_eq!(
        evaluate(&text("{ image = \"nginx@sha256:12e45678aaaa\" }")).unwrap(),
        json!({"image": "nginx@sha256:12e45678aaaa"})
    );
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_text() {
    assert_eq!(evaluate(&text("\u{feff}1 + 1")).unwrap(), json!(2));
}

#[test]
fn the_language_version_belongs_to_the_crate_in_the_lock_file() {
    let lock = include_str!("../../../Cargo.lock");
    let version = lock
        .split("[[package]]")
        .find(|package| package.contains("name = \"nickel-lang-core\""))
        .and_then(|package| {
            package
                .lines()
                .find_map(|line| line.strip_prefix("version = "))
        })
        .unwrap();
    // A new core needs a look at which Nickel it is.
    assert_eq!(
        (version, NICKEL_VERSION.to_string().as_str()),
        ("\"0.19.0\"", "1.18.0")
    );
}

#[test]
fn several_inputs_are_merged_and_overridden_by_value() {
    let home = tempfile::tempdir().unwrap();
    let input = |name: &str, content: &str| {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        Input::File(path)
    };
    let program = Program::merged(vec![
        input(
            "a.ncl",
            "{ port | Number | default = 80, url = \"x:%{std.to_string port}\" }",
        ),
        input("b.json", "{\"name\": \"web\"}"),
    ]);
    assert_eq!(
        evaluate(&program).unwrap(),
        json!({"port": 80, "url": "x:80", "name": "web"})
    );
    // An override wins over a value without `default` too, and is never taken for code.
    let overrides = json!({"port": 1, "name": "%{std.fail_with \"no\"} @env:HOME"});
    assert_eq!(
        EVALUATOR.evaluate(&program, &[], Some(&overrides)).unwrap(),
        json!({"port": 1, "url": "x:1", "name": "%{std.fail_with \"no\"} @env:HOME"})
    );
    // Contracts hold for overrides, and what they do not name stays.
    let nested = text("{ a = { b | Number = 1, c = b + 1 } }");
    let with = |overrides: Value| EVALUATOR.evaluate(&nested, &[], Some(&overrides));
    assert_eq!(
        with(json!({"a": {"b": 5}})).unwrap(),
        json!({"a": {"b": 5, "c": 6}})
    );
    assert_eq!(
        codes_of(&with(json!({"a": {"b": "x"}})).unwrap_err()),
        ["nickel::contract"]
    );
}

#[test]
fn results_are_known_until_a_file_changes() {
    let home = tempfile::tempdir().unwrap();
    let main = home.path().join("main.ncl");
    let lib = home.path().join("lib.ncl");
    std::fs::write(&main, "(import \"lib.ncl\") + 1").unwrap();
    let evaluator = Evaluator::default();
    let program = Program::file(&main);
    for value in [1, 2, 3, 1] {
        std::fs::write(&lib, value.to_string()).unwrap();
        let known_before = evaluator.cached(&program, &[], None);
        let fresh = evaluator.evaluate(&program, &[], None).unwrap();
        assert_eq!(fresh, json!(value + 1));
        assert!(known_before.is_none_or(|known| known == fresh));
        assert_eq!(evaluator.cached(&program, &[], None), Some(fresh));
    }
    assert_eq!(evaluator.cached(&program, &[], Some(&json!({}))), None);
    std::fs::remove_file(&lib).unwrap();
    assert_eq!(evaluator.cached(&program, &[], None), None);
    assert_eq!(
        codes_of(&evaluator.evaluate(&program, &[], None).unwrap_err()),
        ["nickel::import"]
    );
}

#[test]
fn faults_that_follow_an_error_belong_to_it() {
    insta::assert_snapshot!(shown(&text("{ a = std.array.at 5 [1, 2] }")));
}

#[test]
fn what_is_not_data_is_shown_where_it_stands() {
    insta::assert_snapshot!(shown(&text(
        "{\n  f = fun x => x,\n  v = 'Some { deep | Number = \"x\" },\n  big = 1 + 9223372036854775807,\n}"
    )));
}

#[test]
fn every_extra_field_is_named_and_the_rest_is_looked_at() {
    insta::assert_snapshot!(shown(&text(
        "{\n  server | { host | String, port | Number } = {\n    host = 1,\n    prot = 80,\n    port = \"x\",\n    zone = 2,\n  },\n  list | Array { a | Number } = [{ a = 1, b = 2 }, { a = \"y\" }],\n}"
    )));
}
