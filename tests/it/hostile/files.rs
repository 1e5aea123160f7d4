//! Files that are not what they should be, and messages that must not do anything to a terminal.

use super::case::{Ask, Case, FINE, LIMIT, PARSE};

const IO: &str = "nickel::io";
const IMPORT: &str = "nickel::import";
const CONTRACT: &str = "nickel::contract";

pub(super) fn cases() -> Vec<Case> {
    let parse = |name: &str, text: &str| Case::new(name, text).ends(&[PARSE]).tame();
    let bytes = |name: &str, bytes: &[u8]| Case::file(name, "main.ncl", bytes).tame();
    let many = |format: &str| {
        let imports: Vec<String> = (0..1_100)
            .map(|n| format!("import \"f{n}.txt\" {format}"))
            .collect();
        let case = Case::new("1,100 imports", format!("[{}]", imports.join(", ")));
        (0..1_100).fold(case, |case, n| case.with(&format!("f{n}.txt"), "1"))
    };
    let mut cases = vec![
        bytes("nothing", b"").ends(&[PARSE]),
        bytes("a byte-order mark", b"\xef\xbb\xbf").ends(&[PARSE]),
        bytes("two byte-order marks", b"\xef\xbb\xbf\xef\xbb\xbf1").ends(&[PARSE]),
        bytes("a byte-order mark and a program", b"\xef\xbb\xbf1").ends(&[FINE]),
        bytes("NUL bytes", b"{ a\0 = \0 }").ends(&[PARSE]),
        bytes("a NUL byte in a text", b"\"\0\"").ends(&[FINE]),
        bytes("no UTF-8", b"\"\xff\xfe\"").ends(&[IO]),
        bytes("a surrogate in UTF-8", b"\"\xed\xa0\x80\"").ends(&[IO]),
        bytes("UTF-16", b"\xff\xfe1\0").ends(&[IO]),
        Case::new("more than 16 MiB", " ".repeat((16 << 20) + 1))
            .ends(&[IO])
            .tame(),
        Case::new("4 MiB of blanks", " ".repeat(4 << 20)).ends(&[PARSE, LIMIT]),
        Case::new("16 MiB of brackets", "[".repeat(16 << 20)),
        Case::new("4 MiB of a comment", format!("1 #{}", "x".repeat(4 << 20))).ends(&[FINE, LIMIT]),
        Case::new("a name of 1 MiB", "x".repeat(1 << 20))
            .ends(&["nickel::unbound"])
            .tame(),
        Case::new(
            "a fault in a line of 1 MiB",
            format!("{{ a | Number = \"{}\" }}", "x".repeat(1 << 20)),
        )
        .ends(&[CONTRACT])
        .tame(),
        // One long text full of suspicious digits, and many short numbers behind it.
        Case::new(
            "digits in a text",
            format!(
                "\"{}\" @ [{}",
                "1e99999 ".repeat(60_000),
                "1,".repeat(60_000)
            ),
        )
        .ends(&[PARSE, LIMIT]),
        Case::new(
            "digits in texts and numbers",
            format!("[{}", "\"1e99999\", 1, ".repeat(30_000)),
        )
        .ends(&[PARSE, LIMIT]),
        Case::file(
            "lines of secrets and a fault",
            "main.yaml",
            "token: x\n".repeat(60_000) + "[",
        )
        .ends(&[PARSE]),
        // The excerpt of a fault hides secrets.
        Case::new(
            "a list of secrets and a fault",
            format!(
                "{{ a | Number = \"x\", password = [{}] }}",
                "\"x\",".repeat(30_000)
            ),
        )
        .ends(&[CONTRACT, LIMIT]),
        Case::new(
            "a list of secrets in a message",
            format!("{{ password | Number = \"{}\" }}", "hunter2".repeat(10_000)),
        )
        .ends(&[CONTRACT])
        .tame(),
        many("as 'Nickel"),
        many("as 'Text"),
        Case::new("an import of itself", "{ a = import \"main.ncl\" }").tame(),
        Case::new("an import of itself at once", "import \"main.ncl\"")
            .ends(&[LIMIT, "nickel::recursion"]),
        Case::new("a circle of imports", "{ a = import \"b.ncl\" }")
            .with("b.ncl", "{ b = import \"main.ncl\" }")
            .tame(),
        chain(900),
        Case::new("an import of a text as JSON", "import \"a.txt\" as 'Json")
            .with("a.txt", "{")
            .ends(&[IMPORT, PARSE])
            .tame(),
        Case::new("an import of a directory", "import \"d\" as 'Text")
            .with("d/x", "")
            .ends(&[IMPORT])
            .tame(),
        Case::new("an import with an empty name", "import \"\"")
            .ends(&[IMPORT])
            .tame(),
        Case::new("an import with a NUL byte", "import \"a\\x00b\"")
            .ends(&[IMPORT, PARSE])
            .tame(),
        Case::new(
            "an import with a very long name",
            format!("import \"{}\"", "a/".repeat(10_000)),
        )
        .ends(&[IMPORT])
        .tame(),
        // What follows a fault of the lexer is not looked at, by anybody.
        parse(
            "a huge number after an escape that is none",
            "\"\\q\" + 1e1000000000",
        ),
        parse(
            "an import after an escape that is none",
            "\"\\q\" ++ (import \"/dev/zero\" as 'Text)",
        ),
        parse("half a surrogate", "\"\\u{d800}\""),
        parse("a character beyond Unicode", "\"\\u{110000}\""),
        parse(
            "an escape of too many digits",
            "\"\\u{00000000000000000000001}\"",
        ),
        parse("a byte that is no character", "\"\\xff\""),
        parse("a text that never ends", "\"abc"),
        parse("a long text that never ends", "m%%%%\"abc\"%%%"),
        parse("an interpolation that never ends", "\"%{ 1"),
        parse("a symbolic text that never ends", "nix-s%\"abc"),
        parse("a name that never ends", "{ \"abc"),
        parse(
            "characters that turn lines around",
            "{ \u{202e}a\u{2066} = 1 }",
        ),
        parse("a bell and an escape", "{ \u{1b}]0;owned\u{7} }"),
    ];
    for (name, text) in [
        (
            "a field that clears the screen",
            "{ \"\u{1b}[2J\" | Number = \"\u{1b}]0;owned\u{7}\" }",
        ),
        (
            "a field that turns lines around",
            "{ \"\u{202e}txt\" | Number = \"\u{2066}\" }",
        ),
        (
            "a message that clears the screen",
            "1 | std.contract.custom (fun _l _v => 'Error { message = \"\\u{1b}[2J\", notes = [\"\\u{202e}\"] })",
        ),
        (
            "a contract with a bell in its name",
            "let C = { \"\u{7}\" | Number } in { \"\u{7}\" = \"a\" } | C",
        ),
    ] {
        cases.push(Case::new(name, text).ends(&[CONTRACT]).tame());
        cases.push(
            Case::new(name, text)
                .ask(Ask::Query)
                .ends(&[FINE, CONTRACT])
                .tame(),
        );
    }
    cases
}

/// Files of which each imports the next.
fn chain(length: usize) -> Case {
    let case = Case::new("a chain of imports", "import \"f0.ncl\"").ends(&[FINE, LIMIT]);
    (0..length).fold(case, |case, n| {
        let text = if n + 1 < length {
            format!("import \"f{}.ncl\"", n + 1)
        } else {
            "1".to_owned()
        };
        case.with(&format!("f{n}.ncl"), text)
    })
}
