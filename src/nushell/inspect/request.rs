//! What is to be inspected.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Files to inspect, all of one extension.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Request {
    /// Directory of the extension, canonical. Nothing is read outside of it and of `lib_dirs`.
    pub root: PathBuf,
    /// Modules with what they are to offer.
    pub modules: Vec<WantedModule>,
    /// Other files below the root: tests, scripts. Those that a module reads anyway are not looked at twice.
    pub scripts: Vec<PathBuf>,
    /// Directories in which modules are looked for that are not found beside the file that uses them (`NU_LIB_DIRS`).
    pub lib_dirs: Vec<PathBuf>,
    /// Whether everything that the files define is to be told.
    pub definitions: bool,
}

/// A module with what it is to offer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WantedModule {
    /// The file, such as `nulib/mod.nu`.
    pub path: PathBuf,
    /// The commands that it has to export.
    pub commands: Vec<Wanted>,
}

/// A command that a module has to export, as it will be called.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Arguments that it is called with, in this order.
    pub parameters: Vec<WantedParameter>,
    /// Flags that it may be called with.
    pub flags: Vec<WantedFlag>,
    /// Nushell type of what it has to return.
    pub output: String,
}

/// An argument.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WantedParameter {
    /// Its name.
    pub name: String,
    /// Nushell type of what is passed.
    pub kind: String,
}

/// A flag.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WantedFlag {
    /// Its name, without the dashes.
    pub name: String,
    /// Nushell type of its value; none for a switch.
    pub kind: Option<String>,
}
