//! JSON, YAML and TOML made to hurt.

use super::case::{Case, FINE, LIMIT, PARSE};

/// Nickel does not know names in YAML as it reads them.
const UNBOUND: &str = "nickel::unbound";

const DEPTH: usize = 100_000;

pub(super) fn cases() -> Vec<Case> {
    let digits = "9".repeat(100_000);
    let mut cases = vec![
        Case::file(
            "deep JSON",
            "a.json",
            "[".repeat(DEPTH) + &"]".repeat(DEPTH),
        )
        .tame(),
        Case::file("deep JSON records", "a.json", "{\"a\":".repeat(DEPTH)).tame(),
        Case::file("JSON that ends early", "a.json", "[1, ")
            .ends(&[PARSE])
            .tame(),
        Case::file("JSON with half a surrogate", "a.json", "\"\\ud800\"")
            .ends(&[PARSE])
            .tame(),
        Case::file("JSON with a huge number", "a.json", "[1e1000000000]").tame(),
        Case::file("JSON with a long number", "a.json", &*digits).tame(),
        Case::file("JSON with a tiny number", "a.json", "[1e-1000000000]").tame(),
        Case::file(
            "JSON with words that are no numbers",
            "a.json",
            "[NaN, Infinity]",
        )
        .ends(&[PARSE])
        .tame(),
        Case::file(
            "JSON with one key twice",
            "a.json",
            "{\"a\": 1, \"a\": {\"b\": 2}}",
        )
        .ends(&[FINE, PARSE, "nickel::merge"])
        .tame(),
        Case::file("JSON of 100,000 fields", "a.json", many_fields()).ends(&[FINE, LIMIT]),
        Case::file(
            "deep YAML",
            "a.yaml",
            "[".repeat(DEPTH) + &"]".repeat(DEPTH),
        )
        .ends(&[PARSE, LIMIT]),
        Case::file("deep YAML blocks", "a.yaml", deep_yaml()).ends(&[PARSE, LIMIT]),
        Case::file("deep YAML dashes", "a.yaml", "- ".repeat(DEPTH)).ends(&[PARSE, LIMIT]),
        Case::file("YAML that laughs", "a.yaml", laughs(30)).ends(&[UNBOUND, LIMIT]),
        Case::file("YAML that laughs once", "a.yaml", laughs(3)).ends(&[UNBOUND]),
        Case::file("YAML that holds itself", "a.yaml", "a: &a [*a]\n").ends(&[UNBOUND, LIMIT]),
        Case::file("YAML that merges itself", "a.yaml", "a: &a {<<: *a}\n").ends(&[UNBOUND, LIMIT]),
        Case::file("YAML with a name that nobody gave", "a.yaml", "a: *b\n").ends(&[PARSE]),
        Case::file("YAML with a huge number", "a.yaml", "a: 1e1000000000\n"),
        Case::file("YAML with a long number", "a.yaml", &*digits),
        Case::file(
            "YAML with a huge number behind a tag",
            "a.yaml",
            "a: !!float 1e1000000000\n",
        )
        .ends(&[PARSE, LIMIT, FINE]),
        Case::file(
            "YAML with a huge number in a document of its own",
            "a.yaml",
            "--- 1e1000000000\n",
        )
        .ends(&[PARSE, LIMIT, FINE]),
        Case::file(
            "YAML with a huge number behind a name",
            "a.yaml",
            "a: &x 1e1000000000\n",
        )
        .ends(&[PARSE, LIMIT, FINE]),
        Case::file(
            "YAML with a huge number as a key",
            "a.yaml",
            "1e1000000000: a\n",
        )
        .ends(&[PARSE, LIMIT, FINE]),
        Case::file(
            "YAML with a huge number behind a question mark",
            "a.yaml",
            "? 1e1000000000\n",
        )
        .ends(&[PARSE, LIMIT, FINE]),
        Case::file(
            "YAML with numbers that are none",
            "a.yaml",
            "[.nan, .inf, -.inf]\n",
        )
        .ends(&[PARSE, FINE, "nickel::export"]),
        Case::file("YAML with keys that are lists", "a.yaml", "? [a]\n: 1\n").ends(&[PARSE, FINE]),
        Case::file("YAML of 1,000 documents", "a.yaml", "--- 1\n".repeat(1_000))
            .ends(&[PARSE, FINE]),
        Case::file(
            "YAML of blanks",
            "a.yaml",
            format!("a:{}1e99999", " ".repeat(1 << 20)),
        )
        .ends(&[PARSE, LIMIT, FINE]),
        Case::file(
            "TOML with a deep key",
            "a.toml",
            format!("{}a = 1", "a.".repeat(DEPTH)),
        )
        .ends(&[PARSE, LIMIT]),
        Case::file(
            "TOML with a deep table",
            "a.toml",
            format!("[{}a]\nb = 1", "a.".repeat(DEPTH)),
        )
        .ends(&[PARSE, LIMIT]),
        Case::file("deep TOML", "a.toml", format!("a = {}", "[".repeat(DEPTH)))
            .ends(&[PARSE, LIMIT]),
        Case::file(
            "deep TOML records",
            "a.toml",
            format!("a = {}", "{a = ".repeat(DEPTH)),
        )
        .ends(&[PARSE, LIMIT]),
        Case::file("TOML with a huge number", "a.toml", "a = 1e1000000000").ends(&[
            PARSE,
            LIMIT,
            FINE,
            "nickel::export",
        ]),
        Case::file("TOML with a long number", "a.toml", format!("a = {digits}"))
            .ends(&[PARSE, LIMIT]),
        Case::file(
            "TOML with numbers that are none",
            "a.toml",
            "a = nan\nb = -inf",
        )
        .ends(&[PARSE])
        .tame(),
        Case::new("a literal that is huge", "1e1000000000").tame(),
        Case::new("a literal that is tiny", "1e-1000000000").tame(),
        Case::new("a literal that is long", digits.clone()).tame(),
        Case::new("a huge literal in an interpolation", "\"%{1e1000000000}\"").tame(),
        Case::new("a huge literal that is imported", "import \"a.json\"")
            .with("a.json", "1e1000000000")
            .tame(),
        Case::new(
            "a huge hexadecimal literal",
            format!("0x{}", "f".repeat(100_000)),
        )
        .ends(&[LIMIT, PARSE, "nickel::export"]),
        Case::new(
            "a huge binary literal",
            format!("0b{}", "1".repeat(1_000_000)),
        )
        .ends(&[LIMIT, PARSE, "nickel::export"]),
    ];
    for format in ["json", "yaml", "toml"] {
        let name = format!("a.{format}");
        cases.push(
            Case::file("no UTF-8 in data", &name, b"\xff")
                .ends(&["nickel::io"])
                .tame(),
        );
        cases.push(Case::file("NUL bytes in data", &name, b"\0\0").ends(&[PARSE, FINE]));
        cases.push(Case::file("no data", &name, b"").ends(&[PARSE, FINE]));
        cases.push(
            Case::file("an escape sequence in data", &name, "\u{1b}[2J\u{202e}: [").ends(&[PARSE]),
        );
    }
    cases
}

fn many_fields() -> String {
    let fields: Vec<String> = (0..100_000).map(|n| format!("\"f{n}\": {n}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn deep_yaml() -> String {
    (0..2_000)
        .map(|n| format!("{}a:\n", " ".repeat(n)))
        .collect()
}

/// Nine of nine of nine.
fn laughs(levels: usize) -> String {
    let mut text = "x0: &x0 lol\n".to_owned();
    for n in 1..levels {
        let items = vec![format!("*x{}", n - 1); 9].join(", ");
        text += &format!("x{n}: &x{n} [{items}]\n");
    }
    text
}
