//! The files and folders that extensions usually have (DIR, GAP-21), and those that their metadata name.

use std::path::{Path, PathBuf};

use super::documents::DOCUMENTS;
use super::relative;
use crate::diagnostic::{Code, Diagnostic};
use crate::extension::{Directory, ExtensionType, LayoutKind};

/// How many levels of a folder are searched for a file.
const MAX_DEPTH: usize = 4;
/// Most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 1_000;

/// A file or folder that usually is there, and the places where it may be.
struct Usual {
    /// A name that ends in `/` is a folder's, in which there has to be a file.
    name: &'static str,
    places: &'static [&'static str],
    why: &'static str,
    /// The extension of the files that count.
    files: Option<&'static str>,
}

const fn file(name: &'static str, places: &'static [&'static str], why: &'static str) -> Usual {
    Usual {
        name,
        places,
        why,
        files: None,
    }
}

/// Looked for in the extension's directory.
const TESTS: Usual = file("tests/", &["tests"], "test the operations");

/// Looked for in a package that was made for publishing (DIR-47).
const LICENSE: Usual = file(
    "LICENSE",
    &["LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"],
    "say under which terms others may use the package",
);

/// Looked for beside `nulib/`.
const TEMPLATES: Usual = file(
    "templates/",
    &["templates"],
    "keep the templates of configuration files there",
);

/// Looked for beside `nulib/`.
const GENERATE: Usual = Usual {
    name: "generate/",
    places: &["generate"],
    why: "keep commands that generate configuration there, in `generate.nu`",
    files: Some("nu"),
};

/// Only providers split their module this way; the other types keep everything in `mod.nu`.
const OF_PROVIDERS: &[Usual] = &[
    file(
        "nulib/create.nu",
        &["nulib/create.nu"],
        "the operations that create servers are usually in a file of their own",
    ),
    file(
        "nulib/delete.nu",
        &["nulib/delete.nu"],
        "the operations that delete servers are usually in a file of their own",
    ),
    file(
        "nulib/utils.nu",
        &["nulib/utils.nu", "nulib/utils"],
        "what several operations share is usually in a file of its own",
    ),
];

/// Looks for everything that such an extension usually has.
pub(super) fn usual(
    directory: &Directory,
    kinds: &[ExtensionType],
    findings: &mut Vec<Diagnostic>,
) {
    let layout = &directory.layout;
    let is_template = kinds == [ExtensionType::Template];
    for document in DOCUMENTS {
        match document.find(&layout.root) {
            None => findings.push(missing(&layout.root, document.name, document.why)),
            Some(folder) if folder.is_dir() => {
                findings.extend(empty(&layout.root, &folder, None, document.why));
            }
            // A template has no operations to tell of.
            Some(_) if document.is_about_operations && is_template => {}
            Some(path) => findings.extend(document.check(&layout.root, &path)),
        }
    }
    let mut look = |base: &Path, usual: &Usual| {
        let found = usual
            .places
            .iter()
            .map(|place| base.join(place))
            .find(|path| path.exists() && (!usual.name.ends_with('/') || path.is_dir()));
        match found {
            None => findings.push(missing(base, usual.name, usual.why)),
            Some(path) if usual.name.ends_with('/') => {
                findings.extend(empty(&layout.root, &path, usual.files, usual.why));
            }
            Some(_) => {}
        }
    };
    look(&layout.root, &TESTS);
    if layout.kind == LayoutKind::Package {
        look(&layout.root, &LICENSE);
    }
    look(&layout.base, &TEMPLATES);
    // The guide's layout has no `generate/` (DIR-24), and a template nothing to generate.
    if !layout.module_per_type && !is_template {
        look(&layout.base, &GENERATE);
    }
    if kinds == [ExtensionType::Provider] && !layout.module_per_type {
        for part in OF_PROVIDERS {
            look(&layout.base, part);
        }
    }
    findings.extend(included(directory));
}

fn missing(base: &Path, name: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(Code::StructureRecommended, format!("`{name}` is missing"))
        .with_file(base.join(name))
        .with_help(why)
}

/// Tells a folder without a file in it.
fn empty(root: &Path, folder: &Path, extension: Option<&str>, why: &str) -> Option<Diagnostic> {
    if holds_file(folder, extension, MAX_DEPTH) {
        return None;
    }
    let shown = relative(folder, root);
    let message = match extension {
        Some(extension) => format!("there is no `.{extension}` file in `{shown}/`"),
        None => format!("there is no file in `{shown}/`"),
    };
    Some(
        Diagnostic::warning(Code::StructureEmpty, message)
            .with_file(folder)
            .with_help(why),
    )
}

/// Whether a folder holds a file, at some levels down. Links to folders are not followed.
fn holds_file(folder: &Path, extension: Option<&str>, depth: usize) -> bool {
    let Ok(entries) = folder.read_dir() else {
        return false;
    };
    entries.flatten().take(MAX_ENTRIES).any(|entry| {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => depth > 0 && holds_file(&path, extension, depth - 1),
            Ok(_) => extension.is_none_or(|wanted| path.extension().is_some_and(|is| is == wanted)),
            Err(_) => false,
        }
    })
}

/// Tells patterns of `build.include` that name a folder or a file that is not there.
fn included(directory: &Directory) -> Vec<Diagnostic> {
    let Some(patterns) = directory
        .reading
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.document.at("build.include"))
    else {
        return Vec::new();
    };
    patterns
        .items()
        .iter()
        .filter_map(|node| {
            let pattern = node.as_str()?;
            let named: PathBuf = Path::new(pattern)
                .components()
                .map(|part| part.as_os_str())
                .take_while(|part| {
                    !part
                        .to_string_lossy()
                        .contains(|c: char| "*?[{!".contains(c))
                })
                .collect();
            // Where a pattern leads is told of the metadata.
            let leaves =
                !named.is_relative() || named.components().any(|part| part.as_os_str() == "..");
            if named.as_os_str().is_empty() || leaves || directory.path.join(&named).exists() {
                return None;
            }
            Some(
                Diagnostic::warning(
                    Code::StructureMissing,
                    format!(
                        "`build.include` names `{}`, which is not there",
                        named.display()
                    ),
                )
                .with_label(&node.source, node.span, "matches nothing")
                .with_help("write the file, or remove the pattern"),
            )
        })
        .collect()
}
