//! Workers made of shell scripts: what a caller sees of one that dies, hangs or is not there.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::*;

/// Calls a worker that runs a shell script.
fn call(script: &str, timeout: Duration, interrupted: bool) -> Result<Vec<u8>, Failure> {
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let workers = Workers::new(&program, "job", Vec::new(), 1);
    let limits = CallLimits {
        timeout,
        memory: 1 << 20,
        interrupted: &|| interrupted,
    };
    loop {
        // Another test may be starting a process and hold the file open for an instant.
        match workers.call(b"request", &limits) {
            Err(Failure::Unavailable(error))
                if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
            result => return result,
        }
    }
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn an_answer_comes_back_without_its_last_byte() {
    let answer = call(
        "test \"$1 $2\" = '--worker job' && printf '\\000\\000\\000\\000\\003\\000\\000\\000ok\\000' && exec /bin/cat > /dev/null",
        LONG,
        false,
    );
    assert_eq!(answer.unwrap(), b"ok");
}

#[test]
fn deaths_are_told_apart() {
    let crash = |script: &str| match call(script, LONG, false) {
        Err(Failure::Crashed(crash)) => crash,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        crash("echo \"thread 'x' has overflowed its stack\" >&2; kill -ABRT $$"),
        Crash::StackOverflow
    );
    assert_eq!(
        crash("echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$"),
        Crash::OutOfMemory
    );
    assert_eq!(crash("kill -XCPU $$"), Crash::OutOfTime);
    assert_eq!(crash("kill -KILL $$"), Crash::Killed);
    assert!(matches!(crash("exit 3"), Crash::Other(status) if status.contains('3')));
}

#[test]
fn a_delay_a_request_to_stop_and_a_missing_program_are_told_apart() {
    let sleep = "printf '\\000\\000\\000\\000'; exec /bin/sleep 60";
    assert!(matches!(
        call(sleep, Duration::ZERO, false),
        Err(Failure::TimedOut)
    ));
    assert!(matches!(call(sleep, LONG, true), Err(Failure::Interrupted)));
    let nowhere = Workers::new("/nowhere", "job", Vec::new(), 1);
    nowhere.warm_up();
    let limits = CallLimits {
        timeout: LONG,
        memory: 0,
        interrupted: &|| false,
    };
    assert!(matches!(
        nowhere.call(b"", &limits),
        Err(Failure::Unavailable(_))
    ));
}
