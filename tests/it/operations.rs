//! `extension contract`: the operations as a table and as code.

use serde_json::json;

use crate::support::{Shell, texts};

#[test]
fn operations_are_required_and_helpers_are_not() {
    let shell = Shell::new();
    for (kind, count) in [
        ("provider", 12),
        ("taskserv", 9),
        ("cluster", 8),
        ("template", 0),
    ] {
        let rows = shell.value(&format!("extension contract {kind} | where required"));
        assert_eq!(rows.as_array().unwrap().len(), count, "{kind}");
    }
    assert_eq!(
        shell.value("extension contract provider | get 0"),
        json!({
            "operation": "create-server",
            "purpose": "Create a server",
            "parameters": [{
                "name": "config",
                "type": "record",
                "required": true,
                "default": null,
                "description": "Settings of the server",
            }],
            "flags": [
                {"name": "check", "type": null, "description": "Return the plan and change nothing"},
                {"name": "wait", "type": null, "description": "Return only when it is done"},
            ],
            "output": "record",
            "since": "1.0.0",
            "source": "PIF-01",
            "required": true,
        })
    );
    let error = shell.fails("extension contract provder");
    assert!(error.contains("did you mean `provider`?"), "{error}");
}

#[test]
fn the_code_is_a_module_with_every_operation_and_its_signature() {
    let shell = Shell::new();
    for kind in ["provider", "taskserv", "cluster"] {
        shell.ok(&format!(
            "extension contract {kind} --nushell | save {kind}.nu"
        ));
        let ran = shell.run(&format!(
            "use {kind}.nu *; scope commands | where type == custom | get name | to json --raw"
        ));
        assert!(
            ran.success && ran.stderr.is_empty(),
            "{kind}: {}",
            ran.stderr
        );
        let exported: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let mut exported = texts(&exported);
        let listed = shell.value(&format!("extension contract {kind} | get operation"));
        let mut listed = texts(&listed);
        exported.sort_unstable();
        listed.sort_unstable();
        assert_eq!(exported, listed, "{kind}");
    }
    let error = shell.error("use taskserv.nu *; status");
    assert_eq!(error["msg"], "`status` is not implemented");
    let help = shell.ok("use taskserv.nu *; scope commands | where name == uninstall | get signatures.0.nothing | where parameter_type == switch | get parameter_name | str join ' '");
    assert!(
        help.contains("force") && help.contains("keep-data"),
        "{help}"
    );
    assert_eq!(shell.ok("extension contract template --nushell"), "");
}
