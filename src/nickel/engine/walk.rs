//! From an evaluated value to data, collecting every fault on the way.
//!
//! Nickel's own export forces the whole value, recursing as deep as it is nested, and stops at the first fault. This
//! walk evaluates one node at a time, to a bounded depth, and goes on after a fault.

use std::collections::HashSet;

use nickel_lang_core::cache::CacheHub;
use nickel_lang_core::error::{EvalError, EvalErrorData, EvalErrorKind};
use nickel_lang_core::eval::VirtualMachine;
use nickel_lang_core::eval::cache::Cache;
use nickel_lang_core::eval::value::{Container, EnumVariantData, NickelValue, ValueContentRef};
use nickel_lang_core::position::{PosIdx, TermPos};
use nickel_lang_core::term::{MergePriority, RuntimeContract};
use nickel_lang_core::typ::TypeF;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::data;
use super::opened::{Extra, opened, record_contract};
use crate::diagnostic::{Code, DataPath, Step};

/// Deepest nesting of the result.
const MAX_DEPTH: usize = 128;
/// Most nodes of the result.
const MAX_NODES: usize = 10_000_000;
/// Faults after which the walk gives up.
const MAX_PROBLEMS: usize = 1_000;

/// What is wrong with a node.
pub(super) enum Problem {
    /// It cannot be evaluated.
    Eval(EvalError),
    /// It is a field that its record's contract does not have.
    Extra(Extra),
    /// It can be evaluated, and is not data.
    Unfit {
        code: Code,
        message: String,
        at: PosIdx,
        /// The name of the field that holds it.
        field_at: TermPos,
    },
    /// A field has no value, in a walk over a schema.
    Undefined {
        error: EvalError,
        /// The name of the field, where it is declared.
        name: TermPos,
        /// The record that lacks it.
        record: PosIdx,
        excuse: Excuse,
    },
    /// There may be more.
    TooMany,
}

/// Why a field of a schema may be without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excuse {
    /// It may not.
    None,
    /// The record that lacks it declares it itself.
    DeclaredHere,
    /// The record is a contract.
    Contract,
}

/// A walk over one value.
pub(super) struct Walk<'a> {
    budget: &'a Budget,
    nodes: usize,
    path: Vec<Step>,
    /// The name of the innermost field on the path.
    field_at: TermPos,
    problems: Vec<(DataPath, Problem)>,
    /// What is wrong with the parts of a schema that are no values of it: its contracts, and what it does not export.
    asides: Vec<(DataPath, Problem)>,
    /// Whether contracts, and records that are meant as such, are no faults.
    is_schema: bool,
    /// Whether the walk is in such a part.
    is_aside: bool,
    /// Where the first fields of the contracts stand that were walked over, none of which is twice.
    contracts: HashSet<TermPos>,
    /// Whether the value that was walked over last holds anything besides defaults.
    is_concrete: bool,
}

impl<'a> Walk<'a> {
    /// Returns a walk over a value that may hold contracts. Whether a field may be without a value is told by
    /// [`Problem::Undefined`].
    pub(super) fn of_schema(budget: &'a Budget) -> Self {
        Self {
            is_schema: true,
            ..Self::new(budget)
        }
    }

    pub(super) fn new(budget: &'a Budget) -> Self {
        Self {
            budget,
            nodes: 0,
            path: Vec::new(),
            field_at: TermPos::None,
            problems: Vec::new(),
            asides: Vec::new(),
            is_schema: false,
            is_aside: false,
            contracts: HashSet::new(),
            is_concrete: false,
        }
    }

    /// Returns every fault with the path of the node it is about.
    pub(super) fn into_problems(self) -> Vec<(DataPath, Problem)> {
        self.problems
    }

    /// Returns the faults of values, and those of the contracts and of what is not exported.
    pub(super) fn into_problems_and_asides(self) -> [Vec<(DataPath, Problem)>; 2] {
        [self.problems, self.asides]
    }

