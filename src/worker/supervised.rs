//! The side of the caller: a program with a supervisor.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::frame;
use super::process::root;
use super::supervisor::{Ending, Order, STANDARD_ERROR, Word};

/// The first argument of a supervisor.
pub(super) const ARGUMENT: &str = "--supervise";
/// Bytes that are read of the output at once.
const CHUNK: usize = 64 << 10;
/// Pieces that wait for the caller before the program has to.
const AHEAD: usize = 8;
/// Time that a supervisor has to end everything.
const GRACE: Duration = Duration::from_secs(5);
/// How long what was printed last may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A program to start.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Its path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The directory that it starts in.
    pub directory: PathBuf,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// What it reads from its standard input.
    pub input: Vec<u8>,
    /// A directory that is removed when this process ends before the program does.
    pub scratch: Option<PathBuf>,
    /// Whether what it prints to standard error is told apart. Together, lines keep the order in which they were printed.
    pub is_apart: bool,
    /// Whether what has made a session of its own goes on when the program ends with status 0 (Linux). Otherwise nothing does.
    pub spares_sessions: bool,
}

/// What there is of a program.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// It has printed something: to standard output or, when both are one, to standard error.
    Output(Vec<u8>),
    /// It has printed something to standard error, which is told apart.
    Error(Vec<u8>),
    /// It has ended, and so has everything that it has started. Nothing comes after that.
    Ended(Ending),
}

/// A running program. It ends when this is dropped, with everything that it has started.
#[derive(Debug)]
pub struct Supervised {
    supervisor: Child,
    /// Closed, it tells the supervisor to end everything.
    control: Option<ChildStdin>,
    /// The number of the program.
    id: Option<u32>,
    news: Receiver<News>,
    /// What has come before it was said that the program has started: both take ways of their own.
    early: VecDeque<News>,
    ending: Option<(Ending, Instant)>,
    is_output_over: bool,
    left: usize,
}

#[derive(Debug)]
enum News {
    Output(Vec<u8>),
    Error(Vec<u8>),
    OutputOver,
    Word(Option<Word>),
}

impl Supervised {
    /// Starts a program. `supervisor` is this program, which has to call [`serve`](super::serve).
    ///
    /// # Errors
    /// One of both cannot be started.
    pub fn start(supervisor: &Path, launch: &Launch) -> io::Result<Self> {
        let order = Order {
            program: launch.program.clone().into(),
            arguments: launch.arguments.clone(),
            directory: launch.directory.clone().into(),
            environment: launch.environment.clone(),
            input: launch.input.clone(),
            scratch: launch.scratch.clone().map(Into::into),
            is_apart: launch.is_apart,
            spares_sessions: launch.spares_sessions,
        };
        let order = rmp_serde::to_vec(&order).map_err(io::Error::other)?;
        let mut command = Command::new(supervisor);
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            if let Some(own_name) = std::env::args_os().next() {
                command.arg0(own_name);
            }
            // What ends the shell's group leaves it the time to end everything.
            command.process_group(0);
        }
        let mut supervisor = command
            .arg(ARGUMENT)
            .env_clear()
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (
            supervisor.stdin.take(),
            supervisor.stdout.take(),
            supervisor.stderr.take(),
        );
        let (Some(mut control), Some(mut output), Some(mut words)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (sender, news) = mpsc::sync_channel(AHEAD);
        let told = sender.clone();
        frame::write(&mut control, &[&order])?;
        // From here on it ends with this.
        let mut started = Self {
            supervisor,
            control: Some(control),
            id: None,
            news,
            early: VecDeque::new(),
            ending: None,
            is_output_over: false,
            left: 0,
        };
        let is_apart = launch.is_apart;
        spawn(move || {
            if is_apart {
                read_apart(&mut output, &sender);
            } else {
                read_output(&mut output, &sender);
            }
        })?;
        spawn(move || {
            loop {
                let word = frame::read(&mut words).ok().flatten();
                let word = word.and_then(|word| rmp_serde::from_slice(&word).ok());
                let is_last = !matches!(word, Some(Word::Started(_)));
                if told.send(News::Word(word)).is_err() || is_last {
                    return;
                }
            }
        })?;
        started.wait_for_the_start()?;
        Ok(started)
    }

