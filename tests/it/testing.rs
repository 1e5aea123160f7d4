//! `extension test` in the real shell: which tests there are, what comes of them, and that nothing is left of any.

use serde_json::{Value, json};

use crate::support::{Shell, examples, texts};

/// A shell with an extension `app`, whose tests are these files.
pub(crate) fn app(files: &[(&str, &str)]) -> Shell {
    let shell = Shell::new();
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n\
         [configuration]\noptional_env = [\"APP_TOKEN\", \"APP_MODE\"]\n",
    );
    shell.file(
        "app/nulib/mod.nu",
        "export def port [config: record]: nothing -> int {\n    if $config.port > 65535 {\n        error make {msg: 'no such port', label: {text: 'too large', span: (metadata $config.port).span}, help: 'at most 65535'}\n    }\n    $config.port\n}\n\nexport def third [list: list]: nothing -> any { $list | get 2 }\n",
    );
    for (name, text) in files {
        shell.file(&format!("app/tests/{name}"), text);
    }
    shell
}

/// Runs the tests of `app`, and returns all rows.
pub(crate) fn rows(shell: &Shell, flags: &str) -> Vec<Value> {
    let value = shell.value(&format!("extension test app {flags}"));
    value.as_array().unwrap().clone()
}

/// Returns `test status`, line for line.
fn outcome(rows: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.iter()
        .map(|row| format!("{}: {}", text(&row["test"]), text(&row["status"])))
        .collect()
}

/// Returns code, place and message of a row's error.
fn error(row: &Value) -> String {
    let error = &row["error"];
    let file = error["file"].as_str().unwrap_or("-");
    let file = file.rsplit("/app/").next().unwrap_or(file);
    format!(
        "{} {file}:{}:{} {}",
        error["code"].as_str().unwrap_or("-"),
        error["line"],
        error["column"],
        error["msg"].as_str().unwrap_or("-")
    )
}

#[test]
fn tests_are_found_by_attribute_and_by_name_and_run_with_their_hooks() {
    let shell = app(&[
        (
            "unit_tests.nu",
            "use std/assert\nuse std/testing *\nuse ../nulib/mod.nu *\n\
             @before-all\ndef all []: nothing -> record { {port: 80, from: all} }\n\
             @before-each\ndef each-one []: record -> record { {from: ($in.from + '-each')} }\n\
             @after-each\ndef tidy []: record -> nothing { print $'tidy ($in.from)' }\n\
             @after-all\ndef last []: record -> nothing { if $in.from != all { error make {msg: 'not given'} } }\n\
             @test\ndef \"a port is a port, after all\" []: record -> nothing { let context = $in; assert equal $context {port: 80, from: all-each}; assert equal (port $context) 80 }\n\
             @test\n@ignore\nexport def later [] { exit 1 }\n\
             export def test_named [] { print named }\n\
             export def \"test of words\" [] { print -e words }\n\
             def test_not_exported [] { exit 1 }\n\
             export def helper [] { def test_inner [] { exit 1 } }\n\
             module inner { export def test_deeper [] { exit 1 } }\n",
        ),
        (
            "integration/all_test.nu",
            "export def test_together [] { }\n",
        ),
        ("e2e/all.nu", "export def test_everything [] { }\n"),
        ("fixture.nu", "export def value [] { 1 }\n"),
        ("fixtures/broken_test.nu", "export def test_x [] { (\n"),
        ("mocks/test_mock.nu", "export def test_x [] { exit 1 }\n"),
        ("run_all_tests.nu", "def main [] { exit 1 }\n"),
    ]);
    let all = rows(&shell, "");
    assert_eq!(
        outcome(&all),
        [
            "a port is a port, after all: passed",
            "later: skipped",
            "test_named: passed",
            "test of words: passed",
            "test_together: passed",
            "test_everything: passed",
        ]
    );
    assert_eq!(all[2]["output"], "named\ntidy all-each");
    assert_eq!(all[3]["output"], "words\ntidy all-each");
    assert_eq!(
        texts(&json!(
            all.iter()
                .map(|row| row["kind"].clone())
                .collect::<Vec<_>>()
        )),
        ["unit", "unit", "unit", "unit", "integration", "e2e"]
    );
    // What is wanted.
    let chosen = |flags: &str| outcome(&rows(&shell, flags));
    assert_eq!(chosen("--integration"), ["test_together: passed"]);
    assert_eq!(chosen("--e2e --integration").len(), 2);
    assert_eq!(chosen("--filter WORDS"), ["test of words: passed"]);
    assert_eq!(chosen("--unit --filter unit_tests").len(), 4);
    assert_eq!(
        shell.value("cd app/tests; extension test e2e integration/all_test.nu | get test"),
        json!(["test_together", "test_everything"])
    );
    assert_eq!(
        shell.value("cd app/nulib; provisioning extension test .. --e2e | get test"),
        json!(["test_everything"])
    );
    assert_eq!(
        shell.value("[app/tests/e2e] | extension test | get test"),
        json!(["test_everything"])
    );
    assert_eq!(
        shell.value("[app] | each {|path| extension test $path --e2e | get test }"),
        json!([["test_everything"]])
    );
}

