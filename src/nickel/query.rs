//! What a record says about its fields.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field of a record, as its author has described it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The static type, as it is written after `:`.
    pub static_type: Option<String>,
    /// The contracts, as they are written after `|`.
    pub contracts: Vec<String>,
    /// Its documentation.
    pub doc: Option<String>,
    /// Whether it has no value and is not optional: data under this contract have to give one.
    pub is_required: bool,
    /// Whether it is marked `optional`.
    pub is_optional: bool,
    /// Whether it is part of an export.
    pub is_exported: bool,
    /// The priority: `default`, `normal`, `force`, or a number.
    pub priority: String,
    /// The value, when it is data by itself.
    pub value: Option<Value>,
    /// Whether it has a value of any kind, such as a function.
    pub has_value: bool,
    /// The tags that an enum contract allows.
    pub tags: Vec<String>,
    /// The file it is defined in.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// The fields of its value, or of its contract, when that is a record.
    pub fields: Vec<Field>,
}

impl Field {
    /// Returns everything that is written about its type, as one text: `Number | Port`.
    pub fn type_text(&self) -> Option<String> {
        let parts: Vec<&str> = self
            .static_type
            .iter()
            .chain(&self.contracts)
            .map(String::as_str)
            .collect();
        (!parts.is_empty()).then(|| parts.join(" | "))
    }

    /// Returns the value that stands when nobody gives another one.
    pub fn default(&self) -> Option<&Value> {
        self.value.as_ref().filter(|_| self.priority == "default")
    }
}
