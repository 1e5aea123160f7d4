//! What was loaded is never stale.

use std::fs;
use std::time::{Duration, SystemTime};

use super::*;

/// Makes everything look as if it had rested for long: nothing is doubtful then. Times of the last change cannot be set,
/// so files made by a test are always doubtful; what has rested, the examples show.
fn example_manager(world: &World) -> (ExtensionManager, PathBuf) {
    let path = example("taskservs/containerd");
    world.register(&[&path]);
    (world.manager(), path)
}

#[test]
fn what_has_rested_is_a_hit_without_reading() {
    let world = World::new();
    let (manager, path) = example_manager(&world);
    let wanted = Wanted {
        kind: None,
        name: "containerd".to_owned(),
        version: VersionRequest::Latest,
    };
    let first = manager.load(&wanted, true).unwrap();
    let second = manager.load(&wanted, true).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let third = manager.loaded(&wanted, true).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &third));
    let fourth = manager.loaded_directory(&path, None, None, true).unwrap();
    assert!(Arc::ptr_eq(&first, &fourth));
    assert_eq!(manager.metrics().hits, 3);
}

/// Each of these leaves an extension that is read anew, and the newest text is what is loaded.
#[test]
fn every_kind_of_change_is_seen_at_once() {
    type Change = fn(&Path);
    let schema = |path: &Path| path.join("schemas/a.ncl");
    let changes: [(&str, Change); 9] = [
        ("an edit of the same length", |path| {
            fs::write(path.join("schemas/a.ncl"), "{ a = 2 }").unwrap();
        }),
        ("an edit with the old times", |path| {
            let file = path.join("schemas/a.ncl");
            let before = fs::metadata(&file).unwrap().modified().unwrap();
            fs::write(&file, "{ a = 2 }").unwrap();
            let file = fs::OpenOptions::new().append(true).open(file).unwrap();
            file.set_modified(before).unwrap();
        }),
        ("a clock that goes back", |path| {
            fs::write(path.join("schemas/a.ncl"), "{ a = 2 }").unwrap();
            let file = fs::OpenOptions::new()
                .append(true)
                .open(path.join("schemas/a.ncl"))
                .unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1))
                .unwrap();
        }),
        ("a save by renaming", |path| {
            fs::write(path.join("schemas/.a.new"), "{ a = 2 }").unwrap();
            fs::rename(path.join("schemas/.a.new"), path.join("schemas/a.ncl")).unwrap();
        }),
        ("a folder that is swapped", |path| {
            fs::create_dir(path.join("other")).unwrap();
            fs::write(path.join("other/a.ncl"), "{ a = 2 }").unwrap();
            fs::rename(path.join("schemas"), path.join("old")).unwrap();
            fs::rename(path.join("other"), path.join("schemas")).unwrap();
            fs::remove_dir_all(path.join("old")).unwrap();
        }),
        ("an extension that is swapped", |path| {
            let other = path.with_file_name("other");
            fs::create_dir_all(other.join("schemas")).unwrap();
            fs::copy(path.join("metadata.toml"), other.join("metadata.toml")).unwrap();
            fs::write(other.join("schemas/a.ncl"), "{ a = 2 }").unwrap();
            fs::rename(path, path.with_file_name("old")).unwrap();
            fs::rename(&other, path).unwrap();
        }),
        ("a file that comes", |path| {
            fs::write(path.join("schemas/a.ncl"), "{ a = import \"b.ncl\" }").unwrap();
            fs::write(path.join("schemas/b.ncl"), "2").unwrap();
        }),
        ("a file that goes and comes", |path| {
            fs::remove_file(path.join("schemas/a.ncl")).unwrap();
            fs::write(path.join("schemas/a.ncl"), "{ a = 2 }").unwrap();
        }),
        ("an import that changes", |path| {
            fs::write(path.join("part.ncl"), "2").unwrap();
            fs::write(path.join("schemas/a.ncl"), "{ a = import \"../part.ncl\" }").unwrap();
        }),
    ];
    for (what, change) in changes {
        let world = World::new();
        let path = world.template("home/a", "1.0.0", &[]);
        world.write("home/a/schemas/a.ncl", "{ a = 1 }");
        world.register(&[&path]);
        let manager = world.manager();
        let before = load(&manager, "a").unwrap();
        assert_eq!(before.schemas["a"]["a"], 1, "{what}");
        change(&path);
        assert!(schema(&path).exists());
        // Another process sees the same as this one.
        for manager in [&manager, &world.manager()] {
            let after = load(manager, "a").unwrap();
            assert_eq!(after.schemas["a"]["a"], 2, "{what}");
            assert_ne!(before.fingerprint, after.fingerprint, "{what}");
        }
        assert_eq!(manager.metrics().hits, 0, "{what}");
    }
}

