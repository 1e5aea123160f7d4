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
            {"setting": "auto_update", "value": "off", "source": "default"},
            {"setting": "keep_alive", "value": true, "source": "default"},
            {"setting": "audit_keep", "value": 10_000, "source": "default"},
            {"setting": "jobs", "value": 0, "source": "default"},
            {"setting": "remotes", "value": {}, "source": "default"},
            {"setting": "trusted_keys", "value": [], "source": "default"},
            {"setting": "require_signature", "value": false, "source": "default"},
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
            "{cache_size: 0}",
            "{cache_limit: 1kb}",
            "{cache_limit: '64MiB'}",
            "{auto_load: 'true'}",
            "{extension_dirs: [a, 3, {}]}",
            "{extension_dirs: a}",
            "{remotes: {local: '/srv/x'}}",
            "{remotes: {local: 'https://host/x'}}",
            "{remotes: {local: 'https://user:hunter2@host/x'}}",
            "{remotes: {'a/b': 'file:///srv/x'}}",
            "{trusted_keys: a.pub}",
            "{trusted_keys: [a.pub, 3]}",
            "{require_signature: 'yes'}",
            "{runner: {nu: ''}}",
            "{runner: {}, log: debug}",
            "{log: {level: verbos}}",
            "{log: {levle: info}}",
            "{config_file: null, audit_keep: 99, keep_alive: 1, jobs: 1.5}",
            "3"
        ]
        .map(|config| shell.fails(&format!(
            "$env.config.plugins.provisioning = {config}; provisioning config --strict"
        )))
        .join("\n\n")
    );
}

#[test]
fn a_bad_variable_is_named_with_what_it_holds() {
    let shell = Shell::new();
    let script = [
        "PROVISIONING_DATA_DIR: 3",
        "PROVISIONING_CACHE_SIZE: many",
        "PROVISIONING_CACHE_SIZE: '100001'",
        "PROVISIONING_CACHE_LIMIT: '64'",
        "PROVISIONING_CACHE_LIMIT: 10kB",
        "PROVISIONING_EXTENSION_DIRS: 3",
        "PROVISIONING_EXTENSION_DIRS: [a, 3]",
        "PROVISIONING_AUTO_LOAD: yes",
        "PROVISIONING_AUDIT_KEEP: '-1'",
        "PROVISIONING_TRUSTED_KEYS: 3",
        "PROVISIONING_REQUIRE_SIGNATURE: 1",
        "PROVISIONING_JOBS: '4 threads'",
        "PROVISIONING_LOG: warning",
        "PROVISIONING_CONFIG_FILE: {a: 1}",
        "PROVISIONING_CONFIG_FILE: nowhere.toml",
    ]
    .map(|variable| {
        format!(
            "(try {{ with-env {{{variable}}} {{ provisioning config --strict }} }} catch {{|error| \
             [$error.details.msg $'  help: ($error.details.help)'] | str join (char newline) }})"
        )
    });
    let told = shell.value(&format!("[{}]", script.join(", ")));
    insta::assert_snapshot!(crate::support::texts(&told).join("\n"));
}

#[test]
fn everything_wrong_in_all_sources_is_told_at_once() {
    let shell = Shell::new();
    insta::assert_snapshot!(shell.fails(
        "$env.config.plugins.provisioning = {job: 3, cache_size: 0}
         with-env {PROVISIONING_LOG: loud, PROVISIONING_JOBS: many} { provisioning config --strict }"
    ));
}

const FILE: &str = r#"
[paths]
base = "shared"

[orchestrator.paths]
data_dir = "{{paths.base}}/data"

[orchestrator.extensions]
auto_load = false
auto_update = "check"
cache_dir = "{{orchestrator.paths.data_dir}}/extensions"
data_dir = "~/file/data"
cache_size = 5
cache_limit = "5MiB"
extension_dirs = ["here", "/there"]
keep_alive = false
audit_keep = 500
jobs = 5
remotes = { five = "file:///five" }
trusted_keys = ["five.pub"]
require_signature = true

[orchestrator.extensions.nickel]
import_paths = ["nickel"]
isolation = "worker"
memory = "5MiB"
packages = { five = "five" }
timeout = "5sec"

[orchestrator.extensions.runner]
nu = "nu-five"
timeout = "5min"

[orchestrator.extensions.log]
level = "error"
file = "file.log"
"#;

