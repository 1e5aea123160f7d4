//! What loading gives.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::extension::ExtensionType;
use crate::nushell::{Command, Flag, Parameter};

/// A loaded extension: everything there is to know of it without running it (LOAD-10..13).
///
/// Serialized, it is the item of the source documents' interface for web clients: `{metadata, path, loaded_at}` (REST-03).
#[derive(Clone, Debug, Serialize)]
pub struct Extension {
    /// What it says about itself.
    pub metadata: ExtensionMetadata,
    /// Its directory, canonical and absolute.
    pub path: String,
    /// When its files were read, or its entry in the cache on disk.
    pub loaded_at: DateTime<Utc>,
    /// The commands that its module exports: the operations of its type first, in the order of the contract, then others
    /// by name. A template has none.
    #[serde(skip)]
    pub operations: Vec<Operation>,
    /// The values of its Nickel schemas by the name of the file without `.ncl`, as far as they can be exported: functions
    /// and contracts are null.
    #[serde(skip)]
    pub schemas: serde_json::Map<String, Value>,
    /// `sha256:` and a digest of its files; see [`Contents::digest`](crate::extension::Contents::digest).
    #[serde(skip)]
    pub fingerprint: String,
    /// What it needs, as it is declared.
    #[serde(skip)]
    pub dependencies: Vec<Needed>,
    /// The bundle it comes in.
    #[serde(skip)]
    pub package: Option<String>,
}

/// What an extension says about itself (LOAD-14..21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionMetadata {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is for; empty when it does not say.
    pub description: String,
    /// Its type. Serialized, it begins with a capital letter: `Taskserv`.
    #[serde(serialize_with = "capitalized", deserialize_with = "any_case")]
    pub extension_type: ExtensionType,
    /// The names of the extensions it needs.
    pub dependencies: Vec<String>,
    /// Who has made it; several are separated by commas.
    pub author: Option<String>,
    /// Where it is developed.
    pub repository: Option<String>,
}

/// A command that the module of an extension exports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its name, such as `create-server`.
    pub name: String,
    /// The comment above it.
    pub description: String,
    /// Whether it belongs to the contract of the extension's type.
    pub is_contract: bool,
    /// Positional parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub rest: Option<Parameter>,
    /// Flags.
    pub flags: Vec<Flag>,
    /// Pairs of types of input and output; none when nothing is said.
    pub types: Vec<(String, String)>,
}

/// Something that an extension needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Needed {
    /// Name of the extension.
    pub name: String,
    /// Versions that will do.
    pub version: VersionReq,
    /// Its type, when it was given.
    pub kind: Option<ExtensionType>,
    /// Where it is declared, such as `metadata.toml:21:15`.
    pub origin: String,
}

/// What tells a loaded extension from every other one: `{type}:{name}:{version}` (LOAD-24).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.kind, self.name, self.version)
    }
}

impl Extension {
    /// Returns its type.
    pub fn kind(&self) -> ExtensionType {
        self.metadata.extension_type
    }

    /// Returns its directory.
    pub fn directory(&self) -> PathBuf {
        PathBuf::from(&self.path)
    }

    /// Returns the operation of that name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }
}

impl Operation {
    pub(super) fn of(command: &Command, is_contract: bool) -> Self {
        let without_place = |parameter: &Parameter| Parameter {
            place: None,
            ..parameter.clone()
        };
        Self {
            name: command.name.clone(),
            description: command.description.clone(),
            is_contract,
            parameters: command.parameters.iter().map(without_place).collect(),
            rest: command.rest.as_ref().map(without_place),
            flags: command
                .flags
                .iter()
                .map(|flag| Flag {
                    place: None,
                    ..flag.clone()
                })
                .collect(),
            types: command.types.clone(),
        }
    }

    /// Returns how it is called, in one line: `install [config: record = {}, --check]: nothing -> record`.
    pub fn usage(&self) -> String {
        format!("{} {}", self.name, self.signature())
    }

    /// Returns what it takes and returns: `[config: record = {}, --check]: nothing -> record`.
    pub fn signature(&self) -> String {
        let typed = |name: &str, kind: &str| match kind {
            "any" => name.to_owned(),
            kind => format!("{name}: {kind}"),
        };
        let parameter = |parameter: &Parameter| {
            let mark = match (parameter.required, &parameter.default) {
                (false, None) => "?",
                _ => "",
            };
            let text = typed(&format!("{}{mark}", parameter.name), &parameter.kind);
            match &parameter.default {
                Some(default) => format!("{text} = {default}"),
                None => text,
            }
        };
        let flag = |flag: &Flag| {
            let text = match &flag.kind {
                Some(kind) => typed(&format!("--{}", flag.name), kind),
                None => format!("--{}", flag.name),
            };
            match &flag.default {
                Some(default) => format!("{text} = {default}"),
                None => text,
            }
        };
        let mut parts: Vec<String> = self.parameters.iter().map(parameter).collect();
        let rest = self.rest.as_ref();
        parts.extend(rest.map(|rest| format!("...{}", typed(&rest.name, &rest.kind))));
        parts.extend(self.flags.iter().map(flag));
        let types: Vec<String> = self
            .types
            .iter()
            .map(|(input, output)| format!("{input} -> {output}"))
            .collect();
        let types = match types.as_slice() {
            [] => String::new(),
            [one] => format!(": {one}"),
            many => format!(": [{}]", many.join(", ")),
        };
        format!("[{}]{types}", parts.join(", "))
    }
}

fn capitalized<S: Serializer>(kind: &ExtensionType, serializer: S) -> Result<S::Ok, S::Error> {
    let mut letters = kind.as_str().chars();
    let text: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    serializer.serialize_str(&text)
}

pub(super) fn any_case<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<ExtensionType, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
