//! The registry as a whole.

use rusqlite::Connection;

use super::*;
use crate::metadata::Dependency;

fn extension(kind: ExtensionType, name: &str, version: &str, path: &str) -> Extension {
    Extension {
        kind,
        name: name.to_owned(),
        version: Version::parse(version).unwrap(),
        path: PathBuf::from(path),
        package: None,
        description: Some(format!("about {name}")),
        dependencies: vec![Dependency::read("containerd >=1.6.0", "here").unwrap()],
    }
}

fn taskserv(name: &str, version: &str, path: &str) -> Extension {
    extension(ExtensionType::Taskserv, name, version, path)
}

fn batch(extensions: &[Extension]) -> Batch<'_> {
    Batch {
        extensions,
        only: None,
        took: Duration::ZERO,
    }
}

/// Registers one batch.
fn register(
    registry: &mut Registry,
    extensions: &[Extension],
    force: bool,
) -> Result<Registration, RegistryError> {
    let mut all = registry.register(&[batch(extensions)], force)?;
    Ok(all.remove(0))
}

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn registry(&self) -> Registry {
        Registry::open(self.0.path()).unwrap()
    }
}

fn keys(rows: &[Registered]) -> Vec<String> {
    rows.iter()
        .map(|row| format!("{}:{}:{}", row.kind, row.name, row.version))
        .collect()
}

#[test]
fn what_is_registered_comes_back_sorted_and_whole() {
    let home = Home::new();
    let mut registry = home.registry();
    for (name, version, path) in [
        ("b", "1.10.0", "/b10"),
        ("b", "1.9.0", "/b9"),
        ("a", "1.0.0", "/a"),
    ] {
        register(&mut registry, &[taskserv(name, version, path)], false).unwrap();
    }
    let one = register(
        &mut registry,
        &[extension(ExtensionType::Provider, "z", "1.0.0", "/z")],
        false,
    )
    .unwrap();
    assert!(!one.replaced);
    let rows = home.registry().list(None).unwrap();
    assert_eq!(
        keys(&rows),
        [
            "provider:z:1.0.0",
            "taskserv:a:1.0.0",
            "taskserv:b:1.9.0",
            "taskserv:b:1.10.0"
        ]
    );
    assert_eq!(rows[0].dependencies, one.rows[0].dependencies);
    assert_eq!(rows[0].description.as_deref(), Some("about z"));
    assert!(
        (rows[0].registered_at - one.rows[0].registered_at).abs()
            < chrono::Duration::milliseconds(1)
    );
    assert_eq!(
        keys(&registry.list(Some(ExtensionType::Provider)).unwrap()),
        ["provider:z:1.0.0"]
    );
}

#[test]
fn the_same_directory_is_refreshed_and_another_one_refused() {
    let home = Home::new();
    let mut registry = home.registry();
    register(&mut registry, &[taskserv("a", "1.0.0", "/one")], false).unwrap();
    assert!(
        register(&mut registry, &[taskserv("a", "1.0.0", "/one")], false)
            .unwrap()
            .replaced
    );
    let refused = register(&mut registry, &[taskserv("a", "1.0.0", "/two")], false).unwrap_err();
    assert_eq!(refused.code().as_str(), "registry::taken");
    assert_eq!(registry.list(None).unwrap()[0].path, Path::new("/one"));
    assert!(
        register(&mut registry, &[taskserv("a", "1.0.0", "/two")], true)
            .unwrap()
            .replaced
    );
    assert_eq!(registry.list(None).unwrap()[0].path, Path::new("/two"));
    // A new version in the same directory takes the place of the old one.
    assert!(
        register(&mut registry, &[taskserv("a", "1.1.0", "/two")], false)
            .unwrap()
            .replaced
    );
    assert_eq!(keys(&registry.list(None).unwrap()), ["taskserv:a:1.1.0"]);
}

#[test]
fn a_bundle_is_registered_as_a_whole_or_not_at_all() {
    let home = Home::new();
    let mut registry = home.registry();
    register(
        &mut registry,
        &[taskserv("db", "1.0.0", "/elsewhere")],
        false,
    )
    .unwrap();
    let bundle = [
        taskserv("new", "1.0.0", "/bundle"),
        taskserv("db", "1.0.0", "/bundle"),
    ];
    assert!(register(&mut registry, &bundle, false).is_err());
    assert_eq!(keys(&registry.list(None).unwrap()), ["taskserv:db:1.0.0"]);
}

#[test]
fn one_type_of_a_bundle_leaves_the_others_as_they_are() {
    let home = Home::new();
    let mut registry = home.registry();
    let bundle = [
        taskserv("db", "1.0.0", "/bundle"),
        extension(ExtensionType::Provider, "cloud", "1.0.0", "/bundle"),
    ];
    register(&mut registry, &bundle, false).unwrap();
    let one = Batch {
        extensions: &bundle[..1],
        only: Some(ExtensionType::Taskserv),
        took: Duration::ZERO,
    };
    assert!(registry.register(&[one], false).unwrap()[0].replaced);
    assert_eq!(registry.list(None).unwrap().len(), 2);
}

