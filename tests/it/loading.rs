//! Loading in the real shell: what is kept, for how long, and what becomes of it when files, caches and processes change.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Shell, texts};

/// A template needs no operations, and is read quickly.
fn template(shell: &Shell, directory: &str, version: &str, more: &str) {
    let name = directory.rsplit('/').next().unwrap();
    shell.file(
        &format!("{directory}/metadata.toml"),
        format!(
            "[extension]\nname = \"{name}\"\ntype = \"template\"\nversion = \"{version}\"\n{more}"
        ),
    );
}

#[test]
fn a_loaded_extension_has_everything_and_native_values() {
    let shell = Shell::in_examples();
    let loaded = shell.value(
        "extension register extensions/taskservs/containerd | ignore; extension load containerd | update loaded_at { describe }",
    );
    let keys: Vec<&String> = loaded.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "metadata",
            "path",
            "loaded_at",
            "operations",
            "schemas",
            "fingerprint",
            "dependencies"
        ]
    );
    assert_eq!(loaded["loaded_at"], "datetime");
    let metadata: Vec<&String> = loaded["metadata"].as_object().unwrap().keys().collect();
    assert_eq!(
        metadata,
        [
            "name",
            "version",
            "description",
            "extension_type",
            "dependencies",
            "author",
            "repository"
        ]
    );
    assert_eq!(
        loaded["path"],
        "[REPO]/examples/extensions/taskservs/containerd"
    );
    assert_eq!(
        loaded["schemas"]["version"]["taskserv_version"]["version"],
        "1.7.0"
    );
}

#[test]
fn it_is_loaded_by_name_path_row_and_in_lists() {
    let shell = Shell::new();
    for (directory, version) in [("a", "1.0.0"), ("b/1/b", "1.0.0"), ("b/2/b", "2.0.0")] {
        template(&shell, directory, version, "");
    }
    shell.ok("[a b/1/b b/2/b] | extension register | ignore");
    let version = |code: &str| shell.value(&format!("{code} | get metadata.version"));
    assert_eq!(version("extension load b"), "2.0.0");
    assert_eq!(version("extension load b@1.0.0"), "1.0.0");
    assert_eq!(version("extension load b --version '<2'"), "1.0.0");
    assert_eq!(version("extension load ./b/1/b"), "1.0.0");
    assert_eq!(version("'b@<2' | extension load"), "1.0.0");
    assert_eq!(
        version("[a b@1.0.0] | extension load"),
        json!(["1.0.0", "1.0.0"])
    );
    assert_eq!(
        version("extension list | extension load"),
        json!(["1.0.0", "1.0.0", "2.0.0"])
    );
    // What came out goes in again.
    assert_eq!(version("extension load b | extension load"), "2.0.0");
    assert_eq!(
        version("[a] | each {|name| extension load $name }"),
        json!(["1.0.0"])
    );
    let error = shell.error("extension load b@1.0.0 --version 2.0.0");
    assert_eq!(error["labels"].as_array().unwrap().len(), 2);
}

#[test]
fn an_edit_is_seen_and_everything_else_is_a_hit() {
    let shell = Shell::in_examples();
    let counts = shell.value(
        "1..5 | each { extension load extensions/taskservs/containerd } | ignore; extension cache | select loads hits misses hit_ratio entries evictions",
    );
    assert_eq!(
        counts,
        json!({"loads": 5, "hits": 4, "misses": 1, "hit_ratio": 0.8, "entries": 1, "evictions": 0})
    );
    let shell = Shell::new();
    template(&shell, "app", "1.0.0", "");
    shell.file("app/schemas/a.ncl", "{ a = 1 }");
    assert_eq!(
        shell.value(
            "let one = extension load ./app | get schemas.a.a; '{ a = 2 }' | save -f app/schemas/a.ncl; let two = extension load ./app | get schemas.a.a; [$one $two]"
        ),
        json!([1, 2])
    );
}

