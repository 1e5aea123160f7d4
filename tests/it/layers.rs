//! Who may import what. ARCHITECTURE.md says the same in words.

use std::path::{Path, PathBuf};

use crate::support::repository;

/// The library's modules, lowest floor first: a module may use those before it.
const FLOORS: [&str; 25] = [
    "diagnostic",
    "store",
    "metadata",
    "graph",
    "worker",
    "nickel",
    "template",
    "configuration",
    "logging",
    "nushell",
    "extension",
    "audit",
    "registry",
    "resolver",
    "validation",
    "testing",
    "documentation",
    "scaffold",
    "manager",
    "package",
    "remote",
    "install",
    "calling",
    "lifecycle",
    "doctor",
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

/// A row of the table in ARCHITECTURE.md: a module, and the crates that only it and some others may use.
struct Row {
    module: String,
    crates: Vec<(String, Vec<String>)>,
}

/// Returns the words between backticks, without the slash of a folder.
fn folders(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .map(|word| word.trim_end_matches('/').to_owned())
        .collect()
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [module, _, crates] = cells.as_slice() else {
            return None;
        };
        let of = |part: &str| {
            // Folders in brackets use the crate before them too.
            let (name, with) = part.split_once(" (with ").unwrap_or((part, ""));
            (name.to_owned(), folders(with))
        };
        let listed = crates.split(", ").filter(|part| !part.is_empty());
        Some(Row {
            module: folders(module).pop()?,
            crates: listed.map(of).collect(),
        })
    });
    rows.collect()
}

/// Returns the dependencies that Cargo.toml names.
fn dependencies() -> Vec<String> {
    let text = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let mut all = Vec::new();
    let mut is_list = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_list = line.ends_with("dependencies]") && !line.contains("dev-");
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| is_list) {
            all.push(name.to_owned());
        }
    }
    all
}

/// Whether code names something of a crate.
fn names_crate(text: &str, name: &str) -> bool {
    let path = format!("{}::", name.replace('-', "_"));
    let mut lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.any(|line| {
        line.match_indices(&path).any(|(at, _)| {
            !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_:`".contains(c))
        })
    })
}

#[test]
fn the_table_of_floors_is_in_the_order_of_the_floors() {
    let modules: Vec<String> = table().into_iter().map(|row| row.module).collect();
    assert_eq!(modules, [&FLOORS[..], &["shell", "commands"]].concat());
}

/// Crates that need no place of their own.
const EVERYBODY: [&str; 7] = [
    "dunce",
    "rustix",
    "semver",
    "serde",
    "serde_json",
    "tempfile",
    "thiserror",
];

#[test]
fn foreign_crates_are_used_where_the_table_says_and_nowhere_else() {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for row in table() {
        for (name, mut users) in row.crates {
            users.push(row.module.clone());
            users.sort();
            told.push((name, users));
        }
    }
    let mut known = dependencies();
    known.retain(|name| !EVERYBODY.contains(&name.as_str()));
    for name in &known {
        let uses_it = |module: &&&str| {
            sources(&repository().join("src").join(module))
                .iter()
                .any(|(_, text)| names_crate(text, name))
        };
        let modules = FLOORS.iter().chain(&["shell", "commands"]);
        let mut users: Vec<String> = modules.filter(uses_it).map(ToString::to_string).collect();
        users.sort();
        let row = told.iter().find(|(known, _)| known == name);
        assert_eq!(row.map(|(_, users)| users), Some(&users), "{name}");
    }
    for (name, _) in told {
        assert!(known.contains(&name), "{name} is no such dependency");
    }
}

#[test]
fn nothing_is_printed_and_no_program_is_started_elsewhere() {
    for (path, text) in sources(&repository().join("src")) {
        let shown = path.strip_prefix(repository().join("src")).unwrap();
        let only = |needle: &str, places: &[&str]| {
            let is_allowed = places.iter().any(|place| shown.starts_with(place));
            assert!(
                is_allowed || !text.contains(needle),
                "{} uses {needle}",
                shown.display()
            );
        };
        only("println!", &[]);
        // The manager and the doctor ask a Nushell for its version.
        let places = [
            "worker",
            "doctor/program.rs",
            "doctor/tests.rs",
            "manager/config.rs",
            "nickel/tests",
            "metadata/tests.rs",
        ];
        for needle in ["process::Command", "process::{Command", "Command::new"] {
            only(needle, &places);
        }
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
