//! Extensions on disk: what a directory is, where its parts are, what it needs, and where others are.

mod contents;
mod contracts;
mod dependencies;
mod directory;
mod discovery;
mod host;
mod interface;
mod layout;
mod packing;
mod schemas;
pub mod tree;

pub use crate::metadata::ExtensionType;
pub use contents::{Change, Contents, ContentsError, LOCK_FILE, PACKAGE_FILE, is_used};
pub use contracts::{Contract, Flag, Operation, Parameter};
pub use dependencies::{Interrupted, VERSION_FIELD, dependencies, version_schema};
pub use directory::{Directory, DirectoryError, Extension, Kind};
pub use discovery::{DEFAULT_DEPTH, Discovery, Found, discover};
pub use host::{API_LEVEL, CONTRACT_VERSION, Host};
pub use interface::{Interface, module_of};
pub use layout::{Layout, LayoutKind, SchemaLanguage};
pub use packing::{Packing, Patterns, Verdict};
pub use schemas::{Schema, schemas};
