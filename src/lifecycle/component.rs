//! What a deployment consists of, and what is recorded of it.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::LifecycleError;
use crate::graph::{self, ComponentVersion, Need};
use crate::metadata::check_name;
use crate::nickel::{is_secret, tokens};

/// What a component is (CSC-24, CGD).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentType {
    /// A registered taskserv.
    Taskserv,
    /// An application: the taskserv of that name.
    Application,
    /// Servers of a provider.
    Infrastructure,
    /// The same, as the guide calls it.
    Server,
}

impl ComponentType {
    /// Every type.
    pub const ALL: [ComponentType; 4] = [
        ComponentType::Taskserv,
        ComponentType::Application,
        ComponentType::Infrastructure,
        ComponentType::Server,
    ];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ComponentType::Taskserv => "taskserv",
            ComponentType::Application => "application",
            ComponentType::Infrastructure => "infrastructure",
            ComponentType::Server => "server",
        }
    }

    /// Whether a provider makes it.
    pub const fn is_of_provider(self) -> bool {
        matches!(self, ComponentType::Infrastructure | ComponentType::Server)
    }
}

impl fmt::Display for ComponentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ComponentType {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// A component, as it is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ComponentType,
    /// Its version, if one is asked for.
    pub version: Option<String>,
    /// Its settings.
    pub config: Value,
    /// Names of the components that it needs.
    pub dependencies: Vec<String>,
}

/// Returns components in the form that gives them their order.
pub(super) fn for_graph<'a>(
    components: impl IntoIterator<Item = &'a Component>,
) -> Vec<graph::Component> {
    let of = |component: &Component| graph::Component {
        name: component.name.clone(),
        version: ComponentVersion::Missing,
        enabled: true,
        needs: component
            .dependencies
            .iter()
            .map(|name| Need {
                name: name.clone(),
                constraint: None,
            })
            .collect(),
    };
    components.into_iter().map(of).collect()
}

/// Returns the places of components that may be deployed: wave, order, and the row of the component.
///
/// # Errors
/// They have no order.
pub fn in_order(components: &[Component]) -> Result<Vec<(usize, usize, usize)>, LifecycleError> {
    let placed = graph::resolve(&for_graph(components), false)
        .map_err(|faults| LifecycleError::Order { faults })?;
    let parts = |it: graph::Placement| (it.wave, it.order, it.row);
    Ok(placed.into_iter().map(parts).collect())
}

/// What a deployment is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    name: String,
    components: Vec<Component>,
}

impl Definition {
    /// Returns a deployment of that name with those components, in their order of declaration.
    ///
    /// # Errors
    /// The name breaks the naming rule, or the components have no order.
    pub fn new(
        name: impl Into<String>,
        components: Vec<Component>,
    ) -> Result<Self, LifecycleError> {
        let name = name.into();
        check_name(&name).map_err(|reason| LifecycleError::Name {
            name: name.clone(),
            reason,
        })?;
        graph::resolve(&for_graph(&components), false)
            .map_err(|faults| LifecycleError::Order { faults })?;
        Ok(Self { name, components })
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its components, in the order of declaration.
    pub fn components(&self) -> &[Component] {
        &self.components
    }
}

/// What is recorded of a component that is there.
///
/// Secrets are not kept: `hidden` says where they were, and the digest whether they have changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The component, without secrets.
    pub component: Component,
    /// Digest of all of its settings.
    pub digest: String,
    /// Paths in the settings that are left out.
    pub hidden: Vec<String>,
    /// Whether the last operation has come to its end. Otherwise the component may be anything between.
    pub certain: bool,
    /// Whether it was there before the deployment was.
    pub adopted: bool,
}

impl Recorded {
    /// Returns what is to be recorded of a component that is there as it is wanted.
    pub fn of(component: &Component) -> Self {
        let mut hidden = Vec::new();
        let config = without_secrets(&component.config, "", &mut hidden);
        Self {
            component: Component {
                config,
                ..component.clone()
            },
            digest: digest(&component.config),
            hidden,
            certain: true,
            adopted: false,
        }
    }

    /// Returns the same for a component that may be anything between.
    pub(super) fn uncertain(mut self) -> Self {
        self.certain = false;
        self
    }
}

/// What a component is to become: with all of its settings, or with what the journal has kept of them.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) component: Component,
    pub(super) recorded: Recorded,
    /// Whether only some settings change: what is not named stays as it is, and need not be known.
    pub(super) is_change: bool,
}

impl Target {
    pub(super) fn of(component: &Component) -> Self {
        Self {
            component: component.clone(),
            recorded: Recorded::of(component),
            is_change: false,
        }
    }

    /// Returns the target that was recorded.
    pub(super) fn kept(recorded: &Recorded) -> Self {
        Self {
            component: recorded.component.clone(),
            recorded: Recorded {
                certain: true,
                ..recorded.clone()
            },
            is_change: false,
        }
    }

    /// Whether all of its settings are known.
    pub(super) fn is_complete(&self) -> bool {
        self.recorded.hidden.is_empty() || digest(&self.component.config) == self.recorded.digest
    }
}

fn without_secrets(value: &Value, path: &str, hidden: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, value) in fields {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                if is_secret(key) && !matches!(value, Value::Null | Value::Bool(_)) {
                    hidden.push(path);
                } else {
                    kept.insert(key.clone(), without_secrets(value, &path, hidden));
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            let each = |(at, item)| without_secrets(item, &format!("{path}.{at}"), hidden);
            Value::Array(items.iter().enumerate().map(each).collect())
        }
        Value::String(text) if !tokens(text).is_empty() => {
            hidden.push(path.to_owned());
            Value::Null
        }
        other => other.clone(),
    }
}

/// Returns a text of a component without the secrets that are in its settings.
pub(super) fn without_secrets_of(config: &Value, text: &str) -> String {
    fn add(value: &Value, is_named: bool, all: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(key, value)| add(value, is_named || is_secret(key), all)),
            Value::Array(items) => items.iter().for_each(|item| add(item, is_named, all)),
            Value::String(text) if is_named && text.len() >= MIN_SECRET => all.push(text.clone()),
            _ => {}
        }
    }
    let mut all = Vec::new();
    add(config, false, &mut all);
    // One may be part of another.
    all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    all.iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
}

/// Shorter ones would take words apart that are no secrets.
const MIN_SECRET: usize = 4;

/// Returns a digest that does not depend on the order of keys.
fn digest(value: &Value) -> String {
    fn add(value: &Value, hash: &mut Sha256) {
        match value {
            Value::Object(fields) => {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_unstable_by_key(|(key, _)| *key);
                hash.update(format!("{{{}", fields.len()));
                for (key, value) in fields {
                    hash.update(format!("{}:{key}", key.len()));
                    add(value, hash);
                }
            }
            Value::Array(items) => {
                hash.update(format!("[{}", items.len()));
                for item in items {
                    add(item, hash);
                }
            }
            plain => {
                let text = plain.to_string();
                hash.update(format!("{}:{text}", text.len()));
            }
        }
    }
    let mut hash = Sha256::new_with_prefix(b"provisioning settings 1\n");
    add(value, &mut hash);
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing into a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