#[test]
fn errors_are_at_the_authors_own_line() {
    let shell = app(&[(
        "unit_tests.nu",
        "use std/assert\nuse ../nulib/mod.nu *\n\
         export def test_assert [] { assert equal (1 + 1) 3 'sums' }\n\
         export def test_make [] { port {port: 70000} }\n\
         export def test_module [] { third [1 2] }\n\
         export def test_own [] { error make {msg: 'own', code: 'app::own', help: 'do it'} }\n\
         export def test_program [] { ^sh -c 'exit 4' }\n\
         export def test_missing_variable [] { $env.NOTHING_OF_THAT_NAME }\n",
    )]);
    let all = rows(&shell, "");
    let errors: Vec<String> = all.iter().map(error).collect();
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(all[1]["error"]["help"], "at most 65535");
    assert_eq!(all[3]["error"]["help"], "do it");
}

#[test]
fn what_is_no_test_file_and_what_cannot_be_read_is_told() {
    let shell = app(&[
        (
            "a_tests.nu",
            "use ./broken.nu *\nexport def test_a [] { b }\n",
        ),
        ("broken.nu", "export def b [] { [1 2 }\n"),
        ("c_tests.nu", "def main [] { print 'nothing' }\n"),
        ("d_tests.nu", "export def test_d [] { }\n"),
        (
            "e_tests.nu",
            "export def test_a [x: int] { }\nexport def \"test b; c\" [] { }\nexport def test_e [] { }\n",
        ),
        ("latin_tests.nu", "placeholder"),
        ("z_tests.nu", "export def test_z [] { exit 1"),
    ]);
    std::fs::write(shell.home().join("app/tests/latin_tests.nu"), b"# caf\xe9").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", shell.home().join("app/tests/out_tests.nu")).unwrap();
    let all = rows(&shell, "");
    let told: Vec<String> = all
        .iter()
        .map(|row| {
            let file = row["file"].as_str().unwrap();
            let file = file.rsplit('/').next().unwrap();
            let test = row["test"].as_str().unwrap_or("-");
            let status = row["status"].as_str().unwrap();
            match row["error"].is_null() {
                true => format!("{file} {test} {status}"),
                false => format!("{file} {test} {status}: {}", error(row)),
            }
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn no_tests_at_all_is_an_error() {
    let shell = app(&[]);
    let refused = |code: &str| shell.error(code);
    assert_eq!(refused("extension test app")["code"], "test::none");
    shell.file("app/tests/a_tests.nu", "export def test_a [] { }\n");
    let error = refused("extension test app --filter nothing-of-that-name");
    assert_eq!(error["code"], "test::none");
    assert_eq!(
        error["msg"],
        "no test has `nothing-of-that-name` in its name"
    );
    assert_eq!(refused("extension test app --e2e")["code"], "test::none");
    assert_eq!(refused("extension test")["code"], "input::path");
    assert_eq!(refused("extension test nowhere")["code"], "input::path");
    assert_eq!(
        refused("extension test app --jobs (-1)")["code"],
        "input::invalid"
    );
    assert_eq!(
        refused("extension test app --timeout 0sec")["code"],
        "input::invalid"
    );
    assert_eq!(
        refused("extension test app --junit nowhere/x.xml")["code"],
        "input::path"
    );
    assert_eq!(refused("[] | extension test")["code"], "input::invalid");
    // Of several, one without is a failure.
    shell.extension("empty", "taskserv", "1.0.0");
    let value = shell.value("extension test app empty | select extension status error.code?");
    assert_eq!(
        value,
        json!([
            {"extension": "app", "status": "passed", "error.code": null},
            {"extension": "empty", "status": "failed", "error.code": "test::none"},
        ])
    );
}

#[test]
fn strict_raises_an_error_after_all_rows_and_junit_is_written_before() {
    let shell = app(&[(
        "unit_tests.nu",
        "use std/assert\nuse std/testing *\nexport def test_a [] { print '<&]]>' }\nexport def test_b [] { assert equal 1 2 }\n@test\n@ignore\ndef c [] { }\n",
    )]);
    let ran = shell.run("extension test app --strict --junit report.xml | select test status | to nuon; print unreached");
    assert!(
        !ran.success && !ran.stdout.contains("unreached"),
        "{}",
        ran.stdout
    );
    insta::assert_snapshot!(ran.stderr);
    let text = std::fs::read_to_string(shell.home().join("report.xml")).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(
        (root.attribute("tests"), root.attribute("failures")),
        (Some("3"), Some("1"))
    );
    let cases: Vec<(&str, Option<&str>)> = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .map(|case| {
            let first = case.first_element_child();
            (
                case.attribute("name").unwrap(),
                first.map(|node| node.tag_name().name()),
            )
        })
        .collect();
    assert_eq!(
        cases,
        [
            ("test_a", Some("system-out")),
            ("test_b", Some("failure")),
            ("c", Some("skipped"))
        ]
    );
    let output = document
        .descendants()
        .find(|node| node.has_tag_name("system-out"));
    assert_eq!(output.unwrap().text(), Some("<&]]>"));
    // The rows come before the error.
    let ran = shell.run("extension test app --strict | each {|row| print $row.status } | ignore");
    assert_eq!(ran.stdout, "passed\nfailed\nskipped");
    // Without failures there is no error.
    shell.ok("extension test app --strict --filter test_a");
}

#[test]
fn tests_see_what_is_declared_and_secrets_are_not_shown() {
    let shell = app(&[(
        "unit_tests.nu",
        "export def test_a [] { print $env.APP_MODE; print $'<($env.APP_TOKEN)>'; print ($env.OTHER? | default nothing) }\n\
         export def test_b [] { error make {msg: $'($env.APP_TOKEN) is wrong'} }\n\
         export def test_c [] { print $env.PWD; print ($env.HOME | path basename); [$env.TMPDIR $env.XDG_DATA_HOME] | each {|it| print ($it | path exists) } | ignore }\n",
    )])
    .with("APP_MODE", "quick")
    .with("APP_TOKEN", "of-nobodys-business")
    .with("OTHER", "x");
    let all = rows(&shell, "");
    assert_eq!(all[0]["output"], "quick\n<***>\nnothing");
    assert_eq!(all[1]["error"]["msg"], "*** is wrong");
    let home = shell.home();
    let expected = format!(
        "[HOME]/app\n{}\ntrue\ntrue",
        home.file_name().unwrap().to_string_lossy()
    );
    assert_eq!(all[2]["output"], expected.as_str());
}

#[test]
fn the_library_and_the_commands_of_the_plugin_are_there_with_a_registry_of_their_own() {
    let shell = app(&[(
        "unit_tests.nu",
        "use std/assert\nuse provisioning *\n\
         export def test_library [] { assert ((list-registered-extensions) | is-empty) }\n\
         export def test_plugin [] { extension register . ; assert equal (extension list | get name) [app] }\n",
    )]);
    let all = rows(&shell, "");
    assert_eq!(
        outcome(&all),
        ["test_library: passed", "test_plugin: passed"],
        "{all:?}"
    );
    assert_eq!(shell.value("extension list"), json!([]));
}

#[test]
fn failing_hooks_are_told_with_their_names() {
    let hook = |attribute: &str, body: &str| {
        format!(
            "use std/testing *\n@{attribute}\ndef around [] {{ {body} }}\n@test\ndef one [] {{ }}\n@test\ndef two [] {{ error make {{msg: own}} }}\n"
        )
    };
    let mut told = Vec::new();
    for attribute in ["before-all", "before-each", "after-each", "after-all"] {
        for body in ["error make {msg: broken}", "exit 7"] {
            let shell = app(&[("a_tests.nu", &hook(attribute, body))]);
            for row in rows(&shell, "") {
                let shown = match row["error"].is_null() {
                    true => String::new(),
                    false => format!(": {}", error(&row)),
                };
                let test = row["test"].as_str().unwrap_or("-");
                told.push(format!(
                    "{attribute} {body}: {test} {}{shown}",
                    row["status"].as_str().unwrap()
                ));
            }
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_nushell_that_is_none_is_told() {
    let shell = app(&[("a_tests.nu", "export def test_a [] { }\n")]);
    let program = shell.file("no-nushell", "#!/bin/sh\necho hello\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    for path in ["/nowhere/nu".to_owned(), program.display().to_string()] {
        let rows = shell.value(&format!(
            "$env.config.plugins.provisioning = {{runner: {{nu: '{path}'}}}}; extension test app"
        ));
        assert_eq!(rows[0]["error"]["code"], "run::start", "{rows}");
    }
    let rows = shell.value("$env.config.plugins.provisioning = {runner: {nu: nothing-of-that-name}}; try { extension test app } catch {|error| $error.details }");
    assert_eq!(rows["code"], "run::start", "{rows}");
}

#[test]
fn files_run_at_the_same_time_and_their_rows_keep_their_order() {
    // Each waits for what the other makes: one after the other, they would never end.
    let waiting = |own: &str, other: &str| {
        format!(
            "const HERE = path self .\nexport def test_{own} [] {{ touch ($HERE | path join {own}.made); loop {{ if ($HERE | path join {other}.made | path exists) {{ return }}; sleep 5ms }} }}\n"
        )
    };
    let shell = app(&[
        ("a_tests.nu", &waiting("a", "b")),
        ("b_tests.nu", &waiting("b", "a")),
    ]);
    assert_eq!(
        outcome(&rows(&shell, "--jobs 2 --timeout 1min")),
        ["test_a: passed", "test_b: passed"]
    );
}

#[test]
fn the_tests_of_all_examples_pass() {
    let shell = Shell::new().at(examples().join("extensions"));
    let rows = shell.value("extension test ...(ls */* | where type == dir | get name)");
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 150, "{}", rows.len());
    let failed: Vec<&Value> = rows
        .iter()
        .filter(|row| row["status"] != "passed")
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let mut extensions: Vec<&str> = rows
        .iter()
        .map(|row| row["extension"].as_str().unwrap())
        .collect();
    extensions.dedup();
    assert_eq!(extensions.len(), 11, "{extensions:?}");
}
