//! The order of components.

use serde_json::json;

use crate::support::{Shell, texts};

#[test]
fn the_vectors_of_the_source_come_out_as_there() {
    // CTP-44
    let shell = Shell::in_examples();
    let names =
        |components: &str| shell.value(&format!("{components} | cluster resolve-deps | get name"));
    assert_eq!(
        texts(&names(
            "[{name: containerd, type: taskserv, version: '1.7.0', dependencies: []}, {name: my-service, type: taskserv, version: '1.0.0', dependencies: [containerd]}, {name: registry, type: application, version: '2.8.0', dependencies: []}]"
        )),
        ["containerd", "registry", "my-service"]
    );
    assert_eq!(
        texts(&names(
            "(open extensions/clusters/buildkit/schemas/cluster.ncl)"
        )),
        ["containerd", "registry", "buildkit"]
    );
    assert_eq!(shell.value("[] | cluster resolve-deps"), json!([]));
    // CTP-46: the guide's components have no such column.
    assert_eq!(texts(&names("[{name: a}, {name: b}]")), ["a", "b"]);
    // CTP-45
    for circle in [
        "[{name: a, dependencies: [b]}, {name: b, dependencies: [a]}]",
        "[{name: a, dependencies: [a]}]",
    ] {
        let error = shell.error(&format!("{circle} | cluster resolve-deps"));
        assert!(
            error["msg"]
                .as_str()
                .unwrap()
                .starts_with("Circular dependency detected in cluster components: a -> ")
        );
    }
    let unknown = shell.error("[{name: a, dependencies: [missing]}] | cluster resolve-deps");
    assert_eq!(unknown["code"], "cluster::unknown-dependency");
}

#[test]
fn rows_come_back_unchanged_with_wave_and_order() {
    let shell = Shell::new();
    let rows = shell.value(
        "[{name: app, dependencies: [db], size: 5GB, since: 2026-01-02, every: 3sec, more: {x: [1]}}, {name: db}] | cluster resolve-deps",
    );
    assert_eq!(rows[0], json!({"name": "db", "wave": 0, "order": 0}));
    assert_eq!(rows[1]["wave"], 1);
    assert_eq!(rows[1]["more"], json!({"x": [1]}));
    assert_eq!(
        shell.ok("[{name: a, size: 5GB, every: 3sec}] | cluster resolve-deps | first | each {|row| [($row.size | describe) ($row.every | describe)] } | str join ' '"),
        "filesize duration"
    );
}

#[test]
fn components_are_found_in_records_fields_and_files() {
    let shell = Shell::new();
    shell.file(
        "c.ncl",
        "{ one = { components = [{ name = \"a\", dependencies = [\"b\"] }, { name = \"b\" }] } }",
    );
    shell.file(
        "two.ncl",
        "{ one = { components = [] }, two = { components = [{ name = \"z\" }] } }",
    );
    shell.file(
        "c.json",
        "{\"components\": [{\"name\": \"a\", \"dependencies\": [\"b\"]}, {\"name\": \"b\"}]}",
    );
    shell.file(
        "c.yaml",
        "components:\n  - name: a\n    dependencies: [b]\n  - name: b\n",
    );
    shell.file(
        "c.toml",
        "[[components]]\nname = \"a\"\ndependencies = [\"b\"]\n[[components]]\nname = \"b\"\n",
    );
    for file in ["c.ncl", "c.json", "c.yaml", "c.toml"] {
        assert_eq!(
            texts(&shell.value(&format!("cluster resolve-deps {file} | get name"))),
            ["b", "a"],
            "{file}"
        );
    }
    assert_eq!(
        texts(&shell.value("open c.ncl | cluster resolve-deps | get name")),
        ["b", "a"]
    );
    assert_eq!(
        texts(&shell.value("open c.json | cluster resolve-deps | get name")),
        ["b", "a"]
    );
    assert_eq!(
        texts(&shell.value("cluster resolve-deps two.ncl --field two | get name")),
        ["z"]
    );
    assert_eq!(
        texts(&shell.value("cluster resolve-deps two.ncl --field two.components | get name")),
        ["z"]
    );
    assert_eq!(
        shell.value("[c.json c.toml] | each {|file| cluster resolve-deps $file | length }"),
        json!([2, 2])
    );
    insta::assert_snapshot!(shell.fails("cluster resolve-deps two.ncl"));
    insta::assert_snapshot!(shell.fails("cluster resolve-deps two.ncl --field tow"));
}

#[test]
fn a_registered_cluster_can_be_named() {
    let shell = Shell::in_examples();
    shell.ok("extension register extensions/clusters/buildkit | ignore");
    assert_eq!(
        texts(&shell.value("cluster resolve-deps buildkit | get name")),
        ["containerd", "registry", "buildkit"]
    );
}

