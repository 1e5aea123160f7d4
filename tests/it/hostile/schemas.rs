//! Extensions whose schemas want to stop the validation, or to look outside.

use std::path::Path;
use std::time::{Duration, Instant};

use provisioning::diagnostic::render;
use provisioning::extension::Host;
use provisioning::nickel::{Isolation, Limits};
use provisioning::validation::{Options, Validator};

use super::{MEMORY, RESERVE, SLACK};
use crate::processes::{Named, assert_gone, peak, watched};

/// Time that all schemas of an extension have.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What lies outside, and is never shown.
const SECRET: &str = "hunter2";

/// Writes what is hostile into the schema directory.
type Write = Box<dyn Fn(&Path)>;

/// What is hostile, and the codes that it may end with, at least one of which has to be there.
struct Hostile {
    name: &'static str,
    kind: &'static str,
    write: Write,
    codes: &'static [&'static str],
}

fn text(name: &'static str, content: impl Into<String>, codes: &'static [&'static str]) -> Hostile {
    let content = content.into();
    written(name, codes, move |schemas| {
        std::fs::write(schemas.join("cluster.ncl"), &content).unwrap();
    })
}

fn written(
    name: &'static str,
    codes: &'static [&'static str],
    write: impl Fn(&Path) + 'static,
) -> Hostile {
    Hostile {
        name,
        kind: "cluster",
        write: Box::new(write),
        codes,
    }
}

fn link(to: &'static str) -> impl Fn(&Path) {
    move |schemas| std::os::unix::fs::symlink(to, schemas.join("x.ncl")).unwrap()
}

fn cases() -> Vec<Hostile> {
    let components = |item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..3_000).map(item).collect();
        format!("{{ c = {{ components = [{}] }} }}", items.join(", "))
    };
    vec![
        written("a named pipe", &["nickel::io"], |schemas| {
            let made = std::process::Command::new("mkfifo")
                .arg(schemas.join("x.ncl"))
                .status()
                .unwrap();
            assert!(made.success());
        }),
        written("a link to zeros", &["schema::outside"], link("/dev/zero")),
        written("a link to users", &["schema::outside"], link("/etc/passwd")),
        written(
            "a link to a secret",
            &["schema::outside"],
            link("../../secret.ncl"),
        ),
        written("a link to everything", &["schema::outside"], link("/")),
        written("links in a circle", &["nickel::io"], |schemas| {
            std::os::unix::fs::symlink("b.ncl", schemas.join("a.ncl")).unwrap();
            std::os::unix::fs::symlink("a.ncl", schemas.join("b.ncl")).unwrap();
        }),
        written("100 MB", &["nickel::io"], |schemas| {
            let file = std::fs::File::create(schemas.join("x.ncl")).unwrap();
            file.set_len(100 << 20).unwrap();
        }),
        written("no UTF-8", &["nickel::io"], |schemas| {
            std::fs::write(schemas.join("x.ncl"), b"{ a = \"\xff\" }").unwrap();
        }),
        written(
            "1,200 files",
            &["schema::limit", "nickel::limit"],
            |schemas| {
                for n in 1..1_200 {
                    std::fs::write(schemas.join(format!("{n}.ncl")), "{}").unwrap();
                }
            },
        ),
        written("30 directories deep", &["schema::limit"], |schemas| {
            let deep = schemas.join("d/".repeat(30));
            std::fs::create_dir_all(&deep).unwrap();
            std::fs::write(deep.join("x.ncl"), "{ = }").unwrap();
        }),
        text(
            "an import of a secret",
            "{ a = import \"../../secret.ncl\" }",
            &["nickel::import"],
        ),
        text(
            "an import of users",
            "import \"/etc/passwd\" as 'Text",
            &["nickel::import"],
        ),
        text(
            "100,000 brackets",
            "[".repeat(100_000),
            &["nickel::limit", "schema::unbalanced"],
        ),
        text(
            "100,000 braces of KCL",
            format!("schema A {{ {}", "a: { ".repeat(20_000)),
            &["nickel::limit", "schema::kcl-schema"],
        ),
        text(
            "20,000 fields of KCL",
            format!("{{ {} }}", "name?: str\n".repeat(20_000)),
            &["schema::kcl-field"],
        ),
        text(
            "sections and lists in turn",
            format!(
                "{{ {} x?: str {} }}",
                "a: { b: [{".repeat(45),
                "}] }".repeat(45)
            ),
            &["schema::kcl-field"],
        ),
        text(
            "sections and lists of Nickel in turn",
            format!(
                "{{ {} x | String {} }}",
                "a | { b | [{".repeat(45),
                "}] }".repeat(45)
            ),
            &["schema::list-contract"],
        ),
        text(
            "100,000 names and records in a row",
            format!("{{ a = {} }}", "f {} ".repeat(40_000)),
            &["nickel::unbound", "nickel::limit"],
        ),
        text(
            "brackets on one line of 8 MB",
            format!(
                "{{ a = \"{}\", b = [{}] ]",
                "x".repeat(8 << 20),
                "{},".repeat(30_000)
            ),
            &["schema::unbalanced"],
        ),
        text(
            "20,000 texts in a union",
            format!("{{ a {} }}", "| \"x\"".repeat(20_000)),
            &["schema::string-union", "nickel::limit"],
        ),
        text(
            "an evaluation without an end",
            "let rec f = fun n => f (n + 1) in { a = f 1 }",
            &["nickel::limit"],
        ),
        text(
            "all memory there is",
            "{ a = std.array.replicate 1000000000 0 }",
            &["nickel::limit"],
        ),
        text(
            "a type without an end",
            "(fun f => f f) : _",
            &["nickel::limit"],
        ),
        text(
            "a record without an end",
            "let rec x = { y = x } in x",
            &["nickel::limit"],
        ),
        text("a huge number", "{ a = 1e1000000000 }", &["nickel::limit"]),
        text(
            "a huge number behind a fault",
            "{ a = \"\\q\", b = 1e1000000000 }",
            &["nickel::parse"],
        ),
        text(
            "characters that turn lines around",
            "{ c = { components = [{ name = \"\u{1b}[2J\u{202e}\", dependencies = [\"\u{7}\"] }] } }",
            &["cluster::unknown-dependency"],
        ),
        text(
            "3,000 components in one circle",
            components(&|n| {
                format!(
                    "{{ name = \"c{n}\", dependencies = [\"c{}\"] }}",
                    (n + 1) % 3_000
                )
            }),
            &["cluster::cycle"],
        ),
        text(
            "3,000 unknown components",
            components(&|n| format!("{{ name = \"c{n}\", dependencies = [\"d{n}\"] }}")),
            &["cluster::unknown-dependency"],
        ),
    ]
}

