//! Reports.

use serde_json::json;

use crate::support::{Shell, texts};

#[test]
fn a_report_has_everything() {
    let shell = Shell::new();
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"14.0\"\n[compatibility]\nnushell_version = \">=0.999.0\"\n",
    );
    let report = shell.value("extension validate app");
    assert_eq!(report["valid"], false);
    assert_eq!(report["name"], "app");
    assert_eq!(report["version"], "14.0.0");
    assert_eq!(
        texts(&shell.value("extension validate app | get checks.rule")),
        [
            "structure",
            "schema",
            "interface",
            "dependency",
            "version",
            "security",
            "template"
        ]
    );
    let errors = shell.value("extension validate app | get errors | select code rule line column");
    assert_eq!(
        errors,
        json!([
            {"code": "structure::missing", "rule": "structure", "line": null, "column": null},
            {"code": "structure::missing", "rule": "structure", "line": null, "column": null},
            {"code": "version::incompatible", "rule": "version", "line": 6, "column": 19},
        ])
    );
}

#[test]
fn schemas_are_told_with_their_places_and_what_to_write() {
    let shell = Shell::new();
    shell.extension("web", "cluster", "1.0.0");
    shell.file(
        "web/schemas/cluster.ncl",
        "{\n  Component | not_exported = { name | String, type | \"app\" | \"db\", tags | [String] },\n}\n",
    );
    shell.file(
        "web/schemas/values.ncl",
        "{\n  port = 80,\n  size : String = 3,\n}\n",
    );
    shell.file(
        "web/schemas/parts.ncl",
        "{\n  Part | not_exported = { name | String },\n  part | Part = {},\n}\n",
    );
    let code = "extension validate web --rule schema";
    assert_eq!(
        shell.value(&format!(
            "{code} | get errors | select code line column | each {{ values }}"
        )),
        json!([
            ["schema::string-union", 2, 54],
            ["schema::list-contract", 2, 75],
            ["nickel::missing-definition", 3, 17],
            ["nickel::type", 3, 19],
        ])
    );
    assert_eq!(
        shell.value(&format!("{code} | get errors.0.help | lines | get 1")),
        json!("type | std.enum.TagOrString | [| 'app, 'db |],")
    );
    insta::assert_snapshot!(shell.fails(&format!("{code} --strict")));
}

#[test]
fn rules_can_be_chosen() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    let rules =
        |flag: &str| shell.value(&format!("extension validate app {flag} | get checks.rule"));
    assert_eq!(texts(&rules("--rule version")), ["version"]);
    assert_eq!(
        texts(&rules("--rule [version structure]")),
        ["structure", "version"]
    );
}

#[test]
fn many_paths_stream_many_reports() {
    let shell = Shell::in_examples();
    let code = "glob extensions/{providers,taskservs,clusters,bundles}/* | extension validate";
    assert_eq!(
        shell.value(&format!("{code} | get valid | uniq")),
        json!([true])
    );
    assert_eq!(shell.value(&format!("{code} | length")), json!(11));
    // Paths that are wrong are told before anything else, all of them.
    let shell = Shell::new();
    shell.extension("a", "template", "1.0.0");
    insta::assert_snapshot!(shell.fails("[a nowhere neither] | extension validate | length"));
}

#[test]
fn reports_come_in_the_order_of_the_paths_however_many_threads_make_them() {
    let shell = Shell::new();
    let names: Vec<String> = (0..60).map(|number| format!("e{number:02}")).collect();
    for name in &names {
        shell.extension(name, "template", "1.0.0");
    }
    for jobs in [0, 1, 7] {
        let ran = shell.run(&format!(
            "$env.config.plugins.provisioning = {{jobs: {jobs}}}; ls | where type == dir | get name | where $it =~ '^e' | extension validate | get name | str join ' ' | print"
        ));
        assert_eq!(ran.stdout, names.join(" "), "{jobs}: {}", ran.stderr);
        // Progress is for terminals.
        assert_eq!(ran.stderr, "", "{jobs}");
    }
    assert_eq!(
        shell.value("ls | where name =~ '^e' | extension validate | first | get name"),
        json!("e00")
    );
}

#[test]
fn strict_raises_with_every_finding() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    insta::assert_snapshot!(shell.fails("extension validate app --strict"));
    let template = Shell::new();
    template.extension("t", "template", "1.0.0");
    assert_eq!(
        template.value("extension validate t --strict | get valid"),
        json!(true)
    );
    assert_eq!(
        template.value("extension validate t --deny-warnings | get valid"),
        json!(false)
    );
    assert!(
        template
            .fails("extension validate t --strict --deny-warnings")
            .contains("`t` has")
    );
}

