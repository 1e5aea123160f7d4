//! Closed record contracts, opened for a while.
//!
//! Nickel blames a whole record for the first extra field, and says nothing about the rest of it.

use nickel_lang_core::cache::CacheHub;
use nickel_lang_core::eval::VirtualMachine;
use nickel_lang_core::eval::cache::Cache;
use nickel_lang_core::eval::value::{Container, NickelValue, ValueContentRef};
use nickel_lang_core::position::{PosIdx, TermPos};
use nickel_lang_core::term::RuntimeContract;
use nickel_lang_core::term::record::RecordData;

/// A field that a closed record contract does not have.
pub(super) struct Extra {
    pub(super) name: String,
    /// Where the field is written.
    pub(super) at: TermPos,
    /// Where the contract is written, in the annotation or else in itself, and how.
    pub(super) contract_at: (TermPos, PosIdx),
    pub(super) contract: String,
    /// The fields that the contract has.
    pub(super) known: Vec<String>,
}

/// Returns the contracts with each closed record contract opened that the value has extra fields for, and these fields;
/// none when there are no such fields.
pub(super) fn opened<C: Cache>(
    vm: &mut VirtualMachine<'_, CacheHub, C>,
    value: &NickelValue,
    contracts: &[RuntimeContract],
) -> Option<(Vec<RuntimeContract>, Vec<Extra>)> {
    let mut extras: Vec<Extra> = Vec::new();
    let mut all = Vec::with_capacity(contracts.len());
    // What the next contract is applied to: those before it may have changed the value.
    let mut current = evaluated(vm, value);
    for contract in contracts {
        let mut contract = contract.clone();
        if let Some(record) = current.as_ref().and_then(record)
            && let Some(evaluated) = record_contract(vm, &contract.contract)
            && let Some(data) = self::record(&evaluated)
            && !data.attrs.open
        {
            let mut has_extras = false;
            for name in record.fields.keys() {
                if data.fields.contains_key(name) {
                    continue;
                }
                has_extras = true;
                if extras.iter().any(|extra| extra.name == name.label()) {
                    continue;
                }
                extras.push(Extra {
                    name: name.label().to_owned(),
                    at: name.pos,
                    contract_at: (contract.label.typ.pos, contract.label.span),
                    contract: contract.label.typ.to_string(),
                    known: data
                        .fields
                        .keys()
                        .map(|name| name.label().to_owned())
                        .collect(),
                });
            }
            if has_extras {
                let mut data = data.clone();
                data.attrs.open = true;
                contract.contract = NickelValue::record(data, evaluated.pos_idx());
            }
        }
        all.push(contract.clone());
        current = current.and_then(|value| {
            let position = value.pos_idx();
            evaluated(vm, &contract.apply(value, position))
        });
    }
    (!extras.is_empty()).then_some((all, extras))
}

fn evaluated<C: Cache>(
    vm: &mut VirtualMachine<'_, CacheHub, C>,
    value: &NickelValue,
) -> Option<NickelValue> {
    vm.eval(value.clone()).map_err(|_| vm.reset()).ok()
}

/// Returns a contract that is a record, behind the types that may be wrapped around it.
pub(super) fn record_contract<C: Cache>(
    vm: &mut VirtualMachine<'_, CacheHub, C>,
    contract: &NickelValue,
) -> Option<NickelValue> {
    let mut contract = evaluated(vm, contract)?;
    while let ValueContentRef::Type(typ) = contract.content_ref() {
        let inner = typ.contract.clone();
        contract = evaluated(vm, &inner)?;
    }
    record(&contract).is_some().then_some(contract)
}

fn record(value: &NickelValue) -> Option<&RecordData> {
    match value.as_record() {
        Some(Container::Alloc(data)) => Some(data),
        _ => None,
    }
}
