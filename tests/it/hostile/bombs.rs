//! Small programs that want all the time or all the memory there is.

use super::case::{Ask, Case, FINE, LIMIT};

/// Programs that the evaluation itself ends, between two of its steps.
const STEP_BY_STEP: &[(&str, &str)] = &[
    ("a loop", "let rec f = fun x => f x in f 1"),
    (
        "a loop that counts",
        "let rec f = fun n => f (n + 1) in f 1",
    ),
    (
        "a loop that grows",
        "let rec f = fun n => 1 + f (n + 1) in f 1",
    ),
    (
        "a contract that loops",
        "let rec f = fun x => f x in 1 | (fun _l _v => f 1)",
    ),
    (
        "Fibonacci's",
        "let rec f = fun n => if n < 2 then n else f (n - 1) + f (n - 2) in f 70",
    ),
    (
        "Ackermann's",
        "let rec a = fun m n =>
           if m == 0 then n + 1 else if n == 0 then a (m - 1) 1 else a (m - 1) (a m (n - 1))
         in a 4 3",
    ),
    ("data without an end", "let rec x = { y = x } in x"),
    ("data that holds itself", "let rec x = [x, x] in x"),
    (
        "a deep result",
        "let rec f = fun n => if n == 0 then 0 else [f (n - 1)] in f 100000",
    ),
    (
        "a deep result of records",
        "let rec f = fun n => if n == 0 then 0 else { a = f (n - 1) } in f 100000",
    ),
    (
        "a merge of records of records",
        "let rec f = fun n => if n == 0 then {} else { a = f (n - 1), b = f (n - 1) } in
         (f 40) & (f 40)",
    ),
];

/// Programs of which one step takes very long, is very large, or recurses. `DOUBLE n` is a text, doubled so often.
const IN_ONE_STEP: &[(&str, &str)] = &[
    (
        "a deep sum",
        "let rec f = fun n => if n == 0 then 0 else 1 + f (n - 1) in f 100000000",
    ),
    (
        "a list of 1e9",
        "std.array.length (std.array.generate (fun x => x) 1000000000)",
    ),
    ("a list of 1e9 zeros", "std.array.replicate 1000000000 0"),
    ("a range of 1e9", "std.array.range 0 1000000000"),
    (
        "a list that doubles",
        "let rec go = fun n l => if n == 0 then l else go (n - 1) (l @ l) in go 40 [1]",
    ),
    (
        "one text 1,000 times",
        "let s = DOUBLE 17 in std.array.replicate 1000 s",
    ),
    ("a text that doubles", "std.string.length (DOUBLE 60)"),
    (
        "N * N characters",
        "let s = DOUBLE 14 in std.string.length (std.string.replace \"x\" s s)",
    ),
    (
        "N * N characters by a regular expression",
        "let s = DOUBLE 14 in std.string.length (std.string.replace_regex \"x\" s s)",
    ),
    (
        "N * N characters joined",
        "let s = DOUBLE 13 in std.string.length (std.string.join s (std.string.characters s))",
    ),
    (
        "a text split",
        "std.array.length (std.string.characters (DOUBLE 22))",
    ),
    ("a power", "std.number.pow 7 1000000000"),
    ("a power of a fraction", "std.number.pow 1.7 1000000000"),
    (
        "squares of squares",
        "std.array.fold_left (fun acc _i => acc * acc) 7 (std.array.range 0 60)",
    ),
    (
        "a huge number in a text",
        "std.string.to_number \"1e1000000000\"",
    ),
    (
        "a long number as a text",
        "std.string.length (std.to_string (std.number.pow 7 100000000))",
    ),
    (
        "data without an end as JSON",
        "let rec x = { y = x } in std.serialize 'Json x",
    ),
    (
        "data without an end compared",
        "let rec x = { y = x } in let rec z = { y = z } in x == z",
    ),
    (
        "data without an end forced",
        "let rec x = { y = x } in std.deep_seq x 1",
    ),
    (
        "a contract that applies itself",
        "let rec C = fun l v => std.contract.apply C l v in 1 | C",
    ),
];

