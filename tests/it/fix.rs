//! `extension validate --fix`.

use serde_json::json;

use crate::support::{Shell, texts};

/// A module as it was written for older Nushells and with habits of other shells.
const OLD: &str = r#"# Helpers of old
use std log
export use operations.nu *

export def describe [name: string] -> record {
    log info $"about ($name)"
    {name: ($name | str downcase)}
}

export def clean [
    --force: bool = false # Remove everything
    --quiet: bool
] -> null {
    if $force { describe x | ignore }
}

export def both []: nothing -> null {
    clean --force true
    with-env [APP_KEY "x"] { ^env }
    $env.APP_HOME | default "/tmp" | ignore
}
"#;

/// A complete taskserv with a module of old.
fn old_extension(shell: &Shell) {
    shell.extension("app", "taskserv", "1.0.0");
    let stubs = shell.ok("extension contract taskserv --nushell");
    shell.file("app/nulib/operations.nu", &stubs);
    shell.file("app/nulib/mod.nu", OLD);
}

#[test]
fn what_is_certain_is_written_and_the_rest_left() {
    let shell = Shell::new().with_standard_library();
    old_extension(&shell);
    let before = shell.value("extension validate app --rule interface | get errors | length");
    assert!(before.as_u64().unwrap() >= 5, "{before}");
    let path = shell.home().join("app/nulib/mod.nu");

    // A preview changes nothing, and shows everything.
    let preview =
        shell.ok("extension validate app --rule interface --fix --check | get fixed.0.diff");
    insta::assert_snapshot!(preview);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), OLD);

    let fixed = shell.value("extension validate app --rule interface --fix");
    assert_eq!(fixed["valid"], true, "{fixed}");
    assert_eq!(fixed["errors"], json!([]));
    assert_eq!(fixed["warnings"], json!([]));
    let codes = texts(&fixed["fixed"][0]["codes"]);
    for code in [
        "nushell::old-return-type",
        "nushell::typed-switch",
        "nushell::null-type",
        "nushell::switch-value",
        "nushell::std-import",
        "nushell::deprecated",
        "nushell::env-list",
        "nushell::unguarded-env",
    ] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    // Nothing is left to do.
    let again = shell.value("extension validate app --rule interface --fix");
    assert_eq!(again["fixed"], json!([]));
    // And the real Nushell reads it.
    assert_eq!(
        shell.value(&format!("nu-check --as-module '{}'", path.display())),
        true
    );
}

#[test]
fn an_edit_that_makes_another_error_is_left_out_and_told_and_the_others_are_made() {
    let shell = Shell::new();
    old_extension(&shell);
    let text = "export use operations.nu *\nexport def a [--check: bool = false]: nothing -> bool { $check }\nexport def b [check: bool]: nothing -> bool { a --check $check }\nexport def c [] -> null { null }\n";
    let path = shell.file("app/nulib/mod.nu", text);
    let fixed = shell.value("extension validate app --rule interface --fix");
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        text.replace("[] -> null", "[]: nothing -> nothing")
    );
    let told = fixed["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|warning| warning["code"] == "fix::refused")
        .unwrap();
    let home = shell.home().display().to_string();
    let told = serde_json::to_string_pretty(told).unwrap();
    insta::assert_snapshot!(told.replace(&home, "[HOME]"));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_as_they_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::new();
    old_extension(&shell);
    let path = shell.home().join("app/nulib/mod.nu");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    // A link is not followed: what it leads to is another file.
    let other = shell.file("other.nu", "export def x [] -> null { }\n");
    std::os::unix::fs::symlink(&other, shell.home().join("app/nulib/link.nu")).unwrap();
    shell.ok("extension validate app --rule interface --fix");
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(
        std::fs::read_to_string(other).unwrap(),
        "export def x [] -> null { }\n"
    );
    let left: Vec<_> = path
        .parent()
        .unwrap()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    insta::assert_snapshot!(
        [
            shell.fails("extension validate app --check"),
            shell.fails("extension validate app --fix --format sarif"),
        ]
        .join("\n")
    );
}

