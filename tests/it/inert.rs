//! Nothing of an extension's code is run when it is validated, and nothing outside of the extension is shown.

use std::os::unix::fs::symlink;
use std::path::Path;

use provisioning::diagnostic::render;
use provisioning::extension::Host;
use provisioning::nickel::Evaluator;
use provisioning::nushell::Inspector;
use provisioning::validation::{Options, Validator};
use serde_json::{Value, json};

use crate::support::Shell;

/// Code that would leave a mark if it was run: `MARK` is the path of a file that must not come to be, `RAN` a word that must
/// not be printed.
struct Trap {
    name: &'static str,
    /// Files in `nulib`, the module first.
    files: &'static [(&'static str, &'static str)],
    /// What springs it in the real shell, so that it is known to be one.
    springs: Option<&'static str>,
}

const fn trap(name: &'static str, module: &'static [(&'static str, &'static str)]) -> Trap {
    Trap {
        name,
        files: module,
        springs: None,
    }
}

impl Trap {
    const fn sprung(mut self, by: &'static str) -> Self {
        self.springs = Some(by);
        self
    }
}

const TRAPS: &[Trap] = &[
    trap(
        "the environment of a module",
        &[("mod.nu", "export-env { touch MARK; print RAN; $env.RAN = 1 }\n")],
    )
    .sprung("use mod.nu"),
    trap(
        "the environment of an imported module",
        &[
            ("mod.nu", "export use inner.nu *\nexport-env { use inner.nu }\n"),
            ("inner.nu", "export-env { touch MARK }\nexport def a [] { }\n"),
        ],
    )
    .sprung("use mod.nu"),
    trap(
        "the environment of a module in a module",
        &[(
            "mod.nu",
            "export module inner { export-env { touch MARK } }\nexport-env { use inner }\n",
        )],
    )
    .sprung("use mod.nu"),
    trap(
        "hooks",
        &[(
            "mod.nu",
            "export-env { $env.config.hooks.pre_execution = [{|| touch MARK }]; do $env.config.hooks.pre_execution.0 }\n",
        )],
    )
    .sprung("use mod.nu"),
    trap("a constant from a program", &[("mod.nu", "const X = (^touch MARK)\n")]),
    trap("a constant from a command", &[("mod.nu", "const X = (touch MARK)\n")]),
    trap(
        "a constant from a pipeline",
        &[("mod.nu", "const X = ('x' | save MARK)\n")],
    ),
    trap(
        "a constant from a branch",
        &[("mod.nu", "const X = if true { touch MARK; 1 } else { 2 }\n")],
    ),
    trap(
        "a constant from a text",
        &[("mod.nu", "const X = $\"(touch MARK)(print RAN)\"\n")],
    ),
    trap(
        "a constant from a closure",
        &[("mod.nu", "const X = (do { touch MARK })\n")],
    ),
    trap(
        "a constant from an own command",
        &[("mod.nu", "def own [] { touch MARK; 1 }\nconst X = (own)\n")],
    ),
    trap(
        "constants from the environment",
        &[("mod.nu", "const X = $env.PATH\nconst Y = ($env.HOME | path join x)\nconst Z = $nu.home-dir\n")],
    ),
    trap(
        "a constant from commands that are not told from built-in ones",
        &[(
            "mod.nu",
            "def \"path self\" [] { touch MARK }\ndef \"path join\" [x] { touch MARK }\nconst X = (path self)\nconst Y = ('a' | path join b)\nuse (path self) *\n",
        )],
    ),
    trap("code of the module", &[("mod.nu", "touch MARK\nprint RAN\n^touch MARK\nexport def a [] { }\n")]),
    trap(
        "code of a script",
        &[("mod.nu", ""), ("script.nu", "touch MARK\nprint RAN\n^touch MARK\ndef main [] { touch MARK }\n")],
    )
    .sprung("source script.nu"),
    trap(
        "code of tests",
        &[
            ("mod.nu", ""),
            ("../tests/test_all.nu", "use std/testing *\ntouch MARK\n@test\ndef one [] { touch MARK }\n@before-all\ndef all [] { touch MARK }\n"),
        ],
    )
    .sprung("source ../tests/test_all.nu"),
    trap(
        "aliases",
        &[("mod.nu", "export alias a = touch MARK\nexport alias ls = touch MARK\nexport alias b = ^touch MARK\n")],
    )
    .sprung("use mod.nu *; a"),
    trap(
        "attributes",
        &[(
            "mod.nu",
            "export def \"attr mine\" [...x] { touch MARK; print RAN; 1 }\n@mine (touch MARK)\n@example \"x\" { touch MARK } --result (touch MARK)\n@deprecated (touch MARK)\nexport def a [] { }\n",
        )],
    ),
    trap(
        "completions",
        &[(
            "mod.nu",
            "def completed [] { touch MARK; [a b] }\nexport def a [x: string@completed, --y: string@completed = \"a\"] { }\nexport extern tool [x: string@completed]\n",
        )],
    ),
    trap(
        "default values",
        &[(
            "mod.nu",
            "export def a [x = (touch MARK), y: string = $\"(touch MARK)\", --z: any = {|| touch MARK }] { }\n",
        )],
    ),
    trap(
        "commands with the names of built-in ones",
        &[(
            "mod.nu",
            "export def ls [...x] { touch MARK }\nexport def \"path expand\" [] { touch MARK }\nexport def use [x] { touch MARK }\nexport def main [] { touch MARK; ls }\n",
        )],
    ),
    trap(
        "modules with the names of built-in ones",
        &[
            ("mod.nu", "export use std\nexport use ./std/log\nexport use provisioning\nuse ls.nu\n"),
            ("std/mod.nu", "export-env { touch MARK }\n"),
            ("std/log/mod.nu", "export-env { touch MARK }\n"),
            ("provisioning/mod.nu", "export-env { touch MARK }\n"),
            ("ls.nu", "export-env { touch MARK }\nexport def main [] { touch MARK }\n"),
        ],
    )
    .sprung("use ls.nu"),
    trap(
        "the path of an import",
        &[("mod.nu", "use (touch MARK) *\nuse $\"(^touch MARK)\" *\nuse (if true { touch MARK; 'x.nu' }) *\n")],
    ),
    trap(
        "files that are taken in",
        &[
            ("mod.nu", "source x.nu\nsource-env x.nu\nexport def a [] { source x.nu; source-env x.nu; run x.nu; overlay use x.nu; nu x.nu }\n"),
            ("x.nu", "touch MARK\nexport-env { touch MARK }\n"),
        ],
    ),
    trap(
        "plugins",
        &[(
            "mod.nu",
            "plugin use MARK\nplugin add MARK\nexport def a [] { plugin use --plugin-config MARK x; plugin add MARK }\nregister MARK\n",
        )],
    ),
    trap(
        "what runs when it is hidden or overlaid",
        &[("mod.nu", "export-env { touch MARK }\noverlay new x\noverlay use mod.nu\nhide ls\nhide-env PATH\n")],
    ),
    trap(
        "programs beside the code",
        &[("mod.nu", "export def a [] { ^../generate.sh }\n"), ("../generate.sh", "#!/bin/sh\ntouch MARK\n"), ("../scripts/nu", "#!/bin/sh\ntouch MARK\n")],
    ),
    trap(
        "a loop in a constant",
        &[("mod.nu", "const X = (1..3 | each { touch MARK })\nconst Y = (generate {|n| touch MARK; {out: 1} } 1)\nconst Z = (try { touch MARK } catch { touch MARK })\n")],
    ),
    trap(
        "a match in a constant",
        &[("mod.nu", "const X = (match 1 { 1 => (touch MARK), _ => { touch MARK } })\nconst Y = ([(touch MARK)] | first)\nconst Z = {a: (touch MARK)}\n")],
    ),
];

