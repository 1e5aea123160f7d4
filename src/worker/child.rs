//! The side of the worker.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::ARGUMENT;
use super::frame;
use super::sandbox::{Allowance, Sandbox};
use super::{supervised, supervisor};

/// Stack of the thread that does the work, in bytes. Only what is used is ever backed by memory.
const STACK_SIZE: usize = 256 << 20;

/// Memory after which a worker ends when it has answered, so that a fresh one takes its place.
const WORN_OUT: u64 = 256 << 20;

/// Last byte of an answer: whether another request may follow.
pub(super) const GOES_ON: u8 = 0;
/// Last byte of a last answer.
pub(super) const LAST: u8 = 1;

/// What answers the requests of one job. It is made once for each process, and keeps what it likes in between.
pub trait Handler {
    /// Answers a request through `reply`.
    fn handle(&mut self, request: &[u8], reply: &Reply);
}

/// The way back to whoever asked. Only the first answer to a request is given.
#[derive(Clone, Debug)]
pub struct Reply {
    is_given: Arc<AtomicBool>,
}

impl Reply {
    fn new() -> Self {
        Self {
            is_given: Arc::default(),
        }
    }

    /// Answers; the process is used again.
    pub fn give(&self, answer: &[u8]) {
        let worn_out = super::used_memory().is_some_and(|used| used > WORN_OUT);
        self.answer(answer, if worn_out { LAST } else { GOES_ON });
        if worn_out {
            std::process::exit(0);
        }
    }

    /// Answers, and ends the process at once: what it has built need not be taken down.
    pub fn give_last(&self, answer: &[u8]) -> ! {
        self.answer(answer, LAST);
        std::process::exit(0);
    }

    fn answer(&self, answer: &[u8], kind: u8) {
        if !self.is_given.swap(true, Ordering::Relaxed)
            && frame::write(&mut io::stdout().lock(), &[answer, &[kind]]).is_err()
        {
            // Nobody is there any more.
            std::process::exit(1);
        }
    }
}

/// Makes the handler of a job.
pub type Start = fn() -> Box<dyn Handler>;

/// Does the job this process was started for, if it was started as a worker or as a supervisor; returns whether it was.
///
/// `jobs` are the names of all jobs and what makes their handlers.
pub fn serve(jobs: &[(&str, Start)]) -> bool {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(argument) if argument == ARGUMENT => {}
        Some(argument) if argument == supervised::ARGUMENT => {
            let _ = supervisor::supervise();
            return true;
        }
        _ => return false,
    }
    let name = arguments.next().unwrap_or_default();
    let job = jobs.iter().find(|(job, _)| name == *job);
    if let Some((_, start)) = job {
        // Messages of panics would fill the pipe of the errors.
        std::panic::set_hook(Box::new(|_| {}));
        let _ = work(*start);
    }
    true
}

fn work(start: Start) -> io::Result<()> {
    // What `ps` and `top` show: the kernel would take the name from the path of the program.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_name(c"provisioning-w");
    let Some(sandbox) = frame::read(&mut io::stdin().lock())? else {
        return Ok(());
    };
    let sandbox: Sandbox = rmp_serde::from_slice(&sandbox).map_err(io::Error::other)?;
    sandbox.enter();
    end_with_the_caller(Duration::ZERO);
    let thread = std::thread::Builder::new()
        .name("worker".to_owned())
        .stack_size(STACK_SIZE)
        .spawn(move || answer_requests(start))?;
    // A panic that the handler has let through ends the process with an error, which the caller sees.
    thread
        .join()
        .unwrap_or_else(|_| std::process::exit(PANICKED))
}

/// The status of a process that ended through a panic.
const PANICKED: i32 = 101;

fn answer_requests(start: Start) -> io::Result<()> {
    let mut handler = start();
    // From here on the caller's clock runs.
    frame::write(&mut io::stdout().lock(), &[])?;
    while let Some(message) = frame::read(&mut io::stdin().lock())? {
        let Some((allowance, request)) = Allowance::split(&message) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        allowance.grant();
        handler.handle(request, &Reply::new());
    }
    Ok(())
}

/// Ends this process when the caller's has ended, that is, when the other end of standard input is closed, even in the
/// middle of its work; but not before the time that it may take to end by itself.
#[cfg(unix)]
pub fn end_with_the_caller(grace: Duration) {
    use rustix::event::{PollFd, PollFlags, poll};
    let watch = move || {
        let stdin = io::stdin();
        loop {
            // Asked for nothing, the system still tells that the other end is closed.
            let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
            match poll(&mut fds, None) {
                Ok(_) if !fds[0].revents().is_empty() => {
                    std::thread::sleep(grace);
                    std::process::exit(0);
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    };
    let _ = std::thread::Builder::new()
        .name("watch".to_owned())
        .spawn(watch);
}

/// The time limit ends it.
#[cfg(not(unix))]
pub fn end_with_the_caller(_grace: Duration) {}
