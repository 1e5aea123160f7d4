//! New extensions: the files of a scaffold, rendered with what is said of the extension, put into place as a whole.
//!
//! A scaffold is a directory. What ends in `.tmpl` is a template ([`crate::template`]) and loses that ending, everything else
//! is taken as it is; names in braces in a path are replaced; what lies in `_parts/` is there for templates to include. Our
//! own scaffolds, one for each type, are such directories too, and know nothing of operations by themselves: these come from
//! the contracts ([`crate::extension::Contract`]).

mod author;
mod builtin;
mod data;
mod document;
mod draft;
mod error;
mod escape;
mod fault;
mod license;
mod paths;
mod source;

pub use author::default_author;
pub use document::document;
pub use draft::{Action, Draft, Planned};
pub use error::ScaffoldError;
pub use fault::{About, Fault};
pub use license::License;
pub use source::{NewFile, Scaffold};

use crate::extension::{ExtensionType, Host};

/// Version of an extension that has just been made.
pub const FIRST_VERSION: &str = "0.1.0";

/// What is said of an extension that is to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name, which is that of its directory too.
    pub name: String,
    /// Whether it is to be a package that may hold several extensions.
    pub is_bundle: bool,
    /// What it is for, in one line.
    pub description: Option<String>,
    /// Who makes it.
    pub author: String,
    /// Under which terms others may use it.
    pub license: License,
    /// For the copyright.
    pub year: i32,
    /// The platform that it is made on.
    pub host: Host,
}

#[cfg(test)]
mod tests;
