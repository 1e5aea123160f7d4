//! This program once more, in processes of its own, for work that may take its process down.
//!
//! Such a process is kept warm: it is started ahead, answers one request after another, and is replaced when it dies.
//! It has no environment, may use so much memory and processor time for each request, and may read nothing but what it
//! was allowed to (where the kernel can enforce that). A request is bytes and so is its answer; this module knows no
//! language. A stack overflow in a worker is an answer here, not the end.
//!
//! [`Supervised`] is another use of this program: it stands between us and a program that runs the user's own code, such as a
//! Nushell, and ends it with everything that it has started, whatever becomes of us.
//!
//! The program's `main` has to call [`serve`] first of all.

mod child;
mod crew;
mod frame;
mod process;
mod sandbox;
mod supervised;
mod supervisor;
mod workers;

pub use child::{Handler, Reply, Start, end_with_the_caller, serve};
pub use crew::{Crew, Lease};
pub use process::{Crash, Failure};
pub use sandbox::confine;
pub use supervised::{Event, Launch, Supervised};
pub use supervisor::Ending;
pub use workers::{CallLimits, Workers};

use std::path::{Path, PathBuf};

/// The first argument of a worker; the second is the name of its job.
const ARGUMENT: &str = "--worker";

/// Returns this very program, to be started as a worker.
///
/// On Linux that is the file that this process was started from, even when another version has taken its place on disk
/// meanwhile: the two would not understand each other.
///
/// # Errors
/// The system does not tell.
pub fn this_program() -> std::io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && running.exists() {
        return Ok(running.to_owned());
    }
    std::env::current_exe()
}

/// Returns the memory that this process uses, in bytes, where the system tells.
pub fn used_memory() -> Option<u64> {
    statm(1)
}

/// Returns the size of what this process may write to, in bytes, used or only reserved, where the system tells.
fn writable_memory() -> Option<u64> {
    statm(5)
}

/// Returns one of the sizes of `/proc/self/statm`. The file is opened once: a worker may not open files later on.
#[cfg(target_os = "linux")]
fn statm(field: usize) -> Option<u64> {
    use std::os::unix::fs::FileExt as _;
    static FILE: std::sync::OnceLock<Option<std::fs::File>> = std::sync::OnceLock::new();
    let file = FILE.get_or_init(|| std::fs::File::open("/proc/self/statm").ok());
    let mut text = [0; 128];
    let length = file.as_ref()?.read_at(&mut text, 0).ok()?;
    let text = std::str::from_utf8(text.get(..length)?).ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(field)?.parse().ok()?;
    Some(pages * page_size())
}

#[cfg(not(target_os = "linux"))]
fn statm(_field: usize) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn page_size() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or(4096)
}

#[cfg(test)]
mod tests;
