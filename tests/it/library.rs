//! The Nushell library, and the order in which things are loaded.

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
        "clear-cache ensure-dependencies is-extension-loaded list-loaded-extensions list-registered-extensions load-extension load-taskserv prepare-taskserv register-extension reload-extension resolve-component-dependencies rest loaded rest reload unregister-extension validate-extension"
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
