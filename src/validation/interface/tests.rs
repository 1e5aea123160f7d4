//! Modules that do not offer what they have to, with real trees.

use std::path::{Path, PathBuf};

use super::super::tests::{metadata, module, report, tree};
use crate::extension::ExtensionType;

/// The findings of rule `interface` on an extension with these files, as people read them.
fn interface(kind: &str, files: &[(&str, &str)]) -> String {
    let metadata = metadata("a", kind);
    let mut all = vec![("metadata.toml", metadata.as_str())];
    all.extend(files);
    let (_home, root) = tree("a", &all);
    let report = report(&root, &["interface"]);
    for finding in &report.findings {
        let help = finding.diagnostic.help.as_deref().unwrap_or_default();
        assert!(
            !help.is_empty(),
            "{}",
            crate::diagnostic::render(&finding.diagnostic)
        );
    }
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

#[test]
fn advice_on_operations_does_what_it_says() {
    const DEF: &str = "def restart []: nothing -> nothing { }";
    let others = changed(
        ExtensionType::Taskserv,
        &[("export def restart [", "def other [")],
    );
    let exported = format!("export {DEF}\n");
    let nested = format!("def z []: nothing -> nothing {{ {DEF}; restart }}\n");
    let within = format!("export module s {{ export {DEF} }}\n");
    let kept = format!("module s {{ export {DEF} }}\n");
    /// Where it is; what stands before the module, and in another file; the help; and both once that is done.
    type Case<'a> = (&'a str, String, &'a str, &'a str, String, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (
            "exported by a file that is only used",
            "use h.nu *\n".to_owned(),
            &exported,
            "write `export use ./h.nu *` in mod.nu",
            "export use ./h.nu *\n".to_owned(),
            &exported,
        ),
        (
            "exported by a file that nobody uses",
            String::new(),
            &exported,
            "write `export use ./h.nu *` in mod.nu",
            "export use ./h.nu *\n".to_owned(),
            &exported,
        ),
        (
            "kept by another file",
            "use h.nu *\n".to_owned(),
            "def restart []: nothing -> nothing { }\n",
            "write `export def restart`, and `export use h.nu *` in mod.nu",
            "export use h.nu *\n".to_owned(),
            &exported,
        ),
        (
            "with the name of its file before it",
            "export use h.nu\n".to_owned(),
            &exported,
            "it is exported as `h restart`: write `export use h.nu *`",
            "export use h.nu *\n".to_owned(),
            &exported,
        ),
        (
            "with the name of a module in the same file before it",
            within.clone(),
            "",
            "write `export use s *` after the module `s`",
            format!("{within}export use s *\n"),
            "",
        ),
        (
            "in a module of the same file",
            kept.clone(),
            "",
            "write `export use s *` after the module `s`",
            format!("{kept}export use s *\n"),
            "",
        ),
        (
            "within another command",
            nested,
            "",
            "move it out of where it is defined, as `export def restart`",
            exported.clone(),
            "",
        ),
        (
            "kept by the module",
            format!("{DEF}\n"),
            "",
            "write `export def restart`",
            exported.clone(),
            "",
        ),
        (
            "in a module of another file",
            "use h.nu\n".to_owned(),
            &within,
            "write `export use ./h.nu s *` in mod.nu",
            "export use ./h.nu s *\n".to_owned(),
            &within,
        ),
    ];
    let metadata = metadata("a", "taskserv");
    let findings = |before: &str, other: &str| -> Vec<Option<String>> {
        let module = format!("{before}{others}");
        let files = [
            ("metadata.toml", metadata.as_str()),
            ("nulib/mod.nu", &module),
            ("nulib/h.nu", other),
        ];
        let (_home, root) = tree("a", &files);
        let report = report(&root, &["interface"]);
        let findings = report.findings.iter();
        findings
            .map(|finding| finding.diagnostic.help.clone())
            .collect()
    };
    for (name, before, other, help, after, other_after) in cases {
        assert_eq!(findings(&before, other), [Some(help.to_owned())], "{name}");
        assert_eq!(findings(&after, other_after), [], "{name}");
    }
}

#[test]
fn a_name_that_is_nearly_one_of_an_operation_is_told_for_that_one_alone() {
    let renamed = changed(
        ExtensionType::Taskserv,
        &[
            ("export def install [", "export def instal ["),
            ("export def uninstall [", "def gone ["),
            ("export def restart [", "export def _restart ["),
        ],
    );
    let told = interface("taskserv", &[("nulib/mod.nu", &renamed)]);
    assert_eq!(told.matches("did you mean").count(), 1, "{told}");
    assert!(
        told.contains("did you mean `instal`? rename it: install ["),
        "{told}"
    );
    assert!(!told.contains("_restart"), "{told}");
}

#[test]
fn a_module_that_cannot_be_read_is_told_once() {
    let metadata = metadata("a", "taskserv");
    let told = |prepare: &dyn Fn(&Path)| -> Vec<String> {
        let files = [("metadata.toml", metadata.as_str()), ("nulib/", "")];
        let (_home, root) = tree("a", &files);
        prepare(&root.join("nulib"));
        let report = report(&root, &["interface"]);
        let findings = report.findings.iter().map(|finding| &finding.diagnostic);
        findings
            .map(|finding| {
                assert!(finding.help.is_some());
                format!("{} {}", finding.code, finding.message)
            })
            .collect()
    };
    let write = |path: PathBuf, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    let whole = module(ExtensionType::Taskserv);
    let marked = "\u{feff}export use h.nu *\n";
    assert_eq!(
        told(&|nulib| std::fs::create_dir(nulib.join("mod.nu")).unwrap()),
        ["nushell::unreadable the module is a directory, and has to be a file"]
    );
    assert_eq!(
        told(&|nulib| write(nulib.join("mod.nu"), &vec![b'#'; 1 << 21])),
        ["nushell::too-large the file is larger than 1 MiB"]
    );
    assert_eq!(
        told(&|nulib| write(nulib.join("mod.nu"), b"export def a [] {} # \xff\n")),
        ["nushell::not-utf8 the file is not UTF-8 text"]
    );
    assert_eq!(
        told(&|nulib| {
            write(nulib.join("mod.nu"), marked.as_bytes());
            write(nulib.join("h.nu"), whole.as_bytes());
        }),
        ["nushell::syntax the file begins with a byte-order mark, which Nushell takes for a word"]
    );
    // What is imported and cannot be read is told once, and once what may be in it.
    let imported = told(&|nulib| {
        write(nulib.join("mod.nu"), b"export use h.nu *\n");
        write(nulib.join("h.nu"), b"export def a [] {} # \xff\n");
    });
    assert_eq!(imported.len(), 2, "{imported:?}");
    assert_eq!(imported[0], "nushell::not-utf8 the file is not UTF-8 text");
    assert!(
        imported[1].contains("9 operations of a taskserv"),
        "{imported:?}"
    );
}
