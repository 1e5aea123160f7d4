//! How deep data are nested: whoever copies, sends or frees them recurses as deep.

use serde_json::Value;

/// Deepest nesting of data that are taken. A result may be nested less deeply still.
pub(super) const MAX: usize = 512;

/// Whether data are nested deeper than [`MAX`] levels.
pub(super) fn is_too_deep(data: &Value) -> bool {
    !is_within(data, MAX)
}

fn is_within(data: &Value, levels: usize) -> bool {
    match data {
        Value::Array(items) if !items.is_empty() => {
            levels > 0 && items.iter().all(|item| is_within(item, levels - 1))
        }
        Value::Object(fields) if !fields.is_empty() => {
            levels > 0 && fields.values().all(|item| is_within(item, levels - 1))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |data, _| Value::Array(vec![data]))
    }

    #[test]
    fn only_what_is_deeper_is_too_deep() {
        assert!(!is_too_deep(&Value::Null));
        assert!(!is_too_deep(&deep(MAX)));
        assert!(is_too_deep(&deep(MAX + 1)));
    }
}
