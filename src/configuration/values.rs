//! The table of settings, and what one source says of all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::diagnostic::Span;
use crate::nickel::Isolation;

use super::kinds::{Expected, Fault, Reading};
use super::{AutoUpdate, Given, GivenEntry, GivenValue, LogLevel, Notation, masked_url};

/// A value that a source gives, with its place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// The value; paths are as they are written.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// What a setting is called, and how it is written.
#[derive(Debug)]
pub struct Spec {
    /// Its name, with the group it is in: `nickel.timeout`.
    pub name: &'static str,
    /// The environment variable that stands for it.
    pub variable: Option<&'static str>,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// A value as the shell writes it.
    pub nushell: &'static str,
    /// A value as TOML writes it.
    pub toml: &'static str,
}

impl Spec {
    /// Returns the setting of that name.
    pub fn of(name: &str) -> Option<&'static Spec> {
        SETTINGS.iter().find(|spec| spec.name == name)
    }

    /// Returns the setting that a name belongs to, with the item or key in it that is meant; for a group, its first one.
    pub fn around(name: &str) -> Option<&'static Spec> {
        let is_around = |spec: &&Spec| {
            name.strip_prefix(spec.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let mut all = SETTINGS.iter();
        all.find(is_around)
            .or_else(|| SETTINGS.iter().find(|spec| spec.parts().0 == Some(name)))
    }

    /// Returns the group and the key in it.
    pub fn parts(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once('.') {
            Some((group, key)) => (Some(group), key),
            None => (None, self.name),
        }
    }
}

/// A value in a form that can be shown, whatever its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nobody has said anything, and there is no default.
    Nothing,
    /// Text.
    Text(String),
    /// A number.
    Whole(usize),
    /// True or false.
    Flag(bool),
    /// Bytes.
    Size(u64),
    /// A duration.
    Duration(Duration),
    /// A path.
    Path(PathBuf),
    /// Paths.
    Paths(Vec<PathBuf>),
    /// A program, found by its name or its path.
    Program(PathBuf),
    /// Public keys, each a text or a path.
    Keys(Vec<String>),
    /// Paths by name.
    NamedPaths(BTreeMap<String, PathBuf>),
    /// Texts by name.
    NamedTexts(BTreeMap<String, String>),
}

