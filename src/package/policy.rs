//! What a package may hold, whoever has made it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::diagnostic::{Code, Diagnostic, safe_text};
use crate::extension::{PACKAGE_FILE, Patterns};
use crate::validation::security::names;

use super::manifest::{Manifest, folders};
use super::sensitive::{self, Sensitive};
use super::ustar;

/// How much of everything a package may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive.
    pub archive: u64,
    /// Files and folders.
    pub entries: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub total: u64,
    /// How many times as large as the archive its files may be, above [`Limits::free`].
    pub ratio: u64,
    /// So many bytes are never too much, however well they were compressed.
    pub free: u64,
    /// Bytes of the list of files.
    pub list: u64,
    /// Bytes of a path.
    pub path: usize,
    /// Folders around a file.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive: 128 << 20,
            entries: 20_000,
            file: 64 << 20,
            total: 256 << 20,
            ratio: 200,
            free: 8 << 20,
            list: 8 << 20,
            path: 255,
            depth: 32,
        }
    }
}

/// What is allowed.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// How much of everything.
    pub limits: Limits,
    allowed: Option<Patterns>,
}

impl Policy {
    /// Allows files that are otherwise refused for what their names say: secrets, and instructions for agents. Patterns are
    /// those of `.gitignore`, relative to the extension.
    #[must_use]
    pub fn allowing<'a>(mut self, patterns: impl IntoIterator<Item = &'a str>) -> Self {
        self.allowed = Some(Patterns::new(Path::new(""), patterns));
        self
    }

    fn allows(&self, path: &str) -> bool {
        self.allowed
            .as_ref()
            .is_some_and(|patterns| patterns.around(Path::new(path), false).is_some())
    }

    /// Returns everything that a list of files breaks, each finding with the path that it is about. `size` is that of the
    /// archive, where it is known.
    pub(super) fn findings(
        &self,
        manifest: &Manifest,
        size: Option<u64>,
    ) -> Vec<(String, Diagnostic)> {
        let mut findings = Findings(Vec::new());
        let limits = &self.limits;
        if entries(manifest, limits.entries) > limits.entries {
            findings.limit(
                "",
                format!("there are more than {} files and folders", limits.entries),
            );
            return findings.0;
        }
        let mut seen = HashMap::from([(folded(PACKAGE_FILE), PACKAGE_FILE)]);
        let mut total = 0_u64;
        let mut before = "";
        for file in &manifest.files {
            self.path(&manifest.top(), &file.path, &mut findings);
            if file.size > limits.file {
                let shown = shown(&file.path);
                findings.limit(
                    &file.path,
                    format!(
                        "{shown} has {} bytes, and {} are the most",
                        file.size, limits.file
                    ),
                );
            }
            total = total.saturating_add(file.size);
            for folder in folders(before, &file.path) {
                findings.collision(&mut seen, folder);
            }
            findings.collision(&mut seen, &file.path);
            before = &file.path;
        }
        if let Some(size) = size
            && size > limits.archive
        {
            findings.limit(
                "",
                format!(
                    "the package has {size} bytes, and {} are the most",
                    limits.archive
                ),
            );
        }
        if total > limits.total {
            findings.limit(
                "",
                format!(
                    "there are {total} bytes in all, and {} are the most",
                    limits.total
                ),
            );
        } else if let Some(size) = size
            && total > limits.free.max(size.saturating_mul(limits.ratio))
        {
            findings.limit(
                "",
                format!(
                    "{size} bytes become {total}, which is more than {} times as many",
                    limits.ratio
                ),
            );
        }
        findings.0
    }

    fn path(&self, top: &str, path: &str, findings: &mut Findings) {
        let shown = shown(path);
        if path.len() > self.limits.path {
            findings.limit(
                path,
                format!(
                    "the path {shown} has {} bytes, and {} are the most",
                    path.len(),
                    self.limits.path
                ),
            );
        } else if !fits(&format!("{top}{path}")) {
            findings.limit(
                path,
                format!("the path {shown} has a part of more than 100 bytes, or is too long with `{top}` ahead of it"),
            );
        }
        if path.split('/').count() > self.limits.depth {
            findings.limit(
                path,
                format!("{shown} lies in more than {} folders", self.limits.depth),
            );
        }
        if let Some(reason) = path.split('/').find_map(fault_of_name) {
            findings.add(
                path,
                Code::PackageName,
                format!("the path {shown} {reason}"),
                "rename it; letters, digits, `-`, `_` and `.` are safe everywhere".to_owned(),
            );
            return;
        }
        let Some(what) = sensitive::what(path) else {
            return;
        };
        if self.allows(path) {
            return;
        }
        let (code, message) = match what {
            Sensitive::Secret(what) => (
                Code::PackageSecret,
                format!("{shown} has the name of {what}"),
            ),
            Sensitive::Instructions => (
                Code::PackageInstructions,
                format!("{shown} instructs the agents of whoever installs the package"),
            ),
        };
        findings.add(
            path,
            code,
            message,
            format!(
                "leave it out: exclude = [\"/{0}\"] in [build]; or, if it has to be there: --allow '/{0}'",
                safe_text(path)
            ),
        );
    }
}

