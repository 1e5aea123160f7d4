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

/// Runs code that does not end by itself, and interrupts it as a terminal does.
#[cfg(target_os = "linux")]
fn interrupt(shell: &Shell, code: &str) {
    use std::io::Read as _;
    use std::os::unix::process::CommandExt as _;

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
    let deadline = Instant::now() + Duration::from_secs(10);
    let runs = || std::path::Path::new(&format!("/proc/{plugin}")).exists();
    while runs() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(!runs(), "the plugin {plugin} still runs");
}
