//! Modules that do not offer what they have to, with real trees.

use super::super::tests::{metadata, module, report, tree};
use crate::extension::ExtensionType;

/// The findings of rule `interface` on an extension with these files, as people read them.
fn interface(kind: &str, files: &[(&str, &str)]) -> String {
    let metadata = metadata("a", kind);
    let mut all = vec![("metadata.toml", metadata.as_str())];
    all.extend(files);
    let (_home, root) = tree("a", &all);
    let report = report(&root, &["interface"]);
    let rendered: Vec<String> = report
        .findings
        .iter()
        .map(|finding| crate::diagnostic::render(&finding.diagnostic))
        .collect();
    rendered
        .join("\n\n")
        .replace(&format!("{}/", root.display()), "")
}

/// A complete module with some of its text replaced.
fn changed(kind: ExtensionType, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(module(kind), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

#[test]
fn each_way_to_miss_the_interface_is_told_at_its_place() {
    use ExtensionType::{Cluster, Taskserv};
    /// A name, the type, and files.
    type Case = (&'static str, &'static str, Vec<(&'static str, String)>);
    let cases: Vec<Case> = vec![
        (
            "an operation that is nowhere, and a slip of the pen",
            "taskserv",
            vec![(
                "nulib/mod.nu",
                changed(
                    Taskserv,
                    &[
                        ("export def restart [", "def unrelated ["),
                        ("export def check-updates [", "export def chek-updates ["),
                        ("export def taskserv-info [", "def taskserv-info ["),
                    ],
                ),
            )],
        ),
        (
            "operations in other files",
            "taskserv",
            vec![
                (
                    "nulib/mod.nu",
                    format!(
                        "use lost.nu *\nexport use create.nu\n{}",
                        changed(
                            Taskserv,
                            &[
                                ("export def install [", "def other ["),
                                ("export def restart [", "def another ["),
                                ("export def status [", "def status ["),
                            ]
                        )
                    ),
                ),
                (
                    "nulib/lost.nu",
                    "export def restart []: nothing -> nothing { }\n".to_owned(),
                ),
                (
                    "nulib/create.nu",
                    "export def install [config: record = {}, --check, --version: string]: nothing -> record { {} }\n"
                        .to_owned(),
                ),
            ],
        ),
        (
            "names of the guide",
            "cluster",
            vec![(
                "nulib/mod.nu",
                changed(
                    Cluster,
                    &[
                        ("export def create [", "export def deploy_a ["),
                        ("export def list-components [", "export def list_components ["),
                    ],
                ),
            )],
        ),
        (
            "parameters, flags and types",
            "taskserv",
            vec![(
                "nulib/mod.nu",
                changed(
                    Taskserv,
                    &[
                        ("export def configure [\n    config: record", "export def configure [\n    config: string, extra: int"),
                        ("export def upgrade [\n    version: string", "export def upgrade [\n    # nothing"),
                        ("    --force # Remove it even while it runs\n", ""),
                        ("--version: string", "--version: int"),
                        ("]: nothing -> list<string> {", "]: nothing -> list<int> {"),
                        ("export def check-updates []: nothing -> record {", "export def check-updates []: record -> record {"),
                        ("export def status []: nothing -> record {", "export def status [] {"),
                    ],
                ),
            )],
        ),
        (
            "a record that is narrower, with and without a schema that says so",
            "taskserv",
            vec![
                (
                    "nulib/mod.nu",
                    changed(
                        Taskserv,
                        &[
                            ("config: record = {} # Settings", "config: record<name: string, replicas: int> # Settings"),
                            ("export def configure [\n    config: record", "export def configure [\n    config: record<color: string>"),
                        ],
                    ),
                ),
                (
                    "schemas/version.ncl",
                    "{ Settings | not_exported = { name | String, replicas | std.number.Nat | default = 1, color | String | optional } }"
                        .to_owned(),
                ),
            ],
        ),
        (
            "an alias",
            "taskserv",
            vec![(
                "nulib/mod.nu",
                format!(
                    "{}\nexport alias restart = date now\n",
                    changed(Taskserv, &[("export def restart [", "def restart-it [")])
                ),
            )],
        ),
        (
            "an import that is not there",
            "taskserv",
            vec![("nulib/mod.nu", "export use install.nu *\n".to_owned())],
        ),
        ("no module", "taskserv", vec![]),
    ];
    let all: Vec<String> = cases
        .iter()
        .map(|(name, kind, files)| {
            let files: Vec<(&str, &str)> = files
                .iter()
                .map(|(path, text)| (*path, text.as_str()))
                .collect();
            format!("=== {name}\n{}\n", interface(kind, &files))
        })
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn more_than_the_interface_asks_for_is_fine() {
    let more = changed(
        ExtensionType::Cluster,
        &[
            (
                "    replicas: int",
                "    replicas: number, color: string = red, ...rest: any, --verbose",
            ),
            (
                "]: nothing -> list<record> {",
                "]: [nothing -> table<name: string>, any -> any] {",
            ),
            (
                "export def component-status [\n    name: string",
                "export def component-status [\n    name: oneof<string, int>",
            ),
        ],
    );
    // What takes nothing or text takes nothing; what a module exports as its `main` is a command.
    let more = format!(
        "{}\nexport module scale {{\n    export def main [replicas: int]: nothing -> record {{ {{}} }}\n}}\n",
        more.replacen("]: nothing -> ", "]: oneof<nothing, string> -> ", 1)
            .replace("export def scale [", "def scale-it [")
    );
    assert_eq!(interface("cluster", &[("nulib/mod.nu", &more)]), "");
}

#[test]
fn each_extension_of_a_bundle_is_held_against_its_own_contract() {
    let metadata = "[extension]\nname = \"pack\"\nversion = \"1.0.0\"\n[provides]\nproviders = [\"cloud\"]\ntaskservs = [\"db\", \"big-cache\"]\n";
    let provider = changed(
        ExtensionType::Provider,
        &[("export def get-zones [", "def get-zones [")],
    );
    let db = changed(
        ExtensionType::Taskserv,
        &[("export def restart [", "def restart [")],
    );
    let cache = changed(
        ExtensionType::Taskserv,
        &[("export def status [", "def status [")],
    );
    let (_home, root) = tree(
        "pack",
        &[
            ("extension.toml", metadata),
            ("nulib/providers/mod.nu", &provider),
            ("nulib/taskservs/db/mod.nu", &db),
            ("nulib/taskservs/big_cache.nu", &cache),
        ],
    );
    let report = report(&root, &["interface"]);
    let found: Vec<String> = report
        .errors()
        .map(|finding| finding.diagnostic.message.clone())
        .collect();
    assert_eq!(
        found,
        [
            "the operation `get-zones` is not exported",
            "the operation `restart` is not exported",
            "the operation `status` is not exported"
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_module_behind_a_link_is_checked_like_any_other() {
    let metadata = metadata("a", "taskserv");
    let text = changed(
        ExtensionType::Taskserv,
        &[("export def restart [", "def restart [")],
    );
    let (_home, root) = tree(
        "a",
        &[("metadata.toml", &metadata), ("nulib/real.nu", &text)],
    );
    let link = root.join("nulib/mod.nu");
    std::os::unix::fs::symlink("real.nu", &link).unwrap();
    let codes = || -> Vec<String> {
        let report = report(&root, &["interface"]);
        let code =
            |finding: &crate::validation::Finding| finding.diagnostic.code.as_str().to_owned();
        report.errors().map(code).collect()
    };
    assert_eq!(codes(), ["interface::missing-operation"]);
    // What leads out of the extension is not read, which must not look like success.
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    assert_eq!(codes(), ["interface::not-checked"]);
}

#[test]
fn what_looks_like_a_secret_is_not_shown_beside_a_finding() {
    let wrong = format!(
        "{}\ndef ask [] {{\n    let password = \"hunter2-hunter2\"; $password | foo-bar-baz $nowhere AKIAIOSFODNN7EXAMPLA\n}}\n",
        module(ExtensionType::Taskserv)
    );
    let told = interface("taskserv", &[("nulib/mod.nu", &wrong)]);
    assert!(told.contains("nowhere"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    assert!(!told.contains("AKIAIOSFODNN7EXAMPLA"), "{told}");
}
