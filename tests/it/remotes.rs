//! Publishing, searching, installing, updating, withdrawing, through the real Nushell.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Shell, texts};

/// A home with a remote, and extensions that need each other.
struct Place {
    shell: Shell,
}

/// What a line begins with: the remote of the home.
const REMOTE: &str =
    "$env.config.plugins.provisioning = {remotes: {local: $'file://($env.HOME)/remote'}}; ";

impl Place {
    fn new() -> Self {
        let shell = Shell::new();
        std::fs::create_dir(shell.home().join("remote")).unwrap();
        Self { shell }
    }

    /// Writes an extension of some version that needs others.
    fn write(&self, name: &str, version: &str, needs: &[&str]) -> PathBuf {
        let needs = json!(needs).to_string();
        self.shell.file(
            &format!("{name}/metadata.toml"),
            format!(
                "[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}\"\ndescription = \"{name} for tests\"\n\n[dependencies]\nextensions = {needs}\n"
            ),
        );
        self.shell.file(
            &format!("{name}/README.md"),
            format!("# {name} {version}\n"),
        );
        self.shell.home().join(name)
    }

    /// Builds and publishes an extension of some version that needs others.
    fn publish(&self, name: &str, version: &str, needs: &[&str]) -> String {
        self.write(name, version, needs);
        self.ok(&format!(
            "extension build {name} --no-validate | extension publish $in.path | get status"
        ))
    }

    fn ok(&self, line: &str) -> String {
        self.shell.ok(&format!("{REMOTE}{line}"))
    }

    fn value(&self, line: &str) -> Value {
        self.shell.value(&format!("{REMOTE}{line}"))
    }

    fn error(&self, line: &str) -> Value {
        self.shell.value(&format!(
            "{REMOTE}try {{ {line} | ignore; 'no error' }} catch {{|error| $error.details | select msg code help labels }}"
        ))
    }

    /// Name and version of everything that is registered.
    fn registered(&self) -> Vec<String> {
        let rows = self.value("extension list | each {|row| $'($row.name) ($row.version)' }");
        texts(&rows).into_iter().map(str::to_owned).collect()
    }

    /// The folders that packages lie in.
    fn packages(&self) -> Vec<PathBuf> {
        let folder = self.shell.data().join("packages");
        let entries = folder.read_dir().into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect()
    }
}

fn code(error: &Value) -> &str {
    error["code"].as_str().unwrap_or("no error")
}

#[test]
fn what_was_published_is_found_installed_and_removed_with_what_it_needs() {
    let place = Place::new();
    assert_eq!(place.publish("db", "1.0.0", &[]), "published");
    assert_eq!(place.publish("db", "1.1.0", &[]), "published");
    assert_eq!(place.publish("app", "1.0.0", &["db ^1"]), "published");
    assert_eq!(place.publish("app", "1.0.0", &["db ^1"]), "unchanged");
    let found = place.value("extension search | select name version installed dependencies");
    assert_eq!(
        found,
        json!([
            {"name": "app", "version": "1.0.0", "installed": null, "dependencies": [{"name": "db", "version": "^1", "type": null}]},
            {"name": "db", "version": "1.1.0", "installed": null, "dependencies": []},
        ])
    );
    let rows = "select name version action remote needed_by";
    let planned = place.value(&format!("extension install app --check | {rows}"));
    assert_eq!(place.registered(), Vec::<String>::new());
    assert!(place.packages().is_empty());
    let installed = place.value(&format!("extension install app | {rows}"));
    assert_eq!(planned, installed);
    assert_eq!(
        installed,
        json!([
            {"name": "app", "version": "1.0.0", "action": "install", "remote": "local", "needed_by": []},
            {"name": "db", "version": "1.1.0", "action": "install", "remote": "local", "needed_by": ["taskserv app 1.0.0"]},
        ])
    );
    assert_eq!(place.registered(), ["app 1.0.0", "db 1.1.0"]);
    assert_eq!(place.packages().len(), 2);
    // The files are those that were built.
    let path = place.ok("extension list | where name == db | get path.0");
    let path = path.replace("[HOME]", &place.shell.home().display().to_string());
    let text = std::fs::read_to_string(Path::new(&path).join("README.md")).unwrap();
    assert_eq!(text, "# db 1.1.0\n");
    let again = place.value("extension install app | get action");
    assert_eq!(again, json!(["keep", "keep"]));
    let error = place.error("extension uninstall db");
    assert_eq!(code(&error), "install::needed");
    assert_eq!(
        error["msg"],
        "the taskserv `db` 1.1.0 is needed by the taskserv `app` 1.0.0"
    );
    let gone = place.value("extension uninstall app | select name unused");
    assert_eq!(
        gone,
        json!([{"name": "app", "unused": false}, {"name": "db", "unused": true}])
    );
    assert_eq!(place.registered(), Vec::<String>::new());
    assert!(place.packages().is_empty());
    let done = place.value("provisioning audit | where operation in [install uninstall] | each {|row| $'($row.operation) ($row.extension) ($row.outcome)' }");
    assert_eq!(
        texts(&done),
        [
            "install app ok",
            "install db ok",
            "uninstall app ok",
            "uninstall db ok"
        ]
    );
}

