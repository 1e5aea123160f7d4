//! Metadata as a whole: real files in real directories.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::diagnostic::{Diagnostic, render};

use super::{ExtensionType, Reading, read};

struct Fixture {
    home: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn root(&self) -> PathBuf {
        self.home.path().canonicalize().unwrap()
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.root().join(name), content).unwrap();
        self
    }

    fn read(&self) -> Reading {
        read(&self.root())
    }

    /// Everything found, as a user sees it, with the temporary directory taken out.
    fn shown(&self) -> String {
        let root = format!("{}/", self.root().display());
        let shown: Vec<String> = self.read().findings.iter().map(render).collect();
        shown.join("\n\n").replace(&root, "")
    }
}

fn one(content: impl AsRef<[u8]>) -> Fixture {
    Fixture::new().file("metadata.toml", content)
}

fn codes(findings: &[Diagnostic]) -> Vec<&'static str> {
    findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

const FULL: &str = r#"[extension]
name = "my-provider"
type = "provider"
version = "1.0.0"
description = "Custom cloud provider integration"
author = "Ada <ada@example.com>"
authors = ["Grace <grace@example.com>"]
license = "MIT"
homepage = "https://example.com"
repository = "https://example.com/repo"
keywords = ["cloud"]
categories = ["providers"]

[compatibility]
provisioning_version = ">=2.0.0"
nushell_version = ">=0.107.0"
nickel_version = ">=1.15.0"
kcl_version = ">=0.11.0"

[capabilities]
server_management = true
load_balancer = false
storage_encryption = true
backup = true
monitoring = false

[authentication]
methods = ["api_key", "certificate"]
required_fields = ["api_key", "api_secret"]

[regions]
default = "us-east-1"
available = ["us-east-1", "eu-west-1"]

[support]
documentation = "https://docs.example.com"
issues = "https://example.com/issues"

[dependencies]
extensions = ["containerd >=1.6.0", { name = "etcd", version = "^3", type = "taskserv" }, "helper"]
system_packages = ["curl"]

[configuration]
required_env = ["API_KEY"]
optional_env = ["REGION"]

[build]
include = ["src/**"]
exclude = ["tests/**"]

[permissions]
network = ["example.com:443"]
"#;

#[test]
fn every_table_and_key_is_known_and_read() {
    let fixture = one(FULL);
    let reading = fixture.read();
    assert_eq!(codes(&reading.findings), [""; 0], "{}", fixture.shown());
    let metadata = reading.metadata.unwrap();
    assert_eq!(metadata.kind, Some(ExtensionType::Provider));
    assert_eq!(metadata.authors.len(), 2);
    assert_eq!(
        metadata.compatibility.nickel.unwrap().to_string(),
        ">=1.15.0"
    );
    let dependencies: Vec<String> = metadata
        .dependencies
        .iter()
        .map(|d| format!("{} {} {:?}", d.name, d.constraint, d.kind))
        .collect();
    assert_eq!(
        dependencies,
        [
            "containerd >=1.6.0 None",
            "etcd ^3 Some(Taskserv)",
            "helper * None"
        ]
    );
    assert!(
        metadata.dependencies[0]
            .origin
            .ends_with("metadata.toml:40:15")
    );
    assert_eq!(metadata.required_env, ["API_KEY"]);
    assert!(metadata.document.at("permissions.network").is_some());
}