macro_rules! settings {
    ($($field:ident: $type:ty = $name:literal, $variable:expr, $read:ident($($bound:expr),*) => $shown:expr,
        $nushell:literal, $toml:literal, $about:literal;)*) => {
        /// What one source says.
        #[derive(Clone, Debug, Default)]
        pub struct Values {
            $(#[doc = concat!("`", $name, "`")] pub $field: Option<Said<$type>>,)*
        }

        const SETTINGS: &[Spec] = &[$(Spec {
            name: $name,
            variable: $variable,
            about: $about,
            nushell: $nushell,
            toml: $toml,
        },)*];

        impl Values {
            /// Reads one setting; false when there is none of that name.
            fn read_one(
                &mut self,
                name: &str,
                given: &Given,
                notation: Notation,
                faults: &mut Vec<Fault>,
            ) -> bool {
                let reading = Reading { name, notation };
                match name {
                    $($name => match reading.$read(given, $($bound),*) {
                        Ok(value) => self.$field = Some(Said { value, span: given.span }),
                        Err(found) => faults.extend(found),
                    },)*
                    _ => return false,
                }
                true
            }

            /// Returns a setting in a form that can be shown, without credentials; none when the source says nothing.
            pub fn shown(&self, name: &str) -> Option<Said<Shown>> {
                match name {
                    $($name => self.$field.as_ref().map(|said| {
                        let show: fn(&$type) -> Shown = $shown;
                        Said { value: show(&said.value), span: said.span }
                    }),)*
                    _ => None,
                }
            }
        }
    };
}

settings! {
    data_dir: PathBuf = "data_dir", Some("PROVISIONING_DATA_DIR"), path() => |v| Shown::Path(v.clone()),
        "~/infra/registry", "\"~/infra/registry\"", "directory of the registry";
    cache_dir: PathBuf = "cache_dir", Some("PROVISIONING_CACHE_DIR"), path() => |v| Shown::Path(v.clone()),
        "~/.cache/infra", "\"~/.cache/infra\"", "directory of the cache of loaded extensions";
    cache_size: usize = "cache_size", Some("PROVISIONING_CACHE_SIZE"), whole(1, 100_000) => |v| Shown::Whole(*v),
        "100", "100", "how many loaded extensions are kept in memory";
    cache_limit: u64 = "cache_limit", Some("PROVISIONING_CACHE_LIMIT"), size(1 << 20, "1MiB") => |v| Shown::Size(*v),
        "256MiB", "\"256MiB\"", "most that the cache on disk takes";
    extension_dirs: Vec<PathBuf> = "extension_dirs", Some("PROVISIONING_EXTENSION_DIRS"), paths() => |v| Shown::Paths(v.clone()),
        "[~/infra/extensions]", "[\"~/infra/extensions\"]", "where `extension discover` looks";
    auto_load: bool = "auto_load", Some("PROVISIONING_AUTO_LOAD"), flag() => |v| Shown::Flag(*v),
        "true", "true", "whether what an extension needs is loaded with it";
    auto_update: AutoUpdate = "auto_update", Some("PROVISIONING_AUTO_UPDATE"), auto_update() => |v| Shown::Text(v.as_str().to_owned()),
        "check", "\"check\"", "whether newer versions of what is installed are looked for and told: off or check";
    keep_alive: bool = "keep_alive", Some("PROVISIONING_KEEP_ALIVE"), flag() => |v| Shown::Flag(*v),
        "true", "true", "whether the plugin stays while something is loaded";
    audit_keep: usize = "audit_keep", Some("PROVISIONING_AUDIT_KEEP"), whole(100, 1_000_000_000) => |v| Shown::Whole(*v),
        "10000", "10000", "rows of the audit that are kept";
    jobs: usize = "jobs", Some("PROVISIONING_JOBS"), whole(0, 256) => |v| Shown::Whole(*v),
        "4", "4", "threads of a search; 0 for one for each processor";
    remotes: BTreeMap<String, String> = "remotes", None, remotes() => |v| Shown::NamedTexts(
            v.iter().map(|(name, url)| (name.clone(), masked_url(url))).collect()),
        "{local: 'file:///srv/extensions'}", "{ local = \"file:///srv/extensions\" }", "addresses of collections of extensions by name";
    trusted_keys: Vec<String> = "trusted_keys", Some("PROVISIONING_TRUSTED_KEYS"), keys() => |v| Shown::Keys(v.clone()),
        "[~/keys/team.pub]", "[\"~/keys/team.pub\"]", "public keys that packages are signed with: files, or their texts";
    require_signature: bool = "require_signature", Some("PROVISIONING_REQUIRE_SIGNATURE"), flag() => |v| Shown::Flag(*v),
        "true", "true", "whether only packages are taken that are signed with a trusted key";
    nickel_import_paths: Vec<PathBuf> = "nickel.import_paths", None, paths() => |v| Shown::Paths(v.clone()),
        "[~/nickel]", "[\"~/nickel\"]", "where Nickel imports are looked for besides the file's directory";
    nickel_isolation: Isolation = "nickel.isolation", None, isolation() => |v| Shown::Text(v.as_str().to_owned()),
        "auto", "\"auto\"", "where Nickel runs: auto, worker or in-process";
    nickel_memory: u64 = "nickel.memory", None, size(1 << 20, "1MiB") => |v| Shown::Size(*v),
        "512MiB", "\"512MiB\"", "most memory of one Nickel evaluation";
    nickel_packages: BTreeMap<String, PathBuf> = "nickel.packages", None, packages() => |v| Shown::NamedPaths(v.clone()),
        "{lib: ~/nickel/lib}", "{ lib = \"~/nickel/lib\" }", "directories of Nickel packages by name";
    nickel_timeout: Duration = "nickel.timeout", None, duration() => |v| Shown::Duration(*v),
        "30sec", "\"30sec\"", "longest time of one Nickel evaluation";
    runner_nu: PathBuf = "runner.nu", None, program() => |v| Shown::Program(v.clone()),
        "nu", "\"nu\"", "the Nushell that runs code of extensions; without it, the shell's own";
    runner_timeout: Duration = "runner.timeout", None, duration() => |v| Shown::Duration(*v),
        "10min", "\"10min\"", "longest time of one operation or test";
    log_level: LogLevel = "log.level", Some("PROVISIONING_LOG"), level() => |v| Shown::Text(v.as_str().to_owned()),
        "warn", "\"warn\"", "what is logged: off, error, warn, info or debug";
    log_file: PathBuf = "log.file", None, path() => |v| Shown::Path(v.clone()),
        "~/provisioning.log", "\"~/provisioning.log\"", "the file that is logged to; without it, standard error";
    config_file: PathBuf = "config_file", Some("PROVISIONING_CONFIG_FILE"), path() => |v| Shown::Path(v.clone()),
        "~/infra/config.toml", "", "a TOML file with settings";
}

impl Values {
    /// Every setting, in the order in which they are shown.
    pub const SETTINGS: &'static [Spec] = SETTINGS;

    /// Reads what an environment variable says of one setting.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of_variable(spec: &Spec, given: &Given) -> Result<Self, Vec<Fault>> {
        let (mut values, mut faults) = (Self::default(), Vec::new());
        values.read_one(spec.name, given, Notation::Environment, &mut faults);
        if faults.is_empty() {
            Ok(values)
        } else {
            Err(faults)
        }
    }

    /// Reads the record of all settings: what can be read, and everything that is wrong.
    pub fn of_record(given: &Given, notation: Notation) -> (Self, Vec<Fault>) {
        let (mut values, mut faults) = (Self::default(), Vec::new());
        if let Some(entries) = entries(given, "", notation, &mut faults) {
            for entry in entries {
                values.read_entry(entry, notation, &mut faults);
            }
        }
        (values, faults)
    }

    fn read_entry(&mut self, entry: &GivenEntry, notation: Notation, faults: &mut Vec<Fault>) {
        if matches!(entry.given.value, GivenValue::Nothing) && is_name(None, &entry.key, notation) {
            return;
        }
        let is_group = SETTINGS
            .iter()
            .any(|spec| spec.parts().0 == Some(&entry.key));
        if is_group {
            let Some(inner) = entries(&entry.given, &entry.key, notation, faults) else {
                return;
            };
            for inside in inner {
                let name = format!("{}.{}", entry.key, inside.key);
                let is_nothing = matches!(inside.given.value, GivenValue::Nothing);
                if is_nothing && is_name(Some(&entry.key), &inside.key, notation) {
                    continue;
                }
                // A key with a dot in it would be taken for one of another group.
                if inside.key.contains('.')
                    || !self.read_one(&name, &inside.given, notation, faults)
                {
                    faults.push(unknown(Some(&entry.key), inside, notation));
                }
            }
        } else if entry.key.contains('.')
            || !is_name(None, &entry.key, notation)
            || !self.read_one(&entry.key, &entry.given, notation, faults)
        {
            faults.push(unknown(None, entry, notation));
        }
    }
}

