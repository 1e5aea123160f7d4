use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Code, Explain as _, render};
use crate::extension::{Contents, Directory, PACKAGE_FILE};
use crate::nickel::Interrupt;

const METADATA: &str = "[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"1.0.0\"\n";

/// Writes an extension `app` with a few files more.
fn app(build: &str, files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("app");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("metadata.toml"), format!("{METADATA}{build}")).unwrap();
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    (home, root)
}

fn directory(root: &Path) -> Directory {
    Directory::open(root, None).unwrap()
}

fn draft(root: &Path) -> Result<Draft, PackageError> {
    Draft::of(
        &directory(root),
        None,
        &Policy::default(),
        &Interrupt::default(),
    )
}

fn open(path: &Path) -> Result<Archive, PackageError> {
    Archive::open(
        path,
        &Policy::default(),
        &Trust::default(),
        &Interrupt::default(),
    )
}

/// Every file below a directory with its bytes.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut wanted = vec![root.to_owned()];
    while let Some(directory) = wanted.pop() {
        for entry in directory.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                wanted.push(path);
            } else {
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
                all.insert(relative.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// What is refused, as people read it.
fn refusal(root: &Path) -> String {
    let error = draft(root).unwrap_err();
    let details = error.details().iter().map(render);
    let lines: Vec<String> = std::iter::once(error.to_string()).chain(details).collect();
    let home = root.parent().unwrap().canonicalize().unwrap();
    lines
        .join("\n\n")
        .replace(&home.display().to_string(), "[HOME]")
}

#[test]
fn what_was_packed_comes_out_and_has_the_digest_of_the_source() {
    let (home, root) = app(
        "[build]\nexclude = [\"*.tmp\"]\n",
        &[
            ("nulib/mod.nu", b"export def a [] {}\n"),
            ("nulib.nu", b""),
            ("docs/deep/er/a.md", &[7; 1000]),
            ("x.tmp", b"left out"),
            ("empty/x.tmp", b"left out"),
            ("provisioning.lock", b"left out"),
            (".git/HEAD", b"left out"),
            ("dist/app-0.9.0.tar.gz", b"left out"),
        ],
    );
    let draft = draft(&root).unwrap();
    let built = draft.write(&root.join("dist"), None).unwrap();
    assert_eq!(built.path, root.join("dist/app-1.0.0.tar.gz"));
    let archive = open(&built.path).unwrap();
    assert_eq!(archive.digest(), built.digest);
    assert_eq!(archive.tar_digest(), built.tar_digest);
    assert_eq!(archive.size(), built.size);
    assert_eq!(archive.manifest(), draft.manifest());
    assert!(archive.signature().is_none());
    let unpacked = archive
        .unpack(home.path(), "out", &Interrupt::default())
        .unwrap();
    let source = Contents::of(&directory(&root), &Interrupt::default()).unwrap();
    let installed = Contents::of(&directory(&unpacked.path), &Interrupt::default()).unwrap();
    assert_eq!(source.digest(), installed.digest());
    assert_eq!(unpacked.contents, source.digest());
    let paths: Vec<String> = files(&unpacked.path).into_keys().collect();
    assert_eq!(
        paths,
        [
            "docs/deep/er/a.md",
            "metadata.toml",
            "nulib.nu",
            "nulib/mod.nu",
            PACKAGE_FILE
        ]
    );
    // Nothing else is left beside it.
    assert_eq!(home.path().read_dir().unwrap().count(), 2);
}

#[test]
fn the_same_tree_gives_the_same_bytes_and_checking_writes_nothing() {
    let (home, root) = app("", &[("a", b"1"), ("b/c", b"2")]);
    let checked = draft(&root)
        .unwrap()
        .check(&home.path().join("none"))
        .unwrap();
    assert!(!home.path().join("none").exists());
    let built = draft(&root)
        .unwrap()
        .write(&root.join("dist"), None)
        .unwrap();
    // Its own package lies in it now.
    let again = draft(&root)
        .unwrap()
        .write(&home.path().join("d"), None)
        .unwrap();
    assert_eq!((&checked.digest, checked.size), (&built.digest, built.size));
    assert_eq!(fs::read(built.path).unwrap(), fs::read(again.path).unwrap());
}

#[test]
fn everything_that_cannot_be_packed_is_told_at_once() {
    let (_home, root) = app(
        "",
        &[
            (".env", b"TOKEN=1"),
            ("keys/server.key", b""),
            ("AGENTS.md", b""),
            (".cursor/rules/one.mdc", b""),
            ("what?", b""),
            ("Twin", b""),
            ("twin", b""),
            ("caf\u{e9}", b""),
            ("cafe\u{301}", b""),
            (PACKAGE_FILE, b""),
        ],
    );
    let long = format!("{}/{}", "d".repeat(101), "f");
    fs::create_dir(root.join("d".repeat(101))).unwrap();
    fs::write(root.join(long), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("twin", root.join("link")).unwrap();
    insta::assert_snapshot!(refusal(&root));
}

#[test]
fn what_is_allowed_is_packed_and_has_to_be_allowed_again() {
    let (home, root) = app("", &[("docs/AGENTS.md", b"x"), ("keys/a.key", b"y")]);
    let policy = Policy::default().allowing(["/docs/AGENTS.md", "*.key"]);
    let none = Interrupt::default();
    let draft = Draft::of(&directory(&root), None, &policy, &none).unwrap();
    let built = draft.write(home.path(), None).unwrap();
    let error = open(&built.path).unwrap_err();
    assert_eq!(error.code(), Code::PackageRefused);
    assert_eq!(error.details().len(), 2);
    Archive::open(&built.path, &policy, &Trust::default(), &none).unwrap();
}

#[test]
fn an_extension_whose_type_only_the_folder_tells_is_refused() {
    let (_home, root) = app("", &[]);
    let folder = root.join("taskservs/db");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("metadata.toml"),
        "[extension]\nname = \"db\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    assert_eq!(draft(&folder).unwrap_err().code(), Code::PackageNoType);
}

#[test]
fn what_is_left_out_of_code_is_told() {
    let (_home, root) = app(
        "[build]\ninclude = [\"docs/**\"]\n",
        &[("nulib/mod.nu", b""), ("docs/a.md", b""), ("notes", b"")],
    );
    let draft = draft(&root).unwrap();
    let paths: Vec<&str> = draft
        .manifest()
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(paths, ["docs/a.md", "metadata.toml"]);
    let [(None, warning)] = draft.warnings.as_slice() else {
        panic!("{:?}", draft.warnings);
    };
    assert_eq!(warning.code, Code::PackageLeftOut);
    assert!(warning.message.contains("`nulib/mod.nu`"));
}

#[test]
fn limits_hold_for_what_is_built() {
    let (_home, root) = app("", &[("zeros", &[0; 100_000])]);
    let none = Interrupt::default();
    let limits = |change: &dyn Fn(&mut Limits)| {
        let mut policy = Policy::default();
        change(&mut policy.limits);
        Draft::of(&directory(&root), None, &policy, &none)
            .and_then(|draft| draft.check(&root))
            .unwrap_err()
    };
    for error in [
        limits(&|limits| limits.entries = 2),
        limits(&|limits| limits.file = 99_999),
        limits(&|limits| limits.total = 99_999),
        limits(&|limits| limits.list = 100),
        limits(&|limits| limits.archive = 100),
        limits(&|limits| (limits.free, limits.ratio) = (1000, 10)),
        limits(&|limits| limits.path = 12),
    ] {
        assert_eq!(error.code(), Code::PackageLimit, "{error}");
    }
}

#[test]
fn a_file_that_changes_after_it_was_read_is_told() {
    let (home, root) = app("", &[("a", b"one")]);
    let draft = draft(&root).unwrap();
    for bytes in ["two", "longer", ""] {
        fs::write(root.join("a"), bytes).unwrap();
        let error = draft.write(&home.path().join("dist"), None).unwrap_err();
        assert_eq!(error.code(), Code::PackageChanged, "{bytes}");
    }
    assert_eq!(home.path().join("dist").read_dir().unwrap().count(), 0);
}

#[test]
fn an_archive_that_is_exchanged_leaves_nothing() {
    let (home, root) = app("", &[("a", b"one")]);
    let built = draft(&root).unwrap().write(home.path(), None).unwrap();
    let archive = open(&built.path).unwrap();
    fs::write(root.join("a"), "two").unwrap();
    draft(&root).unwrap().write(home.path(), None).unwrap();
    let error = archive
        .unpack(home.path(), "out", &Interrupt::default())
        .unwrap_err();
    assert_eq!(error.code(), Code::PackageChanged);
    assert_eq!(home.path().read_dir().unwrap().count(), 2);
}

#[test]
fn nothing_is_unpacked_over_something_or_elsewhere() {
    let (home, root) = app("", &[("a", b"one")]);
    let built = draft(&root).unwrap().write(home.path(), None).unwrap();
    let archive = open(&built.path).unwrap();
    let out = home.path().join("out");
    fs::create_dir(&out).unwrap();
    let none = Interrupt::default();
    fs::create_dir(home.path().join("empty")).unwrap();
    for name in ["app", "empty"] {
        let error = archive.unpack(home.path(), name, &none).unwrap_err();
        assert_eq!(error.code(), Code::PackageExists, "{name}");
    }
    for name in ["..", ".", "", "a/b", "/tmp", "a/"] {
        let error = archive.unpack(&out, name, &none).unwrap_err();
        let codes = [Code::PackageWrite, Code::PackageExists];
        assert!(codes.contains(&error.code()), "{name}: {error}");
    }
    assert_eq!(out.read_dir().unwrap().count(), 0);
    let stopped = Interrupt::default();
    stopped.trigger();
    let error = archive.unpack(&out, "x", &stopped).unwrap_err();
    assert!(matches!(error, PackageError::Interrupted));
    assert_eq!(out.read_dir().unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_user_mask_holds_and_programs_stay_programs() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, root) = app("", &[("run.sh", b"#!/bin/sh\n"), ("a", b"")]);
    fs::set_permissions(root.join("run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    let built = draft(&root).unwrap().write(home.path(), None).unwrap();
    let unpacked = open(&built.path)
        .unwrap()
        .unpack(home.path(), "out", &Interrupt::default())
        .unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let plain = mode(&unpacked.path.join("a"));
    assert_eq!(plain & 0o111, 0);
    assert_eq!(mode(&unpacked.path.join("run.sh")) & 0o100, 0o100);
    // As a file that is made in any other way.
    fs::write(home.path().join("other"), "").unwrap();
    assert_eq!(plain, mode(&home.path().join("other")));
    fs::create_dir(home.path().join("folder")).unwrap();
    assert_eq!(mode(&unpacked.path), mode(&home.path().join("folder")));
}

fn signer(home: &Path, name: &str, password: Option<&str>) -> (Signer, PublicKey) {
    let pair = KeyPair::generate(password).unwrap();
    let (secret, public) = (
        home.join(format!("{name}.key")),
        home.join(format!("{name}.pub")),
    );
    pair.write(&secret, &public).unwrap();
    let error = pair.write(&secret, &public).unwrap_err();
    assert_eq!(error.code(), Code::PackageExists);
    let key = PublicKey::of_file(&public).unwrap();
    assert_eq!(PublicKey::of_text(pair.public_key()).unwrap(), key);
    assert!(PublicKey::is_text(pair.public_key()));
    (Signer::open(&secret, password).unwrap(), key)
}

#[test]
fn trust_fails_closed() {
    let (home, root) = app("", &[("a", b"one")]);
    let (signer, key) = signer(home.path(), "one", None);
    let (_, other) = self::signer(home.path(), "other", None);
    let out = home.path().join("dist");
    let built = draft(&root).unwrap().write(&out, Some(&signer)).unwrap();
    let (beside, id) = built.signature.clone().unwrap();
    assert_eq!(id, key.id());
    let none = Interrupt::default();
    let open = |keys: &[&PublicKey], required| {
        let trust = Trust {
            keys: keys.iter().map(|key| (*key).clone()).collect(),
            required,
        };
        Archive::open(&built.path, &Policy::default(), &trust, &none)
    };
    let code = |keys: &[&PublicKey], required| open(keys, required).unwrap_err().code();
    let archive = open(&[&other, &key], true).unwrap();
    let checked = archive.signature().unwrap();
    assert!(checked.trusted && checked.key == key.id());
    assert_eq!(
        checked.comment,
        format!("name:app\tversion:1.0.0\tdigest:{}", built.digest)
    );
    assert_eq!(code(&[&other], true), Code::PackageUntrusted);
    assert_eq!(code(&[], true), Code::PackageUntrusted);
    let unknown = open(&[&other], false).unwrap();
    assert!(!unknown.signature().unwrap().trusted);

    // Each character of the signature counts, but for the comment that nobody signs.
    let text = fs::read_to_string(&beside).unwrap();
    let start = text.find('\n').unwrap() + 1;
    for at in start..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        fs::write(&beside, bytes).unwrap();
        let result = open(&[&key], true);
        assert!(result.is_err(), "byte {at}");
    }
    fs::write(&beside, text.replacen("name:app", "name:oh!", 1)).unwrap();
    assert_eq!(code(&[&key], false), Code::PackageSignature);
    for broken in ["", "x", "untrusted comment: \n\n\n\n"] {
        fs::write(&beside, broken).unwrap();
        assert_eq!(code(&[&key], false), Code::PackageSignature, "{broken}");
        assert_eq!(code(&[], false), Code::PackageSignature, "{broken}");
    }
    // What was signed is another package of that name, of the same key.
    fs::write(root.join("a"), "two").unwrap();
    let second = draft(&root)
        .unwrap()
        .write(&home.path().join("d2"), Some(&signer))
        .unwrap();
    fs::copy(second.signature.unwrap().0, &beside).unwrap();
    assert_eq!(code(&[&key], true), Code::PackageSignature);
    fs::remove_file(&beside).unwrap();
    assert_eq!(code(&[&key], true), Code::PackageUnsigned);
    assert!(open(&[&key], false).unwrap().signature().is_none());
}

#[test]
fn a_signature_that_says_it_is_of_another_package_is_refused() {
    let (home, root) = app("", &[("a", b"one")]);
    let (signer, key) = signer(home.path(), "one", None);
    let built = draft(&root).unwrap().write(home.path(), None).unwrap();
    for comment in [
        "name:db",
        "version:2.0.0",
        "digest:sha256:00",
        "x:y\tname:db",
    ] {
        let file = fs::File::open(&built.path).unwrap();
        let text = signer.sign(file, "app", comment).unwrap();
        fs::write(signature_path(&built.path), text).unwrap();
        let trust = Trust {
            keys: vec![key.clone()],
            required: true,
        };
        let error = Archive::open(
            &built.path,
            &Policy::default(),
            &trust,
            &Interrupt::default(),
        );
        assert_eq!(
            error.unwrap_err().code(),
            Code::PackageSignature,
            "{comment}"
        );
    }
}

#[test]
fn a_signature_of_an_older_package_does_not_stay_beside_a_new_one() {
    let (home, root) = app("", &[("a", b"one")]);
    let (signer, _) = signer(home.path(), "one", None);
    let out = home.path().join("dist");
    let built = draft(&root).unwrap().write(&out, Some(&signer)).unwrap();
    let beside = signature_path(&built.path);
    // The same bytes keep it.
    draft(&root).unwrap().write(&out, None).unwrap();
    assert!(beside.is_file());
    fs::write(root.join("a"), "two").unwrap();
    draft(&root).unwrap().write(&out, None).unwrap();
    assert!(!beside.exists());
    assert_eq!(out.read_dir().unwrap().count(), 1);
}

#[test]
fn a_locked_key_opens_with_its_password_only_and_no_message_holds_a_key() {
    let home = tempfile::tempdir().unwrap();
    let (_, _) = signer(home.path(), "one", Some("hunter2"));
    let secret = home.path().join("one.key");
    let line = fs::read_to_string(&secret).unwrap();
    let line = line.lines().nth(1).unwrap();
    for (path, password) in [
        (&secret, None),
        (&secret, Some("hunter3")),
        (&home.path().join("one.pub"), None),
        (&home.path().join("none"), None),
    ] {
        let error = Signer::open(path, password).unwrap_err();
        assert_eq!(error.code(), Code::PackageKey);
        let told = format!("{error} {error:?} {:?}", error.help());
        assert!(
            !told.contains("hunter") && !told.contains(&line[..20]),
            "{told}"
        );
    }
    // The wrong one of the two files.
    let told = PublicKey::of_file(&secret).unwrap_err().to_string();
    assert!(!told.contains(&line[4..12]), "{told}");
    assert!(PublicKey::of_text("RWx").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tree_comes_out_as_it_went_in(
        tree in prop::collection::btree_map(
            prop::collection::vec("[a-zé0-9][a-z.A-Z_-]{0,11}[a-z0-9]", 1..5)
                .prop_map(|parts| parts.join("/")),
            prop::collection::vec(any::<u8>(), 0..1500),
            0..12,
        ),
    ) {
        let (home, root) = app("", &[]);
        for (path, bytes) in &tree {
            // A path may need a folder where another one has put a file.
            let path = root.join("t").join(path);
            if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.is_dir() {
                fs::write(path, bytes).unwrap();
            }
        }
        let draft = match draft(&root) {
            Ok(draft) => draft,
            // Names that are alike, or known to be those of secrets.
            Err(error) => {
                prop_assert!(!error.details().is_empty(), "{}", error);
                return Ok(());
            }
        };
        let built = draft.write(&home.path().join("dist"), None).unwrap();
        let unpacked = open(&built.path).unwrap()
            .unpack(home.path(), "out", &Interrupt::default()).unwrap();
        let mut out = files(&unpacked.path);
        out.remove(PACKAGE_FILE);
        prop_assert_eq!(out, files(&root));
    }
}
