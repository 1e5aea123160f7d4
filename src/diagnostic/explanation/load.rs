//! `load::`: extensions that cannot be loaded.

use super::example::file;
use super::{Code, Example, Examples, Explanation, File, shown};
use Example::{Command, Files};

/// `web`, which needs `db`. Templates need no operations, and keep the examples short.
const NEEDS_DB: File = file(
    "extensions/web/metadata.toml",
    r#"[extension]
name = "web"
type = "template"
version = "1.0.0"

[dependencies]
extensions = ["db >=2"]
"#,
);

const DB_1: File = file(
    "extensions/db/metadata.toml",
    r#"[extension]
name = "db"
type = "template"
version = "1.2.0"
"#,
);

const DB_2: File = file(
    "extensions/db/metadata.toml",
    r#"[extension]
name = "db"
type = "template"
version = "2.0.0"
"#,
);

const NEEDS_DB_AND_CACHE: File = file(
    "extensions/web/metadata.toml",
    r#"[extension]
name = "web"
type = "template"
version = "1.0.0"

[dependencies]
extensions = ["db <2", "cache"]
"#,
);

const CACHE: File = file(
    "extensions/cache/metadata.toml",
    r#"[extension]
name = "cache"
type = "template"
version = "1.0.0"

[dependencies]
extensions = ["db >=2"]
"#,
);

const CACHE_FOR_ANY: File = file(
    "extensions/cache/metadata.toml",
    r#"[extension]
name = "cache"
type = "template"
version = "1.0.0"

[dependencies]
extensions = ["db"]
"#,
);

const OTHER_DB: File = file(
    "extensions/old/db/metadata.toml",
    r#"[extension]
name = "db"
type = "template"
version = "1.2.0"
"#,
);

const PROVIDER: File = file(
    "extensions/provider-db/metadata.toml",
    r#"[extension]
name = "db"
type = "provider"
version = "1.0.0"
"#,
);

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::LoadNotFound,
        "Extensions are looked for by their names, first among those that are registered, then in the directories of the setting `extension_dirs`. The help says where that was, and which names are close.",
        Files(&[DB_1], "extension load bd"),
        Files(&[DB_1], "extension load db"),
    ),
    shown(
        Code::LoadAmbiguous,
        "Extensions of several types have the name, or a directory holds several extensions, and it is not said which is meant.",
        Files(&[DB_1, PROVIDER], "extension load db"),
        Files(&[DB_1, PROVIDER], "extension load db --type template"),
    ),
    shown(
        Code::LoadVersionMismatch,
        "A version such as 1.2.0 means exactly that one, `>=1.2` any from it on. The help lists the versions that there are.",
        Files(&[DB_1], "extension load db --version 3.0.0"),
        Files(&[DB_1], "extension load db --version '>=1.2'"),
    ),
    shown(
        Code::LoadMissingDependencies,
        "What an extension needs is loaded with it, unless the setting `auto_load` is off. Everything that is not there is named, whoever needs it, with the place where it is asked for.",
        Files(&[NEEDS_DB, DB_1], "extension load web"),
        Files(&[NEEDS_DB, DB_2], "extension load web"),
    ),
    shown(
        Code::LoadUnresolved,
        "Everything that is needed is there, but no version of something is good enough for all who need it. `extension resolve` says more, and which edits would help.",
        Files(
            &[NEEDS_DB_AND_CACHE, CACHE, DB_2, OTHER_DB],
            "extension load web",
        ),
        Files(
            &[NEEDS_DB_AND_CACHE, CACHE_FOR_ANY, DB_2, OTHER_DB],
            "extension load web",
        ),
    ),
    shown(
        Code::LoadFailed,
        "An extension whose metadata, schemas or code have errors is not loaded: what it offers could not be relied on. The error has all of them, each with its own code.",
        Files(
            &[file(
                "app/schemas/version.ncl",
                "{ app_version : Number = \"1.0.0\" }\n",
            )],
            "extension load ./app",
        ),
        Files(
            &[file(
                "app/schemas/version.ncl",
                "{ app_version : String = \"1.0.0\" }\n",
            )],
            "extension load ./app",
        ),
    ),
    Explanation {
        code: Code::LoadChanging,
        text: "The files were written several times while they were read, so that no single state of them could be loaded. Load it again when whatever writes them has ended.",
        examples: Examples::NotShown("it takes another process that writes without an end"),
    },
    shown(
        Code::LoadMoved,
        "The registry says that an extension is in a directory, and the directory holds another one by now. Register what is there, or unregister what is gone.",
        Files(
            &[DB_1],
            "extension register extensions/db | ignore; '[extension]\nname = \"cache\"\ntype = \"template\"\nversion = \"1.0.0\"' | save --force extensions/db/metadata.toml; extension load db",
        ),
        Files(
            &[DB_1],
            "extension register extensions/db | ignore; extension load db",
        ),
    ),
    shown(
        Code::LoadCache,
        "The cache on disk is only used where nobody else can write: in a directory of the user's own, that others may not change. Without it, extensions are read from their files.",
        Command(
            "$env.PROVISIONING_CACHE_DIR = ($env.PWD | path join cache); '' | save cache; extension cache clear --disk",
        ),
        Command(
            "$env.PROVISIONING_CACHE_DIR = ($env.PWD | path join cache); extension cache clear --disk",
        ),
    ),
];
