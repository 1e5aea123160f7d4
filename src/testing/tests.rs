//! Which tests are found, told by the inspector in this process.

use std::path::{Path, PathBuf};

use super::*;
use crate::extension::Directory;
use crate::nushell::Inspector;

/// Finds the tests of an extension with these files.
fn found(files: &[(&str, &str)], selection: &Selection) -> (tempfile::TempDir, Suite) {
    let home = tempfile::tempdir().unwrap();
    let metadata = "[extension]\nname = \"app\"\nversion = \"1.0.0\"\n\
                    [configuration]\nrequired_env = [\"APP_KEY\"]\noptional_env = [\"APP_MODE\"]\n";
    for (path, text) in files.iter().chain(&[("metadata.toml", metadata)]) {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let directory = Directory::open(home.path(), None).unwrap();
    let suite = find(&directory, selection, &Inspector::default(), &[], &|| false).unwrap();
    (home, suite)
}

/// Returns the files, each with its tests.
fn names(suite: &Suite) -> Vec<String> {
    let files = suite.files.iter();
    files
        .map(|file| {
            let path = file.path.strip_prefix(&suite.root).unwrap();
            let tests: Vec<&str> = file.tests.iter().map(|test| test.name.as_str()).collect();
            format!("{} {}: {}", file.kind, path.display(), tests.join(", "))
        })
        .collect()
}

#[test]
fn both_layouts_have_their_tests() {
    let test = "export def test_a [] {}\n";
    let (_home, suite) = found(
        &[
            ("tests/unit_tests.nu", test),
            ("tests/e2e/full_stack_test.nu", test),
            ("tests/integration/provider_integration_test.nu", test),
            ("tests/fixtures/x_test.nu", test),
            ("tests/run_all_tests.nu", test),
            ("nulib/mod.nu", test),
        ],
        &Selection::default(),
    );
    assert_eq!(
        names(&suite),
        [
            "unit tests/unit_tests.nu: test_a",
            "integration tests/integration/provider_integration_test.nu: test_a",
            "e2e tests/e2e/full_stack_test.nu: test_a",
        ]
    );
    assert_eq!(suite.extension, "app");
    assert_eq!(suite.variables, ["APP_KEY", "APP_MODE"]);
    assert!(!suite.calls_plugins);
    // A package has them beside its sources as well.
    let (_home, suite) = found(
        &[
            ("src/nulib/mod.nu", ""),
            ("src/tests/a_test.nu", test),
            ("tests/b_test.nu", test),
        ],
        &Selection::default(),
    );
    assert_eq!(
        names(&suite),
        [
            "unit src/tests/a_test.nu: test_a",
            "unit tests/b_test.nu: test_a"
        ]
    );
}

#[test]
fn what_is_asked_for_is_found_and_nothing_else() {
    let files = &[
        (
            "tests/unit/one_test.nu",
            "export def test_a [] {}\nexport def test_b [] {}\n",
        ),
        ("tests/unit/two_test.nu", "export def test_a [] {}\n"),
        ("tests/e2e/one_test.nu", "export def test_c [] {}\n"),
    ];
    let chosen = |selection: &dyn Fn(&Path) -> Selection| {
        let (home, _) = found(files, &Selection::default());
        let root = dunce::canonicalize(home.path()).unwrap();
        let directory = Directory::open(&root, None).unwrap();
        let selection = selection(&root);
        let suite = find(&directory, &selection, &Inspector::default(), &[], &|| {
            false
        })
        .unwrap();
        names(&suite)
    };
    let with = |paths: Vec<PathBuf>, filter: Option<&str>, kinds: Vec<Kind>| Selection {
        paths,
        filter: filter.map(str::to_owned),
        kinds,
    };
    assert_eq!(
        chosen(&|root| with(vec![root.join("tests/unit/one_test.nu")], None, Vec::new())),
        ["unit tests/unit/one_test.nu: test_a, test_b"]
    );
    assert_eq!(
        chosen(&|_| with(Vec::new(), Some("TEST_A"), Vec::new())),
        [
            "unit tests/unit/one_test.nu: test_a",
            "unit tests/unit/two_test.nu: test_a"
        ]
    );
    assert_eq!(
        chosen(&|_| with(Vec::new(), Some("one_"), vec![Kind::EndToEnd])),
        ["e2e tests/e2e/one_test.nu: test_c"]
    );
}

#[test]
fn a_broken_file_keeps_only_those_from_running_that_import_it() {
    let (_home, suite) = found(
        &[
            (
                "tests/a_test.nu",
                "use ./helper.nu *\nexport def test_a [] { helped }\n",
            ),
            ("tests/b_test.nu", "export def test_b [] {}\n"),
            ("tests/c_test.nu", "export def test_c [] { [1 }\n"),
            ("tests/helper.nu", "export def helped [] { (1 }\n"),
        ],
        &Selection::default(),
    );
    let broken: Vec<(String, usize)> = suite
        .files
        .iter()
        .map(|file| {
            let name = file.path.file_name().unwrap();
            (name.to_string_lossy().into_owned(), file.findings.len())
        })
        .collect();
    let is_broken = |name: &str| {
        let found = broken.iter().find(|(known, _)| known == name);
        found.map(|(_, count)| *count > 0)
    };
    assert_eq!(is_broken("a_test.nu"), Some(true));
    assert_eq!(is_broken("b_test.nu"), Some(false));
    assert_eq!(is_broken("c_test.nu"), Some(true));
    assert_eq!(is_broken("helper.nu"), Some(true));
}

#[test]
fn definitions_inside_of_others_are_nobodys() {
    let (_home, suite) = found(
        &[(
            "tests/a_test.nu",
            "export def test_a [] { def test_b [] {} }\nmodule m { export def test_c [] {} }\n",
        )],
        &Selection::default(),
    );
    assert_eq!(names(&suite), ["unit tests/a_test.nu: test_a"]);
}
