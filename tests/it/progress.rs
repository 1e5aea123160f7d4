//! Progress in a terminal, and Ctrl-C.

use std::fs::File;
use std::io::Read as _;
use std::process::{Child, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::support::Shell;

/// Runs code with a terminal as its standard error; returns what was shown there, and how it ended. `look` sees what is
/// shown as it grows.
fn in_terminal(
    shell: &Shell,
    code: &str,
    mut look: impl FnMut(&str, &Child),
) -> (String, ExitStatus) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut terminal = File::from(terminal);
    let mut child = shell
        .command(code)
        .stdout(Stdio::null())
        .stderr(end)
        .spawn()
        .unwrap();
    let mut shown = Vec::new();
    let mut buffer = [0; 4096];
    // Ends with an error when nobody has the other end any more.
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
        look(&String::from_utf8_lossy(&shown), &child);
    }
    let status = child.wait().unwrap();
    (String::from_utf8_lossy(&shown).into_owned(), status)
}

fn validate(count: usize) -> String {
    format!("1..{count} | each {{ 'app' }} | extension validate | length")
}

#[test]
fn a_terminal_shows_how_far_a_long_validation_is_and_nothing_at_the_end() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    // How long a validation takes depends on the machine: more of them until one is long enough to show something.
    let shown = [500, 5_000, 50_000]
        .into_iter()
        .map(|count| in_terminal(&shell, &validate(count), |_, _| ()).0)
        .find(|shown| shown.contains(" of "))
        .unwrap();
    assert!(shown.starts_with("\u{1b}[2K"), "{shown:?}");
    assert!(shown.ends_with("\u{1b}[2K\r"), "{shown:?}");
}

#[test]
fn one_path_shows_nothing() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    let (shown, status) = in_terminal(&shell, "extension validate app | ignore", |_, _| ());
    assert_eq!(shown, "");
    assert!(status.success());
}

#[test]
fn ctrl_c_ends_a_validation_of_many_paths() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    for format in ["", "--format sarif"] {
        let code = format!("1..100000 | each {{ 'app' }} | extension validate {format} | ignore");
        let mut is_sent = false;
        let (shown, status) = in_terminal(&shell, &code, |shown, child| {
            if shown.contains(" of ") && !is_sent {
                is_sent = true;
                let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
                kill_process(pid, Signal::INT).unwrap();
            }
        });
        assert!(
            is_sent && !status.success(),
            "{format}: {status}: {shown:?}"
        );
        let done = shown
            .rsplit(" of 100000")
            .nth(1)
            .and_then(|text| text.rsplit("[2K").next())
            .and_then(|count| count.parse::<usize>().ok());
        assert!(
            done.is_some_and(|done| done < 90_000),
            "{format}: {shown:?}"
        );
    }
}

#[test]
fn tests_show_how_many_are_done() {
    let shell = Shell::new();
    let directory = shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/tests/a_tests.nu",
        "export def test_a [] { sleep 200ms }\nexport def test_b [] { sleep 200ms }\n",
    );
    let code = format!("extension test {} | ignore", directory.display());
    let (shown, status) = in_terminal(&shell, &code, |_, _| {});
    assert!(status.success(), "{shown}");
    assert!(shown.contains("1 of 2"), "{shown:?}");
}
