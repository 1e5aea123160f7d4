//! `remote::` and `install::`: where extensions are published, and what is installed from there.

use super::example::file;
use super::{Code, Example, Explanation, not_shown, shown};
use Example::{Command, Files};

/// A line with a remote in the directory `remote`.
macro_rules! remote {
    ($line:literal) => {
        concat!(
            "mkdir remote; $env.config.plugins.provisioning = {remotes: {local: $'file://(pwd)/remote'}}; ",
            $line
        )
    };
}

/// A line with a remote in which `app` is published.
macro_rules! published {
    ($line:literal) => {
        concat!(
            "mkdir remote; $env.config.plugins.provisioning = {remotes: {local: $'file://(pwd)/remote'}}; \
             extension build app --no-validate | extension publish $in.path | ignore; ",
            $line
        )
    };
}

/// A line with a remote in which `app` is published, and `db`, which it needs.
macro_rules! both_published {
    ($line:literal) => {
        concat!(
            "mkdir remote; $env.config.plugins.provisioning = {remotes: {local: $'file://(pwd)/remote'}}; \
             cp --recursive app db; \"[extension]\\nname = 'db'\\ntype = 'taskserv'\\nversion = '1.0.0'\\n\" | save --force db/metadata.toml; \
             [app db] | each {|it| extension build $it --no-validate | extension publish $in.path } | ignore; ",
            $line
        )
    };
}

/// `app`, which needs `db`.
const NEEDS_DB: &str = r#"[extension]
name = "app"
type = "taskserv"
version = "1.0.0"

