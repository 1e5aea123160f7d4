//! Files that are not what they should be, in real trees.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::tests::{metadata, tree, validator};
use super::super::{Options, Report};
use super::*;
use crate::diagnostic::render;

fn report(root: &Path) -> Report {
    let options = Options {
        kind: None,
        rules: &["security".to_owned()],
        deny_warnings: false,
    };
    validator().validate(root, &options).unwrap()
}

/// The findings as people read them.
fn shown(root: &Path) -> String {
    report(root)
        .findings
        .iter()
        .map(|finding| render(&finding.diagnostic))
        .collect::<Vec<_>>()
        .join("\n\n")
        .replace(&root.display().to_string(), "[ROOT]")
}

fn codes(root: &Path) -> Vec<&'static str> {
    report(root)
        .findings
        .iter()
        .map(|finding| finding.diagnostic.code.as_str())
        .collect()
}

fn app(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let metadata = format!(
        "{}[build]\nexclude = [\"left-out/**\", \"*.tmp\"]\n",
        metadata("app", "template")
    );
    let mut all = vec![("metadata.toml", metadata.as_str())];
    all.extend(files);
    tree("app", &all)
}

/// A token in parts, so that this file holds none.
fn token() -> String {
    ["ghp_", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"].concat()
}

#[cfg(unix)]
#[test]
fn links_are_told_and_never_followed() {
    use std::os::unix::fs::symlink;
    let (_home, root) = app(&[
        ("nulib/mod.nu", ""),
        ("left-out/a", ""),
        (".git/config", ""),
        ("../secret/AGENTS.md", "hunter2"),
    ]);
    for (name, target) in [
        ("absolute", "/"),
        ("nulib/parent", "../../secret/AGENTS.md"),
        ("nulib/directory", "../../secret"),
        ("chain", "nulib/directory/AGENTS.md"),
        ("back", "../app/nulib"),
        ("nulib/up", ".."),
        ("nulib/here", "."),
        ("nowhere", "nulib/none"),
        ("loop", "loop"),
        ("gone", "../../none"),
        ("fine", "nulib/mod.nu"),
        ("folder", "nulib"),
        ("left-out/out", "/etc"),
        (".git/out", "../../secret"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
    symlink(root.join("nulib/mod.nu"), root.join("nulib/whole")).unwrap();
    let shown = shown(&root);
    assert!(!shown.contains("hunter2"));
    insta::assert_snapshot!(shown);
}

#[cfg(unix)]
#[test]
fn a_metadata_file_that_is_a_link_out_is_told_by_this_rule_alone() {
    let (_home, root) = tree("app", &[("../metadata.toml", "x")]);
    std::os::unix::fs::symlink("../metadata.toml", root.join("metadata.toml")).unwrap();
    assert_eq!(codes(&root), ["security::link-outside"]);
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_and_sockets_are_told_and_not_opened() {
    let (_home, root) = app(&[("left-out/", ""), ("nulib/", "")]);
    for name in ["nulib/mod.nu", "left-out/pipe"] {
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join(name),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
    }
    let _socket = std::os::unix::net::UnixListener::bind(root.join("s")).unwrap();
    insta::assert_snapshot!(shown(&root));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_deceive_escape_or_collide_are_told() {
    let (_home, root) = app(&[
        ("..\\..\\evil.nu", ""),
        ("photo\u{202e}gpj.nu", ""),
        ("line\nbreak", ""),
        ("nulib/Mod.nu", ""),
        ("nulib/mod.nu", ""),
        ("nulib/MOD.nu", ""),
        ("other/mod.nu", ""),
        ("aux.txt", ""),
        ("what?", ""),
        ("left-out/aux", ""),
        ("a..b", ""),
    ]);
    use std::os::unix::ffi::OsStrExt as _;
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    insta::assert_snapshot!(shown(&root));
}

#[cfg(unix)]
#[test]
fn rights_that_go_too_far_are_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_home, root) = app(&[
        ("nulib/mod.nu", ""),
        ("templates/", ""),
        ("tool", ""),
        ("group", ""),
        ("left-out/all", ""),
        ("fine", ""),
    ]);
    for (name, mode) in [
        ("nulib/mod.nu", 0o666),
        ("templates", 0o777),
        ("tool", 0o4755),
        ("group", 0o2755),
        ("left-out/all", 0o777),
        ("fine", 0o775),
        ("nulib", 0o2755),
        (".", 0o757),
    ] {
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    insta::assert_snapshot!(shown(&root));
}

#[test]
fn secrets_are_told_and_hidden() {
    let token = token();
    let key = "MIIEpAIBAAKCAQEA7bq0Zx9K2mQ7vR4tL8nW3pZ6sB1cD5fG0hJ";
    let module = format!("let a = 1; let token = \"{token}\"; let password = 'hunter2hunter2'\n");
    let pem = format!(
        "-----BEGIN {}\n{key}\n-----END PRIVATE KEY-----\n",
        "PRIVATE KEY-----"
    );
    let test = format!("const TOKEN = \"{token}\"\nlet password = \"hunter3hunter3\"\n");
    let (_home, root) = app(&[
        ("nulib/mod.nu", &module),
        (
            "schemas/settings.ncl",
            "{ api_key | String | default = \"k3y9x8w7v6\", pin = 1 }",
        ),
        (
            "templates/app.conf",
            "db_password = tr0ub4dor\nuser_password = {{ password }}\n",
        ),
        ("templates/key.pem", &pem),
        ("tests/unit_tests.nu", &test),
        ("left-out/mod.nu", &module),
        ("docs/API.md", "password: hunter4hunter4\n"),
    ]);
    fs::write(
        root.join("image.bin"),
        [b"\0".as_slice(), token.as_bytes()].concat(),
    )
    .unwrap();
    let shown = shown(&root);
    for secret in [token.as_str(), key, "hunter", "k3y9x8w7v6", "tr0ub4dor"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    insta::assert_snapshot!(shown);
    assert!(!report(&root).valid);
}

#[test]
fn files_that_are_too_long_are_searched_in_part_and_told() {
    let long = format!("# {}\n", "a".repeat(2 << 20));
    let text = format!("let t = \"{}\"\n{long}let u = \"{}\"\n", token(), token());
    let (_home, root) = app(&[("nulib/mod.nu", &text)]);
    assert_eq!(codes(&root), ["security::secret", "security::not-checked"]);
}

#[test]
fn rows_of_beginnings_of_secrets_take_no_time() {
    let row = |text: &str| text.repeat((256 << 10) / text.len());
    let (_home, root) = app(&[
        ("a.nu", &row("eyJ")),
        ("b.nu", &row("-eyJ.")),
        ("c.nu", &row("glpat-")),
        ("d.nu", &row("-----BEGIN PRIVATE KEY-----")),
        ("e.yaml", &row("password=")),
        ("f.nu", &row("password=\"a")),
        ("g.ncl", &row("password=\"a\",")),
        ("h.yaml", &row("password:")),
    ]);
    let start = std::time::Instant::now();
    report(&root);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn instructions_for_agents_are_told_once_for_a_directory() {
    let (_home, root) = app(&[
        ("AGENTS.md", ""),
        ("nulib/Claude.md", ""),
        (".github/copilot-instructions.md", ""),
        (".github/instructions/a.instructions.md", ""),
        (".cursor/rules/one.mdc", ""),
        (".cursor/rules/two.mdc", ""),
        (".cursorrules", ""),
        ("left-out/GEMINI.md", ""),
        ("docs/agents.txt", ""),
        ("README.md", ""),
    ]);
    insta::assert_snapshot!(shown(&root));
    // The help is right: what it says leaves the file out.
    let (_home, root) = tree(
        "app",
        &[
            (
                "metadata.toml",
                &format!(
                    "{}[build]\nexclude = [\"/AGENTS.md\", \"/.cursor\"]\n",
                    metadata("app", "template")
                ),
            ),
            ("AGENTS.md", ""),
            (".cursor/rules/one.mdc", ""),
        ],
    );
    assert_eq!(codes(&root), [""; 0]);
}

#[test]
fn a_report_stays_short_and_shows_errors_first() {
    let names: Vec<String> = (0..150)
        .map(|n| {
            if n < 149 {
                format!("what{n}?")
            } else {
                "z\u{202e}".to_owned()
            }
        })
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let (_home, root) = app(&files);
    let report = report(&root);
    assert_eq!(report.findings.len(), MAX_ALIKE + 1);
    assert_eq!(report.findings[0].diagnostic.code, Code::SecurityName);
    let last = &report.findings[MAX_ALIKE].diagnostic.message;
    assert!(
        last.ends_with("; 49 more of this kind are not listed"),
        "{last}"
    );
}

#[test]
fn an_ordinary_extension_has_no_findings() {
    let (_home, root) = app(&[
        (
            "nulib/mod.nu",
            "export def login [--token: string] { $env.API_TOKEN? | default $token }\n",
        ),
        (
            "schemas/settings.ncl",
            "{ api_secret | String | not_exported, password | optional | String }",
        ),
        ("templates/app.conf.j2", "password = {{ password }}\n"),
        (".gitignore", "*.tmp\n"),
        (
            ".github/workflows/ci.yml",
            "token: ${{ secrets.GITHUB_TOKEN }}\n",
        ),
    ]);
    assert_eq!(codes(&root), [""; 0]);
}

/// Pieces that texts with secrets are made of, and what may go wrong between them.
const PIECES: &[&str] = &[
    "password",
    "\"api_key\"",
    "token",
    "=",
    ":",
    " ",
    "\"",
    "'",
    "`",
    "\n",
    "é",
    "日",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END",
    "eyJ",
    ".",
    "ghp_",
    "AKIA",
    "glpat-",
    "a1B2c3D4e5F6g7H8",
    "string",
    "%{",
    "}",
    "{",
    "m%\"",
    "\u{202e}",
    "#",
];

proptest! {
    #[test]
    fn any_text_is_searched_and_what_is_found_is_in_it(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        let text = pieces.concat();
        for token in crate::nickel::tokens(&text) {
            prop_assert!(text.get(token.span.start..token.span.end).is_some());
            prop_assert!(text.get(token.hidden.start..token.hidden.end).is_some());
        }
        for file in ["a.ncl", "a.nu", "a.yaml"] {
            for field in crate::validation::secret::fields::find(&text, Path::new(file)) {
                prop_assert!(text.get(field.span.start..field.span.end).is_some(), "{file}");
            }
        }
    }
}
