//! Every case is tried with a system that tells of changes, and with files that are looked at.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::sight::tests::{exhausted, mute};
use super::*;
use crate::extension::{Contents, Directory, ExtensionType};
use crate::manager::tests::World;
use crate::nickel::Interrupt;

/// How long an event may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const REST: Duration = Duration::from_millis(20);

const TOLD: WatchOptions = WatchOptions {
    poll: None,
    rest: REST,
};

const POLLED: WatchOptions = WatchOptions {
    poll: Some(REST),
    rest: REST,
};

/// A template `app` that is watched.
struct Scene {
    world: World,
    manager: ExtensionManager,
    watch: Watch,
    path: PathBuf,
}

impl Scene {
    fn new(options: WatchOptions) -> Self {
        let world = World::new();
        let path = world.template("home/app", "1.0.0", &[]);
        std::fs::write(path.join("notes.md"), "one").unwrap();
        let manager = world.manager();
        let wanted = manager.watchable_in(&path, None).unwrap();
        let watch = manager.watch(wanted, options);
        let mut scene = Self {
            world,
            manager,
            watch,
            path,
        };
        let first = scene.next();
        assert_eq!(first.event, WatchKind::Watching);
        assert!(first.valid && first.changed.is_empty(), "{first:?}");
        scene
    }

    fn write(&self, path: &str, text: &str) {
        self.world.write(&format!("home/app/{path}"), text);
    }

    fn metadata(&self, version: &str) -> String {
        format!("[extension]\nname = \"app\"\ntype = \"template\"\nversion = \"{version}\"\n")
    }

    fn next(&mut self) -> WatchEvent {
        let start = Instant::now();
        self.watch
            .next(&|| start.elapsed() > PATIENCE)
            .expect("an event")
    }

    /// Returns the next event, which has to be about a change of these files, with what was loaded the same as on disk.
    #[track_caller]
    fn changed(&mut self, files: &[&str]) -> WatchEvent {
        let event = self.next();
        assert_eq!(event.event, WatchKind::Changed, "{event:?}");
        assert_eq!(event.changed, files, "{event:?}");
        if event.valid {
            assert!(self.is_current());
        }
        event
    }

    /// Returns events until what is loaded is what is on disk, in that version.
    fn until(&mut self, version: &str) -> Vec<WatchEvent> {
        let mut all = Vec::new();
        loop {
            let event = self.next();
            let is_last = event.valid && event.version.as_deref() == Some(version);
            all.push(event);
            if is_last {
                assert!(self.is_current());
                return all;
            }
        }
    }

    /// Whether what is loaded is what is on disk.
    fn is_current(&self) -> bool {
        let loaded = self.manager.list_loaded_extensions();
        let [one] = loaded.as_slice() else {
            return false;
        };
        one.fingerprint == digest(&self.path)
    }
}

fn digest(path: &Path) -> String {
    let directory = Directory::open(path, None).unwrap();
    Contents::of(&directory, &Interrupt::default())
        .unwrap()
        .digest()
}

fn each(test: impl Fn(Scene)) {
    for options in [TOLD, POLLED] {
        test(Scene::new(options));
    }
}

#[test]
fn an_edit_is_loaded_and_told_with_its_files() {
    each(|mut scene| {
        scene.write("metadata.toml", &scene.metadata("1.1.0"));
        let event = scene.changed(&["metadata.toml"]);
        assert_eq!(event.version.as_deref(), Some("1.1.0"));
        assert!(event.errors.is_empty() && event.path == scene.path);
        // The version that it was is no longer loaded.
        let versions: Vec<String> = scene
            .manager
            .list_loaded_extensions()
            .iter()
            .map(|one| one.metadata.version.clone())
            .collect();
        assert_eq!(versions, ["1.1.0"]);
        scene.write("notes.md", "two");
        scene.changed(&["notes.md"]);
    });
}

#[test]
fn edits_that_leave_length_and_time_alone_are_seen() {
    each(|mut scene| {
        for text in ["two", "six", "ten"] {
            let path = scene.path.join("notes.md");
            let time = path.metadata().unwrap().modified().unwrap();
            std::fs::write(&path, text).unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(time).unwrap();
            drop(file);
            scene.changed(&["notes.md"]);
        }
    });
}

