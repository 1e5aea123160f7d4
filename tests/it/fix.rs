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
