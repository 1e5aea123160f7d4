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
    // 2: extensions are looked for by name, and whoever remembers a choice asks whether anything has changed since.
    "CREATE INDEX extension_by_name ON extension (name);
    CREATE TABLE generation (number INTEGER NOT NULL) STRICT;
    INSERT INTO generation VALUES (0);
    CREATE TRIGGER extension_added AFTER INSERT ON extension
        BEGIN UPDATE generation SET number = number + 1; END;
    CREATE TRIGGER extension_changed AFTER UPDATE ON extension
        BEGIN UPDATE generation SET number = number + 1; END;
    CREATE TRIGGER extension_removed AFTER DELETE ON extension
        BEGIN UPDATE generation SET number = number + 1; END;",
];
