//! The examples really are extensions, and the tour really runs.

use std::path::PathBuf;

use provisioning::nickel::{Evaluator, Program};
use serde_json::json;

use crate::support::{PLUGIN, Shell, examples, repository, texts};

fn directories() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["providers", "taskservs", "clusters", "bundles"]
        .iter()
        .flat_map(|kind| examples().join("extensions").join(kind).read_dir().unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    assert_eq!(found.len(), 11);
    found
}

#[test]
fn every_example_is_valid_and_only_the_legacy_one_has_warnings() {
    // What the examples need of the machine is needed to test them too; what a user gives is given here.
    let shell = Shell::in_examples()
        .with("CUSTOM_CLOUD_API_URL", "https://example.com")
        .with("CUSTOM_CLOUD_API_KEY", "test");
    for directory in directories() {
        let found = shell.value(&format!(
            "extension validate '{}' | [...$in.errors ...$in.warnings] | get code",
            directory.display()
        ));
        let expected: &[&str] = if directory.ends_with("legacy-etcd") {
            &["structure::legacy-kcl", "version::not-checked"]
        } else {
            &[]
        };
        assert_eq!(texts(&found), expected, "{}", directory.display());
    }
}

#[test]
fn every_schema_passes_the_type_checker_and_exports() {
    let evaluator = Evaluator::with_worker(PLUGIN);
    let mut count = 0;
    for directory in directories() {
        for entry in directory.join("schemas").read_dir().into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ncl") {
                let program = Program::file(&path).within(&directory);
                if let Err(error) = evaluator.evaluate(&program, &[], None) {
                    panic!("{}: {error}", path.display());
                }
                let findings = evaluator.typecheck(&program).unwrap();
                assert!(findings.is_empty(), "{}: {findings:?}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 15, "only {count} schemas");
}

/// The operations of the interfaces: name, required parameters, output (PIF, TIF, CIF).
type Operation = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const PROVIDER: &[Operation] = &[
    ("create-server", &[("config", "record")], "record"),
    ("delete-server", &[("server_id", "string")], "nothing"),
    ("list-servers", &[], "list"),
    ("get-server-info", &[("server_id", "string")], "record"),
    ("start-server", &[("server_id", "string")], "nothing"),
    ("stop-server", &[("server_id", "string")], "nothing"),
    ("reboot-server", &[("server_id", "string")], "nothing"),
    ("get-pricing", &[], "list"),
    ("get-plans", &[], "list"),
    ("get-zones", &[], "list"),
    ("get-ssh-access", &[("server_id", "string")], "record"),
    (
        "configure-firewall",
        &[("server_id", "string"), ("rules", "list")],
        "nothing",
    ),
];
const TASKSERV: &[Operation] = &[
    ("install", &[("config", "record")], "record"),
    ("uninstall", &[("config", "record")], "nothing"),
    ("configure", &[("config", "record")], "nothing"),
    ("status", &[], "record"),
    ("restart", &[], "nothing"),
    ("upgrade", &[("version", "string")], "record"),
    ("get-current-version", &[], "string"),
    ("get-available-versions", &[], "list"),
    ("check-updates", &[], "record"),
];
const CLUSTER: &[Operation] = &[
    ("create", &[("config", "record")], "record"),
    ("delete", &[("config", "record")], "nothing"),
    ("status", &[], "record"),
    ("scale", &[("replicas", "int")], "record"),
    ("upgrade", &[("version", "string")], "record"),
    ("list-components", &[], "list"),
    ("component-status", &[("name", "string")], "record"),
    ("restart-component", &[("name", "string")], "nothing"),
];

/// Compares one side of one signature with an operation.
fn fits(signature: &serde_json::Value, (name, wanted, output): &Operation) {
    let rows = signature.as_array().unwrap();
    let of_kind = |kind: &'static str| rows.iter().filter(move |row| row["parameter_type"] == kind);
    let shape =
        |row: &serde_json::Value| row["syntax_shape"].as_str().unwrap_or_default().to_owned();
    let positional: Vec<_> = of_kind("positional").collect();
    for (at, (parameter, kind)) in wanted.iter().enumerate() {
        let row = positional
            .get(at)
            .unwrap_or_else(|| panic!("{name} lacks `{parameter}`"));
        assert_eq!(row["parameter_name"], *parameter, "{name}");
        assert!(
            shape(row).starts_with(kind),
            "{name}: `{parameter}` is {}",
            shape(row)
        );
    }
    for row in positional.iter().skip(wanted.len()) {
        assert_eq!(
            row["is_optional"], true,
            "{name} asks for more than its interface"
        );
    }
    let given = of_kind("output").map(shape).next().unwrap_or_default();
    // A table is a list of records.
    let given = given.replace("table", "list");
    assert!(
        given.starts_with(output),
        "{name} returns {given}, not {output}"
    );
}

#[test]
fn every_module_loads_and_exports_every_operation_with_its_signature() {
    // Examples may import the library that comes with the plugin.
    let library = repository().join("nu").display().to_string();
    let shell = Shell::new()
        .with_standard_library()
        .with("NU_LIB_DIRS", library.clone());
    let modules = [
        ("providers/local/nulib/mod.nu", PROVIDER),
        ("taskservs/containerd/nulib/mod.nu", TASKSERV),
        ("taskservs/buildkit/nulib/mod.nu", TASKSERV),
        ("taskservs/registry/nulib/mod.nu", TASKSERV),
        ("taskservs/legacy-etcd/nulib/mod.nu", TASKSERV),
        ("taskservs/redis/nulib/mod.nu", TASKSERV),
        ("taskservs/docker-registry/nulib/mod.nu", TASKSERV),
        ("taskservs/nginx/nulib/mod.nu", TASKSERV),
        ("clusters/buildkit/nulib/mod.nu", CLUSTER),
        ("clusters/cache-stack/nulib/mod.nu", CLUSTER),
        ("bundles/custom-cloud/nulib/providers/mod.nu", PROVIDER),
        ("bundles/custom-cloud/nulib/taskservs/mod.nu", TASKSERV),
        ("bundles/custom-cloud/nulib/clusters/mod.nu", CLUSTER),
    ];
    for (module, operations) in modules {
        let path = examples().join("extensions").join(module);
        let ran = shell.run(&format!(
            "const NU_LIB_DIRS = ['{library}']; use '{}' *; scope commands | where type == custom | select name signatures | to json --raw",
            path.display()
        ));
        assert!(
            ran.success && ran.stderr.is_empty(),
            "{module}: {}",
            ran.stderr
        );
        let exported: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        for operation in operations {
            let found = exported
                .iter()
                .find(|command| command["name"] == operation.0)
                .unwrap_or_else(|| panic!("{module} lacks {}", operation.0));
            for signature in found["signatures"].as_object().unwrap().values() {
                fits(signature, operation);
            }
        }
    }
}

#[test]
fn copies_of_shared_files_are_the_same() {
    // An extension imports nothing from outside of its directory, so the taskservs carry copies.
    let same = |files: &[&str], among: &[PathBuf]| {
        for file in files {
            let texts: Vec<(PathBuf, Vec<u8>)> = among
                .iter()
                .map(|directory| directory.join(file))
                .filter_map(|path| Some((path.clone(), std::fs::read(path).ok()?)))
                .collect();
            assert!(texts.len() >= 3, "{file}");
            for (path, text) in &texts[1..] {
                assert!(
                    *text == texts[0].1,
                    "{} differs from {}",
                    path.display(),
                    texts[0].0.display()
                );
            }
        }
    };
    let all = directories();
    let taskservs: Vec<PathBuf> = all
        .iter()
        .filter(|path| {
            path.parent()
                .is_some_and(|parent| parent.ends_with("taskservs"))
        })
        .cloned()
        .collect();
    // Those that rest on a package of the system, and those that rest on a release archive.
    let (of_packages, of_archives): (Vec<PathBuf>, Vec<PathBuf>) = taskservs
        .into_iter()
        .partition(|path| path.join("nulib/packaged.nu").exists());
    same(
        &[
            "nulib/release.nu",
            "nulib/daemon.nu",
            "nulib/operations.nu",
            "templates/service.j2",
            "tests/unit_tests.nu",
            "tests/integration_tests.nu",
            "schemas/contracts.ncl",
        ],
        &of_archives,
    );
    same(
        &[
            "nulib/packaged.nu",
            "tests/packaged_unit_tests.nu",
            "tests/packaged_integration_tests.nu",
            "schemas/contracts.ncl",
            "schemas/main.ncl",
        ],
        &of_packages,
    );
    same(&["tests/run_all_tests.nu"], &all);
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
fn the_tour_of_authoring_runs() {
    let shell = Shell::new().at(repository()).with_standard_library();
    let ran = shell.run("source examples/authoring.nu");
    assert!(ran.success, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.ends_with("Done."), "{}", ran.stdout);
}

/// Real services of this machine; nothing of them is left.
#[test]
fn the_tour_of_services_runs() {
    let library = repository().join("nu").display().to_string();
    let shell = Shell::new()
        .at(repository())
        .with_standard_library()
        .with("NU_LIB_DIRS", library.clone());
    let ran = shell.run(&format!(
        "const NU_LIB_DIRS = ['{library}']; source examples/services.nu"
    ));
    assert!(ran.success, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.ends_with("Done."), "{}", ran.stdout);
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
