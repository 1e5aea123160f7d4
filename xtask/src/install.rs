//! Installing Nushell into the target folder.
//!
//! The work is done in a folder beside the final one and renamed into place once the executable
//! has answered with the right version, so a half-finished installation is never taken for a whole
//! one. A lock keeps two installations apart; the system frees it when its holder dies.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    error::{Error, Result},
    nu::{Nu, Origin, Search},
    output, process,
    unusable::Unusable,
    version::Version,
    workspace,
};

/// How the names of temporary folders beside our copy start.
const STAGING: &str = ".nushell-";

/// Installs Nushell `wanted` as our own copy, unless another process just did.
pub(crate) fn install(search: &Search<'_>, wanted: &Version) -> Result<Nu> {
    let parent = search.own.parent().unwrap_or(&search.own);
    fs::create_dir_all(parent).map_err(Error::file("create", parent))?;
    let _lock = lock(&search.own.with_extension("lock"))?;
    if let Some(nu) = usable_in(search, &search.own) {
        return Ok(nu);
    }
    sweep(parent)?;
    output::note(&format!("installing Nushell {wanted} with npm"));
    let npm = match install_with(npm_install, search, wanted) {
        Ok(nu) => return Ok(nu),
        Err(npm) => npm,
    };
    output::note(&format!("npm did not provide it: {npm}"));
    output::note(&format!(
        "building Nushell {wanted} with cargo; this takes about 20 minutes"
    ));
    install_with(cargo_install, search, wanted).map_err(|cargo| Error::NoNushell {
        wanted: wanted.clone(),
        npm: Box::new(npm),
        cargo: Box::new(cargo),
        own: search.own.clone(),
    })
}

/// Runs the command that `installer` makes for a staging folder, then puts that folder in place.
fn install_with(
    installer: fn(&Path, &Version) -> Command,
    search: &Search<'_>,
    wanted: &Version,
) -> Result<Nu> {
    let parent = search.own.parent().unwrap_or(&search.own);
    let staging = beside(parent)?;
    let staged = staging.path().join("nushell");
    fs::create_dir(&staged).map_err(Error::file("create", &staged))?;

    let mut command = installer(&staged, wanted);
    // Standard output is for our own results.
    process::succeed(command.stdin(Stdio::null()).stdout(io::stderr()))?;
    let unusable = |path, problem| Error::InstalledUnusable {
        command: process::describe(&command),
        path,
        problem,
    };
    let Some(path) = search.candidates_in(&staged).into_iter().next() else {
        return Err(unusable(staged, Unusable::NoExecutable));
    };
    if let Err(problem) = search.accept(&path, Origin::Own) {
        return Err(unusable(path, problem));
    }

    replace(&search.own, &staged)?;
    usable_in(search, &search.own)
        .ok_or_else(|| unusable(search.own.clone(), Unusable::NoExecutable))
}

/// Returns the usable Nushell in `folder`, if there is one.
fn usable_in(search: &Search<'_>, folder: &Path) -> Option<Nu> {
    search
        .candidates_in(folder)
        .into_iter()
        .find_map(|path| search.accept(&path, Origin::Own).ok())
}

/// Returns the npm command that installs into `folder`.
fn npm_install(folder: &Path, version: &Version) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command
        .args(["install", "--prefix"])
        .arg(folder)
        .args(["--no-save", "--no-audit", "--no-fund"])
        // The package asks for a Node that only its wrapper needs, which we never run.
        .arg("--loglevel=error")
        .arg(format!("nushell@{version}"))
        .current_dir(folder);
    command
}

/// Returns the cargo command that installs into `folder`.
fn cargo_install(folder: &Path, version: &Version) -> Command {
    let mut command = Command::new(workspace::cargo());
    command
        .args(["install", "nu", "--locked", "--version"])
        .arg(format!("={version}"))
        .arg("--root")
        .arg(folder);
    command
}

/// Puts the folder `staged` in the place of `own`, whatever is there.
fn replace(own: &Path, staged: &Path) -> Result<()> {
    let parent = own.parent().unwrap_or(own);
    // Removed at the end of the function, with the former copy in it.
    let retired = beside(parent)?;
    match fs::rename(own, retired.path().join("nushell")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Error::file("move away", own)(error));
        }
        _ => {}
    }
    fs::rename(staged, own).map_err(Error::file("move the new copy to", own))
}

/// Creates a temporary folder in `parent`.
fn beside(parent: &Path) -> Result<TempDir> {
    TempDir::with_prefix_in(STAGING, parent)
        .map_err(Error::file("create a temporary folder in", parent))
}

/// Removes what installations that were killed have left behind. Call it under the lock.
///
/// What cannot be removed stays: an installer may have survived us and still write there.
fn sweep(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent).map_err(Error::file("list", parent))? {
        let path = entry.map_err(Error::file("list", parent))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(STAGING) && path.is_dir() {
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

/// Waits until no other process installs. The lock lasts as long as the file is open.
fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).map_err(Error::file("create", path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            output::note("waiting for another process that is installing Nushell");
            file.lock().map_err(Error::file("lock", path))?;
        }
        Err(TryLockError::Error(error)) => return Err(Error::file("lock", path)(error)),
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_copy_takes_the_place_of_a_broken_one_and_nothing_is_left_beside_it() -> Result<()> {
        let parent = beside(&std::env::temp_dir())?;
        let (own, staged) = (parent.path().join("nushell"), parent.path().join("staged"));
        for round in ["first", "second"] {
            fs::create_dir(&staged).map_err(Error::file("create", &staged))?;
            let file = staged.join("file");
            fs::write(&file, round).map_err(Error::file("write", &file))?;
            replace(&own, &staged)?;
            let file = own.join("file");
            let text = fs::read_to_string(&file).map_err(Error::file("read", &file))?;
            assert_eq!(text, round);
        }
        let entries = fs::read_dir(parent.path()).map_err(Error::file("list", parent.path()))?;
        assert_eq!(entries.count(), 1);
        Ok(())
    }

    #[test]
    fn leavings_of_killed_installations_are_swept_and_nothing_else() -> Result<()> {
        let parent = beside(&std::env::temp_dir())?;
        for name in [".nushell-abc", "nushell", "debug"] {
            let path = parent.path().join(name);
            fs::create_dir(&path).map_err(Error::file("create", &path))?;
        }
        sweep(parent.path())?;
        assert!(!parent.path().join(".nushell-abc").exists());
        assert!(parent.path().join("nushell").exists());
        assert!(parent.path().join("debug").exists());
        Ok(())
    }

    #[test]
    fn installers_are_asked_for_exactly_that_version() {
        let version: Version = match "0.115.1".parse() {
            Ok(version) => version,
            Err(_) => unreachable!("it is a version"),
        };
        let folder = Path::new("/t/nushell");
        let npm = process::describe(&npm_install(folder, &version));
        assert!(npm.ends_with(
            "install --prefix /t/nushell --no-save --no-audit --no-fund --loglevel=error nushell@0.115.1"
        ));
        let cargo = process::describe(&cargo_install(folder, &version));
        assert!(
            cargo.ends_with("install nu --locked --version =0.115.1 --root /t/nushell"),
            "{cargo}"
        );
    }
}
