//! Imports that would leave the directories a program may import from: each is denied with the rule, and nothing of what
//! lies outside is shown.

mod paths;
mod texts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use provisioning::diagnostic::{Explain as _, render};
use provisioning::nickel::{Evaluator, Isolation, Limits, NickelError, Program};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::PLUGIN;

/// What stands in every file outside, and must not turn up anywhere.
const MARKER: &str = "hunter2marker";

/// What a denial says.
const OUTSIDE: &str = "outside of the directories that may be imported from";
const IRREGULAR: &str = "not a regular file";
const MISSING: &str = "there is no such file";

/// An extension, a directory that is none, and what lies outside of both.
struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for name in ["secret.ncl", "secret.txt"] {
            tree.file(&format!("outside/{name}"), &format!("\"{MARKER}\""));
        }
        tree.file("outside/secret.json", &format!("{{\"a\": \"{MARKER}\"}}"));
        tree.file("outside/secret.yaml", &format!("a: {MARKER}\n"));
        tree.file("outside/secret.toml", &format!("a = \"{MARKER}\"\n"));
        // Not Nickel: an error about it would show it.
        tree.file("outside/passwd", &format!("{MARKER}:x:0:0\n"));
        tree.file("outside/bad.json", &format!("{{\"{MARKER}\": }}"));
        tree.file(
            "ext/metadata.toml",
            "[extension]\nname = \"ext\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
        );
        for home in ["ext/schemas", "lone"] {
            tree.furnish(home);
        }
        tree
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn file(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn link(&self, name: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    /// Puts everything into a directory that an import could be led astray with.
    fn furnish(&self, home: &str) {
        let out = self.path("outside").display().to_string();
        let at = |name: &str| format!("{home}/{name}");
        self.file(&at("inner/x.ncl"), "1");
        for kind in ["ncl", "json", "yaml", "toml", "txt"] {
            self.link(
                &at(&format!("link.{kind}")),
                &format!("{out}/secret.{kind}"),
            );
        }
        self.link(&at("linked"), &out);
        self.link(&at("first.ncl"), "second.ncl");
        self.link(&at("second.ncl"), "link.ncl");
        self.link(&at("round.ncl"), "round.ncl");
        self.link(&at("dangling.ncl"), "/nowhere/at/all.ncl");
        self.link(&at("zero.txt"), "/dev/zero");
        self.link(&at("environ.txt"), "/proc/self/environ");
        self.file(&at("through.ncl"), "import \"link.ncl\"");
        self.file(&at("deep/through.ncl"), "import \"../through.ncl\"");
        let made = std::process::Command::new("mkfifo")
            .arg(self.path(&at("pipe.txt")))
            .status()
            .unwrap();
        assert!(made.success());
        std::os::unix::net::UnixListener::bind(self.path(&at("socket.txt"))).unwrap();
        self.file(&at("large.txt"), &"x".repeat((16 << 20) + 1));
    }

    /// Returns a text with the places of what lies outside, as they are seen from a directory.
    fn text(&self, text: &str, home: &str) -> String {
        let up = if home == "lone" { ".." } else { "../.." };
        text.replace("OUT", &self.path("outside").display().to_string())
            .replace("UP", up)
    }
}

/// Returns an evaluator that ends what waits for ever.
fn evaluator() -> Evaluator {
    Evaluator::with_worker(PLUGIN)
        .isolated(Isolation::Worker)
        .limited(Limits {
            timeout: Duration::from_secs(20),
            ..Limits::default()
        })
}

/// Returns code and text of an outcome.
fn told(outcome: Result<Value, NickelError>) -> (String, String) {
    match outcome {
        Ok(value) => ("fine".to_owned(), value.to_string()),
        Err(error) => {
            let details: Vec<String> = error.details().iter().map(render).collect();
            (
                error.code().as_str().to_owned(),
                format!("{error}\n{}", details.join("\n")),
            )
        }
    }
}

/// Evaluates and expects a denial that says this and shows nothing.
#[track_caller]
fn denied(evaluator: &Evaluator, program: &Program, says: &str) {
    let (code, text) = told(evaluator.evaluate(program, &[], None));
    assert_denied("", &code, &text, says);
}

#[track_caller]
fn assert_denied(name: &str, code: &str, text: &str, says: &str) {
    assert!(!text.contains(MARKER), "{name} shows it: {text}");
    let expected = if says.is_empty() {
        ["nickel::parse", "nickel::import"].contains(&code)
    } else {
        code == "nickel::import"
    };
    assert!(expected, "{name}: {code}: {text}");
    assert!(joined(text).contains(says), "{name}: {text}");
}

/// Returns a text on one line, without the frames that the shell draws.
fn joined(text: &str) -> String {
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !matches!(*word, "|" | "│"))
        .collect();
    words.join(" ")
}

fn program(path: &Path) -> Program {
    Program::file(path)
}
