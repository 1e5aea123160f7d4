//! In the real shell: the plugin stays the same process, within its memory, and answers what comes next.

use std::process::Stdio;

use serde_json::Value;

use super::RESERVE;
use crate::processes::{Seen, assert_gone, descendants, peak, watched};
use crate::support::{Shell, texts};

/// Limits in the shell, as flags.
const FLAGS: &str = "--timeout 250ms --max-memory 192MiB";
const MEMORY: u64 = 192 << 20;

/// What the plugin itself may need to hand on what its workers have answered.
const OWN: u64 = 320 << 20;

/// Runs attempts in one shell and returns what became of each: the code of its error, or `fine`. The plugin has to be the
/// same process all the time, and nothing may be left afterwards.
#[track_caller]
fn outcomes(shell: &Shell, attempts: &[String]) -> Vec<String> {
    let attempts: Vec<String> = attempts
        .iter()
        .map(|attempt| {
            format!(
                "(try {{ {attempt} | ignore; 'fine' }} catch {{|error| $error.details.code? | default $error.msg }})"
            )
        })
        .collect();
    let code = format!(
        "$env.config.plugins.provisioning = {{nickel: {{timeout: 500ms, memory: 192MiB}}}}
         provisioning version | ignore
         let before = (plugin list | get 0.pid)
         let all = [{}]
         let next = ('1 + 1' | from ncl)
         {{all: $all, next: $next, same: ((plugin list | get 0.pid) == $before)}} | to json --raw",
        attempts.join("\n")
    );
    let printed = alone(shell, &code);
    let told: Value =
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    assert_eq!(told["next"], 2, "{told}");
    assert_eq!(told["same"], true, "the plugin has died: {told}");
    texts(&told["all"]).into_iter().map(str::to_owned).collect()
}

