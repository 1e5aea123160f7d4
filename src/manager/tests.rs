//! Loading as the library offers it. CLI-13 names these tests: `cargo test test_extension_loading`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::diagnostic::Explain as _;
use crate::extension::Directory;
use crate::registry::{Batch, Registry};

mod freshness;
mod memory;

/// Extensions in a directory of their own, and a registry.
pub(super) struct World {
    home: TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn root(&self) -> PathBuf {
        dunce::canonicalize(self.home.path()).unwrap()
    }

    pub(super) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a template, which needs no operations, and returns its directory.
    pub(super) fn template(&self, folder: &str, version: &str, needs: &[&str]) -> PathBuf {
        let name = folder
            .rsplit('/')
            .next()
            .unwrap()
            .split('@')
            .next()
            .unwrap();
        let needs = needs
            .iter()
            .map(|need| format!("\"{need}\""))
            .collect::<Vec<_>>()
            .join(", ");
        self.write(
            &format!("{folder}/metadata.toml"),
            &format!(
                "[extension]\nname = \"{name}\"\ntype = \"template\"\nversion = \"{version}\"\n\
                 [dependencies]\nextensions = [{needs}]\n"
            ),
        );
        self.root().join(folder)
    }

    pub(super) fn register(&self, paths: &[&Path]) {
        let directories: Vec<Directory> = paths
            .iter()
            .map(|path| Directory::open(path, None).unwrap())
            .collect();
        let batches: Vec<Batch<'_>> = directories
            .iter()
            .map(|directory| Batch {
                extensions: &directory.extensions,
                only: None,
                took: std::time::Duration::ZERO,
            })
            .collect();
        let mut registry = Registry::open(&self.root().join("data")).unwrap();
        registry.register(&batches, true).unwrap();
    }

    pub(super) fn builder(&self) -> ExtensionManagerBuilder {
        ExtensionManager::builder()
            .data_dir(self.root().join("data"))
            .cache_dir(self.root().join("cache"))
            .extension_dirs([self.root().join("extensions")])
            .jobs(1)
    }

    pub(super) fn manager(&self) -> ExtensionManager {
        self.builder().build()
    }
}

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/extensions")
        .join(path)
}

pub(super) fn load(manager: &ExtensionManager, name: &str) -> Result<Arc<Extension>, LoadError> {
    manager.load_extension(ExtensionType::Template, name, None)
}

mod test_extension_loading {
    use super::*;

