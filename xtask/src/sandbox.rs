//! A throw-away home for Nushell, so that nothing of the user's is read or changed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    error::{Error, Result},
    nu::Nu,
    output, process,
};

/// Folders of the sandbox, and the variables that lead there.
const FOLDERS: &[(&str, &[&str])] = &[
    ("home", &["HOME", "USERPROFILE"]),
    ("config", &["XDG_CONFIG_HOME", "APPDATA"]),
    ("share", &["XDG_DATA_HOME", "LOCALAPPDATA"]),
    ("state", &["XDG_STATE_HOME"]),
    ("cache", &["XDG_CACHE_HOME"]),
    ("data", &["PROVISIONING_DATA_DIR"]),
];

/// Variables of the user's that would leak in; all of ours do as well.
const FOREIGN: &[&str] = &["NU_LIB_DIRS", "NU_PLUGIN_DIRS", "XDG_RUNTIME_DIR"];

/// How often, and how far apart, the removal of the sandbox is tried. A plugin process may outlive
/// its shell by a moment and write its last files.
const REMOVAL: (u32, Duration) = (20, Duration::from_millis(50));

/// A temporary home for Nushell.
pub(crate) struct Sandbox {
    folder: TempDir,
    root: PathBuf,
    nu: Nu,
}

impl Sandbox {
    /// Creates an empty sandbox in which `nu` is to run.
    pub(crate) fn new(nu: &Nu) -> Result<Self> {
        let temporary = env::temp_dir();
        let folder = TempDir::with_prefix("provisioning-")
            .map_err(Error::file("create a temporary folder in", temporary))?;
        // Scripts compare paths with what Nushell makes of them, without symbolic links.
        let root = if cfg!(unix) {
            let path = folder.path();
            path.canonicalize().map_err(Error::file("find", path))?
        } else {
            folder.path().to_owned()
        };
        for (name, _) in FOLDERS {
            let path = root.join(name);
            fs::create_dir(&path).map_err(Error::file("create", path))?;
        }
        Ok(Self {
            folder,
            root,
            nu: nu.clone(),
        })
    }

    /// Returns Nushell's file of registered plugins.
    pub(crate) fn registry(&self) -> PathBuf {
        self.root.join("plugins.msgpackz")
    }

    /// Returns a `nu` that runs in the sandbox. In it, `nu` means the same Nushell.
    pub(crate) fn nu(&self) -> Command {
        let mut command = Command::new(&self.nu.path);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("PROVISIONING_") {
                command.env_remove(name);
            }
        }
        for name in FOREIGN {
            command.env_remove(name);
        }
        for (folder, variables) in FOLDERS {
            for variable in *variables {
                command.env(variable, self.root.join(folder));
            }
        }
        let rest = env::var_os("PATH").unwrap_or_default();
        let first = self.nu.path.parent().map(Path::to_owned);
        if let Ok(path) = env::join_paths(first.into_iter().chain(env::split_paths(&rest))) {
            command.env("PATH", path);
        }
        command.stdin(Stdio::null());
        command
    }

    /// Registers the plugin as users do, with `plugin add`.
    pub(crate) fn add_plugin(&self, plugin: &Path) -> Result<()> {
        let mut command = self.nu();
        // The paths travel as data, whatever characters are in them.
        command
            .args(["--no-config-file", "--commands"])
            .arg("plugin add --plugin-config $env.XTASK_REGISTRY $env.XTASK_PLUGIN")
            .env("XTASK_REGISTRY", self.registry())
            .env("XTASK_PLUGIN", plugin);
        process::succeed(&mut command)
    }

    /// Returns a `nu` that runs `script` with the registered plugins, `library` on its search path.
    ///
    /// Not with `--no-config-file`: then Nushell would not load the registry, and a script could
    /// not say `plugin use`. Running a script reads no configuration of the user's anyway.
    pub(crate) fn script(&self, script: &Path, library: &Path) -> Command {
        let mut command = self.nu();
        command
            .arg("--plugin-config")
            .arg(self.registry())
            .arg("--include-path")
            .arg(library)
            .arg(script);
        command
    }

    /// Removes the sandbox. What cannot be removed is not worth failing for.
    pub(crate) fn remove(self) {
        let (attempts, pause) = REMOVAL;
        for attempt in 1..=attempts {
            match fs::remove_dir_all(&self.root) {
                Ok(()) => return,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return,
                Err(error) if attempt == attempts => output::note(&format!(
                    "{} could not be removed: {error}",
                    self.folder.path().display()
                )),
                Err(_) => thread::sleep(pause),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::{nu::Origin, version::NoVersion};

    fn sandbox() -> std::result::Result<Sandbox, Box<dyn std::error::Error>> {
        Ok(Sandbox::new(&Nu {
            path: env::temp_dir().join("some folder").join("nu"),
            version: "0.115.1".parse().map_err(|NoVersion| "no version")?,
            origin: Origin::Own,
        })?)
    }

    #[test]
    fn every_folder_that_nushell_may_write_to_is_inside_the_sandbox()
    -> std::result::Result<(), Box<dyn std::error::Error>> {
        let sandbox = sandbox()?;
        let command = sandbox.nu();
        let value = |name: &str| {
            let mut variables = command.get_envs();
            variables.find_map(|(key, value)| (key == OsStr::new(name)).then_some(value)?)
        };
        for name in [
            "HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "PROVISIONING_DATA_DIR",
        ] {
            let folder = PathBuf::from(value(name).unwrap_or_default());
            assert!(
                folder.starts_with(&sandbox.root) && folder.is_dir(),
                "{name}"
            );
        }
        let first = value("PATH").map(|path| env::split_paths(path).next());
        assert_eq!(first, Some(sandbox.nu.path.parent().map(Path::to_owned)));
        Ok(())
    }

    #[test]
    fn nothing_is_left_of_a_removed_sandbox() -> std::result::Result<(), Box<dyn std::error::Error>>
    {
        let sandbox = sandbox()?;
        let root = sandbox.root.clone();
        fs::write(root.join("data").join("registry.db"), "")?;
        sandbox.remove();
        assert!(!root.exists());
        Ok(())
    }
}
