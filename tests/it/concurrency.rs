//! Several shells at once, Ctrl-C, streams that nobody reads to the end.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Shell;

#[test]
fn shells_that_register_at_the_same_time_lose_nothing() {
    let shell = Shell::new();
    for n in 0..24 {
        shell.extension(&format!("all/e{n}"), "taskserv", "1.0.0");
    }
    let shells: Vec<_> = (0..4)
        .map(|part| {
            let code = format!(
                "{}..{} | each {{|n| extension register $'all/e($n)' }} | ignore",
                part * 6,
                part * 6 + 5
            );
            shell
                .command(&code)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for started in shells {
        let output = started.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(shell.value("extension list | length"), json!(24));
}

#[test]
fn what_one_shell_registers_another_that_is_running_sees() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    // The inner shell changes the registry that the outer plugin holds open.
    let inner = format!(
        "extension list | length | print; ^'{}' -n --plugins '[{}]' -c 'extension register app | ignore'; extension list | length",
        crate::support::nu().display(),
        crate::support::PLUGIN
    );
    assert_eq!(shell.ok(&inner), "0\n1");
}

#[test]
fn the_registry_may_be_moved_away_while_the_plugin_runs() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    assert_eq!(
        shell.ok("extension register app | ignore; mv data/registry.db aside.db; rm -f ...(glob data/registry.db-*); extension list | length | print; extension register app | ignore; extension list | length"),
        "0\n1"
    );
}

#[test]
fn reading_the_first_row_ends_the_search() {
    let shell = Shell::new();
    for n in 0..300 {
        shell.extension(&format!("extensions/e{n}"), "taskserv", "1.0.0");
    }
    // The plugin is asked again afterwards: it did not get stuck on rows nobody reads.
    assert_eq!(
        shell.value("[(extension discover | first 1 | length) (extension discover | length)]"),
        json!([1, 300])
    );
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_ends_an_evaluation_and_leaves_no_process() {
    let shell = Shell::new();
    shell.file("endless.ncl", "let rec f = fun x => f (x + 1) in f 1");
    interrupt(&shell, "nickel eval endless.ncl");
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_ends_a_rendering_and_leaves_no_process() {
    let shell = Shell::new();
    shell.file(
        "a.j2",
        "{% for i in range(100000) %}{{ ('x' * 1000000) | replace('x', 'y') | length }}{% endfor %}",
    );
    interrupt(&shell, "template render a.j2");
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_while_registering_registers_nothing() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/schemas/version.ncl",
        "{ taskserv_version = let rec f = fun x => f (x + 1) in f 1 }",
    );
    interrupt(&shell, "extension register app");
    assert_eq!(shell.value("extension list"), json!([]));
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_ends_a_single_long_step_and_its_worker() {
    let shell = Shell::new();
    shell.file("power.ncl", "std.number.pow 7 1000000000");
    shell.file("data.ncl", "fun label value => std.number.pow 7 1000000000");
    interrupt(&shell, "nickel eval power.ncl --max-memory 4GiB");
    interrupt(
        &shell,
        "[1 2 3] | nickel validate data.ncl --max-memory 4GiB",
    );
    interrupt(&shell, "1 | nickel apply data.ncl --max-memory 4GiB");
}

#[test]
fn shells_that_evaluate_at_the_same_time_get_their_own_answers() {
    let shell = Shell::new();
    shell.file("c.ncl", "{ n | Number, twice | default = n * 2 }");
    let shells: Vec<_> = (0..2)
        .map(|part| {
            let code = format!(
                "0..15 | each {{|n| {{n: ($n + {part}000)}} | nickel apply c.ncl | get twice }} | math sum"
            );
            shell
                .command(&code)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let sums: Vec<String> = shells
        .into_iter()
        .map(|started| {
            let output = started.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{told}");
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        })
        .collect();
    assert_eq!(sums, ["240", "32240"]);
}

#[test]
fn parallel_calls_in_one_shell_get_their_own_answers() {
    let shell = Shell::new();
    shell.file("c.ncl", "{ n | Number, twice | default = n * 2 }");
    for n in 0..8 {
        shell.file(&format!("{n}.ncl"), format!("{{ n = {n}, twice = n * 2 }}"));
    }
    let expected: Vec<u32> = (0..8).map(|n| n * 2).collect();
    let calls = [
        "nickel eval $'($n).ncl' | get twice",
        "open $'($n).ncl' | get twice",
        "$'{ a = ($n) * 2 }' | from ncl | get a",
        "nickel eval 0.ncl --override {n: $n} | get twice",
        "{n: $n} | nickel apply c.ncl | get twice",
        "{n: $n} | nickel validate c.ncl | get value.twice",
        "{n: $n} | to ncl | from ncl | get n | $in * 2",
    ];
    let all = calls
        .map(|call| format!("(0..7 | par-each --keep-order --threads 8 {{|n| {call} }})"))
        .join("\n");
    for isolation in ["auto", "worker", "in-process"] {
        let answers = shell.value(&format!(
            "$env.config.plugins.provisioning = {{nickel: {{isolation: {isolation}}}}}
             [{all}]"
        ));
        for (call, answer) in calls.iter().zip(answers.as_array().unwrap()) {
            assert_eq!(*answer, json!(expected), "{isolation}: {call}");
        }
    }
}

#[test]
fn the_first_rows_of_data_without_an_end_are_checked_and_no_more() {
    let shell = Shell::new();
    shell.file("c.ncl", "{ n | Number }");
    assert_eq!(
        shell.value(
            "let rows = (1.. | each {|n| {n: $n} } | nickel validate c.ncl | first 200)
             [($rows | length) ($rows | all {|row| $row.valid }) ($rows | last | get value.n)
              ([{n: x}] | nickel validate c.ncl | get 0.valid)]"
        ),
        json!([200, true, 200, false])
    );
}

#[test]
fn flags_of_nickel_work_and_what_is_wrong_with_one_is_underlined() {
    let shell = Shell::new();
    shell.file("endless.ncl", "let rec f = fun x => f (x + 1) in f 1");
    shell.file(
        "growing.ncl",
        "let rec go = fun n s => if n == 0 then s else go (n - 1) (s ++ s) in go 60 \"xxxxxxxx\"",
    );
    shell.file("lib/a.ncl", "1");
    shell.file("main.ncl", "import \"a.ncl\"");
    let told = |code: &str| shell.error(code)["msg"].as_str().unwrap().to_owned();
    assert_eq!(
        told("nickel eval endless.ncl --timeout 200ms"),
        "the evaluation took longer than 0.2 seconds"
    );
    assert_eq!(
        told("nickel eval growing.ncl --max-memory 64MiB"),
        "the evaluation needs more memory than the limit of 64 MiB"
    );
    assert_eq!(shell.value("nickel eval main.ncl --import-path lib"), 1);
    assert_eq!(shell.value("nickel eval main.ncl --import-path [lib]"), 1);
    insta::assert_snapshot!(
        [
            "nickel eval main.ncl --timeout 0sec",
            "nickel eval main.ncl --timeout -1sec",
            "nickel eval main.ncl --max-memory 1kB",
            "nickel eval main.ncl --max-memory -1GB",
            "nickel eval main.ncl --import-path nowhere",
            "nickel eval main.ncl --import-path [lib main.ncl]",
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

/// Runs code that does not end by itself, and interrupts it as a terminal does.
#[cfg(target_os = "linux")]
fn interrupt(shell: &Shell, code: &str) {
    use std::io::Read as _;
    use std::os::unix::process::CommandExt as _;

    use crate::processes::{Process, descendants, processes, until};

    let mut running = shell
        .command(&format!(
            "provisioning version | ignore; print (plugin list | get 0.pid); {code}"
        ))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    // The first line says that the shell runs and which process the plugin is.
    let mut stdout = running.stdout.take().unwrap();
    let mut line = Vec::new();
    let mut byte = [0];
    while stdout.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let is_busy = |process: &Process| process.is_worker() && process.is_at_work();
    let started = || descendants(running.id());
    until(started, |found| found.iter().any(is_busy));
    let seen = started();
    let start = Instant::now();
    // A terminal sends the signal to the whole group.
    let signalled = std::process::Command::new("kill")
        .args(["-INT", "--", &format!("-{}", running.id())])
        .status()
        .unwrap();
    assert!(signalled.success());
    let status = running.wait().unwrap();
    assert!(!status.success());
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    let plugin: u32 = String::from_utf8(line).unwrap().trim().parse().unwrap();
    assert!(seen.iter().any(|process| process.id == plugin));
    let is_seen = |process: &Process| seen.iter().any(|seen| seen.id == process.id);
    let left = until(|| processes(is_seen), <[Process]>::is_empty);
    assert_eq!(left, [], "processes are left");
}
