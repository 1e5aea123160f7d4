//! One evaluation from start to end.

use std::rc::Rc;
use std::time::Instant;

use nickel_lang_core::cache::CacheHub;
use nickel_lang_core::closurize::Closurize as _;
use nickel_lang_core::error::{Error, NullReporter};
use nickel_lang_core::eval::{Closure, VirtualMachine, VmContext};
use nickel_lang_core::identifier::LocIdent;
use nickel_lang_core::position::PosTable;
use nickel_lang_core::program::FieldPath;

use crate::diagnostic::{Code, Diagnostic};

use super::budget::{Budget, BudgetedCache, Stop};
use super::findings::findings;
use super::walk::{Problem, Walk};
use super::{NickelError, Request, loader};

/// Prepares, evaluates and extracts. Has to run on a large stack.
pub(super) fn evaluate(request: &Request) -> Result<serde_json::Value, NickelError> {
    let mut hub = CacheHub::new();
    let mut positions = PosTable::new();
    hub.prepare_stdlib(&mut positions)
        .map_err(|_| NickelError::Internal("the standard library does not load".to_owned()))?;
    let loaded = loader::load(&mut hub, &request.input, &request.roots)
        .map_err(|finding| NickelError::Faults(vec![finding]))?;
    if let Err(error) = hub.prepare(&mut positions, loaded.main) {
        return Err(NickelError::Faults(findings(
            error,
            hub.sources.files(),
            None,
        )));
    }
    if let Some(path) = loaded.unexpected_file(&hub) {
        return Err(NickelError::Faults(vec![
            Diagnostic::error(Code::NickelImport, "a file was read that no import names")
                .with_file(path),
        ]));
    }

    let budget = Budget::new(
        request.limits.interrupt.clone(),
        Some(Instant::now() + request.limits.timeout),
    );
    let result = run(&hub, positions, loaded.main, request, &budget);
    match budget.stopped() {
        Some(Stop::Interrupted) => Err(NickelError::Interrupted),
        Some(Stop::Deadline) => Err(NickelError::Timeout(request.limits.timeout)),
        Some(Stop::Memory) => Err(NickelError::Faults(vec![Diagnostic::error(
            Code::NickelLimit,
            "the evaluation builds more values than the limit allows",
        )])),
        None => {
            budget.release();
            result
        }
    }
}

fn run(
    hub: &CacheHub,
    positions: PosTable,
    id: nickel_lang_core::files::FileId,
    request: &Request,
    budget: &Rc<Budget>,
) -> Result<serde_json::Value, NickelError> {
    let mut context: VmContext<CacheHub, BudgetedCache> = VmContext::new_with_pos_table(
        hub.clone_for_eval(),
        positions,
        std::io::sink(),
        NullReporter {},
    );
    context.cache = BudgetedCache::new_in(Rc::clone(budget));
    let internal = |what: &str| NickelError::Internal(what.to_owned());
    context
        .import_resolver
        .closurize(&mut context.cache, id)
        .map_err(|_| internal("the input was not prepared"))?;
    let mut value = context
        .import_resolver
        .terms
        .get_owned(id)
        .ok_or_else(|| internal("the input was not compiled"))?;

    let field_error = if request.field.is_empty() {
        None
    } else {
        let path = FieldPath(request.field.iter().map(LocIdent::new).collect());
        let closure = VirtualMachine::new(&mut context)
            .extract_field_value_closure(value.clone().into(), &path);
        match closure {
            Ok(Closure { value: found, env }) => {
                value = found.closurize(&mut context.cache, env);
                None
            }
            Err(error) => Some(error),
        }
    };
    if let Some(error) = field_error {
        let path = Some(request.field.join("."));
        return Err(NickelError::Faults(findings(
            Error::EvalError(error),
            context.import_resolver.sources.files(),
            path,
        )));
    }

    let mut walk = Walk::new(budget);
    let data = walk.value(&mut VirtualMachine::new(&mut context), value);
    let problems = walk.into_problems();
    if problems.is_empty() {
        return Ok(data);
    }
    let files = context.import_resolver.sources.files();
    let mut faults: Vec<Diagnostic> = Vec::new();
    for (path, problem) in problems {
        let found = match problem {
            Problem::Eval(mut error) => {
                // Errors that the walk makes up do not know where things stand yet.
                if error.ctxt.pos_table == PosTable::default() {
                    error.ctxt.pos_table = context.pos_table.clone();
                }
                findings(Error::EvalError(error), files, Some(path))
            }
            Problem::Unfit { code, message } => vec![Diagnostic::error(
                code,
                if path.is_empty() {
                    message
                } else {
                    format!("`{path}`: {message}")
                },
            )],
        };
        for finding in found {
            // A fault in a shared value turns up wherever the value is used.
            let place = |finding: &Diagnostic| {
                finding
                    .labels
                    .first()
                    .map(|label| (label.source.name().to_owned(), label.span))
            };
            if !faults.iter().any(|known| {
                known.code == finding.code
                    && place(known) == place(&finding)
                    && known.message == finding.message
            }) {
                faults.push(finding);
            }
        }
    }
    Err(NickelError::Faults(faults))
}
