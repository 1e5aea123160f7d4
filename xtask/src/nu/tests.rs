//! The search, in a made-up environment.

use std::{cell::RefCell, fs, io};

use super::*;

const PACKAGE: &str = "@nushell/linux-x64";

/// A folder with made-up executables, each a file whose text is the version it answers.
struct World {
    root: tempfile::TempDir,
    notes: RefCell<Vec<String>>,
}

impl World {
    fn new() -> io::Result<Self> {
        Ok(Self {
            root: tempfile::tempdir()?,
            notes: RefCell::default(),
        })
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Puts an executable at `path`.
    fn file(&self, path: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(&path, text)?;
        Ok(path)
    }

    /// Searches with `NU` and `PATH` set to paths in this world.
    fn search(&self, variable: Option<&str>, search_path: &[&str]) -> Result<Option<Nu>> {
        let ask = |path: &Path| {
            let said = fs::read_to_string(path).map_err(Unusable::CannotRun)?;
            said.parse().map_err(|_| Unusable::NotNushell { said })
        };
        let folders = search_path.iter().map(|folder| self.path(folder));
        Search {
            variable: variable.map(|path| match path {
                "" | "nu" => path.into(),
                _ => self.path(path).into_os_string(),
            }),
            search_path: env::join_paths(folders).ok(),
            own: self.path("target/nushell"),
            wanted: Line::from_version("0.115.1"),
            package: Some(PACKAGE.into()),
            ask: &ask,
            note: &|note| self.notes.borrow_mut().push(note.into()),
        }
        .run()
    }

    /// Searches, and returns the path found and its origin.
    fn found(&self, variable: Option<&str>, search_path: &[&str]) -> Option<(PathBuf, Origin)> {
        let nu = self.search(variable, search_path).ok().flatten()?;
        Some((nu.path, nu.origin))
    }

    /// Searches, and returns the message of the error.
    fn error(&self, variable: &str) -> String {
        match self.search(Some(variable), &["bin"]) {
            Err(error) => format!("{error}\n{}", error.hint().unwrap_or_default()),
            Ok(nu) => format!("no error, but {nu:?}"),
        }
    }
}

impl Line {
    fn from_version(text: &str) -> Self {
        match text.parse::<Version>() {
            Ok(version) => version.line(),
            Err(_) => unreachable!("{text} is a version"),
        }
    }
}

fn exe(folder: &str) -> String {
    format!("{folder}/{}", npm::executable_name())
}

#[test]
fn variable_goes_before_search_path_before_own_copy() -> io::Result<()> {
    let world = World::new()?;
    assert_eq!(world.found(None, &["bin"]), None);

    let own = world.file(
        &exe(&format!("target/nushell/node_modules/{PACKAGE}/bin")),
        "0.115.1",
    )?;
    assert_eq!(world.found(None, &["bin"]), Some((own, Origin::Own)));

    let on_path = world.file(&exe("bin"), "0.115.0")?;
    assert_eq!(
        world.found(None, &["bin"]),
        Some((on_path, Origin::SearchPath))
    );

    let named = world.file("elsewhere/my-nu", "0.115.3")?;
    assert_eq!(
        world.found(Some("elsewhere/my-nu"), &["bin"]),
        Some((named, Origin::Variable))
    );
    assert!(world.notes.borrow().is_empty());
    Ok(())
}

#[test]
fn empty_variable_counts_as_unset() -> io::Result<()> {
    let world = World::new()?;
    let nu = world.file(&exe("bin"), "0.115.1")?;
    assert_eq!(
        world.found(Some(""), &["bin"]),
        Some((nu, Origin::SearchPath))
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn bare_name_in_variable_is_looked_up_on_the_search_path() -> io::Result<()> {
    let world = World::new()?;
    let nu = world.file("bin/nu", "0.115.1")?;
    assert_eq!(
        world.found(Some("nu"), &["bin"]),
        Some((nu, Origin::Variable))
    );
    Ok(())
}

#[test]
fn variable_that_names_something_unusable_is_an_error_not_skipped() -> io::Result<()> {
    let world = World::new()?;
    world.file(&exe("bin"), "0.115.1")?;
    world.file("old", "0.113.0")?;
    world.file("cat", "cat (GNU coreutils) 9.1")?;
    world.file(&exe("folder"), "0.115.1")?;

    let old = world.error("old");
    assert!(
        old.contains("which is Nushell 0.113.0, but the plugin needs 0.115.x"),
        "{old}"
    );
    assert!(old.contains("or unset it"), "{old}");
    let cat = world.error("cat");
    assert!(
        cat.contains("is not Nushell: `--version` printed `cat (GNU"),
        "{cat}"
    );
    let absent = world.error("absent");
    assert!(absent.contains("absent, which does not exist"), "{absent}");
    let folder = world.error("folder");
    assert!(folder.contains("is a directory"), "{folder}");
    let inside = world.path(&exe("folder"));
    assert!(
        folder.contains(&format!("did you mean NU={}?", inside.display())),
        "{folder}"
    );
    Ok(())
}

#[test]
fn wrong_version_on_the_search_path_is_passed_over_with_a_note() -> io::Result<()> {
    let world = World::new()?;
    world.file(&exe("old"), "0.114.2")?;
    world.file(&exe("nightly"), "0.115.2-nightly.4")?;
    let right = world.file(&exe("right"), "0.115.1")?;
    assert_eq!(
        world.found(None, &["absent", "old", "nightly", "right"]),
        Some((right, Origin::SearchPath))
    );
    let notes = world.notes.borrow();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("is Nushell 0.114.2, but the plugin needs 0.115.x"));
    assert!(notes[1].contains("is Nushell 0.115.2-nightly.4"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn wrapper_on_the_search_path_leads_to_the_executable_behind_it() -> io::Result<()> {
    let world = World::new()?;
    let modules = "lib/node_modules";
    world.file(
        &format!("{modules}/nushell/lib/index.js"),
        "#!/usr/bin/env node\n",
    )?;
    fs::create_dir_all(world.path(&format!("{modules}/.bin")))?;
    std::os::unix::fs::symlink(
        "../nushell/lib/index.js",
        world.path(&format!("{modules}/.bin/nu")),
    )?;
    let folder = format!("{modules}/.bin");
    assert_eq!(world.found(None, &[&folder]), None);
    assert!(world.notes.borrow()[0].ends_with("`@nushell/linux-x64` is not installed"));

    let real = world.file(&format!("{modules}/{PACKAGE}/bin/nu"), "0.115.1")?;
    assert_eq!(
        world.found(None, &[&folder]),
        Some((real.canonicalize()?, Origin::SearchPath))
    );
    Ok(())
}

#[test]
fn own_copy_may_come_from_cargo_install() -> io::Result<()> {
    let world = World::new()?;
    let own = world.file(&exe("target/nushell/bin"), "0.115.1")?;
    assert_eq!(world.found(None, &[]), Some((own, Origin::Own)));
    Ok(())
}

#[test]
fn half_finished_or_outdated_own_copy_is_not_used() -> io::Result<()> {
    let world = World::new()?;
    let inner = exe(&format!("target/nushell/node_modules/{PACKAGE}/bin"));
    for text in ["", "0.113.0"] {
        world.file(&inner, text)?;
        world.notes.borrow_mut().clear();
        assert_eq!(world.found(None, &[]), None);
        let notes = world.notes.borrow();
        assert!(
            notes
                .iter()
                .any(|note| note.ends_with("it will be replaced")),
            "{notes:?}"
        );
    }
    Ok(())
}
