//! `resolve::`: why versions cannot be chosen.

use super::example::file;
use super::{Code, Example, Explanation, not_shown, shown};
use Example::Files;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::ResolveConflict,
        "Two constraints on the same extension exclude each other, or none of its versions satisfies one. The error tells who needs what, and single edits after which there is a choice; each was tried.",
        Files(
            &[
                file(
                    "extensions/db-1/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
                file(
                    "extensions/db-2/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "2.0.0"
"#,
                ),
                file(
                    "extensions/a/metadata.toml",
                    r#"[extension]
name = "a"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db ^1"]
"#,
                ),
                file(
                    "extensions/b/metadata.toml",
                    r#"[extension]
name = "b"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db ^2"]
"#,
                ),
            ],
            r#"extension resolve a b"#,
        ),
        Files(
            &[
                file(
                    "extensions/db-1/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "1.0.0"
"#,
                ),
                file(
                    "extensions/db-2/metadata.toml",
                    r#"[extension]
name = "db"
type = "taskserv"
version = "2.0.0"
"#,
                ),
                file(
                    "extensions/a/metadata.toml",
                    r#"[extension]
name = "a"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db ^1"]
"#,
                ),
                file(
                    "extensions/b/metadata.toml",
                    r#"[extension]
name = "b"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db >=1"]
"#,
                ),
            ],
            r#"extension resolve a b"#,
        ),
    ),
    shown(
        Code::ResolveMissing,
        "Something that is needed is neither registered nor where extensions are looked for, so nothing that builds on it can be used.",
        Files(
            &[
                file(
                    "extensions/a/metadata.toml",
                    r#"[extension]
name = "a"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["databse"]
"#,
                ),
                file(
                    "extensions/db/metadata.toml",
                    r#"[extension]
name = "database"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension resolve a"#,
        ),
        Files(
            &[
                file(
                    "extensions/a/metadata.toml",
                    r#"[extension]
name = "a"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["database"]
"#,
                ),
                file(
                    "extensions/db/metadata.toml",
                    r#"[extension]
name = "database"
type = "taskserv"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension resolve a"#,
        ),
    ),
    shown(
        Code::ResolvePlatform,
        "Every version that would do says that it does not work with this Nushell, Nickel or provisioning API.",
        Files(
            &[file(
                "extensions/a/metadata.toml",
                r#"[extension]
name = "a"
type = "taskserv"
version = "1.0.0"

[compatibility]
nushell_version = ">=99"
"#,
            )],
            r#"extension resolve a"#,
        ),
        Files(
            &[file(
                "extensions/a/metadata.toml",
                r#"[extension]
name = "a"
type = "taskserv"
version = "1.0.0"

[compatibility]
nushell_version = ">=0.107"
"#,
            )],
            r#"extension resolve a"#,
        ),
    ),
    shown(
        Code::ResolveAmbiguous,
        "Extensions of several types have that name, and none of them is a taskserv, which a name alone would mean.",
        Files(
            &[
                file(
                    "extensions/a/metadata.toml",
                    r#"[extension]
name = "web"
type = "provider"
version = "1.0.0"
"#,
                ),
                file(
                    "extensions/b/metadata.toml",
                    r#"[extension]
name = "web"
type = "cluster"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension resolve web"#,
        ),
        Files(
            &[
                file(
                    "extensions/a/metadata.toml",
                    r#"[extension]
name = "web"
type = "provider"
version = "1.0.0"
"#,
                ),
                file(
                    "extensions/b/metadata.toml",
                    r#"[extension]
name = "web"
type = "cluster"
version = "1.0.0"
"#,
                ),
            ],
            r#"extension resolve web --type cluster"#,
        ),
    ),
    not_shown(
        Code::ResolveTimeout,
        "Choosing versions can be as hard as any puzzle. Among real extensions it never is; a set that was made for it is given up after half a minute.",
        "an example would have hundreds of extensions and take half a minute",
    ),
    not_shown(
        Code::ResolveSource,
        "A place where extensions are looked for could not be read, so nobody can tell what there is.",
        "the registry and the directories that are searched answer, or raise errors of their own",
    ),
];
