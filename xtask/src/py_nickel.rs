//! The reference that Nickel files are compared with: the real `nickel`, as a package of PyPI.
//!
//! Compiling Nickel's own program takes ten minutes; the package brings the same evaluator ready made.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    error::{Error, Result},
    output, process, staging,
    workspace::Workspace,
};

/// The version of the package, which is Nickel's. A test of the plugin compares it with the plugin's.
pub(crate) const VERSION: &str = "1.18.0";

/// How long Python has to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Prints the version of the package in the folder that follows, and evaluates something with it.
const TRIAL: &str = "\
import sys
sys.path.insert(0, sys.argv[1])
from importlib.metadata import distributions
import nickel
print(*(it.version for it in distributions(name='py-nickel', path=sys.path[:1])), nickel.run('1 + 1'))";

/// The package, ready to be imported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PyNickel {
    /// The folder to put on Python's search path.
    pub(crate) folder: PathBuf,
    /// The Python that it was installed for.
    pub(crate) python: OsString,
}

/// Returns the package, installing it if it is not there or of no use.
pub(crate) fn ensure_py_nickel(workspace: &Workspace) -> Result<PyNickel> {
    let found = PyNickel {
        folder: workspace.target.join("py-nickel"),
        python: python(env::var_os("PYTHON")),
    };
    if !found.is_usable()? {
        found.install()?;
    }
    Ok(found)
}

/// Returns the Python that the variable `PYTHON` names, or else the one on the search path.
fn python(variable: Option<OsString>) -> OsString {
    variable
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| if cfg!(windows) { "python" } else { "python3" }.into())
}

impl PyNickel {
    /// Tells whether the package is there, of the right version, and works with this Python.
    fn is_usable(&self) -> Result<bool> {
        self.is_usable_in(&self.folder)
    }

    fn is_usable_in(&self, folder: &Path) -> Result<bool> {
        let mut trial = self.python();
        trial.args(["-c", TRIAL]).arg(folder);
        let answer = process::first_words(&mut trial, ANSWER_WITHIN)
            .map_err(|source| self.no_python(source.to_string()))?;
        Ok(answer.is_some_and(|answer| answer.trim() == format!("{VERSION} 2")))
    }

    /// Installs the package with pip, unless another process just did.
    fn install(&self) -> Result<()> {
        let _lock = staging::begin(&self.folder)?;
        if self.is_usable()? {
            return Ok(());
        }
        self.ask_for_pip()?;
        output::note(&format!("installing py-nickel {VERSION} with pip"));
        let staging = staging::beside(&self.folder)?;
        let staged = staging.path().join("py-nickel");
        fs::create_dir(&staged).map_err(Error::file("create", &staged))?;

        let mut command = self.pip_install(&staged);
        let failed = |detail: String| Error::NoPyNickel {
            command: process::describe(&self.pip_install(&self.folder)),
            detail,
        };
        // Standard output is for our own results.
        process::succeed(command.stdin(Stdio::null()).stdout(io::stderr()))
            .map_err(|error| failed(error.to_string()))?;
        if !self.is_usable_in(&staged)? {
            return Err(failed("it succeeded, but Python cannot use it".into()));
        }
        staging::replace(&self.folder, &staged)
    }

    /// Fails if there is no Python of the right version with pip.
    fn ask_for_pip(&self) -> Result<()> {
        let mut old = self.python();
        old.args(["-c", "import sys; print(sys.version_info >= (3, 11))"]);
        let answer = process::first_words(&mut old, ANSWER_WITHIN)
            .map_err(|source| self.no_python(source.to_string()))?;
        match answer.as_deref().map(str::trim) {
            Some("True") => {}
            Some("False") => return Err(self.no_python("it is older than 3.11".into())),
            _ => return Err(self.no_python("it does not answer as Python does".into())),
        }
        let mut pip = self.python();
        pip.args(["-m", "pip", "--version"]);
        let answer = process::first_words(&mut pip, ANSWER_WITHIN)
            .map_err(|source| self.no_python(source.to_string()))?;
        match answer {
            Some(answer) if answer.starts_with("pip ") => Ok(()),
            _ => Err(self.no_python("it has no pip".into())),
        }
    }