/// Writes an extension and returns its directory.
fn extension(shell: &Shell, name: &str, files: &[(&str, String)]) -> std::path::PathBuf {
    let root = shell.extension(name, "taskserv", "1.0.0");
    for (path, text) in files {
        shell.file(&format!("{name}/nulib/{path}"), text);
    }
    root
}

#[test]
fn nothing_of_the_code_is_run() {
    let shell = Shell::new().with_standard_library();
    let mut validated = Vec::new();
    for (at, trap) in TRAPS.iter().enumerate() {
        let marked = |mark: &Path| -> Vec<(&str, String)> {
            let text = |text: &str| text.replace("MARK", &format!("'{}'", mark.display()));
            trap.files
                .iter()
                .map(|(path, code)| (*path, text(code)))
                .collect()
        };
        let mark = shell.home().join(format!("mark-{at}"));
        extension(&shell, &format!("traps/t{at}"), &marked(&mark));
        validated.push(format!("traps/t{at}"));
        if let Some(code) = trap.springs {
            let name = format!("sprung/t{at}");
            let mark = shell.home().join(format!("sprung-{at}"));
            let root = extension(&shell, &name, &marked(&mark));
            let mut nu = std::process::Command::new(crate::support::nu());
            nu.args(["-n", "-c", code])
                .current_dir(root.join("nulib"))
                .output()
                .unwrap();
            assert!(mark.exists(), "{} is no trap", trap.name);
        }
    }
    let before = snapshot(&shell.home().join("traps"));
    let ran = shell.run(&format!(
        "cd ~
         let all = ({} | each {{|path|
            let report = (extension validate $path)
            let mended = (extension validate $path --fix --check)
            try {{ extension register $path | ignore }}
            $report.errors ++ $report.warnings | get code
         }})
         {{env: ($env.RAN? | describe), hooks: ($env.config.hooks.pre_execution | length), all: $all}} | to json --raw",
        json!(validated)
    ));
    assert!(ran.success, "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["env"], "nothing");
    assert_eq!(told["hooks"], 0);
    assert!(!ran.stderr.contains("RAN"), "{}", ran.stderr);
    let marks: Vec<&str> = TRAPS
        .iter()
        .enumerate()
        .filter(|(at, _)| shell.home().join(format!("mark-{at}")).exists())
        .map(|(_, trap)| trap.name)
        .collect();
    assert_eq!(marks, Vec::<&str>::new(), "were run");
    // Nothing was written either.
    assert_eq!(snapshot(&shell.home().join("traps")), before);
    let all = told["all"].as_array().unwrap();
    assert_eq!(all.len(), TRAPS.len());
    for (codes, trap) in all.iter().zip(TRAPS) {
        let codes = codes.as_array().unwrap();
        assert!(
            !codes.contains(&json!("nushell::internal")),
            "{}: {codes:?}",
            trap.name
        );
        assert!(
            !codes.contains(&json!("nushell::limit")),
            "{}: {codes:?}",
            trap.name
        );
    }
}

/// Returns every path below a directory.
fn snapshot(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(snapshot(&path));
        }
        all.push(path);
    }
    all.sort();
    all
}

