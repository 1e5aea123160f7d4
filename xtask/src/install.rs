//! Installing Nushell into the target folder.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    error::{Error, Result},
    nu::{Nu, Origin, Search},
    output, process, staging,
    unusable::Unusable,
    version::Version,
    workspace,
};

/// Installs Nushell `wanted` as our own copy, unless another process just did.
pub(crate) fn install(search: &Search<'_>, wanted: &Version) -> Result<Nu> {
    let _lock = staging::begin(&search.own)?;
    if let Some(nu) = usable_in(search, &search.own) {
        return Ok(nu);
    }
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
    let staging = staging::beside(&search.own)?;
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

    staging::replace(&search.own, &staged)?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
