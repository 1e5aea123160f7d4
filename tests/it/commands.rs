//! Every command: its name can be called, its help is complete, its examples give what they say.

use serde_json::Value;

use crate::support::{Shell, examples, texts};

const PARENTS: [&str; 7] = [
    "provisioning",
    "provisioning extension",
    "provisioning module",
    "extension",
    "cluster",
    "nickel",
    "template",
];

fn commands(shell: &Shell) -> Vec<Value> {
    let value = shell.value(
        "scope commands | where type == plugin | select name category description search_terms examples signatures extra_description",
    );
    value.as_array().unwrap().clone()
}

fn name(command: &Value) -> &str {
    command["name"].as_str().unwrap()
}

#[test]
fn every_name_is_parsed_as_a_command_of_the_plugin_and_can_be_called() {
    let shell = Shell::in_examples();
    let commands = commands(&shell);
    assert!(commands.len() >= 14, "{}", commands.len());
    for command in &commands {
        let name = name(command);
        // `--help` runs the command's own help only if the parser finds the command under this name.
        let help = shell.ok(&format!("{name} --help"));
        assert!(help.contains(&format!("> {name}")), "{name}: {help}");
        // And a call really reaches the plugin: each command answers, or fails with a code of the plugin's.
        let arguments = match name {
            "extension register" | "extension validate" => "extensions/taskservs/containerd",
            "extension unregister" | "extension info" => "nothing-of-that-name",
            "provisioning extension validate" => "extensions/taskservs/containerd",
            "extension build" | "provisioning extension build" => {
                "extensions/taskservs/containerd --check"
            }
            "extension verify" | "provisioning extension verify" => "no-package",
            "extension publish" | "provisioning extension publish" => "no-package",
            "extension install" | "extension uninstall" => "nothing-of-that-name",
            "extension yank" => "nothing-of-that-name 1.0.0 --reason x",
            "extension unyank" => "nothing-of-that-name 1.0.0",
            "extension keygen" => "--out (mktemp --directory | path join x.key)",
            "extension contract" => "provider",
            "extension new" | "provisioning extension new" => "taskserv app --check",
            "extension docs" => "extensions/taskservs/containerd",
            "extension load" | "extension is-loaded" => "containerd",
            "extension unload" => "nothing-of-that-name",
            "provisioning module load" => "taskserv containerd",
            "extension resolve" | "extension why" => "containerd",
            "extension lock" | "extension outdated" => "extensions/clusters/buildkit",
            "extension update" => "--path extensions/clusters/buildkit",
            "cluster resolve-deps"
            | "cluster graph"
            | "nickel eval"
            | "nickel doc"
            | "nickel query"
            | "nickel typecheck" => "extensions/clusters/buildkit/schemas/cluster.ncl",
            "template render" => {
                "extensions/taskservs/containerd/templates/service.j2 --data {description: x, command: y}"
            }
            "nickel apply" | "nickel validate" => {
                "extensions/providers/local/schemas/contracts.ncl --contract Command"
            }
            "nickel diff" => {
                "extensions/clusters/buildkit/schemas/cluster.ncl extensions/clusters/buildkit/schemas/cluster.ncl"
            }
            "cluster plan" => "extensions/clusters/buildkit/schemas/cluster.ncl --name site",
            "cluster create" => {
                "extensions/clusters/buildkit/schemas/cluster.ncl --name site --check"
            }
            "cluster list-components" => "extensions/clusters/buildkit/schemas/cluster.ncl",
            "cluster component-status" | "cluster restart-component" => "site web",
            "cluster scale" => "site 2",
            "cluster delete" | "cluster upgrade" | "cluster resume" | "cluster rollback"
            | "cluster history" | "cluster diff" => "site",
            "extension call" => "extensions/taskservs/containerd status",
            "extension test" | "provisioning extension test" => {
                "extensions/clusters/buildkit --filter waves"
            }
            // It goes on until nobody wants more.
            "extension watch" => "extensions/taskservs/containerd | first",
            _ => "",
        };
        let input = match name {
            "from ncl" => "'1'",
            "nickel apply" => "[ls] | [$in]",
            _ => "null",
        };
        let answer = shell.ok(&format!(
            "try {{ {input} | {name} {arguments} | ignore; 'answered' }} catch {{|error| $error.details.code }}"
        ));
        assert!(
            [
                "answered",
                "registry::not-found",
                "deployment::not-found",
                "deployment::refused",
                "load::not-found",
                "package::unreadable",
                "remote::unknown",
                "install::not-installed"
            ]
            .contains(&answer.as_str()),
            "{name}: {answer}"
        );
    }
}

#[test]
fn parents_print_their_help() {
    let shell = Shell::new();
    for parent in PARENTS {
        let help = shell.ok(parent);
        assert!(help.contains("Subcommands:"), "{parent}: {help}");
    }
}

#[test]
fn every_command_describes_itself() {
    for command in commands(&Shell::new()) {
        let name = name(&command);
        assert_eq!(command["category"], "provisioning", "{name}");
        let description = command["description"].as_str().unwrap();
        assert!(
            description.ends_with('.') && !description.contains('\n'),
            "{name}: {description}"
        );
        assert!(
            !command["search_terms"]
                .as_str()
                .unwrap_or_default()
                .is_empty(),
            "{name}"
        );
        assert!(
            !command["extra_description"]
                .as_str()
                .unwrap_or_default()
                .is_empty(),
            "{name}"
        );
        let signatures = command["signatures"].as_object().unwrap();
        assert!(!signatures.is_empty(), "{name} has no typed signature");
        if !PARENTS.contains(&name) {
            assert!(
                !command["examples"].as_array().unwrap().is_empty(),
                "{name} has no example"
            );
        }
    }
}

#[test]
fn every_example_gives_the_result_it_shows() {
    let lister = Shell::new();
    let mut tested = 0;
    let mut wrong = Vec::new();
    for command in commands(&lister) {
        for example in command["examples"].as_array().unwrap() {
            let code = example["example"].as_str().unwrap();
            assert!(
                !example["result"].is_null(),
                "an example of {} has no result: {code}",
                name(&command)
            );
            // Each in a shell of its own: examples do not see each other's registrations.
            let shell = Shell::new().at(examples());
            let given = shell.value(code);
            if given != example["result"] {
                wrong.push(format!(
                    "{code}\n  gives {given}\n  not   {}",
                    example["result"]
                ));
            }
            tested += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tested >= 15, "only {tested} examples");
}

#[test]
fn values_have_the_types_that_signatures_promise() {
    let shell = Shell::in_examples();
    shell.ok("extension register extensions/taskservs/containerd | ignore");
    let types = |code: &str| shell.ok(&format!("{code} | describe"));
    assert_eq!(types("extension list | get 0.registered_at"), "datetime");
    assert_eq!(
        types("extension info containerd | get registered_at"),
        "datetime"
    );
    assert_eq!(
        types("provisioning config | where setting == nickel.timeout | get 0.value"),
        "duration"
    );
    assert_eq!(
        types("extension validate extensions/taskservs/containerd | get checks.0.duration"),
        "duration"
    );
    assert_eq!(types("extension unregister containerd"), "nothing");
}

#[test]
fn columns_of_paths_are_marked_as_paths() {
    let shell = Shell::in_examples();
    shell.ok("extension register extensions/taskservs/containerd | ignore");
    for command in ["extension list", "extension discover"] {
        let metadata = shell.value(&format!("{command} | metadata"));
        assert_eq!(texts(&metadata["path_columns"]), ["path"], "{command}");
    }
}
