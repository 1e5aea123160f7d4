use std::path::PathBuf;

use chrono::DateTime;
use proptest::prelude::*;
use semver::Version;

use super::plan::Here;
use super::remove::{is_needed, removal};
use super::*;
use crate::extension::ExtensionType;
use crate::registry::Requirement;

fn row(name: &str, version: u64, needs: &[(&str, u64)]) -> Registered {
    Registered {
        kind: ExtensionType::Taskserv,
        name: name.to_owned(),
        version: Version::new(version, 0, 0),
        path: PathBuf::from(format!("/{name}/{version}")),
        package: None,
        description: None,
        registered_at: DateTime::UNIX_EPOCH,
        dependencies: needs
            .iter()
            .map(|(name, version)| Requirement {
                name: (*name).to_owned(),
                version: format!("={version}.0.0").parse().unwrap(),
                kind: None,
            })
            .collect(),
    }
}

fn installed(row: &Registered, requested: bool) -> Installed {
    Installed {
        path: row.path.clone(),
        kind: row.kind.as_str().to_owned(),
        name: row.name.clone(),
        version: row.version.clone(),
        remote: "r".to_owned(),
        digest: format!("{} {}", row.name, row.version),
        contents: String::new(),
        signed_by: None,
        requested,
        installed_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn what_nobody_needs_any_more_goes_too_and_what_was_asked_for_stays() {
    let rows = [
        row("app", 1, &[("db", 1), ("web", 1)]),
        row("db", 1, &[("log", 1)]),
        row("log", 1, &[]),
        row("web", 1, &[]),
        row("other", 1, &[("log", 1)]),
        row("alone", 1, &[]),
    ];
    let requested = ["app", "web", "other"];
    let installed: Vec<Installed> = rows
        .iter()
        .map(|row| installed(row, requested.contains(&row.name.as_str())))
        .collect();
    let here = Here {
        installed: &installed,
        registered: &rows,
    };
    let names = |removals: Vec<Removal>| -> Vec<(String, bool)> {
        removals
            .into_iter()
            .map(|one| (one.package.name, one.unused))
            .collect()
    };
    let gone = removal(&installed[..1], here, false).unwrap();
    assert_eq!(
        names(gone),
        [("app".to_owned(), false), ("db".to_owned(), true)]
    );
    let error = removal(&installed[2..3], here, false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the taskserv `log` 1.0.0 is needed by the taskserv `db` 1.0.0"
    );
    let gone = removal(&installed[2..3], here, true).unwrap();
    assert_eq!(names(gone), [("log".to_owned(), false)]);
}

/// Some extensions with some versions that need each other.
fn worlds() -> impl Strategy<Value = Vec<Registered>> {
    let needs = proptest::collection::vec((0usize..4, 1u64..4), 0..3);
    proptest::collection::btree_map((0usize..4, 1u64..4), needs, 0..9).prop_map(|all| {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        all.into_iter()
            .map(|((name, version), needs)| {
                let needs: Vec<(&str, u64)> = needs
                    .into_iter()
                    .map(|(name, version)| (NAMES[name], version))
                    .collect();
                row(NAMES[name], version, &needs)
            })
            .collect()
    })
}

proptest! {
    /// Whatever is removed: nothing that stays misses what it had before.
    #[test]
    fn nothing_that_stays_misses_anything(rows in worlds(), at in 0usize..9, asked in 0u32..512) {
        prop_assume!(at < rows.len());
        let installed: Vec<Installed> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| installed(row, asked & (1 << at) != 0))
            .collect();
        let here = Here { installed: &installed, registered: &rows };
        if let Ok(removals) = removal(&installed[at..=at], here, false) {
            let goes = |row: &&Registered| removals.iter().any(|one| one.package.path == row.path);
            let stays: Vec<Registered> = rows.iter().filter(|row| !goes(row)).cloned().collect();
            for gone in rows.iter().filter(goes) {
                prop_assert!(is_needed(gone, &stays).is_none());
            }
            for removal in removals.iter().filter(|one| one.unused) {
                prop_assert!(!removal.package.requested);
            }
        }
    }
}