#[test]
fn schemas_that_are_hostile_are_told_within_their_limits() {
    let named = Named::new();
    let evaluator = named.evaluator().isolated(Isolation::Auto).limited(Limits {
        timeout: TIMEOUT,
        memory: MEMORY,
        ..Limits::default()
    });
    let host = Host::with_nushell(semver::Version::new(0, 115, 1));
    let validator = Validator::new(host, evaluator, provisioning::nushell::Inspector::default());
    let rules = ["schema".to_owned()];
    let options = Options {
        kind: None,
        rules: &rules,
        deny_warnings: false,
    };
    let check = |hostile: &Hostile| {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("secret.ncl"), format!("{{ = {SECRET} }}")).unwrap();
        let root = home.path().join("a");
        let schemas = root.join("schemas");
        std::fs::create_dir_all(&schemas).unwrap();
        let metadata = format!(
            "[extension]\nname = \"a\"\ntype = \"{}\"\nversion = \"1.0.0\"\n",
            hostile.kind
        );
        std::fs::write(root.join("metadata.toml"), metadata).unwrap();
        // A fault that must be told whatever else there is.
        std::fs::write(schemas.join("0.ncl"), "{ a | Number = \"x\" }").unwrap();
        (hostile.write)(&schemas);
        let start = Instant::now();
        let report = validator.validate(&root, &options).unwrap();
        let took = start.elapsed();
        let codes: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.diagnostic.code.as_str())
            .collect();
        let shown: String = report
            .findings
            .iter()
            .map(|finding| render(&finding.diagnostic))
            .collect();
        if std::env::var_os("HOSTILE_SHOWN").is_some() {
            eprintln!(
                "{took:>8.2?} {:<32} {} {}",
                hostile.name,
                codes.len(),
                codes.join(" ").chars().take(90).collect::<String>()
            );
        }
        let mut wrong = Vec::new();
        let mut require = |holds: bool, what: String| {
            if !holds {
                wrong.push(format!("{}: {what}", hostile.name));
            }
        };
        require(
            hostile.codes.iter().any(|code| codes.contains(code)),
            format!("{codes:?}, not {:?}", hostile.codes),
        );
        require(
            codes.contains(&"nickel::contract"),
            format!("the other file is not told: {codes:?}"),
        );
        require(codes.len() <= 300, format!("{} findings", codes.len()));
        require(took < TIMEOUT + SLACK, format!("{took:?}"));
        for hidden in [SECRET, "root:", "\u{1b}[2J", "\u{202e}", "\u{7}"] {
            require(!shown.contains(hidden), format!("shows {hidden:?}"));
        }
        require(!report.valid, "it is valid".to_owned());
        wrong
    };
    let cases = cases();
    assert!(cases.len() >= 20);
    let (wrong, seen) = watched(
        || named.workers(),
        || cases.iter().flat_map(check).collect::<Vec<String>>(),
    );
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
    let peak = peak(&seen);
    assert!(
        peak < MEMORY + RESERVE,
        "a worker has used {} MiB",
        peak >> 20
    );
    drop(validator);
    assert_gone(&seen);
}
