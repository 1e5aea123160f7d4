//! The examples really are extensions, and the tour really runs.

use std::path::PathBuf;

use provisioning::extension::Host;
use provisioning::nickel::{Request, evaluate};
use provisioning::validation::{Options, validate};
use serde_json::json;

use crate::support::{Shell, examples, repository};

fn directories() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["providers", "taskservs", "clusters", "bundles"]
        .iter()
        .flat_map(|kind| examples().join("extensions").join(kind).read_dir().unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    assert_eq!(found.len(), 7);
    found
}

#[test]
fn every_example_is_valid_and_only_the_legacy_one_has_warnings() {
    let host = Host::with_nushell(semver::Version::new(0, 115, 1));
    for directory in directories() {
        let options = Options {
            kind: None,
            rules: &[],
            deny_warnings: false,
        };
        let report = validate(&directory, &options, &host).unwrap();
        let found: Vec<String> = report
            .findings
            .iter()
            .map(|finding| finding.diagnostic.code.to_string())
            .collect();
        let expected: &[&str] = if directory.ends_with("legacy-etcd") {
            &["structure::legacy-kcl", "version::not-checked"]
        } else {
            &[]
        };
        assert_eq!(found, expected, "{}", directory.display());
    }
}

#[test]
fn every_schema_passes_the_type_checker_and_exports() {
    let mut count = 0;
    for directory in directories() {
        for entry in directory.join("schemas").read_dir().into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ncl") {
                // Preparing a file for evaluation runs the type checker, as `nickel typecheck` does.
                if let Err(error) = evaluate(&Request::file(&path).within(&directory)) {
                    panic!("{}: {error}", path.display());
                }
                count += 1;
            }
        }
    }
    assert!(count >= 15, "only {count} schemas");
}

/// The operations of the interfaces: PIF, TIF, CIF.
const PROVIDER: &[&str] = &[
    "create-server",
    "delete-server",
    "list-servers",
    "get-server-info",
    "start-server",
    "stop-server",
    "reboot-server",
    "get-pricing",
    "get-plans",
    "get-zones",
    "get-ssh-access",
    "configure-firewall",
];
const TASKSERV: &[&str] = &[
    "install",
    "uninstall",
    "configure",
    "status",
    "restart",
    "upgrade",
    "get-current-version",
    "get-available-versions",
    "check-updates",
];
const CLUSTER: &[&str] = &[
    "create",
    "delete",
    "status",
    "scale",
    "upgrade",
    "list-components",
    "component-status",
    "restart-component",
];

#[test]
fn every_module_loads_and_exports_every_operation() {
    let shell = Shell::new().with_standard_library();
    let modules = [
        ("providers/local/nulib/mod.nu", PROVIDER),
        ("taskservs/containerd/nulib/mod.nu", TASKSERV),
        ("taskservs/buildkit/nulib/mod.nu", TASKSERV),
        ("taskservs/registry/nulib/mod.nu", TASKSERV),
        ("taskservs/legacy-etcd/nulib/mod.nu", TASKSERV),
        ("clusters/buildkit/nulib/mod.nu", CLUSTER),
        ("bundles/custom-cloud/nulib/providers/mod.nu", PROVIDER),
        ("bundles/custom-cloud/nulib/taskservs/mod.nu", TASKSERV),
        ("bundles/custom-cloud/nulib/clusters/mod.nu", CLUSTER),
    ];
    for (module, operations) in modules {
        let path = examples().join("extensions").join(module);
        let ran = shell.run(&format!(
            "use '{}' *; scope commands | where type == custom | get name | to json --raw",
            path.display()
        ));
        assert!(
            ran.success && ran.stderr.is_empty(),
            "{module}: {}",
            ran.stderr
        );
        let exported: Vec<String> = serde_json::from_str(&ran.stdout).unwrap();
        for operation in operations {
            assert!(
                exported.iter().any(|name| name == operation),
                "{module} lacks {operation}"
            );
        }
    }
}

#[test]
fn the_tour_runs() {
    let shell = Shell::new()
        .at(repository())
        .with_standard_library()
        .with("NU_LIB_DIRS", repository().join("nu").display().to_string());
    let ran = shell.run(&format!(
        "const NU_LIB_DIRS = ['{}']; source examples/quickstart.nu",
        repository().join("nu").display()
    ));
    assert!(ran.success, "{}\n{}", ran.stdout, ran.stderr);
    for shown in [
        "extension register",
        "extension list",
        "extension validate",
        "cluster resolve-deps",
        "nickel eval",
    ] {
        assert!(
            ran.stdout.contains(&format!("> {shown}")),
            "the tour does not show {shown}: {}",
            ran.stdout
        );
    }
}

#[test]
fn the_cluster_of_the_examples_is_that_of_the_source() {
    // CSC-32..43
    let shell = Shell::in_examples();
    let cluster =
        shell.value("open extensions/clusters/buildkit/schemas/cluster.ncl | get buildkit_cluster");
    assert_eq!(cluster["name"], "buildkit");
    assert_eq!(
        cluster["resources"],
        json!({"min_nodes": 1, "cpu_per_node": "4", "memory_per_node": "8Gi", "storage_per_node": "100Gi"})
    );
    assert_eq!(
        cluster["features"],
        json!({"monitoring": true, "logging": true, "storage": true, "ingress": false})
    );
    assert_eq!(
        cluster["components"][1]["config"],
        json!({"worker_count": 4, "cache_size": "10Gi", "registry_mirrors": ["registry:5000"]})
    );
    assert_eq!(
        cluster["components"][2]["resources"],
        json!({"cpu": "500m", "memory": "1Gi", "storage": "50Gi", "replicas": 1})
    );
}
