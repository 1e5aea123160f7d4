//! The evaluator as a whole.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::diagnostic::{Explain as _, render};

use super::*;

fn text(text: &str) -> Request {
    Request::new(Input::Text {
        text: text.to_owned(),
        name: "input.ncl".to_owned(),
        directory: PathBuf::from("/nowhere"),
    })
}

fn shown(request: &Request) -> String {
    let error = evaluate(request).unwrap_err();
    let details: Vec<String> = error.details().iter().map(render).collect();
    if details.is_empty() {
        error.to_string()
    } else {
        details.join("\n\n")
    }
}

fn codes(request: &Request) -> Vec<&'static str> {
    let error = evaluate(request).unwrap_err();
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
    let field = |path: &str| request.clone().with_field(field_path(path).unwrap());
    assert_eq!(evaluate(&field("a.\"b.c\"")).unwrap(), json!(3));
    assert_eq!(codes(&field("a.nope")), ["nickel::missing-field"]);
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
            evaluate(&Request::file(&path)).unwrap(),
            json!({"a": [1, 2.5]}),
            "{name}"
        );
    }
}

#[test]
fn an_evaluation_without_end_is_ended_by_the_clock_or_from_outside() {
    let endless = text("let rec f = fun x => f (x + 1) in f 1");
    let mut short = endless.clone();
    short.limits.timeout = Duration::from_millis(200);
    assert!(matches!(evaluate(&short), Err(NickelError::Timeout(_))));

    let interrupt = Interrupt::default();
    let request = endless.limited(Limits {
        interrupt: interrupt.clone(),
        ..Limits::default()
    });
    let start = Instant::now();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| evaluate(&request));
        interrupt.trigger();
        assert!(matches!(
            running.join().unwrap(),
            Err(NickelError::Interrupted)
        ));
    });
    assert!(start.elapsed() < Duration::from_secs(10));
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
    let mut endless = text("let rec f = fun x => f (x + 1) in f 1");
    endless.limits.timeout = Duration::from_secs(2);
    assert!(evaluate(&endless).is_err());
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
        assert_eq!(codes(&Request::file(&path)), ["nickel::limit"], "{name}");
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

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    home
}

fn within(home: &Path, main: &str) -> Request {
    let root = home.join("ext").canonicalize().unwrap();
    Request::file(root.join(main)).within(root)
}

#[test]
fn imports_inside_the_extension_work() {
    let home = tree(&[
        (
            "ext/schemas/main.ncl",
            "(import \"lib/contracts.ncl\") & { data = import \"data.json\" }",
        ),
        (
            "ext/schemas/lib/contracts.ncl",
            "{ a = import \"../../top.ncl\" }",
        ),
        ("ext/schemas/data.json", "{\"x\": 1}"),
        ("ext/top.ncl", "\"top\""),
    ]);
    assert_eq!(
        evaluate(&within(home.path(), "schemas/main.ncl")).unwrap(),
        json!({"a": "top", "data": {"x": 1}})
    );
}

#[test]
fn imports_that_leave_the_extension_are_denied_and_show_nothing() {
    let home = tree(&[("secret.txt", "hunter2"), ("ext/x.ncl", "1")]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        home.path().join("secret.txt"),
        home.path().join("ext/link.txt"),
    )
    .unwrap();
    let secret = home.path().join("secret.txt");
    let made = std::process::Command::new("mkfifo")
        .arg(home.path().join("ext/pipe.txt"))
        .status()
        .unwrap();
    assert!(made.success());
    for import in [
        format!("import \"{}\"", secret.display()),
        "import \"../secret.txt\"".to_owned(),
        "import \"link.txt\"".to_owned(),
        "import \"pipe.txt\"".to_owned(),
        "import \"/dev/zero\" as 'Text".to_owned(),
        "import \"/etc/passwd\" as 'Nickel".to_owned(),
        "import \"\\x2fetc/passwd\" as 'Text".to_owned(),
        "import \"missing.ncl\"".to_owned(),
        "let { x ? (import \"../secret.txt\") } = {} in x".to_owned(),
        "\"%{import \"../secret.txt\"}\"".to_owned(),
        "import some_package".to_owned(),
    ] {
        std::fs::write(home.path().join("ext/main.ncl"), &import).unwrap();
        let request = within(home.path(), "main.ncl");
        assert_eq!(codes(&request), ["nickel::import"], "{import}");
        assert!(!shown(&request).contains("hunter2"), "{import}");
    }
}

#[test]
fn the_language_version_belongs_to_the_crate_in_the_lock_file() {
    let lock = include_str!("../../Cargo.lock");
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
