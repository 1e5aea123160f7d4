//! The side of the supervisor: this program once more, between us and a program that nobody trusts to end.
//!
//! It starts the program, and outlives it: whatever the program has started and left behind becomes its child (Linux),
//! so that nothing of a run can get away, also what has made a session of its own. It ends all of it when the program
//! ends, and when whoever has asked for the program goes away, for whatever reason: then the pipe that the order came
//! through is closed.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::{Child, Command, Stdio};

use serde::{Deserialize, Serialize};

use super::frame;

/// What is to be started.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
    pub(super) directory: OsString,
    pub(super) environment: Vec<(OsString, OsString)>,
    /// What it reads from its standard input.
    pub(super) input: Vec<u8>,
    /// A directory that nobody needs when the caller is gone.
    pub(super) scratch: Option<OsString>,
}

/// What a supervisor tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// The program runs, with this number.
    Started(u32),
    /// It could not be started.
    NotStarted { code: Option<i32>, message: String },
    /// It has ended, and so has everything that it has started.
    Ended(Ending),
}

/// How a program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// Through this signal.
    Signal(i32),
    /// Nobody knows: what watched it was ended.
    Unknown,
}

/// Starts what is ordered through standard input and watches it; what it prints goes to standard output, what there is to
/// tell to standard error.
pub(super) fn supervise() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_name(c"provisioning-s");
    let Some(order) = frame::read(&mut io::stdin().lock())? else {
        return Ok(());
    };
    let order: Order = rmp_serde::from_slice(&order).map_err(io::Error::other)?;
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    let mut child = match start(&order) {
        Ok(child) => child,
        Err(error) => {
            return say(&Word::NotStarted {
                code: error.raw_os_error(),
                message: error.to_string(),
            });
        }
    };
    say(&Word::Started(child.id()))?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = order.input;
        // A program need not read it.
        let feed = move || drop(stdin.write_all(&input));
        std::thread::Builder::new().spawn(feed)?;
    }
    let (ending, is_alone) = watch::until_the_end(child);
    if let (true, Some(scratch)) = (is_alone, order.scratch) {
        let _ = std::fs::remove_dir_all(scratch);
    }
    // When nobody listens any more, that is as well.
    let _ = say(&Word::Ended(ending));
    Ok(())
}

fn say(word: &Word) -> io::Result<()> {
    let bytes = rmp_serde::to_vec(word).map_err(io::Error::other)?;
    frame::write(&mut io::stderr().lock(), &[&bytes])
}

fn start(order: &Order) -> io::Result<Child> {
    let mut command = Command::new(&order.program);
    command
        .args(&order.arguments)
        .env_clear()
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&order.directory)
        .stdin(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        use std::os::unix::process::CommandExt as _;
        // Both streams are one pipe, so that lines keep the order in which they were printed.
        let output = || io::stdout().as_fd().try_clone_to_owned();
        command.stdout(output()?).stderr(output()?);
        // What ends its own group does not end us.
        command.process_group(0);
    }
    // Standard error is where we tell what there is to tell.
    #[cfg(not(unix))]
    command.stderr(Stdio::null());
    command.spawn()
}

