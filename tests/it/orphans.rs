//! A shell that is killed leaves nothing behind, however busy the plugin is.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::processes::{Process, descendants, processes, until};
use crate::support::Shell;

/// How long the plugin may go on without its shell. By itself, its work would end after thirty seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Kills a shell while a worker of its plugin, or the plugin itself, is at work; nothing of it may be left.
#[track_caller]
fn killed(shell: &Shell, code: &str, is_busy: impl Fn(&Process) -> bool) {
    let mut nu: Child = shell
        .command(code)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let below = until(|| descendants(nu.id()), |below| below.iter().any(&is_busy));
    assert!(below.iter().any(&is_busy), "{code}: {below:?}");
    nu.kill().unwrap();
    nu.wait().unwrap();
    let start = Instant::now();
    // A number that was given away again belongs to a process with other parents and, most likely, another name.
    let is_left = |process: &Process| {
        below
            .iter()
            .any(|known| known.id == process.id && known.name == process.name)
            && process.state != 'Z'
    };
    let left = until(|| processes(is_left), <[Process]>::is_empty);
    assert_eq!(left, [], "{code}: processes are left");
    assert!(start.elapsed() < PATIENCE, "{code}: {:?}", start.elapsed());
}

fn is_busy_worker(process: &Process) -> bool {
    process.is_worker() && process.is_at_work()
}

/// One step that takes minutes and little memory, so that no other limit ends it.
const ENDLESS: &str = "std.number.pow 7 1000000000";

#[test]
fn an_endless_evaluation_ends_with_its_shell() {
    let shell = Shell::new();
    shell.file("endless.ncl", ENDLESS);
    killed(&shell, "nickel eval endless.ncl", is_busy_worker);
}

#[test]
fn an_endless_evaluation_in_the_plugin_itself_ends_with_its_shell() {
    let shell = Shell::new();
    shell.file("endless.ncl", ENDLESS);
    let in_process = "$env.config.plugins = {provisioning: {nickel: {isolation: in-process}}}";
    killed(
        &shell,
        &format!("{in_process}; nickel eval endless.ncl"),
        |process| process.name.starts_with("nu_plugin") && process.is_at_work(),
    );
}

#[test]
fn a_validation_in_a_worker_ends_with_its_shell() {
    let shell = Shell::new();
    let path = shell.extension("app", "taskserv", "1.0.0");
    shell.file("app/schemas/version.ncl", format!("{{ a = {ENDLESS} }}"));
    killed(
        &shell,
        &format!("extension validate {}", path.display()),
        is_busy_worker,
    );
}