#[test]
fn the_memory_holds_as_many_as_the_setting_says_and_the_least_used_goes() {
    let shell = Shell::new();
    for name in ["a", "b", "c"] {
        template(&shell, name, "1.0.0", "");
    }
    let names = shell.value(
        "$env.config.plugins.provisioning = {cache_size: 2}; for name in [a b a c] { extension load $'./($name)' | ignore }; {names: (extension loaded).name, evictions: (extension cache).evictions}",
    );
    assert_eq!(names, json!({"names": ["a", "c"], "evictions": 1}));
}

#[test]
fn needs_come_too_unless_that_is_not_wanted() {
    let shell = Shell::new();
    template(
        &shell,
        "extensions/app",
        "1.0.0",
        "[dependencies]\nextensions = [\"db >=1\"]\n",
    );
    template(&shell, "extensions/db", "1.5.0", "");
    let loaded = |setup: &str, flags: &str| {
        shell.value(&format!(
            "{setup}; extension load app {flags} | ignore; (extension loaded).name"
        ))
    };
    let off = "$env.config.plugins.provisioning = {auto_load: false}";
    assert_eq!(loaded("null", ""), json!(["app", "db"]));
    assert_eq!(loaded("null", "--no-dependencies"), json!(["app"]));
    assert_eq!(loaded(off, ""), json!(["app"]));
    assert_eq!(loaded(off, "--with-dependencies"), json!(["app", "db"]));
    // What came alone gets company when that is wanted.
    assert_eq!(
        shell.value("extension load app --no-dependencies | ignore; extension load app | ignore; (extension loaded).name"),
        json!(["app", "db"])
    );
}

#[test]
fn another_registry_means_another_extension() {
    let shell = Shell::new();
    for (directory, value) in [("one/app", 1), ("two/app", 2)] {
        template(&shell, directory, "1.0.0", "");
        shell.file(
            &format!("{directory}/schemas/a.ncl"),
            format!("{{ a = {value} }}"),
        );
    }
    let code = "
        extension register one/app | ignore
        let one = extension load app | get schemas.a.a
        let two = with-env {PROVISIONING_DATA_DIR: ($env.PWD | path join other)} {
            extension register two/app | ignore
            extension load app | get schemas.a.a
        }
        [$one $two (extension load app | get schemas.a.a)]";
    assert_eq!(shell.value(code), json!([1, 2, 1]));
}

#[test]
fn what_cannot_be_loaded_says_why() {
    let shell = Shell::new();
    template(
        &shell,
        "extensions/kubernetes",
        "1.28.0",
        "[dependencies]\nextensions = [\"containerd >=1.7\", \"etcd\"]\n",
    );
    template(&shell, "extensions/containerd", "1.6.0", "");
    shell.file(
        "broken/metadata.toml",
        "[extension]\nname = \"broken\"\ntype = \"template\"\nversion = \"1.0.0\"\n",
    );
    shell.file(
        "broken/schemas/a.ncl",
        "{ port : Number = \"80\", host = nmae }\n",
    );
    let all = [
        "extension load kubernets",
        "extension load kubernetes --version '>=1.29'",
        "extension load kubernetes",
        "extension load ./broken",
        "extension load ./nowhere",
        "extension load",
        "[{path: 1}] | extension load",
        "extension unload kubernetes",
        "extension reload kubernetes",
    ]
    .map(|code| format!("> {code}\n{}", shell.fails(code)))
    .join("\n\n");
    insta::assert_snapshot!(all);
}

#[test]
fn reloading_tells_what_has_changed_and_every_failure() {
    let shell = Shell::new();
    for name in ["a", "b", "c", "d"] {
        template(&shell, name, "1.0.0", "");
    }
    let load = "[./a ./b ./c ./d] | extension load | ignore";
    assert_eq!(
        shell.value(&format!(
            "{load}; 'x' | save a/new.txt; extension reload | select name changed | first 2"
        )),
        json!([{"name": "a", "changed": true}, {"name": "b", "changed": false}])
    );
    let error = shell.error(&format!(
        "{load}; 'x' | save -f c/metadata.toml; rm -r d; extension reload"
    ));
    assert_eq!(error["inner"].as_array().unwrap().len(), 2, "{error}");
    // The others stay.
    assert_eq!(
        shell.value("[./a ./b] | extension load | ignore; 'x' | save -f a/metadata.toml; try { extension reload } catch { null }; (extension loaded).name"),
        json!(["b"])
    );
}