    /// Returns the command that installs into `folder`.
    fn pip_install(&self, folder: &Path) -> Command {
        let mut command = self.python();
        command
            .args(["-m", "pip", "install", "--quiet"])
            .args(["--only-binary", ":all:", "--no-deps", "--target"])
            .arg(folder)
            .arg(format!("py-nickel=={VERSION}"))
            // As variables, because an older pip refuses flags that it does not know.
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore");
        command
    }

    /// Returns Python, without the packages that the user has of their own.
    fn python(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command
    }

    fn no_python(&self, problem: String) -> Error {
        Error::NoPython {
            program: self.python.to_string_lossy().into_owned(),
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &Path, python: &str) -> PyNickel {
        PyNickel {
            folder: folder.join("py-nickel"),
            python: python.into(),
        }
    }

    /// What the error says, and what to do about it.
    fn told(result: Result<impl std::fmt::Debug>) -> String {
        match result {
            Err(error) => format!("{error}\n{}", error.hint().unwrap_or_default()),
            Ok(fine) => format!("no error, but {fine:?}"),
        }
    }

    #[test]
    fn python_can_be_named() {
        assert_eq!(python(Some("/opt/python".into())), "/opt/python");
        assert_eq!(python(Some("".into())), python(None));
    }

    #[test]
    fn missing_python_is_named_and_the_hint_says_how_to_get_it() {
        let told = told(at(&env::temp_dir(), "/no/such/python").is_usable());
        assert!(
            told.starts_with("`/no/such/python` is of no use: "),
            "{told}"
        );
        assert!(told.contains("PYTHON"), "{told}");
    }

    #[test]
    fn pip_is_asked_for_exactly_that_version() {
        let pip = at(Path::new("/t"), "python3").pip_install(Path::new("/t/staged"));
        assert_eq!(
            process::describe(&pip),
            "python3 -m pip install --quiet --only-binary :all: --no-deps --target /t/staged \
             py-nickel==1.18.0"
        );
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::PermissionsExt as _;

        use super::*;

        /// Writes an executable that plays Python.
        fn python(folder: &Path, script: &str) -> io::Result<String> {
            let path = folder.join("python");
            fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
            Ok(path.to_string_lossy().into_owned())
        }

        /// A Python whose pip makes a folder with a file, and which is content with that file.
        const FINE: &str = r#"
case $2 in
    pip) [ "$3" = --version ] && echo 'pip 1.0' || echo package > "$9/file" ;;
    *version_info*) echo True ;;
    *) [ "$(cat "$3/file")" = package ] && echo '1.18.0 2' ;;
esac"#;

        #[test]
        fn package_is_installed_once_and_repaired_when_broken() -> io::Result<()> {
            let root = tempfile::tempdir()?;
            let python = python(root.path(), FINE)?;
            let package = at(root.path(), &python);
            let file = package.folder.join("file");
            assert_eq!(package.is_usable().ok(), Some(false));
            for broken in [false, true] {
                if broken {
                    fs::write(&file, "half")?;
                    assert_eq!(package.is_usable().ok(), Some(false));
                }
                assert!(package.install().is_ok());
                assert_eq!(package.is_usable().ok(), Some(true));
                assert_eq!(fs::read_to_string(&file)?, "package\n");
            }
            // The package, its lock and the executable: nothing else is left.
            assert_eq!(fs::read_dir(root.path())?.count(), 3);
            Ok(())
        }

        #[test]
        fn what_keeps_pip_from_working_is_told() -> io::Result<()> {
            let root = tempfile::tempdir()?;
            for (script, problem) in [
                ("echo False", "it is older than 3.11"),
                ("echo hello", "it does not answer as Python does"),
                (
                    "case $2 in *version_info*) echo True;; esac",
                    "it has no pip",
                ),
            ] {
                let python = python(root.path(), script)?;
                let told = told(at(root.path(), &python).install());
                assert!(
                    told.starts_with(&format!("`{python}` is of no use: {problem}")),
                    "{told}"
                );
            }
            Ok(())
        }

        #[test]
        fn failing_pip_leaves_nothing_behind() -> io::Result<()> {
            let root = tempfile::tempdir()?;
            let script =
                "case $2$3 in pip--version) echo pip 1;; pipinstall) exit 3;; *) echo True;; esac";
            let package = at(root.path(), &python(root.path(), script)?);
            let told = told(package.install());
            assert!(
                told.starts_with("py-nickel 1.18.0 could not be installed"),
                "{told}"
            );
            assert!(told.contains("exit status: 3"), "{told}");
            assert!(!package.folder.exists());
            Ok(())
        }
    }
}