#[test]
fn what_the_user_asks_for_stays_when_nothing_needs_it() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.publish("app", "1.0.0", &["db"]);
    place.ok("extension install app");
    // It was here because of `app`; now the user wants it.
    place.ok("extension install db");
    place.ok("extension uninstall app");
    assert_eq!(place.registered(), ["db 1.0.0"]);
    place.ok("extension uninstall db");
    place.ok("extension install app; extension uninstall db --force");
    assert_eq!(place.registered(), ["app 1.0.0"]);
}

#[test]
fn updates_replace_what_nothing_else_needs() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.publish("app", "1.0.0", &["db ^1"]);
    place.publish("web", "1.0.0", &["db =1.0.0"]);
    place.ok("extension install app web");
    place.publish("db", "1.1.0", &[]);
    place.publish("app", "2.0.0", &["db >=1.1"]);
    let outdated = place.value("extension outdated | select name current compatible latest");
    assert_eq!(
        outdated,
        json!([
            {"name": "app", "current": "1.0.0", "compatible": "2.0.0", "latest": "2.0.0"},
            {"name": "db", "current": "1.0.0", "compatible": "1.1.0", "latest": "1.1.0"},
        ])
    );
    assert_eq!(place.value("extension outdated --offline"), json!([]));
    let planned = place.value("extension update --check | select name version action replaces");
    assert_eq!(
        planned,
        json!([
            {"name": "app", "version": "2.0.0", "action": "update", "replaces": ["1.0.0"]},
            {"name": "db", "version": "1.1.0", "action": "install", "replaces": []},
        ])
    );
    assert_eq!(place.registered(), ["app 1.0.0", "db 1.0.0", "web 1.0.0"]);
    place.ok("extension update");
    // `web` still needs the old one.
    assert_eq!(
        place.registered(),
        ["app 2.0.0", "db 1.0.0", "db 1.1.0", "web 1.0.0"]
    );
    assert_eq!(place.value("extension update"), json!([]));
    place.publish("web", "1.1.0", &["db ^1"]);
    place.ok("extension update web");
    assert_eq!(
        place.registered(),
        ["app 2.0.0", "db 1.0.0", "db 1.1.0", "web 1.1.0"]
    );
    let error = place.error("extension update wbe");
    assert_eq!(
        (code(&error), error["help"].as_str().unwrap()),
        ("install::not-installed", "did you mean `web`?")
    );
    let operations = place.value("provisioning audit | where operation == update | get detail");
    assert_eq!(
        texts(&operations),
        ["from local, before 1.0.0", "from local, before 1.0.0"]
    );
}

#[test]
fn what_goes_together_is_replaced_together() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.publish("app", "1.0.0", &["db =1.0.0"]);
    place.ok("extension install app");
    place.publish("db", "2.0.0", &[]);
    place.publish("app", "2.0.0", &["db =2.0.0"]);
    place.ok("extension update");
    assert_eq!(place.registered(), ["app 2.0.0", "db 2.0.0"]);
    assert_eq!(place.packages().len(), 2);
}