#[test]
fn nothing_of_the_extension_is_run() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/nulib/mod.nu",
        "export-env { touch ran }\nexport def status [] { touch ran }\n^touch ran\n",
    );
    shell.file("app/schemas/version.ncl", "{}");
    shell.ok("extension validate app | ignore; extension register app | ignore; extension info app | ignore");
    assert!(!shell.home().join("ran").exists());
}

/// A taskserv that is complete, with more in its module.
fn with_code(shell: &Shell, code: &str) {
    shell.extension("app", "taskserv", "1.0.0");
    let stubs = shell.ok("extension contract taskserv --nushell");
    shell.file("app/nulib/operations.nu", &stubs);
    shell.file(
        "app/nulib/mod.nu",
        format!("export use operations.nu *\n{code}\n"),
    );
}

#[test]
fn modules_of_the_users_library_directories_and_of_the_plugin_are_found() {
    let shell = Shell::new();
    shell.file(
        "library/shared/mod.nu",
        "export def shared-thing []: nothing -> int { 1 }\n",
    );
    with_code(
        &shell,
        "use shared *\nuse provisioning *\nexport def a []: nothing -> int { list-registered-extensions | length; shared-thing }",
    );
    let found = |setting: &str| {
        shell.value(&format!(
            "{setting}; extension validate app --rule interface | [...$in.errors ...$in.warnings] | get code"
        ))
    };
    assert_eq!(found("null"), json!(["nushell::module-not-found"]));
    let library = shell.home().join("library");
    let setting = format!("$env.NU_LIB_DIRS = ['{}']", library.display());
    assert_eq!(found(&setting), json!([]));
    // What was told with the library is not told without it.
    std::fs::remove_dir_all(&library).unwrap();
    assert_eq!(found(&setting), json!(["nushell::module-not-found"]));
}

#[test]
fn commands_of_this_plugin_and_of_others_are_known() {
    use nu_protocol::{
        PluginMetadata, PluginRegistryFile, PluginRegistryItem, PluginRegistryItemData,
        PluginSignature, Signature, Span, SyntaxShape, Type,
    };
    let shell = Shell::new();
    with_code(
        &shell,
        "export def a []: nothing -> any { extension list --nope; other count x }",
    );
    let config = shell.home().join("config");
    let found = || {
        shell.value(&format!(
            "$env.XDG_CONFIG_HOME = '{}'; extension validate app --rule interface | [...$in.errors ...$in.warnings] | get code",
            config.display()
        ))
    };
    assert_eq!(
        found(),
        json!(["nushell::unknown-flag", "nushell::unknown-command"])
    );
    let signature = Signature::build("other count")
        .required("number", SyntaxShape::Int, "")
        .input_output_type(Type::Nothing, Type::Int);
    let mut registry = PluginRegistryFile {
        nushell_version: "0.115.1".to_owned(),
        plugins: vec![PluginRegistryItem {
            name: "other".to_owned(),
            filename: shell.home().join("nu_plugin_other"),
            shell: None,
            data: PluginRegistryItemData::Valid {
                metadata: PluginMetadata::default(),
                commands: vec![PluginSignature {
                    sig: signature,
                    examples: Vec::new(),
                }],
            },
        }],
    };
    std::fs::create_dir_all(config.join("nushell")).unwrap();
    let file = std::fs::File::create(config.join("nushell/plugin.msgpackz")).unwrap();
    registry.write_to(file, Some(Span::test_data())).unwrap();
    // Known now, and called with something that is no number.
    assert_eq!(found(), json!(["nushell::unknown-flag", "nushell::syntax"]));
}

#[test]
fn nothing_is_shown_of_a_module_that_is_not_part_of_the_extension() {
    let shell = Shell::new();
    shell.file(
        "library/helpers.nu",
        "export def helper [] { let x = (1 + 'hidden-text' }\n",
    );
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n",
    );
    shell.file("app/nulib/mod.nu", "use helpers.nu helper\n");
    let code = "$env.NU_LIB_DIRS = [($env.HOME | path join library)]; extension validate app --rule interface";
    let found = shell.value(&format!("{code} | get errors | select code file line help"));
    assert_eq!(found[0]["code"], "nushell::brackets");
    assert_eq!(found[0]["file"], "[HOME]/library/helpers.nu");
    assert_eq!(found[0]["line"], 1);
    assert!(
        found[0]["help"]
            .as_str()
            .unwrap()
            .contains("not part of it")
    );
    let shown = shell.fails(&format!("{code} --strict"));
    assert!(
        shown.contains("helpers.nu") && !shown.contains("hidden-text"),
        "{shown}"
    );
}
