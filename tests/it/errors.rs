//! Errors as a script and as a person see them.

use crate::support::Shell;

#[test]
fn a_script_sees_code_labels_and_help() {
    let shell = Shell::in_examples();
    shell.ok("extension register extensions/taskservs/containerd | ignore");
    let error = shell.error("extension info containrd");
    assert_eq!(error["code"], "registry::not-found");
    assert_eq!(error["help"], "did you mean `containerd`?");
    assert_eq!(error["labels"][0]["text"], "this name");
    assert!(error["labels"][0]["span"]["start"].as_i64().unwrap() > 0);
}

#[test]
fn names_that_are_mistyped_get_a_suggestion() {
    let shell = Shell::new();
    insta::assert_snapshot!(
        [
            "extension registr x",
            "nickel nothing",
            "extension list taskser",
            "extension list server",
            "extension validate . --rule structur",
            "extension validate . --rule x",
            "extension info x --version '>>1'",
            "extension info nothing",
            "extension unregister nothing"
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn paths_that_are_wrong_are_told() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    insta::assert_snapshot!(
        [
            "extension register nowhere",
            "extension register app/metadata.toml",
            "extension register ''",
            "extension register",
            "extension validate",
            "[1] | extension register",
            "[{name: x}] | extension validate"
        ]
        .map(|code| shell.fails(code))
        .join("\n\n")
    );
}

#[test]
fn metadata_with_errors_are_refused_with_excerpts() {
    let shell = Shell::new();
    shell.file(
        "bad/metadata.toml",
        "[extension]\nname = \"Bad Name\"\ntype = \"taskserv\"\n",
    );
    insta::assert_snapshot!(shell.fails("extension register bad"));
    // Nothing was half-written.
    assert!(!shell.data().exists());
}
