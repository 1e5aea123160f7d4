//! Nushell modules whose inspection is compared with the real Nushell.
//!
//! The modules lie in `tests/nushell/conformance/`. Those in `valid/` are read by the real one with `use`, which then tells
//! what they brought into scope; those in `broken/` it refuses. [`DIFFERENCES`] has those of which something else holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use provisioning::nushell::{
    CodeFiles, Command, CommandKind, Inspection, Inspector, Request, WantedModule, builtin_names,
};
use serde_json::{Value, json};

use crate::support::{PLUGIN, Shell, repository};

/// Fewer modules than this prove too little.
const MIN_VALID: usize = 75;
const MIN_BROKEN: usize = 50;

/// Broken modules that the real `nu-check` lets through, and why.
const LET_THROUGH: &[(&str, &str)] = &[
    (
        "captured-mutable",
        "`use` refuses it: captures are looked at when the text around the module is done",
    ),
    (
        "break-outside-loop",
        "`use` refuses it: only the compiler sees it",
    ),
];

/// Returns the modules of a kind: files, and directories with a `mod.nu`.
fn modules(kind: &str) -> Vec<PathBuf> {
    let directory = repository().join("tests/nushell/conformance").join(kind);
    let mut all: Vec<PathBuf> = directory
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Returns the file that holds the module itself.
fn file(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join("mod.nu")
    } else {
        path.to_owned()
    }
}

fn inspect(inspector: &Inspector, path: &Path) -> std::sync::Arc<Inspection> {
    let request = Request {
        root: path.parent().unwrap().canonicalize().unwrap(),
        modules: vec![WantedModule {
            path: file(path),
            commands: Vec::new(),
        }],
        ..Request::default()
    };
    inspector
        .inspect(&request, &CodeFiles::default(), &|| false)
        .unwrap()
}

/// A command in one form for both sides, a line for each thing that is compared. Of an alias that is its name alone: the real
/// one does not tell more.
fn lines_of_ours(command: &Command, nuon: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let kind = match command.kind {
        CommandKind::Definition => "custom",
        CommandKind::Alias => "alias",
        CommandKind::External => "external",
    };
    lines.insert(format!("is {kind}"));
    if command.kind == CommandKind::Alias {
        return lines;
    }
    lines.insert(format!("about {:?}", command.description));
    // A default of `null` the real one does not tell.
    let default = |text: &Option<String>| {
        let text = text.as_ref().filter(|text| *text != "null")?;
        Some(nuon[text].clone())
    };
    for (at, parameter) in command.parameters.iter().enumerate() {
        lines.insert(parameter_line(
            &format!("positional {at} {}", parameter.name),
            &parameter.kind,
            !parameter.required,
            default(&parameter.default),
            &parameter.description,
        ));
    }
    if let Some(rest) = &command.rest {
        lines.insert(parameter_line(
            "rest",
            &rest.kind,
            true,
            None,
            &rest.description,
        ));
    }
    for flag in &command.flags {
        let short = flag
            .short
            .map_or(String::new(), |short| format!("-{short}"));
        lines.insert(parameter_line(
            &format!("flag {} {short}", flag.name),
            flag.kind.as_deref().unwrap_or("(switch)"),
            true,
            default(&flag.default),
            &flag.description,
        ));
    }
    // The real one tells pairs with one type of input as one, and for nothing said `any`.
    for (input, output) in &command.types {
        lines.insert(format!("gives {input} -> {output}"));
    }
    if command.types.is_empty() {
        lines.insert("gives any -> any".to_owned());
    }
    lines
}

fn parameter_line(
    what: &str,
    kind: &str,
    is_optional: bool,
    default: Option<String>,
    description: &str,
) -> String {
    let mut line = format!("{what}: {kind}");
    if !is_optional {
        line.push_str(" required");
    }
    if let Some(default) = default {
        write!(line, " = {default}").unwrap();
    }
    write!(line, " # {description:?}").unwrap();
    line
}

