//! This program once more, in a process of its own, for work that may take its process down.
//!
//! It knows no language: a module hands over a job by name with its input, and the program's `main` gives the job back
//! to that module. A stack overflow in the child is an answer here, not the end.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The first argument of a child; the second is the name of its job.
const ARGUMENT: &str = "--worker";

/// How long to wait between two looks at a child.
const POLL: Duration = Duration::from_millis(1);

/// The program that runs jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    program: PathBuf,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came to its end.
    Finished,
    /// Its process died.
    Crashed,
    /// It took too long, and was ended.
    TimedOut,
    /// It was ended because the caller asked for it.
    Interrupted,
}

impl Worker {
    /// Returns a worker that starts the given program, which has to ask [`job`] for its job first of all.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// Runs a job and waits for its end; the child sees neither our environment nor our streams.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn run(
        &self,
        job: &str,
        input: &[u8],
        timeout: Duration,
        interrupted: &dyn Fn() -> bool,
    ) -> std::io::Result<Outcome> {
        let mut child = Command::new(&self.program)
            .args([ARGUMENT, job])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A child that has died already will not read.
            let _ = stdin.write_all(input);
        }
        wait(&mut child, timeout, interrupted)
    }
}

fn wait(
    child: &mut Child,
    timeout: Duration,
    interrupted: &dyn Fn() -> bool,
) -> std::io::Result<Outcome> {
    let deadline = Instant::now() + timeout;
    let early = loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() {
                Outcome::Finished
            } else {
                Outcome::Crashed
            });
        }
        if interrupted() {
            break Outcome::Interrupted;
        }
        if Instant::now() >= deadline {
            break Outcome::TimedOut;
        }
        std::thread::sleep(POLL);
    };
    child.kill()?;
    child.wait()?;
    Ok(early)
}

/// Returns the name of the job when this process was started for one.
pub fn job() -> Option<String> {
    let mut arguments = std::env::args().skip(1);
    (arguments.next()? == ARGUMENT)
        .then(|| arguments.next())
        .flatten()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn run(script: &str, timeout: Duration, interrupted: bool) -> Outcome {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        // Another test may be starting a process and hold the file open for an instant.
        loop {
            match Worker::new(&program).run("job", b"input", timeout, &|| interrupted) {
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
                result => return result.unwrap(),
            }
        }
    }

    #[test]
    fn an_end_a_death_a_delay_and_a_request_are_told_apart() {
        let long = Duration::from_secs(60);
        assert_eq!(
            run("test \"$2\" = job && grep -q input", long, false),
            Outcome::Finished
        );
        assert_eq!(run("kill -ABRT $$", long, false), Outcome::Crashed);
        assert_eq!(
            run("exec /bin/sleep 60", Duration::ZERO, false),
            Outcome::TimedOut
        );
        assert_eq!(run("exec /bin/sleep 60", long, true), Outcome::Interrupted);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        assert!(
            Worker::new("/nowhere")
                .run("job", b"", Duration::ZERO, &|| false)
                .is_err()
        );
    }
}