#[test]
fn values_of_the_wrong_kind_are_shown_where_they_stand() {
    let fixture = one(r#"[extension]
name = "My Provider"
type = "provder"
version = "v1.2.3"
homepage = "example.com"
keywords = "cloud"
descripton = "typo"

[compatibility]
nushell_version = ">=zero"

[capabilites]
backup = true

[dependencies]
extensions = ["Containerd", 7, { nam = "etcd" }]

[configuration]
required_env = ["API-KEY"]

[build]
include = ["../secrets/**"]
"#);
    insta::assert_snapshot!(fixture.shown());
    assert!(fixture.read().metadata.is_none());
}

#[test]
fn a_short_version_is_padded_with_a_warning() {
    let fixture = one("[extension]\nname = \"db\"\nversion = \"14.0\"\n");
    let reading = fixture.read();
    assert_eq!(codes(&reading.findings), ["metadata::padded-version"]);
    assert!(reading.is_usable());
    assert_eq!(reading.metadata.unwrap().version.to_string(), "14.0.0");
}

#[test]
fn missing_tables_and_keys_are_named() {
    insta::assert_snapshot!(
        one("[extension]\ntype = \"cluster\"\n[regions]\ndefault = \"a\"\navailable = [\"b\"]\n")
            .shown()
    );
    assert_eq!(codes(&one("").read().findings), ["metadata::missing-key"]);
    assert_eq!(
        codes(&Fixture::new().read().findings),
        ["metadata::missing"]
    );
}

#[test]
fn the_guides_format_provides_a_bundle() {
    let fixture = Fixture::new().file(
        "extension.toml",
        "[extension]\nname = \"pack\"\nversion = \"1.0.0\"\n[provides]\nproviders = [\"cloud\"]\ntaskservs = [\"db\"]\nclusters = []\n",
    );
    let metadata = fixture.read().metadata.unwrap();
    assert_eq!(metadata.kind, None);
    let provided: Vec<String> = metadata
        .provides
        .iter()
        .map(|p| format!("{} {}", p.kind, p.name))
        .collect();
    assert_eq!(provided, ["provider cloud", "taskserv db"]);
}

#[test]
fn a_manifest_adds_what_metadata_lacks_and_must_not_contradict() {
    let fixture = one("[extension]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\nextensions = [\"x >=1\"]\n[support]\nissues = \"https://a.example\"\n").file(
        "manifest.toml",
        "[extension]\nname = \"b\"\nlicense = \"MIT\"\n[dependencies]\nextensions = [\"x >=2\", \"y\"]\n[support]\nissues = \"https://b.example\"\n[build]\ninclude = [\"src/**\"]\n",
    );
    insta::assert_snapshot!(fixture.shown());
    let metadata = fixture.read().metadata.unwrap();
    assert_eq!(metadata.license.as_deref(), Some("MIT"));
    assert!(metadata.document.at("build.include").is_some());
    let dependencies: Vec<_> = metadata
        .dependencies
        .iter()
        .map(|d| format!("{} {}", d.name, d.constraint))
        .collect();
    assert_eq!(dependencies, ["x >=1", "y *"]);
}

/// Everything hostile ends in a finding, soon, and nothing a terminal could interpret comes out.
#[track_caller]
fn hostile(content: impl AsRef<[u8]>, code: &str) {
    let start = Instant::now();
    let fixture = one(content);
    let reading = fixture.read();
    assert!(
        codes(&reading.findings).contains(&code),
        "{:?}",
        codes(&reading.findings)
    );
    assert!(!reading.is_usable());
    let shown = fixture.shown();
    assert!(
        !shown
            .chars()
            .any(|c| c != '\n' && crate::diagnostic::is_unsafe_char(c)),
        "{shown:?}"
    );
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn hostile_files_are_refused_in_bounded_time() {
    hostile("#".repeat(10 << 20), "metadata::too-large");
    hostile(
        (0..10_000).map(|_| "[a.b]\n").collect::<String>(),
        "metadata::syntax",
    );
    hostile(
        format!("a = {}", "{b = ".repeat(10_000)),
        "metadata::too-deep",
    );
    hostile(format!("[{}x]", "a.".repeat(10_000)), "metadata::too-deep");
    hostile(b"[extension]\nname = \"\xff\xfe\"\n", "metadata::not-utf8");
    hostile("[extension]\nname = \"a\0b\"\n", "metadata::syntax");
    hostile(
        "[extension]\nname = \"a\"\nname = \"b\"\nversion = \"1.0.0\"\n",
        "metadata::syntax",
    );
    hostile(
        "[extension]\nname = \"..\"\nversion = \"1.0.0\"\n",
        "metadata::invalid-name",
    );
    hostile(
        "[extension]\nname = \"../../etc\"\nversion = \"1.0.0\"\n",
        "metadata::invalid-name",
    );
    hostile(
        "[extension]\nname = \"a\"\nversion = \"1.0.0/../../x\"\n",
        "metadata::invalid-version",
    );
    hostile(
        "[extension]\nname = \"a\"\nversion = \"1.0.0\"\ndescription = \"\\u001b[31mred\"\n",
        "metadata::forbidden-character",
    );
    hostile(
        "[extension]\nname = \"a\"\nversion = \"1.0.0\"\ndescription = \"\u{202e}evil\"\n",
        "metadata::forbidden-character",
    );
    hostile(
        "[extension]\nname = \"a\"\nversion = \"1.0.0\"\n[other]\nx = [[\"\\u0007\"]]\n",
        "metadata::forbidden-character",
    );
    hostile(
        format!(
            "[extension]\nname = \"a\"\nversion = \"1.0.0\"\ndescription = \"{}\"\n",
            "x".repeat(200_000)
        ),
        "metadata::too-long",
    );
    hostile(
        format!(
            "[extension]\nname = \"a\"\nversion = \"1.0.0\"\nkeywords = [{}]\n",
            "\"x\",".repeat(1_000)
        ),
        "metadata::too-long",
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_fine() {
    let fixture = one("\u{feff}[extension]\r\nname = \"a\"\r\nversion = \"1.0.0\"\r\n");
    assert!(fixture.read().is_usable(), "{}", fixture.shown());
    insta::assert_snapshot!(
        one("\u{feff}[extension]\r\nname = \"A\"\r\nversion = \"1.0.0\"\r\n").shown()
    );
}

#[cfg(unix)]
fn link(target: &Path, fixture: Fixture) -> Fixture {
    std::os::unix::fs::symlink(target, fixture.root().join("metadata.toml")).unwrap();
    fixture
}

#[test]
#[cfg(unix)]
fn a_link_out_of_the_extension_is_refused_and_nothing_of_it_is_shown() {
    let outside = Fixture::new().file("secret", "password = \"hunter2\"\n");
    let fixture = link(&outside.root().join("secret"), Fixture::new());
    assert_eq!(codes(&fixture.read().findings), ["metadata::outside"]);
    assert!(!fixture.shown().contains("hunter2"));
    let inside = Fixture::new().file(
        "real.toml",
        "[extension]\nname = \"a\"\nversion = \"1.0.0\"\n",
    );
    let target = inside.root().join("real.toml");
    assert!(link(&target, inside).read().is_usable());
}

#[test]
#[cfg(unix)]
fn what_is_not_a_regular_file_is_not_opened() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.root().join("metadata.toml")).unwrap();
    assert_eq!(codes(&fixture.read().findings), ["metadata::unreadable"]);
    let dangling = link(Path::new("nowhere"), Fixture::new());
    assert_eq!(codes(&dangling.read().findings), ["metadata::unreadable"]);
    // A pipe inside the extension: opening it would wait for ever.
    let pipe = Fixture::new();
    let made = std::process::Command::new("mkfifo")
        .arg(pipe.root().join("metadata.toml"))
        .status()
        .unwrap();
    assert!(made.success());
    assert_eq!(codes(&pipe.read().findings), ["metadata::unreadable"]);
}