#[test]
fn an_editor_that_saves_by_renaming_makes_one_event() {
    each(|mut scene| {
        for version in ["1.1.0", "1.2.0"] {
            let path = scene.path.join("metadata.toml");
            let aside = scene.world.write("aside.toml", &scene.metadata(version));
            std::fs::rename(aside, &path).unwrap();
            let event = scene.changed(&["metadata.toml"]);
            assert_eq!(event.version.as_deref(), Some(version));
        }
    });
}

#[test]
fn what_is_only_touched_or_does_not_count_is_no_event() {
    each(|mut scene| {
        scene.write(
            "metadata.toml",
            &format!(
                "{}[build]\nexclude = [\"*.log\"]\n",
                scene.metadata("1.0.0")
            ),
        );
        scene.changed(&["metadata.toml"]);
        scene.write("notes.md", "one");
        scene.write("provisioning.lock", "x");
        scene.write(".git/index", "x");
        scene.write("all.log", "x");
        // Long enough ago that this round is over: the next one has its own changes only.
        let start = Instant::now();
        let quiet = scene.watch.next(&|| start.elapsed() > REST * 5);
        assert!(quiet.is_none(), "{quiet:?}");
        scene.write("notes.md", "two");
        scene.changed(&["notes.md"]);
    });
}

#[test]
fn a_folder_that_is_swapped_is_followed_and_so_is_what_it_was_swapped_for() {
    each(|mut scene| {
        for version in ["2.0.0", "3.0.0"] {
            let new = scene.world.template("new/app", version, &[]);
            scene.world.write("new/app/deep/down/file", "1");
            std::fs::rename(&scene.path, scene.world.root().join(version)).unwrap();
            std::fs::rename(new, &scene.path).unwrap();
            scene.until(version);
            // What was moved away is not watched any more, what is there now is, to the bottom.
            scene
                .world
                .write(&format!("{version}/notes.md"), "not looked at");
            scene.write("deep/down/file", "2");
            scene.changed(&["deep/down/file"]);
        }
    });
}

#[test]
fn a_removed_extension_is_told_and_watched_when_it_is_there_again() {
    each(|mut scene| {
        for version in ["2.0.0", "3.0.0"] {
            std::fs::remove_dir_all(&scene.path).unwrap();
            // Removing takes steps, which may be told.
            while scene.next().event != WatchKind::Removed {}
            assert!(scene.manager.is_empty());
            scene.world.template("home/app", version, &[]);
            let events = scene.until(version);
            assert!(events.iter().any(|event| event.event == WatchKind::Added));
            scene.write("deep/er/file", "1");
            scene.changed(&["deep/er/file"]);
            scene.write("deep/er/file", "2");
            scene.changed(&["deep/er/file"]);
        }
    });
}

#[test]
fn folders_above_may_be_removed_and_made_again() {
    each(|mut scene| {
        std::fs::remove_dir_all(scene.world.root().join("home")).unwrap();
        while scene.next().event != WatchKind::Removed {}
        scene.world.template("home/app", "2.0.0", &[]);
        scene.until("2.0.0");
        scene.write("file", "1");
        scene.changed(&["file"]);
    });
}

#[test]
fn a_broken_edit_is_told_with_its_errors_and_the_old_state_is_not_loaded_any_more() {
    each(|mut scene| {
        let exclude = "[build]\nexclude = [\"*.log\"]\n";
        let good = format!("{}{exclude}", scene.metadata("1.1.0"));
        scene.write("all.log", "left out");
        scene.write("metadata.toml", &good);
        scene.until("1.1.0");
        scene.write("metadata.toml", "[extension\n");
        // Patterns that cannot be read are those of the last time.
        let event = scene.changed(&["metadata.toml"]);
        assert!(!event.valid && event.version.is_none());
        assert_eq!(event.errors[0].code.as_str(), "metadata::syntax");
        assert!(event.errors[0].location().is_some());
        assert!(scene.manager.is_empty());
        // Two files, two errors.
        scene.write("metadata.toml", &good);
        scene.until("1.1.0");
        scene.write("schemas/a.ncl", "{ a = }");
        scene.write("schemas/b.ncl", "{ b = }");
        let mut event = scene.next();
        while event.errors.len() < 2 {
            event = scene.next();
        }
        assert!(!event.valid);
        std::fs::remove_dir_all(scene.path.join("schemas")).unwrap();
        let mut event = scene.next();
        while !event.valid {
            event = scene.next();
        }
        assert!(event.errors.is_empty() && scene.is_current());
    });
}