/// Runs code in a shell whose plugin and workers are watched, and returns what it prints.
#[track_caller]
fn alone(shell: &Shell, code: &str) -> String {
    let running = shell
        .command(code)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = running.id();
    let (output, seen) = watched(|| descendants(id), || running.wait_with_output().unwrap());
    assert!(
        output.status.success(),
        "{code}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (workers, plugins): (Vec<Seen>, Vec<Seen>) =
        seen.into_iter().partition(|seen| seen.is_worker);
    let (worker, plugin) = (peak(&workers), peak(&plugins));
    assert!(worker < MEMORY + RESERVE, "a worker: {} MiB", worker >> 20);
    assert!(plugin > 0, "no plugin was seen");
    assert!(plugin < OWN, "the plugin: {} MiB", plugin >> 20);
    assert_gone(&workers);
    assert_gone(&plugins);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Programs of each kind, and the code that each ends with however it is asked for.
const PROGRAMS: [(&str, &str, &str); 8] = [
    ("type", "{ f : _ = fun r => [r, [r]] }", "nickel::limit"),
    (
        "loop",
        "let rec f = fun x => f (x + 1) in f 1",
        "nickel::limit",
    ),
    ("data", "let rec x = { y = x } in x", "nickel::limit"),
    (
        "list",
        "std.array.generate (fun x => x) 1000000000",
        "nickel::limit",
    ),
    (
        "text",
        "let rec go = fun n s => if n == 0 then s else go (n - 1) (s ++ s) in go 60 \"xxxxxxxx\"",
        "nickel::limit",
    ),
    ("power", "std.number.pow 7 1000000000", "nickel::limit"),
    ("literal", "1e1000000000", "nickel::limit"),
    ("half", "{ a = \"", "nickel::parse"),
];

#[test]
fn programs_end_in_time_however_they_are_asked_for() {
    let shell = Shell::new();
    let mut attempts = Vec::new();
    let mut expected = Vec::new();
    for (name, text, code) in PROGRAMS {
        shell.file(&format!("{name}.ncl"), text);
        attempts.push(format!("nickel eval {name}.ncl {FLAGS}"));
        attempts.push(format!("open --raw {name}.ncl | from ncl"));
        attempts.push(format!("open {name}.ncl"));
        attempts.push(format!("{{}} | nickel validate {name}.ncl {FLAGS}"));
        // The shell's own `open` wraps the error.
        expected.extend([code, code, "nu::shell::error", code]);
    }
    // As a contract it is a record like any other.
    expected[11] = "fine";
    assert_eq!(outcomes(&shell, &attempts), expected);
}

#[test]
fn programs_end_in_time_when_they_are_only_described() {
    let shell = Shell::new();
    let mut attempts = Vec::new();
    for (name, text, _) in PROGRAMS {
        shell.file(&format!("{name}.ncl"), text);
        for command in ["typecheck", "query", "doc"] {
            attempts.push(format!("nickel {command} {name}.ncl {FLAGS}"));
        }
        attempts.push(format!("nickel diff {name}.ncl {name}.ncl {FLAGS}"));
    }
    let told = outcomes(&shell, &attempts);
    for (attempt, code) in attempts.iter().zip(&told) {
        assert!(
            ["fine", "nickel::limit", "nickel::parse"].contains(&code.as_str()),
            "{attempt}: {code}"
        );
    }
}

#[test]
fn a_program_that_was_only_described_has_proven_nothing() {
    let shell = Shell::new();
    shell.file(
        "bomb.ncl",
        "let rec double = fun n s => if n == 0 then s else double (n - 1) (s ++ s) in
         { good = 1, bomb = let s = double 14 \"xxxxxxxx\" in std.string.length (std.string.replace \"x\" s s) }",
    );
    let ask = |command: &str| format!("nickel {command} {FLAGS}");
    assert_eq!(
        outcomes(
            &shell,
            &[
                ask("typecheck bomb.ncl"),
                ask("eval bomb.ncl --field good"),
                ask("eval bomb.ncl --field bomb"),
                ask("eval bomb.ncl"),
                ask("eval bomb.ncl --field good"),
            ]
        ),
        ["fine", "fine", "nickel::limit", "nickel::limit", "fine"]
    );
}

#[test]
fn a_contract_that_was_good_to_some_data_has_proven_nothing_for_others() {
    let shell = Shell::new();
    shell.file("c.ncl", super::data::TREACHEROUS);
    let program = format!(
        "let c = {} in {{ n = 1, r = c {{}} n }}",
        super::data::TREACHEROUS
    );
    shell.file("p.ncl", program);
    let good = |value: u32| format!("{value} | nickel apply c.ncl --timeout 20sec");
    let bad = |value: u32| format!("{value} | nickel apply c.ncl {FLAGS}");
    let overridden = |value: u32| format!("nickel eval p.ncl --override {{n: {value}}} {FLAGS}");
    // Often enough that it would be evaluated in the plugin by now.
    let mut attempts = vec![good(1); 6];
    attempts.push("nickel eval p.ncl --timeout 20sec".to_owned());
    let mut expected = vec!["fine"; 7];
    for value in [7, 9, 10, 11, 12] {
        attempts.extend([bad(value), overridden(value)]);
        expected.extend(["nickel::limit"; 2]);
    }
    attempts.push(good(1));
    expected.push("fine");
    assert_eq!(outcomes(&shell, &attempts), expected);
}

#[test]
fn values_of_the_shell_that_are_no_data_or_too_much() {
    let shell = Shell::new();
    shell.file("any.ncl", "Dyn");
    shell.file("number.ncl", "Number");
    shell.file("loop.ncl", super::data::TREACHEROUS);
    shell.file("fields.ncl", "{ _ | Number }");
    let many: Vec<String> = (0..4_000).map(|n| format!("\"f{n}\": {n}")).collect();
    shell.file("many.json", format!("{{{}}}", many.join(",")));
    let deep = |depth: usize| format!("'{}1{}' | from json", "[".repeat(depth), "]".repeat(depth));
    let cases = [
        (
            "(0 / 1.0 * ('inf' | into float)) | nickel validate any.ncl".to_owned(),
            "input::invalid",
        ),
        (
            "{a: {|| 1}} | nickel validate any.ncl".to_owned(),
            "input::invalid",
        ),
        (
            "1.. | nickel validate any.ncl --whole".to_owned(),
            "input::invalid",
        ),
        (
            "{a: 1..} | nickel validate any.ncl".to_owned(),
            "input::invalid",
        ),
        (
            format!("{{a: ({})}} | nickel validate any.ncl", deep(120)),
            "input::invalid",
        ),
        (
            format!("{{a: ({})}} | nickel validate any.ncl", deep(80)),
            "fine",
        ),
        (
            "1 | nickel validate any.ncl --contract a.b".to_owned(),
            "nickel::eval",
        ),
        (
            format!("7 | nickel apply loop.ncl {FLAGS}"),
            "nickel::limit",
        ),
        (
            format!("12 | nickel apply loop.ncl {FLAGS}"),
            "nickel::limit",
        ),
        (
            "('x' | fill --character x --width 1000000) | nickel apply any.ncl".to_owned(),
            "fine",
        ),
        (
            "('x' | fill --character x --width 1000000) | nickel apply number.ncl".to_owned(),
            "nickel::contract",
        ),
        ("open many.json | nickel apply any.ncl".to_owned(), "fine"),
        (
            "0..100000 | each {|n| {id: $n} } | nickel validate any.ncl | first 3 | get 2.value.id"
                .to_owned(),
            "fine",
        ),
        (
            "{\"\\u{1b}[2J\": \"\\u{7}\"} | nickel apply fields.ncl".to_owned(),
            "nickel::contract",
        ),
    ];
    let (attempts, expected): (Vec<String>, Vec<&str>) = cases.into_iter().unzip();
    assert_eq!(outcomes(&shell, &attempts), expected);
}

#[test]
fn many_large_files_do_not_fill_the_plugin() {
    let shell = Shell::new();
    shell.file("big.txt", "x".repeat(15 << 20));
    let imports: Vec<String> = (0..40)
        .map(|n| {
            std::os::unix::fs::symlink("big.txt", shell.home().join(format!("{n}.txt"))).unwrap();
            format!("import \"{n}.txt\"")
        })
        .collect();
    shell.file("main.ncl", format!("[{}]", imports.join(", ")));
    assert_eq!(
        outcomes(&shell, &["nickel eval main.ncl".to_owned()]),
        ["nickel::limit"]
    );
}

#[test]
fn nothing_a_terminal_could_interpret_reaches_it() {
    let shell = Shell::new();
    shell.file(
        "key.ncl",
        "{ \"\u{1b}[2J\u{202e}\" | Number = \"\u{1b}]0;owned\u{7}\" }",
    );
    shell.file(
        "message.ncl",
        "1 | std.contract.custom (fun _l _v => 'Error { message = \"\\u{1b}[2J\\u{202e}\", notes = [\"\\u{7}\"] })",
    );
    shell.file("\u{1b}[2Jname.ncl", "{ a = }");
    shell.file("contract.ncl", "{ \"\u{1b}[2J\" | Number }");
    shell.file("syntax.ncl", "{ \u{202e} = \u{1b} }");
    shell.file("import.ncl", "import \"\u{1b}[2J.ncl\"");
    for code in [
        "nickel eval key.ncl",
        "nickel eval message.ncl",
        "nickel eval (glob *name.ncl | first)",
        "{\"\\u{1b}[2J\": \"\\u{7}\"} | nickel validate contract.ncl --strict",
        "nickel eval syntax.ncl",
        "nickel eval import.ncl",
        "nickel typecheck syntax.ncl | get message | str join | error make {msg: $in}",
    ] {
        let shown = shell.fails(code);
        assert!(
            !shown
                .chars()
                .any(|c| c != '\n' && provisioning::diagnostic::is_unsafe_char(c)),
            "{code}: {shown:?}"
        );
    }
}
