//! What there is on this machine besides extensions: programs and environment variables.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::lazy::Lazy;

/// Programs and environment variables. The values of variables are never kept: they may be secrets.
#[derive(Clone)]
pub struct Environment {
    has_variable: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    search_path: Lazy<Vec<PathBuf>>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("search_path", &self.search_path)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// Returns the environment of this process.
    pub fn of_this_process() -> Self {
        Self::asked(
            |name| std::env::var_os(name).is_some_and(|value| !value.is_empty()),
            || {
                let path = std::env::var_os("PATH").unwrap_or_default();
                std::env::split_paths(&path).collect()
            },
        )
    }

    /// Returns an environment in which these variables have a value and programs lie in these directories.
    pub fn new(
        variables: impl IntoIterator<Item = String>,
        search_path: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        let variables: BTreeSet<String> = variables.into_iter().collect();
        let search_path = search_path.into_iter().collect();
        Self::asked(move |name| variables.contains(name), || search_path)
    }

    /// Returns an environment that is asked when something needs it: whether a variable has a value and, once, in which
    /// directories programs lie.
    pub fn asked(
        has_variable: impl Fn(&str) -> bool + Send + Sync + 'static,
        search_path: impl FnOnce() -> Vec<PathBuf> + Send + 'static,
    ) -> Self {
        Self {
            has_variable: Arc::new(has_variable),
            search_path: Lazy::new(search_path),
        }
    }

    /// Whether a variable has a value.
    pub fn has_variable(&self, name: &str) -> bool {
        (self.has_variable)(name)
    }

    /// Whether there is a program of that name. A path is not a name: nothing is looked for elsewhere.
    pub fn has_program(&self, name: &str) -> bool {
        let mut parts = Path::new(name).components();
        if !matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        ) {
            return false;
        }
        self.search_path
            .get()
            .iter()
            .filter(|directory| directory.is_absolute())
            .any(|directory| is_program(&directory.join(name)))
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    ["", ".exe", ".cmd", ".bat"].iter().any(|extension| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        Path::new(&name).is_file()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_program_is_a_file_that_may_be_run() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        for (name, mode) in [("tool", 0o755), ("text", 0o644)] {
            let path = home.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        std::fs::create_dir(home.path().join("folder")).unwrap();
        let environment = Environment::new(
            ["A".to_owned()],
            [home.path().join("folder"), home.path().to_owned()],
        );
        assert!(environment.has_program("tool"));
        assert!(!environment.has_program("text") && !environment.has_program("folder"));
        let whole = home.path().join("tool").display().to_string();
        for path in ["", ".", "..", "../tool", "folder/../tool", &whole] {
            assert!(!environment.has_program(path), "{path}");
        }
        assert!(environment.has_variable("A") && !environment.has_variable("B"));
    }

    #[test]
    fn nothing_is_asked_that_nobody_needs() {
        let environment =
            Environment::asked(|name| name == "A", || panic!("nobody looks for a program"));
        assert!(environment.clone().has_variable("A"));
    }
}