#[cfg(unix)]
mod watch {
    use std::os::fd::OwnedFd;
    use std::process::Child;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, wait, waitpid};

    use super::Ending;

    /// Time between two looks where the system does not tell that a process has ended.
    const BETWEEN: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 5_000_000,
    };

    /// Waits until the program has ended, or the caller has gone; ends everything that is left. Returns how the program has
    /// ended, and whether the caller has gone.
    pub(super) fn until_the_end(child: Child) -> (Ending, bool) {
        let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
            return (Ending::Unknown, false);
        };
        let (mut ending, is_alone) = attend(id);
        // What has lost its parent is not ours there, and nobody would wait for it.
        #[cfg(not(target_os = "linux"))]
        end_all(id);
        // One thread alone waits and kills, so that no number that was given away again is meant by mistake.
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((ended, status))) if ended == id => ending = Some(ending_of(status)),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => {
                    end_all(id);
                    if let Ok(Some((ended, status))) = wait(WaitOptions::empty())
                        && ended == id
                    {
                        ending = Some(ending_of(status));
                    }
                }
                Err(_) => return (ending.unwrap_or(Ending::Unknown), is_alone),
            }
        }
    }

    /// Waits for the first of both.
    fn attend(id: Pid) -> (Option<Ending>, bool) {
        let told = notifier(id);
        let timeout = told.is_none().then_some(BETWEEN);
        let stdin = std::io::stdin();
        loop {
            match waitpid(Some(id), WaitOptions::NOHANG) {
                Ok(Some((_, status))) => return (Some(ending_of(status)), false),
                Ok(None) | Err(Errno::INTR) => {}
                Err(_) => return (None, false),
            }
            // Asked for nothing, the system still tells that the other end is closed.
            let mut fds = vec![PollFd::new(&stdin, PollFlags::empty())];
            fds.extend(told.as_ref().map(|told| PollFd::new(told, PollFlags::IN)));
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) if fds.first().is_some_and(|fd| !fd.revents().is_empty()) => {
                    return (None, true);
                }
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return (None, true),
            }
        }
    }

    /// Returns what becomes readable when a process ends; none where the system has nothing of the kind.
    #[cfg(target_os = "linux")]
    fn notifier(id: Pid) -> Option<OwnedFd> {
        rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()).ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn notifier(_id: Pid) -> Option<OwnedFd> {
        None
    }

    fn ending_of(status: WaitStatus) -> Ending {
        match (status.exit_status(), status.terminating_signal()) {
            (Some(status), _) => Ending::Exited(status),
            (None, Some(signal)) => Ending::Signal(signal),
            (None, None) => Ending::Unknown,
        }
    }

    /// Ends everything below this process. All of it is stopped first: what forks as fast as it can does not get ahead.
    #[cfg(target_os = "linux")]
    fn end_all(_program: Pid) {
        use rustix::process::kill_process;
        use std::collections::BTreeSet;
        const MAX_ROUNDS: usize = 100;
        let mut known = BTreeSet::new();
        for _ in 0..MAX_ROUNDS {
            let mut is_new = false;
            for id in descendants() {
                if known.insert(id)
                    && let Some(id) = Pid::from_raw(id)
                {
                    is_new = true;
                    let _ = kill_process(id, Signal::STOP);
                }
            }
            if !is_new {
                break;
            }
        }
        for id in known.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(id, Signal::KILL);
        }
    }

    /// Without a way to know what belongs to us, what has left the group of the program goes on.
    #[cfg(not(target_os = "linux"))]
    fn end_all(program: Pid) {
        let _ = rustix::process::kill_process_group(program, Signal::KILL);
    }

    /// Returns the processes below this one.
    #[cfg(target_os = "linux")]
    fn descendants() -> Vec<i32> {
        let parents: Vec<(i32, i32)> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let id: i32 = entry.file_name().to_str()?.parse().ok()?;
                let stat = std::fs::read(format!("/proc/{id}/stat")).ok()?;
                let stat = String::from_utf8_lossy(&stat);
                // The name stands in brackets and may hold anything.
                let (_, tail) = stat.rsplit_once(") ")?;
                Some((id, tail.split(' ').nth(1)?.parse().ok()?))
            })
            .collect();
        let mut found = Vec::new();
        let mut open = vec![rustix::process::getpid().as_raw_pid()];
        while let Some(parent) = open.pop() {
            for (id, _) in parents.iter().filter(|(_, of)| *of == parent) {
                if !found.contains(id) {
                    found.push(*id);
                    open.push(*id);
                }
            }
        }
        found
    }
}

#[cfg(not(unix))]
mod watch {
    use std::io;
    use std::process::Child;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::Ending;

    /// Waits until the program has ended, or the caller has gone; ends the program then.
    pub(super) fn until_the_end(mut child: Child) -> (Ending, bool) {
        let is_alone = Arc::new(AtomicBool::new(false));
        let noticed = Arc::clone(&is_alone);
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            noticed.store(true, Ordering::Relaxed);
        });
        loop {
            if is_alone.load(Ordering::Relaxed) {
                let _ = child.kill();
                let _ = child.wait();
                return (Ending::Unknown, true);
            }
            match child.try_wait() {
                Ok(Some(status)) => {
                    let ending = status.code().map_or(Ending::Unknown, Ending::Exited);
                    return (ending, false);
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => return (Ending::Unknown, false),
            }
        }
    }
}