/// What must not be shown of what lies outside: names that the extension does not write itself, types and values.
const SECRET: &str = "s3cret";
const SECRETS: &str = "# s3cret
export def foreign [s3cret_parameter: record<s3cret_field: int>]: nothing -> record<s3cret_out: int> { $s3cret_missing }
export def install [s3cret_config: string, s3cret_more: int]: string -> table<s3cret_column: int> { 1 }
export def uninstal-s3cret [] { s3cret-word }
export def health-chek [] { }
export const VALUE = \"s3cret-value\"
export const PATHS = [\"s3cret-path\"]
export alias s3cret-alias = ls --s3cret
export extern s3cret-extern [s3cret_argument: int]
export-env { $env.VALUE = 's3cret' }
";

/// Modules that want to see what lies outside, or to have it shown. `OUT` is the directory outside.
const LOOKS: &[(&str, &str)] = &[
    ("a whole path", "use OUT/secret.nu *\n"),
    ("a path upwards", "use ../../../out/secret.nu *\n"),
    ("an import that is given on", "export use OUT/secret.nu *\n"),
    ("one name", "export use OUT/secret.nu [VALUE install]\n"),
    ("a name that is not there", "use OUT/secret.nu [nowhere]\n"),
    ("a directory", "export use OUT *\n"),
    ("a link", "export use link.nu *\n"),
    ("a link to a directory", "export use linked *\n"),
    ("a directory with a link in it", "export use inside *\n"),
    ("a link to a link", "export use link2.nu *\n"),
    ("a constant", "const P = 'OUT/secret.nu'\nexport use $P *\n"),
    (
        "a constant of constants",
        "const D = (path self | path dirname)\nconst P = ($D | path join '../../../out' | path join secret.nu)\nexport use $P *\n",
    ),
    (
        "a text with a part",
        "const D = 'OUT'\nexport use $\"($D)/secret.nu\" *\n",
    ),
    (
        "the value of a constant as a path",
        "use OUT/secret.nu [VALUE]\nuse $VALUE *\n",
    ),
    (
        "the value of a constant as a constant",
        "use OUT/secret.nu *\nconst X = ($VALUE + 1)\nconst Y: int = $VALUE\nuse (path self $VALUE) *\n",
    ),
    (
        "a wrong call",
        "use OUT/secret.nu *\nexport def a [] { foreign 1 2 3 --no; install; $VALUE + 1; uninstall }\n",
    ),
    (
        "a wrong type",
        "use OUT/secret.nu *\nexport def a []: nothing -> int { foreign {} }\n",
    ),
    (
        "in a command",
        "export def a [] { use OUT/secret.nu *; install }\n",
    ),
    ("a module", "module OUT/secret.nu\n"),
    ("a module that is given on", "export module OUT/secret.nu\n"),
    (
        "an overlay",
        "export def a [] { overlay use OUT/secret.nu }\n",
    ),
    (
        "an overlay of the module",
        "overlay use OUT/secret.nu as x\n",
    ),
    (
        "a file that is taken in",
        "source OUT/secret.nu\nexport def a [] { source OUT/secret.nu }\n",
    ),
    (
        "a file that is run",
        "export def a [] { run OUT/secret.nu; source-env OUT/secret.nu }\n",
    ),
    (
        "an own list of directories",
        "const NU_LIB_DIRS = ['OUT']\nuse secret.nu *\n",
    ),
    ("users", "use /etc/passwd *\n"),
    ("the environment", "use /proc/self/environ *\n"),
    ("the command line", "use /proc/self/cmdline *\n"),
    ("an open file", "use /proc/self/fd/0 *\n"),
    ("this program", "use /proc/self/exe *\n"),
    (
        "this directory",
        "use /proc/self/cwd *\nuse /proc/self/root *\n",
    ),
    ("the home", "use ~/out/secret.nu *\nuse ~/.profile *\n"),
    (
        "a completion",
        "def c [] { use OUT/secret.nu; [] }\nexport def a [x: string@c] { }\n",
    ),
    (
        "a default value",
        "use OUT/secret.nu *\nexport def a [x = $VALUE, y: int = $VALUE] { }\n",
    ),
    (
        "an attribute",
        "use OUT/secret.nu *\n@example $VALUE { install }\n@deprecated $VALUE\nexport def a [] { }\nexport def b [] { a }\n",
    ),
];

/// Writes the modules and returns their names.
fn looks(shell: &Shell) -> Vec<String> {
    let out = shell.home().join("out");
    shell.file("out/secret.nu", SECRETS);
    shell.file("out/mod.nu", SECRETS);
    shell.file(".profile", SECRET);
    let mut names = Vec::new();
    for (at, (_, code)) in LOOKS.iter().enumerate() {
        let name = format!("looks/l{at}");
        let code = code.replace("OUT", &out.display().to_string());
        let root = extension(shell, &name, &[("mod.nu", code)]);
        let nulib = root.join("nulib");
        symlink(out.join("secret.nu"), nulib.join("link.nu")).unwrap();
        symlink("link.nu", nulib.join("link2.nu")).unwrap();
        symlink("../../../out", nulib.join("linked")).unwrap();
        std::fs::create_dir(nulib.join("inside")).unwrap();
        symlink(out.join("mod.nu"), nulib.join("inside/mod.nu")).unwrap();
        names.push(name);
    }
    names
}

/// Returns what is wrong with what was told of a module: that it is right, or something that must not be known.
fn seen(name: &str, is_valid: bool, codes: &[String], shown: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if is_valid || !codes.iter().any(|code| is_about_code(code)) {
        wrong.push(format!("{name}: is taken: {codes:?}"));
    }
    for hidden in [SECRET, "health-chek", "root:", "PATH=", "--worker"] {
        if shown.contains(hidden) {
            wrong.push(format!("{name}: shows {hidden}:\n{shown}"));
        }
    }
    wrong
}

fn is_about_code(code: &str) -> bool {
    code.starts_with("nushell::") || code.starts_with("security::")
}

#[test]
fn nothing_outside_of_the_extension_is_shown() {
    let shell = Shell::new().with_standard_library();
    let names = looks(&shell);
    let told = shell.value(&format!(
        "{} | each {{|path|
            let report = (extension validate $path --rule [interface security])
            let shown = (try {{ extension validate $path --strict; '' }} catch {{|error| $error.rendered }})
            {{valid: $report.valid, codes: $report.errors.code, shown: ($shown + ($report | to json))}}
         }}",
        json!(names)
    ));
    let mut wrong = Vec::new();
    for ((name, _), told) in LOOKS.iter().zip(told.as_array().unwrap()) {
        let codes: Vec<String> = serde_json::from_value(told["codes"].clone()).unwrap();
        let shown = told["shown"].as_str().unwrap();
        wrong.extend(seen(name, told["valid"] == true, &codes, shown));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_outside_is_shown_where_nobody_forbids_to_read_it() {
    let shell = Shell::new();
    let names = looks(&shell);
    let host = Host::with_nushell(semver::Version::new(0, 115, 1));
    // In this process, every file can be read.
    let validator = Validator::new(host, Evaluator::default(), Inspector::default());
    let rules = ["interface".to_owned(), "security".to_owned()];
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    let mut wrong = Vec::new();
    for ((name, _), path) in LOOKS.iter().zip(&names) {
        let report = validator
            .validate(&shell.home().join(path), &options)
            .unwrap();
        let errors = report
            .errors()
            .map(|finding| finding.diagnostic.code.as_str().to_owned());
        let codes: Vec<String> = errors.collect();
        let shown: String = report
            .findings
            .iter()
            .map(|finding| render(&finding.diagnostic) + "\n")
            .collect();
        wrong.extend(seen(name, report.valid, &codes, &shown));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
