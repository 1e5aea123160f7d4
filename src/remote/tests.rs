use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Barrier;

use chrono::DateTime;
use proptest::prelude::*;
use semver::Version;
use sha2::{Digest as _, Sha256};

use super::history::line_of;
use super::release::Event;
use super::*;
use crate::extension::ExtensionType;

mod chosen;

const TASKSERV: PackageKind = PackageKind::Single(ExtensionType::Taskserv);

fn never() -> bool {
    false
}

fn sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn id(name: &str) -> PackageId {
    PackageId {
        kind: TASKSERV,
        name: name.to_owned(),
    }
}

/// An archive with this text, and what an index says of it.
fn upload(home: &Path, name: &str, version: &str, text: &str) -> Upload {
    let archive = home.join(format!(
        "{name}-{version}-{}.tar.gz",
        &sha256(text.as_bytes())[7..15]
    ));
    fs::write(&archive, text).unwrap();
    let release = Release {
        name: name.to_owned(),
        kind: TASKSERV,
        version: version.parse().unwrap(),
        description: Some(format!("{name} for tests")),
        keywords: vec!["test".to_owned()],
        license: None,
        digest: sha256(text.as_bytes()),
        size: text.len() as u64,
        contents: sha256(b"files"),
        signed_by: None,
        provides: Vec::new(),
        dependencies: Vec::new(),
        platform: Platform::default(),
        system_packages: Vec::new(),
        required_env: Vec::new(),
        published: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        by: "me@here".to_owned(),
    };
    Upload {
        release,
        archive,
        signature: None,
    }
}

struct Place {
    home: tempfile::TempDir,
    remote: DirectoryRemote,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("remote");
        fs::create_dir(&root).unwrap();
        Self {
            remote: DirectoryRemote::new("local", root),
            home,
        }
    }

    fn root(&self) -> PathBuf {
        self.home.path().join("remote")
    }

    fn upload(&self, name: &str, version: &str) -> Upload {
        upload(
            self.home.path(),
            name,
            version,
            &format!("{name} {version}"),
        )
    }

    fn publish(&self, upload: &Upload) -> Result<Change, RemoteError> {
        Ok(self.remote.publish(upload, false, &never)?.change)
    }

    fn yank(&self, name: &str, version: &str, reason: Option<&str>) -> Result<Change, RemoteError> {
        let version = version.parse().unwrap();
        self.remote
            .mark(&id(name), &version, reason, "me@here", false, &never)
    }

    fn history(&self, name: &str) -> History {
        self.remote.history(&id(name)).unwrap().unwrap()
    }

    fn index(&self, name: &str) -> PathBuf {
        self.root().join(format!("index/taskservs/{name}.jsonl"))
    }
}

