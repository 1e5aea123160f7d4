//! `extension watch` in the real shell: rows as files change, and its end.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::processes::{Process, descendants, processes, until};
use crate::support::Shell;

/// How long an end may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

const METADATA: &str = "[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n";

/// A shell that runs code and prints rows.
struct Running {
    nu: Child,
    rows: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn new(shell: &Shell, code: &str) -> Self {
        let mut nu = shell
            .command(code)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let rows = BufReader::new(nu.stdout.take().unwrap()).lines();
        Self { nu, rows }
    }

    /// Returns the next row that is printed.
    fn next(&mut self) -> Value {
        let line = self.rows.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.nu.id()).unwrap()).unwrap()
    }

    /// Waits for its end, and that of everything below it.
    #[track_caller]
    fn ends(mut self, below: &[Process]) {
        let start = Instant::now();
        self.nu.wait().unwrap();
        let is_left = |process: &Process| {
            below
                .iter()
                .any(|known| known.id == process.id && known.name == process.name)
                && process.state != 'Z'
        };
        let left = until(|| processes(is_left), <[Process]>::is_empty);
        assert_eq!(left, [], "processes are left");
        assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    }
}

/// Prints each row as soon as it comes.
const PRINT: &str = "each {|row| print -r ($row | to json --raw); $row }";

fn shell() -> Shell {
    let shell = Shell::new();
    shell.file("app/metadata.toml", METADATA);
    shell
}

#[test]
fn rows_come_as_files_change_and_the_pipeline_ends_when_it_has_enough() {
    let shell = shell();
    let mut running = Running::new(
        &shell,
        &format!("extension watch ./app --debounce 20ms | {PRINT} | first 3 | ignore"),
    );
    let first = running.next();
    assert_eq!(first["event"], "watching");
    assert_eq!(first["detail"], Value::Null);
    shell.file("app/metadata.toml", METADATA.replace("1.0.0", "one"));
    let row = running.next();
    assert_eq!(
        (&row["event"], &row["valid"]),
        (&"changed".into(), &false.into())
    );
    let error = &row["errors"][0];
    assert_eq!(error["code"], "metadata::invalid-version");
    assert_eq!((&error["line"], &error["column"]), (&4.into(), &11.into()));
    shell.file("app/metadata.toml", METADATA.replace("1.0.0", "1.1.0"));
    let row = running.next();
    assert_eq!(row["version"], "1.1.0");
    assert_eq!(row["changed"], serde_json::json!(["metadata.toml"]));
    assert_eq!(row["errors"], serde_json::json!([]));
    running.ends(&[]);
}

#[test]
fn what_is_registered_is_watched_by_itself_and_what_is_loaded_by_its_name() {
    let shell = shell();
    shell.ok("extension register app | ignore");
    let mut running = Running::new(
        &shell,
        &format!(
            "extension watch --poll 20ms | {PRINT} | first | ignore
             extension watch app@1.0.0 app | {PRINT} | first | ignore
             extension watch --type provider"
        ),
    );
    let first = running.next();
    assert_eq!(first["name"], "app");
    assert_eq!(first["detail"], "the files are looked at every 20ms");
    assert_eq!(running.next()["name"], "app");
    assert!(!running.nu.wait().unwrap().success());
}

#[test]
fn ctrl_c_ends_a_watch_and_a_killed_shell_leaves_nothing() {
    for signal in [Signal::INT, Signal::KILL] {
        let shell = shell();
        let mut running =
            Running::new(&shell, &format!("extension watch ./app | {PRINT} | ignore"));
        running.next();
        let below = descendants(running.nu.id());
        assert!(!below.is_empty());
        kill_process(running.pid(), signal).unwrap();
        running.ends(&below);
    }
}

/// Whether a thread of the plugin waits for news of the system.
fn is_told(plugin: &Process) -> bool {
    std::fs::read_dir(format!("/proc/{}/task", plugin.id))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok())
        .any(|name| name.starts_with("notify"))
}

#[test]
fn a_watch_whose_rows_nobody_wants_ends_with_the_next_change_while_the_shell_goes_on() {
    let shell = shell();
    let mut running = Running::new(
        &shell,
        &format!("extension watch ./app | {PRINT} | first | ignore; sleep 5min"),
    );
    running.next();
    let told = || {
        descendants(running.nu.id())
            .into_iter()
            .filter(is_told)
            .collect::<Vec<_>>()
    };
    assert_eq!(told().len(), 1);
    shell.file("app/notes.md", "x");
    assert_eq!(until(told, <[Process]>::is_empty), []);
    running.nu.kill().unwrap();
    running.nu.wait().unwrap();
}

#[test]
fn what_cannot_be_watched_is_told_at_once() {
    let shell = shell();
    shell.file("broken/metadata.toml", "[extension\n");
    insta::assert_snapshot!(
        [
            "extension watch",
            "extension watch nothing",
            "extension watch 'app@>>1'",
            "extension watch ./nowhere ./broken ./app",
            "extension watch ./app --poll 0ms",
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}
