//! Inspections of real trees.

use std::path::{Path, PathBuf};

use super::*;

mod advice;
mod causes;
mod recognition;

/// Every Nushell file below a directory, sorted.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in root.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "nu") {
            all.push(path);
        }
    }
    all.sort();
    all
}

fn inspect(root: &Path, modules: &[&str]) -> std::sync::Arc<Inspection> {
    inspect_with(&Inspector::default(), root, modules)
}

fn inspect_with(
    inspector: &Inspector,
    root: &Path,
    modules: &[&str],
) -> std::sync::Arc<Inspection> {
    let root = root.canonicalize().unwrap();
    let request = Request {
        modules: modules
            .iter()
            .map(|module| WantedModule {
                path: root.join(module),
                commands: Vec::new(),
            })
            .collect(),
        scripts: files(&root),
        root,
        lib_dirs: Vec::new(),
        definitions: false,
    };
    inspector
        .inspect(&request, &crate::nushell::CodeFiles::default(), &|| false)
        .unwrap()
}

/// Commands of the plugin that examples call: the library does not know them by itself.
fn of_the_plugin() -> Vec<Declaration> {
    use nu_protocol::{Signature, SyntaxShape, Type};
    let any = |name: &str| Signature::build(name).input_output_type(Type::Any, Type::Any);
    let flag = |signature: Signature, name: &str| signature.named(name, SyntaxShape::Any, "", None);
    let file = |name: &str| any(name).required("file", SyntaxShape::Filepath, "");
    let open = |name: &str| {
        let rest = any(name).rest("rest", SyntaxShape::Any, "");
        rest.allows_unknown_args()
    };
    [
        any("cluster resolve-deps"),
        open("cluster component-status"),
        open("cluster create"),
        open("cluster delete"),
        open("cluster list-components"),
        open("cluster plan"),
        open("cluster restart-component"),
        open("cluster scale"),
        open("cluster status"),
        open("cluster upgrade"),
        flag(
            any("extension info").required("name", SyntaxShape::String, ""),
            "type",
        ),
        open("extension call"),
        open("extension register"),
        flag(file("nickel apply"), "contract"),
        open("nickel eval"),
        flag(file("template render"), "data").switch("strict", "", None),
    ]
    .into_iter()
    .map(Declaration::new)
    .collect()
}

fn rendered(inspection: &Inspection) -> String {
    let sources = inspection.sources(Path::new("/"), |_, text| text.to_owned());
    let all: Vec<String> = inspection
        .diagnostics(&sources)
        .iter()
        .map(crate::diagnostic::render)
        .collect();
    all.join("\n\n")
}

/// What is found in a module with this text.
fn found_in(text: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    std::fs::write(root.join("mod.nu"), text).unwrap();
    let inspection = inspect(&root, &["mod.nu"]);
    rendered(&inspection).replace(&format!("{}/", root.display()), "")
}

/// The samples that today's parser rejects, NUP-01..13, and some that it takes without a word.
const PARSED: &[(&str, &str)] = &[
    (
        "NUP-01 the old way to write a return type",
        "export def a [] -> record {\n    {a: 1}\n}\n",
    ),
    (
        "NUP-01 with parameters over lines, twice",
        "export def a [\n    x: string\n    --check\n] -> list<string> {\n    [$x]\n}\nexport def b [] -> string { \"\" }\n",
    ),
    (
        "NUP-01 of what is piped in",
        "export def a [] -> string {\n    $in | str trim\n}\n",
    ),
    (
        "NUP-02 null in the old way",
        "export def a [] -> null {\n}\n",
    ),
    (
        "NUP-02 null as a type",
        "export def a []: nothing -> null { }\n",
    ),
    (
        "NUP-03 a switch with a type",
        "export def a [--check: bool = false, --force: bool]: nothing -> bool { $check }\nexport def b []: nothing -> bool { a --check }\n",
    ),
    (
        "NUP-03 a switch that is on",
        "export def a [--check: bool = true]: nothing -> bool { $check }\n",
    ),
    (
        "NUP-04 a switch with a value",
        "export def a [c: record, --check]: nothing -> record { $c }\nexport def b []: nothing -> record { a {x: 1} --check true }\n",
    ),
    (
        "NUP-05 an error at the end",
        "export def a [n: int]: nothing -> string {\n    if $n > 1 { return \"x\" }\n    error make {msg: \"no\"}\n}\n",
    ),
    (
        "NUP-06 a variable that changes in catch",
        "export def a []: nothing -> list<string> {\n    mut warnings = []\n    try { ^false } catch { $warnings = [x] }\n    $warnings\n}\n",
    ),
    (
        "NUP-07 std without its commands",
        "use std log\nexport def a []: nothing -> nothing { log info \"x\" }\nexport def b []: nothing -> nothing { log error \"x\" }\n",
    ),
    (
        "NUP-08 modules that are not there",
        "use ../../../lib_provisioning *\nexport use create.nu *\nexport def a []: nothing -> nothing { helper }\n",
    ),
    (
        "NUP-09 a duration and a number",
        "export def a [t: datetime, timeout: int]: nothing -> bool { ((date now) - $t) / 1000000000 > $timeout }\n",
    ),
    (
        "NUP-10 the substitution of other shells",
        "export def a []: nothing -> string { $\"backup-$(date +%Y%m%d_%H%M%S).sql\" }\n",
    ),
    (
        "NUP-11 a flag that is not there",
        "export def a [n: int]: nothing -> string { $n | fill --width 2 --char '0' }\n",
    ),
    (
        "NUP-12 what is going to be gone",
        "export def a [s: string]: nothing -> string { $s | str downcase }\n",
    ),
    (
        "NUP-13 a variable that is not there",
        "export def a []: nothing -> any { $api_response.status }\nexport def b [config: record]: nothing -> any { $confg }\n",
    ),
    (
        "brackets",
        "export def a []: nothing -> list<int> {\n    [1 2\n}\nexport def b []: nothing -> string { helper }\n",
    ),
    (
        "a circle",
        "use mod.nu *\nexport def a []: nothing -> nothing { }\n",
    ),
    (
        "a constant that runs something",
        "const x = (open /etc/passwd)\nexport def a []: nothing -> any { $x }\n",
    ),
    (
        "files that are taken in",
        "export def a []: nothing -> nothing { source /dev/zero }\nexport def b []: nothing -> nothing { source-env other.nu }\nexport def c []: nothing -> nothing { run x.nu }\nexport def d []: nothing -> nothing { overlay use mod.nu }\n",
    ),
];

