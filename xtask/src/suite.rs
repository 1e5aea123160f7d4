//! A script of tests in Nushell: finding it, running it, believing it or not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use crate::{
    error::{Error, Result},
    process,
    tally::Tally,
};

/// Runs a script of tests, showing what it prints.
pub(crate) fn run(script: &str, command: &mut Command) -> Result<Option<Tally>> {
    let (status, output) = process::tee(command)?;
    let tally = Tally::closing(&output);
    match judge(status, &output, tally) {
        Ok(()) => Ok(tally),
        Err(detail) => Err(Error::Suite {
            script: script.into(),
            detail,
            tally,
        }),
    }
}

/// Holds a script's exit code, its closing line and its output against each other: a script that
/// only defines its tests ends well without having run one.
fn judge(
    status: ExitStatus,
    output: &str,
    tally: Option<Tally>,
) -> std::result::Result<(), String> {
    match tally {
        Some(tally) if tally.failed > 0 => Err(format!("{tally} ({status})")),
        _ if !status.success() => Err(format!("failed ({status})")),
        Some(Tally { passed: 0, .. }) => Err("ran no test".into()),
        None if output.trim().is_empty() => {
            Err("printed nothing, so nothing shows that it ran a test".into())
        }
        _ => Ok(()),
    }
}

/// Returns every file under `folder` whose path ends with `suite`, sorted.
pub(crate) fn all_under(folder: &Path, suite: &str) -> Result<Vec<PathBuf>> {
    let mut suites = Vec::new();
    if folder.is_dir() {
        collect(folder, suite, &mut suites)?;
    }
    suites.sort();
    Ok(suites)
}

/// Adds what is under `folder`, without following symbolic links.
fn collect(folder: &Path, suite: &str, suites: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::file("list", folder))? {
        let entry = entry.map_err(Error::file("list", folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(Error::file("look at", &path))?;
        if kind.is_dir() {
            collect(&path, suite, suites)?;
        } else if path.ends_with(suite) {
            suites.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: &str = "tests/run_all_tests.nu";

    #[test]
    fn test_scripts_are_found_at_any_depth_in_order() -> Result<()> {
        let root = tempfile::tempdir().map_err(Error::file("create a folder in", "/tmp"))?;
        for script in [
            "providers/b/tests/run_all_tests.nu",
            "providers/a/tests/run_all_tests.nu",
            "c/tests/unit_tests.nu",
            "d/run_all_tests.nu",
        ] {
            let path = root.path().join(script);
            let folder = path.parent().unwrap_or(root.path());
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
            fs::write(&path, "").map_err(Error::file("write", &path))?;
        }
        let found: Vec<PathBuf> = ["a", "b"]
            .iter()
            .map(|name| root.path().join("providers").join(name).join(SUITE))
            .collect();
        assert_eq!(all_under(root.path(), SUITE)?, found);
        assert!(all_under(&root.path().join("absent"), SUITE)?.is_empty());
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn script_is_believed_only_if_code_and_closing_line_agree() {
        use std::os::unix::process::ExitStatusExt as _;

        let (good, bad) = (ExitStatus::from_raw(0), ExitStatus::from_raw(1 << 8));
        let judge = |status, output| judge(status, output, Tally::closing(output));
        let error = |status, output| judge(status, output).err().unwrap_or_default();
        assert_eq!(error(good, "0 passed, 0 failed"), "ran no test");
        assert_eq!(
            error(good, "2 passed, 1 failed"),
            "2 passed, 1 failed (exit status: 0)"
        );
        assert_eq!(error(bad, "2 passed, 0 failed"), "failed (exit status: 1)");
        assert!(error(good, "\n").starts_with("printed nothing"));
        assert_eq!(judge(good, "fine"), Ok(()));
        assert_eq!(judge(good, "2 passed, 0 failed"), Ok(()));
    }
}
