//! `disk space` (TRB-07).

use std::path::Path;

use super::directory::nearest;
use super::row::{Findings, Row, bytes};

const CHECK: &str = "disk space";
/// With less than this, writing fails soon.
const TOO_LITTLE: u64 = 16 << 20;
/// With less than this, there is not enough for long.
const LITTLE: u64 = 256 << 20;

pub(super) fn check(data: Option<&Path>, cache: Option<&Path>, cache_limit: u64) -> Row {
    let mut findings = Findings::of(CHECK);
    let places = [
        ("data", data, LITTLE, "PROVISIONING_DATA_DIR"),
        (
            "cache",
            cache,
            LITTLE.max(cache_limit),
            "PROVISIONING_CACHE_DIR",
        ),
    ];
    let mut is_known = false;
    for (what, path, enough, variable) in places {
        let Some(free) = path.and_then(free) else {
            continue;
        };
        is_known = true;
        judge(what, free, enough, variable, &mut findings);
    }
    if !is_known {
        findings.fact("the system does not tell");
    }
    findings.into_row()
}

/// Judges how much is free where something is kept.
pub(super) fn judge(what: &str, free: u64, enough: u64, variable: &str, findings: &mut Findings) {
    let shown = bytes(free);
    let fix = match what {
        "cache" => "extension cache clear --disk".to_owned(),
        _ => format!("make room, or use another directory: $env.{variable} = '/a/larger/disk'"),
    };
    if free < TOO_LITTLE {
        findings.error(format!("{what}: only {shown} free"), fix);
    } else if free < enough {
        findings.warning(
            format!("{what}: only {shown} free, less than {}", bytes(enough)),
            fix,
        );
    } else {
        findings.fact(format!("{what}: {shown} free"));
    }
}

/// Returns how many bytes are free where a directory is, or will be.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(nearest(path)).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free(path: &Path) -> Option<u64> {
    let _ = nearest(path);
    None
}
