//! `nushell`: the program that operations run with (TRB-01).

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use semver::Version;

use super::row::{Findings, Row, count};
use crate::nickel::Interrupt;

pub(super) const CHECK: &str = "nushell";
/// The name that is looked for when no setting says another.
const NAME: &str = "nu";
/// Most bytes of an answer that are read.
const MAX_ANSWER: u64 = 4096;
/// How long to wait for an answer before looking at the caller's wishes again.
const PATIENCE: Duration = Duration::from_millis(20);
/// Names the running shell as the one to use, which every shell can type.
const USE_THIS_ONE: &str = "$env.config.plugins.provisioning.runner.nu = $nu.current-exe";

/// The Nushell that operations run with.
#[derive(Clone, Debug)]
pub struct Nushell {
    /// What the setting says: a path, or a name; without it the name is `nu`.
    pub program: Option<PathBuf>,
    /// The directories in which programs are looked for.
    pub search_path: Vec<PathBuf>,
    /// The longest time that it may take to answer.
    pub timeout: Duration,
}

/// Why a program has not told its version.
enum Silence {
    Start(io::Error),
    TooLong,
    NotOne,
    Interrupted,
}

pub(super) fn check(nushell: &Nushell, linked: &Version, interrupt: &Interrupt) -> Row {
    let mut findings = Findings::of(CHECK);
    let program = match find(nushell) {
        Ok(program) => program,
        Err(reason) => {
            findings.error(reason, USE_THIS_ONE);
            return findings.into_row();
        }
    };
    let shown = program.display();
    match ask(&program, nushell, interrupt) {
        Ok(version) if is_same_release(&version, linked) => {
            findings.fact(format!("{version} at `{shown}`"));
        }
        Ok(version) => findings.warning(
            format!(
                "`{shown}` is Nushell {version}, and the plugin is built for {}.{}",
                linked.major, linked.minor
            ),
            USE_THIS_ONE,
        ),
        Err(silence) => {
            let text = match silence {
                Silence::Start(error) => {
                    format!("`{shown}` cannot be run: {}", io::Error::from(error.kind()))
                }
                Silence::TooLong => format!(
                    "`{shown} --version` has not answered within {} s",
                    nushell.timeout.as_secs_f32()
                ),
                Silence::NotOne => {
                    format!("`{shown} --version` does not answer as Nushell does")
                }
                Silence::Interrupted => format!("`{shown}` was not asked to the end"),
            };
            findings.error(text, USE_THIS_ONE);
        }
    }
    findings.into_row()
}

/// Whether two versions are of one release: those of one `0.x` understand each other.
pub(super) fn is_same_release(one: &Version, other: &Version) -> bool {
    (one.major, one.minor) == (other.major, other.minor)
}

fn find(nushell: &Nushell) -> Result<PathBuf, String> {
    let given = nushell.program.as_deref();
    let name = given.unwrap_or(Path::new(NAME));
    if name.is_absolute() {
        return match name.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(format!("there is no `{}`", name.display()))
            }
            Err(error) => Err(format!("`{}` cannot be looked at: {error}", name.display())),
            Ok(_) if !is_program(name) => {
                Err(format!("`{}` is no file that can be run", name.display()))
            }
            Ok(_) => Ok(name.to_owned()),
        };
    }
    let file = format!("{}{}", name.display(), std::env::consts::EXE_SUFFIX);
    let directories = nushell.search_path.iter();
    let directories: Vec<_> = directories.filter(|path| path.is_absolute()).collect();
    let mut all = directories.iter().map(|directory| directory.join(&file));
    all.find(|path| is_program(path)).ok_or_else(|| {
        let directories = count(directories.len(), "directory", "directories");
        format!(
            "there is no `{}` in the {directories} of the PATH",
            name.display()
        )
    })
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Asks a program for its version: with nothing in its environment but the search path, and for a while only.
fn ask(program: &Path, nushell: &Nushell, interrupt: &Interrupt) -> Result<Version, Silence> {
    let mut command = std::process::Command::new(program);
    let path = std::env::join_paths(&nushell.search_path).unwrap_or_default();
    command
        .arg("--version")
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // Whatever it starts itself ends with it.
        command.current_dir("/").process_group(0);
    }
    let mut child = command.spawn().map_err(Silence::Start)?;
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut answer = String::new();
            let _ = stdout.take(MAX_ANSWER).read_to_string(&mut answer);
            let _ = sender.send(answer);
        });
    }
    let deadline = Instant::now() + nushell.timeout;
    let answer = loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(answer) => break Ok(answer),
            Err(RecvTimeoutError::Disconnected) => break Err(Silence::NotOne),
            Err(RecvTimeoutError::Timeout) if interrupt.is_triggered() => {
                break Err(Silence::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                break Err(Silence::TooLong);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    // It has said all that counts.
    end(&mut child);
    Version::parse(answer?.trim()).map_err(|_| Silence::NotOne)
}

fn end(child: &mut std::process::Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
