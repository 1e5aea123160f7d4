//! The formats of the database, one script for each step from one to the next.

/// Every step, the oldest first. A step that was released is never edited: a change is a new step.
pub(super) const ALL: &[&str] = &[
    // 1: what is registered. `dependencies` is JSON, `registered_at` is RFC 3339 in UTC.
    "CREATE TABLE extension (
        type          TEXT NOT NULL,
        name          TEXT NOT NULL,
        version       TEXT NOT NULL,
        path          TEXT NOT NULL,
        package       TEXT,
        description   TEXT,
        registered_at TEXT NOT NULL,
        dependencies  TEXT NOT NULL,
        PRIMARY KEY (type, name, version)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX extension_by_path ON extension (path);",
];
