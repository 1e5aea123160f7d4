//! Two pieces of data compared.

use serde_json::Value;

use crate::diagnostic::{DataPath, Step};

/// What has become of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is only in the second.
    Added,
    /// It is only in the first.
    Removed,
    /// It is another one.
    Changed,
}

impl Change {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// A difference between two pieces of data.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where it is.
    pub path: DataPath,
    /// What it is.
    pub change: Change,
    /// The value in the first.
    pub left: Option<Value>,
    /// The value in the second.
    pub right: Option<Value>,
}

/// Returns what differs, in the order of the first and then of the second. The order of fields does not count; items of
/// lists are compared by their place.
pub fn differences(left: &Value, right: &Value) -> Vec<Difference> {
    let mut all = Vec::new();
    compare(left, right, &mut Vec::new(), &mut all);
    all
}

fn compare(left: &Value, right: &Value, path: &mut Vec<Step>, all: &mut Vec<Difference>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, item) in left {
                let step = Step::Field(name.clone());
                pair(Some(item), right.get(name), step, path, all);
            }
            for (name, item) in right {
                if !left.contains_key(name) {
                    pair(None, Some(item), Step::Field(name.clone()), path, all);
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for at in 0..left.len().max(right.len()) {
                pair(left.get(at), right.get(at), Step::Index(at), path, all);
            }
        }
        (left, right) if left == right => {}
        (left, right) => all.push(Difference {
            path: DataPath(path.clone()),
            change: Change::Changed,
            left: Some(left.clone()),
            right: Some(right.clone()),
        }),
    }
}

fn pair(
    left: Option<&Value>,
    right: Option<&Value>,
    step: Step,
    path: &mut Vec<Step>,
    all: &mut Vec<Difference>,
) {
    path.push(step);
    match (left, right) {
        (Some(left), Some(right)) => compare(left, right, path, all),
        (left, right) => all.push(Difference {
            path: DataPath(path.clone()),
            change: if left.is_some() {
                Change::Removed
            } else {
                Change::Added
            },
            left: left.cloned(),
            right: right.cloned(),
        }),
    }
    path.pop();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(left: Value, right: Value) -> Vec<String> {
        differences(&left, &right)
            .into_iter()
            .map(|difference| format!("{} {}", difference.change.as_str(), difference.path))
            .collect()
    }

    #[test]
    fn every_difference_is_found_where_it_is() {
        assert_eq!(
            shown(
                json!({"a": 1, "b": {"c": [1, 2]}, "gone": 1}),
                json!({"b": {"c": [1, 3, 4]}, "a": 1, "new": {}}),
            ),
            [
                "changed b.c[1]",
                "added b.c[2]",
                "removed gone",
                "added new"
            ]
        );
        assert_eq!(shown(json!([1]), json!({"a": 1})), ["changed "]);
        assert!(shown(json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})).is_empty());
    }
}
