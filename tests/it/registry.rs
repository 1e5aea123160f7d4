//! Registering, listing, inspecting, finding.

use serde_json::json;

use crate::support::{Shell, texts};

#[test]
fn an_extension_is_registered_listed_inspected_and_forgotten() {
    let shell = Shell::in_examples();
    let row = shell.value("extension register extensions/taskservs/buildkit");
    assert_eq!(row["name"], "buildkit");
    assert_eq!(row["type"], "taskserv");
    assert_eq!(row["replaced"], false);
    assert_eq!(row["dependencies"][0]["name"], "containerd");
    assert_eq!(row["path"], "[REPO]/examples/extensions/taskservs/buildkit");
    assert_eq!(
        shell.value("extension register extensions/taskservs/buildkit")["replaced"],
        true
    );
    assert_eq!(
        shell.value("extension list | select type name version"),
        json!([{"type": "taskserv", "name": "buildkit", "version": "0.12.0"}])
    );
    assert_eq!(shell.ok("extension unregister buildkit"), "");
    assert_eq!(shell.value("extension list"), json!([]));
}

#[test]
fn info_shows_all_metadata_and_where_each_dependency_is_declared() {
    let shell = Shell::new();
    shell.file("all/app/metadata.toml", "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\nreleased = 2026-01-02T03:04:05Z\n[dependencies]\nextensions = [\"one >=1\"]\n[custom]\nanything = [1, 2.5]\n");
    shell.file(
        "all/app/manifest.toml",
        "[dependencies]\nextensions = [\"one >=9\", \"two\"]\n",
    );
    shell.file(
        "all/app/extension.toml",
        "[dependencies]\nextensions = [\"three\"]\n",
    );
    shell.file(
        "all/app/schemas/version.ncl",
        "{ taskserv_version = { dependencies = [{ name = \"four\", version = \">=4\" }, { name = \"two\" }] } }",
    );
    shell.ok("extension register all/app | ignore");
    let info = shell.value("extension info app");
    let dependencies: Vec<String> = info["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let field = |key: &str| row[key].as_str().unwrap();
            format!(
                "{} {} {}",
                field("name"),
                field("version"),
                field("source").replace("[HOME]/all/app/", "")
            )
        })
        .collect();
    assert_eq!(
        dependencies,
        [
            "one >=1 metadata.toml:7:15",
            "two * manifest.toml:2:26",
            "three * extension.toml:2:15",
            "four >=4 schemas/version.ncl",
        ]
    );
    assert_eq!(info["metadata"]["custom"]["anything"], json!([1, 2.5]));
    assert_eq!(
        shell.ok("extension info app | get metadata.extension.released | describe"),
        "datetime"
    );
}

#[test]
fn warnings_are_told_when_registering_and_with_the_information() {
    let shell = Shell::new();
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0\"\ndescripton = \"x\"\n",
    );
    shell.file(
        "app/schemas/version.ncl",
        "{ taskserv_version = 1 + \"x\" }",
    );
    let codes = json!([
        "metadata::padded-version",
        "metadata::unknown-key",
        "nickel::type"
    ]);
    assert_eq!(
        shell.value("extension register app | get warnings.code"),
        codes
    );
    assert_eq!(shell.value("extension info app | get warnings.code"), codes);
    // Imports of a schema nobody has looked at are confined to the extension.
    shell.file("secret.txt", "hunter2");
    shell.file(
        "app/schemas/version.ncl",
        "{ taskserv_version = { dependencies = [import \"../../secret.txt\"] } }",
    );
    let warnings = shell.ok("extension info app | get warnings | to text");
    assert!(
        warnings.contains("nickel::import") && !warnings.contains("hunter2"),
        "{warnings}"
    );
}

#[test]
fn paths_start_in_the_directory_of_the_shell() {
    let shell = Shell::new();
    shell.extension("deep/down/app", "taskserv", "1.0.0");
    shell.file("deep/script.nu", "extension register down/app | get path");
    // The plugin's own directory is that of its executable; a script in another folder changes nothing.
    assert_eq!(
        shell.ok("cd deep; source deep/script.nu"),
        "[HOME]/deep/down/app"
    );
    assert_eq!(
        shell.ok("cd deep/down; extension register app | get path"),
        "[HOME]/deep/down/app"
    );
    assert_eq!(
        shell.ok("extension register ~/deep/down/app | get path"),
        "[HOME]/deep/down/app"
    );
    assert_eq!(
        shell.ok("cd deep/down/app; extension validate . | get name"),
        "app"
    );
}

