//! An example: files of an extension and the command that looks at them.

use std::fmt;

/// Something that can be tried, in a directory with a taskserv `app` that has everything it needs.
#[derive(Debug)]
pub enum Example {
    /// The metadata of `app`: `app/metadata.toml`.
    Metadata(&'static str),
    /// A schema of `app`: `app/schemas/version.ncl`.
    Schema(&'static str),
    /// The module of `app`: `app/nulib/mod.nu`. Beside it, `operations.nu` has every operation of a taskserv.
    Module(&'static str),
    /// `app`, but this file or folder is not there.
    Without(&'static str),
    /// Any files, and the command that looks at them.
    Files(&'static [File], &'static str),
    /// A Nickel file, evaluated.
    Nickel(&'static str),
    /// A command line.
    Command(&'static str),
}

/// A file of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: &'static str,
    /// Its text; without one it is not there.
    pub text: Option<&'static str>,
}

/// What looks at an extension unless the example says otherwise.
const VALIDATE: &str = "extension validate app";

/// Returns a file with a text.
pub(super) const fn file(path: &'static str, text: &'static str) -> File {
    File {
        path,
        text: Some(text),
    }
}

impl Example {
    /// Returns the files that are laid over `app`, or beside it.
    pub fn files(&self) -> Vec<File> {
        match self {
            Example::Metadata(text) => vec![file("app/metadata.toml", text)],
            Example::Schema(text) => vec![file("app/schemas/version.ncl", text)],
            Example::Module(text) => vec![file("app/nulib/mod.nu", text)],
            Example::Without(path) => vec![File { path, text: None }],
            Example::Files(files, _) => files.to_vec(),
            Example::Nickel(text) => vec![file("example.ncl", text)],
            Example::Command(_) => Vec::new(),
        }
    }

    /// Returns the command line that shows it.
    pub fn command(&self) -> &'static str {
        match self {
            Example::Metadata(_)
            | Example::Schema(_)
            | Example::Module(_)
            | Example::Without(_) => VALIDATE,
            Example::Nickel(_) => "nickel eval example.ncl",
            Example::Files(_, command) | Example::Command(command) => command,
        }
    }
}

/// The files and the command, as a person would try them.
impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for File { path, text } in self.files() {
            match text {
                Some(text) => writeln!(f, "# {path}\n{}\n", text.trim_end())?,
                None => writeln!(f, "# without {path}\n")?,
            }
        }
        write!(f, "> {}", self.command())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_shown_as_one_would_try_it() {
        let shown = [
            Example::Metadata("[extension]\n"),
            Example::Without("app/nulib/mod.nu"),
            Example::Command("extension list"),
        ]
        .map(|example| example.to_string())
        .join("\n\n");
        insta::assert_snapshot!(shown, @"
        # app/metadata.toml
        [extension]

        > extension validate app

        # without app/nulib/mod.nu

        > extension validate app

        > extension list
        ");
    }
}
