use super::*;
use crate::diagnostic::Explain as _;
use crate::extension::Host;
use crate::nickel::Evaluator;
use crate::resolver::{Candidate, Catalog, Origin, Preference, Request, resolve};
use semver::VersionReq;

/// Extensions in a directory.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, directory: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(directory)
    }

    fn extension(&self, directory: &str, name: &str, version: &str, needs: &[&str]) {
        let needs: Vec<String> = needs.iter().map(|need| format!("{need:?}")).collect();
        let metadata = format!(
            "[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}\"\n\n[dependencies]\nextensions = [{}]\n",
            needs.join(", ")
        );
        self.write(&format!("{directory}/metadata.toml"), &metadata);
        self.write(&format!("{directory}/nulib/mod.nu"), "# nothing\n");
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn catalog(&self) -> Catalog {
        let evaluator = Evaluator::default();
        let mut all = Vec::new();
        for entry in self.0.path().read_dir().unwrap() {
            let directory = Directory::open(&entry.unwrap().path(), None).unwrap();
            let origin = Origin::Discovered;
            all.extend(Candidate::of(&directory, origin, &evaluator).unwrap().0);
        }
        all.sort_by(|a, b| a.extension.path.cmp(&b.extension.path));
        Catalog::new(all)
    }

    fn chosen(&self, keep: Option<&Lock>) -> Vec<Chosen> {
        let asked = [Request {
            name: "app".to_owned(),
            kind: None,
            constraint: VersionReq::STAR,
        }];
        let preference = Preference {
            keep: keep.map(Lock::versions).unwrap_or_default(),
            ..Preference::default()
        };
        let host = Host::with_nushell(Version::new(0, 115, 1));
        resolve(&asked, &self.catalog(), &host, &preference, &|| None).unwrap()
    }

    fn lock(&self, keep: Option<&Lock>) -> Lock {
        let chosen = self.chosen(keep);
        Lock::of(&chosen, &self.path("app"), &Interrupt::default()).unwrap()
    }

    fn changes(&self, before: &Lock) -> Vec<String> {
        let chosen = self.chosen(Some(before));
        let now = Lock::of(&chosen, &self.path("app"), &Interrupt::default()).unwrap();
        before
            .changes_to(&now, &chosen, &self.catalog())
            .iter()
            .filter(|change| change.is_change())
            .map(|change| {
                change
                    .to_string()
                    .replace(&self.path("").display().to_string(), "")
            })
            .collect()
    }
}

/// `app` needs `db`, which needs `base`.
fn world() -> World {
    let world = World::new();
    world.extension("app", "app", "1.0.0", &["db >=1"]);
    world.extension("db", "db", "1.2.0", &["base"]);
    world.extension("base", "base", "0.1.0", &[]);
    world
}

