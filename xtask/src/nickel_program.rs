//! The peer of the benchmarks: the `nickel` program, of the version that the plugin has built in.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{self, Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    error::{Error, Result},
    output, process, py_nickel, staging,
    workspace::{self, Workspace},
};

/// The version of the program, which is that of the package that tests compare with.
pub(crate) const VERSION: &str = py_nickel::VERSION;

/// How long the program has to answer `--version`.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Returns the program that the variable `NICKEL` names, or else our own copy, which is built if it is not there or of no
/// use.
pub(crate) fn ensure_nickel(workspace: &Workspace) -> Result<PathBuf> {
    match env::var_os("NICKEL").filter(|name| !name.is_empty()) {
        Some(name) => named(name),
        None => ensure_own(&workspace.target.join("nickel"), cargo_install),
    }
}

/// Returns the program of this name. A bare name is looked up as a shell would; all else is relative to where we are.
fn named(name: OsString) -> Result<PathBuf> {
    let given = PathBuf::from(name);
    let path = if given.components().count() == 1 && !given.is_dir() {
        given
    } else {
        path::absolute(&given).map_err(Error::file("find", &given))?
    };
    match problem(&path) {
        None => Ok(path),
        Some(problem) => Err(Error::NickelVariable { path, problem }),
    }
}

/// Returns the program in the folder `own`; if there is none, `installer` makes the command that installs it.
fn ensure_own(own: &Path, installer: fn(&Path) -> Command) -> Result<PathBuf> {
    let program = in_folder(own);
    if problem(&program).is_none() {
        return Ok(program);
    }
    let _lock = staging::begin(own)?;
    if problem(&program).is_none() {
        return Ok(program);
    }
    output::note(&format!(
        "building the `nickel` program {VERSION} with cargo; this takes about 5 minutes, once"
    ));
    let staging = staging::beside(own)?;
    let staged = staging.path().join("nickel");
    fs::create_dir(&staged).map_err(Error::file("create", &staged))?;
    let failed = |detail: String| Error::NoNickel {
        command: process::describe(&installer(own)),
        detail,
    };
    // Standard output is for our own results.
    process::succeed(installer(&staged).stdin(Stdio::null()).stdout(io::stderr()))
        .map_err(|error| failed(error.to_string()))?;
    if let Some(problem) = problem(&in_folder(&staged)) {
        return Err(failed(format!("it succeeded, but the program {problem}")));
    }
    staging::replace(own, &staged)?;
    Ok(program)
}

/// Returns where cargo puts the program below the folder it installs into.
fn in_folder(folder: &Path) -> PathBuf {
    folder
        .join("bin")
        .join(format!("nickel{}", env::consts::EXE_SUFFIX))
}

/// Returns why the program is of no use, as in "the program ...", if it is not.
fn problem(program: &Path) -> Option<String> {
    match process::first_words(Command::new(program).arg("--version"), ANSWER_WITHIN) {
        Err(error) => Some(format!("cannot be run: {error}")),
        Ok(None) => Some(format!(
            "does not answer --version within {} seconds",
            ANSWER_WITHIN.as_secs()
        )),
        Ok(Some(answer)) => {
            let said = answer.lines().next().unwrap_or_default();
            let is_nickel = said.contains("nickel");
            let is_right = is_nickel && said.split_whitespace().any(|word| word == VERSION);
            (!is_right).then(|| format!("answers --version with `{said}`"))
        }
    }
}

/// Returns the cargo command that installs into `folder`. Without the feature `format` the program does not compile; the
/// other features are for a prompt and for packages.
fn cargo_install(folder: &Path) -> Command {
    let mut command = Command::new(workspace::cargo());
    command
        .args(["install", "nickel-lang-cli", "--locked", "--version"])
        .arg(format!("={VERSION}"))
        .args(["--no-default-features", "--features", "format", "--root"])
        .arg(folder);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the error says, and what to do about it.
    fn told(result: Result<impl std::fmt::Debug>) -> String {
        match result {
            Err(error) => format!("{error}\n{}", error.hint().unwrap_or_default()),
            Ok(fine) => format!("no error, but {fine:?}"),
        }
    }

    #[test]
    fn cargo_is_asked_for_exactly_that_version() {
        let cargo = process::describe(&cargo_install(Path::new("/t/nickel")));
        assert!(
            cargo.ends_with(
                "install nickel-lang-cli --locked --version =1.18.0 --no-default-features \
                 --features format --root /t/nickel"
            ),
            "{cargo}"
        );
    }

    #[test]
    fn missing_program_is_named_and_the_hint_says_what_to_set() {
        let told = told(named("/no/such/nickel".into()));
        assert!(
            told.starts_with(
                "the environment variable NICKEL names /no/such/nickel, which cannot be run: "
            ),
            "{told}"
        );
        assert!(told.contains("1.18.0"), "{told}");
    }

    #[cfg(unix)]
    mod unix {
        use super::*;

        /// Writes the program `bin/nickel` into a folder.
        const WRITE: &str = r#"mkdir -p "$0/bin" && printf '#!/bin/sh\necho "%s"\n' "$1" >"$0/bin/nickel" && chmod +x "$0/bin/nickel""#;

        /// A command that puts a program into a folder which says this of its version.
        ///
        /// Written by a process of its own: a file that is open for writing in a thread of ours cannot be run.
        fn saying(folder: &Path, says: &str) -> Command {
            let mut command = Command::new("sh");
            command.args(["-c", WRITE]).arg(folder).arg(says);
            command
        }

        fn fine(folder: &Path) -> Command {
            saying(folder, "nickel-lang-cli nickel 1.18.0 (rev cargore)")
        }

        fn failing(_: &Path) -> Command {
            Command::new("false")
        }

        #[test]
        fn only_the_right_version_of_nickel_will_do() -> Result<()> {
            let root = staging::beside(&env::temp_dir().join("nickel"))?;
            let path = in_folder(root.path());
            process::succeed(&mut fine(root.path()))?;
            assert_eq!(named(path.clone().into())?, path);
            for says in ["nickel-lang-cli nickel 1.17.0", "1.18.0", ""] {
                process::succeed(&mut saying(root.path(), says))?;
                let told = told(named(path.clone().into()));
                let problem = format!("which answers --version with `{says}`");
                assert!(told.contains(&problem), "{told}");
            }
            Ok(())
        }

        #[test]
        fn program_is_built_once_and_replaced_when_out_of_date() -> Result<()> {
            let root = staging::beside(&env::temp_dir().join("nickel"))?;
            let own = root.path().join("nickel");
            for old in [false, true] {
                if old {
                    process::succeed(&mut saying(&own, "nickel-lang-cli nickel 1.17.0"))?;
                }
                assert!(ensure_own(&own, failing).is_err());
                assert_eq!(ensure_own(&own, fine)?, in_folder(&own));
                assert_eq!(ensure_own(&own, failing)?, in_folder(&own));
            }
            // The copy and its lock: nothing else is left.
            let entries = fs::read_dir(root.path()).map_err(Error::file("list", root.path()))?;
            assert_eq!(entries.count(), 2);
            Ok(())
        }

        #[test]
        fn failing_build_is_told_with_the_command() -> Result<()> {
            let root = staging::beside(&env::temp_dir().join("nickel"))?;
            let own = root.path().join("nickel");
            let told = told(ensure_own(&own, failing));
            assert!(
                told.starts_with("the `nickel` program 1.18.0 could not be built"),
                "{told}"
            );
            assert!(told.contains("NICKEL"), "{told}");
            assert!(!own.exists());
            Ok(())
        }
    }
}
