//! Finding the Nushell that the plugin is made for.

use std::{
    env,
    ffi::OsString,
    fmt,
    path::{self, Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    error::{Error, Result},
    install, npm, output, process,
    unusable::Unusable,
    version::{Line, Version},
    workspace::Workspace,
};

/// How long an executable has to answer `--version`.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A Nushell of the right version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Nu {
    /// The executable itself, never a wrapper; absolute.
    pub(crate) path: PathBuf,
    /// Its version.
    pub(crate) version: Version,
    /// Where it was found.
    pub(crate) origin: Origin,
}

/// Where a Nushell was found, most authoritative first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// The environment variable `NU`.
    Variable,
    /// The search path.
    SearchPath,
    /// The copy under the target folder.
    Own,
}

/// Returns a Nushell of the right version, installing one if there is none.
pub(crate) fn ensure_nu(workspace: &Workspace) -> Result<Nu> {
    let wanted = workspace.nushell_version()?;
    let search = Search {
        variable: env::var_os("NU"),
        search_path: env::var_os("PATH"),
        own: workspace.target.join("nushell"),
        wanted: wanted.line(),
        package: npm::platform_package(),
        ask: &ask_version,
        note: &output::note,
    };
    match search.run()? {
        Some(nu) => Ok(nu),
        None => install::install(&search, &wanted),
    }
}

/// A search for Nushell; all that it depends on is in here.
pub(crate) struct Search<'a> {
    /// What the environment variable `NU` says.
    pub(crate) variable: Option<OsString>,
    /// What the environment variable `PATH` says.
    pub(crate) search_path: Option<OsString>,
    /// The folder of our own copy.
    pub(crate) own: PathBuf,
    /// The versions that will do.
    pub(crate) wanted: Line,
    /// The npm package that holds the executable for this platform.
    pub(crate) package: Option<String>,
    /// Asks an executable for its version.
    pub(crate) ask: &'a dyn Fn(&Path) -> std::result::Result<Version, Unusable>,
    /// Tells the user what was passed over.
    pub(crate) note: &'a dyn Fn(&str),
}

impl Search<'_> {
    /// Returns the most authoritative usable Nushell. A set but unusable `NU` is an error.
    fn run(&self) -> Result<Option<Nu>> {
        if let Some(nu) = self.variable()? {
            return Ok(Some(nu));
        }
        Ok(self.on_search_path().or_else(|| self.own()))
    }

    /// Returns the Nushell that `NU` names, if it is set to something.
    fn variable(&self) -> Result<Option<Nu>> {
        let Some(value) = self.variable.as_ref().filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let given = Path::new(value);
        // A bare name is looked up as a shell would; all else is relative to where we are.
        let is_name = given.components().count() == 1 && given.is_relative();
        let path = is_name
            .then(|| self.named_on_search_path(given).into_iter().next())
            .flatten()
            .map_or_else(|| path::absolute(given), Ok)
            .map_err(Error::file("find", given))?;
        match self.accept(&path, Origin::Variable) {
            Ok(nu) => Ok(Some(nu)),
            Err(problem) => Err(Error::NuVariable {
                path,
                problem,
                wanted: self.wanted,
            }),
        }
    }

    /// Returns the first usable Nushell on the search path, noting those passed over.
    fn on_search_path(&self) -> Option<Nu> {
        let mut names = vec![npm::executable_name()];
        if cfg!(windows) {
            names.push("nu.cmd".into());
        }
        let found = names
            .iter()
            .flat_map(|name| self.named_on_search_path(Path::new(name)));
        self.first_usable(found, Origin::SearchPath)
    }

    /// Returns the usable Nushell in our own folder, noting one that is there but broken.
    fn own(&self) -> Option<Nu> {
        let nu = self.first_usable(self.candidates_in(&self.own), Origin::Own);
        if nu.is_none() && self.own.exists() {
            (self.note)(&format!(
                "the copy in {} is incomplete or out of date; it will be replaced",
                self.own.display()
            ));
        }
        nu
    }

    /// Returns the executables that npm or cargo have put into `folder`.
    pub(crate) fn candidates_in(&self, folder: &Path) -> Vec<PathBuf> {
        let by_npm = self
            .package
            .as_ref()
            .and_then(|package| npm::executable_under(folder, package));
        let by_cargo = folder.join("bin").join(npm::executable_name());
        by_npm
            .into_iter()
            .chain(Some(by_cargo).filter(|path| path.exists()))
            .collect()
    }

    /// Returns every file of that name on the search path.
    fn named_on_search_path(&self, name: &Path) -> Vec<PathBuf> {
        let folders = self.search_path.iter().flat_map(env::split_paths);
        folders
            .filter_map(|folder| path::absolute(folder.join(name)).ok())
            .filter(|path| path.is_file())
            .collect()
    }

    /// Returns the first of the executables that is usable, noting why the ones before are not.
    fn first_usable(&self, paths: impl IntoIterator<Item = PathBuf>, origin: Origin) -> Option<Nu> {
        for path in paths {
            match self.accept(&path, origin) {
                Ok(nu) => return Some(nu),
                Err(problem) => {
                    (self.note)(&format!("{} is passed over: it {problem}", path.display()));
                }
            }
        }
        None
    }

    /// Returns the Nushell at `path`, or behind it if it is npm's wrapper, if it is usable.
    pub(crate) fn accept(&self, path: &Path, origin: Origin) -> std::result::Result<Nu, Unusable> {
        let metadata = path.metadata().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Unusable::Missing,
            _ => Unusable::CannotRun(error),
        })?;
        if metadata.is_dir() {
            let inside = path.join(npm::executable_name());
            return Err(Unusable::Directory {
                inside: inside.is_file().then_some(inside),
            });
        }
        let path = self.unwrap_npm(path)?;
        let version = (self.ask)(&path)?;
        if !self.wanted.accepts(&version) {
            return Err(Unusable::WrongVersion {
                found: version,
                wanted: self.wanted,
            });
        }
        Ok(Nu {
            path,
            version,
            origin,
        })
    }

    /// Returns the executable behind npm's wrapper; `path` itself if it is no wrapper.
    fn unwrap_npm(&self, path: &Path) -> std::result::Result<PathBuf, Unusable> {
        if !npm::is_wrapper(path) {
            return Ok(path.to_owned());
        }
        let wrapper = path.canonicalize().map_err(Unusable::CannotRun)?;
        let empty = || Unusable::EmptyWrapper {
            package: self.package.clone(),
        };
        let package = self.package.as_ref().ok_or_else(empty)?;
        npm::executable_behind(&wrapper, package).ok_or_else(empty)
    }
}

/// Asks the executable at `path` for its version.
pub(crate) fn ask_version(path: &Path) -> std::result::Result<Version, Unusable> {
    let answer = process::first_words(Command::new(path).arg("--version"), ANSWER_WITHIN)
        .map_err(Unusable::CannotRun)?
        .ok_or(Unusable::Silent(ANSWER_WITHIN))?;
    let said: String = answer.trim().lines().next().unwrap_or_default().into();
    said.parse().map_err(|_| Unusable::NotNushell { said })
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Variable => "the environment variable NU",
            Self::SearchPath => "the search path",
            Self::Own => "the project's own copy",
        })
    }
}

#[cfg(test)]
mod tests;
