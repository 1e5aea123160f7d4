//! `registry::`, `store::` and `audit::`: what is registered, the file in which it stands, and what was done.

use super::{Code, Example, Explanation, not_shown, shown};
use Example::Command;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::RegistryNotFound,
        "Extensions are known by the name, type and version in their metadata, from when they are registered. What lies on \
         disk without being registered is shown by `extension discover`.",
        Command("extension register app | ignore; extension info ap"),
        Command("extension register app | ignore; extension info app"),
    ),
    shown(
        Code::RegistryAmbiguous,
        "A provider and a taskserv may have the same name. Nothing is chosen for you: say which one with `--type`.",
        Command(
            "extension register app | ignore; cp --recursive app other; open app/metadata.toml --raw | str replace taskserv provider | save --force other/metadata.toml; extension register other | ignore; extension info app",
        ),
        Command(
            "extension register app | ignore; cp --recursive app other; open app/metadata.toml --raw | str replace taskserv provider | save --force other/metadata.toml; extension register other | ignore; extension info app --type taskserv",
        ),
    ),
    shown(
        Code::RegistryTaken,
        "Type, name and version belong to one directory. Registering another one for them would change what runs under that \
         name without anybody noticing; `--force` does it on purpose.",
        Command(
            "cp --recursive app other; extension register app | ignore; extension register other",
        ),
        Command(
            "cp --recursive app other; extension register app | ignore; extension register other --force",
        ),
    ),
    shown(
        Code::RegistryGone,
        "The registry keeps paths, not files. The directory was moved or deleted after it was registered.",
        Command("extension register app | ignore; rm --recursive app; extension info app"),
        Command("extension register app | ignore; extension info app"),
    ),
    shown(
        Code::RegistryStale,
        "Name, type or version in the files were changed after the extension was registered. Until it is registered again, \
         it is found under what it said before.",
        Command(
            "extension register app | ignore; open app/metadata.toml --raw | str replace 1.0.0 1.1.0 | save --force app/metadata.toml; extension info app",
        ),
        Command(
            "extension register app | ignore; open app/metadata.toml --raw | str replace 1.0.0 1.1.0 | save --force app/metadata.toml; extension register app | ignore; extension info app",
        ),
    ),
    shown(
        Code::RegistryInvalid,
        "Only an extension whose metadata say what it is can be registered. Each fault in them is listed in the error.",
        Command("'[extension]' | save --force app/metadata.toml; extension register app"),
        Command("extension register app"),
    ),
    shown(
        Code::StoreNewer,
        "The registry was changed by a newer plugin, which may keep things there that this one does not know. It is not \
         touched: use the newer plugin, or another data directory.",
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; extension register app | ignore; open data/registry.db | query db 'PRAGMA user_version = 999'; extension list",
        ),
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; extension register app | ignore; extension list",
        ),
    ),
    shown(
        Code::StoreCorrupt,
        "The file of the registry is not a database any more, after a fault of the disk or because something else has \
         written to it. It is never overwritten: move it away, and register the extensions again.",
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; mkdir data; 'this is a text, and it is long enough for a header of a database that it does not have, as one can see' | save data/registry.db; extension list",
        ),
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; extension register app | ignore; extension list",
        ),
    ),
    shown(
        Code::StoreForeign,
        "There is a SQLite database of the registry's name, and another program has made it. It is not touched: choose another \
         data directory.",
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; mkdir data; [[a]; [1]] | into sqlite data/registry.db; extension list",
        ),
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; extension register app | ignore; extension list",
        ),
    ),
    not_shown(
        Code::StoreBusy,
        "Any number of shells may use the registry at once, and each waits for the others for ten seconds. One of them has \
         kept the database longer, or hangs.",
        "it takes another process that holds the database",
    ),
    shown(
        Code::StoreIo,
        "The directory of the registry cannot be created, or its file cannot be opened or written. Look at the permissions, \
         and at `provisioning config` for where it should be.",
        Command("'' | save data; $env.PROVISIONING_DATA_DIR = 'data'; extension register app"),
        Command("mkdir data; $env.PROVISIONING_DATA_DIR = 'data'; extension register app"),
    ),
    shown(
        Code::AuditBroken,
        "Each record of what was done holds a hash over itself and the hash of the record before it. One of them does not fit: \
         something has changed, removed or exchanged records. The first place where it shows is named; what came before it is as \
         it was written.",
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; extension register app | ignore; open data/registry.db | query db 'DROP TRIGGER audit_is_not_changed'; open data/registry.db | query db \"UPDATE audit SET user = 'nobody'\"; provisioning audit --verify --strict",
        ),
        Command(
            "$env.PROVISIONING_DATA_DIR = 'data'; extension register app | ignore; provisioning audit --verify --strict",
        ),
    ),
];
