//! Every way to write an import, in an extension and in a directory that is none.

use super::*;
use crate::support::Shell;

/// Programs with what the denial says. `OUT` stands for the directory outside, `UP` for the way to its parent. Without
/// words, the program may also be none.
const TEXTS: &[(&str, &str)] = &[
    // Paths.
    ("import \"OUT/secret.ncl\"", OUTSIDE),
    ("import \"UP/outside/secret.ncl\"", OUTSIDE),
    ("import \"./UP/outside/secret.ncl\"", OUTSIDE),
    ("import \"inner/../UP/outside/secret.ncl\"", OUTSIDE),
    ("import \"nowhere/../UP/outside/secret.ncl\"", OUTSIDE),
    ("import \"UP/outside//./secret.ncl\"", OUTSIDE),
    ("import \"UP/outside/secret.ncl/\"", ""),
    ("import \"~/secret.ncl\"", MISSING),
    ("import \"$HOME/secret.ncl\"", MISSING),
    ("import \"file://OUT/secret.ncl\"", MISSING),
    ("import \"%inmem_src%:OUT/secret.ncl\"", MISSING),
    ("import \"%inmem_src%:0\"", MISSING),
    // Links.
    ("import \"link.ncl\"", OUTSIDE),
    ("import \"linked/secret.ncl\"", OUTSIDE),
    ("import \"linked/../outside/secret.ncl\"", MISSING),
    ("import \"first.ncl\"", OUTSIDE),
    ("import \"round.ncl\"", ""),
    ("import \"dangling.ncl\"", MISSING),
    ("import \"through.ncl\"", OUTSIDE),
    ("import \"deep/through.ncl\"", OUTSIDE),
    // What is no file.
    ("import \"zero.txt\"", OUTSIDE),
    ("import \"/dev/zero\" as 'Text", OUTSIDE),
    ("import \"/dev/stdin\" as 'Text", ""),
    ("import \"environ.txt\"", OUTSIDE),
    ("import \"/proc/self/environ\" as 'Text", OUTSIDE),
    ("import \"/proc/self/mem\" as 'Text", OUTSIDE),
    ("import \"/proc/self/fd/0\" as 'Text", ""),
    ("import \"pipe.txt\"", IRREGULAR),
    ("import \"socket.txt\"", ""),
    ("import \"inner\" as 'Text", IRREGULAR),
    ("import \"UP\" as 'Text", ""),
    ("import \"large.txt\"", "larger than 16 MiB"),
    // Spellings.
    ("import \"\\x2e\\x2e/UP/outside/secret.ncl\"", ""),
    ("import \"UP\\x2foutside\\x2fsecret.ncl\"", OUTSIDE),
    ("import \"UP\\u{2f}outside\\u{2f}secret.ncl\"", OUTSIDE),
    ("import # a comment\n  \"UP/outside/secret.ncl\"", OUTSIDE),
    ("import\n\n\t\"UP/outside/secret.ncl\"", OUTSIDE),
    ("import m%\"UP/outside/secret.ncl\"%", ""),
    ("import (\"UP/outside/secret.ncl\")", ""),
    ("import \"%{\"UP\"}/outside/secret.ncl\"", ""),
    ("let p = \"UP/outside/secret.ncl\" in import p", "import"),
    // Formats.
    ("import \"UP/outside/passwd\" as 'Text", OUTSIDE),
    ("import \"UP/outside/passwd\" as 'Nickel", OUTSIDE),
    ("import \"UP/outside/passwd\" as 'Json", OUTSIDE),
    ("import \"UP/outside/passwd\" as 'Yaml", OUTSIDE),
    ("import \"UP/outside/passwd\" as 'Toml", OUTSIDE),
    ("import \"UP/outside/passwd\" as 'Other", ""),
    ("import \"UP/outside/passwd\"", OUTSIDE),
    ("import \"UP/outside/bad.json\"", OUTSIDE),
    ("import \"link.json\"", OUTSIDE),
    ("import \"link.yaml\"", OUTSIDE),
    ("import \"link.toml\"", OUTSIDE),
    ("import \"link.txt\"", OUTSIDE),
    // Places.
    ("[1, { a = [import \"UP/outside/secret.ncl\"] }]", OUTSIDE),
    (
        "if false then import \"UP/outside/secret.ncl\" else 1",
        OUTSIDE,
    ),
    (
        "let unused = import \"UP/outside/secret.ncl\" in 1",
        OUTSIDE,
    ),
    (
        "let { x ? (import \"UP/outside/secret.ncl\") } = {} in x",
        OUTSIDE,
    ),
    (
        "let { y = { x ? (import \"UP/outside/secret.ncl\") } } = { y = {} } in x",
        OUTSIDE,
    ),
    (
        "(fun { x ? (import \"UP/outside/secret.ncl\") } => x) {}",
        OUTSIDE,
    ),
    (
        "let [x, ..rest] = [import \"UP/outside/secret.ncl\"] in x",
        OUTSIDE,
    ),
    ("\"%{import \"UP/outside/secret.ncl\"}\"", OUTSIDE),
    ("m%\"\n  %{import \"UP/outside/secret.ncl\"}\n\"%", OUTSIDE),
    ("nix-s%\"%{import \"UP/outside/secret.ncl\"}\"%", OUTSIDE),
    ("{ \"%{import \"UP/outside/secret.ncl\"}\" = 1 }", OUTSIDE),
    (
        "{ a | doc \"%{import \"UP/outside/secret.ncl\"}\" = 1 }",
        "",
    ),
    (
        "1 |> match { x if x == (import \"UP/outside/secret.ncl\") => x }",
        OUTSIDE,
    ),
    (
        "1 |> match { _ => import \"UP/outside/secret.ncl\" }",
        OUTSIDE,
    ),
    (
        "1 |> match { { a ? (import \"UP/outside/secret.ncl\") } => a, _ => 1 }",
        OUTSIDE,
    ),
    ("1 | (import \"UP/outside/secret.ncl\")", OUTSIDE),
    ("1 : (import \"UP/outside/secret.ncl\")", OUTSIDE),
    ("null | Array (import \"UP/outside/secret.ncl\")", OUTSIDE),
    ("{ a | (import \"UP/outside/secret.ncl\") }", OUTSIDE),
    (
        "{ a : { _ : (import \"UP/outside/secret.ncl\") } }",
        OUTSIDE,
    ),
    (
        "{ a | default = import \"UP/outside/secret.ncl\" }",
        OUTSIDE,
    ),
    ("std.deep_seq (import \"UP/outside/secret.ncl\") 1", OUTSIDE),
    ("import \"UP/outside/secret.ncl\" & {}", OUTSIDE),
    // Packages.
    ("import outside", "import"),
    ("(import outside).a", "import"),
    ("import \"OUT\" as 'Package", ""),
];

