//! Components whose whole state is files of a test, and that do what the test tells them to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::processes::{Process, processes, until};
use crate::support::{Ran, Shell};

/// What is told of the settings of a taskserv.
const SCHEMA: &str = "{ ServiceConfig | not_exported = {
    port | Number | optional,
    replicas | Number | optional,
    password | String | optional,
    ..
} }\n";

/// A function that tells how the deployment is, and what is recorded of it.
pub(crate) const HOW: &str = "def how [] {
    let status = cluster status stack
    {status: $status, recorded: (cluster list-components stack)}
}";

/// The order in which the steps of `create` come with one job.
pub(crate) const CREATE: [(&str, &str); 5] = [
    ("box", "metal.create-server"),
    ("cache", "cache.install"),
    ("db", "db.install"),
    ("app", "app.install"),
    ("web", "web.install"),
];

/// The order in which those of `delete` come.
pub(crate) const DELETE: [(&str, &str); 5] = [
    ("web", "web.uninstall"),
    ("app", "app.uninstall"),
    ("db", "db.uninstall"),
    ("cache", "cache.uninstall"),
    ("box", "metal.delete-server"),
];

/// A shell with taskservs and a provider that are registered, and their state.
pub(crate) struct Lab {
    pub(crate) shell: Shell,
    folder: PathBuf,
}

impl Lab {
    /// Returns one with the taskservs `db` (1.0.0 and 2.0.0), `cache`, `app` and `web`, the provider `metal`, and the file
    /// `stack.json`.
    pub(crate) fn new() -> Self {
        Self::with(&["db", "cache", "app", "web"], stack())
    }

    /// Returns one with these taskservs and this cluster.
    pub(crate) fn with(names: &[&str], cluster: Value) -> Self {
        let shell = Shell::new();
        let folder = shell.home().join("lab");
        for part in ["there", "orders", "data"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        for name in names {
            taskserv(&shell, &format!("all/{name}"), name, "1.0.0");
        }
        taskserv(&shell, "all/db-2", "db", "2.0.0");
        shell.file(
            "all/metal/metadata.toml",
            format!(
                "{}[authentication]\nrequired_fields = [\"api_key\"]\n",
                metadata("metal", "provider", "1.0.0")
            ),
        );
        shell.file("all/metal/nulib/mod.nu", include_str!("provider.nu"));
        shell.file("stack.json", cluster.to_string());
        let shell = shell.with("LAB", folder.display().to_string());
        shell.ok("ls all | get name | each {|it| extension register $it } | ignore");
        Self { shell, folder }
    }

    /// Sets an environment variable.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.shell = self.shell.with(name, value);
        self
    }

    /// Tells `COMPONENT.OPERATION` what to do.
    pub(crate) fn order(&self, operation: &str, word: &str) {
        std::fs::write(self.folder.join("orders").join(operation), word).unwrap();
    }

    /// Tells it to do what it always does.
    pub(crate) fn free(&self, operation: &str) {
        std::fs::remove_file(self.folder.join("orders").join(operation)).unwrap();
    }