#[test]
fn a_touch_is_a_hit_and_keeps_what_is_loaded() {
    let world = World::new();
    let path = world.template("a", "1.0.0", &[]);
    let schema = world.write("a/schemas/a.ncl", "{ a = 1 }");
    world.register(&[&path]);
    let manager = world.manager();
    let before = load(&manager, "a").unwrap();
    let file = fs::OpenOptions::new().append(true).open(&schema).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(60))
        .unwrap();
    // Another file with the same text, too.
    fs::write(path.join("copy"), "{ a = 1 }").unwrap();
    fs::rename(path.join("copy"), &schema).unwrap();
    // What is no part of the extension changes nothing.
    world.write("a/.git/HEAD", "x");
    world.write("a/provisioning.lock", "x");
    let after = load(&manager, "a").unwrap();
    assert!(Arc::ptr_eq(&before, &after));
    assert_eq!(manager.metrics().hits, 1);
}

#[test]
fn another_version_in_the_same_place_is_loaded_as_what_it_is() {
    let world = World::new();
    let path = world.template("a", "1.0.0", &[]);
    world.register(&[&path]);
    let manager = world.manager();
    load(&manager, "a").unwrap();
    world.template("a", "1.1.0", &[]);
    assert_eq!(load(&manager, "a").unwrap().metadata.version, "1.1.0");
    // There is one of it, and it is a hit again.
    assert_eq!(manager.list_loaded_extensions().len(), 1);
    let hits = manager.metrics().hits;
    load(&manager, "a").unwrap();
    assert_eq!(manager.metrics().hits, hits + 1);
    let version = |version: &str| {
        manager.load_extension(ExtensionType::Template, "a", Some(version.to_owned()))
    };
    assert_eq!(version("1.1.0").unwrap().metadata.version, "1.1.0");
    // What is registered says 1.0.0 still, and is not there any more.
    let error = version("1.0.0").unwrap_err();
    assert!(matches!(error, LoadError::Moved { .. }), "{error:?}");
    assert!(error.help().unwrap().starts_with("it is version 1.1.0 now"));
}

#[test]
fn what_is_registered_elsewhere_by_now_is_loaded_from_there() {
    let world = World::new();
    let old = world.template("old/a", "1.0.0", &[]);
    let new = world.template("new/a", "1.0.0", &[]);
    world.register(&[&old]);
    let manager = world.manager();
    assert_eq!(load(&manager, "a").unwrap().directory(), old);
    world.register(&[&new]);
    assert_eq!(load(&manager, "a").unwrap().directory(), new);
    // And so is what is in another registry.
    let other = World::new();
    let third = other.template("a", "1.0.0", &[]);
    other.register(&[&third]);
    let config = Config {
        data_dir: other.root().join("data"),
        ..manager.config().clone()
    };
    assert_eq!(
        load(&manager.configured(config), "a").unwrap().directory(),
        third
    );
}

#[test]
fn needs_that_change_are_seen_through_what_needs_them() {
    let world = World::new();
    let a = world.template("a", "1.0.0", &["b ^1"]);
    let b = world.template("b", "1.0.0", &[]);
    world.register(&[&a, &b]);
    let manager = world.manager();
    let versions = || -> Vec<String> {
        manager
            .list_loaded_extensions()
            .iter()
            .map(|one| format!("{} {}", one.metadata.name, one.metadata.version))
            .collect()
    };
    load(&manager, "a").unwrap();
    assert_eq!(versions(), ["a 1.0.0", "b 1.0.0"]);
    // A newer one is registered.
    let newer = world.template("newer/b", "1.2.0", &[]);
    world.register(&[&newer]);
    load(&manager, "a").unwrap();
    assert_eq!(versions(), ["a 1.0.0", "b 1.0.0", "b 1.2.0"]);
    // The chosen one gets a need that nothing satisfies: the other one is chosen.
    manager.clear_cache();
    load(&manager, "a").unwrap();
    world.template("newer/b", "1.2.0", &["gone"]);
    load(&manager, "a").unwrap();
    assert_eq!(versions(), ["a 1.0.0", "b 1.0.0", "b 1.2.0"]);
    // And then that one, too.
    world.template("b", "1.0.0", &["gone"]);
    let error = load(&manager, "a").unwrap_err();
    assert!(
        matches!(&error, LoadError::MissingDependencies { missing, .. } if missing[0].name == "gone"),
        "{error:?}"
    );
}