/// Samples that parse and go wrong later, NUR.
const LINTED: &[(&str, &str)] = &[
    (
        "NUR-01 a quoted path",
        "export def a [config: record]: nothing -> any { $config | get -o \"auth.api_key\" }\nexport def b [config: record]: nothing -> any { $config | get 'a.b' }\n",
    ),
    (
        "NUR-02 assert without its import",
        "export def a []: nothing -> nothing { assert equal 1 1 }\nexport def b []: nothing -> nothing { assert (1 == 1) }\n",
    ),
    (
        "NUR-03 std testing",
        "use std testing\nexport def a []: nothing -> nothing { }\n",
    ),
    (
        "NUR-09 helpers that are not there",
        "export def a []: nothing -> nothing { download-binary x; ^curl x; /usr/bin/env x }\ndef download_binary []: nothing -> nothing { }\n",
    ),
    (
        "NUR-10 a command of nowhere",
        "export def a [c: record]: nothing -> any { taskserv create $c.name --config $c.config --wait }\n",
    ),
    (
        "NUR-14 the answer of systemctl",
        "export def a []: nothing -> string { systemctl is-active x | str trim }\nexport def b []: nothing -> string { ^systemctl is-active x | complete | get stdout }\n",
    ),
    (
        "NUR-15 a variable of the environment",
        "export def a []: nothing -> bool { $env.CUSTOM_KEY | is-empty }\nexport def b []: nothing -> any { $env.CUSTOM_URL | default \"x\" }\nexport def c []: nothing -> any { $env.CUSTOM_URL? | default \"x\" }\n",
    ),
    (
        "NUR-16 an environment that is lost",
        "export def a []: nothing -> nothing {\n    $env.READY = true\n}\nexport def --env b []: nothing -> nothing { $env.READY = true }\nexport def c []: nothing -> nothing { $env.LANG = 'C'; ^date }\n",
    ),
    (
        "NUR-17 a default that comes too late",
        "export def a [config: record]: nothing -> any { $config.version | default \"14.0\" }\nexport def b [config: record]: nothing -> any { $config.ssl?.enabled | default true }\nexport def c [config: record]: nothing -> any { $config.version? | default \"14.0\" }\n",
    ),
    (
        "NUR-19 a file that is written once",
        "export def a []: nothing -> nothing { 'x' | save \"/etc/x.conf\" }\nexport def b [f: path]: nothing -> nothing { 'x' | save $f; 'x' | save --force /etc/x }\n",
    ),
    (
        "NUR-20 columns that are aligned",
        "export def a []: nothing -> int { ^free -m | lines | get 1 | split row ' ' | get 1 | into int }\n",
    ),
    (
        "NUR-21 a list of variables",
        "export def a []: nothing -> any { with-env [API_KEY \"x\"] { ^env } }\n",
    ),
    (
        "NUR-23 a row that may not be there",
        "export def a []: nothing -> any { ^db --version | parse \"Database {version}\" | get version.0 }\n",
    ),
    (
        "NUR-25 print in a command that returns data",
        "export def a []: nothing -> record {\n    print \"Creating\"\n    if true { print --stderr x; print y }\n    {a: 1}\n}\nexport def b []: nothing -> nothing { print x }\n",
    ),
];