#[test]
fn several_directories_are_registered_together_or_not_at_all() {
    let home = Home::new();
    let mut registry = home.registry();
    register(&mut registry, &[taskserv("a", "1.0.0", "/a")], false).unwrap();
    let (new, taken) = (
        [taskserv("new", "1.0.0", "/new")],
        [taskserv("a", "1.0.0", "/other")],
    );
    assert!(
        registry
            .register(&[batch(&new), batch(&taken)], false)
            .is_err()
    );
    assert_eq!(keys(&registry.list(None).unwrap()), ["taskserv:a:1.0.0"]);
}

#[test]
fn the_best_version_is_found_and_close_names_are_offered() {
    let home = Home::new();
    let mut registry = home.registry();
    for (version, path) in [("1.0.0", "/1"), ("2.0.0-rc.1", "/2"), ("1.5.0", "/15")] {
        register(
            &mut registry,
            &[taskserv("containerd", version, path)],
            false,
        )
        .unwrap();
    }
    let find = |request: &str| {
        registry
            .find("containerd", None, &VersionRequest::read(request).unwrap())
            .map(|row| row.version.to_string())
    };
    assert_eq!(find("latest").unwrap(), "1.5.0");
    assert_eq!(find("1.0.0").unwrap(), "1.0.0");
    assert_eq!(find("<1.5").unwrap(), "1.0.0");
    assert_eq!(
        find("9.9.9").unwrap_err().help().unwrap(),
        "registered versions: 1.0.0, 1.5.0, 2.0.0-rc.1"
    );
    let error = registry
        .find("containrd", None, &VersionRequest::Latest)
        .unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `containerd`?");
}

#[test]
fn a_name_of_two_types_has_to_be_told_apart() {
    let home = Home::new();
    let mut registry = home.registry();
    register(&mut registry, &[taskserv("buildkit", "1.0.0", "/t")], false).unwrap();
    register(
        &mut registry,
        &[extension(ExtensionType::Cluster, "buildkit", "1.0.0", "/c")],
        false,
    )
    .unwrap();
    let error = registry.unregister("buildkit", None, None).unwrap_err();
    assert_eq!(error.code().as_str(), "registry::ambiguous");
    assert_eq!(
        registry
            .unregister("buildkit", Some(ExtensionType::Cluster), None)
            .unwrap(),
        1
    );
    assert_eq!(
        keys(&registry.list(None).unwrap()),
        ["taskserv:buildkit:1.0.0"]
    );
    assert!(registry.unregister("nothing", None, None).is_err());
}

#[test]
fn one_version_or_all_can_be_forgotten() {
    let home = Home::new();
    let mut registry = home.registry();
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        register(
            &mut registry,
            &[taskserv("a", version, &format!("/{version}"))],
            false,
        )
        .unwrap();
    }
    let request = VersionRequest::read("1.0.0").unwrap();
    assert_eq!(registry.unregister("a", None, Some(&request)).unwrap(), 1);
    assert_eq!(registry.unregister("a", None, None).unwrap(), 2);
}

#[test]
fn many_writers_lose_nothing() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let home = &home;
            scope.spawn(move || {
                let mut registry = home.registry();
                for n in 0..10 {
                    let name = format!("w{writer}-{n}");
                    register(
                        &mut registry,
                        &[taskserv(&name, "1.0.0", &format!("/{name}"))],
                        false,
                    )
                    .unwrap();
                }
            });
        }
    });
    assert_eq!(home.registry().list(None).unwrap().len(), 80);
}

#[test]
fn a_row_edited_by_hand_is_reported() {
    let home = Home::new();
    let mut registry = home.registry();
    register(&mut registry, &[taskserv("a", "1.0.0", "/a")], false).unwrap();
    let direct = Connection::open(home.0.path().join(crate::store::FILE_NAME)).unwrap();
    direct
        .execute("UPDATE extension SET version = 'one'", [])
        .unwrap();
    assert_eq!(
        registry.list(None).unwrap_err().code().as_str(),
        "store::corrupt"
    );
}

#[test]
fn a_generation_that_cannot_be_told_is_another_one_each_time() {
    for sql in ["DELETE FROM generation", "DROP TABLE generation"] {
        let home = tempfile::tempdir().unwrap();
        let registry = Registry::open(home.path()).unwrap();
        assert_eq!(
            registry.generation().unwrap(),
            registry.generation().unwrap()
        );
        let change = |connection: &rusqlite::Connection| connection.execute_batch(sql);
        registry.store().read(change).unwrap();
        let told: std::collections::BTreeSet<i64> =
            (0..3).map(|_| registry.generation().unwrap()).collect();
        assert_eq!(told.len(), 3, "{sql}");
        assert!(told.iter().all(|number| *number < -1), "{sql}");
    }
}
