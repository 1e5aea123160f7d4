//! Locks, and what shows them: `extension lock`, `update`, `outdated`, `resolve --locked`, `tree`, `why`.

use serde_json::json;

use crate::support::{Shell, repository};

/// A home with `app`, which needs `db`, which needs `base`.
fn shell() -> Shell {
    let shell = Shell::new();
    extension(&shell, "extensions/app", "app", "1.0.0", &["db >=1, <3"]);
    extension(&shell, "extensions/db", "db", "1.2.0", &["base"]);
    extension(&shell, "extensions/base", "base", "0.1.0", &[]);
    shell
}

fn extension(shell: &Shell, directory: &str, name: &str, version: &str, needs: &[&str]) {
    let needs: Vec<String> = needs.iter().map(|need| format!("{need:?}")).collect();
    shell.file(
        &format!("{directory}/metadata.toml"),
        format!(
            "[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}\"\n\n[dependencies]\nextensions = [{}]\n",
            needs.join(", ")
        ),
    );
    shell.file(&format!("{directory}/nulib/mod.nu"), "# nothing\n");
}

#[test]
fn a_lock_holds_until_something_changes() {
    let shell = shell();
    assert_eq!(
        shell.value("extension lock extensions/app | select name version change why"),
        json!([
            {"name": "app", "version": "1.0.0", "change": "added", "why": "it is asked for"},
            {"name": "base", "version": "0.1.0", "change": "added", "why": "the taskserv db 1.2.0 needs it ([HOME]/extensions/db/metadata.toml:7:15)"},
            {"name": "db", "version": "1.2.0", "change": "added", "why": "the taskserv app 1.0.0 needs >=1, <3 ([HOME]/extensions/app/metadata.toml:7:15)"},
        ])
    );
    let lock = shell.home().join("extensions/app/provisioning.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    let written = lock.metadata().unwrap().modified().unwrap();
    assert!(
        !text.contains(&shell.home().display().to_string()),
        "{text}"
    );

    // Nothing to do: the file is not touched.
    assert_eq!(
        shell.value(
            "cd extensions/app; extension lock --locked; extension lock | get change | uniq"
        ),
        json!(["none"])
    );
    assert_eq!(lock.metadata().unwrap().modified().unwrap(), written);

    // A newer one is not taken by itself, and what it says of others neither.
    extension(&shell, "extensions/db-2", "db", "2.0.0", &["extra"]);
    extension(&shell, "extensions/extra", "extra", "1.0.0", &[]);
    assert_eq!(
        shell.value("extension lock extensions/app --locked | get version"),
        json!(["1.0.0", "0.1.0", "1.2.0"])
    );
    assert_eq!(
        shell.value("extension resolve extensions/app | get version"),
        json!(["1.0.0", "2.0.0", "1.0.0"])
    );
    for flag in ["--locked", "--prefer-locked", "--prefer-locked --offline"] {
        assert_eq!(
            shell.value(&format!(
                "extension resolve extensions/app {flag} | get version"
            )),
            json!(["1.0.0", "0.1.0", "1.2.0"])
        );
    }
    // Of the current directory, when there are only names.
    assert_eq!(
        shell.value("cd extensions/app; extension resolve db --prefer-locked | get version"),
        json!(["0.1.0", "1.2.0"])
    );
    assert_eq!(std::fs::read_to_string(&lock).unwrap(), text);
}

#[test]
fn a_lock_that_is_not_up_to_date_is_told_with_its_reasons() {
    let shell = shell();
    shell.ok("extension lock extensions/app");
    extension(
        &shell,
        "extensions/app",
        "app",
        "1.1.0",
        &["db >=2", "extra"],
    );
    extension(&shell, "extensions/db-2", "db", "2.0.0", &[]);
    extension(&shell, "extensions/extra", "extra", "1.0.0", &[]);
    shell.file("extensions/db/nulib/mod.nu", "# something\n");
    insta::assert_snapshot!(shell.fails("extension lock extensions/app --locked"));
    insta::assert_snapshot!(shell.fails("extension resolve ./extensions/app --locked"));
    assert_eq!(
        shell.value("extension lock extensions/app --check | select name change"),
        json!([
            {"name": "app", "change": "version"},
            {"name": "base", "change": "removed"},
            {"name": "db", "change": "version"},
            {"name": "extra", "change": "added"},
        ])
    );
    shell.ok("extension lock extensions/app");
    shell.ok("extension lock extensions/app --locked");
}

#[test]
fn a_changed_byte_names_the_file() {
    let shell = shell();
    shell.ok("extension lock extensions/app");
    assert_eq!(
        shell.value("extension lock extensions/app --verify"),
        json!([
            {"type": "taskserv", "name": "base", "version": "0.1.0", "verified": true, "files": 2},
            {"type": "taskserv", "name": "db", "version": "1.2.0", "verified": true, "files": 2},
        ])
    );
    shell.file("extensions/db/nulib/mod.nu", "# Nothing\n");
    shell.file("extensions/base/more/notes.md", "");
    insta::assert_snapshot!(shell.fails("extension lock extensions/app --verify"));
    let error = shell.error("extension lock extensions/app --verify");
    assert_eq!(error["code"], "lock::mismatch");
    assert_eq!(error["inner"].as_array().unwrap().len(), 2);
    // The author's own files are not part of it.
    shell.ok("extension lock extensions/app; 'x' | save extensions/app/notes.md; extension lock extensions/app --verify");
}

#[test]
fn what_is_registered_elsewhere_gives_the_same_bytes() {
    let one = shell();
    one.ok("extension lock extensions/app");
    let other = shell();
    other.ok("extension register extensions/db; extension register extensions/base");
    other.ok("extension lock extensions/app");
    let text = |shell: &Shell| {
        std::fs::read_to_string(shell.home().join("extensions/app/provisioning.lock")).unwrap()
    };
    assert_eq!(text(&one), text(&other));
}

#[test]
fn updates_raise_what_is_named_and_nothing_else() {
    let shell = shell();
    shell.ok("extension lock extensions/app");
    extension(&shell, "extensions/db-1-3", "db", "1.3.0", &["base"]);
    extension(&shell, "extensions/db-4", "db", "4.0.0", &["base"]);
    extension(&shell, "extensions/base-0-2", "base", "0.2.0", &[]);
    assert_eq!(
        shell.value(
            "extension outdated extensions/app | select name current compatible latest held_back_by"
        ),
        json!([
            {"name": "base", "current": "0.1.0", "compatible": "0.2.0", "latest": "0.2.0", "held_back_by": []},
            {"name": "db", "current": "1.2.0", "compatible": "1.3.0", "latest": "4.0.0", "held_back_by": [
                "`app` 1.0.0 needs `db` >=1, <3 ([HOME]/extensions/app/metadata.toml:7:15)"
            ]},
        ])
    );
    let update = |arguments: &str| {
        shell.value(&format!(
            "extension update {arguments} | select name from version change"
        ))
    };
    let base = json!({"name": "base", "from": "0.1.0", "version": "0.2.0", "change": "version"});
    let db = json!({"name": "db", "from": "1.2.0", "version": "1.3.0", "change": "version"});
    assert_eq!(update("--check --path extensions/app"), json!([base, db]));
    shell.ok("extension lock extensions/app --locked");
    assert_eq!(update("db --path extensions/app"), json!([db]));
    assert_eq!(
        shell.value("cd extensions/app; extension update | get name"),
        json!(["base"])
    );
    assert_eq!(update("--path extensions/app"), json!([]));
    assert_eq!(
        shell.value("extension outdated extensions/app | get name"),
        json!(["db"])
    );
    insta::assert_snapshot!(shell.fails("extension update bse --path extensions/app"));
}

#[test]
fn without_a_lock_what_is_registered_is_compared() {
    let shell = shell();
    extension(&shell, "extensions/base-0-2", "base", "0.2.0", &[]);
    shell.ok("extension register extensions/base");
    assert_eq!(
        shell.value("extension outdated | select name current latest"),
        json!([{"name": "base", "current": "0.1.0", "latest": "0.2.0"}])
    );
}

#[test]
fn a_tree_shows_what_is_wrong_too() {
    let shell = shell();
    extension(
        &shell,
        "extensions/base",
        "base",
        "0.1.0",
        &["gone", "db >=9", "app"],
    );
    insta::assert_snapshot!(shell.ok("extension tree app --text"), @r"
    taskserv app 1.0.0
    └── taskserv db 1.2.0 (>=1, <3)
        └── taskserv base 0.1.0
            ├── gone ✗ not there
            ├── db (>=9) ✗ only 1.2.0
            └── taskserv app 1.0.0 circular
    ");
    assert_eq!(
        shell.value("extension tree app | get 0.dependencies.0.dependencies.0.dependencies | select name standing"),
        json!([
            {"name": "gone", "standing": "missing"},
            {"name": "db", "standing": "version"},
            {"name": "app", "standing": "circular"},
        ])
    );
    assert_eq!(
        shell.value("extension tree app --depth 1 | get 0.dependencies.0.standing"),
        "cut"
    );
    insta::assert_snapshot!(shell.ok("extension tree base --inverted --text"), @r"
    taskserv base 0.1.0
    └── taskserv db 1.2.0
        └── taskserv app 1.0.0 (>=1, <3)
            └── taskserv base 0.1.0 circular
    ");
    insta::assert_snapshot!(shell.fails("extension tree app --depth 65"));
}

#[test]
fn why_gives_the_shortest_way_and_the_place() {
    let shell = shell();
    assert_eq!(
        shell.value("extension why base --for app"),
        json!([{
            "type": "taskserv",
            "name": "base",
            "version": "0.1.0",
            "needed_by": "taskserv db 1.2.0",
            "constraint": "*",
            "origin": "[HOME]/extensions/db/metadata.toml:7:15",
            "chain": ["taskserv app 1.0.0", "taskserv db 1.2.0", "taskserv base 0.1.0"],
        }])
    );
    assert_eq!(
        shell.value("extension why db | select needed_by constraint chain"),
        json!([{
            "needed_by": "taskserv app 1.0.0",
            "constraint": ">=1, <3",
            "chain": ["taskserv app 1.0.0", "taskserv db 1.2.0"],
        }])
    );
    assert_eq!(shell.value("extension why app"), json!([]));
    insta::assert_snapshot!(shell.fails("extension why bse"));
}

#[test]
fn why_tells_of_those_whom_nothing_satisfies() {
    let shell = shell();
    extension(
        &shell,
        "extensions/one",
        "one",
        "1.0.0",
        &["db >=9", "nothere ^1"],
    );
    assert_eq!(
        shell.value("extension why db | select version needed_by constraint origin chain"),
        json!([
            {"version": "1.2.0", "needed_by": "taskserv app 1.0.0", "constraint": ">=1, <3", "origin": "[HOME]/extensions/app/metadata.toml:7:15", "chain": ["taskserv app 1.0.0", "taskserv db 1.2.0"]},
            {"version": null, "needed_by": "taskserv one 1.0.0", "constraint": ">=9", "origin": "[HOME]/extensions/one/metadata.toml:7:15", "chain": ["taskserv one 1.0.0", "db"]},
        ])
    );
    assert_eq!(
        shell.value("extension why nothere | select type version needed_by constraint"),
        json!([{"type": null, "version": null, "needed_by": "taskserv one 1.0.0", "constraint": "^1"}])
    );
    // Only what the one of --for needs, also when there is no choice for it.
    assert_eq!(
        shell.value("extension why db --for one | get needed_by"),
        json!(["taskserv one 1.0.0"])
    );
    // A directory stands for what is in it.
    assert_eq!(
        shell.value("extension why ./extensions/base | get needed_by"),
        json!(["taskserv db 1.2.0"])
    );
}

#[test]
fn what_is_there_otherwise_is_told() {
    let shell = shell();
    let told = |code: &str| {
        let error = shell.error(code);
        format!("{} ({})", error["msg"], error["help"])
    };
    insta::assert_snapshot!(
        [
            "extension why db --type provider",
            "extension why db@2",
            "extension tree db@2",
            "extension tree db@2 --inverted",
            "extension tree db --type provider",
        ]
        .map(told)
        .join("\n"),
        @r#"
    "there is no provider called `db`" ("there is the taskserv db 1.2.0")
    "there is no `db` ^2" ("there is the taskserv db 1.2.0")
    "there is no `db` ^2" ("there is the taskserv db 1.2.0")
    "there is no `db` ^2" ("there is the taskserv db 1.2.0")
    "there is no provider called `db`" ("there is the taskserv db 1.2.0")
    "#
    );
}

#[test]
fn a_tree_marks_what_cannot_be_together_and_what_does_not_work_here() {
    let shell = Shell::new();
    extension(&shell, "extensions/xapp", "xapp", "1.0.0", &["xa", "xb"]);
    extension(&shell, "extensions/xa", "xa", "1.0.0", &["xs ^1"]);
    extension(&shell, "extensions/xb", "xb", "1.0.0", &["xs ^2"]);
    extension(&shell, "extensions/xs-1", "xs", "1.0.0", &[]);
    extension(&shell, "extensions/xs-2", "xs", "2.0.0", &[]);
    shell.file(
        "extensions/new/metadata.toml",
        "[extension]\nname = \"new\"\ntype = \"provider\"\nversion = \"1.0.0\"\n[compatibility]\nnickel_version = \">=9\"\n",
    );
    extension(&shell, "extensions/user", "user", "1.0.0", &["new"]);
    let text = |code: &str| {
        let nickel = provisioning::nickel::NICKEL_VERSION.to_string();
        shell.ok(code).replace(&nickel, "[NICKEL]")
    };
    insta::assert_snapshot!(text("extension tree xapp --text"), @"
    taskserv xapp 1.0.0
    ├── taskserv xa 1.0.0
    │   └── taskserv xs 1.0.0 (^1) ✗ also 2.0.0
    └── taskserv xb 1.0.0
        └── taskserv xs 2.0.0 (^2) ✗ also 1.0.0
    ");
    insta::assert_snapshot!(text("extension tree user --text"), @"
    taskserv user 1.0.0
    └── provider new 1.0.0 ✗ needs Nickel >=9, not [NICKEL]
    ");
    assert_eq!(
        shell.value(
            "extension tree xapp | get 0.dependencies.dependencies | flatten | get standing"
        ),
        json!(["conflict", "conflict"])
    );
    assert_eq!(
        shell.value("extension tree --type provider | select name standing"),
        json!([{"name": "new", "standing": "platform"}])
    );
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_lock_is_refused() {
    let shell = shell();
    let victim = shell.file("victim", "mine\n");
    std::os::unix::fs::symlink(
        &victim,
        shell.home().join("extensions/app/provisioning.lock"),
    )
    .unwrap();
    insta::assert_snapshot!(shell.fails("extension lock extensions/app"));
    assert_eq!(std::fs::read_to_string(victim).unwrap(), "mine\n");
}

#[test]
fn what_is_needed_besides_extensions_is_reported_and_not_installed() {
    let shell = Shell::new().with("APP_KEY", "x");
    shell.file(
        "extensions/app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n[dependencies]\nsystem_packages = [\"sh\", \"no-such-program\"]\n[configuration]\nrequired_env = [\"APP_KEY\", \"NO_SUCH_KEY\"]\n",
    );
    assert_eq!(
        shell.value("extension resolve extensions/app | get 0.requirements | select kind name met"),
        json!([
            {"kind": "system_package", "name": "sh", "met": true},
            {"kind": "system_package", "name": "no-such-program", "met": false},
            {"kind": "required_env", "name": "APP_KEY", "met": true},
            {"kind": "required_env", "name": "NO_SUCH_KEY", "met": false},
        ])
    );
}

#[test]
fn flags_that_do_not_go_together_are_told() {
    let shell = shell();
    for code in [
        "extension lock extensions/app --verify --check",
        "extension resolve db --locked",
        "extension resolve extensions/app extensions/db --locked",
    ] {
        assert_eq!(shell.error(code)["code"], "input::invalid", "{code}");
    }
}

#[test]
fn the_lock_in_the_examples_is_true() {
    // When an example was changed on purpose: extension lock examples/extensions/clusters/buildkit
    let shell = Shell::in_examples();
    assert!(
        repository()
            .join("examples/extensions/clusters/buildkit/provisioning.lock")
            .is_file()
    );
    shell.ok("extension lock extensions/clusters/buildkit --locked");
    shell.ok("extension lock extensions/clusters/buildkit --verify");
}

#[cfg(target_os = "linux")]
#[test]
fn the_digest_can_be_made_with_common_programs() {
    let shell = shell();
    shell.file("extensions/db/a-b", "x");
    shell.file("extensions/db/a/b", "y");
    shell.ok("extension lock extensions/app");
    // As the README says.
    let line = "find . -type f ! -name provisioning.lock | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum";
    let printed = shell.ok(&format!("cd extensions/db; ^sh -c '{line}'"));
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    assert!(readme.contains(line));
    let digest = printed.split_whitespace().next().unwrap();
    let lock =
        std::fs::read_to_string(shell.home().join("extensions/app/provisioning.lock")).unwrap();
    assert!(
        lock.contains(&format!("digest = \"sha256:{digest}\"")),
        "{lock}"
    );
}

#[test]
fn a_digest_that_was_taken_away_is_noticed() {
    let shell = shell();
    shell.ok("extension lock extensions/app");
    let path = shell.home().join("extensions/app/provisioning.lock");
    let text = std::fs::read_to_string(&path).unwrap();
    let without: String = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("digest = "))
        .collect();
    std::fs::write(&path, without).unwrap();
    shell.file("extensions/db/evil.nu", "");
    assert_eq!(
        shell.error("extension lock extensions/app --verify")["code"],
        "lock::invalid"
    );
}

#[test]
fn a_lock_is_always_the_same_text() {
    let shell = shell();
    shell.ok("extension lock extensions/app");
    let path = shell.home().join("extensions/app/provisioning.lock");
    let text = std::fs::read_to_string(&path).unwrap();
    for other in [text.replace('\n', "\r\n"), format!("# mine\n{text}")] {
        std::fs::write(&path, other).unwrap();
        shell.ok("extension lock extensions/app --locked");
        shell.ok("extension lock extensions/app");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
