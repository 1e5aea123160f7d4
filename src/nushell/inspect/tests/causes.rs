//! One finding for each cause, and none that hides another one.

use super::places_in;

#[track_caller]
fn told(text: &str, expected: &[&str]) {
    assert_eq!(places_in(text.as_bytes()), expected, "{text}");
}

#[test]
fn a_flag_that_is_not_there_hides_nothing_of_other_calls() {
    told(
        "def f [--a] {}\ndef g [--b] {}\nexport def x [] { f --zz; g --yy }\n",
        &[
            "nushell::unknown-flag 3:21 --zz",
            "nushell::unknown-flag 3:29 --yy",
        ],
    );
    told(
        "def f [--a] {}\ndef g [n: int] {}\nexport def x [] { f --zz; g 1 2; g }\n",
        &[
            "nushell::unknown-flag 3:21 --zz",
            "nushell::arguments 3:31 2",
            "nushell::arguments 3:35 ",
        ],
    );
    told(
        "def f [--a] {}\ndef g [n: int] {}\nexport def x [] { f --zz; g \"x\" }\n",
        &[
            "nushell::unknown-flag 3:21 --zz",
            "nushell::syntax 3:29 \"x\"",
        ],
    );
    // What the flag leaves over belongs to its own call, and what stands in an argument of it does not.
    told(
        "def f [--a, n?: any] {}\ndef g [n: int] {}\nexport def x [] { f --zz (g 1 2) 2 3 }\n",
        &[
            "nushell::unknown-flag 3:21 --zz",
            "nushell::arguments 3:31 2",
        ],
    );
}

#[test]
fn the_flags_of_a_command_are_those_of_the_one_that_is_meant() {
    let found = super::found_in_all(&[
        ("mod.nu", "export use a.nu\nexport use b.nu\n"),
        ("a.nu", "def f [--first] {}\nexport def x [] { f --firs }\n"),
        (
            "b.nu",
            "def f [--second] {}\nexport def x [] { f --secnd }\n",
        ),
    ]);
    assert!(found.contains("did you mean `--first`?"), "{found}");
    assert!(found.contains("did you mean `--second`?"), "{found}");
}

#[test]
fn a_switch_with_a_type_hides_nothing_of_other_commands() {
    told(
        "def f [--check (-c): bool] {}\ndef g [--check: string] {}\nexport def x [] { f --check; f -c; g --check }\n",
        &[
            "nushell::typed-switch 1:22 bool",
            "nushell::arguments 3:38 --check",
        ],
    );
}

#[test]
fn operators_of_other_shells_are_told_once_wherever_they_stand() {
    let cases = [
        ("^ls /x 2>&1", "2>&1"),
        ("^ls 2>&1 | lines", "2>&1"),
        ("^ls > x 2>&1", "2>&1"),
        ("^ls 2> x", "2>"),
        ("^ls 2>/dev/null", "2>/dev/null"),
        ("^ls 2>> x", "2>>"),
        ("^ls > x", ">"),
        ("^ls >/dev/null", ">/dev/null"),
        ("^ls >> x", ">>"),
        ("^ls &> x", "&>"),
        ("^ls < x", "<"),
        ("^ls 1>&2", "1>&2"),
        ("^ls &", "&"),
        ("^cat <<EOF", "<<EOF"),
        ("ls > x", ">"),
        ("g > x", ">"),
        ("^a && ^b", "&&"),
        ("ls && ls", "&&"),
        ("^a || ^b", "||"),
    ];
    for (code, operator) in cases {
        let column = 19 + code.find(operator).unwrap();
        let line = format!("nushell::shell-operator 1:{column} {operator}");
        for end in [" }\n", " }", "\n}\n", "; 1 }\n"] {
            told(
                &format!("export def x [] {{ {code}{end}def g [] {{ }}\n")
                    .replace("}def", "}\ndef"),
                &[&line],
            );
        }
        let inner = format!("nushell::shell-operator 1:{} {operator}", column + 10);
        told(
            &format!("export def x [] {{ if true {{ {code} }} }}\ndef g [] {{ }}\n"),
            &[&inner],
        );
    }
    // Each call has its own.
    told(
        "export def x [] { if true { ^a 2>&1 } else { ^b && ^c } }\n",
        &[
            "nushell::shell-operator 1:32 2>&1",
            "nushell::shell-operator 1:49 &&",
        ],
    );
}

