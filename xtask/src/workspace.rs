//! Where things are: the repository, the target folder, the lock file.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str,
};

use crate::{
    error::{Error, Result},
    process,
    version::Version,
};

/// The crate whose locked version says which Nushell the plugin is for.
const PINNED_BY: &str = "nu-plugin";

/// The repository that we are in.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root Cargo.toml.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever it was told to have it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo where we are.
    pub(crate) fn discover() -> Result<Self> {
        let mut command = Command::new(cargo());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        // Set by `cargo run`; the current folder stays what it was, for a relative target folder.
        if let Some(own) = env::var_os("CARGO_MANIFEST_DIR") {
            command
                .arg("--manifest-path")
                .arg(Path::new(&own).join("Cargo.toml"));
        }
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| Error::Start {
                program: command.get_program().to_string_lossy().into_owned(),
                source,
            })?;
        process::check(&command, output.status)?;
        from_metadata(&output.stdout).map_err(|detail| Error::Metadata {
            command: process::describe(&command),
            detail,
        })
    }

    /// Returns `cargo SUBCOMMAND` for this workspace.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(cargo());
        command
            .arg(subcommand)
            .arg("--manifest-path")
            .arg(self.root.join("Cargo.toml"));
        command
    }

    /// Returns the version of Nushell that the plugin is built against.
    pub(crate) fn nushell_version(&self) -> Result<Version> {
        let path = self.root.join("Cargo.lock");
        let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        locked_version(&text, PINNED_BY).map_err(|detail| Error::Lock { path, detail })
    }

    /// Returns `path` as seen from the root, with `/` between its parts.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let parts: Vec<_> = path
            .strip_prefix(&self.root)
            .unwrap_or(path)
            .iter()
            .map(|part| part.to_string_lossy())
            .collect();
        parts.join("/")
    }
}

/// Returns the cargo that runs us, or else the one on the search path.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Reads the answer of `cargo metadata`.
fn from_metadata(json: &[u8]) -> std::result::Result<Workspace, String> {
    let metadata: serde_json::Value =
        serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let folder = |key: &str| {
        metadata[key]
            .as_str()
            .map(PathBuf::from)
            .ok_or_else(|| format!("no `{key}`"))
    };
    Ok(Workspace {
        root: folder("workspace_root")?,
        target: folder("target_directory")?,
    })
}

/// Returns the version at which the text of a Cargo.lock pins `package`.
fn locked_version(lock: &str, package: &str) -> std::result::Result<Version, String> {
    let versions: Vec<&str> = lock
        .split("[[package]]")
        .skip(1)
        .filter(|block| field(block, "name") == Some(package))
        .filter_map(|block| field(block, "version"))
        .collect();
    match versions[..] {
        [] => Err(format!("no package `{package}` in it")),
        [version] => version
            .parse()
            .map_err(|_| format!("`{package}` has the version `{version}`")),
        _ => Err(format!(
            "`{package}` is in it more than once: {}",
            versions.join(", ")
        )),
    }
}

/// Returns the text of `key = "text"` in a block of a Cargo.lock.
fn field<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    block.lines().find_map(|line| {
        line.strip_prefix(key)?
            .trim_start()
            .strip_prefix('=')?
            .trim()
            .strip_prefix('"')?
            .strip_suffix('"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"# generated
version = 4

[[package]]
name = "nu-plugin-core"
version = "0.114.0"

[[package]]
name = "nu-plugin"
version = "0.115.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "log",
]

[[package]]
name = "twice"
version = "1.0.0"

[[package]]
name = "twice"
version = "2.0.0"

[[package]]
name = "odd"
version = "one"
"#;

    #[test]
    fn version_comes_from_the_package_of_exactly_that_name() {
        let version = locked_version(LOCK, "nu-plugin").map(|version| version.to_string());
        assert_eq!(version.as_deref(), Ok("0.115.1"));
    }

    #[test]
    fn lines_may_end_as_they_do_on_windows() {
        let version = locked_version(&LOCK.replace('\n', "\r\n"), "nu-plugin");
        assert!(version.is_ok());
    }

    #[test]
    fn lock_file_without_one_clear_version_is_an_error() {
        let detail = |package| locked_version(LOCK, package).err().unwrap_or_default();
        assert_eq!(detail("absent"), "no package `absent` in it");
        assert_eq!(
            detail("twice"),
            "`twice` is in it more than once: 1.0.0, 2.0.0"
        );
        assert_eq!(detail("odd"), "`odd` has the version `one`");
    }

    #[test]
    fn own_lock_file_pins_nushell() -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let target = root.join("target");
        Workspace { root, target }.nushell_version().map(drop)
    }

    #[test]
    fn answer_of_cargo_metadata_is_read() {
        let json = br#"{"packages":[],"workspace_root":"/r","target_directory":"/elsewhere/t"}"#;
        let folders = from_metadata(json).map(|workspace| (workspace.root, workspace.target));
        assert_eq!(folders, Ok(("/r".into(), "/elsewhere/t".into())));
        assert_eq!(
            from_metadata(br#"{"workspace_root":"/r"}"#)
                .err()
                .as_deref(),
            Some("no `target_directory`")
        );
        assert!(from_metadata(b"error: no Cargo.toml").is_err());
    }

    #[test]
    fn paths_are_shown_from_the_root() {
        let workspace = Workspace {
            root: "/r".into(),
            target: "/t".into(),
        };
        assert_eq!(
            workspace.relative(Path::new("/r/nu/tests/run.nu")),
            "nu/tests/run.nu"
        );
    }
}