/// Every file below a directory with its text, lock files left out.
fn everything(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_none_or(|ending| ending != "lock") {
                all.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

#[test]
fn what_is_published_is_there_as_it_was() {
    let place = Place::new();
    let upload = place.upload("redis", "1.0.0");
    assert_eq!(
        place.remote.publish(&upload, true, &never).unwrap().change,
        Change::Published
    );
    assert_eq!(everything(&place.root()), BTreeMap::new());
    assert_eq!(place.publish(&upload).unwrap(), Change::Published);
    assert_eq!(place.publish(&upload).unwrap(), Change::Unchanged);
    assert_eq!(place.remote.packages().unwrap(), [id("redis")]);
    let history = place.history("redis");
    let entry = &history.releases[&Version::new(1, 0, 0)];
    assert_eq!((&entry.release, &entry.yanked), (&upload.release, &None));
    let mut file = tempfile::tempfile().unwrap();
    place
        .remote
        .fetch(&entry.release, &mut file, &never)
        .unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "redis 1.0.0");
    assert_eq!(place.remote.signature(&entry.release).unwrap(), None);
    let root = place.root();
    let files: Vec<PathBuf> = everything(&root)
        .into_keys()
        .map(|path| path.strip_prefix(&root).unwrap().to_owned())
        .collect();
    assert_eq!(
        files,
        [
            "archives/taskservs/redis/redis-1.0.0.tar.gz",
            "index/taskservs/redis.jsonl",
            "packages.txt"
        ]
        .map(PathBuf::from)
    );
    assert_eq!(
        fs::read_to_string(root.join("packages.txt")).unwrap(),
        "taskservs/redis\n"
    );
}

#[test]
fn a_version_is_published_once() {
    let place = Place::new();
    let first = place.upload("redis", "1.0.0+a");
    place.publish(&first).unwrap();
    let before = everything(&place.root());
    for (version, text) in [
        ("1.0.0+a", "other"),
        ("1.0.0+b", "other"),
        ("1.0.0", "redis 1.0.0+a"),
    ] {
        let other = upload(place.home.path(), "redis", version, text);
        for check in [true, false] {
            let error = place.remote.publish(&other, check, &never).unwrap_err();
            assert!(
                matches!(&error, RemoteError::Taken { version, .. } if version == &first.release.version),
                "{error}"
            );
        }
    }
    assert_eq!(everything(&place.root()), before);
}

#[test]
fn of_many_publishers_of_one_version_one_wins() {
    let place = Place::new();
    let uploads: Vec<Upload> = (0..16)
        .map(|number| {
            upload(
                place.home.path(),
                "redis",
                "1.0.0",
                &format!("text {number}"),
            )
        })
        .collect();
    let barrier = Barrier::new(uploads.len());
    let outcomes: Vec<Result<Change, RemoteError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = uploads
            .iter()
            .map(|upload| {
                let (place, barrier) = (&place, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    place.publish(upload)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let winners: Vec<usize> = (0..uploads.len())
        .filter(|at| matches!(outcomes[*at], Ok(Change::Published)))
        .collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let lost =
        |outcome: &Result<Change, RemoteError>| matches!(outcome, Err(RemoteError::Taken { .. }));
    assert_eq!(outcomes.iter().filter(|outcome| lost(outcome)).count(), 15);
    let history = place.history("redis");
    let release = &history.releases[&Version::new(1, 0, 0)].release;
    assert_eq!(release.digest, uploads[winners[0]].release.digest);
    place
        .remote
        .fetch(release, &mut tempfile::tempfile().unwrap(), &never)
        .unwrap();
}

#[test]
fn publishers_of_many_versions_do_not_lose_each_others() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let place = &place;
            scope.spawn(move || {
                for minor in 0..5 {
                    let name = if thread % 2 == 0 { "redis" } else { "nginx" };
                    place
                        .publish(&place.upload(name, &format!("{thread}.{minor}.0")))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(place.history("redis").releases.len(), 20);
    assert_eq!(place.history("nginx").releases.len(), 20);
    let listed = fs::read_to_string(place.root().join("packages.txt")).unwrap();
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, ["taskservs/nginx", "taskservs/redis"]);
}

#[test]
fn what_is_withdrawn_stays_and_says_why() {
    let place = Place::new();
    for version in ["1.0.0", "1.1.0"] {
        place.publish(&place.upload("redis", version)).unwrap();
    }
    assert_eq!(
        place.yank("redis", "1.1.0", Some("loses data")).unwrap(),
        Change::Published
    );
    assert_eq!(
        place.yank("redis", "1.1.0", Some("again")).unwrap(),
        Change::Unchanged
    );
    let history = place.history("redis");
    let mark = history.releases[&Version::new(1, 1, 0)]
        .yanked
        .as_ref()
        .unwrap();
    assert_eq!(
        (mark.reason.as_deref(), mark.by.as_str()),
        (Some("loses data"), "me@here")
    );
    let usable: Vec<String> = history
        .usable()
        .map(|release| release.version.to_string())
        .collect();
    assert_eq!(usable, ["1.0.0"]);
    assert_eq!(
        history.shown().unwrap().release.version.to_string(),
        "1.0.0"
    );
    // It is still there for whoever has locked it, and nobody can put something else in its place.
    let error = place
        .publish(&upload(place.home.path(), "redis", "1.1.0", "other"))
        .unwrap_err();
    assert!(matches!(error, RemoteError::Taken { .. }));
    assert_eq!(
        place.yank("redis", "1.1.0", None).unwrap(),
        Change::Published
    );
    assert_eq!(place.history("redis").usable().count(), 2);
    let error = place.yank("redis", "3.0.0", Some("x")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the remote `local` has no version 3.0.0 of taskserv `redis`"
    );
    let error = place.yank("reds", "1.0.0", Some("x")).unwrap_err();
    assert_eq!(
        crate::diagnostic::Explain::help(&error).unwrap(),
        "did you mean `redis`?"
    );
}

#[test]
fn a_line_that_was_never_finished_is_no_line() {
    let place = Place::new();
    place.publish(&place.upload("redis", "1.0.0")).unwrap();
    let whole = fs::read(place.index("redis")).unwrap();
    let second = line_of(&Event::Publish(Box::new(
        place.upload("redis", "1.1.0").release,
    )))
    .unwrap();
    for cut in 0..second.len() {
        let mut text = whole.clone();
        text.extend_from_slice(&second[..cut]);
        fs::write(place.index("redis"), &text).unwrap();
        let history = place.history("redis");
        assert_eq!(
            (history.releases.len(), history.faults.len(), history.torn),
            (1, 0, cut)
        );
        if cut % 50 == 1 {
            place.publish(&place.upload("redis", "1.2.0")).unwrap();
            let history = place.history("redis");
            let versions: Vec<String> = history.releases.keys().map(Version::to_string).collect();
            assert_eq!(
                (versions.join(" ").as_str(), history.torn),
                ("1.0.0 1.2.0", 0)
            );
        }
    }
}

#[test]
fn what_a_killed_publisher_left_behind_is_in_nobodys_way() {
    let place = Place::new();
    let folder = place.root().join("archives/taskservs/redis");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("redis-1.0.0.tar.gz"), "half of some").unwrap();
    fs::write(
        folder.join("redis-1.0.0.tar.gz.minisig"),
        "signature of another",
    )
    .unwrap();
    fs::write(folder.join(".provisioning-abc"), "half").unwrap();
    place.publish(&place.upload("redis", "1.0.0")).unwrap();
    let entry = &place.history("redis").releases[&Version::new(1, 0, 0)];
    place
        .remote
        .fetch(&entry.release, &mut tempfile::tempfile().unwrap(), &never)
        .unwrap();
    assert_eq!(place.remote.signature(&entry.release).unwrap(), None);
    assert_eq!(folder.read_dir().unwrap().count(), 1);
}

#[test]
fn an_index_that_cannot_be_read_is_told_and_not_written() {
    let place = Place::new();
    place.publish(&place.upload("redis", "1.0.0")).unwrap();
    let whole = fs::read_to_string(place.index("redis")).unwrap();
    let foreign = |name: &str| {
        String::from_utf8(
            line_of(&Event::Publish(Box::new(
                place.upload(name, "2.0.0").release,
            )))
            .unwrap(),
        )
        .unwrap()
    };
    let bad_digest = foreign("redis").replace(&sha256(b"redis 2.0.0"), "../../etc");
    let bad_name = foreign("redis")
        .replace("\"dependencies\"", "\"x\"")
        .replace("\"required_env\"", "\"y\"");
    for (line, is_bad) in [
        ("not json\n".to_owned(), true),
        ("{\"event\": \"publish\"}\n".to_owned(), true),
        ("\u{0}\n".to_owned(), true),
        (foreign("nginx"), true),
        (bad_digest, true),
        (whole.clone(), true),
        ("{\"event\":\"yank\",\"format\":1,\"version\":\"9.9.9\",\"time\":\"2026-01-01T00:00:00Z\",\"by\":\"x\"}\n".to_owned(), true),
        (format!("{}\n", "x".repeat(300 << 10)), true),
        ("{\"event\":\"rename\",\"format\":2,\"to\":\"other\"}\n".to_owned(), false),
        ("\n".to_owned(), false),
        (bad_name, false),
    ] {
        let text = format!("{whole}{line}");
        fs::write(place.index("redis"), &text).unwrap();
        let history = place.history("redis");
        assert_eq!(!history.faults.is_empty(), is_bad, "{line:.80}: {:?}", history.faults);
        assert!(history.releases.contains_key(&Version::new(1, 0, 0)));
        let outcome = place.publish(&place.upload("redis", "1.1.0"));
        let is_newer = line.contains("\"format\":2");
        match outcome {
            Err(RemoteError::BadIndex { line: 2, .. }) if is_bad => {}
            Err(RemoteError::Newer { .. }) if is_newer => {}
            Ok(Change::Published) if !is_bad && !is_newer => continue,
            other => panic!("{line:.80}: {other:?}"),
        }
        assert_eq!(fs::read_to_string(place.index("redis")).unwrap(), text);
    }
}

#[test]
fn another_archive_than_the_one_that_was_published_is_not_fetched() {
    let place = Place::new();
    place.publish(&place.upload("redis", "1.0.0")).unwrap();
    let release = place.history("redis").releases[&Version::new(1, 0, 0)]
        .release
        .clone();
    let archive = place
        .root()
        .join("archives/taskservs/redis/redis-1.0.0.tar.gz");
    let told = || {
        let error = place
            .remote
            .fetch(&release, &mut tempfile::tempfile().unwrap(), &never)
            .unwrap_err();
        error.to_string().rsplit(": ").next().unwrap().to_owned()
    };
    fs::write(&archive, "redis 1.0.1").unwrap();
    assert!(told().starts_with("its digest is "), "{}", told());
    fs::write(&archive, "redis").unwrap();
    assert_eq!(told(), "it has 5 bytes, and should have 11");
    fs::remove_file(&archive).unwrap();
    assert_eq!(told(), "it is not there");
    #[cfg(unix)]
    {
        let secret = place.home.path().join("secret");
        fs::write(&secret, "redis 1.0.0").unwrap();
        std::os::unix::fs::symlink(secret, &archive).unwrap();
        assert!(told().contains("regular file"), "{}", told());
    }
}

#[test]
fn an_archive_that_changes_while_it_is_published_is_refused() {
    let place = Place::new();
    let upload = place.upload("redis", "1.0.0");
    fs::write(&upload.archive, "something else").unwrap();
    let error = place.publish(&upload).unwrap_err();
    assert!(error.to_string().contains("it was changed"), "{error}");
    assert_eq!(place.remote.history(&id("redis")).unwrap(), None);
    assert!(everything(&place.root()).is_empty());
}

#[test]
fn a_remote_that_is_not_there_is_not_empty() {
    let home = tempfile::tempdir().unwrap();
    let remote = DirectoryRemote::new("local", home.path().join("gone"));
    for error in [
        remote.packages().unwrap_err(),
        remote.history(&id("redis")).unwrap_err(),
        remote
            .publish(&upload(home.path(), "redis", "1.0.0", "x"), false, &never)
            .unwrap_err(),
    ] {
        assert!(error.to_string().contains("does not exist"), "{error}");
    }
    assert!(!home.path().join("gone").exists());
}

#[test]
fn whoever_waits_for_a_lock_can_be_interrupted() {
    let place = Place::new();
    place.publish(&place.upload("redis", "1.0.0")).unwrap();
    let lock = fs::File::options()
        .write(true)
        .open(place.root().join("index/taskservs/.redis.lock"))
        .unwrap();
    lock.lock().unwrap();
    let error = place
        .remote
        .publish(&place.upload("redis", "1.1.0"), false, &|| true)
        .unwrap_err();
    assert!(matches!(error, RemoteError::Interrupted), "{error}");
    drop(lock);
    place.publish(&place.upload("redis", "1.1.0")).unwrap();
}

#[test]
fn addresses_of_files_are_read_as_such() {
    let urls = [
        ("a", "file:///srv/x"),
        ("b", "FILE://localhost/srv/a%20b"),
        ("c", "file:///srv/100%"),
        ("d", "https://example.org"),
    ];
    let urls = urls
        .map(|(name, url)| (name.to_owned(), url.to_owned()))
        .into();
    let remotes = Remotes::of(&urls);
    let places: Vec<String> = remotes.all().map(Remote::place).collect();
    assert_eq!(places, ["/srv/x", "/srv/a b", "/srv/100%"]);
    assert_eq!(remotes.names(), ["a", "b", "c"]);
    assert!(matches!(remotes.only(), Err(RemoteError::Unsaid { known }) if known.len() == 3));
    assert!(matches!(
        remotes.named("z"),
        Err(RemoteError::Unknown { .. })
    ));
}

proptest! {
    /// Whatever lies in an index: it is read without a panic, and what is read of it keeps to the rules.
    #[test]
    fn any_index_can_be_read(lines in proptest::collection::vec("[ -~\\n\u{e9}]{0,80}", 0..8), keep in 0usize..2000) {
        let place = Place::new();
        let good = line_of(&Event::Publish(Box::new(place.upload("redis", "1.0.0").release))).unwrap();
        let mut text = lines.join("\n").into_bytes();
        text.extend_from_slice(&good[..keep.min(good.len())]);
        let history = History::read(&text, &id("redis"));
        for entry in history.releases.values() {
            prop_assert_eq!(&entry.release.name, "redis");
            prop_assert!(entry.release.fault().is_none());
        }
    }
}
