//! The side of the supervisor: this program once more, between us and a program that nobody trusts to end.
//!
//! It starts the program, and outlives it: whatever the program has started and left behind becomes its child (Linux),
//! so that nothing of a run can get away, also what has made a session of its own. It ends all of it when the program
//! ends, and when whoever has asked for the program goes away, for whatever reason: then the pipe that the order came
//! through is closed.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

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
    /// Whether what it prints to standard error is told apart from the rest.
    pub(super) is_apart: bool,
    /// Whether what has a session of its own may go on when the program ends well.
    pub(super) spares_sessions: bool,
}

/// What a piece of output begins with when streams are told apart.
pub(super) const STANDARD_OUTPUT: u8 = 1;
/// As [`STANDARD_OUTPUT`], for standard error.
pub(super) const STANDARD_ERROR: u8 = 2;

/// What a supervisor tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// The program runs, with this number.
    Started(u32),
    /// It could not be started.
    NotStarted { code: Option<i32>, message: String },
    /// It has ended, and so has everything that it has started, which was so much.
    Ended(Ending, usize),
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
    let streams = match order.is_apart {
        true => Some(forward(&mut child)?),
        false => None,
    };
    let (ending, is_alone, left) = watch::until_the_end(child, order.spares_sessions);
    if let Some(streams) = streams {
        // With everything ended, the pipes are closed; where something has got away, nobody waits for it.
        let _ = streams.recv_timeout(LAST_WORDS);
    }
    if let (true, Some(scratch)) = (is_alone, order.scratch) {
        let _ = std::fs::remove_dir_all(scratch);
    }
    // When nobody listens any more, that is as well.
    let _ = say(&Word::Ended(ending, left));
    Ok(())
}

/// How long what was printed last is waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Bytes that are read of a stream at once.
const CHUNK: usize = 32 << 10;

/// Hands on what a program prints, each piece with the stream that it is of. What is returned ends when both streams have.
fn forward(child: &mut Child) -> io::Result<Receiver<()>> {
    let (sender, ended) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        pump(stdout, STANDARD_OUTPUT, sender.clone())?;
    }
    if let Some(stderr) = child.stderr.take() {
        pump(stderr, STANDARD_ERROR, sender)?;
    }
    Ok(ended)
}

