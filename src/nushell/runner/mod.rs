//! Running the code of an extension: in a Nushell of its own, which ends whatever happens.
//!
//! A [`Task`] is a file with commands, a driver that knows what to do with them, and a request: data, which the driver reads
//! from standard input. The driver is code of ours and never changes; what the file is called and what its commands are
//! called is written in a script of four lines ([`script`]), in quotes or as words that were looked at before. What the driver
//! has to tell comes back through a file in a directory that only this run knows; what the code prints is its output, and
//! nothing else.

mod environment;
mod error;
mod script;
mod session;

pub use environment::{BASE_VARIABLES, base_environment};
pub use error::RunError;
pub use script::{Arguments, Binding, is_callable};
pub use session::{Said, Session};

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use semver::Version;

use super::NUSHELL;
use crate::worker::{self, Launch, Supervised};

/// The Nushell that code runs in.
#[derive(Clone, Debug)]
pub struct Runner {
    /// Its path.
    pub program: PathBuf,
    /// This program, which watches it.
    pub supervisor: PathBuf,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// A module that exports `provisioning run [commands: record, input: string]`.
    pub driver: &'static str,
    /// The file whose commands are called.
    pub source: &'a Path,
    /// Those of its commands that the driver may call.
    pub bindings: &'a [Binding],
    /// What the driver is told.
    pub request: serde_json::Value,
    /// The directory that the code starts in.
    pub directory: &'a Path,
    /// Its environment besides what [`base_environment`] gives; a name that stands there too is replaced.
    pub environment: Vec<(OsString, OsString)>,
    /// Where modules are looked for besides the library that comes with the plugin (`NU_LIB_DIRS`).
    pub lib_dirs: &'a [PathBuf],
    /// Plugins whose commands the code calls.
    pub plugins: &'a [PathBuf],
    /// Whether the file is used as the module that it is (`use`), or its code is taken as it stands (`source`).
    pub is_module: bool,
    /// Whether what is printed to standard error is told apart from the rest.
    pub is_apart: bool,
    /// Whether the run is one that nothing is left of: what programs keep (`XDG_*`) is removed with it, and no process goes
    /// on. Otherwise that is the user's, and a service that has made a session of its own goes on when the driver ends well.
    pub is_closed: bool,
}

impl Runner {
    /// Starts a task. It ends when the session is dropped.
    ///
    /// # Errors
    /// The Nushell cannot be started, or a temporary directory cannot be made.
    pub fn start(&self, task: &Task<'_>) -> Result<Session, RunError> {
        let scratch = tempfile::Builder::new()
            .prefix("provisioning-run-")
            .tempdir()
            .map_err(RunError::Scratch)?;
        // What `$env.PWD` and errors say is what the system says.
        let home = dunce::canonicalize(scratch.path()).map_err(RunError::Scratch)?;
        let files = script::write(&home, task).map_err(RunError::Scratch)?;
        let token = script::token();
        let input = serde_json::json!({
            "token": token,
            "results": files.results.to_string_lossy(),
            "request": task.request,
        });
        let results = std::fs::File::open(&files.results).map_err(RunError::Scratch)?;
        let mut arguments: Vec<OsString> = vec!["-n".into(), "--stdin".into()];
        if !task.plugins.is_empty() {
            arguments.extend(["--plugins".into(), script::list(task.plugins).into()]);
        }
        let mut lib_dirs = vec![files.library];
        lib_dirs.extend(task.lib_dirs.iter().cloned());
        let lib_dirs: Vec<OsString> = lib_dirs.into_iter().map(Into::into).collect();
        arguments.extend(["-I".into(), lib_dirs.join(LIST_SEPARATOR.as_ref())]);
        arguments.extend(["-c".into(), files.begin.into()]);
        let mut environment = environment::of_run(&home, task.is_closed);
        environment.extend(task.environment.iter().cloned());
        let launch = Launch {
            program: self.program.clone(),
            arguments,
            directory: task.directory.to_owned(),
            environment,
            input: input.to_string().into_bytes(),
            scratch: Some(home),
            is_apart: task.is_apart,
            spares_sessions: !task.is_closed,
        };
        let program =
            Supervised::start(&self.supervisor, &launch).map_err(|error| RunError::Start {
                program: self.program.clone(),
                reason: std::io::Error::from(error.kind()),
            })?;
        Ok(Session::new(program, results, token, scratch))
    }

    /// Returns a runner for a Nushell, watched by this very program.
    ///
    /// # Errors
    /// The system does not tell which program this is.
    pub fn new(program: impl Into<PathBuf>) -> std::io::Result<Self> {
        Ok(Self {
            program: program.into(),
            supervisor: worker::this_program()?,
        })
    }
}

/// Whether a version is of another release than the one that the plugin is built for: those of one `0.x` understand each
/// other.
pub fn is_other_release(version: &str) -> bool {
    Version::parse(version).map_or(true, |version| {
        (version.major, version.minor) != (NUSHELL.major, NUSHELL.minor)
    })
}

/// What stands between the directories of `-I`.
const LIST_SEPARATOR: &str = "\x1e";
