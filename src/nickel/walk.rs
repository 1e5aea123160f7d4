//! From an evaluated value to data, collecting every fault on the way.
//!
//! Nickel's own export forces the whole value, recursing as deep as it is nested, and stops at the first fault. This
//! walk evaluates one node at a time, to a bounded depth, and goes on after a fault.

use nickel_lang_core::cache::CacheHub;
use nickel_lang_core::error::{EvalError, EvalErrorData, EvalErrorKind};
use nickel_lang_core::eval::VirtualMachine;
use nickel_lang_core::eval::cache::Cache;
use nickel_lang_core::eval::value::{Container, EnumVariantData, NickelValue, ValueContentRef};
use nickel_lang_core::position::PosIdx;
use serde_json::{Map, Value};

use super::budget::Budget;
use crate::diagnostic::Code;

/// Deepest nesting of the result.
const MAX_DEPTH: usize = 128;
/// Most nodes of the result.
const MAX_NODES: usize = 10_000_000;
/// Faults after which the walk gives up.
const MAX_PROBLEMS: usize = 100;

/// Parts of a path shown at its start and at its end; of a very deep one, the middle is left out.
const SHOWN_PARTS: usize = 8;

/// Joins the parts of a path: `a.b[0].c`.
fn joined(parts: &[String]) -> String {
    let mut path = String::new();
    for part in parts {
        if !path.is_empty() && !part.starts_with('[') {
            path.push('.');
        }
        path.push_str(part);
    }
    path
}

/// What is wrong with a node.
pub(super) enum Problem {
    /// It cannot be evaluated.
    Eval(EvalError),
    /// It can, and is not data.
    Unfit { code: Code, message: String },
}

/// A walk over one value.
pub(super) struct Walk<'a> {
    budget: &'a Budget,
    nodes: usize,
    path: Vec<String>,
    problems: Vec<(String, Problem)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Self {
            budget,
            nodes: 0,
            path: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Returns every fault with the path of the node it is about.
    pub(super) fn into_problems(self) -> Vec<(String, Problem)> {
        self.problems
    }

    fn is_over(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS || self.budget.stopped().is_some()
    }

    fn fault(&mut self, problem: Problem) -> Value {
        let path = match self.path.len().checked_sub(2 * SHOWN_PARTS) {
            None | Some(0) => joined(&self.path),
            Some(_) => format!(
                "{} ... {}",
                joined(&self.path[..SHOWN_PARTS]),
                joined(&self.path[self.path.len() - SHOWN_PARTS..])
            ),
        };
        self.problems.push((path, problem));
        Value::Null
    }

    fn unfit(&mut self, code: Code, message: impl Into<String>) -> Value {
        self.fault(Problem::Unfit {
            code,
            message: message.into(),
        })
    }

    /// Returns the data of a value; null where there is a fault.
    pub(super) fn value<C: Cache>(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, C>,
        value: NickelValue,
    ) -> Value {
        if self.is_over() {
            return Value::Null;
        }
        if self.path.len() >= MAX_DEPTH {
            return self.unfit(
                Code::NickelLimit,
                format!("nested deeper than {MAX_DEPTH} levels"),
            );
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return self.unfit(Code::NickelLimit, format!("more than {MAX_NODES} values"));
        }
        let position = value.pos_idx();
        let value = if value.is_constant() {
            value
        } else {
            match vm.eval(value) {
                Ok(value) => value,
                Err(error) => {
                    vm.reset();
                    return self.fault(Problem::Eval(error));
                }
            }
        };
        match value.content_ref() {
            ValueContentRef::Null => Value::Null,
            ValueContentRef::Bool(truth) => Value::Bool(truth),
            ValueContentRef::String(text) => Value::String(text.to_string()),
            ValueContentRef::Number(_) => self.number(&value),
            ValueContentRef::EnumVariant(EnumVariantData { tag, arg: None }) => {
                Value::String(tag.label().to_owned())
            }
            ValueContentRef::EnumVariant(EnumVariantData { tag, .. }) => self.unfit(
                Code::NickelExport,
                format!(
                    "the enum variant '{} has an argument, which data cannot hold",
                    tag.label()
                ),
            ),
            ValueContentRef::Record(Container::Empty) => Value::Object(Map::new()),
            ValueContentRef::Array(Container::Empty) => Value::Array(Vec::new()),
            ValueContentRef::Array(Container::Alloc(data)) => {
                let mut items = Vec::new();
                for (index, item) in data.iter_with_pending_contracts(position).enumerate() {
                    self.path.push(format!("[{index}]"));
                    items.push(self.value(vm, item));
                    self.path.pop();
                    if self.is_over() {
                        break;
                    }
                }
                Value::Array(items)
            }
            ValueContentRef::Record(Container::Alloc(data)) => {
                let mut fields = Map::new();
                for (name, field) in &data.fields {
                    let hidden = field
                        .metadata
                        .0
                        .as_ref()
                        .is_some_and(|metadata| metadata.not_exported);
                    if hidden || field.is_empty_optional() {
                        continue;
                    }
                    self.path.push(name.label().to_owned());
                    let item = match field.value_with_pending_contracts() {
                        Some(item) => self.value(vm, item),
                        None => self.fault(Problem::Eval(Box::new(EvalErrorData {
                            ctxt: Default::default(),
                            error: EvalErrorKind::MissingFieldDef {
                                id: *name,
                                metadata: field.metadata.clone_inner(),
                                pos_record: position,
                                pos_access: PosIdx::NONE,
                            },
                        }))),
                    };
                    self.path.pop();
                    fields.insert(name.label().to_owned(), item);
                    if self.is_over() {
                        break;
                    }
                }
                Value::Object(fields)
            }
            _ => {
                let kind = value.type_of().unwrap_or("expression").to_lowercase();
                self.unfit(Code::NickelExport, format!("a {kind} is not data"))
            }
        }
    }

    /// Whole numbers that fit become integers, fractions become floats; anything else would be changed.
    fn number(&mut self, value: &NickelValue) -> Value {
        // Nickel's own conversion is exact for whole numbers of 64 bits and rounds the rest.
        match serde_json::to_value(value) {
            Ok(Value::Number(number)) if number.is_i64() => Value::Number(number),
            Ok(Value::Number(number))
                if number.as_f64().is_some_and(|float| float.abs() < 9.0e15) =>
            {
                Value::Number(number)
            }
            _ => self.unfit(
                Code::NickelExport,
                "the number does not fit into 64 bits; write it as a string",
            ),
        }
    }
}