    #[test]
    fn an_extension_is_loaded_with_everything_there_is_to_know() {
        let world = World::new();
        world.register(&[&example("taskservs/containerd")]);
        let manager = world.manager();
        let loaded = manager
            .load_extension(
                ExtensionType::Taskserv,
                "containerd",
                Some("1.7.0".to_owned()),
            )
            .unwrap();
        let ExtensionMetadata {
            name,
            version,
            extension_type,
            ..
        } = &loaded.metadata;
        assert_eq!((name.as_str(), version.as_str()), ("containerd", "1.7.0"));
        assert_eq!(*extension_type, ExtensionType::Taskserv);
        assert_eq!(loaded.directory(), example("taskservs/containerd"));
        let install = loaded.operation("install").unwrap();
        assert!(install.is_contract);
        assert_eq!(
            install.usage(),
            "install [config: record = {}, --check, --version: string]: nothing -> record"
        );
        let of_contract = loaded.operations.iter().filter(|one| one.is_contract);
        assert_eq!(of_contract.count(), 9);
        assert_eq!(
            loaded.schemas["version"]["taskserv_version"]["name"],
            "containerd"
        );
        assert!(loaded.fingerprint.starts_with("sha256:"));
        // The shape of the source documents' interface for web clients.
        let item = serde_json::to_value(&*loaded).unwrap();
        assert_eq!(item["metadata"]["extension_type"], "Taskserv");
        let fields: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["metadata", "path", "loaded_at"]);
    }

    #[test]
    fn the_disk_gives_the_same_as_the_files() {
        let world = World::new();
        world.register(&[
            &example("taskservs/containerd"),
            &example("clusters/buildkit"),
        ]);
        let first = world.manager();
        let second = world.manager();
        for (kind, name) in [
            (ExtensionType::Taskserv, "containerd"),
            (ExtensionType::Cluster, "buildkit"),
        ] {
            let wanted = Wanted {
                kind: Some(kind),
                name: name.to_owned(),
                version: VersionRequest::Latest,
            };
            let cold = first.load(&wanted, false).unwrap();
            let from_disk = second.load(&wanted, false).unwrap();
            assert_eq!(cold.metadata, from_disk.metadata);
            assert_eq!(cold.operations, from_disk.operations);
            assert_eq!(cold.schemas, from_disk.schemas);
            assert_eq!(cold.dependencies, from_disk.dependencies);
            assert_eq!(cold.fingerprint, from_disk.fingerprint);
        }
        assert_eq!(first.metrics().disk_hits, 0);
        assert_eq!(second.metrics().disk_hits, 2);
        assert_eq!(second.disk().unwrap().usage().entries, 2);
    }

    #[test]
    fn versions_are_exact_ranges_or_the_latest() {
        let world = World::new();
        let paths: Vec<PathBuf> = ["1.27.3", "1.28.0", "1.29.1", "2.0.0-rc.1"]
            .iter()
            .map(|version| world.template(&format!("all/{version}/kubernetes"), version, &[]))
            .collect();
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        world.register(&paths);
        let manager = world.manager();
        let loaded = |version: Option<&str>| {
            manager
                .load_extension(
                    ExtensionType::Template,
                    "kubernetes",
                    version.map(str::to_owned),
                )
                .map(|extension| extension.metadata.version.clone())
        };
        assert_eq!(loaded(Some("1.28.0")).unwrap(), "1.28.0");
        assert_eq!(loaded(Some("<1.29")).unwrap(), "1.28.0");
        assert_eq!(loaded(None).unwrap(), "1.29.1");
        assert_eq!(loaded(Some("latest")).unwrap(), "1.29.1");
        assert_eq!(loaded(Some("2.0.0-rc.1")).unwrap(), "2.0.0-rc.1");
        // They are kept beside each other.
        let keys: Vec<String> = manager
            .list_loaded_extensions()
            .iter()
            .map(|one| one.metadata.version.clone())
            .collect();
        assert_eq!(keys, ["1.28.0", "1.29.1", "2.0.0-rc.1"]);
        match loaded(Some("1.30.0")).unwrap_err() {
            LoadError::VersionMismatch { available, .. } => {
                let available: Vec<String> = available.iter().map(Version::to_string).collect();
                assert_eq!(available, ["1.27.3", "1.28.0", "1.29.1", "2.0.0-rc.1"]);
            }
            error => panic!("{error:?}"),
        }
        assert!(matches!(
            loaded(Some("one")).unwrap_err(),
            LoadError::BadVersion { .. }
        ));
    }

    #[test]
    fn what_is_not_there_is_told_with_close_names_and_places() {
        let world = World::new();
        let path = world.template("kubernetes", "1.0.0", &[]);
        world.register(&[&path]);
        world.template("extensions/nginx", "1.0.0", &[]);
        let manager = world.manager();
        for (wanted, close) in [("kuberntes", "kubernetes"), ("ngnix", "nginx")] {
            let error = load(&manager, wanted).unwrap_err();
            let help = error.help().unwrap();
            assert!(help.contains(&format!("did you mean `{close}`?")), "{help}");
            assert!(help.contains("looked in the registry, "), "{help}");
            assert!(matches!(error, LoadError::NotFound { .. }));
        }
        // What is found and not registered is loaded all the same.
        assert_eq!(load(&manager, "nginx").unwrap().metadata.version, "1.0.0");
        // Not as another type.
        let error = manager.load_extension(ExtensionType::Cluster, "nginx", None);
        assert!(matches!(error, Err(LoadError::NotFound { .. })));
        assert_eq!(manager.metrics().failures, 3);
    }

    #[test]
    fn needs_are_loaded_too_and_circles_are_survived() {
        let world = World::new();
        let a = world.template("a", "1.0.0", &["b ^1", "c"]);
        let b = world.template("b", "1.4.0", &["a >=1"]);
        let high = world.template("high/b", "2.0.0", &[]);
        world.register(&[&a, &b, &high]);
        world.template("extensions/c", "3.0.0", &["b <1.5"]);
        let manager = world.manager();
        load(&manager, "a").unwrap();
        let loaded: Vec<String> = manager
            .list_loaded_extensions()
            .iter()
            .map(|one| format!("{} {}", one.metadata.name, one.metadata.version))
            .collect();
        assert_eq!(loaded, ["a 1.0.0", "b 1.4.0", "c 3.0.0"]);
        // Without them, when that is wanted.
        let alone = world.builder().auto_load(false).build();
        load(&alone, "a").unwrap();
        assert_eq!(alone.list_loaded_extensions().len(), 1);
    }

    #[test]
    fn everything_that_is_missing_is_named() {
        let world = World::new();
        let a = world.template("a", "1.0.0", &["b", "nothing >=2", "c >=9"]);
        let b = world.template("b", "1.0.0", &["never"]);
        let c = world.template("c", "1.0.0", &[]);
        world.register(&[&a, &b, &c]);
        let error = load(&world.manager(), "a").unwrap_err();
        let LoadError::MissingDependencies { missing, .. } = &error else {
            panic!("{error:?}");
        };
        let named: Vec<String> = missing
            .iter()
            .map(|one| format!("{} {} for {}", one.name, one.version, one.needed_by))
            .collect();
        assert_eq!(named, ["nothing >=2 for a", "c >=9 for a", "never * for b"]);
        let findings: Vec<&str> = error
            .details()
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        assert_eq!(
            findings,
            [
                "`nothing` >=2, which `a` needs, is not there",
                "`c` >=9, which `a` needs, is not there; available: 1.0.0",
                "`never`, which `b` needs, is not there",
            ]
        );
    }

    #[test]
    fn every_need_that_cannot_be_loaded_is_told_with_who_needs_it() {
        let world = World::new();
        let mut paths = vec![world.template("top", "1.0.0", &["one", "two"])];
        for name in ["one", "two"] {
            paths.push(world.template(name, "1.0.0", &[]));
            world.write(&format!("{name}/schemas/a.ncl"), "{ a : Number = \"x\" }");
        }
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        world.register(&paths);
        let error = load(&world.manager(), "top").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`top` cannot be loaded without what it needs: `one`")
        );
        assert_eq!(error.details().len(), 2);
    }

    #[test]
    fn every_error_of_the_files_is_told_at_once() {
        let world = World::new();
        world.write(
            "extensions/bad/metadata.toml",
            "[extension]\nname = \"bad\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
        );
        world.write("extensions/bad/schemas/a.ncl", "{ a = b }");
        world.write("extensions/bad/schemas/b.ncl", "{ a : Number = \"x\" }");
        world.write("extensions/bad/nulib/mod.nu", "export def install [] { (");
        let manager = world.manager();
        let error = manager
            .load_extension(ExtensionType::Taskserv, "bad", None)
            .unwrap_err();
        let mut codes: Vec<&str> = error
            .details()
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        for code in ["nickel::type", "nickel::unbound", "nushell::brackets"] {
            assert!(codes.contains(&code), "{codes:?}");
        }
        assert!(!manager.is_extension_loaded(ExtensionType::Taskserv, "bad"));
        // Nothing of it is kept on disk.
        assert_eq!(manager.disk().unwrap().usage().entries, 0);
    }

    #[test]
    fn a_broken_test_keeps_nothing_from_being_loaded() {
        let world = World::new();
        world.write(
            "extensions/app/metadata.toml",
            "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n",
        );
        let module = crate::extension::Contract::of(ExtensionType::Taskserv).stubs();
        world.write("extensions/app/nulib/mod.nu", &module);
        world.write("extensions/app/tests/unit.nu", "def broken [ {");
        let manager = world.manager();
        let loaded = manager.load_extension(ExtensionType::Taskserv, "app", None);
        assert_eq!(loaded.unwrap().operations.len(), 10);
    }

    #[test]
    fn broken_metadata_are_told_by_the_name_that_was_asked_for() {
        let world = World::new();
        world.write("extensions/broken/metadata.toml", "[extension\n");
        let error = load(&world.manager(), "broken").unwrap_err();
        assert!(matches!(error, LoadError::LoadFailed { .. }), "{error:?}");
        assert_eq!(error.details()[0].code.as_str(), "metadata::syntax");
    }

    #[test]
    fn a_registered_directory_that_holds_something_else_is_told() {
        let world = World::new();
        let a = world.template("a", "1.0.0", &[]);
        world.register(&[&a]);
        world.write(
            "a/metadata.toml",
            "[extension]\nname = \"b\"\ntype = \"template\"\nversion = \"1.0.0\"\n",
        );
        let error = load(&world.manager(), "a").unwrap_err();
        assert!(matches!(error, LoadError::Moved { .. }), "{error:?}");
        assert!(
            error
                .help()
                .unwrap()
                .starts_with("it is template `b` 1.0.0 now")
        );
        std::fs::remove_dir_all(a).unwrap();
        let error = load(&world.manager(), "a").unwrap_err();
        assert!(matches!(error, LoadError::Moved { .. }), "{error:?}");
        // So it is for what needs it.
        let top = world.template("top", "1.0.0", &["a"]);
        world.register(&[&top]);
        let error = load(&world.manager(), "top").unwrap_err();
        let told = &error.details()[0].message;
        assert!(told.contains("is registered in"), "{told}");
    }

    #[test]
    fn several_threads_read_an_extension_once() {
        let world = World::new();
        world.register(&[&example("taskservs/containerd")]);
        let manager = world.manager();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    manager
                        .load_extension(ExtensionType::Taskserv, "containerd", None)
                        .unwrap()
                });
            }
        });
        let metrics = manager.metrics();
        assert_eq!((metrics.loads, metrics.disk_misses), (8, 1));
    }

    #[test]
    fn what_was_read_and_what_failed_is_written_down_and_hits_are_counted() {
        let world = World::new();
        let a = world.template("a", "1.0.0", &["b"]);
        let b = world.template("b", "2.0.0", &[]);
        world.register(&[&a, &b]);
        let manager = world.builder().audit(crate::audit::Log::default()).build();
        for _ in 0..5 {
            load(&manager, "a").unwrap();
        }
        load(&manager, "nothing").unwrap_err();
        world.write("a/metadata.toml", "[extension\n");
        load(&manager, "a").unwrap_err();
        manager.unload(None, "b", None);
        // What could not be read again is gone already.
        manager.clear_cache();
        let registry = Registry::open(&world.root().join("data")).unwrap();
        let records =
            crate::audit::page(registry.store(), &crate::audit::Filter::default(), 0, 100);
        let told: Vec<String> = records
            .unwrap()
            .iter()
            .map(|record| {
                format!(
                    "{} {} {} {} {}",
                    record.operation,
                    record.name.as_deref().unwrap_or("-"),
                    record.version.as_deref().unwrap_or("-"),
                    record.outcome,
                    record.count
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "register a 1.0.0 ok 1",
                "register b 2.0.0 ok 1",
                "load a 1.0.0 ok 1",
                "load b 2.0.0 ok 1",
                "load a 1.0.0 ok 4",
                "load nothing latest load::not-found 1",
                "load a latest load::failed 1",
                "unload b 2.0.0 ok 1",
            ]
        );
    }

    #[test]
    fn unloading_and_clearing_forget_and_the_disk_stays() {
        let world = World::new();
        let paths: Vec<PathBuf> = ["a", "b"]
            .iter()
            .map(|name| world.template(name, "1.0.0", &[]))
            .collect();
        world.register(&[&paths[0], &paths[1]]);
        let manager = world.manager();
        assert_eq!(manager.metrics().hit_ratio().to_bits(), 0.0_f64.to_bits());
        for name in ["a", "b", "a"] {
            load(&manager, name).unwrap();
        }
        assert_eq!(manager.unload(None, "a", None).len(), 1);
        assert!(!manager.is_extension_loaded(ExtensionType::Template, "a"));
        assert!(manager.is_extension_loaded(ExtensionType::Template, "b"));
        load(&manager, "a").unwrap();
        assert_eq!(manager.metrics().disk_hits, 1);
        manager.clear_cache();
        assert!(manager.is_empty());
        assert_eq!(manager.clear_disk(None).unwrap().entries, 2);
        assert_eq!(manager.disk().unwrap().usage(), Usage::default());
    }

    #[test]
    fn an_extension_is_loaded_by_its_directory() {
        let world = World::new();
        let manager = world.manager();
        let path = example("bundles/custom-cloud");
        let error = manager
            .load_directory(&path, None, None, None, false)
            .unwrap_err();
        assert!(matches!(error, LoadError::Several { .. }), "{error:?}");
        assert_eq!(
            error.help().unwrap(),
            "name one of them: provider `custom-cloud`, taskserv `custom-database`, cluster `custom-stack`"
        );
        let loaded = manager
            .load_directory(&path, Some(ExtensionType::Provider), None, None, false)
            .unwrap();
        assert_eq!(loaded.package.as_deref(), Some("custom-cloud"));
        assert!(
            manager
                .loaded_directory(
                    &loaded.directory(),
                    Some(ExtensionType::Provider),
                    Some("custom-cloud"),
                    false
                )
                .is_some()
        );
    }

    #[test]
    fn a_manager_of_two_paths_asks_the_nushell_for_its_version_when_it_matters() {
        let world = World::new();
        let path = world.write(
            "a/metadata.toml",
            "[extension]\nname = \"a\"\ntype = \"template\"\nversion = \"1.0.0\"\n\
             [compatibility]\nnushell_version = \">=9\"\n",
        );
        // A Nushell that is not there is taken for the one that this program was built for.
        let manager = ExtensionManager::new("/no/nu".to_owned(), "/no/program".to_owned())
            .reading_with(Evaluator::default(), Inspector::default());
        let error = manager
            .load_directory(path.parent().unwrap(), None, None, None, false)
            .unwrap_err();
        assert_eq!(error.details()[0].code.as_str(), "version::incompatible");
    }
}