/// Programs that end with one of these codes.
const OTHERS: &[(&str, &str, &[&str])] = &[
    (
        "a huge number in a text of JSON",
        "std.deserialize 'Json \"[1e1000000000]\"",
        &[LIMIT, "nickel::eval"],
    ),
    (
        "deep JSON in a text",
        "std.deserialize 'Json (std.string.replace \"x\" \"[\" (DOUBLE 17))",
        &[LIMIT, "nickel::eval"],
    ),
    (
        "deep YAML in a text",
        "std.deserialize 'Yaml (std.string.replace \"x\" \"[\" (DOUBLE 12))",
        &[LIMIT, "nickel::eval"],
    ),
    (
        "deep TOML in a text",
        "std.deserialize 'Toml (\"a = \" ++ std.string.replace \"x\" \"[\" (DOUBLE 12))",
        &[LIMIT, "nickel::eval"],
    ),
    (
        "a contract whose message is huge",
        "1 | std.contract.custom (fun _l _v => 'Error { message = DOUBLE 20 })",
        &[LIMIT, "nickel::contract"],
    ),
    (
        "a sort that never agrees",
        "std.array.sort (fun _a _b => 'Lesser) (std.array.range 0 100000)",
        &[LIMIT, FINE],
    ),
];

/// Programs that are refused at once, or are harmless.
const TAME: &[(&str, &str, &[&str])] = &[
    (
        "a value that needs itself",
        "{ a = b, b = a }",
        &["nickel::recursion"],
    ),
    (
        "a regular expression that is huge",
        "std.string.is_match \"((a{1000}){1000}){1000}\" \"a\"",
        &["nickel::eval"],
    ),
    (
        "a regular expression of nested repetitions",
        "std.string.is_match \"(x+x+)+y\" (DOUBLE 10)",
        &[FINE],
    ),
    (
        "functions in lists",
        "[fun x => x, fun x => x]",
        &["nickel::export"],
    ),
    ("a division by zero", "1 / 0", &["nickel::eval"]),
    (
        "a record in its own field",
        "{ a = { b = a } }",
        &[LIMIT, "nickel::recursion"],
    ),
    (
        "a logarithm of nothing",
        "std.number.log 0 0",
        &["nickel::eval"],
    ),
];

fn spelled(text: &str) -> String {
    let double = "(fun n =>
        let rec go = fun n s => if n == 0 then s else go (n - 1) (s ++ s) in go n \"xxxxxxxx\")";
    text.replace("DOUBLE", double)
}

pub(super) fn cases() -> Vec<Case> {
    let endless = STEP_BY_STEP
        .iter()
        .map(|(name, text)| Case::new(name, spelled(text)).tame());
    let large = IN_ONE_STEP
        .iter()
        .map(|(name, text)| Case::new(name, spelled(text)));
    let others = OTHERS
        .iter()
        .map(|(name, text, codes)| Case::new(name, spelled(text)).ends(codes));
    let tame = TAME
        .iter()
        .map(|(name, text, codes)| Case::new(name, spelled(text)).ends(codes).tame());
    let queried = Case::new(
        "a loop in a field that is queried",
        "{ a = let rec f = fun x => f x in f 1 }",
    )
    .ask(Ask::Query)
    .ends(&[LIMIT, FINE]);
    endless
        .chain(large)
        .chain(others)
        .chain(tame)
        .chain([
            queried,
            twice_each("lists of lists, each twice", "1", |name| {
                format!("[{name}, {name}]")
            }),
            twice_each("texts of texts, each twice", "\"x\"", |name| {
                format!("\"%{{{name}}}%{{{name}}}\"")
            }),
        ])
        .collect()
}

/// Each of sixty values is made of the one before, twice.
fn twice_each(name: &str, first: &str, twice: impl Fn(&str) -> String) -> Case {
    let fields: Vec<String> = (1..60)
        .map(|n| format!("x{n} = {}", twice(&format!("x{}", n - 1))))
        .collect();
    Case::new(
        name,
        format!("({{ x0 = {first}, {} }}).x59", fields.join(", ")),
    )
}
