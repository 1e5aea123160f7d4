//! `metadata.toml`, `manifest.toml` and `extension.toml` as one model, with the place of every value.
//!
//! `metadata.toml` is the authority. `manifest.toml` may hold the tables that `metadata.toml` lacks. `extension.toml`,
//! the format of the older guide, is read when neither of the two is there. Sources: MET, X-03, GAP-13..19.

mod check;
mod dependency;
mod document;
mod file;
mod kind;
mod model;
mod name;
mod read;
pub mod schema;
mod version;

pub use dependency::Dependency;
pub(crate) use document::parse as parse_document;
pub use document::{Entry, Node, NodeValue};
pub use file::MAX_FILE;
pub use kind::{ExtensionType, UnknownType};
pub use model::{Compatibility, Metadata, Provided};
pub use name::{MAX_NAME, check_name};
pub use read::{FILE_NAMES, MetadataFile, Reading, has_metadata, read};
pub use version::{ReadVersion, VersionRequest, read_constraint, read_version};

#[cfg(test)]
mod tests;
