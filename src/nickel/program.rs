//! What Nickel is given to read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A file or a text.
#[derive(Clone, Debug)]
pub enum Input {
    /// A Nickel, JSON, YAML or TOML file, told apart by its name.
    File(PathBuf),
    /// A Nickel text.
    Text {
        /// The text.
        text: String,
        /// Name to show in messages.
        name: String,
        /// Where relative imports start.
        directory: PathBuf,
    },
}

/// Where imports may come from.
///
/// An import is looked for beside the file that has it, then in `paths`, in their order. Whatever is found has to lie
/// below the roots, below one of `paths`, or below one of the packages.
#[derive(Clone, Debug, Default)]
pub struct Imports {
    /// Where the program itself lies.
    pub roots: Roots,
    /// Directories to look in besides.
    pub paths: Vec<PathBuf>,
    /// Directories of packages, by the name that `import name` uses; each has a `main.ncl`.
    pub packages: BTreeMap<String, PathBuf>,
}

/// Directories below which a program may import anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// The extension that holds the input, or the input's directory when no extension does.
    #[default]
    Own,
    /// These directories.
    Within(Vec<PathBuf>),
}

/// One or several inputs, which are merged, and where their imports come from.
#[derive(Clone, Debug)]
pub struct Program {
    /// At least one.
    pub inputs: Vec<Input>,
    /// Where imports may come from.
    pub imports: Imports,
}

impl Program {
    /// Returns the program of one file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Input::File(path.into()))
    }

    /// Returns the program of one input.
    pub fn new(input: Input) -> Self {
        Self::merged(vec![input])
    }

    /// Returns the program of several inputs, which are merged as with `&`.
    pub fn merged(inputs: Vec<Input>) -> Self {
        Self {
            inputs,
            imports: Imports::default(),
        }
    }

    /// Restricts imports to files below a directory.
    #[must_use]
    pub fn within(mut self, directory: impl Into<PathBuf>) -> Self {
        self.imports.roots = Roots::Within(vec![directory.into()]);
        self
    }

    /// Looks for imports in these directories too.
    #[must_use]
    pub fn with_import_paths(mut self, paths: Vec<PathBuf>) -> Self {
        self.imports.paths = paths;
        self
    }

    /// Makes packages known.
    #[must_use]
    pub fn with_packages(mut self, packages: BTreeMap<String, PathBuf>) -> Self {
        self.imports.packages = packages;
        self
    }
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Format {
    Nickel,
    Json,
    Yaml,
    Toml,
    Text,
}

impl Format {
    /// Returns the format that a file's name tells; Nickel when it tells none.
    pub(super) fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("json") => Format::Json,
            Some("yaml" | "yml") => Format::Yaml,
            Some("toml") => Format::Toml,
            Some("txt") => Format::Text,
            _ => Format::Nickel,
        }
    }

    /// Returns the format of `import "..." as 'Tag`.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        match tag {
            "Nickel" => Some(Format::Nickel),
            "Json" => Some(Format::Json),
            "Yaml" => Some(Format::Yaml),
            "Toml" => Some(Format::Toml),
            "Text" => Some(Format::Text),
            _ => None,
        }
    }
}

/// Whether a file is one that can be evaluated, by its name.
pub fn is_readable_format(path: &Path) -> bool {
    let is_nickel = path.extension().is_some_and(|extension| extension == "ncl");
    is_nickel || !matches!(Format::of(path), Format::Nickel | Format::Text)
}
