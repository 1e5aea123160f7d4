//! Nushell code: what a module offers and what is wrong with it, told without running any of it.
//!
//! The code is parsed with Nushell's own parser, which knows the built-in commands from a snapshot of their signatures
//! ([`builtins`]). Parsing happens in a worker: the parser recurses without a limit and has inputs that take it
//! forever. Running code is a thing of its own: [`runner`].

mod builtins;
mod files;
mod inspect;
mod json;
mod nuon;
pub mod runner;
mod types;

pub use builtins::{NUSHELL, builtin_names};
pub use files::CodeFiles;
pub use inspect::{
    Command, CommandKind, Declaration, Defined, File, Flag, Inner, Inspection, InspectionError,
    Inspector, Limit, Mismatch, MismatchKind, Module, Parameter, Place, Problem, Request, Wanted,
    WantedFlag, WantedModule, WantedParameter, handler,
};
pub use json::{from_json, to_json};
pub use nuon::{NuonError, Unfit, from_nuon, to_nuon};
pub use types::{Misfit, TypeText};

use inspect::{LIBRARY, quoted};

/// The name of the workers' job.
pub const JOB: &str = "nushell";
