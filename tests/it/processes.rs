//! What `/proc` tells of the processes that a test has started.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use provisioning::nickel::Evaluator;
use provisioning::nushell::Inspector;
use tempfile::TempDir;

use crate::support::PLUGIN;

/// How long a process may take to go away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time between two looks at the processes, which cost some themselves.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// A running process, or what is left of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) parent: u32,
    /// `Z` is one that has ended and that nobody has asked for.
    pub(crate) state: char,
    /// The first 15 bytes of its name.
    pub(crate) name: String,
}

impl Process {
    fn of(id: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name stands in brackets and may hold anything.
        let (head, tail) = stat.rsplit_once(") ")?;
        let (_, name) = head.split_once(" (")?;
        let mut fields = tail.split(' ');
        Some(Self {
            id,
            name: name.to_owned(),
            state: fields.next()?.chars().next()?,
            parent: fields.next()?.parse().ok()?,
        })
    }

    /// Whether it was started as a worker.
    pub(crate) fn is_worker(&self) -> bool {
        std::fs::read(format!("/proc/{}/cmdline", self.id)).is_ok_and(|line| {
            line.split(|byte| *byte == 0)
                .any(|word| word == b"--worker")
        })
    }

    /// Returns a line of `/proc/<id>/status`, without its name.
    pub(crate) fn status(&self, line: &str) -> Option<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id)).ok()?;
        let value = status
            .lines()
            .find_map(|at| at.strip_prefix(line)?.strip_prefix(':'))?;
        Some(value.trim().to_owned())
    }

    /// Returns the most memory that it has ever used, in bytes.
    fn peak(&self) -> Option<u64> {
        let kilobytes = self.status("VmHWM")?;
        let kilobytes: u64 = kilobytes.split(' ').next()?.parse().ok()?;
        Some(kilobytes << 10)
    }

    /// Whether it has ended, with all its threads, and only its parent has not asked yet.
    pub(crate) fn has_ended(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id));
        self.state == 'Z' && threads.is_ok_and(|threads| threads.count() == 1)
    }

    /// Whether it has used more processor time than a worker needs to start.
    pub(crate) fn is_at_work(&self) -> bool {
        self.ticks().is_some_and(|ticks| ticks >= 30)
    }

    /// Returns the processor time it has used, in hundredths of a second.
    fn ticks(&self) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id)).ok()?;
        let (_, tail) = stat.rsplit_once(") ")?;
        // From the state on: the time in the program and in the kernel are the 12th and the 13th.
        let mut times = tail.split(' ').skip(11);
        let mut next = || times.next()?.parse::<u64>().ok();
        Some(next()? + next()?)
    }

    /// Ends it without asking.
    pub(crate) fn kill(&self) {
        let killed = std::process::Command::new("kill")
            .args(["-KILL", &self.id.to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
    }
}

/// Lists processes.
pub(crate) fn processes(wanted: impl Fn(&Process) -> bool) -> Vec<Process> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(Process::of)
        .filter(wanted)
        .collect()
}

/// Waits until a list of processes is as it should be, and returns it as it is at last.
pub(crate) fn until(
    list: impl Fn() -> Vec<Process>,
    is_right: impl Fn(&[Process]) -> bool,
) -> Vec<Process> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = list();
        if is_right(&found) || Instant::now() >= deadline {
            return found;
        }
        std::thread::park_timeout(BETWEEN_LOOKS);
    }
}

/// What a process has been seen to do.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) process: Process,
    pub(crate) is_worker: bool,
    /// The most memory it has used, in bytes.
    pub(crate) peak: u64,
}

/// Watches processes while something goes on; returns its result and what was seen.
pub(crate) fn watched<T>(
    list: impl Fn() -> Vec<Process> + Sync,
    work: impl FnOnce() -> T,
) -> (T, Vec<Seen>) {
    let is_over = AtomicBool::new(false);
    let seen = Mutex::new(Vec::<Seen>::new());
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for process in list() {
                    let peak = process.peak().unwrap_or_default();
                    let mut seen = seen.lock().unwrap();
                    match seen.iter_mut().find(|seen| seen.process.id == process.id) {
                        Some(known) => {
                            known.peak = known.peak.max(peak);
                            // Between its start and its beginning it looks like its parent.
                            known.is_worker |= process.is_worker();
                        }
                        None => seen.push(Seen {
                            is_worker: process.is_worker(),
                            process,
                            peak,
                        }),
                    }
                }
                std::thread::park_timeout(4 * BETWEEN_LOOKS);
            }
        });
        // A test that fails in the middle must not wait for the watcher for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        is_over.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        let _ = watcher.join();
        let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (result, std::mem::take(&mut *seen.lock().unwrap()))
    })
}

/// Returns the most memory that one of several processes has used, in bytes.
pub(crate) fn peak<'a>(seen: impl IntoIterator<Item = &'a Seen>) -> u64 {
    seen.into_iter().map(|seen| seen.peak).max().unwrap_or(0)
}

/// Lists the processes that a process has started, and those that they have.
pub(crate) fn descendants(id: u32) -> Vec<Process> {
    let all = processes(|_| true);
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![id];
    while let Some(parent) = parents.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            parents.push(process.id);
            found.push(process.clone());
        }
    }
    found
}

/// Checks that none of these processes is left, neither running nor as a zombie.
#[track_caller]
pub(crate) fn assert_gone(seen: &[Seen]) {
    let is_seen = |process: &Process| seen.iter().any(|seen| seen.process.id == process.id);
    let left = until(|| processes(is_seen), <[Process]>::is_empty);
    assert_eq!(left, [], "processes are left");
}

/// The plugin as a file of its own, by which its workers are told from those of other tests.
pub(crate) struct Named {
    _home: TempDir,
    program: PathBuf,
}

impl Named {
    pub(crate) fn new() -> Self {
        // A second name for the same file has to be on the same disk.
        let home = tempfile::tempdir_in(Path::new(PLUGIN).parent().unwrap()).unwrap();
        let program = home.path().canonicalize().unwrap().join("named");
        std::fs::hard_link(PLUGIN, &program).unwrap();
        Self {
            _home: home,
            program,
        }
    }

    /// Returns an evaluator whose workers these are.
    pub(crate) fn evaluator(&self) -> Evaluator {
        Evaluator::with_worker(&self.program)
    }

    /// Returns an inspector whose workers these are.
    pub(crate) fn inspector(&self) -> Inspector {
        Inspector::with_worker(&self.program)
    }

    /// Lists the workers that are running, wherever they belong by now.
    pub(crate) fn workers(&self) -> Vec<Process> {
        processes(|process| {
            std::fs::read_link(format!("/proc/{}/exe", process.id))
                .is_ok_and(|program| program == self.program)
        })
    }
}