fn report(cases: &[(&str, &str)]) -> String {
    let all: Vec<String> = cases
        .iter()
        .map(|(name, text)| format!("=== {name}\n{}\n", found_in(text)))
        .collect();
    all.join("\n")
}

#[test]
fn what_the_parser_rejects_is_told_with_the_line_to_write() {
    insta::assert_snapshot!(report(PARSED));
}

#[test]
fn what_goes_wrong_later_is_told_too() {
    insta::assert_snapshot!(report(LINTED));
}

/// What is found in several files, the first of which is the module.
fn found_in_all(texts: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    for (path, text) in texts {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let inspection = inspect(&root, &[texts[0].0]);
    rendered(&inspection).replace(&format!("{}/", root.display()), "")
}

#[test]
fn a_command_of_another_file_is_told_with_its_import() {
    // NUR-05
    let found = found_in_all(&[
        (
            "nulib/mod.nu",
            "export def validate-config []: nothing -> bool { true }\n",
        ),
        (
            "tests/unit_tests.nu",
            "def test_it []: nothing -> bool { validate-config }\n",
        ),
        (
            "nulib/other.nu",
            "def x []: nothing -> bool { validate-config }\n",
        ),
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn a_module_that_several_files_import_is_told_once() {
    let found = found_in_all(&[
        ("nulib/mod.nu", "export use broken.nu *\n"),
        ("nulib/broken.nu", "export def a [] -> record { {} }\n"),
        ("tests/a.nu", "use ../nulib/mod.nu *\n"),
        (
            "tests/b.nu",
            "use ../nulib/mod.nu *\nuse ../nulib/broken.nu\n",
        ),
    ]);
    assert_eq!(found.matches("error[").count(), 1, "{found}");
}

#[test]
fn definitions_of_one_script_are_not_those_of_another() {
    let found = found_in_all(&[
        ("nulib/mod.nu", ""),
        (
            "tests/a.nu",
            "def helper []: nothing -> int { 1 }\nhelper\n",
        ),
        ("tests/b.nu", "let x = 1\nhelper\n"),
        ("tests/c.nu", "$x\n"),
    ]);
    insta::assert_snapshot!(found);
}

/// Writes Nushell's standard library into a directory.
fn standard_library(directory: &Path) {
    let mut engine = nu_cmd_lang::create_default_context();
    nu_std::load_standard_library(&mut engine).unwrap();
    let set = nu_protocol::engine::StateWorkingSet::new(&engine);
    for file in set.files() {
        if file.name.ends_with(".nu") {
            let path = directory.join(&*file.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &*file.content).unwrap();
        }
    }
}

#[test]
fn code_that_is_right_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    standard_library(home.path());
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/extensions");
    let mut told = Vec::new();
    for tree in [home.path().canonicalize().unwrap(), examples] {
        assert!(files(&tree).len() > 15, "{}", tree.display());
        let inspector = Inspector::default().knowing(of_the_plugin());
        let inspection = inspect_with(&inspector, &tree, &[]);
        told.push(rendered(&inspection).replace(&format!("{}/", tree.display()), ""));
    }
    insta::assert_snapshot!(told.join("\n=== examples\n"));
}

/// Returns the codes, lines and columns of what is wrong in a text.
fn places_in(text: &[u8]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    std::fs::write(root.join("mod.nu"), text).unwrap();
    let inspection = inspect(&root, &["mod.nu"]);
    let sources = inspection.sources(Path::new("/"), |_, text| text.to_owned());
    let place = |finding: &crate::diagnostic::Diagnostic| {
        let label = &finding.labels[0];
        let location = label.source.location(label.span.start);
        let text = &label.source.text()[label.span.start..label.span.end];
        let (line, column) = (location.line, location.column);
        format!("{} {line}:{column} {text}", finding.code.as_str())
    };
    inspection.diagnostics(&sources).iter().map(place).collect()
}

#[test]
fn places_are_exact_whatever_the_text_is_made_of() {
    let wrong = "export def a []: nothing -> any {\n  # \u{e4}\u{1f600}\n  \"\u{e4}\u{1f600}\" + $nowhere\n}\n";
    let told = ["nushell::unknown-variable 3:10 $nowhere"];
    assert_eq!(places_in(wrong.as_bytes()), told);
    let lines = wrong.replace('\n', "\r\n");
    assert_eq!(places_in(lines.as_bytes()), told);
    let marked = format!("\u{feff}# x\n{wrong}");
    assert_eq!(
        places_in(marked.as_bytes()),
        [
            "nushell::syntax 1:1 \u{feff}",
            "nushell::unknown-variable 4:10 $nowhere"
        ]
    );
    // At the very end, without a line break.
    assert_eq!(
        places_in(b"export def a [] { $b }"),
        ["nushell::unknown-variable 1:19 $b"]
    );
    assert_eq!(places_in(b"def"), ["nushell::arguments 1:4 "]);
}

#[test]
fn a_warning_does_not_hide_an_error() {
    let told = places_in(
        b"export def a []: nothing -> string { systemctl is-active $nowhere | str trim }\n",
    );
    assert!(
        told.contains(&"nushell::unknown-variable 1:58 $nowhere".to_owned()),
        "{told:?}"
    );
    let told = places_in(b"export def a [] { break }\nexport def b [] { continue }\n");
    assert_eq!(
        told,
        [
            "nushell::syntax 1:19 break",
            "nushell::syntax 2:19 continue"
        ]
    );
}

#[test]
fn no_file_of_the_extension_is_overlooked() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    std::fs::write(
        root.join("mod.nu"),
        "use \"./<end>.nu\" *\nuse ./latin.txt *\n",
    )
    .unwrap();
    std::fs::write(root.join("<end>.nu"), "export def a [] { $nowhere }\n").unwrap();
    std::fs::write(
        root.join("latin.txt"),
        b"# \xff\xff\xff\xff\nexport def b [] { $nowhere }\n",
    )
    .unwrap();
    let inspection = inspect(&root, &["mod.nu"]);
    let codes: Vec<&str> = inspection
        .problems
        .iter()
        .map(|problem| problem.code.as_str())
        .collect();
    assert_eq!(codes, ["nushell::unknown-variable", "nushell::unreadable"]);
}

#[test]
fn code_that_guards_itself_is_not_warned_about() {
    let right = [
        "export def a []: nothing -> string { try { ^systemctl is-active x | str trim } catch { \"no\" } }\n",
        "export def a []: nothing -> any { do --ignore-errors { ^systemctl is-active x | str trim } }\n",
        "export def --env a []: nothing -> string { $env.X = \"1\"; $env.X | default \"2\" }\n",
        "export def a []: nothing -> string { if \"X\" in $env { $env.X | default \"2\" } else { \"\" } }\n",
        "export def a []: nothing -> any { $env.config | default {} }\n",
        "export def a []: nothing -> any { try { error make {msg: x} } catch {|e| $e.msg | default \"\" } }\n",
        "export def a []: nothing -> nothing { if not (\"/tmp/x\" | path exists) { \"\" | save /tmp/x } }\n",
        "export def a []: nothing -> string { \"a b\" | split row \" \" | get 1 }\n",
        "export def a [--progress]: nothing -> string { if $progress { print \"at work\" }; \"done\" }\n",
        "export def a []: nothing -> string { def tell [] { print \"at work\" }; \"done\" }\n",
        "use std assert\nexport def a []: nothing -> nothing { assert true }\n",
    ];
    for text in right {
        assert_eq!(found_in(text), "", "{text}");
    }
}

/// What is left of a text when the first edit of each of its findings is done.
fn edited(text: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    std::fs::write(root.join("mod.nu"), text).unwrap();
    let inspection = inspect(&root, &["mod.nu"]);
    let sources = inspection.sources(Path::new("/"), |_, text| text.to_owned());
    let mut edits: Vec<(usize, usize, String)> = inspection
        .diagnostics(&sources)
        .iter()
        .flat_map(|finding| &finding.fix)
        .map(|edit| (edit.span.start, edit.span.end, edit.replacement.clone()))
        .collect();
    edits.sort();
    edits.dedup();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, &new);
    }
    text
}

#[test]
fn edits_change_what_they_are_about_and_nothing_else() {
    let cases = [
        (
            "export def a [s: string]: nothing -> string { $s | str  downcase }\n",
            "export def a [s: string]: nothing -> string { $s | str lowercase }\n",
        ),
        (
            "export def a [s: string]: nothing -> string { $s | (str\n  downcase) }\n",
            "export def a [s: string]: nothing -> string { $s | (str lowercase) }\n",
        ),
        (
            "export def a [] -> list<int> { each {|x| $x + 1 } }\n",
            "export def a []: any -> list<int> { each {|x| $x + 1 } }\n",
        ),
        (
            "export def a []: nothing -> any { with-env [A 1] { $env.A } }\n",
            "export def a []: nothing -> any { with-env {A: 1} { $env.A } }\n",
        ),
        (
            "export def a [more: list<string>]: nothing -> any { with-env [A ...$more] { $env.A } }\n",
            "export def a [more: list<string>]: nothing -> any { with-env [A ...$more] { $env.A } }\n",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(edited(before), after);
    }
}
