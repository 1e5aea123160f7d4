//! The interfaces: which operations an extension of each type has to offer (PIF, TIF, CIF).
//!
//! The one place that says so. The rule `interface`, `extension contract`, scaffolds and documentation derive from it.

mod cluster;
mod provider;
mod signature;
mod taskserv;

use semver::Version;

use super::ExtensionType;

/// What every extension of a type offers.
#[derive(Debug)]
pub struct Contract {
    /// The type.
    pub kind: ExtensionType,
    /// Version of this text; it changes apart from releases.
    pub version: Version,
    /// The operations that the platform calls. Each of them is required.
    pub operations: &'static [Operation],
    /// Commands that the source's templates have beside the operations; recommended (GAP-28).
    pub helpers: &'static [Operation],
}

/// A command that an extension exports.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name, such as `create-server`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub purpose: &'static str,
    /// What it is called with, in this order.
    pub parameters: &'static [Parameter],
    /// Flags that it may be called with.
    pub flags: &'static [Flag],
    /// Nushell type of what it returns.
    pub output: &'static str,
    /// Version of the contract in which it first appeared.
    pub since: Version,
    /// The row of the source documents' inventory.
    pub source: &'static str,
    /// Words that the guide's dialect has for it: `deploy` in `deploy_custom_web_stack`.
    pub also_called: &'static [&'static str],
}

/// An argument that is told by its position.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its Nushell type.
    pub kind: &'static str,
    /// The value it has when it is left out, as Nushell text; without one it is always given.
    pub default: Option<&'static str>,
    /// What it means.
    pub purpose: &'static str,
}

/// An argument that is told by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// The Nushell type of its value; none for a switch.
    pub kind: Option<&'static str>,
    /// What it means.
    pub purpose: &'static str,
}

const V1: Version = Version::new(1, 0, 0);

static PROVIDER: Contract = Contract {
    kind: ExtensionType::Provider,
    version: V1,
    operations: provider::OPERATIONS,
    helpers: provider::HELPERS,
};
static TASKSERV: Contract = Contract {
    kind: ExtensionType::Taskserv,
    version: V1,
    operations: taskserv::OPERATIONS,
    helpers: taskserv::HELPERS,
};
static CLUSTER: Contract = Contract {
    kind: ExtensionType::Cluster,
    version: V1,
    operations: cluster::OPERATIONS,
    helpers: cluster::HELPERS,
};
static TEMPLATE: Contract = Contract {
    kind: ExtensionType::Template,
    version: V1,
    operations: &[],
    helpers: &[],
};

impl Contract {
    /// Returns the contract of a type. That of templates is empty.
    pub fn of(kind: ExtensionType) -> &'static Contract {
        match kind {
            ExtensionType::Provider => &PROVIDER,
            ExtensionType::Taskserv => &TASKSERV,
            ExtensionType::Cluster => &CLUSTER,
            ExtensionType::Template => &TEMPLATE,
        }
    }

    /// Returns the operations that an extension made for a version of the contract has to have.
    pub fn operations_at(&self, version: &Version) -> impl Iterator<Item = &'static Operation> {
        self.operations
            .iter()
            .filter(move |operation| operation.since <= *version)
    }

    /// Returns the operation or helper of that name.
    pub fn command(&self, name: &str) -> Option<&'static Operation> {
        self.operations
            .iter()
            .chain(self.helpers)
            .find(|operation| operation.name == name)
    }

    /// Returns the operation that a name of the guide's dialect means: `create_server`, `custom_cloud_create_server` or
    /// `deploy_custom_web_stack`, for an extension called `custom-cloud` or `custom-web-stack`.
    pub fn meant_by(&self, name: &str, extension: &str) -> Option<&'static Operation> {
        let plain = |text: &str| text.replace('_', "-").to_lowercase();
        let (name, extension) = (plain(name), plain(extension));
        let bare = name
            .strip_prefix(&format!("{extension}-"))
            .or_else(|| name.strip_suffix(&format!("-{extension}")))
            .unwrap_or(&name);
        self.operations
            .iter()
            .chain(self.helpers)
            .find(|operation| {
                // The same name is no other one.
                let candidates = std::iter::once(&operation.name).chain(operation.also_called);
                candidates.into_iter().any(|called| *called == bare)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_contracts_have_the_operations_of_the_source() {
        let count = |kind| Contract::of(kind).operations.len();
        assert_eq!(count(ExtensionType::Provider), 12);
        assert_eq!(count(ExtensionType::Taskserv), 9);
        assert_eq!(count(ExtensionType::Cluster), 8);
        assert_eq!(count(ExtensionType::Template), 0);
        for kind in ExtensionType::ALL {
            let contract = Contract::of(kind);
            assert_eq!(contract.kind, kind);
            assert_eq!(contract.version, crate::extension::CONTRACT_VERSION);
            let mut names = BTreeSet::new();
            let mut rows = BTreeSet::new();
            for operation in contract.operations.iter().chain(contract.helpers) {
                assert!(
                    names.insert(operation.name),
                    "{} is there twice",
                    operation.name
                );
                assert!(!operation.purpose.ends_with('.'), "{}", operation.name);
                assert!(operation.since <= contract.version);
            }
            for operation in contract.operations {
                assert!(rows.insert(operation.source), "{}", operation.source);
            }
        }
    }

    #[test]
    fn names_of_the_guide_are_understood() {
        let meant = |kind, name: &str, extension: &str| {
            Contract::of(kind)
                .meant_by(name, extension)
                .map(|operation| operation.name)
        };
        use ExtensionType::{Cluster, Provider, Taskserv};
        for (kind, name, extension, operation) in [
            (
                Provider,
                "custom_cloud_create_server",
                "custom-cloud",
                "create-server",
            ),
            (
                Provider,
                "custom_cloud_get_server",
                "custom-cloud",
                "get-server-info",
            ),
            (
                Provider,
                "get_provider_info",
                "custom-cloud",
                "provider-info",
            ),
            (Provider, "createServer", "custom-cloud", ""),
            (
                Taskserv,
                "install_custom_database",
                "custom-database",
                "install",
            ),
            (
                Taskserv,
                "update_custom_database",
                "custom-database",
                "upgrade",
            ),
            (
                Taskserv,
                "remove_custom_database",
                "custom-database",
                "uninstall",
            ),
            (
                Cluster,
                "deploy_custom_web_stack",
                "custom-web-stack",
                "create",
            ),
            (
                Cluster,
                "scale_custom_web_stack",
                "custom-web-stack",
                "scale",
            ),
            (Cluster, "unrelated", "custom-web-stack", ""),
        ] {
            assert_eq!(
                meant(kind, name, extension).unwrap_or_default(),
                operation,
                "{name}"
            );
        }
    }
}