#[test]
fn several_extensions_are_mended_one_after_the_other() {
    let shell = Shell::new();
    old_extension(&shell);
    shell.extension("other", "template", "1.0.0");
    let rows = shell
        .value("[app other] | extension validate --rule interface --fix | select name valid fixed");
    assert_eq!(rows[0]["name"], "app");
    assert_eq!(rows[0]["fixed"].as_array().unwrap().len(), 1);
    assert_eq!(
        rows[1],
        json!({"name": "other", "valid": true, "fixed": []})
    );
}

/// A kind of edit: code as it was, the same as it is written today, what calls it, and whether the old code runs.
type Edited = (&'static str, &'static str, &'static str, &'static str, bool);

/// What every edit does to code. The commands are called `a` and print what they return.
const EDITED: &[Edited] = &[
    (
        "a return type without input",
        "export def a [x: string] -> record { {x: $x} }",
        "export def a [x: string]: nothing -> record { {x: $x} }",
        "a b | to nuon",
        false,
    ),
    (
        "a return type of what is piped in",
        "export def a [] -> list<int> { each {|x| $x + 1 } }",
        "export def a []: list<int> -> list<int> { each {|x| $x + 1 } }",
        "[1 2] | a | to nuon",
        false,
    ),
    (
        "null as a type",
        "export def a []: nothing -> null { }",
        "export def a []: nothing -> nothing { }",
        "a | describe",
        false,
    ),
    (
        "a switch with a type",
        "export def a [--check: bool]: nothing -> bool { $check }",
        "export def a [--check]: nothing -> bool { $check }",
        "[(a) (a --check)] | to nuon",
        false,
    ),
    (
        "a switch with a type, a value and a short form",
        "export def a [--check (-c): bool = false, --force(-f): bool]: nothing -> list<bool> { [$check $force] }",
        "export def a [--check (-c), --force (-f)]: nothing -> list<bool> { [$check $force] }",
        "[(a) (a -c) (a -f) (a --check -f)] | to nuon",
        false,
    ),
    (
        "a value for a switch",
        "def b [--check]: nothing -> bool { $check }\nexport def a []: nothing -> list<bool> { [(b --check false) (b --check true)] }",
        "def b [--check]: nothing -> bool { $check }\nexport def a []: nothing -> list<bool> { [false true] }",
        "a | to nuon",
        false,
    ),
    (
        "def-env",
        "export def-env a []: nothing -> nothing { $env.GIVEN = 'x' }",
        "export def --env a []: nothing -> nothing { $env.GIVEN = 'x' }",
        "a; $env.GIVEN",
        false,
    ),
    (
        "the log of the standard library",
        "use std log\nexport def a []: nothing -> string { log debug 'hidden'; 'x' }",
        "use std/log\nexport def a []: nothing -> string { log debug 'hidden'; 'x' }",
        "a",
        false,
    ),
    (
        "the assertions of the standard library",
        "use std assert\nexport def a []: nothing -> string { assert equal 1 1; try { assert equal 1 2; 'no' } catch { 'yes' } }",
        "use std/assert\nexport def a []: nothing -> string { assert equal 1 1; try { assert equal 1 2; 'no' } catch { 'yes' } }",
        "a",
        false,
    ),
    (
        "the attributes of the standard library",
        "use std testing\n@test\ndef b [] { }\nexport def a []: nothing -> string { 'x' }",
        "use std/testing *\n@test\ndef b [] { }\nexport def a []: nothing -> string { 'x' }",
        "a",
        false,
    ),
    (
        "a command with another name",
        "export def a [s: string]: nothing -> string { $s | str  downcase }",
        "export def a [s: string]: nothing -> string { $s | str lowercase }",
        "a ABC",
        true,
    ),
    (
        "variables as a list",
        "export def a []: nothing -> string { with-env [GIVEN_A x GIVEN_B 'y z'] { $env.GIVEN_A + $env.GIVEN_B } }",
        "export def a []: nothing -> string { with-env {GIVEN_A: x, GIVEN_B: 'y z'} { $env.GIVEN_A + $env.GIVEN_B } }",
        "a",
        false,
    ),
    (
        "a variable that may not be set",
        "export def a []: nothing -> string { $env.GIVEN | default none }",
        "export def a []: nothing -> string { $env.GIVEN? | default none }",
        "[(a) (with-env {GIVEN: x} { a })] | to nuon",
        false,
    ),
    (
        "a variable that is set",
        "export def a []: nothing -> string { $env.GIVEN | default none }",
        "export def a []: nothing -> string { $env.GIVEN? | default none }",
        "with-env {GIVEN: x} { a }",
        true,
    ),
    (
        "a field that may not be there",
        "export def a [c: record]: nothing -> any { $c.b.port | default 80 }",
        "export def a [c: record]: nothing -> any { $c.b.port? | default 80 }",
        "[(a {b: {}}) (a {b: {port: 1}})] | to nuon",
        false,
    ),
    (
        "a field that is there",
        "export def a [c: record]: nothing -> any { $c.port | default 80 }",
        "export def a [c: record]: nothing -> any { $c.port? | default 80 }",
        "a {port: 1}",
        true,
    ),
    (
        "a byte-order mark",
        "\u{feff}export def a []: nothing -> string { 'x' }",
        "export def a []: nothing -> string { 'x' }",
        "a",
        false,
    ),
];

