//! All schemas of an extension at once: what they share is read, checked and evaluated once.

use nickel_lang_core::files::FileId;

use super::budget::Budget;
use super::schema::examine;
use super::{Context, Halt, evaluate, failed, input};
use crate::nickel::task::Answer;

/// Examines each input, whose types were checked, and evaluates fields of them.
///
/// There is an answer only when nothing is wrong with any of them: what is, is told file by file.
pub(super) fn survey(
    context: &mut Context,
    inputs: &[FileId],
    fields: &[(usize, Vec<String>)],
    budget: &Budget,
) -> Result<Answer, Halt> {
    let mut schemas = Vec::with_capacity(inputs.len());
    for id in inputs {
        let value = input(context, *id)?;
        let examined = examine(context, value, budget);
        if !examined.faults.is_empty() {
            return Err(Halt::Faulty(examined.faults));
        }
        schemas.push(examined.value);
    }
    let mut values = Vec::with_capacity(fields.len());
    for (at, field) in fields {
        let id = inputs
            .get(*at)
            .ok_or_else(|| failed("there is no such input"))?;
        let value = input(context, *id)?;
        // What keeps it from having a value is told by whoever asks for it alone.
        values.push(match evaluate(context, value, field, budget) {
            Ok(Answer::Value(value)) => Some(value),
            _ => None,
        });
    }
    Ok(Answer::Surveyed { schemas, values })
}