#[test]
fn an_extension_that_becomes_another_one_is_told() {
    each(|mut scene| {
        scene.write(
            "metadata.toml",
            &scene.metadata("1.0.0").replace("\"app\"", "\"other\""),
        );
        let event = scene.changed(&["metadata.toml"]);
        assert!(!event.valid);
        assert_eq!(event.errors[0].code.as_str(), "load::moved");
        assert!(event.errors[0].help.is_some());
    });
}

#[test]
fn a_burst_of_ten_thousand_writes_is_a_handful_of_events() {
    each(|mut scene| {
        let start = Instant::now();
        let path = scene.path.clone();
        let writer = std::thread::spawn(move || {
            for count in 0..10_000 {
                std::fs::write(path.join(format!("{}.txt", count % 100)), count.to_string())
                    .unwrap();
            }
        });
        let mut events = 0_u128;
        loop {
            let is_over = writer.is_finished();
            let event = scene.next();
            assert!(event.changed.len() <= 20 && event.valid);
            events += 1;
            if is_over || (writer.is_finished() && scene.is_current()) {
                break;
            }
        }
        writer.join().unwrap();
        assert!(scene.is_current());
        // A rest before each, whatever the machine.
        let rests = start.elapsed().as_millis() / REST.as_millis();
        assert!(events <= rests + 1 && events < 500, "{events}");
        scene.write("notes.md", "two");
        scene.changed(&["notes.md"]);
    });
}

