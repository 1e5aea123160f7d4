//! The side of the caller: one worker.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::ARGUMENT;
use super::child::GOES_ON;
use super::frame;
use super::sandbox::{Allowance, Sandbox};

/// How long to wait for an answer before looking at the caller's wishes again.
const PATIENCE: Duration = Duration::from_millis(10);
/// Longest time until a worker is ready for its first request.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Time that a worker has to end by itself after its time was over, before it is ended.
const GRACE: Duration = Duration::from_millis(250);
/// Bytes of a dead worker's last words that are looked at.
const MAX_LAST_WORDS: u64 = 4096;

/// How a worker died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Its stack was not large enough.
    StackOverflow,
    /// It wanted more memory than it was allowed.
    OutOfMemory,
    /// It used more processor time than it was allowed.
    OutOfTime,
    /// It was ended from outside, as the system does when it runs out of memory.
    Killed,
    /// Something else, in words.
    Other(String),
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// No worker could be started.
    Unavailable(io::Error),
    /// The worker died over the request.
    Crashed(Crash),
    /// The time was over; the worker was ended.
    TimedOut,
    /// The caller did not want it any more; the worker was ended.
    Interrupted,
}

/// A worker and the pipes to it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    is_ready: bool,
}

/// An answer, and whether its worker can be used again.
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    pub(super) is_usable: bool,
}

impl Process {
    pub(super) fn start(program: &Path, job: &str, sandbox: &Sandbox) -> io::Result<Self> {
        let mut command = Command::new(program);
        #[cfg(unix)]
        if let Some(own_name) = std::env::args_os().next() {
            use std::os::unix::process::CommandExt as _;
            command.arg0(own_name);
        }
        let mut child = command
            .args([ARGUMENT, job])
            .env_clear()
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        // A program that ends at once is noticed at the first request.
        let sandbox = rmp_serde::to_vec(sandbox).map_err(io::Error::other)?;
        let _ = frame::write(&mut stdin, &[&sandbox]);
        Ok(Self {
            child,
            stdin,
            stdout,
            stderr,
            is_ready: false,
        })
    }

    /// Whether it can be asked. One that waited for its next request may have been ended by somebody.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) fn call(
        &mut self,
        request: &[u8],
        allowance: &Allowance,
        timeout: Duration,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Answer, Failure> {
        if !self.is_ready {
            self.wait(Instant::now() + START_LIMIT, interrupted)?;
            match frame::read(&mut self.stdout) {
                Ok(Some(greeting)) if greeting.is_empty() => self.is_ready = true,
                _ => return Err(self.crashed()),
            }
        }
        if frame::write(&mut self.stdin, &[&allowance.to_bytes(), request]).is_err() {
            return Err(self.crashed());
        }
        self.wait(Instant::now() + timeout + GRACE, interrupted)?;
        match frame::read(&mut self.stdout) {
            Ok(Some(mut bytes)) => match bytes.pop() {
                Some(kind) => Ok(Answer {
                    bytes,
                    is_usable: kind == GOES_ON,
                }),
                None => Err(self.crashed()),
            },
            _ => Err(self.crashed()),
        }
    }

    /// Waits until there is something to read, or the worker has ended.
    fn wait(&self, deadline: Instant, interrupted: &dyn Fn() -> bool) -> Result<(), Failure> {
        while !self.is_readable(PATIENCE) {
            if interrupted() {
                return Err(Failure::Interrupted);
            }
            if Instant::now() >= deadline {
                return Err(Failure::TimedOut);
            }
        }
        Ok(())
    }

    /// Waits for a while; whether there is something to read, or the worker has ended.
    #[cfg(unix)]
    fn is_readable(&self, patience: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let timeout = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(patience.subsec_nanos()),
        };
        let mut fds = [PollFd::new(&self.stdout, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(ready) => ready > 0,
            Err(rustix::io::Errno::INTR) => false,
            // Reading tells what is wrong.
            Err(_) => true,
        }
    }

    /// Without a way to wait for a while, the answer is waited for; the worker's own limits end it.
    #[cfg(not(unix))]
    fn is_readable(&self, _patience: Duration) -> bool {
        true
    }

    /// Gives a worker whose pipe is closed the time to end by itself, and ends it then.
    fn end(&mut self) -> io::Result<std::process::ExitStatus> {
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.child.kill()?;
        self.child.wait()
    }

    /// Returns how the worker has ended.
    fn crashed(&mut self) -> Failure {
        let status = match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            // Its pipe is closed and it is still there: it is about to end, or hangs.
            _ => self.end(),
        };
        let mut words = Vec::new();
        let _ = (&mut self.stderr)
            .take(MAX_LAST_WORDS)
            .read_to_end(&mut words);
        let words = String::from_utf8_lossy(&words);
        let crash = if words.contains("overflowed its stack") {
            Crash::StackOverflow
        } else if words.contains("memory allocation") {
            Crash::OutOfMemory
        } else {
            match status {
                Ok(status) if was_ended_by(status, Signal::OutOfTime) => Crash::OutOfTime,
                Ok(status) if was_ended_by(status, Signal::Kill) => Crash::Killed,
                Ok(status) => Crash::Other(status.to_string()),
                Err(error) => Crash::Other(error.to_string()),
            }
        };
        Failure::Crashed(crash)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The signals that tell why a worker has died.
#[derive(Clone, Copy)]
enum Signal {
    OutOfTime,
    Kill,
}

#[cfg(unix)]
fn was_ended_by(status: std::process::ExitStatus, signal: Signal) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    let signal = match signal {
        Signal::OutOfTime => rustix::process::Signal::XCPU,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    status.signal() == Some(signal.as_raw())
}

#[cfg(not(unix))]
fn was_ended_by(_status: std::process::ExitStatus, _signal: Signal) -> bool {
    false
}

/// A directory that is always there, so that a worker holds on to no other.
pub(super) fn root() -> &'static Path {
    Path::new(std::path::MAIN_SEPARATOR_STR)
}