    fn is_over(&self) -> bool {
        self.problems.len() + self.asides.len() >= MAX_PROBLEMS || self.budget.stopped().is_some()
    }

    fn fault(&mut self, problem: Problem) -> Value {
        self.problems.push((DataPath(self.path.clone()), problem));
        if self.problems.len() == MAX_PROBLEMS {
            self.problems.push((DataPath::default(), Problem::TooMany));
        }
        Value::Null
    }

    fn unfit(&mut self, code: Code, message: impl Into<String>, at: PosIdx) -> Value {
        self.fault(Problem::Unfit {
            code,
            message: message.into(),
            at,
            field_at: self.field_at,
        })
    }

    /// Returns the data of a value under contracts; null where there is a fault.
    pub(super) fn value<C: Cache>(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, C>,
        value: NickelValue,
        contracts: &[RuntimeContract],
    ) -> Value {
        self.is_concrete = false;
        if self.is_over() {
            return Value::Null;
        }
        let position = value.pos_idx();
        if self.path.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return self.unfit(Code::NickelLimit, message, position);
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values");
            return self.unfit(Code::NickelLimit, message, position);
        }
        let evaluated = if contracts.is_empty() && value.is_constant() {
            value
        } else {
            let under_contract =
                RuntimeContract::apply_all(value.clone(), contracts.iter().cloned(), position);
            match vm.eval(under_contract) {
                Ok(evaluated) => evaluated,
                Err(error) => {
                    vm.reset();
                    match self.without_extra_fields(vm, value, contracts, error) {
                        Ok(evaluated) => evaluated,
                        Err(error) => return self.fault(Problem::Eval(error)),
                    }
                }
            }
        };
        self.is_concrete = true;
        self.data(vm, &evaluated, !contracts.is_empty())
    }

    /// Evaluates once more without minding extra fields, each of which becomes a fault of its own: the rest of the
    /// record is looked at too.
    fn without_extra_fields<C: Cache>(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, C>,
        value: NickelValue,
        contracts: &[RuntimeContract],
        error: EvalError,
    ) -> Result<NickelValue, EvalError> {
        if self.budget.stopped().is_some()
            || !matches!(error.error, EvalErrorKind::BlameError { .. })
        {
            return Err(error);
        }
        let Some((contracts, extras)) = opened(vm, &value, contracts) else {
            return Err(error);
        };
        for extra in extras {
            self.path.push(Step::Field(extra.name.clone()));
            self.fault(Problem::Extra(extra));
            self.path.pop();
        }
        let position = value.pos_idx();
        vm.eval(RuntimeContract::apply_all(value, contracts, position))
            .inspect_err(|_| vm.reset())
    }

    /// Decides which fields of the record that was walked over may be without a value; its problems begin at `before`.
    fn excuse_since(&mut self, before: usize, is_under_contract: bool) {
        let depth = self.path.len() + 1;
        let is_contract = self.is_aside
            || self.path.iter().any(is_contract_name)
            || (!self.is_concrete && !is_under_contract);
        let excuse = if is_contract {
            Excuse::Contract
        } else if !self.is_concrete || self.path.is_empty() {
            Excuse::DeclaredHere
        } else {
            return;
        };
        for (path, problem) in self.problems.iter_mut().skip(before) {
            if let Problem::Undefined { excuse: own, .. } = problem
                && path.0.len() == depth
            {
                *own = excuse;
            }
        }
    }

    /// Walks over a part of a schema that is no value of it. A field without a value is no fault there.
    fn aside(&mut self, work: impl FnOnce(&mut Self)) {
        let is_aside = std::mem::replace(&mut self.is_aside, true);
        let is_concrete = self.is_concrete;
        let problems = std::mem::take(&mut self.problems);
        work(self);
        let found = std::mem::replace(&mut self.problems, problems);
        self.asides.extend(found);
        self.is_concrete = is_concrete;
        self.is_aside = is_aside;
    }

    /// Walks over the contracts of a field that are records: their defaults are under contracts themselves, even while no
    /// value is.
    fn records_in<C: Cache>(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, C>,
        contracts: &[RuntimeContract],
    ) {
        for contract in contracts {
            if self.is_over() {
                return;
            }
            let value = match contract.label.typ.typ {
                TypeF::Number | TypeF::String | TypeF::Bool | TypeF::Dyn => None,
                TypeF::Array(_) => under(vm, contract, &json!([{}])),
                TypeF::Dict { .. } => under(vm, contract, &json!({"_": {}})),
                _ => record_contract(vm, &contract.contract),
            };
            let Some(value) = value else {
                continue;
            };
            let Some(first) = first_field(&value).filter(|first| !self.contracts.contains(first))
            else {
                continue;
            };
            self.contracts.insert(first);
            self.aside(|walk| {
                walk.value(vm, value, &[]);
            });
        }
    }

    fn data<C: Cache>(
        &mut self,
        vm: &mut VirtualMachine<'_, CacheHub, C>,
        value: &NickelValue,
        is_under_contract: bool,
    ) -> Value {
        let position = value.pos_idx();
        match value.content_ref() {
            ValueContentRef::Null => Value::Null,
            ValueContentRef::Bool(truth) => Value::Bool(truth),
            ValueContentRef::String(text) => Value::String(text.to_string()),
            ValueContentRef::Number(_) => number(value).unwrap_or_else(|| {
                let message = "the number does not fit into 64 bits; write it as a string";
                self.unfit(Code::NickelExport, message, position)
            }),
            ValueContentRef::EnumVariant(EnumVariantData { tag, arg: None }) => {
                Value::String(tag.label().to_owned())
            }
            ValueContentRef::EnumVariant(EnumVariantData {
                tag,
                arg: Some(argument),
            }) => {
                // For its own faults.
                self.value(vm, argument.clone(), &[]);
                let message = format!(
                    "the enum variant '{} has an argument, which data cannot hold",
                    tag.label()
                );
                self.unfit(Code::NickelExport, message, position)
            }
            ValueContentRef::Record(Container::Empty) => {
                self.is_concrete = false;
                Value::Object(Map::new())
            }
            ValueContentRef::Array(Container::Empty) => Value::Array(Vec::new()),
            ValueContentRef::Array(Container::Alloc(data)) => {
                let mut items = Vec::new();
                let mut is_concrete = false;
                for (index, item) in data.array.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    items.push(self.value(vm, item.clone(), &data.pending_contracts));
                    self.path.pop();
                    is_concrete |= self.is_concrete;
                    if self.is_over() {
                        break;
                    }
                }
                self.is_concrete = is_concrete;
                Value::Array(items)
            }
            ValueContentRef::Record(Container::Alloc(data)) => {
                let mut fields = Map::new();
                let before = self.problems.len();
                let mut is_concrete = false;
                for (name, field) in &data.fields {
                    let is_exported = !field.metadata.not_exported() && !field.is_empty_optional();
                    if !is_exported && !self.is_schema {
                        continue;
                    }
                    self.path.push(Step::Field(name.label().to_owned()));
                    let field_at = std::mem::replace(&mut self.field_at, name.pos);
                    if self.is_schema {
                        self.records_in(vm, &field.pending_contracts);
                    }
                    if !is_exported {
                        if let Some(item) = &field.value {
                            self.aside(|walk| {
                                walk.value(vm, item.clone(), &field.pending_contracts);
                            });
                        }
                        self.path.pop();
                        self.field_at = field_at;
                        continue;
                    }
                    let item = match &field.value {
                        Some(item) => self.value(vm, item.clone(), &field.pending_contracts),
                        None => {
                            self.is_concrete = false;
                            let error = Box::new(EvalErrorData {
                                ctxt: Default::default(),
                                error: EvalErrorKind::MissingFieldDef {
                                    id: *name,
                                    metadata: field.metadata.clone_inner(),
                                    pos_record: position,
                                    pos_access: PosIdx::NONE,
                                },
                            });
                            self.fault(if self.is_schema {
                                Problem::Undefined {
                                    error,
                                    name: name.pos,
                                    record: position,
                                    excuse: Excuse::None,
                                }
                            } else {
                                Problem::Eval(error)
                            })
                        }
                    };
                    self.path.pop();
                    is_concrete |= self.is_concrete
                        && !matches!(field.metadata.priority(), MergePriority::Bottom);
                    self.field_at = field_at;
                    fields.insert(name.label().to_owned(), item);
                    if self.is_over() {
                        break;
                    }
                }
                self.is_concrete = is_concrete;
                self.excuse_since(before, is_under_contract);
                Value::Object(fields)
            }
            _ if self.is_schema
                && matches!(
                    value.type_of(),
                    Some("Function" | "CustomContract" | "Type")
                ) =>
            {
                self.is_concrete = false;
                Value::Null
            }
            _ => {
                let kind = match value.type_of() {
                    Some("CustomContract" | "Type") => "contract".to_owned(),
                    Some(kind) => kind.to_lowercase(),
                    None => "expression".to_owned(),
                };
                self.unfit(
                    Code::NickelExport,
                    format!("a {kind} is not data"),
                    position,
                )
            }
        }
    }
}

