//! A process that publishes, installs, updates and uninstalls is killed again and again: what is installed is the old or the
//! new, never between, and so is what is published.
//!
//! This program starts itself as the worker, so it has no test harness.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use provisioning::audit::Log;
use provisioning::extension::{Contents, Directory, Extension, ExtensionType, Host};
use provisioning::install::{Here, Installer, plan, removal};
use provisioning::nickel::{Evaluator, Interrupt};
use provisioning::package::{Archive, Draft, Policy, Trust};
use provisioning::registry::{KeptRegistry, Registered, Registry};
use provisioning::remote::{DirectoryRemote, PackageId, PackageKind, Remote, RemoteSource, Upload};
use provisioning::resolver::{Catalog, Origin, Preference, Request, resolve};
use semver::{Version, VersionReq};

const KILLS: usize = 200;
const WORKER: &str = "PROVISIONING_TEST_WORKER";
const FROM: &str = "PROVISIONING_TEST_FROM";

fn main() {
    match std::env::var(WORKER) {
        Ok(home) => {
            let from: u64 = std::env::var(FROM).unwrap().parse().unwrap();
            Place::new(home.as_ref()).work_for_ever(from);
        }
        Err(_) => kill_workers(),
    }
}

struct Place {
    home: PathBuf,
    remote: DirectoryRemote,
    registry: KeptRegistry,
    evaluator: Evaluator,
    interrupt: Interrupt,
}

