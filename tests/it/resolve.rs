//! Versions, chosen and explained in the real shell.

use serde_json::json;

use crate::support::{Shell, texts};

fn extension(shell: &Shell, directory: &str, kind: &str, version: &str, more: &str) {
    let name = directory.split('-').next().unwrap();
    shell.file(
        &format!("extensions/{directory}/metadata.toml"),
        format!(
            "[extension]\nname = \"{name}\"\ntype = \"{kind}\"\nversion = \"{version}\"\n{more}"
        ),
    );
}

fn needs(all: &str) -> String {
    format!("\n[dependencies]\nextensions = [{all}]\n")
}

/// `app` needs `web` and `db`; `db` is there three times.
fn shell() -> Shell {
    let shell = Shell::new();
    extension(
        &shell,
        "app",
        "taskserv",
        "1.0.0",
        &needs("\"web\", \"db ^1\""),
    );
    extension(&shell, "web", "taskserv", "0.3.0", &needs("\"db >=1.1\""));
    extension(&shell, "db-1.0", "taskserv", "1.0.0", "");
    extension(&shell, "db-1.1", "taskserv", "1.1.0", "");
    extension(&shell, "db-1.2", "taskserv", "1.2.0", "");
    extension(&shell, "db-2", "taskserv", "2.0.0", "");
    shell
}

#[test]
fn the_highest_or_the_lowest_versions_are_chosen() {
    let shell = shell();
    let versions = |code: &str| shell.value(&format!("{code} | get version"));
    assert_eq!(
        versions("extension resolve app"),
        json!(["1.0.0", "1.2.0", "0.3.0"])
    );
    assert_eq!(
        versions("extension resolve app --lowest"),
        json!(["1.0.0", "1.1.0", "0.3.0"])
    );
    assert_eq!(versions("extension resolve web"), json!(["2.0.0", "0.3.0"]));
    // From the pipeline, as names, paths, and rows.
    for input in [
        "'app'",
        "[app]",
        "'./extensions/app'",
        "ls extensions | where name =~ app",
        "[[name]; [app]]",
        "extension discover | where name == app",
    ] {
        assert_eq!(
            versions(&format!("{input} | extension resolve")),
            json!(["1.0.0", "1.2.0", "0.3.0"]),
            "{input}"
        );
    }
    let row = shell.value("extension resolve app 'db <1.2' | where name == db | get 0");
    assert_eq!(row["constraint"], "<1.2, >=1.1, ^1");
    assert_eq!(row["path"], "[HOME]/extensions/db-1.1");
    assert_eq!(
        row["requested_by"],
        json!([
            {"type": null, "name": null, "version": null, "constraint": "<1.2", "origin": "the caller"},
            {"type": "taskserv", "name": "app", "version": "1.0.0", "constraint": "^1", "origin": "[HOME]/extensions/app/metadata.toml:7:22"},
            {"type": "taskserv", "name": "web", "version": "0.3.0", "constraint": ">=1.1", "origin": "[HOME]/extensions/web/metadata.toml:7:15"},
        ])
    );
}

#[test]
fn a_conflict_shows_who_needs_what_and_an_edit_that_helps() {
    let shell = shell();
    extension(&shell, "web", "taskserv", "0.3.0", &needs("\"db >=2\""));
    insta::assert_snapshot!(shell.fails("extension resolve app"));
    // The edit does help.
    let help = shell.error("extension resolve app")["help"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        help.contains("change `db` from `^1` to `^2.0.0` in [HOME]/extensions/app/metadata.toml:7"),
        "{help}"
    );
    extension(
        &shell,
        "app",
        "taskserv",
        "1.0.0",
        &needs("\"web\", \"db ^2.0.0\""),
    );
    shell.ok("extension resolve app");
}

#[test]
fn what_is_missing_is_told_with_where_was_looked_or_what_is_there() {
    let shell = shell();
    insta::assert_snapshot!(shell.fails("extension resolve dbb"));
    let error = shell.error("extension resolve something-else");
    assert_eq!(
        error["help"],
        "register it with `extension register PATH`; looked in the registry, [HOME]/extensions, [HOME]/data/extensions"
    );
    insta::assert_snapshot!(shell.fails("extension resolve 'db >=3'"));
}

#[test]
fn another_level_of_the_api_is_told_and_what_is_too_new_is_avoided() {
    let shell = shell();
    let platform = |key: &str, version: &str| format!("\n[compatibility]\n{key} = \"{version}\"\n");
    extension(
        &shell,
        "db-3",
        "taskserv",
        "3.0.0",
        &platform("provisioning_version", ">=9"),
    );
    extension(
        &shell,
        "db-4",
        "taskserv",
        "4.0.0",
        &platform("nushell_version", ">=9"),
    );
    assert_eq!(
        shell.value("extension resolve db | get 0.avoided"),
        json!([
            {"version": "4.0.0", "reason": "4.0.0 needs Nushell >=9, and this is 0.115.1"},
            {"version": "3.0.0", "reason": "3.0.0 needs the provisioning API >=9, and this is 2.0.0"},
        ])
    );
    insta::assert_snapshot!(shell.fails("extension resolve 'db ^3'"));
}

