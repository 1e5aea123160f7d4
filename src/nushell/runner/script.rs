//! What is written for one run, and removed with it.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use super::Task;
use crate::nushell::{LIBRARY, quoted};

/// A command that the driver may call, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name, which has to be [callable](is_callable).
    pub name: String,
    /// Whether what it returns is asked for. If not, its output is printed as it comes, and a program that fails at its end is
    /// an error.
    pub is_value_wanted: bool,
    /// What it is called with; otherwise it gets the input of the closure.
    pub arguments: Option<Arguments>,
}

/// What a command is called with: the closure's input is `{positional: list, flags: record}`, with the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// How many values there are for its parameters.
    pub positional: usize,
    /// The flags that are given, without the dashes, switches with true or false.
    pub flags: Vec<String>,
}

impl Arguments {
    /// Returns the arguments of a call of values that are in `$input`; none when a flag is no word.
    fn text(&self) -> Option<String> {
        let is_word = |name: &str| {
            name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_-".contains(c))
        };
        let mut text = String::new();
        for number in 0..self.positional {
            let _ = write!(text, " ($input.positional | get {number})");
        }
        for flag in &self.flags {
            if !is_word(flag) {
                return None;
            }
            let _ = write!(text, " --{flag}=($input.flags | get {})", quoted(flag));
        }
        Some(text)
    }
}

/// Whether a command of that name can be called: Nushell calls commands by words, and some names are none.
pub fn is_callable(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.,:?!/+*~".contains(c);
    let mut words = name.split(' ');
    let first = words.next().unwrap_or_default();
    first.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !KEYWORDS.contains(&first)
        && first.chars().all(is_plain)
        && words.all(|word| !word.is_empty() && word.chars().all(is_plain))
}

/// Words that begin something else than a call.
const KEYWORDS: [&str; 37] = [
    "alias",
    "break",
    "const",
    "continue",
    "def",
    "do",
    "else",
    "export",
    "export-env",
    "extern",
    "false",
    "for",
    "hide",
    "hide-env",
    "if",
    "in",
    "let",
    "loop",
    "match",
    "module",
    "mut",
    "not",
    "null",
    "or",
    "and",
    "overlay",
    "plugin",
    "register",
    "return",
    "run",
    "source",
    "source-env",
    "true",
    "try",
    "unlet",
    "use",
    "while",
];

/// The name of the file with what the driver tells.
pub(super) const RESULTS: &str = "results";

/// The files of a run.
pub(super) struct Files {
    /// Code that begins it.
    pub(super) begin: String,
    /// What the driver tells.
    pub(super) results: PathBuf,
    /// The library that comes with the plugin.
    pub(super) library: PathBuf,
}

/// Writes the files of a run into its directory.
pub(super) fn write(home: &Path, task: &Task<'_>) -> io::Result<Files> {
    let library = home.join("nu");
    for (name, text) in LIBRARY {
        let path = library.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&library))?;
        fs::write(path, text)?;
    }
    for directory in ["tmp", "config", "data", "cache", "state"] {
        fs::create_dir(home.join(directory))?;
    }
    let results = home.join(RESULTS);
    fs::write(&results, "")?;
    let driver = home.join("driver.nu");
    fs::write(&driver, task.driver)?;
    let script = home.join("run.nu");
    fs::write(&script, text(&driver, task)?)?;
    Ok(Files {
        begin: format!("source {}", path_text(&script)?),
        results,
        library,
    })
}

/// Returns the script. The driver is read first: what the file defines does not get into it.
fn text(driver: &Path, task: &Task<'_>) -> io::Result<String> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "use {} \"provisioning run\"", path_text(driver)?);
    let source = path_text(task.source)?;
    let _ = match task.is_module {
        true => writeln!(text, "use {source} *"),
        false => writeln!(text, "source {source}"),
    };
    text.push_str("provisioning run {");
    for Binding {
        name,
        is_value_wanted,
        arguments,
    } in task.bindings
    {
        // Nothing else is ever written as code.
        if !is_callable(name) {
            return Err(io::Error::other(format!("`{name}` cannot be called")));
        }
        let end = if *is_value_wanted { "" } else { "; null" };
        let call = match arguments.as_ref().map(Arguments::text) {
            None => format!("$input | {name}"),
            Some(Some(arguments)) => format!("{name}{arguments}"),
            Some(None) => return Err(io::Error::other("a flag is no word")),
        };
        let _ = write!(
            text,
            "{}: {{|| let input = $in; {call}{end}}}, ",
            quoted(name)
        );
    }
    text.push_str("} $in\n");
    Ok(text)
}

fn path_text(path: &Path) -> io::Result<String> {
    let text = path.to_str();
    let text = text.ok_or_else(|| io::Error::other("the path is not text"))?;
    Ok(quoted(text))
}

/// Returns paths as a list of Nushell.
pub(super) fn list(paths: &[PathBuf]) -> String {
    let paths = paths.iter().map(|path| quoted(&path.to_string_lossy()));
    format!("[{}]", paths.collect::<Vec<_>>().join(", "))
}

/// Returns a word that nothing else prints. It begins with a byte that texts do not have.
pub(super) fn token() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("\u{1}{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_nushell_reads_as_something_else_are_not_callable() {
        for name in ["test_a", "test a-b, c?", "_x", "täst eins", "adds -1 to 2"] {
            assert!(is_callable(name), "{name}");
        }
        for name in [
            "", " a", "a ", "a  b", "if a", "1 a", "a; b", "a | b", "a $b", "a (b)", "a{b", "a\nb",
            "a#b", "a'b", "a\"b", "a`b", "a = b", "X=1 a", "^a", "a %b", "a & b", "a o> b", "-a",
        ] {
            assert!(!is_callable(name), "{name}");
        }
    }

    #[test]
    fn names_of_files_are_texts_and_nothing_else() {
        let task = Task {
            driver: "",
            source: Path::new("/a \"b\" $(c) \\d.nu"),
            bindings: &[
                Binding {
                    name: "test a".to_owned(),
                    is_value_wanted: false,
                    arguments: None,
                },
                Binding {
                    name: "setup".to_owned(),
                    is_value_wanted: true,
                    arguments: Some(Arguments {
                        positional: 1,
                        flags: vec!["keep-data".to_owned()],
                    }),
                },
            ],
            request: serde_json::Value::Null,
            directory: Path::new("/"),
            environment: Vec::new(),
            lib_dirs: &[],
            plugins: &[],
            is_module: false,
            is_apart: false,
            is_closed: true,
        };
        let text = text(Path::new("/driver.nu"), &task).unwrap();
        assert_eq!(
            text,
            "use \"/driver.nu\" \"provisioning run\"\n\
             source \"/a \\\"b\\\" $(c) \\\\d.nu\"\n\
             provisioning run {\"test a\": {|| let input = $in; $input | test a; null}, \
             \"setup\": {|| let input = $in; setup ($input.positional | get 0) --keep-data=($input.flags | get \"keep-data\")}, } $in\n"
        );
    }

    #[test]
    fn nothing_but_a_name_becomes_code() {
        let home = tempfile::tempdir().unwrap();
        let task = Task {
            driver: "",
            source: Path::new("/a.nu"),
            bindings: &[Binding {
                name: "a; rm -rf /".to_owned(),
                is_value_wanted: false,
                arguments: None,
            }],
            request: serde_json::Value::Null,
            directory: Path::new("/"),
            environment: Vec::new(),
            lib_dirs: &[],
            plugins: &[],
            is_module: false,
            is_apart: false,
            is_closed: true,
        };
        assert!(write(home.path(), &task).is_err());
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 33);
    }
}