/// Counts files and folders, the top folder and the list too, until there are too many.
fn entries(manifest: &Manifest, most: usize) -> usize {
    let mut count = 2 + manifest.files.len();
    let mut before = "";
    for file in &manifest.files {
        if count > most {
            break;
        }
        count += folders(before, &file.path).count();
        before = &file.path;
    }
    count
}

/// Findings with the path that each is about.
struct Findings(Vec<(String, Diagnostic)>);

impl Findings {
    fn add(&mut self, path: &str, code: Code, message: String, help: String) {
        self.0.push((
            path.to_owned(),
            Diagnostic::error(code, message).with_help(help),
        ));
    }

    fn limit(&mut self, path: &str, message: String) {
        self.add(
            path,
            Code::PackageLimit,
            message,
            if path.is_empty() {
                "leave out what is not needed, with `exclude` in [build]".to_owned()
            } else {
                "make it smaller or its path shorter, or leave it out with `exclude` in [build]"
                    .to_owned()
            },
        );
    }

    fn collision<'a>(&mut self, seen: &mut HashMap<String, &'a str>, path: &'a str) {
        match seen.entry(folded(path.trim_end_matches('/'))) {
            Entry::Vacant(free) => {
                free.insert(path);
            }
            Entry::Occupied(taken) => self.add(
                path,
                Code::PackageCollision,
                format!(
                    "{} and {} are one where case or the form of letters does not count",
                    shown(taken.get()),
                    shown(path)
                ),
                "rename one of them".to_owned(),
            ),
        }
    }
}

/// Returns a path as it can be shown, or as much as one needs to know it again.
pub(super) fn shown(path: &str) -> String {
    let text: String = path.chars().take(300).collect();
    format!(
        "`{}`",
        safe_text(&text).replace('\n', "\\n").replace('\t', "\\t")
    )
}

/// Whether a path and the folders around it have room in headers.
fn fits(path: &str) -> bool {
    ustar::split(path).is_some() && folders("", path).all(|folder| ustar::split(folder).is_some())
}

/// Returns what is wrong with one part of a path.
fn fault_of_name(name: &str) -> Option<String> {
    match name {
        "" => return Some("has an empty part".to_owned()),
        "." | ".." => return Some("leads to another folder".to_owned()),
        name if name.eq_ignore_ascii_case(".git") => {
            return Some("belongs to version control".to_owned());
        }
        _ => {}
    }
    if !is_nfc(name) {
        return Some(
            "is written with letters and marks apart, which are put together elsewhere".to_owned(),
        );
    }
    names::problem(name.as_ref()).map(|problem| match problem {
        names::Problem::Harmful(reason) => reason,
        names::Problem::Local(reason) => format!("{reason}, and cannot be used on Windows"),
    })
}

/// Returns a path in the form in which file systems compare them that do not tell case or the form of letters apart.
fn folded(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    // Up and down again: some letters have several small ones.
    let folded: String = path.nfd().collect::<String>().to_uppercase();
    folded.to_lowercase().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_one() {
        for (one, other) in [
            ("README", "readme"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("Stra\u{df}e", "STRASSE"),
            ("\u{212a}elvin", "kelvin"),
            ("\u{fb01}le", "file"),
            ("\u{17f}et", "set"),
        ] {
            assert_eq!(folded(one), folded(other), "{one}");
        }
        assert_ne!(folded("a"), folded("b"));
    }

    #[test]
    fn parts_of_paths_that_lead_elsewhere_are_told() {
        for name in [
            "",
            ".",
            "..",
            ".GIT",
            "a\\b",
            "c:",
            "nul",
            "a ",
            "cafe\u{301}",
            "a\0",
        ] {
            assert!(fault_of_name(name).is_some(), "{name:?}");
        }
        for name in ["a", ".gitignore", "..a", "caf\u{e9}", "日本.md"] {
            assert_eq!(fault_of_name(name), None);
        }
    }
}
