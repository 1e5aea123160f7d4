//! Data as Nickel values.

use nickel_lang_core::eval::value::NickelValue;
use nickel_lang_core::identifier::LocIdent;
use nickel_lang_core::term::MergePriority;
use nickel_lang_core::term::record::{Field, FieldMetadata, RecordData};
use serde::Deserialize as _;
use serde_json::Value;

/// Returns data as a value, without positions: whole numbers exactly, texts as they are.
pub(super) fn value(data: &Value) -> Result<NickelValue, String> {
    NickelValue::deserialize(data).map_err(|error| error.to_string())
}

/// Returns a record that wins over any other it is merged with: each of its innermost values is forced, so that what it
/// does not name stays as it is.
pub(super) fn overriding(data: &Value) -> Result<NickelValue, String> {
    let Value::Object(fields) = data else {
        return value(data);
    };
    let fields = fields
        .iter()
        .map(|(name, data)| {
            let is_record = matches!(data, Value::Object(fields) if !fields.is_empty());
            let mut metadata = FieldMetadata::new();
            if !is_record {
                metadata.priority = MergePriority::Top;
            }
            let field = Field {
                value: Some(overriding(data)?),
                metadata: metadata.into(),
                pending_contracts: Vec::new(),
            };
            Ok((LocIdent::new(name), field))
        })
        .collect::<Result<_, String>>()?;
    Ok(NickelValue::record_posless(RecordData {
        fields,
        ..RecordData::empty()
    }))
}