#[test]
fn what_was_withdrawn_is_not_chosen_and_the_message_says_why() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.publish("db", "1.1.0", &[]);
    let error = place.error("extension yank db 1.1.0");
    assert_eq!(error["msg"], "a version is not withdrawn without a reason");
    assert_eq!(
        place.ok("extension yank db 1.1.0 --reason 'loses data' --check | get changed"),
        "true"
    );
    assert_eq!(
        place.ok("extension yank db 1.1.0 --reason 'loses data' | get changed"),
        "true"
    );
    assert_eq!(
        place.ok("extension yank db 1.1.0 --reason again | get changed"),
        "false"
    );
    assert_eq!(place.ok("extension install db | get version.0"), "1.0.0");
    let all = place.value("extension search db --all | select version installed yanked");
    assert_eq!(
        all,
        json!([
            {"version": "1.1.0", "installed": "1.0.0", "yanked": "loses data"},
            {"version": "1.0.0", "installed": "1.0.0", "yanked": null},
        ])
    );
    let error = place.error("extension install 'db@=1.1.0'");
    assert_eq!(code(&error), "resolve::conflict");
    let help = error["help"].as_str().unwrap();
    assert!(
        help.starts_with("1.1.0 was withdrawn from the remote `local`: loses data"),
        "{help}"
    );
    // With nothing else there, it is told once.
    place.ok("extension uninstall db; extension yank db 1.0.0 --reason 'too old'");
    let error = place.error("extension install db");
    let help = error["help"].as_str().unwrap();
    assert_eq!(
        help,
        "1.1.0 was withdrawn from the remote `local`: loses data"
    );
    place.ok("extension unyank db 1.1.0");
    place.ok("extension install 'db@=1.1.0'");
    assert_eq!(place.registered(), ["db 1.1.0"]);
}

#[test]
fn a_lock_brings_exactly_what_it_names() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.publish("db", "1.1.0", &[]);
    place.write("app", "1.0.0", &["db"]);
    place.ok("extension install 'db@=1.0.0'; extension lock app | ignore; extension uninstall db");
    place.ok("extension yank db 1.0.0 --reason 'too old'");
    // What is locked is still there, withdrawn or not.
    let rows = place.value("extension install --locked --path app | select name version action");
    assert_eq!(
        rows,
        json!([{"name": "db", "version": "1.0.0", "action": "install"}])
    );
    place.ok("extension lock app --verify | ignore; extension uninstall db");
    // Without --locked, versions are chosen.
    place.ok("cd app; extension install");
    assert_eq!(place.registered(), ["db 1.1.0"]);
    place.ok("extension uninstall db");
    // Other files under the same version are refused.
    let index = place.shell.home().join("remote/index/taskservs/db.jsonl");
    let text = std::fs::read_to_string(&index).unwrap();
    let lock = std::fs::read_to_string(place.shell.home().join("app/provisioning.lock")).unwrap();
    let digest = lock
        .split("sha256:")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let edited = text.replace(digest, &"0".repeat(digest.len()));
    assert_ne!(text, edited);
    std::fs::write(&index, edited).unwrap();
    let error = place.error("extension install --locked --path app");
    assert_eq!(code(&error), "install::locked");
    assert!(
        error["msg"]
            .as_str()
            .unwrap()
            .ends_with("the remote `local` has other files under that version")
    );
    assert_eq!(place.registered(), Vec::<String>::new());
}

#[test]
fn nothing_is_installed_when_anything_is_wrong() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.publish("app", "1.0.0", &["db"]);
    let archive = place
        .shell
        .home()
        .join("remote/archives/taskservs/db/db-1.0.0.tar.gz");
    let bytes = std::fs::read(&archive).unwrap();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    std::fs::write(&archive, &flipped).unwrap();
    let error = place.error("extension install app");
    assert_eq!(code(&error), "remote::different");
    assert_eq!(place.registered(), Vec::<String>::new());
    assert!(place.packages().is_empty());
    std::fs::write(&archive, &bytes).unwrap();
    // Something else is registered for one of them.
    place.write("other", "1.0.0", &[]);
    std::fs::rename(
        place.shell.home().join("db"),
        place.shell.home().join("mine"),
    )
    .unwrap();
    place.ok("extension install app; extension uninstall app; extension register mine");
    let error = place.error("extension install app --from nowhere");
    assert_eq!(code(&error), "remote::unknown");
    // What is registered from a directory of one's own is as good.
    let rows = place.value("extension install app | select name action");
    assert_eq!(
        rows,
        json!([{"name": "app", "action": "install"}, {"name": "db", "action": "keep"}])
    );
    let failed = place.value("provisioning audit | where outcome != ok | get operation");
    assert_eq!(texts(&failed), ["install"]);
}

