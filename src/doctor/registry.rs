//! `registry`: the database, and whether what is registered is still there (TRB-02).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::row::{Findings, Row, argument, quoted};
use crate::diagnostic::Explain as _;
use crate::extension::{Directory, DirectoryError};
use crate::nickel::Interrupt;
use crate::registry::{Registered, Registry};

pub(super) const CHECK: &str = "registry";

pub(super) fn check(data_dir: &Path, interrupt: &Interrupt) -> Row {
    let mut findings = Findings::of(CHECK);
    match Registry::open_existing(data_dir) {
        Ok(None) => findings.fact("there is none yet, and nothing is registered"),
        Ok(Some(registry)) => look(&registry, interrupt, &mut findings),
        Err(error) => findings.error(error.to_string(), error.help().unwrap_or_default()),
    }
    findings.into_row()
}

fn look(registry: &Registry, interrupt: &Interrupt, findings: &mut Findings) {
    let store = registry.store();
    match store.health() {
        Ok(health) => {
            if let Some(damage) = health.damage {
                findings.error(damage.to_string(), damage.help().unwrap_or_default());
            }
            findings.fact(format!("format {}, whole", health.format));
        }
        Err(error) => findings.error(error.to_string(), error.help().unwrap_or_default()),
    }
    let (rows, faults) = match registry.list_with_faults() {
        Ok(found) => found,
        Err(error) => {
            findings.error(error.to_string(), error.help().unwrap_or_default());
            return;
        }
    };
    for fault in &faults {
        findings.error(fault.to_string(), fault.help().unwrap_or_default());
    }
    findings.fact(format!("{} registered", rows.len()));
    // The extensions of a bundle lie in one directory.
    let mut by_path: BTreeMap<&PathBuf, Vec<&Registered>> = BTreeMap::new();
    for row in &rows {
        by_path.entry(&row.path).or_default().push(row);
    }
    for (path, rows) in by_path {
        if interrupt.is_triggered() {
            findings.warning("not everything was looked at", "provisioning doctor");
            return;
        }
        let directory = Directory::open(path, None);
        for row in rows {
            place(row, &directory, findings);
        }
    }
}

/// Looks whether an extension is where it is registered.
fn place(row: &Registered, directory: &Result<Directory, DirectoryError>, findings: &mut Findings) {
    let Registered {
        kind,
        name,
        version,
        path,
        ..
    } = row;
    let shown = path.display();
    let forget = format!(
        "extension unregister {} --type {kind} --version {version}",
        quoted(name)
    );
    let directory = match directory {
        Ok(directory) => directory,
        Err(error) => {
            findings.error(format!("{kind} `{name}` {version}: {error}"), forget);
            return;
        }
    };
    let is_it = |one: &&crate::extension::Extension| one.name == *name && one.kind == *kind;
    // What its metadata do not say, whoever registered it may have said.
    let declared = || Directory::open(path, Some(*kind)).ok();
    let found = directory.extensions.iter().find(is_it).cloned();
    let found = found.or_else(|| declared()?.extensions.iter().find(is_it).cloned());
    match found {
        Some(one) if one.version == *version => {}
        Some(one) => findings.warning(
            format!(
                "{kind} `{name}` {version}: `{shown}` is version {} now",
                one.version
            ),
            format!("extension register {}", argument(path)),
        ),
        None if directory.extensions.is_empty() => findings.error(
            format!("{kind} `{name}` {version}: the metadata in `{shown}` cannot be used"),
            format!("extension validate {}", argument(path)),
        ),
        None => findings.error(
            format!("{kind} `{name}` {version}: `{shown}` is another extension now"),
            forget,
        ),
    }
}