#[test]
fn every_operator_of_a_block_is_told() {
    told(
        "export def x [] { ls && ls && ls; ls && ls\n ^a || ^b || ^c 2> d; ^e 2> f }\n",
        &[
            "nushell::shell-operator 1:22 &&",
            "nushell::shell-operator 1:28 &&",
            "nushell::shell-operator 1:38 &&",
            "nushell::shell-operator 2:5 ||",
            "nushell::shell-operator 2:17 2>",
            "nushell::shell-operator 2:26 2>",
        ],
    );
}

#[test]
fn what_only_looks_like_an_operator_of_other_shells_is_left_alone() {
    for code in [
        "^pip install x >=1.2 y >1.6",
        "\"a b\" | split row >",
        "\"a\" | str replace a >",
        "^ls out> x",
        "^ls err> x",
        "^ls out+err>| lines",
        "^grep \">\" x",
        "^grep '2>' x",
        "[{a: 1}] | where a > 2",
        "if 1 > 2 { 3 }",
        "^open https://x/?a=1&b=2",
        "^curl 'x' -d <x>",
    ] {
        told(&format!("export def x [] {{ {code} }}\n"), &[]);
    }
}

#[test]
fn what_other_shells_insert_is_told_once() {
    for (code, at) in [
        ("let d = $(date); $d", "27 $(date)"),
        ("echo $(date +%F)", "24 $(date +%F)"),
        ("^tar $(date +%F).tgz", "24 $(date +%F)"),
        ("echo ${HOME}", "24 ${HOME}"),
        ("$\"a-$(date +%F).tgz\"", "23 $(date +%F"),
    ] {
        let told_at = format!("nushell::shell-substitution 1:{at}");
        let places = places_in(format!("export def x [] {{ {code} }}\n").as_bytes());
        assert_eq!(places.len(), 1, "{code}: {places:?}");
        assert!(places[0].starts_with(&told_at), "{places:?}");
    }
    told("export def x [] { ^bash -c 'echo $(date)' }\n", &[]);
}

#[test]
fn what_is_no_definition_of_today_is_told_once() {
    told("export const x = (ls)\n", &["nushell::syntax 1:18 (ls)"]);
    told("export const x = ls\n", &["nushell::syntax 1:18 ls"]);
    told("export def-env f [] {}\n", &["nushell::syntax 1:8 def-env"]);
    told("def-env f [] {}\n", &["nushell::syntax 1:1 def-env"]);
    told(
        "use std assert\nexport def x [] { assert equal 1 1 }\n",
        &["nushell::std-import 1:5 std assert"],
    );
}

#[test]
fn places_in_the_standard_library_are_not_shown() {
    let texts = [
        "use std/log\nexport def x [] { log info }\n",
        "use std/assert\nexport def x [] { assert equal 1; assert length }\n",
        "use std *\nexport def x [] { bench; null-device 1 }\n",
        "use std/nowhere *\nexport use std/log [info nowhere]\n",
    ];
    for text in texts {
        let found = super::found_in(text);
        assert!(found.contains(" --> mod.nu:"), "{found}");
        assert!(!found.contains("--> std"), "{found}");
    }
}

#[test]
fn a_name_that_is_not_known_is_told_once_in_each_file() {
    let found = super::found_in_all(&[
        (
            "mod.nu",
            "export use a.nu\nexport def x [] { print $PORT; print $PORT $PORT; print $HOST }\n",
        ),
        ("a.nu", "export def y [] { print $PORT }\n"),
    ]);
    for told in [
        "the variable `$PORT` is not defined; it is used 2 times more in this file",
        "the variable `$HOST` is not defined\n",
    ] {
        assert!(found.contains(told), "{told}\n{found}");
    }
    assert_eq!(found.matches("`$PORT`").count(), 2, "{found}");
}

#[test]
fn constants_that_an_import_does_not_get_are_not_told_again() {
    let found = super::found_in_all(&[
        (
            "mod.nu",
            "use a.nu [y PORT]\nexport def x [] { y; print $PORT; print $OTHER }\n",
        ),
        ("a.nu", "export def y [] {}\nconst PORT = 80\n"),
    ]);
    assert!(found.contains("nushell::module-not-found"), "{found}");
    assert!(!found.contains("the variable `$PORT`"), "{found}");
    assert!(found.contains("the variable `$OTHER`"), "{found}");
}