#[test]
fn a_name_alone_means_a_taskserv_and_types_can_be_given() {
    let shell = shell();
    extension(&shell, "db-c", "cluster", "7.0.0", "");
    extension(&shell, "web-p", "provider", "1.0.0", "");
    let types = |code: &str| texts(&shell.value(&format!("{code} | get type"))).join(" ");
    assert_eq!(types("extension resolve db"), "taskserv");
    assert_eq!(types("extension resolve db --type cluster"), "cluster");
    extension(&shell, "cloud-p", "provider", "1.0.0", "");
    extension(&shell, "cloud-c", "cluster", "1.0.0", "");
    insta::assert_snapshot!(shell.fails("extension resolve cloud"));
}

#[test]
fn bad_questions_are_underlined() {
    let shell = shell();
    let told = |code: &str| {
        let error = shell.error(code);
        format!(
            "{}: {}",
            error["code"].as_str().unwrap(),
            error["msg"].as_str().unwrap()
        )
    };
    insta::assert_snapshot!(
        [
            "extension resolve",
            "extension resolve 'db ?1'",
            "extension resolve ./nothing",
            "1 | extension resolve",
            "[[version]; [1]] | extension resolve",
        ]
        .map(told)
        .join("\n"),
        @r"
    input::invalid: nothing was asked for
    input::invalid: `db ?1` cannot be read: unexpected character '?' while parsing major version number
    input::path: `[HOME]/nothing` does not exist
    input::invalid: an extension is a name or a path, and this is int
    input::invalid: an extension is a name or a path, and this is record<version: int>
    "
    );
}

#[test]
fn everything_that_is_said_of_one_extension_has_to_hold() {
    let shell = shell();
    extension(
        &shell,
        "two",
        "taskserv",
        "1.0.0",
        &needs("\"db >=1\", \"db <1.2\""),
    );
    extension(
        &shell,
        "typed",
        "taskserv",
        "1.0.0",
        &needs("\"db >=1\", {name = \"db\", type = \"taskserv\", version = \"<1.1\"}"),
    );
    extension(&shell, "schema", "taskserv", "1.0.0", &needs("\"db >=1\""));
    shell.file(
        "extensions/schema/schemas/version.ncl",
        "{ taskserv_version = { dependencies = [\"db <1.2\"] } }",
    );
    let version = |name: &str| {
        shell.value(&format!(
            "extension resolve {name} | where name == db | get 0.version"
        ))
    };
    assert_eq!(version("two"), "1.1.0");
    assert_eq!(version("typed"), "1.0.0");
    assert_eq!(version("schema"), "1.1.0");
}

#[test]
fn what_cannot_be_used_is_told_as_there() {
    let shell = shell();
    extension(&shell, "bad", "taskserv", "1.0.0", &needs("\"db >=x\""));
    extension(&shell, "schema", "taskserv", "1.0.0", "");
    shell.file(
        "extensions/schema/schemas/version.ncl",
        "{ taskserv_version = { dependencies = [\"db\"] ++ 1 } }",
    );
    let error = shell.error("extension resolve ./extensions/bad");
    assert_eq!(error["code"], "input::path");
    assert_eq!(error["inner"][0]["code"], "metadata::invalid-value");
    assert_eq!(
        shell.error("extension lock extensions/bad")["code"],
        "input::path"
    );
    let help = |code: &str| shell.error(code)["help"].as_str().unwrap().to_owned();
    assert!(
        help("extension resolve bad")
            .starts_with("it is there and cannot be used ([HOME]/extensions/bad: ")
    );
    // What one needs has to be known.
    let message = shell.error("extension resolve schema")["msg"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("what `schema` 1.0.0 needs is not known"),
        "{message}"
    );
    // One that is registered and broken later does not keep the others from being looked at.
    extension(&shell, "ok", "taskserv", "1.0.0", "");
    shell.ok("[extensions/ok extensions/db-1.0] | extension register");
    extension(&shell, "ok", "taskserv", "1.0.0", &needs("\"db >=x\""));
    assert!(help("extension resolve ok").starts_with("it is there and cannot be used"));
    assert_eq!(shell.value("extension outdated | get name"), json!(["db"]));
}