/// What packages leave out may be imported all the same.
#[test]
fn what_is_left_out_of_packages_and_imported_is_looked_at() {
    let world = World::new();
    let path = world.root().join("x");
    copy(&example("taskservs/containerd"), &path);
    let add = |file: &str, text: &str| {
        let file = path.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + text).unwrap();
    };
    add(
        "metadata.toml",
        "\n[build]\nexclude = [\"vendor\", \"parts\"]\n",
    );
    add("nulib/mod.nu", "\nexport use ../vendor/v.nu *\n");
    add("vendor/v.nu", "export def vv []: nothing -> int { 1 }\n");
    add("schemas/imported.ncl", "{ a = import \"../parts/a.ncl\" }");
    add("parts/a.ncl", "1");
    let manager = world.manager();
    let seen = |manager: &ExtensionManager| {
        let loaded = manager
            .load_directory(&path, None, None, None, false)
            .unwrap();
        let usage = loaded.operation("vv").unwrap().usage();
        (usage, loaded.schemas["imported"]["a"].clone())
    };
    assert_eq!(
        seen(&manager),
        ("vv []: nothing -> int".to_owned(), 1.into())
    );
    fs::write(
        path.join("vendor/v.nu"),
        "export def vv []: nothing -> bool { true }\n",
    )
    .unwrap();
    fs::write(path.join("parts/a.ncl"), "2").unwrap();
    for manager in [&world.manager(), &manager] {
        assert_eq!(
            seen(manager),
            ("vv []: nothing -> bool".to_owned(), 2.into())
        );
    }
    fs::write(path.join("parts/a.ncl"), "3").unwrap();
    let reloaded = manager.reload(None, None);
    assert!(reloaded[0].is_changed);
}

/// What is not registered is looked for each time, so that it does not matter what was loaded from elsewhere.
#[test]
fn another_place_to_search_means_another_extension() {
    let world = World::new();
    let here = world.template("here/app", "1.0.0", &[]);
    let there = world.template("there/app", "1.0.0", &[]);
    let manager = world.manager();
    let in_place = |folder: &str| {
        let config = Config {
            extension_dirs: vec![world.root().join(folder)],
            ..manager.config().clone()
        };
        manager
            .configured(config)
            .load_extension(ExtensionType::Template, "app", Some("1.0.0".to_owned()))
            .map(|loaded| loaded.directory())
    };
    assert_eq!(in_place("here").unwrap(), here);
    assert_eq!(in_place("there").unwrap(), there);
    assert!(matches!(
        in_place("nowhere"),
        Err(LoadError::NotFound { .. })
    ));
}

#[test]
fn a_need_that_was_read_again_by_itself_is_seen_by_what_needs_it() {
    let world = World::new();
    let top = world.template("top", "1.0.0", &["dep"]);
    let dep = world.template("dep", "1.0.0", &[]);
    world.register(&[&top, &dep]);
    let manager = world.manager();
    load(&manager, "top").unwrap();
    world.template("dep", "1.0.0", &["gone"]);
    manager.reload(None, Some("dep"));
    let wanted = Wanted {
        kind: None,
        name: "top".to_owned(),
        version: VersionRequest::Latest,
    };
    assert!(manager.loaded(&wanted, true).unwrap().is_none());
    let error = load(&manager, "top").unwrap_err();
    assert!(
        matches!(error, LoadError::MissingDependencies { .. }),
        "{error:?}"
    );
    // What failed with its needs is not loaded.
    assert!(!manager.is_extension_loaded(ExtensionType::Template, "top"));
}

