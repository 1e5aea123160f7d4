//! What a test is about.

use std::fmt;
use std::path::Path;

/// What a file of tests is about, by its folder or its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Commands by themselves: `tests/unit/`, `unit_tests.nu`, and whatever says nothing else.
    Unit,
    /// Several together: `tests/integration/`, `integration_tests.nu`.
    Integration,
    /// The whole: `tests/e2e/`, `e2e_tests.nu`.
    EndToEnd,
}

impl Kind {
    /// Every kind, in the order in which they run.
    pub const ALL: [Kind; 3] = [Kind::Unit, Kind::Integration, Kind::EndToEnd];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Unit => "unit",
            Kind::Integration => "integration",
            Kind::EndToEnd => "e2e",
        }
    }

    /// Returns the kind of a file; the path is the one below the folder of tests. Folders say more than names.
    pub(super) fn of(path: &Path) -> Self {
        let folders = path.parent().unwrap_or(Path::new(""));
        let folder = folders.iter().rev().find_map(|folder| {
            let folder = folder.to_str()?.to_lowercase();
            Kind::ALL
                .into_iter()
                .find(|kind| folder == kind.as_str() || folder == format!("{kind}_tests"))
        });
        let name = path
            .file_stem()
            .map(|name| name.to_string_lossy().to_lowercase());
        let named = || {
            let name = name.unwrap_or_default();
            let mut words = name.split(['_', '-', '.']);
            words.find_map(|word| Kind::ALL.into_iter().find(|kind| word == kind.as_str()))
        };
        folder.or_else(named).unwrap_or(Kind::Unit)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Folders of what tests need and what is no test.
const ASIDE: [&str; 6] = ["fixtures", "fixture", "mocks", "mock", "helpers", "support"];

/// The script that runs all tests in older layouts.
const RUN_ALL: &str = "run_all_tests.nu";

/// Whether a file is looked at at all; the path is the one below the folder of tests.
pub(super) fn is_looked_at(path: &Path) -> bool {
    let mut folders = path.parent().unwrap_or(Path::new("")).iter();
    let is_aside = folders.any(|folder| ASIDE.iter().any(|aside| folder == *aside));
    !is_aside && path.file_name().is_some_and(|name| name != RUN_ALL)
}

/// Whether a file says that it holds tests, by its name or its folder.
pub(super) fn is_named_as_test(path: &Path) -> bool {
    let folders = path.parent().unwrap_or(Path::new(""));
    let is_in_folder = folders
        .iter()
        .any(|folder| Kind::ALL.iter().any(|kind| folder == kind.as_str()));
    let name = path
        .file_stem()
        .map(|name| name.to_string_lossy().to_lowercase());
    let mut words = name.as_deref().unwrap_or_default().split(['_', '-', '.']);
    is_in_folder || words.any(|word| word == "test" || word == "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_names_tell_the_kind() {
        let kind = |path: &str| Kind::of(Path::new(path));
        assert_eq!(kind("unit_tests.nu"), Kind::Unit);
        assert_eq!(kind("unit/provider_test.nu"), Kind::Unit);
        assert_eq!(kind("integration_tests.nu"), Kind::Integration);
        assert_eq!(kind("integration/a/unit_test.nu"), Kind::Integration);
        assert_eq!(kind("provider_integration_test.nu"), Kind::Integration);
        assert_eq!(kind("e2e/full_stack_test.nu"), Kind::EndToEnd);
        assert_eq!(kind("test-e2e.nu"), Kind::EndToEnd);
        assert_eq!(kind("service_tests.nu"), Kind::Unit);
    }

    #[test]
    fn helpers_are_no_tests() {
        assert!(!is_looked_at(Path::new("run_all_tests.nu")));
        assert!(!is_looked_at(Path::new("fixtures/a_test.nu")));
        assert!(!is_looked_at(Path::new("unit/mocks/a_test.nu")));
        assert!(is_looked_at(Path::new("fixture.nu")));
        assert!(!is_named_as_test(Path::new("fixture.nu")));
        assert!(is_named_as_test(Path::new("unit/anything.nu")));
        assert!(is_named_as_test(Path::new("provider_test.nu")));
        assert!(is_named_as_test(Path::new("test_provider.nu")));
        assert!(!is_named_as_test(Path::new("latest.nu")));
    }
}
