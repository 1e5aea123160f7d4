//! What must not happen: a crash, a lost file, a terminal taken over.

use serde_json::json;

use crate::support::Shell;

#[test]
fn a_panic_is_an_error_of_its_call_and_the_plugin_goes_on() {
    let shell = Shell::new().with("PROVISIONING_FAULT", "panic:extension list");
    assert_eq!(
        shell.value(
            "provisioning version | ignore
             let before = (plugin list | get 0.pid)
             let code = (try { extension list; 'fine' } catch {|error| $error.details.code })
             provisioning version | ignore
             [$code (provisioning version | get plugin) ((plugin list | get 0.pid) == $before)]"
        ),
        json!(["plugin::panic", env!("CARGO_PKG_VERSION"), true])
    );
    let shown = shell.fails("extension list");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_panic_while_rows_stream_is_an_error_and_not_a_short_list() {
    let shell = Shell::new().with(
        "PROVISIONING_FAULT",
        "panic:the search of extension discover",
    );
    shell.extension("extensions/app", "taskserv", "1.0.0");
    let shown = shell.fails("extension discover | collect");
    assert!(shown.contains("plugin::panic"), "{shown}");
}

#[test]
fn a_registry_that_may_not_be_written_can_be_read() {
    // Root may write everything: the test is only one for other users.
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok("extension register app | ignore");
    let file = shell.data().join("registry.db");
    for path in [&file, &shell.data()] {
        let mut permissions = path.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(path, permissions).unwrap();
    }
    assert_eq!(shell.value("extension list | get name"), json!(["app"]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(shell.data(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_row_written_by_somebody_else_is_named_with_the_way_out() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok("extension register app | ignore");
    shell.ok("open data/registry.db | query db \"UPDATE extension SET version = 'one'\" | ignore");
    let error = shell.error("extension list");
    assert_eq!(error["code"], "store::corrupt");
    let help = error["help"]
        .as_str()
        .unwrap()
        .replace("[HOME]", &shell.home().display().to_string());
    shell.ok(&format!(
        "{} | ignore",
        help.strip_prefix("remove the row: ").unwrap()
    ));
    assert_eq!(shell.value("extension list"), json!([]));
}

#[test]
fn a_damaged_registry_is_reported_with_the_way_out_and_left_alone() {
    let shell = Shell::new();
    shell.extension("extensions/app", "taskserv", "1.0.0");
    let content = vec![b'x'; 10_000];
    let file = shell.file("data/registry.db", &content);
    for code in [
        "extension list",
        "extension register extensions/app",
        "extension info app",
        "extension discover",
    ] {
        let error = shell.error(code);
        assert_eq!(error["code"], "store::corrupt", "{code}");
        assert_eq!(std::fs::read(&file).unwrap(), content, "{code}");
    }
    insta::assert_snapshot!(shell.fails("extension list"));
    // The way out works as it is printed.
    let help = shell.error("extension list")["help"]
        .as_str()
        .unwrap()
        .to_owned();
    let steps = help
        .split_once("mv ")
        .unwrap()
        .1
        .replace("[HOME]", &shell.home().display().to_string());
    let (move_away, again) = steps
        .split_once(", then register again, for instance with: ")
        .unwrap();
    shell.ok(&format!("mv {move_away}; {again} | ignore"));
    assert_eq!(shell.value("extension list | get name"), json!(["app"]));
}

#[test]
fn a_registry_of_a_newer_plugin_is_refused_politely() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok("extension register app | ignore; open data/registry.db | query db 'PRAGMA user_version = 99' | ignore");
    insta::assert_snapshot!(shell.fails("extension list"));
}

#[test]
fn escape_sequences_of_metadata_never_reach_the_terminal() {
    let shell = Shell::new();
    shell.file(
        "extensions/evil/metadata.toml",
        "[extension]\nname = \"evil\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\ndescription = \"\\u001b]0;owned\\u0007\\u202e\"\n\"ke\\u001b[2Jy\" = 1\n",
    );
    for code in [
        "extension validate extensions/evil | to text",
        "extension discover | to text",
        "try { extension register extensions/evil } catch {|error| print $error.rendered }",
        "try { extension register \"extensions/e\\u{1b}[31mvil\" } catch {|error| print $error.rendered }",
        "{\"a\\u{1b}[31mX\": {components: []}, b: {components: []}} | try { cluster resolve-deps } catch {|error| print $error.rendered }",
    ] {
        let shown = shell.ok(code);
        let raw: Vec<char> = shown
            .chars()
            .filter(|c| matches!(c, '\u{1b}' | '\u{7}' | '\u{202e}'))
            .collect();
        assert!(raw.is_empty(), "{code}: {shown:?}");
    }
}

#[test]
fn a_data_directory_that_cannot_be_used_is_told() {
    let shell = Shell::new().with("PROVISIONING_DATA_DIR", "/dev/null/x");
    shell.extension("app", "taskserv", "1.0.0");
    assert_eq!(shell.error("extension register app")["code"], "store::io");
}

#[test]
fn nothing_but_the_result_is_printed() {
    let shell = Shell::in_examples();
    let ran = shell.run(
        "extension register extensions/taskservs/containerd | ignore; extension list | length",
    );
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("1", ""));
}
