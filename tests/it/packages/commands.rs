//! `extension build` and `extension verify` as a user meets them.

use serde_json::json;

use crate::support::{Shell, texts};

use super::app;

fn shell() -> Shell {
    let shell = Shell::new();
    app(&shell.home());
    shell
}

#[test]
fn a_package_is_built_looked_at_and_unpacked() {
    let shell = Shell::in_examples();
    let out = shell.home();
    let out = out.display();
    insta::assert_snapshot!(shell.ok(&format!(
        "let built = extension build extensions/taskservs/containerd --out {out}/dist
         let verified = extension verify $built.path --into {out}
         [($built | reject digest size contents unpacked) ($verified | reject digest size contents unpacked)
          ($built.digest == $verified.digest) ($built.size == $verified.size) ($built.unpacked == $verified.unpacked) ($built.contents == $verified.contents)
          ($built | describe) (ls {out} | get name) (extension validate $verified.into | get valid)] | to yaml"
    )).replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
}

#[test]
fn a_bundle_says_what_it_provides() {
    let shell = Shell::in_examples();
    let verified = shell.value(
        "extension build extensions/bundles/custom-cloud --out (mktemp --directory) | extension verify $in.path",
    );
    assert_eq!(verified["type"], "bundle");
    assert!(verified["provides"].as_array().unwrap().len() >= 3);
}

#[test]
fn without_a_path_it_is_the_current_directory_and_dist() {
    let shell = Shell::new();
    let root = app(&shell.home());
    let shell = shell.at(&root);
    let first = shell.value("extension build --no-validate");
    assert_eq!(first["path"], "[HOME]/app/dist/app-1.0.0.tar.gz");
    // What lies in `dist` now is not in the next one.
    let second = shell.value("provisioning extension build . --no-validate");
    assert_eq!(first, second);
    assert_eq!(shell.value("ls dist | length"), 1);
}

#[test]
fn checking_and_listing_write_nothing() {
    let shell = shell();
    shell.file("app/metadata.toml", "[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n[build]\nexclude = [\"docs/deep\", \"*.tmp\"]\n");
    shell.file("app/templates/a.tmp", "");
    shell.file("app/.env", "X=1\n");
    shell.file("app/provisioning.lock", "");
    shell.file("app/.git/HEAD", "");
    shell.ok("extension build app --no-validate --check --allow .env | ignore");
    insta::assert_snapshot!(shell.ok(
        "extension build app --list | update path {|row| $row.path | str substring ..30 } | to csv"
    ));
    // The first rows cost nothing but themselves.
    assert_eq!(
        shell.value("extension build app --list | first | get packed"),
        false
    );
    assert!(!shell.home().join("dist").exists());
    let error = shell.fails("extension build app --list --check");
    assert!(error.contains("--list builds nothing"), "{error}");
    let error = shell.error("extension build app --check --allow 'a{b'");
    assert_eq!(error["code"], "input::invalid");
}

#[test]
fn an_extension_with_errors_is_not_packed_and_everything_is_told() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.file("app/AGENTS.md", "");
    insta::assert_snapshot!(shell.fails("extension build app"));
    assert!(!shell.home().join("dist").exists());
    // What is not validated says so, and what is refused is refused all the same.
    let error = shell.error("extension build app --no-validate");
    assert_eq!(error["code"], "package::instructions");
    let built = shell.value("extension build app --no-validate --allow AGENTS.md");
    assert_eq!(built["validated"], false);
    let verified = shell.value("extension verify dist/app-1.0.0.tar.gz --allow AGENTS.md");
    assert_eq!(verified["validated"], false);
}

#[test]
fn warnings_are_told_in_the_record() {
    let shell = Shell::in_examples();
    let warnings = shell.value(
        "extension build extensions/taskservs/legacy-etcd --check | get warnings | get code",
    );
    assert_eq!(
        texts(&warnings),
        ["structure::legacy-kcl", "version::not-checked"]
    );
}

#[test]
fn what_is_not_taken_is_told_with_the_reason() {
    let shell = shell();
    shell.ok("extension build app --no-validate | ignore; mkdir app-1.0.0");
    shell.file("text.tar.gz", "#!/bin/sh\n");
    let archive = super::corpus::cases()
        .into_iter()
        .find(|case| case.name.contains("../evil"))
        .unwrap();
    shell.file("evil.tar.gz", archive.bytes);
    insta::assert_snapshot!(
        [
            "extension verify none.tar.gz",
            "extension verify text.tar.gz",
            "extension verify evil.tar.gz --into .",
            "extension verify dist/app-1.0.0.tar.gz --into .",
            "extension verify dist/app-1.0.0.tar.gz --into nowhere",
            "extension verify dist/app-1.0.0.tar.gz --key RWx",
            "extension verify app",
            "extension build nowhere",
            "extension build app --sign none.key",
            "'' | save full; extension build app --no-validate --out full",
        ]
        .map(|line| shell.fails(line))
        .join("\n\n")
    );
    // Nothing has come of it.
    assert_eq!(
        shell.value("ls --all | get name"),
        json!([
            "app",
            "app-1.0.0",
            "dist",
            "evil.tar.gz",
            "full",
            "text.tar.gz"
        ])
    );
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_package_is_not_followed() {
    let shell = shell();
    shell.file("victim", "mine");
    std::fs::create_dir(shell.home().join("dist")).unwrap();
    let place = shell.home().join("dist/app-1.0.0.tar.gz");
    std::os::unix::fs::symlink(shell.home().join("victim"), &place).unwrap();
    let error = shell.error("extension build app --no-validate");
    assert_eq!(error["code"], "package::write");
    assert_eq!(std::fs::read(shell.home().join("victim")).unwrap(), b"mine");
    assert_eq!(shell.home().join("dist").read_dir().unwrap().count(), 1);
}
