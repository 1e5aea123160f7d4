//! A shell to run code in: its own home, its own registry, the plugin loaded.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The plugin that is tested.
pub(crate) const PLUGIN: &str = env!("CARGO_BIN_EXE_nu_plugin_provisioning");

/// Returns the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the examples.
pub(crate) fn examples() -> PathBuf {
    repository().join("examples")
}

/// Returns the Nushell to test with; without one, nothing can be tested.
pub(crate) fn nu() -> PathBuf {
    let own = repository().join("target/nushell/node_modules/@nushell");
    let installed = own
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|platform| {
            platform
                .path()
                .join("bin")
                .join(format!("nu{}", std::env::consts::EXE_SUFFIX))
        })
        .find(|nu| nu.is_file());
    std::env::var_os("PROVISIONING_TEST_NU")
        .map(PathBuf::from)
        .or(installed)
        .unwrap_or_else(|| {
            panic!(
                "there is no Nushell to test with: run `cargo xtask setup` or `cargo xtask test`"
            )
        })
}

/// A shell with a home of its own.
pub(crate) struct Shell {
    home: TempDir,
    directory: PathBuf,
    variables: Vec<(String, String)>,
    standard_library: bool,
}

impl Shell {
    /// Returns a shell whose current directory is its empty home.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            directory: home.path().canonicalize().unwrap(),
            home,
            variables: Vec::new(),
            standard_library: false,
        }
    }

    /// Returns a shell in the examples.
    pub(crate) fn in_examples() -> Self {
        Self::new().at(examples())
    }

    /// Starts in another directory.
    pub(crate) fn at(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Sets an environment variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Loads Nushell's standard library, which most tests do without.
    pub(crate) fn with_standard_library(mut self) -> Self {
        self.standard_library = true;
        self
    }

    /// Returns the home, canonical.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().canonicalize().unwrap()
    }

    /// Returns the data directory of the plugin.
    pub(crate) fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    /// Writes a file in the home.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Writes a small extension in the home.
    pub(crate) fn extension(&self, directory: &str, kind: &str, version: &str) -> PathBuf {
        let name = directory.rsplit('/').next().unwrap();
        self.file(
            &format!("{directory}/metadata.toml"),
            format!("[extension]\nname = \"{name}\"\ntype = \"{kind}\"\nversion = \"{version}\"\n"),
        );
        self.home().join(directory)
    }

    /// Returns the process that runs code, not started yet.
    pub(crate) fn command(&self, code: &str) -> Command {
        let home = self.home();
        let mut command = Command::new(nu());
        command
            .arg("-n")
            .args((!self.standard_library).then_some("--no-std-lib"))
            .args(["--plugins", &format!("[{PLUGIN}]"), "-c", code])
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_DATA_HOME", home.join("share"))
            .env("PROVISIONING_DATA_DIR", self.data())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs code.
    pub(crate) fn run(&self, code: &str) -> Ran {
        Ran::new(self, self.command(code).output().unwrap())
    }

    /// Runs code that has to succeed and returns what it prints.
    #[track_caller]
    pub(crate) fn ok(&self, code: &str) -> String {
        let ran = self.run(code);
        assert!(ran.success, "{code}\n{}\n{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs code that has to succeed and returns its value.
    #[track_caller]
    pub(crate) fn value(&self, code: &str) -> Value {
        let printed = self.ok(&format!("{code} | to json --raw"));
        serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{code}: {error}: {printed}"))
    }

    /// Runs code that has to fail and returns what the user sees.
    #[track_caller]
    pub(crate) fn fails(&self, code: &str) -> String {
        let ran = self.run(code);
        assert!(!ran.success, "{code} succeeded: {}", ran.stdout);
        ran.stderr
    }

    /// Runs code that has to fail and returns the error as a script sees it: `{msg, code, help, labels, inner}`.
    #[track_caller]
    pub(crate) fn error(&self, code: &str) -> Value {
        self.value(&format!(
            "try {{ {code} | ignore; 'no error' }} catch {{|error| $error.details | select msg code help labels inner }}"
        ))
    }
}

/// What a run gave, with everything that differs between machines taken out.
pub(crate) struct Ran {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn new(shell: &Shell, output: Output) -> Self {
        let clean = |bytes: Vec<u8>| {
            String::from_utf8_lossy(&bytes)
                .replace(&shell.home().display().to_string(), "[HOME]")
                .replace(&repository().display().to_string(), "[REPO]")
                .trim_end()
                .to_owned()
        };
        Self {
            success: output.status.success(),
            stdout: clean(output.stdout),
            stderr: clean(output.stderr),
        }
    }
}

/// Returns the texts of a list or a column.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("not a list: {value}"))
        .iter()
        .map(|item| item.as_str().unwrap_or("(not text)"))
        .collect()
}
