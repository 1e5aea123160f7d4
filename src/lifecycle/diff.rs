//! How what is recorded differs from what is wanted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Component, Recorded};

/// What has become of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is not wanted any more.
    Removed,
    /// It is another one.
    Changed,
}

impl Change {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// A field that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Its path, such as `config.port`.
    pub path: String,
    /// What is recorded; none where there was nothing, or where it is secret.
    pub before: Option<Value>,
    /// What is wanted.
    pub after: Option<Value>,
}

/// A component that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its name.
    pub component: String,
    /// What has become of it.
    pub change: Change,
    /// Its fields, when it has changed.
    pub fields: Vec<FieldChange>,
}

/// Compares, by name: what is wanted in its order, then what is recorded and not wanted.
pub(super) fn differences(recorded: &[Recorded], wanted: &[Component]) -> Vec<Difference> {
    let row = |component: &Component, change, fields| Difference {
        component: component.name.clone(),
        change,
        fields,
    };
    let mut all = Vec::new();
    for component in wanted {
        let known = recorded
            .iter()
            .find(|one| one.component.name == component.name);
        let Some(known) = known else {
            all.push(row(component, Change::Added, Vec::new()));
            continue;
        };
        let fields = fields(known, &Recorded::of(component));
        if !fields.is_empty() {
            all.push(row(component, Change::Changed, fields));
        }
    }
    for one in recorded {
        if wanted.iter().all(|other| other.name != one.component.name) {
            all.push(row(&one.component, Change::Removed, Vec::new()));
        }
    }
    all
}

fn fields(before: &Recorded, after: &Recorded) -> Vec<FieldChange> {
    let (old, new) = (flat(before), flat(after));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut fields: Vec<FieldChange> = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| FieldChange {
            path: path.clone(),
            before: old.get(path).cloned(),
            after: new.get(path).cloned(),
        })
        .collect();
    // Only the digest tells that a secret is another one, and not which of them.
    if fields.iter().all(|field| !field.path.starts_with("config")) && before.digest != after.digest
    {
        fields.extend(after.hidden.iter().map(|path| FieldChange {
            path: format!("config.{path}"),
            before: None,
            after: None,
        }));
    }
    fields
}

/// Returns the values of a component by their paths.
fn flat(recorded: &Recorded) -> BTreeMap<String, Value> {
    fn add(path: &str, value: &Value, all: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    add(&format!("{path}.{key}"), value, all);
                }
            }
            other => {
                all.insert(path.to_owned(), other.clone());
            }
        }
    }
    let component = &recorded.component;
    let mut all = BTreeMap::new();
    all.insert("type".to_owned(), component.kind.as_str().into());
    if let Some(version) = &component.version {
        all.insert("version".to_owned(), version.as_str().into());
    }
    all.insert(
        "dependencies".to_owned(),
        component.dependencies.clone().into(),
    );
    add("config", &component.config, &mut all);
    all
}
