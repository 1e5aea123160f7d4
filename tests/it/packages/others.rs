//! What other programs make of our packages is what we do.

use std::process::Command;

use provisioning::extension::Contents;
use provisioning::nickel::Interrupt;

use super::raw::{gunzip, package, tar};
use super::{app, build, open, run, tree};

#[test]
fn gnu_tar_and_python_unpack_the_same_tree_as_we_do() {
    let home = tempfile::tempdir().unwrap();
    let package = build(&app(home.path()), home.path());
    let ours = open(&package)
        .unwrap()
        .unpack(home.path(), "ours", &Interrupt::default())
        .unwrap();
    for name in ["tar", "python"] {
        std::fs::create_dir(home.path().join(name)).unwrap();
    }
    run(Command::new("tar")
        .args(["--extract", "--gzip", "--file"])
        .arg(&package)
        .arg("--directory")
        .arg(home.path().join("tar")));
    let script = "import sys, tarfile\nwith tarfile.open(sys.argv[1], 'r:gz') as t: t.extractall(sys.argv[2], filter='data')";
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(python)
        .args(["-c", script])
        .arg(&package)
        .arg(home.path().join("python")));
    let expected = tree(&ours.path);
    assert_eq!(expected.len(), 15);
    for name in ["tar", "python"] {
        let theirs = home.path().join(name);
        assert_eq!(theirs.read_dir().unwrap().count(), 1);
        assert!(tree(&theirs.join("app-1.0.0")) == expected, "{name}");
    }
}

#[test]
fn gnu_tar_lists_what_our_list_names() {
    let home = tempfile::tempdir().unwrap();
    let package = build(&app(home.path()), home.path());
    let listed = run(Command::new("tar")
        .args(["--list", "--gzip", "--quoting-style=literal", "--file"])
        .arg(&package));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("app-1.0.0/"))
        .filter(|path| !path.is_empty() && !path.ends_with('/'))
        .collect();
    let archive = open(&package).unwrap();
    let ours = archive
        .manifest()
        .files
        .iter()
        .map(|file| file.path.as_str());
    let ours: Vec<&str> = std::iter::once(super::raw::LIST).chain(ours).collect();
    assert_eq!(files, ours);
}

#[test]
fn a_writer_that_knows_only_the_description_writes_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let root = app(home.path());
    // Permissions are another test's.
    std::fs::remove_file(root.join("run.sh")).unwrap();
    let built = gunzip(&std::fs::read(build(&root, home.path())).unwrap());
    let files: Vec<(String, Vec<u8>)> = tree(&root)
        .into_iter()
        .filter_map(|(path, file)| Some((path, file?.1)))
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    assert!(tar(&package(&files)) == built);
}

#[test]
fn the_examples_come_out_with_the_digest_that_locks_have_of_them() {
    let home = tempfile::tempdir().unwrap();
    let mut count = 0;
    let examples = super::super::support::examples().join("extensions");
    for kind in ["bundles", "clusters", "providers", "taskservs"] {
        for entry in examples.join(kind).read_dir().unwrap() {
            let root = entry.unwrap().path();
            let source = provisioning::extension::Directory::open(&root, None).unwrap();
            let archive = open(&build(&root, home.path())).unwrap();
            let name = count.to_string();
            let unpacked = archive
                .unpack(home.path(), &name, &Interrupt::default())
                .unwrap();
            let digest = Contents::of(&source, &Interrupt::default())
                .unwrap()
                .digest();
            assert_eq!(unpacked.contents, digest, "{}", root.display());
            count += 1;
        }
    }
    assert!(count >= 6, "{count}");
}