/// Returns the item of a made-up array or record under a contract of arrays or records.
fn under<C: Cache>(
    vm: &mut VirtualMachine<'_, CacheHub, C>,
    contract: &RuntimeContract,
    sample: &Value,
) -> Option<NickelValue> {
    let sample = data::value(sample).ok()?;
    let mut evaluated = |value| vm.eval(value).map_err(|_| vm.reset()).ok();
    let outer = evaluated(contract.clone().apply(sample, PosIdx::NONE))?;
    let (item, contracts) = match outer.content_ref() {
        ValueContentRef::Array(Container::Alloc(data)) => {
            (data.array.iter().next()?.clone(), &data.pending_contracts)
        }
        ValueContentRef::Record(Container::Alloc(data)) => {
            let field = data.fields.values().next()?;
            (field.value.clone()?, &field.pending_contracts)
        }
        _ => return None,
    };
    let contracts = contracts.iter().cloned();
    evaluated(RuntimeContract::apply_all(item, contracts, PosIdx::NONE))
}

/// Returns where the first field of a record stands that is in a text.
fn first_field(value: &NickelValue) -> Option<TermPos> {
    match value.as_record()? {
        Container::Alloc(data) => data
            .fields
            .keys()
            .map(|name| name.pos)
            .find(|at| *at != TermPos::None),
        Container::Empty => None,
    }
}

/// Whether a name is that of a contract, by custom.
fn is_contract_name(step: &Step) -> bool {
    matches!(step, Step::Field(name) if name.starts_with(|c: char| c.is_uppercase()))
}

/// Where whole numbers of 64 bits end.
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// Whole numbers that fit become integers, fractions become floats, and so do whole numbers beyond 64 bits that a float
/// holds exactly, or that are how a float is written; anything else would be changed.
fn number(value: &NickelValue) -> Option<Value> {
    // Nickel's own conversion is exact for whole numbers of 64 bits and rounds the rest.
    let Ok(Value::Number(number)) = serde_json::to_value(value) else {
        return None;
    };
    let float = number.as_f64()?;
    let is_kept = if number.is_i64() {
        true
    } else if !number.is_f64() || float == 0.0 {
        false
    } else if float.abs() < 9.0e15 {
        true
    } else if float.abs() < TWO_TO_64 {
        // Somebody counts with it as a whole number of 64 bits without a sign.
        false
    } else {
        // Back to Nickel, as data would come in.
        NickelValue::deserialize(Value::from(float))
            .is_ok_and(|back| back.as_number() == value.as_number())
    };
    is_kept.then_some(Value::Number(number))
}
