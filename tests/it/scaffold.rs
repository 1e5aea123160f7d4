//! `extension new`: what it makes is right at once, and nothing is half there.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::support::{Shell, texts};

const TYPES: [&str; 4] = ["provider", "taskserv", "cluster", "template"];

/// Everything that is said against an extension: one line each.
fn said(report: &Value) -> Vec<String> {
    ["errors", "warnings"]
        .iter()
        .flat_map(|list| report[list].as_array().unwrap())
        .map(|it| format!("{} {}", it["code"], it["message"]))
        .collect()
}

#[test]
fn everything_that_is_new_is_valid_passes_its_tests_and_can_be_packed() {
    let shell = Shell::new();
    for kind in TYPES {
        for bundle in ["", "--bundle"] {
            let name = format!("my-{kind}{}", bundle.trim_start_matches('-'));
            let made = shell.value(&format!("extension new {kind} {name} {bundle}"));
            assert_eq!(made["written"], true);
            assert_eq!(made["warnings"], Value::Array(Vec::new()));
            let next = texts(&made["next"]);
            // Each of them as it is told.
            let home = shell.home().display().to_string();
            let next: Vec<String> = next
                .iter()
                .map(|line| line.replace("[HOME]", &home))
                .collect();
            let report = shell.value(&next[0]);
            assert_eq!(said(&report), Vec::<String>::new(), "{name}");
            assert_eq!(report["valid"], true);
            let rows = shell.value(&next[1]);
            let rows = rows.as_array().unwrap();
            assert!(rows.len() >= 3, "{name} has {} tests", rows.len());
            for row in rows {
                assert_eq!(row["status"], "passed", "{name}: {row}");
            }
            shell.ok(&format!("extension docs {name} --check"));
            let built = shell.value(&next[2]);
            assert_eq!(built["validated"], true);
            assert_eq!(built["warnings"], Value::Array(Vec::new()));
            let registered = shell.value(&next[3]);
            assert_eq!(registered["warnings"], Value::Array(Vec::new()));
            // And with what was registered before.
            assert_eq!(said(&shell.value(&next[0])), Vec::<String>::new(), "{name}");
            let loaded = shell.value(&format!(
                "extension load {name} --type {kind} | get metadata"
            ));
            assert_eq!(loaded["version"], "0.1.0");
        }
    }
    // The runner of its own says the same.
    let plugin = crate::support::PLUGIN;
    let printed = shell.ok(&format!(
        "^$nu.current-exe -n --plugins '[{plugin}]' my-taskserv/tests/run_all_tests.nu"
    ));
    assert!(
        printed.contains("test_check_returns_the_plan_and_the_files"),
        "{printed}"
    );
    assert!(
        printed.lines().all(|line| line.starts_with("passed")),
        "{printed}"
    );
}

