//! `provisioning doctor`, and the log.

use serde_json::{Value, json};

use crate::support::{Shell, examples, nu, texts};

const DOCTOR: &str = "provisioning doctor";

/// A shell whose operations run with the Nushell that is tested.
fn shell() -> Shell {
    let directory = nu().parent().unwrap().display().to_string();
    let path = std::env::var("PATH").unwrap();
    Shell::new().with("PATH", format!("{directory}:{path}"))
}

/// Returns the row of a check.
#[track_caller]
fn row(shell: &Shell, setup: &str, check: &str) -> Value {
    shell.value(&format!(
        "{setup}{DOCTOR} | where check == '{check}' | first"
    ))
}

#[track_caller]
fn status(shell: &Shell, setup: &str, check: &str) -> String {
    row(shell, setup, check)["status"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Returns all rows as text, without what differs between machines.
fn shown(shell: &Shell, setup: &str) -> String {
    let rows = shell.value(&format!("{setup}{DOCTOR}"));
    let lines = rows.as_array().unwrap().iter().map(|row| {
        let text = |key: &str| row[key].as_str().unwrap_or("-");
        let mut detail = text("detail").to_owned();
        match (text("check"), text("status")) {
            ("disk space", "ok") => detail = "[FREE]".to_owned(),
            ("nushell", "ok") => detail = detail.split("`").next().unwrap().to_owned() + "[NU]",
            // What an entry takes depends on the length of paths.
            ("cache", "ok") if !detail.starts_with("0 ") => {
                detail = detail.split(", ").next().unwrap().to_owned() + ", [SIZE]";
            }
            _ => {}
        }
        format!(
            "{} [{}]\n    {detail}\n    fix: {}\n",
            text("check"),
            text("status"),
            text("fix")
        )
    });
    lines.collect()
}

/// Returns every file below a directory.
fn files(shell: &Shell) -> Vec<String> {
    let mut all = Vec::new();
    let mut wanted = vec![shell.home()];
    while let Some(directory) = wanted.pop() {
        for entry in directory.read_dir().unwrap() {
            let path = entry.unwrap().path();
            all.push(path.display().to_string());
            if path.is_dir() {
                wanted.push(path);
            }
        }
    }
    all.sort();
    all
}

/// A shell in which examples are registered and loaded.
fn in_use() -> Shell {
    let shell = shell();
    let directory = examples().join("extensions/taskservs");
    let directory = directory.display();
    shell.ok(&format!(
        "[containerd registry buildkit] | each {{|name| $'{directory}/($name)' }} | extension register | ignore
         extension load containerd | ignore"
    ));
    shell
}

#[test]
fn a_home_that_was_never_used_is_healthy_and_stays_empty() {
    let shell = shell();
    insta::assert_snapshot!(shown(&shell, ""));
    shell.ok(&format!("{DOCTOR} --strict | ignore"));
    assert_eq!(files(&shell), [] as [String; 0]);
}

#[test]
fn a_home_in_use_is_healthy_and_nothing_of_it_changes() {
    let shell = in_use();
    let before = files(&shell);
    insta::assert_snapshot!(shown(
        &shell,
        "$env.config.plugins.provisioning = {jobs: 2}; "
    ));
    assert_eq!(files(&shell), before);
}

#[test]
fn a_sick_home_has_the_same_rows_with_everything_that_is_wrong() {
    let shell = shell();
    shell.file("data", "no directory");
    shell.file("cache/provisioning", "no directory");
    shell.file("log/x", "");
    let sick = "$env.config.plugins.provisioning = {
        runner: {nu: ~/bin/nu}
        extension_dirs: [~/extensions]
        nickel: {import_paths: [~/imports], packages: {lib: ~/lib}}
        remotes: {local: 'file:///nowhere/collection'}
        log: {level: error, file: ~/log}
    }
    $env.NU_LIB_DIRS = [/nowhere/modules relative]
    $env.NU_VERSION = '0.99.1'
    ";
    insta::assert_snapshot!(shown(&shell, sick));
}

#[test]
fn settings_that_cannot_be_read_hide_no_other_row() {
    let shell = shell();
    insta::assert_snapshot!(shown(
        &shell,
        "$env.config.plugins.provisioning = {job: 3, cache_size: 0}; $env.PROVISIONING_LOG = 'loud'; "
    ));
}

#[test]
fn strict_raises_with_every_row_that_does_not_work() {
    let shell = shell();
    shell.file("data", "no directory");
    let bad = "$env.config.plugins.provisioning = {runner: {nu: /nowhere/nu}}; ";
    insta::assert_snapshot!(shell.fails(&format!("{bad}{DOCTOR} --strict")));
    // A warning is none.
    let missing = "$env.PROVISIONING_DATA_DIR = ('~/other' | path expand)
        $env.config.plugins.provisioning = {extension_dirs: [/nowhere]}; ";
    assert_eq!(status(&shell, missing, "configuration"), "warning");
    shell.ok(&format!("{missing}{DOCTOR} --strict | ignore"));
}

#[test]
fn what_is_registered_and_no_longer_there_is_named_with_what_to_type() {
    let shell = shell();
    for name in ["gone", "other", "newer", "broken", "fine"] {
        shell.extension(&format!("e/{name}"), "taskserv", "1.0.0");
        shell.ok(&format!("extension register e/{name} | ignore"));
    }
    std::fs::remove_dir_all(shell.home().join("e/gone")).unwrap();
    shell.extension("x/renamed", "taskserv", "1.0.0");
    let home = shell.home();
    std::fs::rename(
        home.join("x/renamed/metadata.toml"),
        home.join("e/other/metadata.toml"),
    )
    .unwrap();
    shell.extension("e/newer", "taskserv", "1.1.0");
    shell.file("e/broken/metadata.toml", "[extension]\nname = 3\n");
    let found = row(&shell, "", "registry");
    insta::assert_json_snapshot!(found);

    // Following the advice to the letter helps.
    for fix in found["fix"].as_str().unwrap().split("; ") {
        if !fix.starts_with("extension validate") {
            let fix = fix.replace("[HOME]", &shell.home().display().to_string());
            shell.ok(&format!("{fix} | ignore"));
        }
    }
    shell.extension("e/broken", "taskserv", "1.0.0");
    assert_eq!(status(&shell, "", "registry"), "ok");
}

#[test]
fn a_damaged_registry_is_told_and_following_the_advice_helps() {
    let shell = shell();
    shell.file(
        "data/registry.db",
        "this is no database at all, not even close",
    );
    for check in ["registry", "audit"] {
        let found = row(&shell, "", check);
        assert_eq!(found["status"], "error");
        let detail = found["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("`[HOME]/data/registry.db` is damaged"),
            "{detail}"
        );
    }
    let fix = row(&shell, "", "registry")["fix"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, fix) = fix.split_once("To start anew: ").unwrap();
    let (fix, _) = fix.split_once(',').unwrap();
    shell.ok(&fix.replace("[HOME]", &shell.home().display().to_string()));
    assert_eq!(status(&shell, "", "registry"), "ok");
}

#[test]
fn pages_that_are_damaged_inside_of_the_file_are_found() {
    let shell = shell();
    for number in 0..60 {
        shell.extension(&format!("e/app-{number}"), "taskserv", "1.0.0");
    }
    shell.ok("ls e | get name | extension register | ignore");
    let file = shell.data().join("registry.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // The first page says what kind of file it is, and stays.
    for page in bytes.chunks_mut(4096).skip(1) {
        page[2000..].fill(0xff);
    }
    std::fs::write(&file, bytes).unwrap();
    let found = row(&shell, "", "registry");
    assert_eq!(found["status"], "error", "{found}");
    assert!(
        found["detail"]
            .as_str()
            .unwrap()
            .contains("registry.db` is damaged"),
        "{found}"
    );
}

#[test]
fn every_row_that_cannot_be_read_is_told() {
    let shell = shell();
    for name in ["a", "b", "c"] {
        shell.extension(name, "taskserv", "1.0.0");
        shell.ok(&format!("extension register {name} | ignore"));
    }
    shell.ok("open data/registry.db | query db \"UPDATE extension SET version = 'one' WHERE name != 'c'\" | ignore");
    let found = row(&shell, "", "registry");
    let detail = found["detail"].as_str().unwrap();
    assert!(
        detail.contains("`a`") && detail.contains("`b`") && !detail.contains("`c`"),
        "{detail}"
    );
    let home = shell.home().display().to_string();
    for fix in found["fix"].as_str().unwrap().split("; ") {
        let command = fix.strip_prefix("remove the row: ").unwrap();
        shell.ok(&format!("{} | ignore", command.replace("[HOME]", &home)));
    }
    assert_eq!(
        row(&shell, "", "registry")["detail"],
        "format 5, whole, 1 registered"
    );
}

#[test]
fn an_entry_of_the_cache_that_was_changed_is_counted_and_can_be_cleared() {
    let shell = in_use();
    let entries = "glob cache/provisioning/loaded/**/* --no-dir";
    let listed = shell.value(entries);
    let entry = texts(&listed)[0].replace("[HOME]", &shell.home().display().to_string());
    let mut bytes = std::fs::read(&entry).unwrap();
    bytes[60] ^= 1;
    std::fs::write(&entry, bytes).unwrap();
    let found = row(&shell, "", "cache");
    assert_eq!(
        found,
        json!({
            "check": "cache",
            "status": "warning",
            "detail": "1 entry is damaged, of 1, and never read",
            "fix": "extension cache clear --disk",
        })
    );
    shell.ok(&format!("{} | ignore", found["fix"].as_str().unwrap()));
    assert_eq!(status(&shell, "", "cache"), "ok");
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_is_not_trusted_and_a_way_out_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = in_use();
    let loaded = shell.home().join("cache/provisioning/loaded");
    std::fs::set_permissions(&loaded, std::fs::Permissions::from_mode(0o777)).unwrap();
    let found = row(&shell, "", "cache directory");
    assert_eq!(found["status"], "error");
    assert_eq!(status(&shell, "", "cache"), "warning");
    let fix = found["fix"].as_str().unwrap();
    shell.ok(&fix.replace("[HOME]", &shell.home().display().to_string()));
    assert_eq!(status(&shell, "", "cache directory"), "ok");
    assert_eq!(status(&shell, "", "cache"), "ok");
}

#[test]
fn an_audit_that_was_changed_is_told() {
    let shell = in_use();
    assert_eq!(status(&shell, "", "audit"), "ok");
    shell.ok(
        "open data/registry.db | query db 'DROP TRIGGER audit_is_not_changed' | ignore
         open data/registry.db | query db \"UPDATE audit SET user = 'nobody' WHERE id = 2\" | ignore",
    );
    let found = row(&shell, "", "audit");
    assert_eq!(
        found["detail"],
        "it is not as it was written: record 2 was changed after it was written"
    );
    assert_eq!(found["fix"], "provisioning audit --verify");
}

#[cfg(unix)]
#[test]
fn another_nushell_is_told_and_the_running_one_is_offered() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = shell();
    let program = |name: &str, text: &str| {
        let path = shell.file(name, format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("old", "echo 0.99.1");
    program("slow", "exec sleep 1000");
    program("other", "echo hello");
    shell.file("text", "0.115.1");
    for (name, status, part) in [
        (
            "old",
            "warning",
            "`[HOME]/old` is Nushell 0.99.1, and the plugin is built for",
        ),
        ("slow", "error", "has not answered within 0.3 s"),
        ("other", "error", "does not answer as Nushell does"),
        ("text", "error", "is no file that can be run"),
        ("none", "error", "there is no `[HOME]/none`"),
    ] {
        let setup = format!(
            "$env.config.plugins.provisioning = {{runner: {{nu: ~/{name}, timeout: 300ms}}}}; "
        );
        let found = row(&shell, &setup, "nushell");
        assert_eq!(found["status"], status, "{found}");
        assert!(found["detail"].as_str().unwrap().contains(part), "{found}");
        // A loaded machine may need longer than that for the real one.
        let fix = format!(
            "{setup}{}; $env.config.plugins.provisioning.runner.timeout = 5sec; ",
            found["fix"].as_str().unwrap()
        );
        assert_eq!(self::status(&shell, &fix, "nushell"), "ok");
    }
    // For a name that is not in the PATH, it is offered as well.
    let nowhere = shell.home().display().to_string();
    let setup = format!(
        "$env.PATH = ['{nowhere}']; $env.config.plugins.provisioning = {{runner: {{nu: nu}}}}; "
    );
    let found = row(&shell, &setup, "nushell");
    let fix = format!("{setup}{}; ", found["fix"].as_str().unwrap());
    assert_eq!(found["status"], "error");
    assert_eq!(self::status(&shell, &fix, "nushell"), "ok");
    // Where nothing is set, the shell's own is used, on systems that tell which that is.
    if cfg!(target_os = "linux") {
        let setup = format!("$env.PATH = ['{nowhere}']; ");
        assert_eq!(self::status(&shell, &setup, "nushell"), "ok");
    }
}

#[test]
fn directories_that_come_with_nushell_need_not_be_there() {
    let shell = shell();
    let own = "$env.NU_LIB_DIRS = $NU_LIB_DIRS; ";
    assert_eq!(status(&shell, own, "configuration"), "ok");
}

#[test]
fn failures_are_logged_in_full_and_without_secrets() {
    let shell = shell();
    let token = format!("ghp_{}", "0aZ9bY8cX7dW6eV5fU4gT3hS2iR1jQ0kPlOm");
    shell.extension("extensions/app", "taskserv", "1.0.0");
    shell.file("extensions/app/nulib/mod.nu", "export def x [] { let }\n");
    let setup = "$env.config.plugins.provisioning = {log: {file: ~/log}}; ";
    let read = || std::fs::read_to_string(shell.home().join("log")).unwrap_or_default();
    shell.fails(&format!("{setup}extension load app"));
    assert_eq!(read(), "", "the log is off unless somebody wants it");
    let setup = "$env.config.plugins.provisioning = {log: {level: warn, file: ~/log}}; ";
    shell.fails(&format!("{setup}extension load app"));
    shell.fails(&format!("{setup}extension load {token}"));
    shell.ok(&format!("{setup}extension load app | ignore").replace("extension load app", "null"));
    shell.file("data/x", "");
    let damaged = "$env.NU_LIB_DIRS = [/nowhere/modules]; ";
    shell.ok(&format!("{setup}{damaged}{DOCTOR} | ignore"));
    let text = read().replace(&shell.home().display().to_string(), "[HOME]");
    assert!(!text.contains("0aZ9"), "{text}");
    let without_time = text.lines().map(|line| line.split_once(' ').unwrap().1);
    insta::assert_snapshot!(without_time.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_log_without_a_file_goes_to_standard_error_and_one_that_cannot_be_written_keeps_nobody() {
    let shell = shell();
    let ran =
        shell.run("$env.PROVISIONING_LOG = 'error'; try { extension load nothing }; print done");
    assert_eq!(ran.stdout, "done");
    assert!(
        ran.stderr
            .contains("error load::not-found load extension `nothing`"),
        "{}",
        ran.stderr
    );
    let bad = "$env.config.plugins.provisioning = {log: {level: error, file: /nowhere/log}}; ";
    let error = shell.error(&format!("{bad}extension load nothing"));
    assert_eq!(error["code"], "load::not-found");
    assert_eq!(status(&shell, bad, "logs"), "error");
}

#[cfg(unix)]
#[test]
fn nothing_is_moved_that_is_no_file_or_was_not_named() {
    let shell = shell();
    shell.file("file", "not ours");
    for (setup, check) in [
        (
            "$env.PROVISIONING_DATA_DIR = '/dev/null'; ",
            "data directory",
        ),
        (
            "$env.PROVISIONING_DATA_DIR = '/dev/null/x'; ",
            "data directory",
        ),
        (
            "$env.PROVISIONING_DATA_DIR = ('~/file/x' | path expand); ",
            "data directory",
        ),
        (
            "$env.PROVISIONING_CACHE_DIR = '/dev/null'; ",
            "cache directory",
        ),
        (
            "$env.config.plugins.provisioning = {log: {level: info, file: /dev/null}}; ",
            "logs",
        ),
        (
            "$env.config.plugins.provisioning = {log: {level: info, file: ~/file/x/log}}; ",
            "logs",
        ),
    ] {
        let found = row(&shell, setup, check);
        assert_eq!(found["status"], "error", "{found}");
        let fix = found["fix"].as_str().unwrap();
        assert!(fix.starts_with("$env."), "{found}");
        // Following the advice to the letter helps.
        let fix = fix.replace("[HOME]", &shell.home().display().to_string());
        assert_eq!(status(&shell, &format!("{setup}{fix}; "), check), "ok");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whether_a_directory_can_be_made_is_tried() {
    // Whoever may do anything may write there, as far as rights tell.
    let shell = shell();
    let setup = "$env.PROVISIONING_DATA_DIR = '/proc/x'; $env.PROVISIONING_CACHE_DIR = '/proc/x/y'
        $env.config.plugins.provisioning = {log: {level: info, file: /proc/log}}; ";
    for check in ["data directory", "cache directory", "logs"] {
        let found = row(&shell, setup, check);
        assert_eq!(found["status"], "error", "{found}");
        let detail = found["detail"].as_str().unwrap();
        assert!(detail.ends_with("`/proc` cannot be written"), "{found}");
    }
}

#[test]
fn a_directory_in_the_place_of_an_entry_is_told_and_can_be_removed() {
    let shell = in_use();
    let listed = shell.value("glob cache/provisioning/loaded/**/* --no-dir");
    let entry = texts(&listed)[0].replace("[HOME]", &shell.home().display().to_string());
    std::fs::remove_file(&entry).unwrap();
    std::fs::create_dir(&entry).unwrap();
    let found = row(&shell, "", "cache");
    assert_eq!(found["status"], "warning");
    let detail = found["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("is a directory in the place of an entry") && !detail.contains("damaged"),
        "{found}"
    );
    let fix = found["fix"].as_str().unwrap();
    shell.ok(&fix.replace("[HOME]", &shell.home().display().to_string()));
    assert_eq!(status(&shell, "", "cache"), "ok");
}