/// Nushell stops idle plugins; one that has something loaded is asked to stay, until that is dropped.
#[test]
fn the_plugin_stays_as_long_as_something_is_loaded() {
    let shell = Shell::new();
    template(&shell, "app", "1.0.0", "");
    let pid = "(plugin list | where name == provisioning | get 0.pid?)";
    let gone =
        format!("for _ in 1..200 {{ if {pid} == null {{ break }}; sleep 50ms }}; {pid} == null");
    let code = |setting: &str, work: &str| {
        format!(
            "$env.config.plugins.provisioning = {{keep_alive: {setting}}}
            $env.config.plugin_gc.default = {{enabled: true, stop_after: 0sec}}
            {work}"
        )
    };
    // A plugin that nothing keeps is stopped, and what it had loaded is gone with it.
    let stopped = code("false", &format!("extension load ./app | ignore; {gone}"));
    assert_eq!(shell.value(&stopped), json!(true));
    // One that has something loaded answers many times later with the same process.
    let kept = code(
        "true",
        &format!(
            "extension load ./app | ignore
            let before = {pid}
            let kept = (extension cache).kept_alive
            for _ in 1..20 {{ sleep 50ms }}
            let after = {pid}
            extension cache clear | ignore
            let released = {{ {gone} }}
            [$kept ($before == $after and $before != null) (do $released)]"
        ),
    );
    assert_eq!(shell.value(&kept), json!([true, true, true]));
}

#[test]
fn the_next_process_reads_from_the_disk_and_audits_what_it_loads() {
    let shell = Shell::in_examples();
    let load = "extension load extensions/taskservs/containerd | ignore";
    let disk = |code: &str| {
        shell.value(&format!(
            "{code}; (extension cache).disk | select entries hits misses"
        ))
    };
    assert_eq!(disk(load), json!({"entries": 1, "hits": 0, "misses": 1}));
    assert_eq!(disk(load), json!({"entries": 1, "hits": 1, "misses": 0}));
    // Ten times from memory are one record, written when the plugin ends or the extension leaves.
    shell.ok(&format!(
        "for _ in 1..11 {{ {load} }}; extension unload containerd"
    ));
    let records = shell.value(
        "provisioning audit | where extension == containerd | select operation outcome count",
    );
    let record = |operation: &str, count: usize| json!({"operation": operation, "outcome": "ok", "count": count});
    assert_eq!(
        records,
        json!([
            record("load", 1),
            record("load", 1),
            record("load", 1),
            record("load", 10),
            record("unload", 1)
        ])
    );
    assert_eq!(
        shell.value("provisioning audit --verify | get valid"),
        json!(true)
    );
}

#[test]
fn what_was_counted_is_written_when_the_shell_ends() {
    let shell = Shell::new();
    template(&shell, "app", "1.0.0", "");
    shell.ok("for _ in 1..4 { extension load ./app | ignore }");
    assert_eq!(
        shell.value("provisioning audit --operation load | get count"),
        json!([1, 3])
    );
}

#[test]
fn a_cache_that_cannot_be_used_keeps_nothing_from_being_loaded() {
    let shell = Shell::new();
    template(&shell, "app", "1.0.0", "");
    shell.file("cache-file", "");
    let problem = |variable: &str, before: &str| {
        shell.value(&format!(
            "$env.PROVISIONING_CACHE_DIR = ($env.PWD | path join {variable}); {before}; let name = extension load ./app | get metadata.name; [$name ((extension cache).disk.problem != null)]"
        ))
    };
    // A file in its place; a directory that others can write; one that goes away while the plugin runs.
    assert_eq!(problem("cache-file", "null"), json!(["app", true]));
    assert_eq!(
        problem("shared", "mkdir shared/loaded/1; ^chmod 777 shared/loaded"),
        json!(["app", true])
    );
    assert_eq!(
        shell.value(
            "$env.PROVISIONING_CACHE_DIR = ($env.PWD | path join going); extension load ./app | ignore; rm -r going; extension cache clear | ignore; extension load ./app | get metadata.name"
        ),
        json!("app")
    );
}