#[test]
fn operations_work_or_say_where_they_are_to_be_written() {
    let shell = Shell::new();
    shell.ok("extension new provider hetzner | ignore; extension new taskserv cache | ignore");
    let plan = shell.value("use hetzner/nulib/mod.nu *; create-server {hostname: web-1} --check");
    assert_eq!(plan["would_create"], true);
    assert_eq!(plan["server"]["plan"], "small");
    // A plan that the schema is given is known to all.
    shell.ok(
        "let schema = 'hetzner/schemas/settings.ncl'
        open --raw $schema | str replace '{ name = \"large\"' '{ name = \"huge\", cpus = 64, memory = 512, price = 2 }, { name = \"large\"' | save --force --raw $schema",
    );
    let plan = shell.value("use hetzner/nulib/mod.nu *; create-server {hostname: web-1 plan: huge} --check | get errors");
    assert_eq!(plan, Value::Array(Vec::new()));
    assert_eq!(
        shell.value("use hetzner/nulib/mod.nu *; get-pricing | get plan"),
        serde_json::json!(["small", "medium", "huge", "large"])
    );
    let shown = [
        "use hetzner/nulib/mod.nu *; create-server {hostname: web-1}",
        "use hetzner/nulib/mod.nu *; create-server {hostname: 'web 1' plan: tiny}",
        "use hetzner/nulib/mod.nu *; list-servers",
        "use cache/nulib/mod.nu *; install",
        "use cache/nulib/mod.nu *; install {port: 0}",
        "use cache/nulib/mod.nu *; upgrade 9.9.9",
    ]
    .map(|code| shell.fails(code))
    .join("\n\n");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_check_makes_nothing_and_says_what_would_be_done() {
    let shell = Shell::new();
    let checked = shell.value("extension new taskserv cache --path some/where --check");
    assert_eq!(checked["written"], false);
    assert!(!shell.home().join("some").exists());
    let made = shell.value("extension new taskserv cache --path some/where");
    assert_eq!(made["files"], checked["files"]);
    assert_eq!(texts(&shell.value("extension new taskserv cache --path some/where --force --check | get files.action | uniq")), ["keep"]);
    // What is written is what was told.
    for file in made["files"].as_array().unwrap() {
        let path = shell
            .home()
            .join("some/where/cache")
            .join(file["path"].as_str().unwrap());
        assert_eq!(
            path.metadata().unwrap().len(),
            file["size"].as_u64().unwrap()
        );
    }
    assert_eq!(names(&shell.home().join("some/where")), ["cache"]);
}

/// The names in a directory, sorted.
fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = directory
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn force_writes_the_files_of_the_scaffold_over_and_touches_no_other() {
    let shell = Shell::new();
    shell.ok("extension new cluster shop | ignore");
    shell.file("shop/nulib/mod.nu", "# mine\n");
    shell.file("shop/nulib/more.nu", "# mine too\n");
    std::fs::remove_file(shell.home().join("shop/LICENSE")).unwrap();
    let error = shell.error("extension new cluster shop");
    assert_eq!(error["code"], "scaffold::exists");
    assert_eq!(
        std::fs::read_to_string(shell.home().join("shop/nulib/mod.nu")).unwrap(),
        "# mine\n"
    );
    let made = shell.value("extension new cluster shop --force | get files | where action != keep | sort-by path | select path action");
    assert_eq!(
        made,
        serde_json::json!([
            {"path": "LICENSE", "action": "create"},
            {"path": "nulib/mod.nu", "action": "replace"},
        ])
    );
    assert_eq!(
        std::fs::read_to_string(shell.home().join("shop/nulib/more.nu")).unwrap(),
        "# mine too\n"
    );
}

#[test]
fn what_cannot_be_made_is_told_where_it_is_written() {
    let shell = Shell::new();
    shell.ok("mkdir taken/nulib; 'x' | save file; extension new taskserv other --path ~/scaffolds | ignore");
    shell.ok("mkdir $'($env.PROVISIONING_DATA_DIR)/scaffolds/company'");
    let shown = [
        "extension new taskservs cache",
        "extension new tasksrv cache",
        "extension new taskserv 'My Cache'",
        "extension new taskserv nul",
        "extension new taskserv ../escape",
        "extension new taskserv Bad --description \"one\\ntwo\" --author \"A\\u{202e}\"",
        "extension new taskserv cache --license 'MIT Apache'",
        "extension new taskserv taken",
        "extension new taskserv file --force",
        "extension new taskserv cache --path file/inside",
        "extension new taskserv cache --path ''",
        "extension new taskserv cache --from compny",
        "extension new taskserv cache --from company",
    ]
    .map(|code| shell.fails(code))
    .join("\n\n");
    insta::assert_snapshot!(shown);
    assert_eq!(names(&shell.home().join("taken")), ["nulib"]);
    assert!(!shell.home().join("cache").exists());
}

#[test]
fn what_should_be_known_is_a_warning() {
    let shell = Shell::new();
    shell.ok("extension new taskserv cache | extension register $in.path | ignore");
    let warnings = shell.value(
        "extension new taskserv cache --path providers --license 'Apache-2 OR ISC' --check | get warnings | select code message help",
    );
    insta::assert_json_snapshot!(warnings);
    // Again in the same place, it is the one that is registered.
    let again = shell.value("extension new taskserv cache --force --check | get warnings");
    assert_eq!(again, Value::Array(Vec::new()));
}

#[test]
fn the_author_is_whom_git_knows() {
    let shell = Shell::new();
    let author = |name: &str, flags: &str| {
        let code = format!(
            "extension new template {name} {flags} | open ($in.path)/metadata.toml | get extension.author"
        );
        shell.value(&code).as_str().unwrap().to_owned()
    };
    assert!(!author("one", "").is_empty());
    shell.file(
        ".gitconfig",
        "[user]\n\tname = \"Ada \\\"L\\\"\"\n\temail = ada@example.com\n",
    );
    assert_eq!(author("two", ""), "Ada \"L\" <ada@example.com>");
    assert_eq!(author("three", "--author 'Eve'"), "Eve");
    let license = shell.ok("open --raw three/LICENSE");
    assert!(
        license.contains("Copyright (c) 20") && license.contains(" Eve\n"),
        "{license}"
    );
    let license =
        shell.ok("extension new template four --license none | ignore; open --raw four/LICENSE");
    assert!(license.contains("All rights reserved"), "{license}");
    assert_eq!(
        shell.value("open four/metadata.toml | get extension.license?"),
        Value::Null
    );
    assert_eq!(
        said(&shell.value("extension validate four")),
        Vec::<String>::new()
    );
}

#[test]
fn scaffolds_of_ones_own_come_by_path_or_by_name() {
    let shell = Shell::new();
    let metadata =
        "[extension]\nname = \"{{ name }}\"\ntype = \"{{ type }}\"\nversion = \"{{ version }}\"\n";
    for directory in ["mine", "data/scaffolds/company"] {
        shell.file(&format!("{directory}/metadata.toml.tmpl"), metadata);
        shell.file(
            &format!("{directory}/nulib/{{{{ snake_name }}}}.nu"),
            "# as it is: {{ name }}\n",
        );
    }
    for from in ["./mine", "company"] {
        let made = shell.value(&format!(
            "extension new template app --from {from} --path (mktemp --directory) | get files.path"
        ));
        assert_eq!(texts(&made), ["metadata.toml", "nulib/app.nu"]);
    }
    // A template's fault is told at its place.
    shell.file("mine/README.md.tmpl", "# {{ nam }}\n");
    let error = shell.error("extension new template app --from ./mine");
    assert_eq!(error["code"], "template::undefined");
    assert!(
        error["msg"]
            .as_str()
            .unwrap()
            .contains("README.md.tmpl:1:6"),
        "{error}"
    );
    assert_eq!(error["help"], "did you mean `name`?");
    assert!(!shell.home().join("app").exists());
}

#[cfg(unix)]
#[test]
fn permissions_are_those_that_the_user_wants() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::new();
    shell.file(
        "mine/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n",
    );
    let script = shell.file("mine/run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    // The umask is that of the plugin, which has it from the shell.
    let nu = crate::support::nu();
    let mut command = std::process::Command::new("sh");
    let inner = shell.command("extension new template app --from ./mine | ignore");
    command
        .args(["-c", "umask 027; exec \"$@\"", "sh"])
        .arg(nu)
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let done = command.current_dir(shell.home()).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let mode = |path: &str| {
        shell
            .home()
            .join(path)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("app"), 0o750);
    assert_eq!(mode("app/metadata.toml"), 0o640);
    assert_eq!(mode("app/run.sh"), 0o750);
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_may_not_be_written_is_told() {
    let shell = Shell::new();
    // Nobody makes anything there, not even root.
    for check in ["", "--check"] {
        let error = shell.error(&format!(
            "extension new template app --path /proc/self {check}"
        ));
        assert_eq!(error["code"], "scaffold::io");
        let message = error["msg"].as_str().unwrap();
        assert!(message.starts_with("`/proc/self"), "{error}");
        assert!(message.contains("cannot be written: "), "{error}");
    }
}

/// One line, as a user might write it: letters of many scripts, and everything that means something in TOML, Nickel, Nushell,
/// Markdown or a template.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9 ]{1,8}",
        "[\"'`\\\\%{}#$()\\[\\]<>|&;:=,.!?*_~^@/+-]{1,4}",
        "[äß日本語éλ🦀]{1,3}",
        Just("%{x}".to_owned()),
        Just("{{ name }}".to_owned()),
        Just("{% raw %}".to_owned()),
        Just("$env.HOME".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("```".to_owned()),
        Just("{year}".to_owned()),
    ];
    proptest::collection::vec(piece, 1..6)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("a text", |text| !text.trim().is_empty())
}

#[test]
fn whatever_name_and_texts_are_given_the_result_is_valid_and_says_them() {
    let shell = Shell::new();
    let mut runner = TestRunner::new(Config {
        cases: 4,
        ..Config::default()
    });
    // Several in one shell: starting it costs more than they do.
    let one = (
        0..4_usize,
        "[a-z0-9][a-z0-9_-]{0,30}",
        line(),
        line(),
        any::<bool>(),
    );
    let many = proptest::collection::vec(one, 6);
    let rounds = std::cell::Cell::new(0);
    runner
        .run(&many, |cases| {
            rounds.set(rounds.get() + 1);
            let round = rounds.get();
            let data = serde_json::json!(
                cases
                    .iter()
                    .enumerate()
                    .map(|(index, (kind, name, description, author, _))| serde_json::json!({
                        "path": format!("{round}/{index}"), "type": TYPES[*kind], "name": name,
                        "description": description, "author": author,
                    }))
                    .collect::<Vec<Value>>()
            );
            let file = shell.file(&format!("{round}.json"), data.to_string());
            let flags: Vec<&str> = cases.iter().map(|it| if it.4 { "true" } else { "false" }).collect();
            let code = format!(
                "let bundles = [{}]; open '{}' | enumerate | each {{|it| let given = $it.item
                    let path = extension new $given.type $given.name --path $given.path --description $given.description --author $given.author --bundle=($bundles | get $it.index) | get path
                    extension docs $path --check
                    let report = extension validate $path
                    {{
                        findings: ($report.errors ++ $report.warnings | select code message file)
                        said: (open $'($path)/metadata.toml' | get extension | select description author)
                    }}
                }}",
                flags.join(" "),
                file.display()
            );
            let results = shell.value(&code);
            for ((_, name, description, author, _), result) in cases.iter().zip(results.as_array().unwrap()) {
                // What looks like a secret is told as one, whoever has written it; nothing else is told.
                prop_assert_eq!(&result["findings"], &Value::Array(Vec::new()), "{}", name);
                prop_assert_eq!(result["said"]["description"].as_str(), Some(description.trim()));
                prop_assert_eq!(result["said"]["author"].as_str(), Some(author.trim()));
            }
            Ok(())
        })
        .unwrap();
}