#[test]
fn an_extension_imports_nothing_from_outside() {
    let tree = Tree::new();
    let evaluator = evaluator();
    let root = tree.path("ext");
    let main = tree.path("ext/schemas/main.ncl");
    for (text, says) in TEXTS {
        std::fs::write(&main, tree.text(text, "ext")).unwrap();
        let program = Program::file(&main).within(&root);
        let (code, shown) = told(evaluator.evaluate(&program, &[], None));
        assert_denied(text, &code, &shown, says);
        if *says == OUTSIDE {
            let rule = "an extension may only import files of its own directory";
            assert!(shown.contains(rule), "{text}: {shown}");
        }
        // Whoever only describes it reads as little.
        let described = match evaluator.query(&program, &[]) {
            Ok(fields) => format!("{fields:?}"),
            Err(error) => told(Err(error)).1,
        };
        assert!(!described.contains(MARKER), "{text}: {described}");
    }
}

#[test]
fn a_file_of_the_user_imports_nothing_from_outside() {
    let tree = Tree::new();
    for home in ["ext/schemas", "lone"] {
        let shell = Shell::new().at(tree.path(home));
        for (at, (text, _)) in TEXTS.iter().enumerate() {
            tree.file(&format!("{home}/t{at}.ncl"), &tree.text(text, home));
        }
        let all = shell.value(&format!(
            "0..<{} | each {{|n| try {{ {{code: fine, shown: (nickel eval $'t($n).ncl' | to nuon)}} }} catch {{|error| {{code: $error.details.code, shown: $error.rendered}} }} }}",
            TEXTS.len()
        ));
        for ((text, says), told) in TEXTS.iter().zip(all.as_array().unwrap()) {
            let (code, shown) = (&told["code"], &told["shown"]);
            let (code, shown) = (code.as_str().unwrap(), shown.as_str().unwrap());
            assert_denied(text, code, shown, says);
            if *says == OUTSIDE {
                let rule = "a file may import what lies below its extension or its directory";
                assert!(joined(shown).contains(rule), "{text}: {shown}");
            }
        }
    }
}

#[test]
fn there_are_enough_of_them() {
    assert!(TEXTS.len() >= 28);
}