#[test]
fn of_all_sources_the_first_that_says_something_wins() {
    let shell = Shell::new().with("PROVISIONING_DATA_DIR", "");
    shell.file("conf/settings.toml", FILE);
    let every = "let show = {|| provisioning config | select setting value source | each { |row| $'($row.setting) = ($row.value | to nuon) from ($row.source)' } | str join (char newline) }";
    let file = "config_file: conf/settings.toml";
    let config = "data_dir: c/data, cache_dir: c/cache, cache_size: 4, cache_limit: 4MiB, extension_dirs: [c/x], auto_load: true, auto_update: off, \
                  keep_alive: true, audit_keep: 400, jobs: 4, remotes: {four: 'file:///four'}, \
                  trusted_keys: [c/key.pub, RWTNMeoBh1zNbOQ1Nn0HC8r8ZyzLr9zyLjTn9uvz9Hu0aGKmnnKfzDLr], require_signature: false, nickel: {import_paths: [c/n], \
                  isolation: in-process, memory: 4MiB, packages: {four: four}, timeout: 4sec}, runner: {nu: c/nu, timeout: 4min}, \
                  log: {level: warn, file: c/log}";
    let variables = "PROVISIONING_DATA_DIR: e/data, PROVISIONING_CACHE_DIR: '~/e', PROVISIONING_CACHE_SIZE: '3', \
                     PROVISIONING_CACHE_LIMIT: 3MiB, PROVISIONING_EXTENSION_DIRS: 'e1:/e2', PROVISIONING_AUTO_LOAD: 'false', PROVISIONING_AUTO_UPDATE: check, \
                     PROVISIONING_KEEP_ALIVE: false, PROVISIONING_AUDIT_KEEP: 300, PROVISIONING_JOBS: ' 3 ', PROVISIONING_LOG: DEBUG, \
                     PROVISIONING_TRUSTED_KEYS: 'e1.pub:/e2.pub', PROVISIONING_REQUIRE_SIGNATURE: 'true'";
    insta::assert_snapshot!(shell.ok(&format!(
        "{every}
         $env.config.plugins.provisioning = {{{file}}}
         let one = (do $show)
         $env.config.plugins.provisioning = {{{file}, {config}}}
         let two = (do $show)
         let three = (with-env {{{variables}}} {{ do $show }})
         hide-env PROVISIONING_DATA_DIR
         $env.config.plugins.provisioning = {{}}
         let four = (with-env {{PROVISIONING_CONFIG_FILE: conf/settings.toml}} {{ do $show }})
         [$one $two $three $four] | str join \"\n\n\""
    )));
}

#[test]
fn why_a_setting_is_what_it_is() {
    let shell = Shell::new();
    shell.file("conf/settings.toml", FILE);
    let rows = shell.ok(
        "$env.config.plugins.provisioning = {config_file: conf/settings.toml, jobs: 2}
         with-env {PROVISIONING_JOBS: '1', PROVISIONING_CACHE_SIZE: ''} { provisioning config --explain }
         | where setting in [data_dir cache_dir cache_size jobs nickel.timeout remotes config_file]
         | each {|row| [$row.setting ...($row.candidates | each {|c| $'  ($c.source) ($c.name) says ($c.value | to nuon)(if $c.used { \", used\" })' })] | str join (char newline) }
         | str join (char newline)",
    );
    insta::assert_snapshot!(rows);
    // Without the flag, there is no such column.
    assert_eq!(
        shell.value("provisioning config | columns"),
        json!(["setting", "value", "source", "description", "error"])
    );
}

