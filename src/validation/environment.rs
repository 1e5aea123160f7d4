//! What there is on this machine besides extensions: programs and environment variables.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;

/// Programs and environment variables. The values of variables are not kept: they may be secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeSet<String>,
    search_path: Vec<PathBuf>,
}

impl Environment {
    /// Returns the environment of this process.
    pub fn of_this_process() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
        Self::new(
            set.filter_map(|(name, _)| name.into_string().ok()),
            std::env::split_paths(&path),
        )
    }

    /// Returns an environment in which these variables have a value and programs lie in these directories.
    pub fn new(
        variables: impl IntoIterator<Item = String>,
        search_path: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        Self {
            variables: variables.into_iter().collect(),
            search_path: search_path.into_iter().collect(),
        }
    }

    /// Whether a variable has a value.
    pub fn has_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// Whether there is a program of that name.
    pub fn has_program(&self, name: impl AsRef<OsStr>) -> bool {
        let name = name.as_ref();
        self.search_path
            .iter()
            .filter(|directory| directory.is_absolute())
            .any(|directory| is_program(&directory.join(name)))
    }
}

#[cfg(unix)]
fn is_program(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &std::path::Path) -> bool {
    ["", "exe", "cmd", "bat"]
        .iter()
        .any(|extension| path.with_extension(extension).is_file())
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
        let environment = Environment::new(["A".to_owned()], [home.path().to_owned()]);
        assert!(environment.has_program("tool"));
        assert!(!environment.has_program("text") && !environment.has_program("folder"));
        assert!(environment.has_variable("A") && !environment.has_variable("B"));
    }
}