/// The same of a row of `scope commands`.
fn lines_of_theirs(row: &Value) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines.insert(format!("is {}", text(&row["type"])));
    if row["signatures"].is_null() {
        return lines;
    }
    lines.insert(format!("about {:?}", text(&row["description"])));
    for (input, rows) in row["signatures"].as_object().unwrap() {
        let rows = rows.as_array().unwrap();
        let mut at = 0;
        for row in rows {
            let kind = text(&row["parameter_type"]);
            let shape = text(&row["syntax_shape"]);
            let name = text(&row["parameter_name"]);
            let is_optional = row["is_optional"].as_bool().unwrap();
            let default = row["parameter_default"].as_str().map(str::to_owned);
            let about = text(&row["description"]);
            match kind.as_str() {
                "input" => {}
                "output" => {
                    lines.insert(format!("gives {input} -> {shape}"));
                }
                "positional" => {
                    let what = format!("positional {at} {name}");
                    at += 1;
                    lines.insert(parameter_line(&what, &shape, is_optional, default, &about));
                }
                "rest" => {
                    lines.insert(parameter_line("rest", &shape, is_optional, default, &about));
                }
                "named" | "switch" => {
                    let short = row["short_flag"]
                        .as_str()
                        .map_or(String::new(), |short| format!("-{short}"));
                    let what = format!("flag {name} {short}");
                    let shape = if kind == "switch" { "(switch)" } else { &shape };
                    lines.insert(parameter_line(&what, shape, is_optional, default, &about));
                }
                other => panic!("{other}"),
            }
        }
    }
    lines
}