/// A file system without room, and one that may only be read, where the machine lets them be made.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_read_only_one_keep_nothing_from_being_loaded() {
    let prepared = [
        (
            "size=16k",
            "head -c 100000 /dev/zero > disk/ballast 2>/dev/null",
            "No space",
        ),
        ("size=1m", "mount -o remount,ro disk", "Read-only"),
    ];
    for (size, prepare, problem) in prepared {
        let shell = Shell::new();
        template(&shell, "app", "1.0.0", "");
        let script = format!(
            "mkdir disk && mount -t tmpfs -o {size} tmpfs disk; {prepare}; \
             PROVISIONING_CACHE_DIR=\"$PWD/disk\" '{}' -n --no-std-lib --plugins '[{}]' -c \
             'extension load ./app | get metadata.name | print; (extension cache).disk.problem | print'",
            crate::support::nu().display(),
            crate::support::PLUGIN
        );
        // A name space of its own: the mount goes with the process.
        let mut command = std::process::Command::new("unshare");
        let home = shell.home();
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .current_dir(&home)
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_DATA_HOME", home.join("share"));
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if stderr.contains("unshare") {
            // Told, because nothing was tested here.
            eprintln!("this machine has no name spaces: {problem} is not tested: {stderr}");
            continue;
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.first(), Some(&"app"), "{printed}{stderr}");
        assert!(lines[1..].join(" ").contains(problem), "{printed}{stderr}");
    }
}

