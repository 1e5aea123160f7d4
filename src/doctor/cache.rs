//! `cache`: what is in the cache on disk.

use std::path::PathBuf;

use super::row::{Findings, Row, argument, bytes, count};
use crate::manager::DiskCache;
use crate::nickel::Interrupt;

pub(super) const CHECK: &str = "cache";

pub(super) fn check(disk: &DiskCache, interrupt: &Interrupt) -> Row {
    if disk.distrust().is_some() {
        return Row::out_of_reach(CHECK, super::directory::CACHE);
    }
    let mut findings = Findings::of(CHECK);
    let mut found = disk.examine(&|| interrupt.is_triggered());
    for (path, bytes) in directories(disk) {
        // No entry, and nothing that clearing entries would remove.
        found.entries = found.entries.saturating_sub(1);
        found.damaged = found.damaged.saturating_sub(1);
        found.bytes = found.bytes.saturating_sub(bytes);
        findings.warning(
            format!(
                "`{}` is a directory in the place of an entry",
                path.display()
            ),
            format!("rm -r {}", argument(&path)),
        );
    }
    let limit = disk.limit();
    findings.fact(count(found.entries, "entry", "entries"));
    findings.fact(format!("{} of {}", bytes(found.bytes), bytes(limit)));
    if found.damaged > 0 {
        let entries = count(found.damaged, "entry is", "entries are");
        findings.warning(
            format!("{entries} damaged, of {}, and never read", found.entries),
            "extension cache clear --disk",
        );
    }
    if found.bytes > limit {
        findings.warning(
            format!(
                "it takes {}, more than its limit of {}",
                bytes(found.bytes),
                bytes(limit)
            ),
            "extension cache clear --disk",
        );
    }
    if found.abandoned > 0 {
        let files = count(found.abandoned, "file was", "files were");
        // Whoever counts the entries removes them.
        findings.warning(format!("{files} never finished"), "extension cache");
    }
    if !found.is_whole {
        findings.warning("not everything was looked at", "provisioning doctor");
    }
    findings.into_row()
}

/// Returns the directories where entries should be, sorted, and how many bytes each was counted as.
fn directories(disk: &DiskCache) -> Vec<(PathBuf, u64)> {
    let children = |directory: PathBuf| directory.read_dir().into_iter().flatten().flatten();
    let mut found: Vec<(PathBuf, u64)> = children(disk.directory())
        .flat_map(|folder| children(folder.path()))
        // What was never finished is counted by itself.
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .filter_map(|entry| Some((entry.path(), entry.metadata().ok()?)))
        .filter(|(_, metadata)| metadata.is_dir())
        .map(|(path, metadata)| (path, metadata.len()))
        .collect();
    found.sort();
    found
}
