//! The Nushell library, and the order in which things are loaded.

use serde_json::Value;

use crate::support::{Shell, repository};

#[test]
fn the_library_gives_the_names_of_the_source_documents() {
    let shell = Shell::in_examples().with_standard_library();
    let library = repository().join("nu/provisioning");
    let names = shell.ok(&format!(
        "use '{}' *; scope modules | where name == provisioning | get 0.commands.name | sort | str join ' '",
        library.display()
    ));
    assert_eq!(
        names,
        "check-cluster-requirements clear-cache deploy-application download ensure-dependencies find-command get-cluster-endpoints http-health is-extension-loaded list-loaded-extensions list-registered-extensions load-extension load-taskserv mask-secrets missing-commands port-open prepare-taskserv provider configure-firewall provider create-server provider delete-server provider get-plans provider get-pricing provider get-server-info provider get-ssh-access provider get-zones provider list-servers provider reboot-server provider start-server provider stop-server register-extension reload-extension remove-application render require-commands resolve-component-dependencies rest loaded rest reload retry rollback-cluster-deployment secret service forget service list service listens service restart service start service status service stop systemd-runs taskserv check-updates taskserv configure taskserv create taskserv delete taskserv health taskserv restart taskserv status taskserv upgrade taskserv version taskserv versions unregister-extension validate-extension wait-for-cluster-ready wait-until"
    );
}

#[test]
fn every_file_of_the_library_is_known_to_whoever_validates_code() {
    let engine =
        std::fs::read_to_string(repository().join("src/nushell/inspect/engine.rs")).unwrap();
    for file in repository().join("nu/provisioning").read_dir().unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            engine.contains(&format!("\"provisioning/{name}\"")),
            "{name}"
        );
    }
}

#[test]
fn loaded_before_the_plugin_the_library_says_what_to_do() {
    // Parsed without the plugin, its commands are bound as externals.
    let shell = Shell::new();
    let output = std::process::Command::new(crate::support::nu())
        .args(["-n", "-c"])
        .arg(format!(
            "use '{}' *; list-registered-extensions",
            repository().join("nu/provisioning").display()
        ))
        .env_clear()
        .env("HOME", shell.home())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(shown.contains("plugin use provisioning"), "{shown}");
}

#[test]
fn the_plugin_first_and_the_library_second_works_in_a_session() {
    let shell = Shell::new();
    let registry = shell.home().join("plugins.msgpackz");
    let nu = |code: String| {
        let output = std::process::Command::new(crate::support::nu())
            .arg("--plugin-config")
            .arg(&registry)
            .arg("-I")
            .arg(repository().join("nu"))
            .args(["-c", &code])
            .current_dir(shell.home())
            .env_clear()
            .env("HOME", shell.home())
            .env("XDG_CONFIG_HOME", shell.home().join("config"))
            .env("PROVISIONING_DATA_DIR", shell.data())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{code}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    nu(format!("plugin add '{}'", crate::support::PLUGIN));
    assert_eq!(
        nu("use provisioning *; list-registered-extensions | length".to_owned()),
        "0"
    );
}

/// Runs code with the library in a shell.
fn with_library(code: &str) -> String {
    let library = repository().join("nu/provisioning");
    format!("use '{}' *; {code}", library.display())
}

#[test]
fn what_a_taskserv_needs_is_listed_as_it_was_loaded() {
    let shell = Shell::new();
    for (directory, version) in [
        ("r/base", "1.0.0"),
        ("extensions/base", "2.0.0"),
        ("r/deep", "1.0.0"),
    ] {
        shell.extension(directory, "taskserv", version);
    }
    let needing = |name: &str, needs: &str| {
        shell.extension(&format!("r/{name}"), "taskserv", "1.0.0");
        let file = format!("r/{name}/metadata.toml");
        let text = std::fs::read_to_string(shell.home().join(&file)).unwrap();
        shell.file(
            &file,
            format!("{text}\n[dependencies]\nextensions = [{needs}]\n"),
        );
    };
    needing("middle", "\"base\", \"deep ^1\"");
    needing("app", "\"middle ^1\"");
    shell.ok("[r/base r/deep r/middle r/app] | extension register | ignore");
    // Another version is in memory, and higher.
    let rows = shell.value(&with_library(
        "extension load extensions/base | ignore; ensure-dependencies app | reject path",
    ));
    assert_eq!(
        rows,
        serde_json::json!([
            {"type": "taskserv", "name": "base", "version": "1.0.0", "registered": true, "loaded": true},
            {"type": "taskserv", "name": "deep", "version": "1.0.0", "registered": true, "loaded": true},
            {"type": "taskserv", "name": "middle", "version": "1.0.0", "registered": true, "loaded": true},
        ])
    );
    let prepared = shell.value(&with_library(
        "prepare-taskserv app | get dependencies | select name version | each { values | str join '@' } | str join ' '",
    ));
    assert_eq!(prepared, "base@1.0.0 deep@1.0.0 middle@1.0.0");
    // Where what is registered is not enough, it is the other one.
    needing("strict", "\"base ^2\"");
    let strict = shell.value(&with_library(
        "extension load base | ignore; ensure-dependencies ./r/strict | select name version loaded",
    ));
    assert_eq!(
        strict,
        serde_json::json!([{"name": "base", "version": "2.0.0", "loaded": true}])
    );
    assert_eq!(
        shell.value(&with_library("ensure-dependencies base")),
        serde_json::json!([])
    );
}

#[test]
fn what_has_no_room_in_memory_is_listed_as_not_loaded() {
    let shell = Shell::in_examples().with("PROVISIONING_CACHE_SIZE", "1");
    let rows = shell.value(&with_library(
        "ensure-dependencies buildkit --type cluster | select name loaded",
    ));
    let rows = rows.as_array().unwrap();
    let named: Vec<&Value> = rows.iter().map(|row| &row["name"]).collect();
    assert_eq!(named, ["buildkit", "containerd", "registry"]);
    let loaded = rows.iter().filter(|row| row["loaded"] == true).count();
    assert_eq!(loaded, 1, "{rows:?}");
}

#[test]
fn of_a_bundle_the_one_that_was_meant_is_read_again_and_its_siblings_are_no_dependencies() {
    let shell = Shell::new();
    let bundle = crate::support::examples().join("extensions/bundles/custom-cloud");
    shell.ok(&format!(
        "extension register '{}' | ignore",
        bundle.display()
    ));
    for call in [
        "load-extension taskserv custom-database; reload-extension taskserv custom-database",
        "reload-extension taskserv custom-database",
    ] {
        let name = shell.value(&with_library(&format!("{call} | get metadata.name")));
        assert_eq!(name, "custom-database", "{call}");
    }
    let rows = shell.value(&with_library(
        "ensure-dependencies custom-database | get name",
    ));
    let named = crate::support::texts(&rows);
    let declared = shell.value("extension load custom-database | get dependencies.name");
    assert_eq!(named, crate::support::texts(&declared));
}