#[test]
fn the_schema_of_a_registered_cluster_reads_nothing_outside_of_it() {
    let shell = Shell::new();
    shell.extension("app", "cluster", "1.0.0");
    shell.file("secret.txt", "hunter2");
    shell.file(
        "app/schemas/cluster.ncl",
        "{ components = [{ name = import \"../../secret.txt\" }] }",
    );
    shell.ok("extension register app | ignore");
    let shown = shell.fails("cd /; cluster resolve-deps app");
    assert!(
        shown.contains("nickel::import") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert_eq!(
        shell.error("cd /; cluster resolve-deps ap")["help"],
        "did you mean `app`?"
    );
}

#[test]
fn a_hundred_thousand_faults_make_a_message_one_can_read() {
    let shell = Shell::new();
    for rows in [
        "0..99999 | each {|n| {name: $'c($n)', dependencies: [$'c(($n + 1) mod 100000)']} }",
        "0..19999 | each {|n| {name: $'c($n)', dependencies: [nowhere]} }",
        "0..99999 | each {|n| {nam: $n} }",
    ] {
        let shown = shell.fails(&format!("{rows} | cluster resolve-deps"));
        assert!(shown.len() < 10_000, "{}", shown.len());
        assert!(shown.contains("more"), "{shown}");
    }
}

#[test]
fn versions_may_be_numbers() {
    let error = Shell::new().error("[{name: a, version: 2}, {name: b, dependencies: [{name: a, version: '>=3'}]}] | cluster resolve-deps");
    assert_eq!(error["code"], "cluster::version-mismatch");
}

#[test]
fn disabled_components_are_left_out() {
    let shell = Shell::new();
    let components =
        "[{name: a, enabled: false}, {name: b}, {name: c, enabled: false, dependencies: [a]}]";
    assert_eq!(
        texts(&shell.value(&format!("{components} | cluster resolve-deps | get name"))),
        ["b"]
    );
    assert_eq!(
        texts(&shell.value(&format!(
            "{components} | cluster resolve-deps --all | get name"
        ))),
        ["a", "b", "c"]
    );
}

#[test]
fn every_fault_is_underlined_in_the_users_own_text() {
    let shell = Shell::new();
    insta::assert_snapshot!(shell.fails(
        "[{name: web, dependencies: [api cache]}, {name: api, dependencies: [web]}, {name: cachee, enabled: false}, {name: log, dependencies: [cachee {name: api, version: '>=2'}]}, {name: log}] | cluster resolve-deps"
    ));
    insta::assert_snapshot!(shell.fails(
        "[{name: app, dependencies: [containrd]}, {name: containerd}] | cluster resolve-deps"
    ));
    insta::assert_snapshot!(shell.fails("[{nam: app}, 3, {name: x, dependencies: 5}, {name: y, dependencies: [{version: '1'}]}] | cluster resolve-deps"));
}

#[test]
fn a_script_sees_each_fault_with_its_code() {
    let shell = Shell::new();
    let error = shell.error(
        "[{name: a, dependencies: [b zz]}, {name: b, dependencies: [a]}] | cluster resolve-deps",
    );
    assert_eq!(error["code"], "cluster::unresolvable");
    let codes: Vec<&str> = error["inner"]
        .as_array()
        .unwrap()
        .iter()
        .map(|inner| inner["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["cluster::cycle", "cluster::unknown-dependency"]);
}

#[test]
fn computed_rows_do_not_underline_strangers() {
    let shell = Shell::new();
    // Rows from a file have no text of the user's: the label is on the file, never on the user's environment.
    shell.file("c.json", "[{\"name\": \"a\", \"dependencies\": [\"zz\"]}]");
    for code in [
        "cluster resolve-deps c.json",
        "open c.json | cluster resolve-deps",
        "0..2 | each {|n| {name: $'c($n)', dependencies: [zz]} } | cluster resolve-deps",
    ] {
        let shown = shell.fails(code);
        assert!(shown.contains("[source:1:"), "{shown}");
        assert!(!shown.contains("Host Environment"), "{shown}");
    }
}

#[test]
fn the_order_of_removal_is_that_of_deployment_from_its_end() {
    // CTP-33 reverses the declaration, in which `app` would be removed last.
    let shell = Shell::new();
    let components = "[{name: app, dependencies: [db]}, {name: db, dependencies: [disk]}, {name: disk}, {name: log}]";
    assert_eq!(
        shell.value(&format!(
            "{components} | cluster resolve-deps --reverse | select name wave order"
        )),
        json!([
            {"name": "app", "wave": 0, "order": 0},
            {"name": "db", "wave": 1, "order": 1},
            {"name": "log", "wave": 2, "order": 2},
            {"name": "disk", "wave": 2, "order": 3},
        ])
    );
    let waves = |flags: &str| {
        shell.value(&format!(
            "{components} | cluster resolve-deps --waves {flags} | each {{ get name }}"
        ))
    };
    assert_eq!(waves(""), json!([["disk", "log"], ["db"], ["app"]]));
    assert_eq!(
        waves("--reverse"),
        json!([["app"], ["db"], ["log", "disk"]])
    );
    assert_eq!(shell.value("[] | cluster resolve-deps --waves"), json!([]));
}

/// Writes a taskserv with dependencies where extensions are looked for.
fn taskserv(shell: &Shell, name: &str, version: &str, dependencies: &str) {
    shell.file(
        &format!("extensions/{name}-{version}/metadata.toml"),
        format!(
            "[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}\"\n[dependencies]\nextensions = [{dependencies}]\n"
        ),
    );
}

#[test]
fn components_are_held_against_the_taskservs_that_there_are() {
    let shell = Shell::new();
    taskserv(&shell, "containerd", "1.6.0", "");
    shell.extension("elsewhere/containerd", "taskserv", "1.7.0");
    shell.extension("elsewhere/local", "provider", "1.0.0");
    shell.ok("[elsewhere/containerd elsewhere/local] | extension register | ignore");
    // One is found, the other one is registered.
    assert_eq!(
        shell.value("[{name: containerd, type: taskserv, version: '1.6.0'}, {name: app, dependencies: [containerd]}] | cluster resolve-deps --check-extensions | length"),
        json!(2)
    );
    for version in ["'1.7.0'", "1.7", "'>=1.6, <2'", "latest"] {
        shell.ok(&format!(
            "[{{name: containerd, type: Taskserv, version: {version}}}] | cluster resolve-deps --check-extensions"
        ));
    }
    // Every fault at once, each at the user's own value, those of the order among them.
    insta::assert_snapshot!(shell.fails(
        "[{name: containerd, type: taskserv, version: '1.8.0'}, {name: containrd, type: taskserv}, {name: local, type: taskserv, dependencies: [gone]}, {name: off, type: taskserv, enabled: false}, {name: web, type: application}] | cluster resolve-deps --check-extensions"
    ));
    // What is registered and no longer there does not count.
    std::fs::remove_dir_all(shell.home().join("elsewhere/containerd")).unwrap();
    let error = shell.error("[{name: containerd, type: taskserv, version: '1.7.0'}] | cluster resolve-deps --check-extensions");
    assert_eq!(error["code"], "cluster::taskserv-version");
}

#[test]
fn what_taskservs_need_is_added_and_marked() {
    let shell = Shell::new();
    taskserv(&shell, "app", "1.0.0", "'db >=1.5', 'cache'");
    taskserv(&shell, "db", "1.6.0", "'disk'");
    taskserv(&shell, "db", "1.4.0", "");
    taskserv(&shell, "cache", "0.1.0", "");
    taskserv(&shell, "disk", "0.2.0", "");
    let command = "cluster resolve-deps --with-extensions";
    assert_eq!(
        shell.value(&format!(
            "[{{name: app, type: taskserv, size: 3}}, {{name: cache, type: taskserv}}] | {command}"
        )),
        json!([
            {"name": "cache", "type": "taskserv", "implied": false, "wave": 0, "order": 0},
            {"name": "disk", "type": "taskserv", "version": "0.2.0", "dependencies": [], "implied": true, "wave": 0, "order": 1},
            {"name": "db", "type": "taskserv", "version": "1.6.0", "dependencies": ["disk"], "implied": true, "wave": 1, "order": 2},
            {"name": "app", "type": "taskserv", "size": 3, "implied": false, "wave": 2, "order": 3},
        ])
    );
    // A component of the name is taken, and held against what is asked of it.
    insta::assert_snapshot!(shell.fails(&format!(
        "[{{name: app, type: taskserv}}, {{name: db, type: taskserv, version: '1.4.0'}}, {{name: cache, enabled: false}}] | {command}"
    )));
    // A version that needs what is not there is passed over, as long as another one will do.
    taskserv(&shell, "db", "1.7.0", "'gone', 'app'");
    assert_eq!(
        shell.value(&format!(
            "[{{name: app, type: taskserv}}] | {command} | where name == db | get 0.version"
        )),
        "1.6.0"
    );
    taskserv(&shell, "app", "1.0.0", "'db >=1.7', 'cache'");
    insta::assert_snapshot!(shell.fails(&format!("[{{name: app, type: taskserv}}] | {command}")));
    // Without taskservs nothing is looked for.
    assert_eq!(
        shell.value(&format!("[{{name: a}}] | {command}")),
        json!([{"name": "a", "implied": false, "wave": 0, "order": 0}])
    );
}

#[test]
fn input_that_is_no_cluster_is_refused() {
    let shell = Shell::new();
    shell.file("c.txt", "x");
    insta::assert_snapshot!(
        [
            "cluster resolve-deps",
            "{a: 1} | cluster resolve-deps",
            "cluster resolve-deps c.txt",
            "cluster resolve-deps nowhere.ncl",
            "{components: 3} | cluster resolve-deps"
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn what_cannot_be_compared_satisfies_nothing() {
    let shell = Shell::new();
    taskserv(&shell, "b", "2.1.0", "");
    let ordered = |b: &str, flags: &str| {
        format!(
            "[{{name: a, dependencies: [{{name: b, version: '^2'}}]}}, {{name: b{b}}}] | cluster resolve-deps {flags}"
        )
    };
    for b in [", version: abc", "", ", version: 2.10", ", type: taskserv"] {
        let error = shell.error(&ordered(b, ""));
        assert_eq!(error["code"], "cluster::version-mismatch", "{error}");
    }
    insta::assert_snapshot!(shell.fails(&ordered(", version: 2.10", "")));
    shell.ok(&ordered(", version: latest", ""));
    shell.ok(&ordered(", version: '2.10'", ""));
    // It is held against the taskserv, when that is looked for.
    for flag in ["--check-extensions", "--with-extensions"] {
        shell.ok(&ordered(", type: taskserv", flag));
        shell.ok(&ordered(", type: taskserv, version: '>=2'", flag));
        let error = shell.error(&ordered(", type: taskserv, version: 3.10", flag));
        assert_eq!(error["code"], "cluster::taskserv-version", "{error}");
        assert!(error["help"].as_str().unwrap().starts_with("quote it"));
    }
    // Nobody asks.
    shell.ok("[{name: a, dependencies: [b]}, {name: b, version: 2.10}] | cluster resolve-deps");
}

#[test]
fn ten_thousand_components_in_a_chain_are_ordered() {
    let shell = Shell::new();
    assert_eq!(
        shell.value("0..9999 | each {|n| {name: $'c($n)', dependencies: (if $n == 0 { [] } else { [$'c($n - 1)'] })} } | reverse | cluster resolve-deps | select 0 9999 | select name wave"),
        json!([{"name": "c0", "wave": 0}, {"name": "c9999", "wave": 9999}])
    );
}

#[test]
fn added_taskservs_fit_together_and_work_with_this_platform() {
    let shell = Shell::new();
    let taskserv = |directory: &str, version: &str, more: &str| {
        let name = directory.split('-').next().unwrap();
        shell.file(
            &format!("extensions/{directory}/metadata.toml"),
            format!("[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}\"\n{more}\n"),
        );
    };
    let needs = |all: &str| format!("[dependencies]\nextensions = [{all}]");
    taskserv("app", "1.0.0", &needs("\"left\", \"right\""));
    // The highest `left` and the only `right` need different majors of `base`.
    taskserv("left-1", "1.0.0", &needs("\"base ^1\""));
    taskserv("left-2", "2.0.0", &needs("\"base ^2\""));
    taskserv("right", "1.0.0", &needs("\"base ^1\""));
    taskserv("base-1", "1.0.0", "");
    taskserv("base-2", "2.0.0", "");
    // The highest one is for a Nushell to come.
    taskserv(
        "base-3",
        "1.9.0",
        "[compatibility]\nnushell_version = \">=9\"",
    );
    let code = "[{name: app, type: taskserv}] | cluster resolve-deps --with-extensions";
    assert_eq!(
        shell.value(&format!("{code} | select name version? implied?")),
        serde_json::json!([
            {"name": "base", "version": "1.0.0", "implied": true},
            {"name": "left", "version": "1.0.0", "implied": true},
            {"name": "right", "version": "1.0.0", "implied": true},
            {"name": "app", "version": null, "implied": false},
        ])
    );
    // What is only looked for has to work here too; another version that fits will do.
    let check = |range: &str| {
        format!(
            "[{{name: base, type: taskserv, version: '{range}'}}] | cluster resolve-deps --check-extensions"
        )
    };
    shell.ok(&check("^1"));
    let error = shell.error(&check(">=1.5, <2"));
    assert_eq!(error["code"], "resolve::platform", "{error}");
    for gone in ["base-1", "left-2"] {
        std::fs::remove_dir_all(shell.home().join("extensions").join(gone)).unwrap();
    }
    let error = shell.error(code);
    assert_eq!(error["code"], "resolve::platform", "{error}");
}