fn pump(
    mut stream: impl Read + Send + 'static,
    number: u8,
    until_the_end: Sender<()>,
) -> io::Result<()> {
    let work = move || {
        // Whoever waits is told that by its end.
        let _until_the_end = until_the_end;
        let mut chunk = vec![0; CHUNK];
        let mut is_heard = true;
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
                Ok(length) if is_heard => {
                    let bytes = chunk.get(..length).unwrap_or_default();
                    let parts: [&[u8]; 2] = [&[number], bytes];
                    is_heard = frame::write(&mut io::stdout().lock(), &parts).is_ok();
                }
                Ok(_) => {}
            }
        }
    };
    std::thread::Builder::new().spawn(work).map(drop)
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
        // One pipe for both streams keeps the order in which lines were printed.
        if !order.is_apart {
            let output = || io::stdout().as_fd().try_clone_to_owned();
            command.stdout(output()?).stderr(output()?);
        }
        // What ends its own group does not end us.
        command.process_group(0);
    }
    // Standard error is where we tell what there is to tell.
    #[cfg(not(unix))]
    command.stderr(Stdio::null());
    if order.is_apart {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
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

    /// How often, and how long each time, what is left is waited for before it is ended.
    #[cfg(target_os = "linux")]
    const STEPS: usize = 20;
    #[cfg(target_os = "linux")]
    const STEP: std::time::Duration = std::time::Duration::from_millis(5);

    /// Waits until the program has ended, or the caller has gone; ends everything that is left. Returns how the program has
    /// ended, whether the caller has gone, and how many processes the program has left behind.
    ///
    /// When it ends well, what has made a session of its own may be spared: it is a service that was meant to go on.
    pub(super) fn until_the_end(child: Child, spares_sessions: bool) -> (Ending, bool, usize) {
        let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
            return (Ending::Unknown, false, 0);
        };
        let (mut ending, is_alone) = attend(id);
        let spares = spares_sessions && !is_alone && ending == Some(Ending::Exited(0));
        // What has lost its parent is not ours there, and nobody would wait for it.
        #[cfg(not(target_os = "linux"))]
        end_all(id, spares);
        let mut left = 0;
        #[cfg(target_os = "linux")]
        let mut patience = STEPS;
        // One thread alone waits and kills, so that no number that was given away again is meant by mistake.
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((ended, status))) if ended == id => ending = Some(ending_of(status)),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                #[cfg(target_os = "linux")]
                Ok(None) if spares => {
                    if descendants(spares).is_empty() {
                        return (ending.unwrap_or(Ending::Unknown), is_alone, left);
                    }
                    // The end of a pipeline may be the last to end.
                    if patience == 0 {
                        left += end_all(id, spares);
                    }
                    patience = patience.saturating_sub(1);
                    std::thread::sleep(STEP);
                }
                Ok(None) => {
                    left += end_all(id, false);
                    if let Ok(Some((ended, status))) = wait(WaitOptions::empty())
                        && ended == id
                    {
                        ending = Some(ending_of(status));
                    }
                }
                Err(_) => return (ending.unwrap_or(Ending::Unknown), is_alone, left),
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

    /// Ends everything below this process, and returns how much that was. All of it is stopped first: what forks as fast as
    /// it can does not get ahead. What is below a process with a session of its own may be spared with it.
    #[cfg(target_os = "linux")]
    fn end_all(_program: Pid, spares_sessions: bool) -> usize {
        use rustix::process::kill_process;
        use std::collections::BTreeSet;
        const MAX_ROUNDS: usize = 100;
        let mut known = BTreeSet::new();
        for _ in 0..MAX_ROUNDS {
            let mut is_new = false;
            for id in descendants(spares_sessions) {
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
        let count = known.len();
        for id in known.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(id, Signal::KILL);
        }
        count
    }

    /// Without a way to know what belongs to us, what has left the group of the program goes on.
    #[cfg(not(target_os = "linux"))]
    fn end_all(program: Pid, _spares_sessions: bool) -> usize {
        let _ = rustix::process::kill_process_group(program, Signal::KILL);
        0
    }

    /// Returns the processes below this one that have not ended; without sessions, those of the same session as this one.
    #[cfg(target_os = "linux")]
    fn descendants(spares_sessions: bool) -> Vec<i32> {
        // Asked for its session, the system answers 0 where who leads it is outside of the name space of processes, as in
        // a container: a number that `getsid` of rustix cannot stand, and that means the same for all who have it.
        let own = Place::of("self").map(|it| it.session);
        let parents: Vec<(i32, i32)> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let id: i32 = name.to_str()?.parse().ok()?;
                let place = Place::of(name.to_str()?)?;
                let is_ours = !spares_sessions || (Some(place.session) == own && !place.has_ended);
                is_ours.then_some((id, place.parent))
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

    /// Where a process stands among the others.
    #[cfg(target_os = "linux")]
    struct Place {
        parent: i32,
        session: i32,
        has_ended: bool,
    }

    #[cfg(target_os = "linux")]
    impl Place {
        fn of(process: &str) -> Option<Self> {
            let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
            let stat = String::from_utf8_lossy(&stat);
            // The name stands in brackets and may hold anything.
            let (_, tail) = stat.rsplit_once(") ")?;
            let mut fields = tail.split(' ');
            Some(Self {
                has_ended: fields.next()? == "Z",
                parent: fields.next()?.parse().ok()?,
                session: fields.nth(1)?.parse().ok()?,
            })
        }
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
    pub(super) fn until_the_end(mut child: Child, _spares_sessions: bool) -> (Ending, bool, usize) {
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
                return (Ending::Unknown, true, 0);
            }
            match child.try_wait() {
                Ok(Some(status)) => {
                    let ending = status.code().map_or(Ending::Unknown, Ending::Exited);
                    return (ending, false, 0);
                }
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => return (Ending::Unknown, false, 0),
            }
        }
    }
}