impl Place {
    fn new(home: &Path) -> Self {
        std::fs::create_dir_all(home.join("remote")).unwrap();
        Self {
            remote: DirectoryRemote::new("local", home.join("remote")),
            home: home.to_owned(),
            registry: KeptRegistry::default(),
            evaluator: Evaluator::default(),
            interrupt: Interrupt::default(),
        }
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn installer<'a>(&'a self, data: &'a Path) -> Installer<'a> {
        Installer {
            data_dir: data,
            registry: &self.registry,
            log: Log::default(),
            policy: Policy::default(),
            trust: Trust::default(),
            evaluator: &self.evaluator,
            interrupt: &self.interrupt,
        }
    }

    fn registered(&self) -> Vec<Registered> {
        let rows = self
            .registry
            .with_existing(&self.data(), |registry| registry.list(None));
        rows.unwrap().unwrap_or_default()
    }

    /// Builds and publishes a version of an extension with one large file.
    fn publish(&self, name: &str, version: u64, needs: &str) {
        let work = tempfile::tempdir().unwrap();
        let source = work.path().join(name);
        std::fs::create_dir(&source).unwrap();
        let metadata = format!(
            "[extension]\nname = \"{name}\"\ntype = \"taskserv\"\nversion = \"{version}.0.0\"\n\n[dependencies]\nextensions = [{needs}]\n"
        );
        std::fs::write(source.join("metadata.toml"), metadata).unwrap();
        std::fs::write(
            source.join("README.md"),
            format!("# {version}\n").repeat(20_000),
        )
        .unwrap();
        let directory = Directory::open(&source, None).unwrap();
        let draft = Draft::of(&directory, None, &Policy::default(), &self.interrupt).unwrap();
        let built = draft.write(work.path(), None).unwrap();
        let archive = Archive::open(
            &built.path,
            &Policy::default(),
            &Trust::default(),
            &self.interrupt,
        )
        .unwrap();
        let upload = Upload::of(&archive, &self.evaluator, &self.interrupt).unwrap();
        self.remote.publish(&upload, false, &|| false).unwrap();
    }

    /// Installs or updates `app`, and with it `db`.
    fn install(&self) {
        let registered = self.registered();
        let here = registered.iter().map(|row| {
            let extension = Extension {
                kind: row.kind,
                name: row.name.clone(),
                version: row.version.clone(),
                path: row.path.clone(),
                package: None,
                description: None,
                dependencies: Vec::new(),
            };
            (extension, Origin::Registered)
        });
        let catalog = Catalog::of_extensions(here, self.evaluator.clone());
        let source = RemoteSource::new(catalog, [&self.remote as &dyn Remote]).unwrap();
        let request = Request {
            name: "app".to_owned(),
            kind: None,
            constraint: VersionReq::STAR,
        };
        let host = Host::with_nushell(Version::new(0, 115, 1));
        let chosen = resolve(&[request], &source, &host, &Preference::default(), &|| None).unwrap();
        let data = self.data();
        let installer = self.installer(&data);
        let installed = installer.installed().unwrap();
        let here = Here {
            installed: &installed,
            registered: &registered,
        };
        let steps = plan(&chosen, &|_, name| name == "app", &source, here);
        installer.install(&steps).unwrap();
    }

    fn uninstall(&self) {
        let data = self.data();
        let installer = self.installer(&data);
        let (installed, registered) = (installer.installed().unwrap(), self.registered());
        let app: Vec<_> = installed
            .iter()
            .filter(|one| one.name == "app")
            .cloned()
            .collect();
        let here = Here {
            installed: &installed,
            registered: &registered,
        };
        let gone = removal(&app, here, false).unwrap();
        let paths: Vec<PathBuf> = gone.into_iter().map(|one| one.package.path).collect();
        installer.uninstall(&paths).unwrap();
    }

    fn work_for_ever(&self, from: u64) {
        let mut output = std::io::stdout().lock();
        let mut told = |what: &str, version: u64| {
            writeln!(output, "{what} {version}").unwrap();
            output.flush().unwrap();
        };
        for version in from.. {
            told("publish", version);
            self.publish("db", version, "");
            self.publish("app", version, &format!("\"db ={version}.0.0\""));
            told("install", version);
            self.install();
            if version % 4 == 3 {
                told("uninstall", version);
                self.uninstall();
            }
        }
    }

    /// What is there is whole. Returns the version of `app`.
    fn check(&self, round: usize) -> Option<Version> {
        for name in ["app", "db"] {
            let id = PackageId {
                kind: PackageKind::Single(ExtensionType::Taskserv),
                name: name.to_owned(),
            };
            let Some(history) = self.remote.history(&id).unwrap() else {
                continue;
            };
            assert_eq!(history.faults, [], "{round}");
            // Those that were published last are the ones that may be half there.
            for entry in history.releases.values().rev().take(3) {
                let mut file = tempfile::tempfile().unwrap();
                self.remote
                    .fetch(&entry.release, &mut file, &|| false)
                    .unwrap();
            }
        }
        let data = self.data();
        let registry = Registry::open_existing(&data).unwrap()?;
        let (registered, installed) = (registry.list(None).unwrap(), registry.installed().unwrap());
        assert_eq!(
            registered.len(),
            installed.len(),
            "{round}: {registered:?} {installed:?}"
        );
        for one in &installed {
            let directory = Directory::open(&one.path, None).unwrap();
            let contents = Contents::of(&directory, &self.interrupt).unwrap();
            assert_eq!(
                contents.digest(),
                one.contents,
                "{round}: {}",
                one.path.display()
            );
        }
        let version = |name: &str| {
            let mut of_name = registered.iter().filter(|row| row.name == name);
            let version = of_name.next().map(|row| row.version.clone());
            assert!(of_name.next().is_none(), "{round}: {name} is there twice");
            version
        };
        assert_eq!(version("app"), version("db"), "{round}");
        version("app")
    }
}

fn kill_workers() {
    let home = tempfile::tempdir().unwrap();
    let place = Place::new(home.path());
    let (mut next, mut seen, mut leftovers) = (1, [0_usize; 3], 0);
    for round in 0..KILLS {
        let mut worker = Command::new(std::env::current_exe().unwrap())
            .env(WORKER, home.path())
            .env(FROM, next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(worker.stdout.take().unwrap()).lines();
        let mut lines = lines.map(|line| line.unwrap());
        // In the middle of publishing, of installing, of uninstalling, in turns; each time a little later.
        let phase = ["publish", "install", "uninstall"][round % 3];
        let mut before = place.check(round);
        let version = loop {
            let line = lines.next().unwrap();
            let (what, version) = line.split_once(' ').unwrap();
            let version: u64 = version.parse().unwrap();
            if what == phase {
                break version;
            }
            if what == "install" {
                before = Some(Version::new(version, 0, 0));
            }
        };
        let wait = Duration::from_micros((round as u64 * 997) % 60_000);
        let start = Instant::now();
        while start.elapsed() < wait {
            std::hint::spin_loop();
        }
        worker.kill().unwrap();
        // What it has told meanwhile says how far it may have come.
        let rest: Vec<String> = lines.collect();
        worker.wait().unwrap();
        let last = rest
            .last()
            .and_then(|line| line.rsplit(' ').next()?.parse().ok());
        let last: u64 = last.unwrap_or(version);
        let now = place.check(round);
        let may_be = |version: &Version| {
            Some(version) == before.as_ref() || (version.major..=last).contains(&version.major)
        };
        assert!(
            now.as_ref().is_none_or(may_be),
            "{round}: {before:?} {now:?}"
        );
        seen[round % 3] += 1;
        leftovers += unfinished(&place);
        next = last + 1;
    }
    // Whoever comes next finds nothing in the way, and leaves nothing behind.
    place.publish("db", next, "");
    place.publish("app", next, &format!("\"db ={next}.0.0\""));
    place.install();
    assert_eq!(place.check(KILLS), Some(Version::new(next, 0, 0)));
    assert_eq!(unfinished(&place), 0);
    // Some were killed in the middle of something, or this would show nothing.
    assert!(leftovers > 0);
    println!(
        "{KILLS} workers killed ({seen:?}), {leftovers} left something behind, all of it whole"
    );
}

/// Counts folders of packages that no row names, and files that a publisher has not finished.
fn unfinished(place: &Place) -> usize {
    let registry = Registry::open_existing(&place.data()).unwrap();
    let installed = registry.map(|registry| registry.installed().unwrap());
    let named: Vec<PathBuf> = installed
        .into_iter()
        .flatten()
        .filter_map(|one| Some(one.path.parent()?.to_owned()))
        .collect();
    let entries = |path: PathBuf| path.read_dir().into_iter().flatten().flatten();
    let folders = entries(place.data().join("packages"))
        .filter(|entry| entry.path().is_dir())
        .filter(|entry| {
            let real = entry.path().canonicalize().unwrap();
            !named.contains(&real)
        })
        .count();
    let files = ["app", "db"]
        .into_iter()
        .flat_map(|name| entries(place.home.join("remote/archives/taskservs").join(name)))
        .filter(|entry| entry.file_name().to_string_lossy().starts_with('.'))
        .count();
    folders + files
}
