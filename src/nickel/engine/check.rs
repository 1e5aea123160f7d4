//! Contracts applied to data: as values, never through a text.

use nickel_lang_core::closurize::Closurize as _;
use nickel_lang_core::eval::value::NickelValue;
use nickel_lang_core::eval::{Closure, VirtualMachine};
use nickel_lang_core::identifier::LocIdent;
use nickel_lang_core::label::Label;
use nickel_lang_core::position::PosIdx;
use nickel_lang_core::term::{RuntimeContract, Term};
use nickel_lang_core::typ::{Type, TypeF};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::budget::Budget;
use super::findings::{Once, of_problems, shortened};
use super::walk::Walk;
use super::{Context, Halt, field_fault, field_path};
use crate::diagnostic::{DataPath, Step};
use crate::nickel::secrets::{self, MASK, is_in_secret};
use crate::nickel::task::{CheckedRow, Finding};

/// Applies the contract in a field of a schema, or the schema itself, to each row.
pub(super) fn check(
    context: &mut Context,
    schema: NickelValue,
    contract: &[String],
    rows: Vec<Value>,
    budget: &Budget,
) -> Result<Vec<CheckedRow>, Halt> {
    // One environment for all rows.
    let env = context.import_resolver.mk_eval_env(&mut context.cache);
    let found = {
        let mut vm = VirtualMachine::new_empty_env(context).with_initial_env(env.clone());
        if contract.is_empty() {
            vm.eval_closure(schema.into())
        } else {
            vm.extract_field_value_closure(schema.into(), &field_path(contract))
        }
    };
    let Closure {
        value,
        env: own_env,
    } = found.map_err(|error| field_fault(context, error, contract))?;
    let span = value.pos_idx();
    let contract = RuntimeContract::new(
        value.closurize(&mut context.cache, own_env),
        Label {
            typ: Rc::new(Type {
                // Only shown: what the contract is called.
                typ: TypeF::Contract(NickelValue::term_posless(Term::Var(LocIdent::new(
                    shown_name(context, contract, span),
                )))),
                pos: context.pos_table.get(span),
            }),
            span,
            ..Default::default()
        },
    );
    let contracts = [contract];
    let mut checked = Vec::with_capacity(rows.len());
    for row in rows {
        if budget.stopped().is_some() {
            break;
        }
        let value = super::data::value(&row).map_err(Halt::Failed)?;
        let mut walk = Walk::new(budget);
        let value = walk.value(
            &mut VirtualMachine::new_empty_env(context).with_initial_env(env.clone()),
            value,
            &contracts,
        );
        let mut faults = of_problems(
            walk.into_problems(),
            context.import_resolver.sources.files(),
            &context.pos_table,
            Once::EachPath,
        );
        let known = secrets_in(&row);
        for fault in &mut faults {
            tidy(fault, &known);
            if let Some(path) = &fault.path
                && fault.got.as_deref() != Some(MASK)
            {
                fault.got = given(&row, path);
            }
        }
        let value = in_order_of(value, &row);
        checked.push(CheckedRow { value, faults });
    }
    Ok(checked)
}

/// Returns what a contract is called: its field, or the file that is the contract.
fn shown_name(context: &Context, contract: &[String], span: PosIdx) -> String {
    if !contract.is_empty() {
        return DataPath::of_fields(contract).to_string();
    }
    let file = context
        .pos_table
        .get(span)
        .into_opt()
        .map(|span| context.import_resolver.sources.name(span.src_id));
    file.and_then(|file| Path::new(file).file_name())
        .map_or_else(
            || "schema".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
}

/// Returns the texts and numbers in the secret fields of data.
fn secrets_in(data: &Value) -> Vec<String> {
    fn collect(data: &Value, is_secret: bool, all: &mut Vec<String>) {
        match data {
            Value::Object(fields) => {
                for (name, item) in fields {
                    let is_secret = is_secret || secrets::is_secret(name);
                    collect(item, is_secret, all);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, is_secret, all)),
            Value::String(text) if is_secret => all.push(text.clone()),
            Value::Number(number) if is_secret => all.push(number.to_string()),
            _ => {}
        }
    }
    let mut all = Vec::new();
    collect(data, false, &mut all);
    all
}

/// Takes secrets out of what a fault says, and what its `got` says already.
fn tidy(fault: &mut Finding, known: &[String]) {
    let hide = |text: &str| secrets::hidden(text, known);
    fault.message = hide(&fault.message);
    fault.help = fault.help.take().and_then(|help| {
        let kept: Vec<&str> = help
            .lines()
            .filter(|line| !line.starts_with("the value is `"))
            .collect();
        (!kept.is_empty()).then(|| hide(&kept.join("\n")))
    });
}

/// Returns checked data with the fields in the order in which they were given; those that the contract has filled in
/// follow.
fn in_order_of(value: Value, given: &Value) -> Value {
    match (value, given) {
        (Value::Object(fields), Value::Object(order)) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let mut fields: HashMap<String, Value> = fields.into_iter().collect();
            let mut ordered = serde_json::Map::with_capacity(fields.len());
            for (name, given) in order {
                if let Some(value) = fields.remove(name) {
                    ordered.insert(name.clone(), in_order_of(value, given));
                }
            }
            for name in names {
                if let Some(value) = fields.remove(&name) {
                    ordered.insert(name, value);
                }
            }
            Value::Object(ordered)
        }
        (Value::Array(items), Value::Array(given)) => {
            let mut given = given.iter();
            items
                .into_iter()
                .map(|item| match given.next() {
                    Some(given) => in_order_of(item, given),
                    None => item,
                })
                .collect()
        }
        (value, _) => value,
    }
}

/// Returns what stands at a path of the data, as it may be shown.
fn given(data: &Value, path: &DataPath) -> Option<String> {
    let value = path.0.iter().try_fold(data, |data, step| match step {
        Step::Field(name) => data.get(name),
        Step::Index(index) => data.get(index),
    })?;
    if is_in_secret(path) {
        return Some(MASK.to_owned());
    }
    Some(shortened(&hidden(value).to_string()))
}

/// Returns data with the values of its secret fields hidden.
fn hidden(data: &Value) -> Value {
    match data {
        Value::Array(items) => items.iter().map(hidden).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let shown = if secrets::is_secret(name) {
                    Value::String(MASK.to_owned())
                } else {
                    hidden(value)
                };
                (name.clone(), shown)
            })
            .collect(),
        other => other.clone(),
    }
}
