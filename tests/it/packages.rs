//! Packages: what is built and what is taken, held against other programs, and against archives that mean harm.

mod commands;
mod corpus;
mod hostile;
mod others;
mod raw;
mod same;
mod signed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use provisioning::extension::Directory;
use provisioning::nickel::Interrupt;
use provisioning::package::{Archive, Draft, PackageError, Policy, Trust};

/// Builds a package without validating it.
fn build(root: &Path, out: &Path) -> PathBuf {
    let directory = Directory::open(root, None).unwrap();
    let draft = Draft::of(&directory, None, &Policy::default(), &Interrupt::default()).unwrap();
    draft.write(out, None).unwrap().path
}

fn open(path: &Path) -> Result<Archive, PackageError> {
    let (policy, trust) = (Policy::default(), Trust::default());
    Archive::open(path, &policy, &trust, &Interrupt::default())
}

/// Writes an extension `app` with some files of every kind.
fn app(home: &Path) -> PathBuf {
    let root = home.join("app");
    for (path, bytes) in [
        (
            "metadata.toml",
            b"[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n".as_slice(),
        ),
        ("README.md", b"# app\n"),
        ("docs/deep/er/notes.md", &[b'x'; 1537]),
        ("docs/deep.md", b""),
        ("caf\u{e9}/menu", b"\x00\xff\r\n"),
        ("block", &[7; 512]),
        ("run.sh", b"#!/bin/sh\necho ran\n"),
        ("empty", b""),
    ] {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let long = format!("{}/{}", "folder".repeat(15), "file".repeat(20));
    std::fs::create_dir(root.join("folder".repeat(15))).unwrap();
    std::fs::write(root.join(long), "long").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let program = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(root.join("run.sh"), program).unwrap();
    }
    root
}

/// Everything below a directory: of a file whether it is a program and its bytes, of a folder nothing.
fn tree(root: &Path) -> BTreeMap<String, Option<(bool, Vec<u8>)>> {
    let mut all = BTreeMap::new();
    let mut wanted = vec![root.to_owned()];
    while let Some(directory) = wanted.pop() {
        for entry in directory.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let relative = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let metadata = path.symlink_metadata().unwrap();
            assert!(!metadata.is_symlink(), "{relative}");
            if metadata.is_dir() {
                wanted.push(path);
                all.insert(relative, None);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                all.insert(relative, Some((is_program(&metadata), bytes)));
            }
        }
    }
    all
}

#[cfg(unix)]
fn is_program(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_program(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// Runs a program that has to be there and to succeed without a word of complaint.
#[track_caller]
fn run(command: &mut Command) -> Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!("{name} cannot be started: {error}; get it with: apt-get install {name}")
    });
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {complaint}");
    assert_eq!(complaint, "", "{command:?}");
    output
}