    fn wait_for_the_start(&mut self) -> io::Result<()> {
        let gone = || io::Error::other("what watches it has ended");
        loop {
            match self.news.recv_timeout(GRACE) {
                Ok(News::Word(Some(Word::Started(id)))) => {
                    self.id = Some(id);
                    return Ok(());
                }
                Ok(News::Word(Some(Word::NotStarted { code, message }))) => {
                    return Err(match code {
                        Some(code) => io::Error::from_raw_os_error(code),
                        None => io::Error::other(message),
                    });
                }
                Ok(News::Word(_)) => return Err(gone()),
                Ok(printed @ (News::Output(_) | News::Error(_))) => self.early.push_back(printed),
                Ok(News::OutputOver) => self.is_output_over = true,
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
    }

    /// Returns what comes next; nothing when nothing has come within that time.
    pub fn next(&mut self, patience: Duration) -> Option<Event> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some((ending, since)) = self.ending
                && self.early.is_empty()
                && (self.is_output_over || since.elapsed() > LAST_WORDS)
            {
                return Some(Event::Ended(ending));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let news = match self.early.pop_front() {
                Some(early) => Ok(early),
                None => self.news.recv_timeout(left),
            };
            match news {
                Ok(News::Output(bytes)) => return Some(Event::Output(bytes)),
                Ok(News::Error(bytes)) => return Some(Event::Error(bytes)),
                Ok(News::OutputOver) => self.is_output_over = true,
                Ok(News::Word(Some(Word::Ended(ending, left)))) => {
                    self.left = left;
                    self.ending = Some((ending, Instant::now()));
                }
                Ok(News::Word(_)) => {
                    // The supervisor was ended. What it has watched must not outlive it.
                    self.end_groups();
                    self.ending = Some((Ending::Unknown, Instant::now()));
                }
                Err(RecvTimeoutError::Timeout) if self.ending.is_none() || left.is_zero() => {
                    return None;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let (ending, _) = self.ending.unwrap_or((Ending::Unknown, Instant::now()));
                    return Some(Event::Ended(ending));
                }
            }
        }
    }

    /// Returns how many processes the program had left behind when it ended, as far as that is known.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Ends the program and everything that it has started; returns when that is done.
    pub fn end(&mut self) {
        self.control = None;
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if !matches!(self.supervisor.try_wait(), Ok(None)) {
                return;
            }
            // It must not wait for us to read what the program prints.
            while self.news.try_recv().is_ok() {}
            std::thread::sleep(Duration::from_millis(1));
        }
        self.end_groups();
        let _ = self.supervisor.kill();
        let _ = self.supervisor.wait();
    }

    /// Ends what is left when the supervisor cannot.
    fn end_groups(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self
            .id
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new()
        .name("supervised".to_owned())
        .spawn(work)
        .map(drop)
}

fn read_output(output: &mut impl io::Read, sender: &SyncSender<News>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        match output.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(length) => {
                let bytes = chunk.get(..length).unwrap_or_default().to_vec();
                if sender.send(News::Output(bytes)).is_err() {
                    // Nobody listens, and nobody is to wait for that.
                    let _ = io::copy(&mut output.take(u64::MAX), &mut io::sink());
                    return;
                }
            }
        }
    }
    let _ = sender.send(News::OutputOver);
}

/// Reads what a supervisor hands on of streams that are told apart.
fn read_apart(output: &mut impl io::Read, sender: &SyncSender<News>) {
    while let Ok(Some(mut piece)) = frame::read(output) {
        let news = match piece.first() {
            Some(&stream) => {
                piece.remove(0);
                match stream {
                    STANDARD_ERROR => News::Error(piece),
                    _ => News::Output(piece),
                }
            }
            None => continue,
        };
        if sender.send(news).is_err() {
            let _ = io::copy(&mut output.take(u64::MAX), &mut io::sink());
            return;
        }
    }
    let _ = sender.send(News::OutputOver);
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_printed_before_the_start_is_told_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        // More than a pipe holds, so that it was read before the next is said.
        let printed = vec![b'x'; 1 << 20];
        let mut said = Vec::new();
        for word in [Word::Started(0), Word::Ended(Ending::Exited(0), 0)] {
            let word = rmp_serde::to_vec(&word).unwrap();
            frame::write(&mut said, &[&word]).unwrap();
        }
        std::fs::write(folder.path().join("printed"), &printed).unwrap();
        std::fs::write(folder.path().join("said"), &said).unwrap();
        // A file that this process has open for writing, or a child of it, cannot be run.
        let supervisor = folder.path().join("supervisor");
        let mut shell = Command::new("sh")
            .args(["-c", "cat >\"$0\"; chmod +x \"$0\""])
            .arg(&supervisor)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\ncd '{}'; cat printed; cat said >&2\n",
            folder.path().display()
        );
        let mut input = shell.stdin.take().unwrap();
        input.write_all(script.as_bytes()).unwrap();
        drop(input);
        assert!(shell.wait().unwrap().success());

        let mut started = Supervised::start(&supervisor, &Launch::default()).unwrap();
        let mut length = 0;
        loop {
            match started.next(GRACE).unwrap() {
                Event::Output(bytes) => length += bytes.len(),
                Event::Error(_) => unreachable!(),
                Event::Ended(ending) => {
                    assert_eq!(ending, Ending::Exited(0));
                    break;
                }
            }
        }
        assert_eq!(length, printed.len());
    }
}