#[test]
fn rows_ask_for_what_they_are_about() {
    let shell = shell();
    extension(&shell, "db-p", "provider", "1.0.0", "");
    assert_eq!(
        shell.value(
            "[{name: db, type: taskserv, version: '1.0.0'}] | extension resolve | get version"
        ),
        json!(["1.0.0"])
    );
    assert_eq!(
        shell.value("[{name: db, type: provider}] | extension resolve | get type"),
        json!(["provider"])
    );
    assert_eq!(
        shell.value("extension lock ./extensions/app --check | extension resolve | get version"),
        json!(["1.0.0", "1.2.0", "0.3.0"])
    );
}

/// What an error says, without the frames that depend on the width and on the lengths of paths.
fn told(shell: &Shell, code: &str) -> String {
    let error = shell.error(code);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut all = vec![
        format!("> {code}"),
        text(&error["code"]),
        text(&error["msg"]),
    ];
    for inner in error["inner"].as_array().unwrap() {
        all.push(text(&inner["msg"]));
    }
    all.push(format!("help: {}\n", text(&error["help"])));
    all.join("\n")
}

#[test]
fn a_conflict_with_one_place_is_told_whole() {
    let shell = Shell::new();
    extension(
        &shell,
        "miss",
        "taskserv",
        "1.0.0",
        &needs("\"nothere ^1\""),
    );
    extension(&shell, "many", "taskserv", "1.0.0", &needs("\"lots >=20\""));
    for minor in 1..=12 {
        extension(
            &shell,
            &format!("lots-{minor}"),
            "taskserv",
            &format!("1.{minor}.0"),
            "",
        );
    }
    extension(&shell, "usepre", "taskserv", "1.0.0", &needs("\"pre >=2\""));
    extension(&shell, "pre", "taskserv", "2.0.0-rc.1", "");
    extension(&shell, "web", "taskserv", "1.0.0", &needs("\"two ^1\""));
    extension(&shell, "two-1", "taskserv", "1.0.0", "");
    extension(&shell, "two-2", "taskserv", "2.0.0", "");
    let told = [
        "extension resolve miss",
        "extension resolve many",
        "extension resolve usepre",
        "[extensions/web two@2] | extension resolve",
    ]
    .map(|code| told(&shell, code));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn types_of_one_name_are_told_apart() {
    let shell = Shell::new();
    extension(&shell, "db-t", "taskserv", "1.0.0", "");
    extension(&shell, "db-p", "provider", "2.0.0", "");
    extension(&shell, "web", "taskserv", "1.0.0", "");
    insta::assert_snapshot!(
        [
            "extension resolve db@2",
            "extension resolve web --type provider",
        ]
        .map(|code| told(&shell, code))
        .join("\n"),
        @"
    > extension resolve db@2
    resolve::conflict
    the taskserv `db` ^2 is asked for; the only version of the taskserv `db` is 1.0.0
    help: ask for the provider `db` with --type provider

    > extension resolve web --type provider
    resolve::missing
    the provider `web` is asked for; there is no provider called `web`, only a taskserv
    help: ask for the taskserv `web` with --type taskserv
    "
    );
    // What is suggested helps.
    shell.ok("extension resolve db@2 --type provider");
    shell.ok("extension resolve web --type taskserv");
}

#[test]
fn who_needs_an_ambiguous_name_or_itself_is_shown() {
    let shell = Shell::new();
    extension(&shell, "px-p", "provider", "1.0.0", "");
    extension(&shell, "px-c", "cluster", "1.0.0", "");
    extension(&shell, "amb", "taskserv", "1.0.0", &needs("\"px\""));
    extension(&shell, "self", "taskserv", "2.0.0", &needs("\"self ^1\""));
    let told = ["extension resolve amb", "extension resolve self@2"].map(|code| told(&shell, code));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_need_of_a_version_schema_points_at_its_file() {
    let shell = Shell::new();
    extension(&shell, "web", "taskserv", "1.0.0", "");
    shell.file(
        "extensions/web/schemas/version.ncl",
        "{ taskserv_version = { dependencies = [\"db ^2\"] } }\n",
    );
    extension(&shell, "db", "taskserv", "1.0.0", "");
    insta::assert_snapshot!(told(&shell, "extension resolve web"));
}

#[test]
fn a_directory_that_is_named_is_not_to_be_changed() {
    let shell = Shell::new();
    extension(&shell, "web-2", "taskserv", "2.0.0", &needs("\"db ^2\""));
    extension(&shell, "web-1", "taskserv", "1.0.0", "");
    extension(&shell, "db", "taskserv", "1.0.0", "");
    let help = |code: &str| shell.error(code)["help"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(help("extension resolve extensions/web-2"), @"change `db` from `^2` to `^1.0.0` in [HOME]/extensions/web-2/metadata.toml:7");
    insta::assert_snapshot!(help("extension resolve web@2"), @"
    change `web` from `^2` to `^1.0.0` in what is asked for
    or change `db` from `^2` to `^1.0.0` in [HOME]/extensions/web-2/metadata.toml:7
    ");
}