#[test]
fn needs_that_are_found_are_searched_for_again() {
    let world = World::new();
    world.template("extensions/top", "1.0.0", &["dep"]);
    let dep = world.template("extensions/dep", "1.0.0", &[]);
    let manager = world.manager();
    let versions = || -> Vec<String> {
        load(&manager, "top").unwrap();
        manager
            .list_loaded_extensions()
            .iter()
            .map(|one| format!("{} {}", one.metadata.name, one.metadata.version))
            .collect()
    };
    assert_eq!(versions(), ["dep 1.0.0", "top 1.0.0"]);
    fs::rename(&dep, dep.with_file_name("elsewhere")).unwrap();
    assert_eq!(versions(), ["dep 1.0.0", "top 1.0.0"]);
    world.template("extensions/newer/dep", "1.5.0", &[]);
    assert!(versions().contains(&"dep 1.5.0".to_owned()));
}

#[test]
fn reloading_reads_again_and_tells_what_fails() {
    let world = World::new();
    let a = world.template("a", "1.0.0", &[]);
    let b = world.template("b", "1.0.0", &[]);
    world.register(&[&a, &b]);
    let manager = world.manager();
    for name in ["a", "b"] {
        load(&manager, name).unwrap();
    }
    world.template("a", "2.0.0", &[]);
    world.write("b/metadata.toml", "[extension\n");
    let reloaded = manager.reload(None, None);
    assert_eq!(reloaded.len(), 2);
    assert_eq!(reloaded[0].before.version, Version::new(1, 0, 0));
    assert_eq!(
        reloaded[0].result.as_ref().unwrap().metadata.version,
        "2.0.0"
    );
    assert!(matches!(
        reloaded[1].result,
        Err(LoadError::LoadFailed { .. })
    ));
    let left: Vec<String> = manager
        .list_loaded_extensions()
        .iter()
        .map(|one| one.metadata.version.clone())
        .collect();
    assert_eq!(left, ["2.0.0"]);
    let again = manager
        .reload_extension(ExtensionType::Template, "a")
        .unwrap();
    assert_eq!(again.metadata.version, "2.0.0");
}

#[cfg(unix)]
#[test]
fn a_module_of_a_library_that_changes_is_seen() {
    let world = World::new();
    let lib = world.root().join("lib");
    let before = world.root().join("before");
    fs::create_dir_all(&before).unwrap();
    world.write(
        "lib/shared.nu",
        "export def helper []: nothing -> int { 1 }\n",
    );
    let path = world.root().join("custom");
    let from = example("taskservs/containerd");
    copy(&from, &path);
    let module = path.join("nulib/mod.nu");
    let mut text = fs::read_to_string(&module).unwrap();
    text.push_str("\nexport use shared.nu helper\n");
    fs::write(&module, text).unwrap();
    let builder = || world.builder().lib_dirs([before.clone(), lib.clone()]);
    let manager = builder().build();
    let usage = |manager: &ExtensionManager| {
        let loaded = manager
            .load_directory(&path, None, None, None, false)
            .unwrap();
        loaded.operation("helper").unwrap().usage()
    };
    assert_eq!(usage(&manager), "helper []: nothing -> int");
    fs::write(
        lib.join("shared.nu"),
        "export def helper []: nothing -> string { '1' }\n",
    )
    .unwrap();
    for manager in [&manager, &builder().build()] {
        assert_eq!(usage(manager), "helper []: nothing -> string");
    }
    // Another list of directories may mean another module.
    let other = world.root().join("other");
    world.write(
        "other/shared.nu",
        "export def helper []: nothing -> float { 1.0 }\n",
    );
    let elsewhere = manager.configured(Config {
        lib_dirs: vec![other],
        ..manager.config().clone()
    });
    assert_eq!(usage(&elsewhere), "helper []: nothing -> float");
    assert_eq!(usage(&manager), "helper []: nothing -> string");
    // One that is found earlier takes its place.
    world.write(
        "before/shared.nu",
        "export def helper []: nothing -> bool { true }\n",
    );
    for manager in [&manager, &builder().build()] {
        assert_eq!(usage(manager), "helper []: nothing -> bool");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
