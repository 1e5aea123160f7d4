//! Contracts that are fine until certain data come along.

use serde_json::{Value, json};

use super::case::{Ask, Case, FINE, LIMIT};

const CONTRACT: &str = "nickel::contract";

/// Loops for 7, grows for 8, recurses for 9, doubles for 10, takes one long step for 11 and says no to the rest.
pub(super) const TREACHEROUS: &str = "
let rec loop = fun x => loop x in
let rec grow = fun n => 1 + grow (n + 1) in
let rec double = fun n s => if n == 0 then s else double (n - 1) (s ++ s) in
fun label value =>
  if value == 7 then loop 1
  else if value == 8 then grow 1
  else if value == 9 then (let rec x = { y = x } in x)
  else if value == 10 then double 60 \"xxxxxxxx\"
  else if value == 11 then std.number.pow 7 1000000000
  else if value == 12 then (let s = double 14 \"xxxxxxxx\" in std.string.replace \"x\" s s)
  else if value == 1 then value
  else std.contract.blame label
";

fn deep(depth: usize) -> Value {
    (0..depth).fold(json!(1), |data, _| Value::Array(vec![data]))
}

/// Contracts, data, and the codes of the outcome.
fn checks() -> Vec<(&'static str, &'static str, Value, &'static [&'static str])> {
    let many = |value: fn(usize) -> Value| (0..100_000).map(value).collect::<Vec<_>>();
    let fields: Value = (0..100_000).map(|n| (format!("f{n}"), json!(n))).collect();
    let recursive =
        "let rec C = fun l v => if std.is_array v then std.array.map (C l) v else v in C";
    let program = json!("%{import \"/etc/passwd\" as 'Text}");
    vec![
        ("a good value", TREACHEROUS, json!(1), &[FINE]),
        ("a bad value", TREACHEROUS, json!(2), &[CONTRACT]),
        ("no contract", "fun x => x", json!(1), &["nickel::eval"]),
        ("a number as a contract", "1", json!(1), &["nickel::type"]),
        (
            "a contract as deep as the data",
            recursive,
            deep(120),
            &[FINE],
        ),
        (
            "data deeper than a result may be",
            "Dyn",
            deep(200),
            &[LIMIT],
        ),
        ("data far deeper", "Dyn", deep(500), &[LIMIT]),
        ("data deeper than any may be", "Dyn", deep(600), &[LIMIT]),
        (
            "100,000 extra fields",
            "{ a | Number }",
            fields,
            &[CONTRACT, LIMIT],
        ),
        (
            "100,000 good items",
            "Array Number",
            json!(many(|n| json!(n))),
            &[FINE, LIMIT],
        ),
        (
            "100,000 bad items",
            "Array Number",
            json!(many(|_| json!("x"))),
            &[CONTRACT],
        ),
        (
            "a very long text",
            "String",
            json!("x".repeat(4 << 20)),
            &[FINE],
        ),
        (
            "a very long bad text",
            "Number",
            json!("x".repeat(4 << 20)),
            &[CONTRACT, LIMIT],
        ),
        ("a text like a program", "String", program, &[FINE]),
        (
            "a key for a terminal",
            "{ _ | Number }",
            json!({"\u{1b}[2J": "\u{7}"}),
            &[CONTRACT],
        ),
        (
            "an equality over deep data",
            "std.contract.Equal {a = 1}",
            deep(100),
            &[CONTRACT],
        ),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    let check = |name: &str, text: &str, data: Value| Case::new(name, text).ask(Ask::Check(data));
    let mut cases: Vec<Case> = checks()
        .into_iter()
        .map(|(name, text, data, codes)| {
            let case = check(name, text, data).ends(codes);
            if codes.contains(&LIMIT) {
                case
            } else {
                case.tame()
            }
        })
        .collect();
    for (what, value) in [
        ("loops", 7),
        ("grows", 8),
        ("has no end", 9),
        ("doubles", 10),
        ("takes one long step", 11),
        ("takes one large step", 12),
    ] {
        cases.push(check(
            &format!("a value for which a contract {what}"),
            TREACHEROUS,
            json!(value),
        ));
        let program = format!("let c = {TREACHEROUS} in {{ n = 1, r = c {{}} n }}");
        cases.push(
            Case::new(&format!("an override for which a program {what}"), program)
                .ask(Ask::Override(json!({"n": value}))),
        );
    }
    cases.push(
        Case::new("an override far too deep", "{ a = 1 }")
            .ask(Ask::Override(json!({"a": deep(600)}))),
    );
    cases
}
