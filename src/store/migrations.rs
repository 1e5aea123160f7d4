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
    // 2: what was done. `audit_head` says where the chain of hashes ends, and whether records may be removed: only ever inside
    // of the transaction that seals old ones. `time` is RFC 3339 in UTC, `duration` is in nanoseconds.
    "CREATE TABLE audit (
        id        INTEGER PRIMARY KEY,
        time      TEXT NOT NULL,
        user      TEXT NOT NULL,
        host      TEXT NOT NULL,
        pid       INTEGER NOT NULL,
        operation TEXT NOT NULL,
        type      TEXT,
        extension TEXT,
        version   TEXT,
        digest    TEXT,
        outcome   TEXT NOT NULL,
        duration  INTEGER NOT NULL,
        count     INTEGER NOT NULL,
        detail    TEXT,
        previous  TEXT NOT NULL,
        hash      TEXT NOT NULL
    ) STRICT;
    CREATE TABLE audit_head (
        one    INTEGER PRIMARY KEY CHECK (one = 1),
        last   INTEGER NOT NULL,
        hash   TEXT NOT NULL,
        sealed INTEGER NOT NULL,
        seal   TEXT,
        open   INTEGER NOT NULL
    ) STRICT;
    INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0, NULL, 0);
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'records of the audit are not changed'); END;
    CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit WHEN (SELECT open FROM audit_head) IS NOT 1
        BEGIN SELECT RAISE(ABORT, 'records of the audit are not removed'); END;
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
        WHEN (SELECT open FROM audit_head) IS NOT 1 AND NEW.id <= (SELECT last FROM audit_head)
        BEGIN SELECT RAISE(ABORT, 'records of the audit are not replaced'); END;
    CREATE TRIGGER audit_head_is_not_removed BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the head of the audit is not removed'); END;",
    // 3: extensions are looked for by name, and whoever remembers a choice asks whether anything has changed since.
    "CREATE INDEX extension_by_name ON extension (name);
    CREATE TABLE generation (number INTEGER NOT NULL) STRICT;
    INSERT INTO generation VALUES (0);
    CREATE TRIGGER extension_added AFTER INSERT ON extension
        BEGIN UPDATE generation SET number = number + 1; END;
    CREATE TRIGGER extension_changed AFTER UPDATE ON extension
        BEGIN UPDATE generation SET number = number + 1; END;
    CREATE TRIGGER extension_removed AFTER DELETE ON extension
        BEGIN UPDATE generation SET number = number + 1; END;",
    // 4: what was installed from remotes, by the directory of the package. `digest` is that of the archive, `contents` that of
    // its files, `installed_at` RFC 3339 in UTC; `requested` tells what the user asked for from what that needs.
    "CREATE TABLE installed (
        path         TEXT NOT NULL PRIMARY KEY,
        type         TEXT NOT NULL,
        name         TEXT NOT NULL,
        version      TEXT NOT NULL,
        remote       TEXT NOT NULL,
        digest       TEXT NOT NULL,
        contents     TEXT NOT NULL,
        signed_by    TEXT,
        requested    INTEGER NOT NULL,
        installed_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;",
    // 5: deployments: what is recorded of their components, who works on them, and the journal: one row for each run, one for
    // each of its steps, written before it begins and after it ends. `state`, `goal`, `before` and `after` are JSON without
    // secrets, times RFC 3339 in UTC, `duration` nanoseconds.
    "CREATE TABLE deployment (
        name           TEXT NOT NULL PRIMARY KEY,
        created_at     TEXT NOT NULL,
        holder_pid     INTEGER,
        holder_boot    TEXT,
        holder_started INTEGER,
        holder_since   TEXT
    ) STRICT;
    CREATE TABLE deployment_component (
        deployment TEXT NOT NULL REFERENCES deployment (name),
        component  TEXT NOT NULL,
        state      TEXT NOT NULL,
        PRIMARY KEY (deployment, component)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE deployment_run (
        id         INTEGER PRIMARY KEY,
        deployment TEXT NOT NULL REFERENCES deployment (name),
        operation  TEXT NOT NULL,
        goal       TEXT NOT NULL,
        direction  TEXT NOT NULL,
        began_at   TEXT NOT NULL,
        ended_at   TEXT,
        outcome    TEXT,
        message    TEXT
    ) STRICT;
    CREATE INDEX deployment_run_by_deployment ON deployment_run (deployment);
    CREATE TABLE deployment_step (
        id        INTEGER PRIMARY KEY,
        run       INTEGER NOT NULL REFERENCES deployment_run (id) ON DELETE CASCADE,
        wave      INTEGER NOT NULL,
        component TEXT NOT NULL,
        operation TEXT NOT NULL,
        undoes    INTEGER NOT NULL,
        before    TEXT,
        after     TEXT,
        began_at  TEXT NOT NULL,
        ended_at  TEXT,
        outcome   TEXT,
        duration  INTEGER,
        message   TEXT
    ) STRICT;
    CREATE INDEX deployment_step_by_run ON deployment_step (run);",
];