#[test]
fn paths_come_from_the_pipeline_in_every_form() {
    let shell = Shell::new();
    shell.extension("all/a", "taskserv", "1.0.0");
    shell.extension("all/b", "provider", "1.0.0");
    assert_eq!(shell.ok("'all/a' | extension register | get name"), "a");
    assert_eq!(
        texts(&shell.value("[all/a all/b] | extension register | get name")),
        ["a", "b"]
    );
    assert_eq!(
        texts(
            &shell.value(
                "extension discover --root all | sort-by name | extension register | get name"
            )
        ),
        ["a", "b"]
    );
    assert_eq!(shell.value("[] | extension register"), json!([]));
    // The body of `each` has the item as its input too; it is not taken for a second path.
    assert_eq!(
        texts(&shell.value("[all/a all/b] | each {|it| extension register $it | get name }")),
        ["a", "b"]
    );
    assert_eq!(
        shell.value("1..2 | each { extension validate all/a | get name }"),
        json!(["a", "a"])
    );
    assert_eq!(
        texts(&shell.value("ls all | get name | extension validate | get name")),
        ["a", "b"]
    );
}

#[test]
fn another_directory_needs_force() {
    let shell = Shell::new();
    shell.extension("one/app", "taskserv", "1.0.0");
    shell.extension("two/app", "taskserv", "1.0.0");
    shell.ok("extension register one/app | ignore");
    insta::assert_snapshot!(shell.fails("extension register two/app"));
    assert_eq!(
        shell.value("extension register two/app --force")["replaced"],
        true
    );
    assert_eq!(shell.ok("extension list | get 0.path"), "[HOME]/two/app");
}

#[test]
fn a_bundle_is_one_row_in_and_several_in_the_list() {
    let shell = Shell::in_examples();
    let row = shell.value("extension register extensions/bundles/custom-cloud");
    assert_eq!(row["type"], "bundle");
    assert_eq!(row["provides"].as_array().unwrap().len(), 3);
    let listed = shell.value("extension list | select type name package");
    assert_eq!(
        listed,
        json!([
            {"type": "provider", "name": "custom-cloud", "package": "custom-cloud"},
            {"type": "taskserv", "name": "custom-database", "package": "custom-cloud"},
            {"type": "cluster", "name": "custom-stack", "package": "custom-cloud"},
        ])
    );
    assert_eq!(shell.value("extension list cluster | length"), json!(1));
}

#[test]
fn the_type_comes_from_metadata_argument_or_folder() {
    let shell = Shell::new();
    let bare = "[extension]\nname = \"x\"\nversion = \"1.0.0\"\n";
    shell.file("taskservs/x/metadata.toml", bare);
    shell.file("elsewhere/x/metadata.toml", bare);
    shell.extension("y", "provider", "1.0.0");
    assert_eq!(
        shell.ok("extension register taskservs/x | get type"),
        "taskserv"
    );
    assert_eq!(
        shell.ok("extension register elsewhere/x --type cluster | get type"),
        "cluster"
    );
    assert_eq!(
        shell.ok("extension register y --type Provider | get type"),
        "provider"
    );
    insta::assert_snapshot!(shell.fails("extension register y --type taskserv"));
    insta::assert_snapshot!(shell.fails("extension register elsewhere/x"));
}

#[test]
fn one_type_of_a_bundle_can_be_registered_and_leaves_the_others() {
    let shell = Shell::in_examples();
    let register = |flags: &str| {
        shell.value(&format!(
            "extension register extensions/bundles/custom-cloud {flags} | get provides.name"
        ))
    };
    assert_eq!(texts(&register("--type taskserv")), ["custom-database"]);
    assert_eq!(
        texts(&register("")),
        ["custom-cloud", "custom-database", "custom-stack"]
    );
    assert_eq!(texts(&register("--type provider")), ["custom-cloud"]);
    assert_eq!(shell.value("extension list | length"), json!(3));
}

#[test]
fn a_list_is_registered_as_a_whole_or_not_at_all() {
    let shell = Shell::new();
    shell.extension("good", "taskserv", "1.0.0");
    shell.file("bad/metadata.toml", "[extension]\n");
    shell.file("worse/metadata.toml", "x");
    insta::assert_snapshot!(shell.fails("[good bad worse] | extension register"));
    shell.extension("a/same", "taskserv", "1.0.0");
    shell.extension("b/same", "taskserv", "1.0.0");
    assert_eq!(
        shell.error("[good a/same b/same] | extension register")["code"],
        "registry::taken"
    );
    assert_eq!(shell.value("extension list"), json!([]));
}

#[test]
fn rows_of_ls_and_lines_of_programs_are_paths() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    assert_eq!(
        shell.value("ls | where name == app | extension register | get name"),
        json!(["app"])
    );
    assert_eq!(shell.ok("^echo app | extension validate | get name"), "app");
}

#[test]
fn information_says_when_the_files_are_no_longer_what_was_registered() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok("extension register app | ignore");
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"provider\"\nversion = \"3.0.0\"\n",
    );
    assert_eq!(
        shell.value(
            "extension info app | select version type warnings.0.code warnings.0.message | values"
        ),
        json!([
            "1.0.0",
            "taskserv",
            "registry::stale",
            "registered as taskserv `app` 1.0.0, and the files say provider `app` 3.0.0"
        ])
    );
    shell.file("app/metadata.toml", "[extension]\nname = 3\n");
    let error = shell.error("extension info app");
    assert_eq!(error["code"], "registry::invalid");
    assert_eq!(error["msg"], "the metadata of `app` cannot be read");
}

