//! Who may import what. ARCHITECTURE.md says the same in words.

use std::path::{Path, PathBuf};

use crate::support::repository;

/// The library's modules, lowest floor first: a module may use those before it.
const FLOORS: [&str; 11] = [
    "diagnostic",
    "store",
    "metadata",
    "graph",
    "worker",
    "nickel",
    "nushell",
    "extension",
    "registry",
    "resolver",
    "validation",
];

fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
    files
}

/// Whether a text names a module of the crate, by a path of its own or in a list of imports.
fn uses(text: &str, module: &str) -> bool {
    let listed = text.split("use crate::{").skip(1).any(|list| {
        let list = list.split(';').next().unwrap_or_default();
        list.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == module)
    });
    listed || text.contains(&format!("crate::{module}"))
}

#[test]
fn modules_use_only_the_floors_below_them() {
    for (floor, module) in FLOORS.iter().enumerate() {
        for (path, text) in sources(&repository().join("src").join(module)) {
            for above in &FLOORS[floor + 1..] {
                assert!(!uses(&text, above), "{} uses {above}", path.display());
            }
        }
    }
    let modules: Vec<String> = std::fs::read_to_string(repository().join("src/lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    for module in &modules {
        assert!(FLOORS.contains(&module.as_str()), "{module} has no floor");
    }
    assert_eq!(modules.len(), FLOORS.len());
}

#[test]
fn foreign_crates_stay_in_their_module() {
    for (path, text) in sources(&repository().join("src")) {
        let shown = path
            .strip_prefix(repository().join("src"))
            .unwrap()
            .to_owned();
        let only = |needle: &str, places: &[&str]| {
            if text.contains(needle) {
                assert!(
                    places.iter().any(|place| shown.starts_with(place)),
                    "{} uses {needle}",
                    shown.display()
                );
            }
        };
        only("nickel_lang_core", &["nickel"]);
        only("annotate_snippets", &["diagnostic"]);
        only("strsim", &["diagnostic"]);
        only("toml::", &["metadata", "resolver/lock"]);
        only("petgraph", &["graph"]);
        only("pubgrub", &["resolver"]);
        only("unicode_width", &["graph"]);
        only("ignore::", &["extension"]);
        only("nu_path", &["shell"]);
        only("nu_plugin::", &["shell", "commands", "main.rs"]);
        only("nu_protocol", &["shell", "commands", "nushell"]);
        only("nu_parser", &["nushell"]);
        only("nu_engine", &["nushell"]);
        only("nu_cmd_lang", &["nushell"]);
        only("nu_std", &["nushell"]);
        only("miette", &["nushell"]);
        only("rusqlite", &["store", "registry"]);
        only("println!", &[]);
        only(
            "std::process::Command",
            &["worker", "nickel/tests", "metadata/tests.rs"],
        );
    }
}

#[test]
fn files_hold_one_idea() {
    for (path, text) in sources(&repository().join("src")) {
        let lines = text.lines().count();
        assert!(
            lines <= 550,
            "{} has {lines} lines: split it",
            path.display()
        );
    }
}