/// Asks the real Nushell about what is in scope after all modules were imported, and reads our default values as it does.
fn theirs(modules: &[PathBuf], defaults: &BTreeSet<&String>) -> Value {
    let shell = Shell::new().with_standard_library();
    let imports: String = modules
        .iter()
        .map(|path| format!("use '{}'\n", path.display()))
        .collect();
    shell.file("defaults.json", serde_json::to_string(defaults).unwrap());
    let script = shell.file(
        "ask.nu",
        format!(
            "{imports}
            let commands = (scope commands | where type in [custom external] | each {{|command|
                {{
                    name: $command.name, type: $command.type, description: $command.description,
                    signatures: ($command.signatures | items {{|input, rows|
                        {{k: $input, v: ($rows | update parameter_default {{|row|
                            if $row.parameter_default == null {{ null }} else {{ $row.parameter_default | to nuon }}
                        }})}}
                    }} | reduce --fold {{}} {{|it, all| $all | insert $it.k $it.v }})
                }}
            }})
            let aliases = (scope aliases | select name | insert type alias)
            let modules = (scope modules | select name has_env_block constants.name)
            let defaults = (open defaults.json | each {{|text| {{text: $text, nuon: ($text | from nuon | to nuon)}} }})
            {{commands: ($commands ++ $aliases), modules: $modules, defaults: $defaults}} | to json --raw"
        ),
    );
    let output = std::process::Command::new(crate::support::nu())
        .args(["-n", "-I"])
        .arg(repository().join("nu"))
        .arg(&script)
        .current_dir(shell.home())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_valid_modules_offer_is_what_the_real_one_sees() {
    let modules = modules("valid");
    assert!(modules.len() >= MIN_VALID, "only {}", modules.len());
    let inspector = Inspector::with_worker(PLUGIN);
    let inspections: Vec<_> = modules
        .iter()
        .map(|path| inspect(&inspector, path))
        .collect();
    let mut wrong = Vec::new();
    let mut ours: BTreeMap<String, &Command> = BTreeMap::new();
    for (path, inspection) in modules.iter().zip(&inspections) {
        let name = stem(path);
        for problem in inspection
            .problems
            .iter()
            .filter(|problem| !problem.is_warning)
        {
            wrong.push(format!("{name}: {} {}", problem.code, problem.message));
        }
        for command in &inspection.modules[0].commands {
            let full = match command.name.as_str() {
                "main" => name.clone(),
                command => format!("{name} {command}"),
            };
            assert!(ours.insert(full, command).is_none());
        }
    }
    let defaults: BTreeSet<&String> = ours
        .values()
        .flat_map(|command| {
            let parameters = command
                .parameters
                .iter()
                .map(|parameter| &parameter.default);
            parameters
                .chain(command.flags.iter().map(|flag| &flag.default))
                .flatten()
        })
        .collect();
    let theirs = theirs(&modules, &defaults);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let nuon: BTreeMap<String, String> = theirs["defaults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(&row["text"]), text(&row["nuon"])))
        .collect();
    let is_of_a_module = |name: &str| {
        let head = name.split(' ').next().unwrap_or_default();
        modules.iter().any(|path| stem(path) == head)
    };
    let real: BTreeMap<String, &Value> = theirs["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(&row["name"]), row))
        .filter(|(name, _)| is_of_a_module(name))
        .collect();
    for name in real.keys().filter(|name| !ours.contains_key(*name)) {
        wrong.push(format!("{name}: only the real one has it"));
    }
    for (name, command) in &ours {
        let Some(real) = real.get(name) else {
            wrong.push(format!("{name}: only we have it"));
            continue;
        };
        let (ours, real) = (lines_of_ours(command, &nuon), lines_of_theirs(real));
        for line in real.difference(&ours) {
            wrong.push(format!("{name}: only the real one: {line}"));
        }
        for line in ours.difference(&real) {
            wrong.push(format!("{name}: only we:           {line}"));
        }
    }
    for (path, inspection) in modules.iter().zip(&inspections) {
        let name = stem(path);
        let real = theirs["modules"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name.as_str());
        let has_env = real.is_some_and(|real| real["has_env_block"] == true);
        if has_env != inspection.modules[0].runs_on_use {
            wrong.push(format!("{name}: runs on use: {has_env}"));
        }
    }
    assert!(real.len() > 250, "only {} commands", real.len());
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Asks the real Nushell whether each file is a module.
fn verdicts(shell: &Shell, files: &[PathBuf]) -> Vec<bool> {
    // What is piped in, `nu-check` takes for the code itself.
    let verdicts = shell.value(&format!(
        "mut all = []
         for file in {} {{ $all ++= [(try {{ nu-check --as-module $file }} catch {{ false }})] }}
         $all",
        json!(files)
    ));
    serde_json::from_value(verdicts).unwrap()
}

#[test]
fn what_the_real_one_refuses_is_refused() {
    let modules = modules("broken");
    assert!(modules.len() >= MIN_BROKEN, "only {}", modules.len());
    let shell = Shell::new().with_standard_library();
    let files: Vec<PathBuf> = modules.iter().map(|path| file(path)).collect();
    let verdicts = verdicts(&shell, &files);
    let inspector = Inspector::with_worker(PLUGIN);
    // What is no text is told before anybody parses it.
    let code = CodeFiles::below(modules[0].parent().unwrap());
    let mut wrong = Vec::new();
    for (path, verdict) in modules.iter().zip(verdicts) {
        let inspection = inspect(&inspector, path);
        let is_read = code.has(&file(path));
        let told: Vec<&str> = inspection
            .problems
            .iter()
            .filter(|problem| !problem.is_warning)
            .map(|problem| problem.code.as_str())
            .collect();
        let name = stem(path);
        let is_let_through = LET_THROUGH.iter().any(|(known, _)| *known == name);
        if told.is_empty() && is_read {
            wrong.push(format!("{name}: we find nothing"));
        }
        if verdict != is_let_through {
            wrong.push(format!("{name}: the real one says {verdict}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_finding_says_what_to_do() {
    let inspector = Inspector::with_worker(PLUGIN);
    let texts = Shell::new();
    let cut_off = ENDS
        .iter()
        .enumerate()
        .map(|(at, text)| texts.file(&format!("cut/m{at}.nu"), text));
    let all = [modules("broken"), modules("valid"), cut_off.collect()].concat();
    let mut wrong = Vec::new();
    let mut told = 0;
    for path in &all {
        for problem in &inspect(&inspector, path).problems {
            told += 1;
            let help = problem.help.as_deref().unwrap_or_default();
            // What to write stands in one sentence, as every message does.
            let is_sentence = !help.is_empty()
                && !help.ends_with('.')
                && !help.starts_with(|c: char| c.is_uppercase());
            if !is_sentence {
                wrong.push(format!("{}: {}: {help}", stem(path), problem.message));
            }
        }
    }
    assert!(told > 80, "{told}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[cfg(unix)]
#[test]
fn a_module_that_is_a_pipe_is_told_once() {
    let shell = Shell::new();
    shell.extension("app", "taskserv", "1.0.0");
    shell.ok("mkdir app/nulib; ^mkfifo app/nulib/mod.nu");
    let report = shell.value("extension validate app --rule interface");
    assert_eq!(report["warnings"], json!([]));
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{report}");
    assert_eq!(errors[0]["code"], "nushell::unreadable");
}

/// Ends of texts at which something is missing.
const ENDS: &[&str] = &[
    "",
    "def",
    "export",
    "export def",
    "export def a",
    "export def a [",
    "export def a [x",
    "export def a [x:",
    "export def a [] {",
    "export def a []:",
    "export def a []: nothing ->",
    "export def a [] { ls | }",
    "export def a [] { if }",
    "export def a [] { let }",
    "export def a [] { let x = }",
    "export def a [] { match }",
    "export def a [] { for }",
    "export def a [x:] {}",
    "export def a [x: int =] {}",
    "export const",
    "export const x",
    "export const x =",
    "const x: int",
    "export alias",
    "export alias a",
    "export use",
    "use",
    "use std",
    "export extern",
    "export extern a",
    "export module",
    "export-env",
    "@example",
    "def a [] {}; def",
    "use std/log; log",
    "module",
    "module a",
    "overlay",
    "hide",
    "where",
    "\n\n",
    "#",
    "# x",
    "export def a [] {} #",
];

/// Returns texts, and beginnings of all valid modules that are one file.
fn cut_off() -> Vec<String> {
    const CUTS: usize = 8;
    let mut all: Vec<String> = ENDS.iter().map(|text| (*text).to_owned()).collect();
    for path in modules("valid").iter().filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(path).unwrap();
        if text.len() > 4_000 {
            continue;
        }
        for cut in 1..CUTS {
            let at = text.floor_char_boundary(text.len() * cut / CUTS);
            let beginning = &text[..at];
            // The parser takes for ever over many brackets that are open at the end.
            let count = |brackets: [char; 3]| beginning.matches(brackets).count();
            if count(['(', '[', '{']) <= count([')', ']', '}']) + 4 {
                all.push(beginning.to_owned());
            }
        }
    }
    all
}

#[test]
fn what_ends_too_early_is_judged_as_by_the_real_one() {
    let cut_off = cut_off();
    assert!(cut_off.len() > 400, "{}", cut_off.len());
    let shell = Shell::new()
        .with_standard_library()
        .with("NU_LIB_DIRS", repository().join("nu").display().to_string());
    let paths: Vec<PathBuf> = cut_off
        .iter()
        .enumerate()
        .map(|(at, text)| shell.file(&format!("cut/m{at}.nu"), text))
        .collect();
    let verdicts = verdicts(&shell, &paths);
    let inspector = Inspector::with_worker(PLUGIN);
    let mut wrong = Vec::new();
    for ((path, text), is_valid) in paths.iter().zip(&cut_off).zip(verdicts) {
        let inspection = inspect(&inspector, path);
        let mut errors = inspection
            .problems
            .iter()
            .filter(|problem| !problem.is_warning);
        let first = errors.next().map(|problem| &problem.message);
        if first.is_none() != is_valid {
            wrong.push(format!(
                "the real one says {is_valid}, we say {first:?}:\n{text}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cut_off.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn the_built_in_commands_are_those_of_the_real_one() {
    let shell = Shell::new().with_standard_library();
    let real: BTreeSet<String> = serde_json::from_value(
        shell.value("scope commands | where type in [built-in keyword] | get name"),
    )
    .unwrap();
    let language = nu_cmd_lang::create_default_context();
    let mut ours: BTreeSet<String> = builtin_names().into_iter().collect();
    for (name, _) in language.get_decls_sorted(false) {
        ours.insert(String::from_utf8(name).unwrap());
    }
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        only(&real, &ours),
        Vec::<String>::new(),
        "only the real one has"
    );
    assert_eq!(only(&ours, &real), Vec::<String>::new(), "only we have");
}