#[test]
fn a_lock_is_the_same_text_wherever_the_extensions_lie() {
    let (one, other) = (world(), world());
    let text = one.lock(None).to_string();
    assert_eq!(text, other.lock(None).to_string());
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_written_is_read() {
    let world = world();
    let app = world.path("app");
    assert_eq!(Lock::read(&app).unwrap(), None);
    let lock = world.lock(None);
    lock.write(&app).unwrap();
    assert_eq!(Lock::read(&app).unwrap().as_ref(), Some(&lock));
    // The lock is no part of what it locks.
    assert_eq!(world.lock(Some(&lock)), lock);
    assert_eq!(world.changes(&lock), Vec::<String>::new());
}

#[test]
fn names_of_files_are_kept_whatever_they_are() {
    let world = world();
    for name in [
        "a \"b\" \\ c",
        "tab\there",
        "é=日本",
        "[x]",
        "'q'",
        "# no comment",
    ] {
        world.write(&format!("db/{name}"), name);
    }
    let lock = world.lock(None);
    lock.write(&world.path("app")).unwrap();
    assert_eq!(Lock::read(&world.path("app")).unwrap(), Some(lock));
}

#[test]
fn locked_versions_are_kept_until_something_else_is_needed() {
    let world = world();
    let lock = world.lock(None);
    world.extension("db-2", "db", "1.3.0", &["base"]);
    assert_eq!(world.changes(&lock), Vec::<String>::new());
    assert_eq!(
        world.lock(None).versions()[&(ExtensionType::Taskserv, "db".to_owned())],
        Version::new(1, 3, 0)
    );

    world.extension("app", "app", "1.0.1", &["db >=1.3", "extra"]);
    world.extension("extra", "extra", "1.0.0", &[]);
    world.extension("db-2", "db", "1.3.0", &[]);
    insta::assert_snapshot!(world.changes(&lock).join("\n"), @r"
    the taskserv app 1.0.0 would become 1.0.1: that is the version in its metadata
    the taskserv base 0.1.0 would go: nothing needs it any more
    the taskserv db 1.2.0 would become 1.3.0: the taskserv app 1.0.1 needs >=1.3 (app/metadata.toml:7:15)
    the taskserv extra 1.0.0 would be added: the taskserv app 1.0.1 needs it (app/metadata.toml:7:27)
    ");
}

#[test]
fn other_files_are_a_change_and_named() {
    let world = world();
    let lock = world.lock(None);
    world.write("db/nulib/mod.nu", "# something\n");
    world.write("db/new", "");
    insta::assert_snapshot!(
        world.changes(&lock).join("\n"),
        @"the taskserv db 1.2.0 has other files: `new` added, `nulib/mod.nu` changed"
    );
    // The extension's own files change while its author works.
    world.write("app/nulib/mod.nu", "# something\n");
    assert_eq!(world.changes(&lock).len(), 1);
}

#[test]
fn every_file_is_compared() {
    let world = world();
    let lock = world.lock(None);
    let deviations = |world: &World| {
        let all = verify(
            &lock,
            &Directory::open(&world.path("app"), None).unwrap(),
            &world.catalog(),
            &Interrupt::default(),
        )
        .unwrap();
        all.iter().map(Deviation::to_string).collect::<Vec<_>>()
    };
    assert_eq!(deviations(&world), Vec::<String>::new());
    // One byte.
    world.write("base/nulib/mod.nu", "# Nothing\n");
    assert_eq!(
        deviations(&world),
        ["the taskserv base 0.1.0 has other files: `nulib/mod.nu` changed"]
    );
    std::fs::remove_file(world.path("base/nulib/mod.nu")).unwrap();
    world.write("base/more", "");
    world.extension("db", "db", "1.3.0", &["base"]);
    assert_eq!(
        deviations(&world),
        [
            "the taskserv base 0.1.0 has other files: `more` added, `nulib/mod.nu` removed",
            "the taskserv db 1.2.0 is not there, only 1.3.0"
        ]
    );
}

#[test]
fn a_lock_that_cannot_be_used_is_told_and_left_alone() {
    let world = world();
    let app = world.path("app");
    let good = world.lock(None).to_string();
    let mut told = Vec::new();
    for (what, text) in [
        (
            "newer",
            good.replace("version = 1\n", "version = 2\nother = true\n"),
        ),
        ("no number", good.replace("version = 1\n", "")),
        (
            "older than any",
            good.replace("version = 1\n", "version = 0\n"),
        ),
        (
            "a merge",
            good.replace("version = 1\n", "<<<<<<< ours\nversion = 1\n"),
        ),
        (
            "another type",
            good.replace("type = \"taskserv\"", "type = \"service\""),
        ),
        ("no version", good.replace("\"1.2.0\"", "\"1.2\"")),
        (
            "a file was edited",
            good.replacen("\"nulib/mod.nu\" = \"", "\"nulib/mod.nu\" = \"0", 1),
        ),
        (
            "a list is gone",
            good.split("\n[files.").next().unwrap().to_owned(),
        ),
        ("a key nobody knows", good.replacen("name = ", "nam = ", 1)),
        (
            "twice",
            format!(
                "{good}\n[[extension]]\ntype = \"taskserv\"\nname = \"db\"\nversion = \"2.0.0\"\n"
            ),
        ),
        (
            "a dependency",
            good.replacen("\"taskserv db 1.2.0\"", "\"db\"", 1),
        ),
        ("not text", "version = 1\n\u{0}".to_owned()),
    ] {
        std::fs::write(Lock::path(&app), &text).unwrap();
        let error = Lock::read(&app).unwrap_err();
        let place = error
            .details()
            .first()
            .and_then(|finding| finding.labels.first())
            .map(|label| {
                let at = label.source.location(label.span.start);
                format!(" at {}:{}", at.line, at.column)
            });
        told.push(format!(
            "{what}: {} {}{}",
            error.code(),
            error.to_string().replace(&app.display().to_string(), "app"),
            place.unwrap_or_default()
        ));
        assert_eq!(std::fs::read_to_string(Lock::path(&app)).unwrap(), text);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[cfg(unix)]
#[test]
fn a_link_in_its_place_is_neither_read_nor_written() {
    let world = world();
    let app = world.path("app");
    let other = world.0.path().join("db/victim");
    std::fs::write(&other, "version = 1\n").unwrap();
    std::os::unix::fs::symlink(&other, Lock::path(&app)).unwrap();
    let lock = Lock::default();
    for error in [Lock::read(&app).unwrap_err(), lock.write(&app).unwrap_err()] {
        assert_eq!(error.code().as_str(), "lock::io");
        assert!(
            error
                .to_string()
                .ends_with("it is a link, which is not followed"),
            "{error}"
        );
    }
    assert_eq!(std::fs::read_to_string(other).unwrap(), "version = 1\n");
}

#[test]
fn what_has_no_digest_is_named() {
    let world = world();
    world.write("db/new\nline", "");
    let chosen = world.chosen(None);
    let error = Lock::of(&chosen, &world.path("app"), &Interrupt::default()).unwrap_err();
    assert_eq!(error.code().as_str(), "lock::no-digest");
    assert!(error.to_string().contains("new\\nline"), "{error}");
}
