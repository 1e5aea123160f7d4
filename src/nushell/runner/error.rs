//! Why code could not be run.

use std::io;
use std::path::PathBuf;

use crate::diagnostic::{Code, Explain};

/// Why code could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no place for what belongs to the run.
    #[error("a temporary directory cannot be used: {0}")]
    Scratch(io::Error),
    /// The program cannot be started.
    #[error("`{}` cannot be started: {reason}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why not.
        reason: io::Error,
    },
}

impl Explain for RunError {
    fn code(&self) -> Code {
        match self {
            RunError::Scratch(_) => Code::RunScratch,
            RunError::Start { .. } => Code::RunStart,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            RunError::Scratch(_) => {
                "set $env.TMPDIR to a directory that can be written, before the plugin starts"
                    .to_owned()
            }
            RunError::Start { .. } => {
                "say which Nushell runs code: $env.config.plugins.provisioning.runner.nu = $nu.current-exe"
                    .to_owned()
            }
        })
    }
}
