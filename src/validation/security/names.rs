//! Names of files: what deceives a reader, and what leaves the directory on another system.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, is_unsafe_char};

use crate::extension::tree::{Entry, Tree, one_line};

/// Names that stand for devices on Windows, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

pub(super) fn check(tree: &Tree) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = tree
        .packed()
        .filter_map(|entry| Some((entry, problem(entry.relative.file_name()?)?)))
        .map(|(entry, problem)| finding(entry, &problem))
        .collect();
    findings.extend(same_but_for_case(tree));
    findings
}

/// What is wrong with a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It deceives or escapes, with the reason.
    Harmful(String),
    /// It cannot be used everywhere, with the reason.
    Local(String),
}

/// Returns what is wrong with one part of a path, if anything is.
pub(crate) fn problem(name: &OsStr) -> Option<Problem> {
    let Some(name) = name.to_str() else {
        return Some(Problem::Harmful("is not UTF-8 text".to_owned()));
    };
    if let Some(bad) = name.chars().find(|c| is_unsafe_char(*c)) {
        return Some(Problem::Harmful(format!(
            "holds the character U+{:04X}, which is not seen",
            u32::from(bad)
        )));
    }
    if name.contains('\\') {
        return Some(Problem::Harmful(
            "holds a `\\`, which separates directories on Windows".to_owned(),
        ));
    }
    // There, dots and spaces at the end do not count: what is left may be the directory above.
    let plain = name.trim_end_matches([' ', '.']);
    if plain.is_empty() {
        return Some(Problem::Harmful(
            "is nothing but dots and spaces, which is a directory above on Windows".to_owned(),
        ));
    }
    if plain != name {
        let last = if name.ends_with(' ') {
            "a space"
        } else {
            "a dot"
        };
        return Some(Problem::Local(format!("ends in {last}")));
    }
    if let Some(c) = name.chars().find(|c| "<>:\"|?*".contains(*c)) {
        return Some(Problem::Local(format!("holds a `{c}`")));
    }
    let stem = plain.split('.').next().unwrap_or_default().to_lowercase();
    let is_numbered = (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.chars().count() == 4
        && stem.ends_with(|c| "123456789¹²³".contains(c));
    (DEVICES.contains(&stem.as_str()) || is_numbered)
        .then(|| Problem::Local("stands for a device".to_owned()))
}

fn finding(entry: &Entry, problem: &Problem) -> Diagnostic {
    let shown = entry.shown();
    match problem {
        Problem::Harmful(reason) => {
            Diagnostic::error(Code::SecurityName, format!("the name `{shown}` {reason}"))
                .with_help("rename it; letters, digits, `-`, `_` and `.` are safe everywhere")
        }
        Problem::Local(reason) => Diagnostic::warning(
            Code::SecurityNamePortable,
            format!("the name `{shown}` {reason}, and cannot be used on Windows"),
        )
        .with_help("rename it, so that the extension can be unpacked there"),
    }
    .with_file(entry.place())
}

/// Where case does not count, one of the files takes the place of the other.
fn same_but_for_case(tree: &Tree) -> Vec<Diagnostic> {
    let mut alike: BTreeMap<(&Path, String), Vec<&Entry>> = BTreeMap::new();
    for entry in tree.packed() {
        if let (Some(name), Some(parent)) = (entry.relative.file_name(), entry.relative.parent()) {
            let name = name.to_string_lossy().to_lowercase();
            alike.entry((parent, name)).or_default().push(entry);
        }
    }
    alike
        .into_values()
        .filter(|entries| entries.len() > 1)
        .filter_map(|entries| {
            let names: Vec<String> = entries
                .iter()
                .filter_map(|entry| entry.relative.file_name())
                .map(|name| format!("`{}`", one_line(Path::new(name))))
                .collect();
            let first: &Entry = entries.first()?;
            let parent: PathBuf = first.relative.parent()?.to_owned();
            let place = if parent.as_os_str().is_empty() {
                String::new()
            } else {
                format!(" in `{}`", one_line(&parent))
            };
            Some(
                Diagnostic::warning(
                    Code::SecurityNameCase,
                    format!("the names {}{place} differ only in case", names.join(", ")),
                )
                .with_file(first.place())
                .with_help(
                    "rename one: on macOS and Windows, one would take the place of the other",
                ),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_harmful(name: &str) -> Option<bool> {
        problem(OsStr::new(name)).map(|problem| matches!(problem, Problem::Harmful(_)))
    }

    #[test]
    fn names_that_escape_or_deceive_are_told_from_those_of_one_system() {
        for name in [
            "..\\evil",
            "a\\b",
            "...",
            ".. ",
            "a\u{202e}txt.exe",
            "x\n",
            "\u{1b}[2J",
        ] {
            assert_eq!(is_harmful(name), Some(true), "{name:?}");
        }
        for name in [
            "a:b", "CON", "nul.txt", "com1", "COM²", "LPT9.log", "CONIN$", "a.", "b ", "what?",
        ] {
            assert_eq!(is_harmful(name), Some(false), "{name:?}");
        }
        for name in [
            "mod.nu",
            ".gitignore",
            "..a",
            "a..b",
            "com0",
            "command",
            "größe",
            "日本.md",
            "console",
        ] {
            assert_eq!(is_harmful(name), None, "{name:?}");
        }
    }
}