#[test]
fn more_files_than_an_event_names_are_counted() {
    let mut scene = Scene::new(WatchOptions {
        rest: Duration::from_millis(500),
        ..TOLD
    });
    for count in 10..45 {
        scene.write(&format!("{count}.txt"), "x");
    }
    let event = scene.next();
    assert_eq!(event.changed.len(), 20);
    assert_eq!(event.changed[0], "10.txt");
    assert_eq!(event.detail.as_deref(), Some("15 more files"));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_wherever_it_leads() {
    each(|scene| {
        let Scene { world, manager, .. } = scene;
        let link = world.root().join("current");
        std::os::unix::fs::symlink(world.root().join("home/app"), &link).unwrap();
        let wanted = manager.watchable_in(&link, None).unwrap();
        let mut scene = Scene {
            watch: manager.watch(wanted, TOLD),
            path: world.template("two/app", "2.0.0", &[]),
            world,
            manager,
        };
        scene.next();
        let aside = scene.world.root().join("aside");
        std::os::unix::fs::symlink(&scene.path, &aside).unwrap();
        std::fs::rename(aside, link).unwrap();
        let event = scene.next();
        assert_eq!(event.version.as_deref(), Some("2.0.0"));
        assert_eq!(event.path, scene.path);
        scene.world.write("two/app/file", "1");
        assert_eq!(scene.next().changed, ["file"]);
    });
}

#[test]
fn extensions_that_lie_side_by_side_have_events_of_their_own() {
    each(|mut scene| {
        let other = scene.world.template("home/other", "1.0.0", &[]);
        let wanted = [&scene.path, &other]
            .into_iter()
            .flat_map(|path| scene.manager.watchable_in(path, None).unwrap())
            .collect();
        scene.watch = scene.manager.watch(wanted, TOLD);
        let names = [scene.next().name, scene.next().name];
        assert_eq!(names, ["app", "other"]);
        scene.world.write("home/other/file", "1");
        scene.world.write("home/neither/file", "1");
        let event = scene.next();
        assert_eq!(
            (event.name.as_str(), &*event.changed),
            ("other", &["file".to_owned()][..])
        );
        scene.write("file", "1");
        assert_eq!(scene.next().name, "app");
    });
}

#[test]
fn files_are_looked_at_where_the_system_has_no_watches_left_and_that_is_told() {
    let mut scene = Scene::new(TOLD);
    let wanted = scene.manager.watchable_in(&scene.path, None).unwrap();
    scene.watch = Watch::new(scene.manager.clone(), wanted, exhausted(1));
    let first = scene.next();
    assert_eq!(
        first.detail.as_deref(),
        Some(
            "the files are looked at every 500ms: the system watches no more directories \
             (fs.inotify.max_user_watches)"
        )
    );
    scene.write("notes.md", "two");
    assert_eq!(scene.changed(&["notes.md"]).detail, None);
}

#[test]
fn what_the_system_does_not_tell_is_found_all_the_same() {
    let mut scene = Scene::new(TOLD);
    let wanted = scene.manager.watchable_in(&scene.path, None).unwrap();
    scene.watch = Watch::new(scene.manager.clone(), wanted, mute(1));
    assert_eq!(scene.next().detail, None);
    scene.write("notes.md", "two");
    scene.changed(&["notes.md"]);
}

#[test]
fn a_watch_ends_when_it_is_told_to() {
    let mut scene = Scene::new(TOLD);
    let start = Instant::now();
    assert!(scene.watch.next(&|| true).is_none());
    assert!(scene.watch.next(&|| start.elapsed() > NAP).is_none());
}

#[test]
fn what_is_loaded_is_watched_and_else_what_is_registered() {
    let world = World::new();
    let paths = ["a", "b"].map(|name| world.template(name, "1.0.0", &[]));
    world.register(&[&paths[0], &paths[1]]);
    let manager = world.manager();
    let names = |kind| -> Vec<String> {
        let all = manager.watchable(kind).unwrap();
        all.into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names(None), ["a", "b"]);
    assert!(names(Some(ExtensionType::Provider)).is_empty());
    crate::manager::tests::load(&manager, "b").unwrap();
    assert_eq!(names(None), ["b"]);
    let named = |name: &str, version: &str| {
        manager.watchable_as(&crate::manager::Wanted {
            kind: None,
            name: name.to_owned(),
            version: crate::metadata::VersionRequest::read(version).unwrap(),
        })
    };
    for version in ["latest", ">=1"] {
        assert_eq!(named("a", version).unwrap()[0].path, paths[0]);
        assert_eq!(named("b", version).unwrap()[0].path, paths[1]);
    }
    assert!(named("b", ">=2").is_err() && named("c", "latest").is_err());
}

#[test]
fn a_module_that_it_imports_from_a_library_is_watched_too() {
    let world = World::new();
    let lib = world.root().join("lib");
    let before = world.root().join("before");
    std::fs::create_dir_all(&before).unwrap();
    let one = "export def helper []: nothing -> int { 1 }\n";
    let shared = world.write("lib/shared.nu", one);
    let from =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/extensions/taskservs/containerd");
    let directory = Directory::open(&from, None).unwrap();
    let files = Contents::of(&directory, &Interrupt::default()).unwrap();
    for file in files.files().keys() {
        let text = std::fs::read_to_string(from.join(file)).unwrap();
        world.write(&format!("home/app/{file}"), &text);
    }
    let path = world.root().join("home/app");
    let module = path.join("nulib/mod.nu");
    let text = std::fs::read_to_string(&module).unwrap();
    std::fs::write(&module, text + "\nexport use shared.nu helper\n").unwrap();
    let manager = world.builder().lib_dirs([before, lib]).build();
    let wanted = manager.watchable_in(&path, None).unwrap();
    let mut scene = Scene {
        watch: manager.watch(wanted, TOLD),
        world,
        manager,
        path,
    };
    assert!(scene.next().valid);
    let usage = |scene: &Scene| {
        let loaded = scene.manager.list_loaded_extensions();
        loaded[0]
            .operation("helper")
            .map(crate::manager::Operation::usage)
    };
    let name = shared.to_string_lossy().into_owned();
    for (kind, value) in [("string", "''"), ("bool", "true")] {
        let text = format!("export def helper []: nothing -> {kind} {{ {value} }}\n");
        std::fs::write(&shared, text).unwrap();
        assert_eq!(scene.next().changed, [name.as_str()]);
        assert_eq!(
            usage(&scene).unwrap(),
            format!("helper []: nothing -> {kind}")
        );
    }
    // One that is found earlier takes its place.
    let earlier = scene.world.write("before/shared.nu", one);
    assert_eq!(
        scene.next().changed,
        [earlier.to_string_lossy().into_owned()]
    );
    assert_eq!(usage(&scene).unwrap(), "helper []: nothing -> int");
}
