//! The README says what is true.

use std::collections::BTreeSet;

use crate::support::{Shell, repository};

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).unwrap()
}

#[test]
fn the_command_table_is_the_list_of_commands() {
    let commands =
        Shell::new().value("scope commands | where type == plugin | select name description");
    let expected: BTreeSet<String> = commands
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "| `{}` | {} |",
                row["name"].as_str().unwrap(),
                row["description"].as_str().unwrap()
            )
        })
        .collect();
    let readme = readme();
    let table = readme
        .split_once("<!-- commands -->")
        .and_then(|(_, rest)| rest.split_once("<!-- /commands -->"))
        .map(|(table, _)| table)
        .unwrap();
    let found: BTreeSet<String> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        found,
        expected,
        "the table should be:\n{}",
        expected.iter().cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The commands of "First steps" with what the README says they print.
fn first_steps() -> Vec<(String, String)> {
    let readme = readme();
    let (_, rest) = readme.split_once("## First steps").unwrap();
    let (_, rest) = rest.split_once("```nu\n").unwrap();
    let (block, _) = rest.split_once("\n```").unwrap();
    block
        .split("\n> ")
        .map(|step| {
            let step = step.strip_prefix("> ").unwrap_or(step);
            let (command, printed) = step.split_once('\n').unwrap_or((step, ""));
            (command.to_owned(), printed.to_owned())
        })
        .collect()
}

#[test]
fn the_first_steps_print_what_is_shown() {
    let steps = first_steps();
    assert_eq!(steps[0], ("cd examples".to_owned(), String::new()));
    assert!(steps.len() >= 6);
    let shell = Shell::in_examples();
    let trimmed = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let mut wrong = Vec::new();
    for (command, printed) in &steps[1..] {
        let ran = shell.run(command);
        let real = trimmed(&format!("{}{}", ran.stdout, ran.stderr));
        if real != trimmed(printed) {
            wrong.push(format!("> {command}\n{real}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "the README should say:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_script_for_workflows_fails_when_something_is_wrong() {
    let readme = readme();
    let (_, rest) = readme.split_once("GitHub workflow\n\n```nu\n").unwrap();
    let (script, _) = rest.split_once("```").unwrap();
    let examples = Shell::in_examples().run(script);
    assert!(examples.success, "{}", examples.stderr);
    assert!(
        examples
            .stdout
            .contains("::warning file=extensions/taskservs/legacy-etcd/")
    );
    let shell = Shell::new();
    shell.extension("extensions/taskservs/app", "taskserv", "1.0.0");
    let ran = shell.run(script);
    assert!(!ran.success);
    assert!(
        ran.stdout
            .contains("::error file=extensions/taskservs/app/nulib/mod.nu,")
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_version_table_is_true() {
    let shell = Shell::new();
    let version = |key: &str| shell.ok(&format!("provisioning version | get {key}"));
    let row = format!(
        "| {} | {} | {} |",
        version("plugin"),
        version("nushell_linked"),
        version("nickel")
    );
    assert!(readme().contains(&row), "no row {row}");
}

#[test]
fn the_settings_table_is_the_list_of_settings() {
    let names = Shell::new().value("provisioning config | get setting");
    for name in names.as_array().unwrap() {
        let row = format!("| `{}` |", name.as_str().unwrap());
        assert!(readme().contains(&row), "no row {row}");
    }
}

#[test]
fn the_table_of_rules_is_the_list_of_rules() {
    let readme = readme();
    let (_, rest) = readme
        .split_once("| rule | what it checks |\n|---|---|\n")
        .unwrap();
    let found: Vec<&str> = rest
        .lines()
        .map_while(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(found, provisioning::validation::RULE_NAMES);
}

#[test]
fn validation_sees_the_directories_of_modules_as_the_readme_tells() {
    let told = "$env.NU_LIB_DIRS = $NU_LIB_DIRS";
    assert!(readme().contains(&format!("\n{told}\n")));
    let shell = Shell::new();
    shell.file(
        "modules/shared.nu",
        "export def y []: nothing -> int { 1 }\n",
    );
    shell.extension("app", "taskserv", "1.0.0");
    shell.file(
        "app/nulib/mod.nu",
        "use shared.nu *\nexport def x []: nothing -> int { y }\n",
    );
    let errors = |line: &str| {
        shell.value(&format!(
            "const NU_LIB_DIRS = ['~/modules']; {line}; extension validate app --rule interface
            | get errors | where code == 'nushell::module-not-found' | get help"
        ))
    };
    let alone = errors("null");
    let help = alone[0].as_str().unwrap();
    assert!(help.contains("`$env.NU_LIB_DIRS`"), "{help}");
    assert_eq!(errors(told), serde_json::json!([]));
    // The real one finds it.
    let code = "const NU_LIB_DIRS = ['~/modules']; use app/nulib/mod.nu *; x";
    assert_eq!(shell.value(code), 1);
}

#[test]
fn the_variables_that_code_sees_are_listed() {
    use provisioning::nushell::runner::BASE_VARIABLES;
    let readme = readme();
    let (_, rest) = readme.split_once("\n| variables | ").unwrap();
    let row = rest.lines().next().unwrap();
    // What only Windows has need not be listed.
    let is_listed = |name: &&&str| name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    for name in BASE_VARIABLES.iter().filter(is_listed) {
        let is_of_windows = ["PATHEXT", "USERPROFILE"].contains(name);
        assert!(
            is_of_windows || row.contains(&format!("`{name}`")),
            "{name}"
        );
    }
}
