//! Types without an end, and texts nested so deep that whoever recurses over them overflows its stack.

use super::case::{Ask, Case, FINE, LIMIT, PARSE};

/// A depth that no limit on the length of a file catches.
const DEPTH: usize = 15_000;

fn nested(name: &str, [before, open, inner, close, after]: [&str; 5]) -> Case {
    let (open, close) = (open.repeat(DEPTH), close.repeat(DEPTH));
    let text = format!("{before}{open}{inner}{close}{after}");
    // Where the stack is large enough, the depth of the result ends it, or nothing has to.
    Case::new(name, text).ends(&[LIMIT, FINE, "nickel::export", "nickel::contract"])
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("a record type in itself", "{ f : _ = fun r => [r, [r]] }"),
        Case::new("a function applied to itself", "(fun f => f f) : _"),
        Case::new(
            "a field of itself",
            "(fun r => if true then r else r.s) : _",
        ),
        Case::new("a type in itself, only checked", "(fun f => f f) : _").ask(Ask::Typecheck),
        Case::new(
            "a type in itself, only queried",
            "{ f : _ = fun r => [r, [r]] }",
        )
        .ask(Ask::Query),
        Case::new(
            "a type in itself as a contract for data",
            "(fun f => f f) : _",
        )
        .ask(Ask::Check(serde_json::json!(1))),
        Case::new("a type that doubles", doubled_types(40)).ends(&[LIMIT, FINE, "nickel::type"]),
        Case::new("brackets that never close", "[".repeat(DEPTH)).ends(&[PARSE, LIMIT]),
        Case::new("more tokens than a file may have", "[".repeat(200_000)).tame(),
        Case::new("a chain of additions", format!("1{}", " + 1".repeat(DEPTH)))
            .ends(&[LIMIT, FINE]),
        Case::new(
            "a chain of merges",
            format!("{{}}{}", " & {}".repeat(DEPTH)),
        )
        .ends(&[LIMIT, FINE]),
        Case::new("a chain of fields", format!("{{}}{}", ".a".repeat(DEPTH)))
            .ends(&[LIMIT, "nickel::missing-field"]),
        Case::new(
            "a chain of arguments",
            format!("(fun x => x){}", " 1".repeat(DEPTH)),
        )
        .ends(&[LIMIT, "nickel::type", "nickel::eval"]),
        Case::new(
            "a long path of names",
            format!("{{ {}a = 1 }}", "a.".repeat(DEPTH)),
        ),
        Case::new(
            "16,000 contracts",
            format!("1{}", " | Number".repeat(16_000)),
        )
        .ends(&[LIMIT, FINE]),
        Case::new(
            "a long function type",
            format!("null | {}Number", "Number -> ".repeat(DEPTH)),
        )
        .ends(&[LIMIT, "nickel::contract"]),
        Case::new(
            "many type variables",
            format!("null | {}Number", "forall a. ".repeat(DEPTH)),
        )
        .ends(&[LIMIT, "nickel::contract"]),
    ];
    let nestings = [
        ("lists", ["", "[", "1", "]", ""]),
        ("records", ["", "{a = ", "1", "}", ""]),
        ("parentheses", ["", "(", "1", ")", ""]),
        ("negations", ["", "!", "true", "", ""]),
        ("lets", ["", "let x = 1 in ", "x", "", ""]),
        ("lets in lets", ["", "let x = ", "1", " in x", ""]),
        ("ifs", ["", "if true then ", "1", " else 2", ""]),
        ("functions", ["", "fun x => ", "x", "", ""]),
        ("texts in texts", ["", "\"%{", "\"\"", "}\"", ""]),
        ("enum variants", ["", "'A (", "1", ")", ""]),
        ("matches", ["", "1 |> match { _ => ", "1", "}", ""]),
        ("list types", ["null | ", "Array (", "Number", ")", ""]),
        ("record types", ["null | ", "{a : ", "Number", "}", ""]),
        ("record contracts", ["null | ", "{a | ", "Number", "}", ""]),
        ("patterns", ["fun ", "{a = ", "b", "}", " => 1"]),
    ];
    cases.extend(nestings.map(|(name, parts)| nested(name, parts)));
    cases
}

/// Each name's type holds the one before twice.
fn doubled_types(count: usize) -> String {
    let lets: Vec<String> = (1..count)
        .map(|n| format!("let x{n} = {{ a = x{0}, b = x{0} }} in", n - 1))
        .collect();
    format!("(let x0 = 1 in {} x{}.a) : _", lets.join(" "), count - 1)
}
