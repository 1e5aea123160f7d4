//! Where settings come from, and bad ones.

use serde_json::json;

use crate::support::Shell;

const SHOW: &str = "provisioning config | select setting value source";

#[test]
fn every_setting_has_a_value_and_a_source() {
    let shell = Shell::new();
    assert_eq!(
        shell.value(SHOW),
        json!([
            {"setting": "data_dir", "value": "[HOME]/data", "source": "environment"},
            {"setting": "cache_dir", "value": "[HOME]/cache/provisioning", "source": "default"},
            {"setting": "cache_size", "value": 100, "source": "default"},
            {"setting": "cache_limit", "value": 268_435_456, "source": "default"},
            {"setting": "extension_dirs", "value": ["[HOME]/extensions", "[HOME]/data/extensions"], "source": "default"},
            {"setting": "auto_load", "value": true, "source": "default"},
            {"setting": "keep_alive", "value": true, "source": "default"},
            {"setting": "audit_keep", "value": 10_000, "source": "default"},
            {"setting": "jobs", "value": 0, "source": "default"},
            {"setting": "remotes", "value": {}, "source": "default"},
            {"setting": "nickel.import_paths", "value": [], "source": "default"},
            {"setting": "nickel.isolation", "value": "auto", "source": "default"},
            {"setting": "nickel.memory", "value": 536_870_912, "source": "default"},
            {"setting": "nickel.packages", "value": {}, "source": "default"},
            {"setting": "nickel.timeout", "value": 30_000_000_000_i64, "source": "default"},
            {"setting": "runner.nu", "value": null, "source": "default"},
            {"setting": "runner.timeout", "value": 600_000_000_000_i64, "source": "default"},
            {"setting": "log.level", "value": "off", "source": "default"},
            {"setting": "log.file", "value": null, "source": "default"},
            {"setting": "config_file", "value": null, "source": "default"},
        ])
    );
}

#[test]
fn the_environment_wins_over_the_configuration_and_that_over_defaults() {
    let shell = Shell::new().with("PROVISIONING_DATA_DIR", "");
    let source =
        |setup: &str| shell.value(&format!("{setup}; {SHOW} | first | select value source"));
    assert_eq!(
        source("null"),
        json!({"value": "[HOME]/share/provisioning", "source": "default"})
    );
    let config = "$env.config.plugins.provisioning = {data_dir: '~/mine'}";
    assert_eq!(
        source(config),
        json!({"value": "[HOME]/mine", "source": "plugin config"})
    );
    assert_eq!(
        source(&format!("{config}; $env.PROVISIONING_DATA_DIR = 'sub'")),
        json!({"value": "[HOME]/sub", "source": "environment"})
    );
    let closure = "$env.config.plugins.provisioning = {|| {data_dir: ('~' | path join computed)} }";
    assert_eq!(
        source(closure),
        json!({"value": "[HOME]/computed", "source": "plugin config"})
    );
    assert_eq!(
        shell.value(&format!("{SHOW} | first | get source; with-env {{XDG_DATA_HOME: '/xdg'}} {{ {SHOW} | first | get value }}")),
        json!("/xdg/provisioning")
    );
}

#[test]
fn a_bad_setting_is_underlined_where_it_was_written() {
    let shell = Shell::new();
    insta::assert_snapshot!(
        [
            "{data_dirr: x}",
            "{jobs: -3}",
            "{jobs: many}",
            "{nickel: {timeout: 0sec}}",
            "{nickel: {timeout: 5}}",
            "{nickel: {timeot: 5sec}}",
            "{nickel: {memory: 1kb}}",
            "{nickel: {isolation: inprocess}}",
            "{nickel: {import_paths: 3}}",
            "3"
        ]
        .map(|config| shell.fails(&format!(
            "$env.config.plugins.provisioning = {config}; provisioning config"
        )))
        .join("\n\n")
    );
}

#[test]
fn a_change_of_settings_holds_for_the_very_next_evaluation() {
    let shell = Shell::new();
    shell.file("good.ncl", "1");
    shell.file("endless.ncl", "let rec f = fun x => f (x + 1) in f 1");
    shell.file("lib/lib.ncl", "2");
    shell.file("app/main.ncl", "import \"lib.ncl\"");
    // An evaluation begins under the settings of the one before.
    let result = shell.value(
        "let first = (nickel eval good.ncl)
         $env.config.plugins.provisioning = {nickel: {timeout: 100ms}}
         let start = (date now)
         let error = (try { nickel eval endless.ncl } catch {|error| $error.msg })
         let quick = ((date now) - $start < 10sec)
         $env.config.plugins.provisioning = {nickel: {import_paths: [lib]}}
         let imported = (nickel eval app/main.ncl)
         $env.config.plugins.provisioning = {nickel: {timeout: 0sec}}
         let bad = (try { '3' | from ncl } catch {|error| $error.details.code })
         [$first $error $quick $imported $bad]",
    );
    assert_eq!(
        result,
        json!([
            1,
            "the evaluation took longer than 0.1 seconds",
            true,
            2,
            "config::invalid"
        ])
    );
}

#[test]
fn empty_groups_are_fine_and_a_variable_of_the_wrong_type_is_named() {
    let shell = Shell::new();
    assert_eq!(
        shell.value("$env.config.plugins.provisioning = {nickel: null, jobs: null}; provisioning config | length"),
        json!(20)
    );
    let error = shell.error("with-env {PROVISIONING_DATA_DIR: 3} { extension list }");
    assert_eq!(error["msg"], "$env.PROVISIONING_DATA_DIR is 3, not a path");
}
