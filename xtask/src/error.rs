//! Everything that can go wrong, each with the next thing to do.

use std::{io, path::PathBuf, process::ExitCode};

use crate::{
    nickel_program, py_nickel,
    tally::Tally,
    unusable::Unusable,
    version::{Line, Version},
};

/// The result of everything here that can fail.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A failure of `cargo xtask`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing was asked for.
    #[error("no subcommand given")]
    MissingSubcommand {
        /// The names there are.
        known: String,
    },
    /// Something was asked for that does not exist.
    #[error("unknown subcommand `{name}`")]
    UnknownSubcommand {
        /// What was typed.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A subcommand got an argument that it does not take.
    #[error("unexpected argument `{argument}`")]
    UnexpectedArgument {
        /// What was typed.
        argument: String,
        /// What to type instead.
        hint: String,
    },
    /// `cargo metadata` succeeded, but its answer could not be used.
    #[error("cannot make sense of what `{command}` printed: {detail}")]
    Metadata {
        /// The command that was run.
        command: String,
        /// What is wrong with its output.
        detail: String,
    },
    /// The lock file does not say which Nushell the plugin is for.
    #[error("{} does not pin the Nushell version: {detail}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The executable that the variable `NU` names cannot be used.
    #[error("the environment variable NU names {}, which {problem}", path.display())]
    NuVariable {
        /// What `NU` says.
        path: PathBuf,
        /// Why it is of no use.
        problem: Unusable,
        /// The versions that would do.
        wanted: Line,
    },
    /// An installation came to its end, yet left no usable Nushell.
    #[error("`{command}` succeeded, but {} {problem}", path.display())]
    InstalledUnusable {
        /// The command that was run.
        command: String,
        /// Where the executable was expected.
        path: PathBuf,
        /// Why it is of no use.
        problem: Unusable,
    },
    /// Neither way of installing Nushell worked.
    #[error(
        "no Nushell {} was found, and installing {wanted} failed\n  npm: {npm}\n  cargo: {cargo}",
        wanted.line()
    )]
    NoNushell {
        /// The version that was to be installed.
        wanted: Version,
        /// Why npm did not do it.
        npm: Box<Error>,
        /// Why cargo did not do it.
        cargo: Box<Error>,
        /// The folder where an own copy is looked for.
        own: PathBuf,
    },
    /// There is no Python that can install packages.
    #[error("`{program}` is of no use: {problem}")]
    NoPython {
        /// The program.
        program: String,
        /// Why it is of no use.
        problem: String,
    },
    /// The package with the reference for Nickel could not be installed.
    #[error("py-nickel {} could not be installed: {detail}", py_nickel::VERSION)]
    NoPyNickel {
        /// The command that would install it.
        command: String,
        /// What went wrong.
        detail: String,
    },
    /// The program that the variable `NICKEL` names cannot be used.
    #[error("the environment variable NICKEL names {}, which {problem}", path.display())]
    NickelVariable {
        /// What `NICKEL` says.
        path: PathBuf,
        /// Why it is of no use.
        problem: String,
    },
    /// The `nickel` program could not be built.
    #[error(
        "the `nickel` program {} could not be built: {detail}",
        nickel_program::VERSION
    )]
    NoNickel {
        /// The command that would build it.
        command: String,
        /// What went wrong.
        detail: String,
    },
    /// A program could not be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// A program ended badly.
    #[error("`{command}` failed ({status})")]
    Command {
        /// The command that was run.
        command: String,
        /// How it ended.
        status: String,
    },
    /// A file or folder could not be handled.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried, as in "cannot ...".
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Our own standard output is gone or full.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Cargo built without error, and built no plugin.
    #[error("`{command}` built no executable named `{name}`")]
    NoPlugin {
        /// The command that was run.
        command: String,
        /// The executable that was expected.
        name: &'static str,
    },
    /// A script that this subcommand is there to run does not exist.
    #[error("there is no {}", path.display())]
    MissingScript {
        /// The script, or the pattern of the scripts.
        path: PathBuf,
        /// What to write there.
        hint: &'static str,
    },
    /// A test script failed, or cannot be believed.
    #[error("{script}: {detail}")]
    Suite {
        /// The script.
        script: String,
        /// What is wrong.
        detail: String,
        /// What its closing line says, if it has one.
        tally: Option<Tally>,
    },
}

impl Error {
    /// Returns what to do about it, if that is not plain from the message.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::MissingSubcommand { known } | Self::UnknownSubcommand { known, .. } => Some(
                format!("there are: {known}; `cargo xtask --help` describes them"),
            ),
            Self::UnexpectedArgument { hint, .. } => Some(hint.clone()),
            Self::Metadata { .. } => Some("run `cargo xtask` inside the repository".into()),
            Self::Lock { .. } => {
                Some("restore the file with `git checkout Cargo.lock`, or run `cargo check`".into())
            }
            Self::NuVariable {
                problem, wanted, ..
            } => {
                let instead = match problem {
                    Unusable::Directory { inside: Some(nu) } => {
                        format!("did you mean NU={}? ", nu.display())
                    }
                    _ => String::new(),
                };
                Some(format!(
                    "{instead}set NU to the executable of a Nushell {wanted}, or unset it: then \
                     one is found, or installed under the target folder"
                ))
            }
            Self::NoNushell { wanted, own, .. } => Some(format!(
                "by hand, any one of these will do:\n  \
                 - `npm install --prefix {} --no-save nushell@{wanted}`\n  \
                 - `cargo install nu --locked --version ={wanted}` (about 20 minutes)\n  \
                 - unpack https://github.com/nushell/nushell/releases/tag/{wanted} and set NU to \
                 its `nu`",
                own.display()
            )),
            Self::NoPython { .. } => Some(
                "the tests compare with Nickel's own evaluator, which pip installs: install Python \
                 3.11 or newer with pip, e.g. `apt-get install python3-pip`, or set PYTHON to one"
                    .into(),
            ),
            Self::NoPyNickel { command, .. } => Some(format!(
                "a ready-made package for this platform and Python is needed, and the network; \
                 by hand: `{command}`"
            )),
            Self::NickelVariable { .. } => Some(format!(
                "set NICKEL to the executable of Nickel {}, or unset it: then one is built under \
                 the target folder",
                nickel_program::VERSION
            )),
            Self::NoNickel { command, .. } => Some(format!(
                "the benchmarks compare with it: set NICKEL to an executable of that version, or \
                 build one by hand: `{command}`"
            )),
            Self::NoPlugin { .. } => {
                Some("the [[bin]] section of the root Cargo.toml declares it".into())
            }
            Self::MissingScript { hint, .. } => Some((*hint).into()),
            Self::InstalledUnusable { .. }
            | Self::Start { .. }
            | Self::Command { .. }
            | Self::File { .. }
            | Self::Output(_)
            | Self::Suite { .. } => None,
        }
    }

    /// Returns the exit code: 2 for a wrong command line, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::MissingSubcommand { .. }
            | Self::UnknownSubcommand { .. }
            | Self::UnexpectedArgument { .. } => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Returns a closure that wraps a failure to do `action` at `path`.
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