/// Returns the entries of a record; none, and a fault, for anything else.
fn entries<'g>(
    given: &'g Given,
    called: &str,
    notation: Notation,
    faults: &mut Vec<Fault>,
) -> Option<&'g [GivenEntry]> {
    match &given.value {
        GivenValue::Record(entries) => Some(entries),
        GivenValue::Nothing => None,
        _ => {
            let reading = Reading {
                name: called,
                notation,
            };
            let expected = match notation {
                Notation::Toml => "a table",
                _ => "a record",
            };
            faults.push(Fault {
                name: called.to_owned(),
                span: given.span,
                is_secret: false,
                expected: Expected::Value {
                    found: reading.found(given),
                    expected: expected.to_owned(),
                    hint: None,
                },
            });
            None
        }
    }
}

/// Returns what can stand in a group, or outside of all: settings and groups.
fn known(group: Option<&str>, notation: Notation) -> Vec<&'static str> {
    let mut known: Vec<&'static str> = Vec::new();
    for spec in SETTINGS {
        // A file does not name another one.
        if notation == Notation::Toml && spec.toml.is_empty() {
            continue;
        }
        let (of, key) = spec.parts();
        let name = match (of, group) {
            (None, None) => key,
            (Some(of), None) => of,
            (Some(of), Some(group)) if of == group => key,
            _ => continue,
        };
        if !known.contains(&name) {
            known.push(name);
        }
    }
    known
}

fn is_name(group: Option<&str>, key: &str, notation: Notation) -> bool {
    known(group, notation).contains(&key)
}

fn unknown(group: Option<&str>, entry: &GivenEntry, notation: Notation) -> Fault {
    Fault {
        name: match group {
            Some(group) => format!("{group}.{}", entry.key),
            None => entry.key.clone(),
        },
        span: entry.key_span,
        // A value that nobody knows may be anything.
        is_secret: crate::nickel::is_secret(&entry.key),
        expected: Expected::Setting {
            key: entry.key.clone(),
            known: known(group, notation),
        },
    }
}