#[test]
fn code_does_the_same_after_each_kind_of_edit_as_code_of_today() {
    let shell = Shell::new().with_standard_library();
    let stubs = shell.ok("extension contract taskserv --nushell");
    let mut directories = Vec::new();
    for (at, (_, old, new, ..)) in EDITED.iter().enumerate() {
        let directory = format!("e{at}");
        shell.extension(&directory, "taskserv", "1.0.0");
        shell.file(&format!("{directory}/nulib/operations.nu"), &stubs);
        let export = "\nexport use operations.nu *\n";
        shell.file(
            &format!("{directory}/nulib/mod.nu"),
            format!("{old}{export}"),
        );
        shell.file(&format!("new/e{at}.nu"), new);
        shell.file(&format!("old/e{at}.nu"), old);
        directories.push(directory);
    }
    let fixed = shell.value(&format!(
        "{} | extension validate --rule interface --fix | select fixed",
        json!(directories)
    ));
    let run = |file: &str, call: &str| {
        let ran = shell.run(&format!("use {file} a; {call}"));
        (ran.success, ran.stdout, ran.stderr)
    };
    for (at, (name, _, _, call, runs)) in EDITED.iter().enumerate() {
        assert!(!texts(&fixed[at]["fixed"][0]["codes"]).is_empty(), "{name}");
        let (is_right, wanted, error) = run(&format!("new/e{at}.nu"), call);
        assert!(is_right && !wanted.is_empty(), "{name}: {error}");
        let (is_right, printed, error) = run(&format!("e{at}/nulib/mod.nu"), call);
        assert!(is_right, "{name}: {error}");
        assert_eq!(printed, wanted, "{name}");
        let (ran, printed, _) = run(&format!("old/e{at}.nu"), call);
        assert_eq!(ran, *runs, "{name}");
        if *runs {
            assert_eq!(printed, wanted, "{name}");
        }
    }
}

#[test]
fn what_a_byte_order_mark_has_hidden_is_no_reason_to_keep_it() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    let path = shell.file(
        "app/nulib/mod.nu",
        "\u{feff}export def y []: nothing -> null { }\nexport def x []: nothing -> any { $nowhere }\n",
    );
    let fixed = shell.value("extension validate app --rule interface --fix");
    assert_eq!(
        texts(&fixed["fixed"][0]["codes"]),
        ["nushell::syntax", "nushell::null-type"]
    );
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        "export def y []: nothing -> nothing { }\nexport def x []: nothing -> any { $nowhere }\n"
    );
    let left = fixed["errors"].to_string();
    assert!(left.contains("interface::missing-operation"), "{left}");
}
