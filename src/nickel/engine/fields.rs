//! What the fields of a record say about themselves.

use std::collections::HashMap;

use nickel_lang_core::cache::CacheHub;
use nickel_lang_core::eval::VirtualMachine;
use nickel_lang_core::eval::value::{Container, NickelValue, ValueContentRef};
use nickel_lang_core::files::{FileId, Files};
use nickel_lang_core::identifier::LocIdent;
use nickel_lang_core::position::TermPos;
use nickel_lang_core::term::MergePriority;
use nickel_lang_core::term::record::Field as NickelField;
use nickel_lang_core::typ::{EnumRowsIteratorItem, TypeF};

use super::Context;
use super::budget::{Budget, BudgetedCache};
use super::walk::Walk;
use crate::diagnostic::{Code, Location, Source};
use crate::nickel::query::Field;
use crate::nickel::secrets::{MASK, is_secret};
use crate::nickel::task::Finding;

/// Deepest nesting that is described.
const MAX_DEPTH: usize = 16;
/// Most fields that are described.
const MAX_FIELDS: usize = 100_000;

/// Lists the fields of a record, or of a contract that is one; nothing for anything else.
///
/// A record that describes itself, as the contract of a tree does, is not described again inside of itself.
///
/// # Errors
/// There are too many fields.
pub(super) fn fields(
    context: &mut Context,
    value: NickelValue,
    budget: &Budget,
) -> Result<Vec<Field>, Finding> {
    let env = context.import_resolver.mk_eval_env(&mut context.cache);
    let files = context.import_resolver.sources.files().clone();
    let mut vm = VirtualMachine::new_empty_env(context).with_initial_env(env);
    let mut describer = Describer {
        budget,
        files,
        sources: HashMap::new(),
        above: Vec::new(),
        left: MAX_FIELDS,
    };
    let fields = describer.record(&mut vm, value, MAX_DEPTH);
    if describer.left == 0 {
        let message = format!("there are more than {MAX_FIELDS} fields to describe");
        return Err(Finding::new(Code::NickelLimit, message));
    }
    Ok(fields)
}

struct Describer<'a> {
    budget: &'a Budget,
    files: Files,
    sources: HashMap<FileId, Source>,
    /// Where the first fields of the records stand that are being described.
    above: Vec<TermPos>,
    left: usize,
}

impl Describer<'_> {
    fn record(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, BudgetedCache>,
        value: NickelValue,
        depth: usize,
    ) -> Vec<Field> {
        if depth == 0 || self.budget.stopped().is_some() {
            return Vec::new();
        }
        let mut value = match vm.eval(value) {
            Ok(value) => value,
            Err(_) => {
                vm.reset();
                return Vec::new();
            }
        };
        // The contract of a type annotation such as `| { a | Number }`.
        while let ValueContentRef::Type(typ) = value.content_ref() {
            let inner = typ.contract.clone();
            value = match vm.eval(inner) {
                Ok(value) => value,
                Err(_) => {
                    vm.reset();
                    return Vec::new();
                }
            };
        }
        let Some(Container::Alloc(data)) = value.as_record() else {
            return Vec::new();
        };
        let first = data.fields.keys().next().map(|name| name.pos);
        let Some(first) = first.filter(|first| !self.above.contains(first)) else {
            return Vec::new();
        };
        if first != TermPos::None {
            self.above.push(first);
        }
        let mut all = Vec::with_capacity(data.fields.len());
        for (name, field) in &data.fields {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            all.push(self.field(vm, *name, field, depth));
        }
        if first != TermPos::None {
            self.above.pop();
        }
        all
    }

    fn field(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, BudgetedCache>,
        name: LocIdent,
        field: &NickelField,
        depth: usize,
    ) -> Field {
        let metadata = field.metadata.as_ref();
        let annotation = metadata.map(|metadata| &metadata.annotation);
        let mut nested = match &field.value {
            Some(value) => self.record(vm, value.clone(), depth - 1),
            None => Vec::new(),
        };
        for contract in &field.pending_contracts {
            for inner in self.record(vm, contract.contract.clone(), depth - 1) {
                if nested.iter().all(|known| known.name != inner.name) {
                    nested.push(inner);
                }
            }
        }
        let place = name
            .pos
            .into_opt()
            .map(|span| self.place(span.src_id, span.start.to_usize()));
        Field {
            name: name.label().to_owned(),
            static_type: annotation
                .and_then(|annotation| annotation.typ.as_ref())
                .map(|typ| typ.label.typ.to_string()),
            contracts: annotation
                .map(|annotation| {
                    annotation
                        .contracts
                        .iter()
                        .map(|contract| contract.label.typ.to_string())
                        .collect()
                })
                .unwrap_or_default(),
            doc: field.metadata.doc().map(|doc| doc.trim().to_owned()),
            is_required: field.value.is_none() && !field.metadata.opt(),
            is_optional: field.metadata.opt(),
            is_exported: !field.metadata.not_exported(),
            priority: match field.metadata.priority() {
                MergePriority::Bottom => "default".to_owned(),
                MergePriority::Neutral => "normal".to_owned(),
                MergePriority::Numeral(number) => number.to_string(),
                MergePriority::Top => "force".to_owned(),
            },
            value: field
                .value
                .as_ref()
                .and_then(|_| self.value(vm, field))
                .map(|value| {
                    if is_secret(name.label()) {
                        serde_json::Value::String(MASK.to_owned())
                    } else {
                        value
                    }
                }),
            has_value: field.value.is_some(),
            tags: annotation
                .into_iter()
                .flat_map(|annotation| annotation.iter())
                .filter_map(|typ| match &typ.label.typ.typ {
                    TypeF::Enum(rows) => Some(rows),
                    _ => None,
                })
                .flat_map(|rows| rows.iter())
                .filter_map(|row| match row {
                    EnumRowsIteratorItem::Row(row) => Some(row.id.label().to_owned()),
                    EnumRowsIteratorItem::TailVar(_) => None,
                })
                .collect(),
            line: place.as_ref().map(|(_, at)| at.line),
            column: place.as_ref().map(|(_, at)| at.column),
            file: place.map(|(file, _)| file),
            fields: nested,
        }
    }

    fn place(&mut self, id: FileId, offset: usize) -> (String, Location) {
        let name = self.files.name(id).to_string_lossy().into_owned();
        let source = self
            .sources
            .entry(id)
            .or_insert_with(|| Source::new(name.as_str(), self.files.source(id)));
        let at = source.location(offset);
        (name, at)
    }

    /// Returns the value of a field when all of it is data.
    fn value(
        &self,
        vm: &mut VirtualMachine<'_, CacheHub, BudgetedCache>,
        field: &NickelField,
    ) -> Option<serde_json::Value> {
        let mut walk = Walk::new(self.budget);
        let data = walk.value(vm, field.value.clone()?, &field.pending_contracts);
        walk.into_problems().is_empty().then_some(data)
    }
}