#[test]
fn a_search_is_not_changed_by_what_lies_above_and_finds_nothing_twice() {
    let shell = Shell::new();
    shell.file(".gitignore", "*\n");
    shell.extension("root/in/app", "taskserv", "1.0.0");
    assert_eq!(
        shell.value("extension discover --root [root root/in root] | get name"),
        json!(["app"])
    );
    assert_eq!(
        shell.value("extension discover --root root/in/app | get name"),
        json!(["app"])
    );
}

#[test]
fn several_versions_live_side_by_side() {
    let shell = Shell::new();
    shell.extension("v1/app", "taskserv", "1.9.0");
    shell.extension("v2/app", "taskserv", "1.10.0");
    shell.extension("v3/app", "taskserv", "2.0.0-rc.1");
    shell.ok("ls | get name | each {|it| $it | path join app } | extension register | ignore");
    assert_eq!(
        texts(&shell.value("extension list | get version")),
        ["1.9.0", "1.10.0", "2.0.0-rc.1"]
    );
    assert_eq!(shell.ok("extension info app | get version"), "1.10.0");
    assert_eq!(
        shell.ok("extension info app --version '<1.10' | get version"),
        "1.9.0"
    );
    insta::assert_snapshot!(shell.fails("extension info app --version 3.0.0"));
    shell.ok("extension unregister app --version 1.9.0");
    assert_eq!(shell.value("extension list | length"), json!(2));
}

#[test]
fn discover_respects_ignore_files_depth_links_and_types() {
    let shell = Shell::new();
    shell.extension("root/a", "taskserv", "1.0.0");
    shell.extension("root/b", "provider", "1.0.0");
    shell.extension("root/ignored/c", "taskserv", "1.0.0");
    shell.extension("root/also/d", "taskserv", "1.0.0");
    shell.extension("root/.hidden/e", "taskserv", "1.0.0");
    shell.extension("root/a/tests/inside", "taskserv", "1.0.0");
    shell.extension("root/1/2/3/4/f", "taskserv", "1.0.0");
    shell.extension("outside/g", "taskserv", "1.0.0");
    shell.file("root/.gitignore", "ignored/\n");
    shell.file("root/.extignore", "also/\n");
    shell.file("root/broken/metadata.toml", "[extension]\nname = 3\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink(shell.home().join("outside"), shell.home().join("root/link"))
        .unwrap();
    let found = shell.value("extension discover --root root | sort-by name | select name error");
    assert_eq!(
        found,
        json!([
            {"name": "a", "error": null},
            {"name": "b", "error": null},
            {"name": "broken", "error": "`extension.name` is an integer, not a string"},
            {"name": "f", "error": null},
        ])
    );
    assert_eq!(
        texts(&shell.value(
            "extension discover --root root --depth 2 | where error == null | get name | sort"
        )),
        ["a", "b"]
    );
    assert_eq!(
        texts(&shell.value(
            "extension discover provider --root [root outside] | where error == null | get name"
        )),
        ["b"]
    );
    shell.ok("extension register root/a | ignore");
    assert_eq!(
        texts(&shell.value("extension discover --root root | where registered | get name")),
        ["a"]
    );
}

#[test]
fn discover_looks_in_the_usual_places_which_need_not_be_there() {
    let shell = Shell::new();
    assert_eq!(shell.value("extension discover"), json!([]));
    shell.extension("extensions/a", "taskserv", "1.0.0");
    shell.extension("data/extensions/b", "taskserv", "1.0.0");
    shell.extension("other/c", "taskserv", "1.0.0");
    assert_eq!(
        texts(&shell.value("extension discover | get name | sort")),
        ["a", "b"]
    );
    assert_eq!(
        texts(&shell.value("$env.config.plugins.provisioning = {extension_dirs: [other]}; extension discover | get name")),
        ["c"]
    );
    assert!(
        shell
            .fails("extension discover --root nowhere")
            .contains("input::path")
    );
}

#[test]
fn an_extension_that_is_gone_can_still_be_forgotten() {
    let shell = Shell::new();
    let path = shell.extension("app", "taskserv", "1.0.0");
    shell.ok("extension register app | ignore");
    std::fs::remove_dir_all(path).unwrap();
    insta::assert_snapshot!(shell.fails("extension info app"));
    assert_eq!(shell.value("extension list | length"), json!(1));
    shell.ok("extension unregister app");
}

#[test]
fn a_user_can_open_the_registry() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok("extension register app | ignore");
    let rows = shell.value("open data/registry.db | get extension | select type name version");
    assert_eq!(
        rows,
        json!([{"type": "taskserv", "name": "app", "version": "1.0.0"}])
    );
}
