//! What is tried.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// What is hostile, and the codes of which at least one has to be there.
pub(super) struct Hostile {
    pub(super) name: &'static str,
    pub(super) write: Box<dyn Fn(&Path)>,
    pub(super) codes: &'static [&'static str],
    /// Whether it takes as long as it may, so that it is tried with less time.
    pub(super) is_slow: bool,
}

impl Hostile {
    fn slow(mut self) -> Self {
        self.is_slow = true;
        self
    }
}

/// A case that is written by a function, which gets the directory of the module.
fn written(
    name: &'static str,
    codes: &'static [&'static str],
    write: impl Fn(&Path) + 'static,
) -> Hostile {
    Hostile {
        name,
        write: Box::new(write),
        codes,
        is_slow: false,
    }
}

/// A case that is the text of the module.
fn text(name: &'static str, codes: &'static [&'static str], text: impl Into<Vec<u8>>) -> Hostile {
    let text = text.into();
    written(name, codes, move |nulib| {
        std::fs::write(nulib.join("mod.nu"), &text).unwrap();
    })
}

/// Writes a module that imports something.
fn imports(nulib: &Path, what: &str) {
    std::fs::write(nulib.join("mod.nu"), format!("use {what}\n")).unwrap();
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

const DEEP: &[&str] = &["nushell::too-deep"];
const LIMIT: &[&str] = &["nushell::limit"];
const MISSING: &[&str] = &["interface::missing-operation"];
const UNREADABLE: &[&str] = &["nushell::unreadable"];
const NOT_FOUND: &[&str] = &["nushell::module-not-found"];
const OUTSIDE: &[&str] = &["security::outside-import"];

pub(super) fn cases() -> Vec<Hostile> {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!(
            "export def a [] {{ {}{inner}{} }}\n",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    let mut all = vec![
        text(
            "100,000 square brackets",
            DEEP,
            nested("[", "1", "]", 100_000),
        ),
        text(
            "100,000 round brackets",
            DEEP,
            nested("(", "1", ")", 100_000),
        ),
        text("100,000 braces", DEEP, nested("{", "1", "}", 100_000)),
        text("100,000 records", DEEP, nested("{a: ", "1", "}", 100_000)),
        text("100,000 open brackets", DEEP, "[".repeat(100_000)),
        text(
            "brackets behind a quote that is none",
            &["nushell::limit", "nushell::too-deep", "nushell::brackets"],
            format!("# it's\nexport def a [] {{ isn't {}", "[".repeat(60_000)),
        ),
        text(
            "brackets behind a word with a sign",
            &["nushell::limit", "nushell::too-deep", "nushell::brackets"],
            format!("export def a [] {{ a#b' {} }}", "(".repeat(60_000)),
        ),
        text(
            "brackets in a raw text that ends early",
            &["nushell::limit", "nushell::too-deep", "nushell::brackets"],
            format!("export def a [] {{ r#'\"'# {} }}", "{".repeat(60_000)),
        ),
        text(
            "texts in texts",
            &["nushell::limit", "nushell::too-deep", "nushell::brackets"],
            nested("$\"(", "1", ")\"", 20_000),
        ),
        text(
            "closures in closures",
            DEEP,
            nested("do {|x| ", "1", "}", 5_000),
        ),
        text(
            "branches in branches",
            DEEP,
            nested("if true { ", "1", "}", 5_000),
        ),
        text(
            "branches after branches",
            &["nushell::limit", "interface::missing-operation"],
            nested("if true { 1 } else ", "{ 1 }", "", 20_000),
        )
        .slow(),
        text(
            "matches in matches",
            DEEP,
            nested("match 1 { 1 => { ", "1", "} }", 3_000),
        ),
        text(
            "types in types",
            &[
                "nushell::limit",
                "nushell::type",
                "interface::missing-operation",
            ],
            format!(
                "export def a [x: {}int{}] {{ }}\n",
                "list<".repeat(20_000),
                ">".repeat(20_000)
            ),
        )
        .slow(),
        text(
            "records in types",
            &[
                "nushell::limit",
                "nushell::type",
                "interface::missing-operation",
            ],
            format!(
                "export def a [x: {}int{}] {{ }}\n",
                "record<a: ".repeat(5_000),
                ">".repeat(5_000)
            ),
        )
        .slow(),
        text(
            "a sum of 50,000 numbers",
            &["nushell::limit", "interface::missing-operation"],
            format!("export def a [] {{ 1{} }}\n", " + 1".repeat(50_000)),
        )
        .slow(),
        text(
            "not, 50,000 times",
            &["nushell::limit", "interface::missing-operation"],
            format!("export def a [] {{ {}true }}\n", "not ".repeat(50_000)),
        ),
        text(
            "a pipeline of 30,000 commands",
            &["nushell::limit", "interface::missing-operation"],
            format!("export def a [] {{ ls{} }}\n", " | first".repeat(30_000)),
        ),
        text(
            "closures that are never closed",
            &["nushell::limit", "nushell::brackets"],
            format!("export def a [] {{\n{}", "$a = { |\n".repeat(26)),
        )
        .slow(),
        text(
            "closures that are never closed on a line",
            &["nushell::limit", "nushell::brackets"],
            format!("export def a [] {{ {}", "{ |".repeat(60)),
        ),
        text(
            "records that are never closed",
            &["nushell::limit", "nushell::brackets"],
            format!("export def a [] {{ {}", "{a: {|".repeat(50)),
        ),
        text(
            "blocks and brackets in turn",
            &["nushell::limit", "nushell::brackets"],
            format!("export def a [] {{ {}", "[{(".repeat(40)),
        )
        .slow(),
        text(
            "texts that are never closed",
            &["nushell::limit", "nushell::brackets"],
            format!("export def a [] {{ {}", "$\"({ ".repeat(40)),
        ),
        text(
            "5,000 commands",
            MISSING,
            (0..5_000)
                .map(|n| {
                    format!(
                        "export def c{n} [x: int, --f: string]: nothing -> int {{ $x + {n} }}\n"
                    )
                })
                .collect::<String>(),
        ),
        text(
            "5,000 parameters",
            MISSING,
            format!(
                "export def a [{}] {{ }}\n",
                (0..5_000)
                    .map(|n| format!("p{n}: int "))
                    .collect::<String>()
            ),
        ),
        text(
            "5,000 flags",
            MISSING,
            format!(
                "export def a [{}] {{ }}\n",
                (0..5_000)
                    .map(|n| format!("--f{n}: int "))
                    .collect::<String>()
            ),
        ),
        text(
            "5,000 imports of nothing",
            NOT_FOUND,
            (0..5_000)
                .map(|n| format!("use n{n}.nu *\n"))
                .collect::<String>(),
        ),
        text(
            "20,000 variables that are not there",
            &["nushell::unknown-variable"],
            format!(
                "export def a [] {{\n{}}}\n",
                (0..20_000)
                    .map(|n| format!("  $v{n}\n"))
                    .collect::<String>()
            ),
        ),
        text(
            "20,000 words that are no commands",
            &["nushell::unknown-command"],
            format!(
                "export def a [] {{\n{}}}\n",
                (0..20_000)
                    .map(|n| format!("  word-{n}\n"))
                    .collect::<String>()
            ),
        ),
        text(
            "20,000 commands in the old way",
            &["nushell::old-return-type"],
            (0..20_000)
                .map(|n| format!("def c{n} [] -> record {{ }}\n"))
                .collect::<String>(),
        ),
        text(
            "20,000 wrong flags on a line",
            &["nushell::unknown-flag", "nushell::limit"],
            format!("export def a [] {{ {} }}\n", "ls --nope; ".repeat(20_000)),
        ),
        text(
            "a line of 1 MB",
            MISSING,
            format!("export def a [] {{ [{}] }}\n", "1 ".repeat(500_000)),
        ),
        text(
            "a fault at the end of a line of 900 KB",
            &["nushell::unknown-variable"],
            format!("export def a [] {{ '{}' + $b }}\n", "x".repeat(900_000)),
        ),
        text(
            "a name of 500 KB",
            MISSING,
            format!("export def \"{}\" [] {{ }}\n", "n".repeat(500_000)),
        ),
        text(
            "a huge constant",
            MISSING,
            format!("export const A = [{}]\n", "[1 2 3] ".repeat(100_000)),
        ),
        text(
            "a constant that doubles",
            &["nushell::limit", "interface::missing-operation"],
            format!(
                "const c0 = \"xxxxxxxxxxxxxxxx\"\n{}",
                (1..60)
                    .map(|n| format!("const c{n} = [$c{} $c{}]\n", n - 1, n - 1))
                    .collect::<String>()
            ),
        )
        .slow(),
        text(
            "a constant that doubles as a text",
            &["nushell::limit", "interface::missing-operation"],
            format!(
                "const c0 = \"xxxxxxxxxxxxxxxx\"\n{}",
                (1..60)
                    .map(|n| format!("const c{n} = $\"($c{})($c{})\"\n", n - 1, n - 1))
                    .collect::<String>()
            ),
        )
        .slow(),
        text(
            "a constant that computes without an end",
            MISSING,
            "export const A = (1..100000000000 | math sum)\nexport const B = (1..100000000000)\n",
        ),
        text(
            "NUL bytes",
            &[
                "nushell::syntax",
                "nushell::unknown-command",
                "interface::missing-operation",
            ],
            "export def a\0 [] { \0\0\0 }\n",
        ),
        text(
            "no UTF-8",
            &["nushell::not-utf8"],
            b"export def a [] { \"\xff\xfe\" }\n",
        ),
        text(
            "UTF-16",
            &["nushell::not-utf8"],
            b"\xff\xfee\0x\0p\0".as_slice(),
        ),
        text(
            "ends of lines of another system",
            MISSING,
            "export def a [\r\n] {\r\n}\r\n",
        ),
        text(
            "a mark at the beginning",
            &["nushell::syntax"],
            "\u{feff}export def a [] { }\n",
        ),
        text(
            "characters that turn lines around",
            &["nushell::unknown-variable"],
            "export def a [] { $\u{202e}x\u{2066} + $\u{1b}[2J }\n",
        ),
        written("a file of 100 MB", &["nushell::too-large"], |nulib| {
            let file = std::fs::File::create(nulib.join("mod.nu")).unwrap();
            file.set_len(100 << 20).unwrap();
        }),
        written(
            "an import of 100 MB",
            &["nushell::limit", "nushell::unreadable"],
            |nulib| {
                imports(nulib, "./data.txt *");
                let file = std::fs::File::create(nulib.join("data.txt")).unwrap();
                file.set_len(100 << 20).unwrap();
            },
        ),
        written(
            "an import of 100 GB",
            &["nushell::limit", "nushell::module-not-found"],
            |nulib| {
                imports(nulib, "./data.txt *");
                let file = std::fs::File::create(nulib.join("data.txt")).unwrap();
                file.set_len(100 << 30).unwrap();
            },
        ),
        written("a named pipe as the module", UNREADABLE, |nulib| {
            pipe(&nulib.join("mod.nu"))
        }),
        written("a named pipe behind an import", UNREADABLE, |nulib| {
            imports(nulib, "./pipe.nu *");
            pipe(&nulib.join("pipe.nu"));
        }),
        written("a named pipe with another ending", NOT_FOUND, |nulib| {
            imports(nulib, "./pipe *");
            pipe(&nulib.join("pipe"));
        }),
        written("a link to a named pipe", NOT_FOUND, |nulib| {
            imports(nulib, "./link.nu *");
            pipe(&nulib.join("pipe"));
            symlink("pipe", nulib.join("link.nu")).unwrap();
        }),
        written(
            "a link to zeros as the module",
            &["interface::not-checked"],
            |nulib| {
                symlink("/dev/zero", nulib.join("mod.nu")).unwrap();
            },
        ),
        written("an import of zeros", OUTSIDE, |nulib| {
            imports(nulib, "/dev/zero *")
        }),
        written("an import of a link to zeros", OUTSIDE, |nulib| {
            imports(nulib, "./zero.nu *");
            symlink("/dev/zero", nulib.join("zero.nu")).unwrap();
        }),
        written(
            "a file that imports itself",
            &["nushell::circular-import"],
            |nulib| {
                imports(nulib, "mod.nu *");
            },
        ),
        written(
            "two files that import each other",
            &["nushell::circular-import"],
            |nulib| {
                imports(nulib, "a.nu *");
                std::fs::write(nulib.join("a.nu"), "use b.nu *\n").unwrap();
                std::fs::write(nulib.join("b.nu"), "use a.nu *\n").unwrap();
            },
        ),
        written(
            "200 files in a circle",
            &["nushell::circular-import"],
            |nulib| {
                imports(nulib, "f0.nu *");
                for n in 0..200 {
                    let next = (n + 1) % 200;
                    std::fs::write(
                        nulib.join(format!("f{n}.nu")),
                        format!("use f{next}.nu *\n"),
                    )
                    .unwrap();
                }
            },
        ),
        written(
            "a chain of 1,000 imports",
            &["nushell::limit", "interface::missing-operation"],
            |nulib| {
                imports(nulib, "f0.nu *");
                for n in 0..1_000 {
                    let text = format!("export use f{}.nu *\n", n + 1);
                    std::fs::write(nulib.join(format!("f{n}.nu")), text).unwrap();
                }
                std::fs::write(nulib.join("f1000.nu"), "export def last [] { }\n").unwrap();
            },
        ),
        written(
            "imports that double",
            &["nushell::limit", "interface::missing-operation"],
            |nulib| {
                imports(nulib, "f0.nu *");
                for n in 0..40 {
                    let next = n + 1;
                    let text =
                        format!("export use ./f{next}.nu *\nexport use ../nulib/f{next}.nu *\n");
                    std::fs::write(nulib.join(format!("f{n}.nu")), text).unwrap();
                }
                std::fs::write(nulib.join("f40.nu"), "export def last [] { }\n").unwrap();
            },
        )
        .slow(),
        written(
            "a directory with the name of the module",
            &["nushell::unreadable"],
            |nulib| {
                std::fs::create_dir(nulib.join("mod.nu")).unwrap();
            },
        ),
        written(
            "directories with the names of modules",
            &["nushell::unreadable"],
            |nulib| {
                std::fs::create_dir_all(nulib.join("mod.nu/mod.nu/mod.nu")).unwrap();
            },
        ),
        written("2,500 files", &["nushell::too-large"], |nulib| {
            imports(nulib, "f1.nu *");
            for n in 0..2_500 {
                std::fs::write(
                    nulib.join(format!("f{n}.nu")),
                    format!("export def c{n} [] {{ }}\n"),
                )
                .unwrap();
            }
        }),
        written("17 files of 1 MB", &["nushell::too-large"], |nulib| {
            imports(nulib, "f1.nu *");
            let text = "# xxxxxxxxxxxxxx\n".repeat(60_000);
            for n in 0..17 {
                std::fs::write(nulib.join(format!("f{n}.nu")), &text).unwrap();
            }
        })
        .slow(),
        written("20 files that never end", LIMIT, |nulib| {
            imports(nulib, "f1.nu *");
            let text = format!("def a [] {{\n{}", "$a = { |\n".repeat(26));
            for n in 0..20 {
                std::fs::write(nulib.join(format!("f{n}.nu")), &text).unwrap();
            }
        })
        .slow(),
        written(
            "directories 1,000 deep",
            &[
                "nushell::too-deep",
                "nushell::too-large",
                "interface::missing-operation",
            ],
            |nulib| {
                imports(nulib, "x.nu *");
                // Longer than a path may be: one at a time.
                let made = Command::new("sh")
                .args(["-c", "for n in $(seq 1000); do mkdir d && cd -P d || exit 1; done; echo 'def a [' > x.nu"])
                .current_dir(nulib)
                .status()
                .unwrap();
                assert!(made.success());
            },
        ),
        written(
            "names that are no names",
            &["nushell::syntax", "nushell::unknown-variable"],
            |nulib| {
                std::fs::write(
                    nulib.join("mod.nu"),
                    "use \"a b'c.nu\" *\nuse \"line\\nbreak.nu\" *\n",
                )
                .unwrap();
                for name in [
                    "a b'c.nu",
                    "line\nbreak.nu",
                    "\u{1b}[2J.nu",
                    "<made-up>.nu",
                    "-rf.nu",
                    "*.nu",
                    "$x.nu",
                ] {
                    std::fs::write(nulib.join(name), "export def a [] { $nowhere }\n").unwrap();
                }
            },
        ),
        written(
            "a file that may not be read",
            &["nushell::unreadable", "nushell::unknown-variable"],
            |nulib| {
                use std::os::unix::fs::PermissionsExt as _;
                imports(nulib, "closed.nu *");
                let closed = nulib.join("closed.nu");
                std::fs::write(&closed, "def a [] { $nowhere }").unwrap();
                std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
            },
        ),
    ];
    all.push(written("a link to itself", NOT_FOUND, |nulib| {
        imports(nulib, "./loop.nu *");
        symlink("loop.nu", nulib.join("loop.nu")).unwrap();
    }));
    all
}
