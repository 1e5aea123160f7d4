//! Schemas, in which fields without a value and functions are what one expects.

use std::collections::HashSet;

use nickel_lang_core::error::EvalErrorKind;
use nickel_lang_core::eval::VirtualMachine;
use nickel_lang_core::eval::value::NickelValue;
use nickel_lang_core::position::{PosTable, TermPos};

use super::budget::Budget;
use super::findings::{Once, of_problems};
use super::walk::{Excuse, Problem, Walk};
use super::{Context, suggest_not_exported};
use crate::diagnostic::DataPath;
use crate::nickel::task::{CheckedRow, Finding};

/// Evaluates a schema: whatever of it can be evaluated, and its faults.
pub(super) fn examine(context: &mut Context, value: NickelValue, budget: &Budget) -> CheckedRow {
    let mut walk = Walk::of_schema(budget);
    let value = walk.value(&mut VirtualMachine::new(context), value, &[]);
    let [problems, asides] =
        without_declarations(walk.into_problems_and_asides(), &context.pos_table);
    let files = context.import_resolver.sources.files();
    let mut faults = of_problems(problems, files, &context.pos_table, Once::EachPath);
    let asides = of_problems(asides, files, &context.pos_table, Once::EachPlace);
    // What a value has told at the same place is not told again of its contract.
    for aside in asides {
        if !faults.iter().any(|fault| is_at_same_place(fault, &aside)) {
            faults.push(aside);
        }
    }
    faults.iter_mut().for_each(suggest_not_exported);
    CheckedRow { value, faults }
}

fn is_at_same_place(one: &Finding, other: &Finding) -> bool {
    let place = |finding: &Finding| {
        let place = finding.places.first()?;
        Some((place.file.clone(), place.start, place.end))
    };
    one.code == other.code && place(one).is_some() && place(one) == place(other)
}

/// Problems with the paths of the nodes they are about.
type Problems = Vec<(DataPath, Problem)>;

/// Leaves out fields that are only declared, and what cannot be evaluated because of them.
fn without_declarations(mut lists: [Problems; 2], positions: &PosTable) -> [Problems; 2] {
    let mut declared: HashSet<TermPos> = HashSet::new();
    for problems in &mut lists {
        problems.retain(|(_, problem)| {
            let Problem::Undefined {
                name,
                record,
                excuse,
                ..
            } = problem
            else {
                return true;
            };
            let is_declaration = match excuse {
                Excuse::None => false,
                Excuse::DeclaredHere => holds(positions.get(*record), *name),
                Excuse::Contract => true,
            };
            if is_declaration {
                declared.insert(*name);
            }
            !is_declaration
        });
    }
    for problems in &mut lists {
        problems.retain(|(_, problem)| match problem {
            Problem::Eval(error) => match &error.error {
                EvalErrorKind::MissingFieldDef { id, .. } => !declared.contains(&id.pos),
                _ => true,
            },
            _ => true,
        });
    }
    lists
}

/// Whether one place lies in another.
fn holds(outer: TermPos, inner: TermPos) -> bool {
    match (outer.into_opt(), inner.into_opt()) {
        (Some(outer), Some(inner)) => {
            outer.src_id == inner.src_id && outer.start <= inner.start && inner.end <= outer.end
        }
        _ => false,
    }
}
