//! The form in which the built-in commands are written down. `xtask/builtins` includes this file to write it.

use nu_protocol::Signature;
use nu_protocol::engine::CommandType;
use serde::{Deserialize, Serialize};

/// The built-in commands of one version of Nushell.
#[derive(Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// The version.
    pub(crate) nushell: String,
    /// The commands, sorted by name.
    pub(crate) commands: Vec<Builtin>,
}

/// What the parser has to know of a command.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Builtin {
    /// Its signature, without descriptions.
    pub(crate) signature: Signature,
    /// Whether it is a keyword, say.
    pub(crate) kind: CommandType,
    /// Whether the parser may run it.
    pub(crate) is_const: bool,
    /// What of it should no longer be used.
    pub(crate) deprecations: Vec<Deprecation>,
}

/// A command or a flag that should no longer be used.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Deprecation {
    /// The flag; none for the command as a whole.
    pub(crate) flag: Option<String>,
    /// Whether each use is to be reported, and not the first one only.
    pub(crate) every_use: bool,
    /// The version in which it was deprecated.
    pub(crate) since: Option<String>,
    /// The version in which it will be gone.
    pub(crate) removal: Option<String>,
    /// What to use instead.
    pub(crate) help: Option<String>,
}
