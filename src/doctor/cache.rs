//! `cache`: what is in the cache on disk.

use super::row::{Findings, Row, bytes, count};
use crate::manager::DiskCache;
use crate::nickel::Interrupt;

pub(super) const CHECK: &str = "cache";

pub(super) fn check(disk: &DiskCache, interrupt: &Interrupt) -> Row {
    if disk.distrust().is_some() {
        return Row::out_of_reach(CHECK, super::directory::CACHE);
    }
    let mut findings = Findings::of(CHECK);
    let found = disk.examine(&|| interrupt.is_triggered());
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