[dependencies]
extensions = ["db"]
"#;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::RemoteUnavailable,
        "The directory that the address of a remote names is not there: it was never made, or the disk that it lies on is not connected. Nothing is made in its place, because an empty remote would look like one without extensions.",
        Command(
            "$env.config.plugins.provisioning = {remotes: {local: $'file://(pwd)/remote'}}; extension search",
        ),
        Command(remote!("extension search")),
    ),
    shown(
        Code::RemoteIo,
        "The system refuses a file of the remote: permissions, a full disk, or something that is no file where one should be. What was published before is untouched.",
        Command(remote!("'' | save remote/index; extension search")),
        Command(remote!("extension search")),
    ),
    not_shown(
        Code::RemoteBusy,
        "Whoever changes a package of a remote holds a lock on it, for as long as it takes to copy an archive. After half a minute nobody waits longer; the message names who has it, and a holder that dies gives it up.",
        "it takes another process that holds the lock for half a minute",
    ),
    shown(
        Code::RemoteTaken,
        "A version that is published never changes: whoever has installed it has to be able to rely on that, and locks hold its digest. Publish what has changed as the next version; withdraw a broken one with `extension yank`.",
        Command(published!(
            "'More.' | save --append app/README.md; extension build app --no-validate | extension publish $in.path"
        )),
        Command(published!(
            "open app/metadata.toml --raw | str replace '1.0.0' '1.0.1' | save --force app/metadata.toml; extension build app --no-validate | extension publish $in.path"
        )),
    ),
    shown(
        Code::RemoteNotFound,
        "The remote was read, and has no package of that name and type, or not in that version. `extension search --all` shows every version of everything.",
        Command(published!("extension yank ap 1.0.0 --reason 'loses data'")),
        Command(published!("extension yank app 1.0.0 --reason 'loses data'")),
    ),
    shown(
        Code::RemoteBadIndex,
        "An index has one event a line, as JSON, and somebody has written something else into it. What can be read of it is still installed; but nothing is published to it, because the line may be about the same version.",
        Command(published!(
            "'not json' ++ (char newline) | save --append remote/index/taskservs/app.jsonl; extension yank app 1.0.0 --reason 'loses data'"
        )),
        Command(published!("extension yank app 1.0.0 --reason 'loses data'")),
    ),
    shown(
        Code::RemoteNewer,
        "A newer plugin has written things into the index that this one does not know. What this one understands is still installed; it changes nothing there.",
        Command(published!(
            "'{\"format\": 2}' ++ (char newline) | save --append remote/index/taskservs/app.jsonl; extension yank app 1.0.0 --reason 'loses data'"
        )),
        Command(published!("extension yank app 1.0.0 --reason 'loses data'")),
    ),
    shown(
        Code::RemoteDifferent,
        "The file in the remote has other bytes than the index says. It was damaged, or somebody has exchanged it. Nothing of it is used.",
        Command(published!(
            "'something else' | save --force remote/archives/taskservs/app/app-1.0.0.tar.gz; extension install app"
        )),
        Command(published!("extension install app")),
    ),
    shown(
        Code::RemoteUnpublishable,
        "The index says of each version what it needs, so that versions can be chosen without fetching anything. Of this package that cannot be told, because its metadata or its version schema have errors; `extension validate` shows them.",
        Files(
            &[file(
                "app/schemas/version.ncl",
                "{ taskserv_version = { dependencies = 1 + \"a\" } }\n",
            )],
            remote!("extension build app --no-validate | extension publish $in.path"),
        ),
        Command(remote!(
            "extension build app --no-validate | extension publish $in.path"
        )),
    ),
    shown(
        Code::RemoteUnknown,
        "Remotes have names in the configuration. This name is none of them; or there is none at all; or there are several, and it is not said which one is meant.",
        Command(remote!("extension search --from locl")),
        Command(remote!("extension search --from local")),
    ),
    shown(
        Code::InstallDifferent,
        "A package has to be what the index says of it, and what it needs too, because versions were chosen by that. This one is not: the index was edited, or made by another program.",
        Command(published!(
            "open remote/index/taskservs/app.jsonl --raw | str replace --regex '\"contents\":\"sha256:....' '\"contents\":\"sha256:0000' | save --force remote/index/taskservs/app.jsonl; extension install app"
        )),
        Command(published!("extension install app")),
    ),
    shown(
        Code::InstallNeeded,
        "Something that stays would miss what is to be uninstalled. The message says what. Uninstall that first, or both with `--force` one after the other.",
        Files(
            &[file("app/metadata.toml", NEEDS_DB)],
            both_published!("extension install app; extension uninstall db"),
        ),
        Files(
            &[file("app/metadata.toml", NEEDS_DB)],
            both_published!("extension install app; extension uninstall app"),
        ),
    ),
    shown(
        Code::InstallNotInstalled,
        "Only what came from a remote lies in the data directory, and can be updated and removed there. A directory of your own is registered, and forgotten with `extension unregister`.",
        Command(published!(
            "extension register app | ignore; extension uninstall app"
        )),
        Command(published!(
            "extension install app | ignore; extension uninstall app"
        )),
    ),
    shown(
        Code::InstallLocked,
        "A lock names versions and the digests of their files. One of them is neither here nor in a remote, or the remote has other files under that version. Nothing else is taken in its place.",
        Files(
            &[file("app/metadata.toml", NEEDS_DB)],
            both_published!(
                "extension register db | ignore; extension lock app | ignore; extension unregister db; rm --recursive db; rm --recursive remote/index; extension install --locked --path app"
            ),
        ),
        Files(
            &[file("app/metadata.toml", NEEDS_DB)],
            both_published!(
                "extension register db | ignore; extension lock app | ignore; extension unregister db; rm --recursive db; extension install --locked --path app"
            ),
        ),
    ),
    not_shown(
        Code::InstallBusy,
        "Whoever installs or removes holds a lock on the folder of packages, for as long as it takes to fetch them. After half a minute nobody waits longer; a holder that dies gives it up.",
        "it takes another process that holds the lock for half a minute",
    ),
    shown(
        Code::InstallIo,
        "The system refuses a file or a folder of what is installed: permissions, a full disk, or something else in its place. Nothing was registered, and what was fetched is removed.",
        Command(published!(
            "$env.PROVISIONING_DATA_DIR = (pwd | path join data); mkdir data; '' | save data/packages; extension install app"
        )),
        Command(published!(
            "$env.PROVISIONING_DATA_DIR = (pwd | path join data); mkdir data; extension install app"
        )),
    ),
];
