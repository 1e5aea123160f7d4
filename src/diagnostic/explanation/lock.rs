//! `lock::`: locks that are missing, damaged or no longer true.

use super::example::file;
use super::{Code, Example, Explanation, File, shown};
use Example::{Command, Files};

/// `app` needs `db`.
const APP: File = file(
    "app/metadata.toml",
    r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db >=1"]
"#,
);

const DB: File = file(
    "extensions/db/metadata.toml",
    r#"[extension]
name = "db"
type = "taskserv"
version = "1.2.0"
"#,
);

const LOCK: &str = "app/provisioning.lock";

/// A lock of `app`, which needs nothing.
const RIGHT: File = file(
    LOCK,
    r#"version = 1

[[extension]]
type = "taskserv"
name = "app"
version = "1.0.0"
"#,
);

const LOCKED: &str = "extension lock app --locked";

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::LockNotFound,
        "What is to be compared or raised is written in `provisioning.lock` beside the metadata, and there is none.",
        Command(LOCKED),
        Command("extension lock app | ignore; extension lock app --locked"),
    ),
    shown(
        Code::LockInvalid,
        "The lock is not what `extension lock` writes: somebody has edited it, or a merge has left its marks. It is never written over before it can be read: take the one from version control, or remove it.",
        Files(&[file(LOCK, "version = 1\n\n<<<<<<< HEAD\n")], LOCKED),
        Files(&[RIGHT], LOCKED),
    ),
    shown(
        Code::LockNewer,
        "A later version of the plugin has written it in a format that this one does not know. What it says may matter, so it is not read in part.",
        Files(&[file(LOCK, "version = 99\n")], LOCKED),
        Files(&[RIGHT], LOCKED),
    ),
    shown(
        Code::LockIo,
        "The lock cannot be opened or written, or something else is in its place. Links are not followed: who made one would choose which file is written.",
        Command("mkdir app/provisioning.lock; extension lock app"),
        Command("extension lock app"),
    ),
    shown(
        Code::LockNoDigest,
        "A digest says the same on every machine. A file that cannot be read, a pipe, or a name with a line break has none.",
        Files(
            &[APP, DB],
            "'' | save \"extensions/db/a\\nb\"; extension lock app",
        ),
        Files(
            &[APP, DB],
            "'' | save extensions/db/a-b; extension lock app",
        ),
    ),
    shown(
        Code::LockStale,
        "With --locked nothing may change, and the lock says something else than what would be chosen now. The error names each change and its reason.",
        Files(&[APP, DB, RIGHT], LOCKED),
        Files(
            &[APP, DB],
            "extension lock app | ignore; extension lock app --locked",
        ),
    ),
    shown(
        Code::LockMismatch,
        "The files of an extension are not those that were locked, or it is no longer there. Each file is named.",
        Files(
            &[APP, DB],
            "extension lock app | ignore; 'new' | save extensions/db/notes.txt; extension lock app --verify",
        ),
        Files(
            &[APP, DB],
            "extension lock app | ignore; extension lock app --verify",
        ),
    ),
];