#[test]
fn several_shells_may_install_at_once() {
    let place = Place::new();
    for name in ["a", "b", "c"] {
        place.publish(name, "1.0.0", &["common"]);
    }
    place.publish("common", "1.0.0", &[]);
    let children: Vec<_> = ["a", "b", "c", "a", "b", "c"]
        .iter()
        .map(|name| {
            let mut command = place.shell.command(&format!(
                "{REMOTE}extension install {name} | get name | str join ' '"
            ));
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
    }
    assert_eq!(
        place.registered(),
        ["a 1.0.0", "b 1.0.0", "c 1.0.0", "common 1.0.0"]
    );
    assert_eq!(place.packages().len(), 4);
}

#[test]
fn several_shells_publish_one_version_and_one_wins() {
    let place = Place::new();
    let children: Vec<_> = (0..6)
        .map(|number| {
            place.write("app", "1.0.0", &[]);
            let from = place.shell.home().join("app");
            let own = place.shell.home().join(format!("own{number}/app"));
            std::fs::create_dir_all(own.parent().unwrap()).unwrap();
            std::fs::rename(from, &own).unwrap();
            std::fs::write(own.join("README.md"), format!("# {number}\n")).unwrap();
            let mut command = place.shell.command(&format!(
                "{REMOTE}cd own{number}; try {{ extension build app --no-validate | extension publish $in.path | get status }} catch {{|error| $error.details.code }}"
            ));
            command.stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut outcomes: Vec<String> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        })
        .collect();
    outcomes.sort();
    assert_eq!(outcomes.pop().unwrap(), "remote::taken");
    assert_eq!(outcomes.remove(0), "published", "{outcomes:?}");
    assert!(
        outcomes.iter().all(|outcome| outcome == "remote::taken"),
        "{outcomes:?}"
    );
    place.ok("extension install app");
    assert_eq!(place.registered(), ["app 1.0.0"]);
}

#[test]
fn signatures_travel_and_are_asked_for() {
    let place = Place::new();
    place.write("app", "1.0.0", &[]);
    place.write("db", "1.0.0", &[]);
    place.ok("extension keygen --out team.key | ignore");
    place.ok(
        "extension build app --no-validate --sign team.key | extension publish $in.path | ignore",
    );
    place.publish("db", "1.0.0", &[]);
    let key = place.ok("open team.pub --raw | lines | get 1");
    let trusting = format!("$env.config.plugins.provisioning.trusted_keys = ['{key}']; ");
    let rows = place.value(&format!(
        "{trusting}extension install app | select name signed_by"
    ));
    let signed_by = rows[0]["signed_by"].as_str().unwrap().to_owned();
    assert_eq!(signed_by.len(), 16);
    let shown = place.value("extension search | select name signed_by");
    assert_eq!(
        shown,
        json!([{"name": "app", "signed_by": signed_by}, {"name": "db", "signed_by": null}])
    );
    // With keys that are trusted, what is not signed is not taken.
    let error = place.error(&format!("{trusting}extension install db"));
    assert!(code(&error).starts_with("package::"), "{error}");
    assert_eq!(place.registered(), ["app 1.0.0"]);
    // Nor what is signed with another key, nor when the signature has gone or is another one's.
    place.ok("extension uninstall app; extension keygen --out other.key | ignore");
    let other = place.ok("open other.pub --raw | lines | get 1");
    let error = place.error(&format!(
        "$env.config.plugins.provisioning.trusted_keys = ['{other}']; extension install app"
    ));
    assert!(code(&error).starts_with("package::"), "{error}");
    let beside = place
        .shell
        .home()
        .join("remote/archives/taskservs/app/app-1.0.0.tar.gz.minisig");
    std::fs::remove_file(beside).unwrap();
    let error = place.error(&format!("{trusting}extension install app"));
    assert!(code(&error).starts_with("package::"), "{error}");
    assert_eq!(place.registered(), Vec::<String>::new());
    assert!(place.packages().is_empty());
}

#[test]
fn bundles_are_installed_as_a_whole() {
    let place = Place::new();
    place.shell.file(
        "stack/extension.toml",
        "[extension]\nname = \"stack\"\nversion = \"1.0.0\"\ndescription = \"x\"\n\n[provides]\ntaskservs = [\"web\"]\nclusters = [\"site\"]\n",
    );
    place.ok("extension build stack --no-validate | extension publish $in.path | ignore");
    let found = place.value("extension search site | select type name provides");
    assert_eq!(
        found,
        json!([{"type": "bundle", "name": "stack", "provides": ["taskserv web", "cluster site"]}])
    );
    let rows = place.value("extension install site | select type name action");
    assert_eq!(
        rows,
        json!([{"type": "bundle", "name": "stack", "action": "install"}])
    );
    assert_eq!(place.registered(), ["web 1.0.0", "site 1.0.0"]);
    place.ok("extension uninstall stack");
    assert_eq!(place.registered(), Vec::<String>::new());
}

#[test]
fn errors_say_what_and_where_and_how_to_go_on() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    for (line, code_, part) in [
        (
            "extension install dbb",
            "resolve::missing",
            "did you mean `db`?",
        ),
        (
            "extension publish nothing.tar.gz",
            "package::unreadable",
            "",
        ),
        (
            "extension publish db-none --to elsewhere",
            "remote::unknown",
            "remotes: `local`",
        ),
        (
            "extension yank dc 1.0.0 --reason x",
            "remote::not-found",
            "did you mean `db`?",
        ),
        (
            "extension yank db 2.0.0 --reason x",
            "remote::not-found",
            "versions there: 1.0.0",
        ),
        (
            "extension yank db 2 --reason x",
            "input::invalid",
            "a whole one",
        ),
        (
            "extension install db --locked",
            "input::invalid",
            "leave out the names",
        ),
        (
            "extension uninstall db",
            "install::not-installed",
            "extension list",
        ),
    ] {
        let error = place.error(line);
        let help = error["help"].as_str().unwrap_or_default();
        assert!(
            code(&error) == code_ && help.contains(part),
            "{line}: {error}"
        );
        assert_eq!(error["labels"].as_array().map(Vec::len), Some(1), "{line}");
    }
    let error = place.shell.error("extension search");
    assert_eq!(error["msg"], "no remote is configured");
}