#[test]
fn credentials_of_a_remote_are_not_shown() {
    let shell = Shell::new();
    for remotes in [
        "{hub: 'https://user:hunter2@host/x'}",
        "'https://user:hunter2@host/x'",
        "{'A b': 'https://user:hunter2@host/x'}",
    ] {
        let error = shell.fails(&format!(
            "$env.config.plugins.provisioning = {{remotes: {remotes}}}; provisioning config --strict"
        ));
        assert!(error.contains("config::invalid"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    shell.file(
        "s.toml",
        "[orchestrator.extensions]\nremotes = { a = \"https://user:hunter2@host/x\" }\n",
    );
    let error =
        shell.fails("$env.PROVISIONING_CONFIG_FILE = 's.toml'; provisioning config --strict");
    assert!(
        error.contains("scheme `https`") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_change_of_the_file_holds_for_the_very_next_question() {
    let shell = Shell::new();
    shell.file("s.toml", "[orchestrator.extensions]\njobs = 5\n");
    let jobs = "(provisioning config | where setting == jobs | get 0.value)";
    assert_eq!(
        shell.value(&format!(
            "$env.config.plugins.provisioning = {{config_file: s.toml}}
             let one = {jobs}
             '[orchestrator.extensions]\njobs = 6' | save --force s.toml
             let two = {jobs}
             '[orchestrator.extensions]\njobs = 7' | save other.toml
             mv --force other.toml s.toml
             let three = {jobs}
             rm s.toml
             let four = (try {{ provisioning config --strict }} catch {{|error| $error.details.code }})
             [$one $two $three $four]"
        )),
        json!([5, 6, 7, "config::unreadable"])
    );
}

#[test]
fn what_is_wrong_with_the_file_is_underlined_in_it() {
    let shell = Shell::new();
    let cases = [
        "[orchestrator.extensions\njobs = \n",
        "orchestrator = 3\n",
        "[orchestrator]\nextensions = [1]\n",
        "[orchestrator.extensions]\nautoload = true\njobs = \"4\"\ncache_limit = 64\ncache_size = 1.5\nextension_dirs = \"x\"\nconfig_file = \"x.toml\"\n",
        "[orchestrator.extensions.nickel]\ntimeout = \"5 seconds\"\nisolation = \"worke\"\nmemry = \"1MiB\"\n",
        "[orchestrator.extensions]\nremotes = { Local = \"file:///x\", hub = \"oci://host/x\", bad = 3 }\nlog = \"info\"\n",
        "[orchestrator.paths]\ndata_dir = \"x\"\n\n[orchestrator.extensions]\ncache_dir = \"{{orchestrator.paths.data_dirr}}/extensions\"\n",
        "[orchestrator.extensions]\ncache_dir = \"{{orchestrator.paths.data_dir}}/extensions\"\n",
        "[orchestrator.extensions]\ncache_dir = \"{{a.x}}\"\n[a]\nx = \"{{a.y}}\"\ny = \"1 {{a.z}}\"\nz = \"{{a.x}}\"\n",
        "[orchestrator.extensions]\ncache_dir = \"{{orchestrator.extensions.cache_dir}}/x\"\n",
        "[orchestrator.extensions]\ncache_dir = \"{{orchestrator}}/x\"\ndata_dir = \"{{list}}\"\nextension_dirs = [\"{{}}\", \"{{ a | b }}\", \"{{open\"]\n[more]\n",
        "list = [1]\n[orchestrator.extensions]\ndata_dir = \"{{list}}\"\ncache_size = \"{{other.size}}\"\nauto_load = \"{{other.text}}\"\n[other]\nsize = 0\ntext = \"hunter2\"\n",
        "[orchestrator.extensions]\ncache_dir = '{{ nope }}'\ndata_dir = \"a\\tb{{nope}}\"\n",
    ];
    let told = cases.map(|text| {
        shell.file("s.toml", text);
        shell.fails("$env.config.plugins.provisioning = {config_file: s.toml}; provisioning config --strict")
    });
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_file_that_is_none_is_not_read() {
    let shell = Shell::new();
    shell.file("large.toml", vec![b'#'; (1 << 20) + 1]);
    shell.file("binary.toml", b"a = \"\xff\"");
    std::fs::create_dir(shell.home().join("folder.toml")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", shell.home().join("device.toml")).unwrap();
    let told = ["nowhere", "large", "binary", "folder", "device"].map(|name| {
        let error = shell.error(&format!(
            "$env.config.plugins.provisioning = {{config_file: {name}.toml}}; provisioning config --strict"
        ));
        format!(
            "{}: {}\n  help: {}",
            error["code"], error["msg"], error["help"]
        )
    });
    insta::assert_snapshot!(told.join("\n"));
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
        json!(23)
    );
    let error = shell.error("with-env {PROVISIONING_DATA_DIR: 3} { extension list }");
    assert_eq!(error["msg"], "$env.PROVISIONING_DATA_DIR is 3, not a path");
}

#[test]
fn what_is_wrong_is_shown_beside_what_is_right() {
    let shell = Shell::new();
    shell.file("bad.toml", "[orchestrator.extensions]\njobs = \"many\"\n");
    let told = [
        "$env.config.plugins.provisioning = {job: 3, cache_size: 0, auto_load: false, nickel: {timeot: 5sec}}; $env.PROVISIONING_LOG = 'loud'",
        "$env.config.plugins.provisioning = {config_file: bad.toml, auto_load: false}",
        "$env.config.plugins.provisioning = 3",
    ]
    .map(|setup| {
        let rows = shell.value(&format!(
            "{setup}; provisioning config --explain | where error != null or setting in [auto_load config_file] | select setting value source error"
        ));
        let rows = rows.as_array().unwrap().iter().map(|row| format!("{row}\n"));
        rows.collect::<String>()
    });
    insta::assert_snapshot!(told.join("\n"));
}
