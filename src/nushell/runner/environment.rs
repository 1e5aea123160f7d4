//! What code finds in its environment.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The variables of the user's that code may always see: where programs are, who the user is, how texts and times are
/// written. Everything else has to be passed.
pub const BASE_VARIABLES: [&str; 16] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    // Without these, Windows starts no program.
    "SystemRoot",
    "SystemDrive",
    "PATHEXT",
    "USERPROFILE",
];

/// Returns the base variables that there are; `ask` tells what one is.
pub fn base_environment(ask: impl Fn(&str) -> Option<OsString>) -> Vec<(OsString, OsString)> {
    BASE_VARIABLES
        .iter()
        .filter_map(|name| Some((OsString::from(name), ask(name)?)))
        .collect()
}

/// Returns what each run has of its own: temporary files go away with it. When nothing is to be left of it, what programs keep
/// does so too.
pub(super) fn of_run(home: &Path, is_closed: bool) -> Vec<(OsString, OsString)> {
    let inside = |name: &str| home.join(name).into_os_string();
    let plain = |value: &str| OsStr::new(value).to_owned();
    let mut all = vec![
        ("TMPDIR".into(), inside("tmp")),
        ("TEMP".into(), inside("tmp")),
        ("TMP".into(), inside("tmp")),
        // Output is read by programs, and shown as it is.
        ("NO_COLOR".into(), plain("1")),
        ("TERM".into(), plain("dumb")),
    ];
    if is_closed {
        all.extend([
            ("XDG_CONFIG_HOME".into(), inside("config")),
            ("XDG_DATA_HOME".into(), inside("data")),
            ("XDG_CACHE_HOME".into(), inside("cache")),
            ("XDG_STATE_HOME".into(), inside("state")),
            ("PROVISIONING_DATA_DIR".into(), inside("data/provisioning")),
            (
                "PROVISIONING_CACHE_DIR".into(),
                inside("cache/provisioning"),
            ),
        ]);
    }
    all
}