#[test]
fn a_remote_that_cannot_be_written_changes_nothing() {
    // Permissions do not hold for the superuser; a file in the way does.
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    let archives = place.shell.home().join("remote/archives");
    std::fs::rename(&archives, place.shell.home().join("kept")).unwrap();
    std::fs::write(&archives, "in the way").unwrap();
    place.write("db", "1.1.0", &[]);
    let error = place.error("extension build db --no-validate | extension publish $in.path");
    assert_eq!(code(&error), "remote::io");
    std::fs::remove_file(&archives).unwrap();
    std::fs::rename(place.shell.home().join("kept"), &archives).unwrap();
    assert_eq!(place.ok("extension search db | get version.0"), "1.0.0");
    place.ok("extension install db");
}

#[test]
fn newer_versions_are_told_when_that_is_asked_for() {
    let place = Place::new();
    place.publish("db", "1.0.0", &[]);
    place.ok("extension install db");
    place.publish("db", "1.1.0", &[]);
    let stderr = |line: &str| {
        let ran = place.shell.run(&format!("{REMOTE}{line}"));
        assert!(ran.success, "{}", ran.stderr);
        ran.stderr
    };
    assert_eq!(stderr("extension list | ignore"), "");
    let check = "$env.config.plugins.provisioning.auto_update = 'check'; ";
    assert_eq!(
        stderr(&format!(
            "{check}extension list | ignore; extension list | ignore"
        )),
        "newer versions: db 1.0.0 -> 1.1.0; see extension outdated, extension update"
    );
    let gone = "rm --recursive ($env.HOME)/remote; "
        .replace("($env.HOME)", &place.shell.home().display().to_string());
    assert_eq!(
        stderr(&format!(
            "{check}extension update | ignore; extension list | ignore"
        )),
        ""
    );
    assert_eq!(stderr(&format!("{check}{gone}extension list | ignore")), "");
}
