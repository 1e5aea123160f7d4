//! Every table and key that metadata may have, as data.
//!
//! Source: MET-01..57 of the feature inventory. Checking and suggestions for mistyped keys come from these tables.

use super::ExtensionType;

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A name by the naming rule.
    Name,
    /// One of the types of extensions.
    Type,
    /// A version.
    Version,
    /// A version constraint.
    Constraint,
    /// One line of text with at most this many characters.
    Text(usize),
    /// An `http` or `https` address.
    Url,
    /// True or false.
    Flag,
    /// A list of short texts.
    Texts,
    /// A list of names.
    Names,
    /// A list of names of environment variables.
    EnvNames,
    /// A list of file patterns relative to the extension.
    Globs,
    /// A list of dependencies: `name`, `name >=1.6` or `{name, version, type}`.
    Dependencies,
}

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What its value has to be.
    pub shape: Shape,
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The name between the brackets.
    pub name: &'static str,
    /// Its keys; none means that the content is free.
    pub keys: &'static [Key],
    /// The only type of extension that it makes sense for.
    pub only: Option<ExtensionType>,
}

/// Most items in a list.
pub const MAX_ITEMS: usize = 256;
/// Longest short text: a keyword, an author, a file pattern.
pub const MAX_SHORT: usize = 256;
/// Longest address.
pub const MAX_URL: usize = 2048;

const fn key(name: &'static str, shape: Shape) -> Key {
    Key { name, shape }
}

/// Every table that is known.
pub const TABLES: &[Table] = &[
    Table {
        name: "extension",
        keys: &[
            key("name", Shape::Name),
            key("type", Shape::Type),
            key("version", Shape::Version),
            key("description", Shape::Text(1024)),
            key("author", Shape::Text(MAX_SHORT)),
            key("authors", Shape::Texts),
            key("license", Shape::Text(MAX_SHORT)),
            key("homepage", Shape::Url),
            key("repository", Shape::Url),
            key("keywords", Shape::Texts),
            key("categories", Shape::Texts),
        ],
        only: None,
    },
    Table {
        name: "compatibility",
        keys: &[
            key("provisioning_version", Shape::Constraint),
            key("nushell_version", Shape::Constraint),
            key("nickel_version", Shape::Constraint),
            key("kcl_version", Shape::Constraint),
            key("contract_version", Shape::Version),
        ],
        only: None,
    },
    Table {
        name: "capabilities",
        keys: &[
            key("server_management", Shape::Flag),
            key("load_balancer", Shape::Flag),
            key("storage_encryption", Shape::Flag),
            key("backup", Shape::Flag),
            key("monitoring", Shape::Flag),
        ],
        only: Some(ExtensionType::Provider),
    },
    Table {
        name: "authentication",
        keys: &[
            key("methods", Shape::Texts),
            key("required_fields", Shape::Texts),
        ],
        only: Some(ExtensionType::Provider),
    },
    Table {
        name: "regions",
        keys: &[
            key("default", Shape::Text(MAX_SHORT)),
            key("available", Shape::Texts),
        ],
        only: Some(ExtensionType::Provider),
    },
    Table {
        name: "support",
        keys: &[key("documentation", Shape::Url), key("issues", Shape::Url)],
        only: None,
    },
    Table {
        name: "provides",
        keys: &[
            key("providers", Shape::Names),
            key("taskservs", Shape::Names),
            key("clusters", Shape::Names),
            key("templates", Shape::Names),
        ],
        only: None,
    },
    Table {
        name: "dependencies",
        keys: &[
            key("extensions", Shape::Dependencies),
            key("system_packages", Shape::Texts),
        ],
        only: None,
    },
    Table {
        name: "configuration",
        keys: &[
            key("required_env", Shape::EnvNames),
            key("optional_env", Shape::EnvNames),
        ],
        only: None,
    },
    Table {
        name: "build",
        keys: &[key("include", Shape::Globs), key("exclude", Shape::Globs)],
        only: None,
    },
    Table {
        name: "permissions",
        keys: &[],
        only: None,
    },
];
