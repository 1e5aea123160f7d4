//! The one model that all formats are read into.

use semver::{Version, VersionReq};

use super::check;
use super::document::{Node, NodeValue};
use super::schema::MAX_ITEMS;
use super::version::{read_constraint, read_version};
use super::{Dependency, ExtensionType};

/// Everything an extension says about itself.
///
/// The typed fields hold what was well-formed; [`Metadata::document`] holds everything that was written, unknown keys
/// included, each value with its place.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// `extension.name`.
    pub name: String,
    /// `extension.version`.
    pub version: Version,
    /// `extension.type`; absent in the guide's format.
    pub kind: Option<ExtensionType>,
    /// `extension.description`.
    pub description: Option<String>,
    /// `extension.author` followed by `extension.authors`.
    pub authors: Vec<String>,
    /// `extension.license`.
    pub license: Option<String>,
    /// `extension.homepage`.
    pub homepage: Option<String>,
    /// `extension.repository`.
    pub repository: Option<String>,
    /// `[compatibility]`.
    pub compatibility: Compatibility,
    /// `[provides]`: the extensions of a bundle, in the order of the types.
    pub provides: Vec<Provided>,
    /// `dependencies.extensions` of every metadata file, the first declaration of an extension winning.
    pub dependencies: Vec<Dependency>,
    /// `dependencies.system_packages`.
    pub system_packages: Vec<String>,
    /// `configuration.required_env`.
    pub required_env: Vec<String>,
    /// `configuration.optional_env`.
    pub optional_env: Vec<String>,
    /// All tables, merged.
    pub document: Node,
}

/// The versions of the platform that an extension works with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compatibility {
    /// Level of the provisioning API.
    pub provisioning: Option<VersionReq>,
    /// Nushell.
    pub nushell: Option<VersionReq>,
    /// Nickel.
    pub nickel: Option<VersionReq>,
    /// KCL; legacy, never checked.
    pub kcl: Option<VersionReq>,
    /// The interface contract that the extension was made for.
    pub contract: Option<Version>,
}

/// One extension of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provided {
    /// Its type.
    pub kind: ExtensionType,
    /// Its name.
    pub name: String,
}

impl Metadata {
    /// Reads the model from a merged document; none without a usable name and version.
    ///
    /// Values that are not well-formed are left out here and reported by [`check`](super::check).
    pub(super) fn from_document(document: Node, dependency_lists: &[Node]) -> Option<Self> {
        let text = |path: &str| document.at(path).and_then(Node::as_str).map(str::to_owned);
        let texts = |path: &str| document.at(path).map(Node::texts).unwrap_or_default();
        let constraint = |key: &str| {
            text(&format!("compatibility.{key}")).and_then(|text| read_constraint(&text).ok())
        };
        let name = text("extension.name").filter(|name| super::check_name(name).is_ok())?;
        let version = read_version(&text("extension.version")?).ok()?.version;
        Some(Self {
            name,
            version,
            kind: text("extension.type").and_then(|word| word.parse().ok()),
            description: text("extension.description"),
            authors: text("extension.author")
                .into_iter()
                .chain(texts("extension.authors"))
                .collect(),
            license: text("extension.license"),
            homepage: text("extension.homepage"),
            repository: text("extension.repository"),
            compatibility: Compatibility {
                provisioning: constraint("provisioning_version"),
                nushell: constraint("nushell_version"),
                nickel: constraint("nickel_version"),
                kcl: constraint("kcl_version"),
                contract: text("compatibility.contract_version")
                    .and_then(|text| Some(read_version(&text).ok()?.version)),
            },
            provides: provides(&document),
            dependencies: dependencies(dependency_lists),
            system_packages: texts("dependencies.system_packages"),
            required_env: texts("configuration.required_env"),
            optional_env: texts("configuration.optional_env"),
            document,
        })
    }
}

fn provides(document: &Node) -> Vec<Provided> {
    ExtensionType::ALL
        .into_iter()
        .flat_map(|kind| {
            document
                .at("provides")
                .and_then(|table| table.get(kind.provides_key()))
                .map(Node::texts)
                .unwrap_or_default()
                .into_iter()
                .take(MAX_ITEMS)
                .filter(|name| super::check_name(name).is_ok())
                .map(move |name| Provided { kind, name })
        })
        .collect()
}

fn dependencies(lists: &[Node]) -> Vec<Dependency> {
    let mut all: Vec<Dependency> = Vec::new();
    for list in lists {
        let mut of_list: Vec<Dependency> = Vec::new();
        // Longer lists are an error; see `check`.
        for item in list.items().iter().take(MAX_ITEMS) {
            if let Ok(dependency) = check::dependency(item)
                // What the first file says of an extension is what counts.
                && !all.iter().any(|known| known.is_same(&dependency))
                // In one file, everything that is said of it has to hold.
                && !of_list.iter().any(|known| dependency.says_nothing_beside(known))
            {
                of_list.push(dependency);
            }
        }
        all.extend(of_list);
    }
    all
}

/// Returns the names of `[provides]` that stand there twice.
pub(super) fn repeated_provides(document: &Node) -> Vec<&Node> {
    let Some(table) = document.get("provides") else {
        return Vec::new();
    };
    table
        .entries()
        .iter()
        .flat_map(|entry| {
            let items = entry.node.items();
            let items = &items[..items.len().min(MAX_ITEMS)];
            items
                .iter()
                .enumerate()
                .filter(|(index, item)| {
                    matches!(item.value, NodeValue::String(_)) && items[..*index].contains(item)
                })
                .map(|(_, item)| item)
        })
        .collect()
}