/// Processes that load the same extensions and clear the caches all the time: each gets what it asks for.
#[test]
fn thirty_two_processes_load_and_clear_at_once() {
    let shell = Shell::new();
    for n in 0..8 {
        template(&shell, &format!("all/e{n}"), "1.0.0", "");
        shell.file(
            &format!("all/e{n}/schemas/a.ncl"),
            format!("{{ number = {n} }}"),
        );
    }
    shell.ok("glob all/* | extension register | ignore");
    let code = |seed: usize| {
        format!(
            "for n in 0..7 {{
                let at = ($n + {seed}) mod 8
                let number = extension load $'e($at)' | get schemas.a.number
                if $number != $at {{ error make {{msg: $'($at) is ($number)'}} }}
                if ($n + {seed}) mod 5 == 0 {{ extension cache clear --disk | ignore }}
            }}"
        )
    };
    let started: Vec<_> = (0..32)
        .map(|seed| {
            shell
                .command(&code(seed))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for process in started {
        let output = process.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let audit = shell.value("provisioning audit --verify");
    assert_eq!(audit["valid"], json!(true));
    let loads = shell.value("provisioning audit --operation load | get count | math sum");
    assert_eq!(loads, json!(32 * 8));
}

#[test]
fn whether_something_is_loaded_is_asked_by_name_type_and_version() {
    let shell = Shell::new();
    template(&shell, "app", "1.0.0", "");
    let is_loaded: Value = shell.value(
        "[(extension is-loaded app) (extension load ./app | ignore; extension is-loaded app) (extension is-loaded app --version 2.0.0) (extension is-loaded app --type cluster)]",
    );
    assert_eq!(is_loaded, json!([false, true, false, false]));
}

#[test]
fn versions_count_for_rows_and_paths_and_every_failure_is_told() {
    let shell = Shell::new();
    template(&shell, "app", "1.0.0", "");
    for (name, text) in [("bad1", "{ a : Number = \"x\" }"), ("bad2", "{ a = b }")] {
        template(&shell, name, "1.0.0", "");
        shell.file(&format!("{name}/schemas/a.ncl"), text);
    }
    shell.ok("extension register app | ignore");
    let code = |code: &str| shell.error(code)["code"].clone();
    assert_eq!(
        code("{name: app} | extension load --version 9.9.9"),
        "load::version-mismatch"
    );
    assert_eq!(
        code("{name: app, version: '9.9.9', path: app} | extension load"),
        "load::version-mismatch"
    );
    assert_eq!(
        code("extension load ./app --version 9.9.9"),
        "load::version-mismatch"
    );
    assert_eq!(
        code("{name: app, version: '1.0.0'} | extension load --version 1.0.0"),
        "input::invalid"
    );
    assert_eq!(code("extension load ''"), "input::invalid");
    assert_eq!(code("extension load '@1.0.0'"), "input::invalid");
    let error = shell.error("[./bad1 ./app ./bad2] | extension load");
    assert_eq!(error["msg"], "2 extensions cannot be loaded");
    assert_eq!(
        shell.value(
            "try { [./bad1 ./app ./bad2] | extension load } catch { null }; (extension loaded).name"
        ),
        json!(["app"])
    );
    assert_eq!(
        shell.value("extension load app | ignore; [(extension is-loaded app@1.0.0) (extension is-loaded app@2.0.0) (extension unload app@1.0.0 | get 0.version)]"),
        json!([true, false, "1.0.0"])
    );
}

#[test]
fn a_bundle_is_never_guessed_from_what_was_loaded_of_it() {
    let shell = Shell::in_examples();
    let load = "extension load extensions/bundles/custom-cloud";
    let codes = shell.value(&format!(
        "{load} --type taskserv --no-dependencies | ignore; try {{ {load}; 'loaded' }} catch {{|error| $error.details.code }}"
    ));
    assert_eq!(codes, "load::ambiguous");
}

#[test]
fn hits_are_counted_in_the_registry_that_they_belong_to_and_less_room_is_felt_at_once() {
    let shell = Shell::new();
    for name in ["a", "b", "c"] {
        template(&shell, name, "1.0.0", "");
    }
    let counts = shell.value(
        "extension register a | ignore
        for _ in 1..4 { extension load a | ignore }
        with-env {PROVISIONING_DATA_DIR: ($env.PWD | path join other)} { extension load ./b | ignore }
        extension reload a | ignore
        let other = with-env {PROVISIONING_DATA_DIR: ($env.PWD | path join other)} { provisioning audit | get extension }
        [(provisioning audit --operation load | where extension == a | get count) $other]",
    );
    assert_eq!(counts, json!([[1, 3], ["b"]]));
    assert_eq!(
        shell.value("[./a ./b ./c] | extension load | ignore; $env.config.plugins.provisioning = {cache_size: 1}; extension cache | select entries capacity evictions"),
        json!({"entries": 1, "capacity": 1, "evictions": 2})
    );
}

#[test]
fn the_names_of_the_source_documents_give_text_for_other_programs() {
    let shell = Shell::in_examples();
    shell.ok("extension register extensions/taskservs/containerd | ignore");
    let text =
        shell.ok("provisioning module load taskserv containerd --version 1.7.0 --output json");
    let loaded: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(loaded["metadata"]["name"], "containerd");
    let text = shell.ok("provisioning module discover taskserv --output json");
    let found: Value = serde_json::from_str(&text).unwrap();
    let names: Vec<Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].clone())
        .collect();
    assert_eq!(
        texts(&Value::Array(names)),
        [
            "buildkit",
            "containerd",
            "custom-database",
            "docker-registry",
            "legacy-etcd",
            "nginx",
            "redis",
            "registry"
        ]
    );
    let error = shell.error("provisioning module load taskserv containerd --output yaml");
    assert_eq!(error["help"], "one of: native, json");
    let error = shell.error("provisioning module discover taskserv --name containrd");
    assert_eq!(error["code"], "load::not-found");
    assert_eq!(
        shell.value("provisioning module load taskserv containerd | ignore; provisioning module list --output json | from json | get name"),
        json!(["containerd"])
    );
}
