//! What the completion menu offers.

use serde_json::Value;

use crate::support::Shell;

fn completions(shell: &Shell, line: &str) -> Vec<String> {
    let value = shell.value(&format!("\"{line}\" | commandline complete"));
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|item| match item {
            Value::String(text) => text.clone(),
            other => other["value"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[test]
fn types_are_offered_wherever_one_can_be_written() {
    let shell = Shell::new();
    for line in [
        "extension list ",
        "extension discover ",
        "extension info x --type ",
        "extension register . --type ",
    ] {
        assert_eq!(
            completions(&shell, line),
            ["cluster", "provider", "taskserv", "template"],
            "{line}"
        );
    }
    assert_eq!(completions(&shell, "extension list ta"), ["taskserv"]);
}

#[test]
fn types_formats_and_codes_are_offered() {
    let shell = Shell::new();
    assert_eq!(
        completions(&shell, "extension contract "),
        ["cluster", "provider", "taskserv", "template"]
    );
    assert_eq!(
        completions(&shell, "extension validate x --format "),
        ["github", "junit", "sarif"]
    );
    assert_eq!(
        completions(&shell, "extension explain structure::m"),
        ["structure::missing", "structure::missing-section"]
    );
    assert_eq!(
        completions(&shell, "extension explain ").len(),
        provisioning::diagnostic::Code::ALL.len()
    );
}

#[test]
fn the_words_of_pictures_are_offered() {
    let shell = Shell::in_examples();
    for command in ["cluster graph x", "extension graph x"] {
        for (flag, words) in [
            ("format", &["dot", "mermaid", "svg", "text"][..]),
            ("group", &["type", "wave"]),
            ("color", &["none", "state", "type", "wave"]),
        ] {
            let line = format!("{command} --{flag} ");
            assert_eq!(completions(&shell, &line), words, "{line}");
        }
    }
    shell.ok("extension register extensions/taskservs/containerd | ignore");
    assert_eq!(completions(&shell, "extension graph "), ["containerd"]);
}

#[test]
fn rules_are_offered() {
    assert_eq!(
        completions(&Shell::new(), "extension validate x --rule "),
        [
            "dependency",
            "interface",
            "schema",
            "security",
            "structure",
            "template",
            "version"
        ]
    );
}

#[test]
fn registered_names_are_offered_with_their_descriptions() {
    let shell = Shell::in_examples();
    for name in ["containerd", "registry"] {
        shell.ok(&format!(
            "extension register extensions/taskservs/{name} | ignore"
        ));
    }
    assert_eq!(
        completions(&shell, "extension info "),
        ["containerd", "registry"]
    );
    assert_eq!(completions(&shell, "extension unregister re"), ["registry"]);
    let detailed = shell.value("'extension info con' | commandline complete --detailed");
    let description = detailed[0]["description"].as_str().unwrap();
    assert!(description.starts_with("taskserv 1.7.0: "), "{description}");
}

#[test]
fn without_a_registry_nothing_is_offered_and_nothing_created() {
    let shell = Shell::new();
    assert!(completions(&shell, "extension info ").is_empty());
    assert!(!shell.data().exists());
}

#[test]
fn operations_are_offered_of_what_is_registered_and_of_what_is_loaded() {
    let shell = Shell::in_examples();
    shell.ok("extension register extensions/taskservs/containerd | ignore");
    assert_eq!(completions(&shell, "extension call cont"), ["containerd"]);
    let offered = completions(&shell, "extension call containerd ");
    assert!(offered.contains(&"install".to_owned()), "{offered:?}");
    assert!(!offered.contains(&"check-health".to_owned()), "{offered:?}");
    // What is loaded is known to the last command.
    let offered = shell.ok(
        "extension load containerd | ignore; 'extension call containerd check-h' | commandline complete | to text",
    );
    assert!(offered.contains("check-health"), "{offered}");
}
