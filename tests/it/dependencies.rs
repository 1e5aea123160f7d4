//! What an extension needs of others, of the machine and of the shell's environment, in the real shell.

use serde_json::json;

use crate::support::{Shell, texts};

/// A shell with an extension that needs three others, a program and a variable.
fn shell() -> Shell {
    let shell = Shell::new();
    shell.file(
        "app/metadata.toml",
        "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n[dependencies]\nextensions = [\"registered >=1\", \"discovered >=1\", \"together >=1\"]\nsystem_packages = [\"the-tool\"]\n[configuration]\nrequired_env = [\"APP_KEY\"]\n",
    );
    shell
}

fn found(shell: &Shell, code: &str) -> Vec<String> {
    let value = shell.value(&format!(
        "{code} | each {{ $in.errors ++ $in.warnings }} | flatten | get message"
    ));
    texts(&value).into_iter().map(str::to_owned).collect()
}

#[test]
fn extensions_count_when_they_are_registered_discovered_or_validated_together() {
    let shell = shell();
    let missing =
        |name: &str| format!("`app` needs `{name}`, which is neither registered nor found");
    let own = |found: Vec<String>| -> Vec<String> {
        found
            .into_iter()
            .filter(|message| message.contains("neither"))
            .collect()
    };
    let alone = "[(extension validate app --rule dependency)]";
    assert_eq!(
        own(found(&shell, alone)),
        ["registered", "discovered", "together"].map(missing)
    );
    // Looking has created nothing.
    assert!(!shell.data().exists());

    shell.extension("elsewhere/registered", "taskserv", "1.2.0");
    shell.ok("extension register elsewhere/registered | ignore");
    assert_eq!(
        own(found(&shell, alone)),
        ["discovered", "together"].map(missing)
    );

    shell.extension("extensions/taskservs/discovered", "taskserv", "1.0.0");
    assert_eq!(own(found(&shell, alone)), ["together"].map(missing));

    shell.extension("elsewhere/together", "taskserv", "1.0.0");
    for many in [
        "extension validate app elsewhere/together --rule dependency",
        "[elsewhere/together app] | extension validate --rule dependency",
        "ls elsewhere | get name | append app | extension validate --rule dependency",
    ] {
        assert_eq!(own(found(&shell, many)), [""; 0], "{many}");
    }
}

#[test]
fn the_configured_directories_are_searched() {
    let shell = shell();
    for name in ["registered", "discovered", "together"] {
        shell.extension(&format!("shared/{name}"), "taskserv", "1.0.0");
    }
    let code = "$env.config.plugins.provisioning = {extension_dirs: [shared]}; extension validate app --rule dependency | get errors";
    assert_eq!(shell.value(code), json!([]));
    // In the directory of the shell, as everything else is.
    let code = "cd shared; $env.config.plugins.provisioning = {extension_dirs: [.]}; extension validate ../app --rule dependency | get errors";
    assert_eq!(shell.value(code), json!([]));
}

#[test]
fn other_versions_and_names_that_are_close_are_told() {
    let shell = shell();
    for (name, version) in [
        ("registered", "0.9.0"),
        ("discoverd", "1.0.0"),
        ("together", "1.0.0"),
    ] {
        shell.extension(&format!("extensions/{name}"), "taskserv", version);
    }
    shell.extension("old/registered", "taskserv", "0.8.0");
    shell.ok("extension register old/registered | ignore");
    insta::assert_snapshot!(shell.fails("extension validate app --rule dependency --strict"));
}

#[test]
fn programs_and_variables_are_those_of_the_shell() {
    let shell = shell();
    let tool = shell.file("bin/the-tool", "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let warnings = |setting: &str| {
        let code =
            format!("{setting}; extension validate app --rule dependency | get warnings.code");
        texts(&shell.value(&code))
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let both = ["dependency::program", "dependency::variable"];
    assert_eq!(warnings("null"), both);
    assert_eq!(warnings("$env.APP_KEY = ''"), both);
    assert_eq!(warnings("$env.APP_KEY = 'hunter2'"), both[..1]);
    assert_eq!(warnings("$env.APP_KEY = 5"), both[..1]);
    assert_eq!(
        warnings("$env.PATH = ($env.PATH | append ($env.PWD | path join bin))"),
        both[1..]
    );
    assert_eq!(warnings("$env.PATH = ['~/bin']"), both[1..]);
    assert_eq!(warnings("$env.PATH = [bin]"), both);
    // The plugin is started with them, and the shell has given them up.
    let outside = self::shell().with("APP_KEY", "hunter2");
    assert_eq!(
        outside.value("hide-env APP_KEY; hide-env PATH; extension validate app --rule dependency | get warnings.code"),
        json!(both)
    );
}

#[test]
fn the_environment_is_an_error_only_when_asked() {
    let shell = shell();
    for name in ["registered", "discovered", "together"] {
        shell.extension(&format!("extensions/{name}"), "taskserv", "1.0.0");
    }
    let valid = |flag: &str| {
        shell.value(&format!(
            "extension validate app --rule dependency {flag} | get valid"
        ))
    };
    assert_eq!(valid(""), json!(true));
    assert_eq!(valid("--strict-environment"), json!(false));
    insta::assert_snapshot!(
        shell.fails("extension validate app --rule dependency --strict-environment --strict")
    );
}

#[test]
fn a_registry_that_cannot_be_read_hides_nothing() {
    let shell = shell();
    shell.file("data/registry.db", "this is no database");
    let warnings = found(&shell, "[(extension validate app --rule dependency)]");
    assert_eq!(
        warnings
            .iter()
            .filter(|message| message.contains("is there cannot be told"))
            .count(),
        3,
        "{warnings:?}"
    );
}

#[test]
fn a_file_that_lies_is_told_in_the_shell() {
    let shell = Shell::new();
    shell.extension("app", "template", "1.0.0");
    shell.file("app/templates/app.conf", "db_password = tr0ub4dor\n");
    shell.file("app/AGENTS.md", "");
    shell.file("secret.txt", "hunter2marker");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../secret.txt", shell.home().join("app/templates/x")).unwrap();
    let shown = shell.fails("extension validate app --rule security --strict --deny-warnings");
    assert!(!shown.contains("hunter2marker") && !shown.contains("tr0ub4dor"));
    insta::assert_snapshot!(shown);
}
