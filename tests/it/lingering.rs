//! Whatever a test does, and whatever becomes of the shell: nothing that it has started is left.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::processes::{Process, descendants, processes, until};
use crate::support::Shell;
use crate::testing::{app, rows};

/// Whether a process belongs to a run: what watches it, or what it has started in its directory.
fn is_of_run(process: &Process) -> bool {
    let command = std::fs::read(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
    let command = String::from_utf8_lossy(&command);
    process.state != 'Z' && command.contains(MARK)
}

/// What programs that tests start sleep for, so that they are known: nothing else does.
const MARK: &str = "86399.7531";

/// Tests that do what tests should not, with what is told of each.
const HOSTILE: [(&str, &str, &str); 13] = [
    ("returns_much", "0..1000000 | each {|n| $n }", "passed -"),
    ("exits", "exit 3", "failed test::died"),
    (
        "kills_itself",
        "kill --signal 9 $nu.pid",
        "failed test::died",
    ),
    ("kills_its_group", "^sh -c 'kill -9 0'", "failed test::died"),
    ("hangs", "^sleep 86399.7531", "timeout test::timeout"),
    ("loops", "loop { }", "timeout test::timeout"),
    (
        "leaves_much",
        "^sh -c 'setsid sleep 86399.7531 & sleep 86399.7531 & (setsid sh -c \"sleep 86399.7531 & sleep 86399.7531\" &)'; job spawn { ^sleep 86399.7531 }",
        "passed -",
    ),
    ("prints_without_end", "^yes", "timeout test::timeout"),
    ("prints_bytes", "^printf '\\377\\376\\000x'", "passed -"),
    (
        "reads",
        "let read = (^cat); if $read != '' { error make {msg: $read} }",
        "passed -",
    ),
    (
        "has_a_huge_error",
        "error make {msg: (0..200000 | each { 'long' } | str join)}",
        "failed test::failed",
    ),
    (
        "removes_its_home",
        "rm --recursive --force ($env.TMPDIR | path dirname)",
        "failed test::died",
    ),
    (
        "closes_output",
        "^sh -c 'exec 1>&- 2>&-; echo x || true'",
        "passed -",
    ),
];

#[test]
fn whatever_a_test_does_is_told_and_nothing_is_left_of_it() {
    let mut text = String::from("use std/assert\n");
    let mut expected = Vec::new();
    for (name, body, status) in HOSTILE {
        text.push_str(&format!("export def test_{name} [] {{ {body} }}\n"));
        text.push_str(&format!("export def test_after_{name} [] {{ }}\n"));
        expected.push(format!("test_{name} {status}"));
        expected.push(format!("test_after_{name} passed -"));
    }
    let shell = app(&[("hostile_tests.nu", &text)]);
    let temporary = shell.home().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let shell = shell.with("TMPDIR", temporary.display().to_string());
    let all = rows(&shell, "--timeout 5sec");
    let told: Vec<String> = all
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {}",
                text(&row["test"]),
                text(&row["status"]),
                text(&row["error"]["code"])
            )
        })
        .collect();
    assert_eq!(told, expected);
    for row in &all {
        assert!(
            row["output"].as_str().unwrap().len() < 100_000,
            "{}",
            row["test"]
        );
    }
    assert_eq!(until(|| processes(is_of_run), <[Process]>::is_empty), []);
    assert_eq!(temporary.read_dir().unwrap().count(), 0);
}

/// A shell that runs tests that never end.
fn endless() -> (Shell, Child) {
    let shell = app(&[(
        "a_tests.nu",
        "export def test_a [] { ^sh -c 'setsid sleep 86399.7531 & sleep 86399.7531' }\n",
    )]);
    let temporary = shell.home().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let shell = shell.with("TMPDIR", temporary.display().to_string());
    let nu = shell
        .command("extension test app | ignore")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (shell, nu)
}

/// Waits until tests have begun, does something, and finds nothing left.
#[track_caller]
fn nothing_is_left_after(act: impl Fn(&Child, &[Process])) {
    let (shell, mut nu) = endless();
    let sleeping = |below: &[Process]| below.iter().filter(|it| it.name == "sleep").count() >= 2;
    let below = until(|| descendants(nu.id()), sleeping);
    assert!(sleeping(&below), "{below:?}");
    act(&nu, &below);
    let start = Instant::now();
    let is_left = |process: &Process| {
        below
            .iter()
            .any(|known| known.id == process.id && known.name == process.name)
            && process.state != 'Z'
            && process.id != nu.id()
            && !process.name.starts_with("nu_plugin")
    };
    let left = until(|| processes(is_left), <[Process]>::is_empty);
    assert_eq!(left, []);
    // Nor is what was written for the run.
    let temporary = shell.home().join("temporary");
    let deadline = start + Duration::from_secs(10);
    while temporary.read_dir().unwrap().count() > 0 && Instant::now() < deadline {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(temporary.read_dir().unwrap().count(), 0);
    let _ = nu.kill();
    let _ = nu.wait();
}

#[test]
fn nothing_outlives_the_shell() {
    nothing_is_left_after(|nu, _| {
        let id = rustix::process::Pid::from_child(nu);
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
    });
}

#[test]
fn nothing_outlives_the_plugin() {
    nothing_is_left_after(|nu, below| {
        let is_plugin = |it: &&Process| it.parent == nu.id();
        below.iter().find(is_plugin).unwrap().kill();
    });
}

#[test]
fn nothing_outlives_an_interruption() {
    nothing_is_left_after(|nu, _| {
        let id = rustix::process::Pid::from_child(nu);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    });
}

#[test]
fn whoever_wants_no_more_rows_ends_what_runs() {
    let shell = app(&[
        ("a_tests.nu", "export def test_a [] { }\n"),
        ("b_tests.nu", "export def test_b [] { ^sleep 86399.7531 }\n"),
    ]);
    let start = Instant::now();
    assert_eq!(
        shell.value("extension test app --jobs 2 | first | get test"),
        json!("test_a")
    );
    assert!(start.elapsed() < Duration::from_secs(60));
}