    /// Tells all of them that.
    pub(crate) fn obey(&self) {
        for entry in self.folder.join("orders").read_dir().unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    /// Returns every file that says that something is there, with its content.
    pub(crate) fn there(&self) -> BTreeMap<String, String> {
        files(&self.folder.join("there"))
    }

    /// Returns the names of what is there.
    pub(crate) fn names(&self) -> Vec<String> {
        self.there().into_keys().collect()
    }

    /// Makes something be not there any more, behind everybody's back.
    pub(crate) fn lose(&self, file: &str) {
        std::fs::remove_file(self.folder.join("there").join(file)).unwrap();
    }

    /// Whether the data of a component were kept.
    pub(crate) fn has_data(&self, name: &str) -> bool {
        self.folder.join("data").join(name).exists()
    }

    /// Returns the operations that were called since the last time, without those that only ask.
    pub(crate) fn calls(&self) -> Vec<String> {
        let file = self.folder.join("calls");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        std::fs::write(&file, "").unwrap();
        changes(&text).map(str::to_owned).collect()
    }

    /// Whether one was called.
    pub(crate) fn has_called(&self) -> bool {
        let text = std::fs::read_to_string(self.folder.join("calls"));
        changes(&text.unwrap_or_default()).next().is_some()
    }

    /// Waits until `COMPONENT.OPERATION` runs, and returns the process of its Nushell.
    pub(crate) fn running(&self, operation: &str) -> Process {
        let line = format!("{} ", operation.replace('.', " "));
        let begun = || -> Vec<Process> {
            let calls = std::fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
            let last = calls.lines().rev().find_map(|it| it.strip_prefix(&line));
            match last.and_then(|id| id.parse::<u32>().ok()) {
                Some(id) => processes(|process| process.id == id && process.state != 'Z'),
                None => Vec::new(),
            }
        };
        let mut found = until(begun, |found| !found.is_empty());
        found
            .pop()
            .unwrap_or_else(|| panic!("{operation} does not run"))
    }

    /// Runs code in the shell.
    pub(crate) fn run(&self, code: &str) -> Ran {
        self.shell.run(code)
    }

    /// Returns the error of a command, as `code: message`.
    pub(crate) fn fault(&self, code: &str) -> String {
        let error = self.shell.error(code);
        format!(
            "{}: {}",
            error["code"].as_str().unwrap_or("-"),
            error["msg"].as_str().unwrap_or("-")
        )
    }

    /// Returns `status` of `cluster status stack`.
    pub(crate) fn status(&self) -> String {
        let status = self.shell.value("cluster status stack | get status");
        status.as_str().unwrap().to_owned()
    }

    /// Checks that what is recorded is what is there and nothing else, that each component says so, and that nobody is at it.
    #[track_caller]
    pub(crate) fn is_consistent(&self, context: &str) {
        let told = self.shell.value(&format!("{HOW}; how"));
        self.is_as_told(&told, context);
    }

    /// The same, with what [`HOW`] has told.
    #[track_caller]
    pub(crate) fn is_as_told(&self, told: &Value, context: &str) {
        let status = &told["status"];
        assert_eq!(status["unfinished"], Value::Null, "{context}: {status}");
        assert_eq!(status["in_flight"], json!([]), "{context}: {status}");
        assert_eq!(status["held_by"], Value::Null, "{context}: {status}");
        let recorded = told["recorded"].as_array().unwrap();
        let expected = if recorded.is_empty() {
            "absent"
        } else {
            "running"
        };
        assert_eq!(status["status"], expected, "{context}: {status}");
        let mut of_records = BTreeMap::new();
        for one in recorded {
            let name = one["name"].as_str().unwrap();
            let mut config = one["config"].clone();
            if one["type"] == "server" {
                let fields = config.as_object_mut().unwrap();
                fields.remove("provider");
                fields.insert("hostname".to_owned(), json!(name));
                of_records.insert(format!("{name}.server"), config);
            } else {
                let there = json!({"version": one["version"], "config": config});
                of_records.insert(format!("{name}.json"), there);
            }
        }
        let of_files: BTreeMap<String, Value> = self
            .there()
            .into_iter()
            .map(|(name, text)| (name, serde_json::from_str(&text).unwrap_or(Value::Null)))
            .collect();
        assert_eq!(of_files, of_records, "{context}");
    }

    /// Returns the processes that have anything to do with this lab.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let home = self.shell.home().display().to_string();
        processes(|process| {
            let of = |file: &str| {
                let text = std::fs::read(format!("/proc/{}/{file}", process.id));
                String::from_utf8_lossy(&text.unwrap_or_default()).contains(&home)
            };
            process.id != std::process::id() && (of("environ") || of("cmdline"))
        })
    }

    /// Checks that none of them is left.
    #[track_caller]
    pub(crate) fn is_quiet(&self, context: &str) {
        let left = until(|| self.processes(), <[Process]>::is_empty);
        assert_eq!(left, [], "{context}: processes are left");
    }
}

/// Returns those of the calls in a text that change something. The last line may not be there as a whole.
fn changes(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'));
    lines
        .filter_map(|line| Some(line.rsplit_once(' ')?.0))
        .filter(|line| !line.ends_with(" status") && !line.ends_with(" list-servers"))
}

/// Returns the cluster of four waves that the tests bring up.
pub(crate) fn stack() -> Value {
    json!({"name": "stack", "components": [
        {"name": "box", "type": "server", "config": {"provider": "metal", "plan": "small"}},
        {"name": "cache", "type": "taskserv", "version": "1.0.0", "config": {"port": 6379}},
        {"name": "db", "type": "taskserv", "version": "1.0.0", "config": {"port": 5432}, "dependencies": ["box"]},
        {"name": "app", "type": "application", "config": {"replicas": 2}, "dependencies": ["db", "cache"]},
        {"name": "web", "type": "taskserv", "config": {"port": 80}, "dependencies": ["app"]},
    ]})
}

/// Returns every file below a directory, with its content.
pub(crate) fn files(root: &Path) -> BTreeMap<String, String> {
    fn add(folder: &Path, root: &Path, all: &mut BTreeMap<String, String>) {
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                add(&path, root, all);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                let bytes = std::fs::read(&path).unwrap_or_default();
                all.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    let mut all = BTreeMap::new();
    add(root, root, &mut all);
    all
}

fn taskserv(shell: &Shell, directory: &str, name: &str, version: &str) {
    shell.file(
        &format!("{directory}/metadata.toml"),
        metadata(name, "taskserv", version),
    );
    shell.file(&format!("{directory}/schemas/main.ncl"), SCHEMA);
    let code = include_str!("taskserv.nu");
    shell.file(
        &format!("{directory}/nulib/mod.nu"),
        format!("{code}\ndef NAME []: nothing -> string {{ '{name}' }}\n"),
    );
}

fn metadata(name: &str, kind: &str, version: &str) -> String {
    format!(
        "[extension]\nname = \"{name}\"\ntype = \"{kind}\"\nversion = \"{version}\"\n\
         [configuration]\noptional_env = [\"LAB\", \"LAB_TOKEN\"]\n"
    )
}
