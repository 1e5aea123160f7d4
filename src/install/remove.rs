//! What goes when a package goes, and who still needs it.

use std::path::PathBuf;

use crate::registry::{Installed, Registered};

use super::InstallError;
use super::plan::Here;

/// A package that is removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Removal {
    /// The package.
    pub package: Installed,
    /// Whether it only goes because nothing needs it any more.
    pub unused: bool,
}

/// Returns what is removed with these packages: they themselves, and what was installed only because they needed it.
///
/// # Errors
/// Something that stays needs one of them, unless `force` is set.
pub fn removal(
    packages: &[Installed],
    here: Here<'_>,
    force: bool,
) -> Result<Vec<Removal>, InstallError> {
    let mut gone: Vec<PathBuf> = packages.iter().map(|one| one.path.clone()).collect();
    if !force {
        let stays = staying(here, &gone);
        let mut needed = Vec::new();
        for package in packages {
            for row in from(here, package) {
                needed.extend(is_needed(row, &stays).map(|by| (row.clone(), by.clone())));
            }
        }
        if !needed.is_empty() {
            return Err(InstallError::Needed { needed });
        }
    }
    let mut all: Vec<Removal> = packages
        .iter()
        .map(|package| Removal {
            package: package.clone(),
            unused: false,
        })
        .collect();
    // What they needed may have needed something else.
    loop {
        let stays = staying(here, &gone);
        let unused = here.installed.iter().find(|package| {
            !package.requested
                && !gone.contains(&package.path)
                && was_needed(package, here, &gone)
                && from(here, package).all(|row| {
                    let others: Vec<Registered> = stays
                        .iter()
                        .filter(|other| other.path != package.path)
                        .cloned()
                        .collect();
                    is_needed(row, &others).is_none()
                })
        });
        let Some(unused) = unused else {
            return Ok(all);
        };
        gone.push(unused.path.clone());
        all.push(Removal {
            package: unused.clone(),
            unused: true,
        });
    }
}

/// Whether something that goes needs a package.
fn was_needed(package: &Installed, here: Here<'_>, gone: &[PathBuf]) -> bool {
    let goes = here
        .registered
        .iter()
        .filter(|row| gone.contains(&row.path));
    let goes: Vec<Registered> = goes.cloned().collect();
    from(here, package).any(|row| is_needed(row, &goes).is_some())
}

fn from<'h>(here: Here<'h>, package: &Installed) -> impl Iterator<Item = &'h Registered> {
    let path = package.path.clone();
    here.registered.iter().filter(move |row| row.path == path)
}

fn staying(here: Here<'_>, gone: &[PathBuf]) -> Vec<Registered> {
    let stays = here
        .registered
        .iter()
        .filter(|row| !gone.contains(&row.path));
    stays.cloned().collect()
}

/// Returns who among the others needs an extension, and would not have it when it goes.
pub(super) fn is_needed<'r>(row: &Registered, others: &'r [Registered]) -> Option<&'r Registered> {
    others.iter().find(|other| {
        other.dependencies.iter().any(|need| {
            let fits = |one: &Registered| {
                one.name == need.name
                    && need.kind.is_none_or(|kind| kind == one.kind)
                    && need.version.matches(&one.version)
            };
            fits(row) && !others.iter().any(fits)
        })
    })
}
